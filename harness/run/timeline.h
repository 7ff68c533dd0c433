/* What is to happen when: timers in one heap, by absolute monotonic time to the nanosecond. Timers
 * of the same instant run in the order in which they were set. Pure: it arms nothing and reads no
 * clock; the world (world.c) keeps one timerfd at timeline_next.
 */
#ifndef HARNESS_RUN_TIMELINE_H
#define HARNESS_RUN_TIMELINE_H

#include "lib/base/mono.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timeline_timer {
	/* at: when it was due, which may be before now. May set and cancel any timer. */
	void (*fn)(void *ctx, mono_t at);
	void *ctx;
	/* private: */
	mono_t at;
	uint64_t turn;
	size_t slot; /* position in the heap + 1; 0: not set */
};

struct timeline {
	struct timeline_timer **heap;
	size_t n, cap;
	uint64_t turn;
};

/* Sets or moves a timer. Its memory stays the caller's and must outlive it. */
void timeline_set(struct timeline *tl, struct timeline_timer *timer, mono_t at);
/* No matter whether it is set. */
void timeline_cancel(struct timeline *tl, struct timeline_timer *timer);
bool timeline_is_set(const struct timeline_timer *timer);
/* MONO_NEVER where there is none. */
mono_t timeline_next(const struct timeline *tl);
/* Runs every timer that is due at now, also those that are set meanwhile. */
void timeline_run(struct timeline *tl, mono_t now);
/* Forgets all timers. */
void timeline_clear(struct timeline *tl);

#endif
