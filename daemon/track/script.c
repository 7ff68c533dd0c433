/* Counting the results of a script, and the times of its runs.
 *
 * The counter starts at rise - 1: one success is enough for the first "good", and the first failure
 * counts at once. With init_fail it starts at 0 and the script is known to be bad before it ran.
 * From then on `fall` failures in a row make it bad, `rise` successes good. Runs begin on a grid of
 * the interval; one that has not ended is not started a second time. A failure that is found by
 * the timeout counts when the process has ended, not when the signal is sent: until then nothing is
 * known about it.
 */
#include "daemon/track/script.h"

#include "lib/base/must.h"

#include <string.h>

#define TERM_GRACE_NS (2 * NS_PER_S)

static int64_t top(const struct track_script *s)
{
	return (int64_t)s->conf->rise + s->conf->fall - 1;
}

void track_script_init(struct track_script *s, const struct conf_tracked_script *conf, mono_t now)
{
	must(conf->rise > 0 && conf->fall > 0 && conf->interval_ns > 0);
	*s = (struct track_script){.conf = conf, .start_at = now, .end_at = MONO_NEVER};
	s->count = conf->init_fail ? 0 : (int64_t)conf->rise - 1;
	s->known = conf->init_fail;
}

void track_script_inherit(struct track_script *s, const struct track_script *old)
{
	int64_t rise = s->conf->rise;

	if (!old->known)
		return;
	s->known = true;
	if (!track_script_good(old)) {
		s->count = old->count ? rise - (old->conf->rise - old->count) : 0;
		s->count = s->count < 0 ? 0 : s->count;
		return;
	}
	s->count = old->count == top(old) ? top(s) : rise + (old->count - old->conf->rise);
	s->count = s->count > top(s) ? top(s) : s->count;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool track_script_alike(const struct conf_tracked_script *a, const struct conf_tracked_script *b)
{
	char **x = a->command.argv, **y = b->command.argv;

	while (*x && *y && strcmp(*x, *y) == 0) {
		x++;
		y++;
	}
	return !*x && !*y && same_text(a->command.user, b->command.user) &&
	       same_text(a->command.group, b->command.group);
}

mono_t track_script_deadline(const struct track_script *s)
{
	return mono_min(s->start_at, s->end_at);
}

static enum track_script_do overdue(struct track_script *s, mono_t now)
{
	switch (s->run) {
	case TRACK_SCRIPT_RUNNING:
		s->run = TRACK_SCRIPT_TERMINATING;
		s->end_at = mono_add(now, TERM_GRACE_NS);
		return TRACK_SCRIPT_TERM;
	case TRACK_SCRIPT_TERMINATING:
	case TRACK_SCRIPT_KILLING:
		s->run = TRACK_SCRIPT_KILLING;
		s->end_at = mono_add(now, TERM_GRACE_NS);
		return TRACK_SCRIPT_KILL;
	case TRACK_SCRIPT_IDLE:
		break;
	}
	must_fail("a run that has not ended", __FILE__, __LINE__);
}

enum track_script_do track_script_tick(struct track_script *s, mono_t now)
{
	if (!mono_before(now, s->end_at))
		return overdue(s, now);
	if (mono_before(now, s->start_at))
		return TRACK_SCRIPT_WAIT;
	while (!mono_before(now, s->start_at)) /* what was slept through is not made up for */
		s->start_at = mono_add(s->start_at, s->conf->interval_ns);
	if (s->run != TRACK_SCRIPT_IDLE)
		return TRACK_SCRIPT_SKIP;
	s->run = TRACK_SCRIPT_RUNNING;
	s->end_at = mono_add(now, s->conf->timeout_ns);
	return TRACK_SCRIPT_START;
}

bool track_script_good(const struct track_script *s)
{
	return s->count >= (int64_t)s->conf->rise;
}

bool track_script_ended(struct track_script *s, bool success)
{
	bool was_good = track_script_good(s), was_known = s->known;
	int64_t rise = s->conf->rise;

	success = success && s->run == TRACK_SCRIPT_RUNNING;
	s->run = TRACK_SCRIPT_IDLE;
	s->end_at = MONO_NEVER;
	s->known = true;
	if (success)
		s->count = s->count < rise - 1 ? s->count + 1 : top(s);
	else
		s->count = s->count > rise ? s->count - 1 : 0;
	return was_good != track_script_good(s) || !was_known;
}
