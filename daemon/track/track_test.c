/* Transcripts of what is tracked, in fixtures/track: statements, and with a leading tab what came
 * of them. `GOLDENS=rewrite` writes them anew.
 *
 *	script interval S timeout S rise N fall N [init_fail]
 *	reload interval S timeout S rise N fall N: the result goes over
 *	run ok|fail [takes S] [times N]: to the start, to the end
 *	hang S: ends only S after the start
 *	file WEIGHT [reverse] TEXT
 *	process [match HOW] [full] [quorum N] [max N] [fork S] [term S] -- WORD...
 *	is COMM WORD...: does such a process match
 *	count N at S: so many then
 *	delay DOWN UP, up|down at S: of an interface
 */
#include "daemon/track/delay.h"
#include "daemon/track/file.h"
#include "daemon/track/process.h"
#include "daemon/track/script.h"

#include "lib/base/buf.h"
#include "lib/base/golden.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 24

struct run {
	struct conf_tracked_script script_conf[2];
	unsigned n_scripts;
	struct track_script script;
	struct conf_tracked_process process_conf;
	char *argv[WORDS_MAX + 1];
	char words[256];
	struct track_process process;
	struct track_delay delay;
	mono_t now;
	struct buf *out;
};

/* A word that the line must have. */
static const char *need(const char *word)
{
	assert_non_null(word);
	return word ? word : "";
}

static unsigned to_uint(const char *text)
{
	return (unsigned)strtol(need(text), NULL, 10);
}

static int64_t seconds(const char *text)
{
	return (int64_t)(strtod(need(text), NULL) * (double)NS_PER_S);
}

static const char *option(char **word, const char *name, const char *otherwise)
{
	for (; *word && strcmp(*word, "--") != 0; word++)
		if (strcmp(*word, name) == 0)
			return word[1] ? word[1] : "";
	return otherwise;
}

static void put(struct run *r, const char *what)
{
	buf_printf(r->out, "\t%.3fs %s\n", (double)r->now.ns / (double)NS_PER_S, what);
}

static void put_script(struct run *r, const char *what, bool changed)
{
	struct track_script *s = &r->script;

	buf_printf(r->out, "\t%.3fs %s: %s, count %lld%s\n", (double)r->now.ns / (double)NS_PER_S,
		   what,
		   !s->known		  ? "not known"
		   : track_script_good(s) ? "good"
					  : "bad",
		   (long long)s->count, changed ? ", tells" : "");
}

static void configure_script(struct run *r, char **word, bool reload)
{
	struct conf_tracked_script *c = &r->script_conf[r->n_scripts++ % 2];
	struct track_script old = r->script;

	*c = (struct conf_tracked_script){.interval_ns = seconds(option(word, "interval", "1")),
					  .rise = to_uint(option(word, "rise", "1")),
					  .fall = to_uint(option(word, "fall", "1")),
					  .init_fail = option(word, "init_fail", NULL) != NULL};
	c->timeout_ns = seconds(option(word, "timeout", option(word, "interval", "1")));
	track_script_init(&r->script, c, r->now);
	if (reload)
		track_script_inherit(&r->script, &old);
	put_script(r, reload ? "reload" : "start", false);
}

static void tick(struct run *r)
{
	static const char *const text[] = {"wait", "start", "skip", "SIGTERM", "SIGKILL"};

	for (;;) {
		enum track_script_do d = track_script_tick(&r->script, r->now);

		if (d == TRACK_SCRIPT_WAIT)
			return;
		put(r, text[d]);
	}
}

/* Goes to the next start; the run ends after takes_ns, or sooner where `obeys` and SIGTERM came. */
static void run_once(struct run *r, bool ok, int64_t takes_ns, bool obeys)
{
	mono_t end;

	while (r->script.run == TRACK_SCRIPT_IDLE) {
		r->now = track_script_deadline(&r->script);
		tick(r);
	}
	end = mono_add(r->now, takes_ns);
	while (mono_before(track_script_deadline(&r->script), end)) {
		r->now = track_script_deadline(&r->script);
		tick(r);
		if (obeys && r->script.run != TRACK_SCRIPT_RUNNING)
			end = r->now;
	}
	r->now = end;
	bool changed = track_script_ended(&r->script, ok);

	put_script(r, ok ? "ok" : "fail", changed);
}

static void do_file(struct run *r, const char *line)
{
	char *end;
	int weight = (int)strtol(line, &end, 10), value = -1, sum;
	bool reverse = strncmp(end, " reverse", 8) == 0;
	const char *text = end + (reverse ? 8 : 0);
	bool fits;

	text += *text == ' ';
	fits = track_file_value(text, strlen(text), &value);
	if (!fits)
		buf_puts(r->out, "\tkept\n");
	else if (track_file_effect(value, weight, reverse, &sum))
		buf_printf(r->out, "\t%d: FAULT\n", value);
	else
		buf_printf(r->out, "\t%d: %+d\n", value, sum);
}

static void configure_process(struct run *r, char **word)
{
	static const char *const match[] = {"none", "exact", "initial", "partial"};
	struct conf_tracked_process *c = &r->process_conf;
	const char *m = option(word, "match", "none");
	size_t n = 0, used = 0;

	*c = (struct conf_tracked_process){.quorum = to_uint(option(word, "quorum", "1")),
					   .quorum_max = to_uint(option(word, "max", "65535")),
					   .full_command = option(word, "full", NULL) != NULL,
					   .fork_delay_ns = seconds(option(word, "fork", "0")),
					   .terminate_delay_ns = seconds(option(word, "term", "0")),
					   .argv = r->argv};
	for (unsigned i = 0; i < 4; i++)
		if (strcmp(m, match[i]) == 0)
			c->match = (enum conf_param_match)i;
	while (*word && strcmp(*word, "--") != 0)
		word++;
	for (word += *word != NULL; *word; word++) {
		r->argv[n++] = r->words + used;
		memcpy(r->words + used, *word, strlen(*word) + 1);
		used += strlen(*word) + 1;
	}
	r->argv[n] = NULL;
	track_process_init(&r->process, c);
}

static void do_is(struct run *r, char **word)
{
	struct buf line = {0};

	for (char **w = word + 1; *w; w++)
		buf_add(&line, *w, strlen(*w) + 1);
	bool yes = track_process_matches(&r->process_conf, word[0], buf_text(&line), line.len);

	buf_printf(r->out, "\t%s\n", yes ? "yes" : "no");
	buf_free(&line);
}

static void put_process(struct run *r, bool changed)
{
	buf_printf(r->out, "\t%.3fs %u: %s%s\n", (double)r->now.ns / (double)NS_PER_S,
		   r->process.count, r->process.good ? "good" : "bad", changed ? ", tells" : "");
}

static void do_count(struct run *r, char **word)
{
	mono_t at = {seconds(option(word, "at", "0"))};

	while (!mono_before(at, r->process.settle_at)) {
		r->now = r->process.settle_at;
		put_process(r, track_process_tick(&r->process, r->now));
	}
	r->now = at;
	put_process(r, track_process_counted(&r->process, to_uint(word[0]), at));
}

static void put_link(struct run *r, bool up)
{
	put(r, track_delay_see(&r->delay, up, r->now) ? "counts as up" : "counts as down");
}

static void do_link(struct run *r, bool up, mono_t at)
{
	if (r->delay.known && !mono_before(at, r->delay.settle_at)) {
		r->now = r->delay.settle_at;
		put_link(r, !r->delay.up);
	}
	r->now = at;
	put_link(r, up);
}

static void execute(struct run *r, char **word, const char *line)
{
	const char *verb = need(word[0]);
	unsigned times = to_uint(option(word, "times", "1"));

	if (strcmp(verb, "script") == 0 || strcmp(verb, "reload") == 0)
		configure_script(r, word, verb[0] == 'r');
	else if (strcmp(verb, "run") == 0)
		for (unsigned i = 0; i < times; i++)
			run_once(r, strcmp(need(word[1]), "ok") == 0,
				 seconds(option(word, "takes", "0.001")), true);
	else if (strcmp(verb, "hang") == 0)
		run_once(r, true, seconds(word[1]), false);
	else if (strcmp(verb, "file") == 0)
		do_file(r, line + 5);
	else if (strcmp(verb, "process") == 0)
		configure_process(r, word + 1);
	else if (strcmp(verb, "is") == 0)
		do_is(r, word + 1);
	else if (strcmp(verb, "count") == 0)
		do_count(r, word + 1);
	else if (strcmp(verb, "delay") == 0)
		track_delay_init(&r->delay, seconds(word[1]), seconds(word[2]));
	else if (strcmp(verb, "up") == 0 || strcmp(verb, "down") == 0)
		do_link(r, verb[0] == 'u', (mono_t){seconds(word[2])});
	else
		fail_msg("%s?", verb);
}

static void one(const char *path)
{
	struct buf text = {0}, out = {0};
	struct run r = {.out = &out};
	char *save = NULL;

	assert_int_equal(buf_read_file(&text, path, 1U << 16), 0);
	for (char *line = strtok_r(text.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *word[WORDS_MAX + 1] = {0}, *inner = NULL, copy[256];
		size_t n = 0;

		if (line[0] == '\t')
			continue;
		buf_printf(&out, "%s\n", line);
		if (line[0] == '#')
			continue;
		snprintf(copy, sizeof(copy), "%s", line);
		for (char *w = strtok_r(copy, " ", &inner); w && n < WORDS_MAX;
		     w = strtok_r(NULL, " ", &inner))
			word[n++] = w;
		execute(&r, word, line);
	}
	if (!golden_matches(path, buf_text(&out)))
		fail_msg("%s", path);
	buf_free(&text);
	buf_free(&out);
}

static void test_transcripts(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("fixtures/track/*.txt", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 5);
	for (size_t i = 0; i < found.gl_pathc; i++)
		one(found.gl_pathv[i]);
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_transcripts)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
