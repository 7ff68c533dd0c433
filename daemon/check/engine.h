/* One health check as a state machine: when it runs next, and what a result means. Pure: time and
 * outcomes come in, "went up" and "went down" come out. It runs nothing itself (checker.c does).
 *
 * check_done is the one place that knows retry, delay_before_retry, delay_loop, warmup and alpha.
 */
#ifndef DAEMON_CHECK_ENGINE_H
#define DAEMON_CHECK_ENGINE_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/mono.h"

enum check_outcome {
	CHECK_OK,
	CHECK_REFUSED,	   /* the server's TCP said no */
	CHECK_TIMEOUT,	   /* no answer, or not the whole of it, in time */
	CHECK_UNREACHABLE, /* no route, no such address, ICMP said no */
	CHECK_RESET,	   /* the connection broke */
	CHECK_CLOSED,	   /* closed before there was an answer */
	CHECK_MALFORMED,   /* the answer is not HTTP */
	CHECK_TOO_LONG,	   /* the answer has no end */
	CHECK_STATUS,	   /* HTTP says no */
	CHECK_DIGEST,	   /* the page is not the page */
	CHECK_LOCAL	   /* we could not even ask (no descriptors, no memory): says nothing */
};

const char *check_outcome_text(enum check_outcome o);

enum check_change { CHECK_SAME, CHECK_WENT_UP, CHECK_WENT_DOWN };

struct check {
	const struct conf_check *conf;
	unsigned n_urls; /* 1 for a check without URLs */
	bool enabled;	 /* false: `ha_suspend` and the address is not here */
	bool up;
	bool proven;	   /* it has succeeded once, or has been found down */
	bool running;	   /* between check_begin and check_done */
	unsigned url;	   /* the one that runs now or next */
	unsigned passes;   /* successes in a row, at most n_urls */
	unsigned failures; /* failures in a row */
	mono_t begun_at;
	mono_t next_at;	  /* not while running */
	mono_t settle_at; /* when the second run should be; MONO_NEVER: it has been */
	enum check_outcome last;
};

/* The index-th of n checks, counted in the order of the configuration. alpha: it starts down. */
void check_init(struct check *c, const struct conf_check *conf, bool alpha, mono_t now,
		unsigned index, unsigned n);
/* Puts an equal configuration in place of the old one; state and times stay. */
void check_reconf(struct check *c, const struct conf_check *conf);

/* When to begin the next run; MONO_NEVER while one runs or the check is disabled. */
mono_t check_deadline(const struct check *c);
void check_begin(struct check *c, mono_t now);
/* The run that was begun has ended. */
enum check_change check_done(struct check *c, mono_t now, enum check_outcome outcome);
/* The run that was begun was given up; it counts for nothing. */
void check_cancel(struct check *c, mono_t now);
void check_enable(struct check *c, mono_t now, bool enabled);
/* Failures that are still tried again before it goes down, after the ones that were. */
unsigned check_retries_left(const struct check *c);

#endif
