/* The state machine of one health check. Pure.
 *
 * Rules that are keepalived's: a check that is up goes down after retry + 1 failures in a row,
 * delay_before_retry apart; a check that is down runs every delay_loop (HTTP: the larger of the
 * two) and one success brings it up; one URL is asked in each run, all in turn, and one failing URL
 * is asked again until it passes.
 *
 * Rules that are our own, and why:
 *
 * - The first look comes at once, not after 1 s and a random part of warmup (60 s by default): a
 *   director that starts with a dead server in its table sends clients there until that look. So
 *   that 10,000 checks do not begin in one instant, the first looks are spread evenly over at most
 *   FIRST_SPREAD_NS; with its second run each check goes to its own slot of warmup, where it stays.
 *   The slots follow from the order of the file. Nothing is random, so a run can be repeated.
 *
 * - A server that has never passed goes down with the second failure, at most FIRST_RETRY_NS after
 *   the first, whatever retry says. keepalived lets one failure do. As our first look is earlier,
 *   a server that starts at the same moment deserves a second; more than that would keep a dead one
 *   for the whole of retry * delay_before_retry.
 *
 * - A check with several URLs that failed is up when all of them have passed in a row, counted from
 *   the success of the failed one; keepalived begins again at the first URL after that success,
 *   which costs one more delay_loop, also where there is only one URL.
 *
 * - The next run is counted from the beginning of this one, so that a slow server is not asked less
 *   often and slots do not drift.
 */
#include "daemon/check/engine.h"

#include "lib/base/must.h"

#define FIRST_SPREAD_NS (1 * NS_PER_S)
#define FIRST_RETRY_NS	(1 * NS_PER_S)
#define LOCAL_RETRY_NS	(1 * NS_PER_S)

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The index-th of n equal parts of span, without overflow for spans of days. */
static int64_t slot(int64_t span_ns, unsigned index, unsigned n)
{
	return span_ns / n * index;
}

void check_init(struct check *c, const struct conf_check *conf, bool alpha, mono_t now,
		unsigned index, unsigned n)
{
	must(index < n && conf->warmup_ns >= 0 && conf->delay_loop_ns > 0);
	*c = (struct check){
		.conf = conf,
		.enabled = true,
		.up = !alpha,
		.proven = alpha,
		.next_at = mono_add(now, slot(smaller(conf->warmup_ns, FIRST_SPREAD_NS), index, n)),
		.settle_at = mono_add(now, slot(conf->warmup_ns, index, n))};
	check_reconf(c, conf);
}

void check_reconf(struct check *c, const struct conf_check *conf)
{
	c->conf = conf;
	c->n_urls = 0;
	for (const struct conf_url *u = conf->urls; u; u = u->next)
		c->n_urls++;
	if (c->n_urls == 0)
		c->n_urls = 1;
	must(c->url < c->n_urls);
}

mono_t check_deadline(const struct check *c)
{
	return c->running || !c->enabled ? MONO_NEVER : c->next_at;
}

void check_begin(struct check *c, mono_t now)
{
	must(!c->running && c->enabled);
	c->running = true;
	c->begun_at = now;
}

static mono_t later(mono_t a, mono_t b)
{
	return mono_before(a, b) ? b : a;
}

static mono_t next_loop(const struct check *c, mono_t now)
{
	return later(mono_add(c->begun_at, c->conf->delay_loop_ns), now);
}

/* While it is down. */
static mono_t next_down(const struct check *c, mono_t now)
{
	if (c->conf->kind == CONF_CHECK_HTTP)
		return later(next_loop(c, now), mono_add(now, c->conf->delay_before_retry_ns));
	return next_loop(c, now);
}

static enum check_change passed(struct check *c, mono_t now)
{
	bool was_up = c->up;

	c->proven = true;
	c->failures = 0;
	c->url = (c->url + 1) % c->n_urls;
	if (c->passes < c->n_urls)
		c->passes++;
	if (c->passes == c->n_urls)
		c->up = true;
	c->next_at = next_loop(c, now);
	if (!mono_is_never(c->settle_at) && mono_before(now, c->settle_at))
		c->next_at = mono_min(c->settle_at, c->next_at);
	c->settle_at = MONO_NEVER;
	return c->up && !was_up ? CHECK_WENT_UP : CHECK_SAME;
}

unsigned check_retries_left(const struct check *c)
{
	unsigned all = c->proven ? c->conf->retry : 1;

	if (!c->up)
		return 0;
	return c->failures > all ? 0 : all + 1 - c->failures;
}

static enum check_change failed(struct check *c, mono_t now)
{
	c->passes = 0;
	c->failures++;
	if (!c->up) {
		c->next_at = next_down(c, now);
		return CHECK_SAME;
	}
	if (check_retries_left(c) > 0) {
		int64_t delay_ns = c->conf->delay_before_retry_ns;

		if (!c->proven)
			delay_ns = smaller(delay_ns, FIRST_RETRY_NS);
		c->next_at = mono_add(now, delay_ns);
		return CHECK_SAME;
	}
	c->up = false;
	c->proven = true;
	c->failures = 0;
	c->settle_at = MONO_NEVER;
	c->next_at = next_down(c, now);
	return CHECK_WENT_DOWN;
}

enum check_change check_done(struct check *c, mono_t now, enum check_outcome outcome)
{
	must(c->running);
	c->running = false;
	c->last = outcome;
	if (outcome == CHECK_OK)
		return passed(c, now);
	if (outcome != CHECK_LOCAL)
		return failed(c, now);
	/* Our trouble is most often a crowd of checks: soon again, not a whole loop later. */
	c->next_at = mono_add(now, smaller(c->conf->delay_loop_ns, LOCAL_RETRY_NS));
	return CHECK_SAME;
}

void check_cancel(struct check *c, mono_t now)
{
	c->running = false;
	c->next_at = now;
}

void check_enable(struct check *c, mono_t now, bool enabled)
{
	if (c->enabled == enabled)
		return;
	c->enabled = enabled;
	c->next_at = now;
}

const char *check_outcome_text(enum check_outcome o)
{
	switch (o) {
	case CHECK_OK:
		return "ok";
	case CHECK_REFUSED:
		return "connection refused";
	case CHECK_TIMEOUT:
		return "no answer in time";
	case CHECK_UNREACHABLE:
		return "unreachable";
	case CHECK_RESET:
		return "connection reset";
	case CHECK_CLOSED:
		return "closed without an answer";
	case CHECK_MALFORMED:
		return "the answer is not HTTP";
	case CHECK_TOO_LONG:
		return "the answer is too long";
	case CHECK_STATUS:
		return "wrong status";
	case CHECK_DIGEST:
		return "wrong digest";
	case CHECK_LOCAL:
		return "could not be asked";
	}
	must(!"an outcome");
	return "";
}
