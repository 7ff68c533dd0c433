/* Numbered probes and who answered them, as runs of equal outcome. Pure: time comes in as counts of
 * probes.
 */
#ifndef HARNESS_RUN_LEDGER_H
#define HARNESS_RUN_LEDGER_H

#include "lib/base/vec.h"

#include <stdbool.h>

struct ledger_run {
	uint64_t first, last;
	int server; /* as the caller numbers them, from 0; -1: lost */
};

struct ledger {
	VEC(uint16_t) outcome; /* by number: server + 1, or 0: no answer yet */
	uint64_t cursor;       /* the first that is not decided */
	bool open;	       /* run holds what was decided last */
	struct ledger_run run;
	/* A run of equal outcomes is over. */
	void (*tell)(void *ctx, const struct ledger_run *run);
	void *ctx;
};

/* The next probe was sent: its number. */
uint64_t ledger_sent(struct ledger *l);
/* An answer. The first counts; one to a probe that was decided, or never sent, does not. */
void ledger_answered(struct ledger *l, uint64_t n, int server);
/* Probes below n have waited long enough: without an answer they are lost. */
void ledger_expire(struct ledger *l, uint64_t n);
bool ledger_is_settled(const struct ledger *l);
/* Everything is decided; tells the last run and frees. */
void ledger_close(struct ledger *l);

#endif
