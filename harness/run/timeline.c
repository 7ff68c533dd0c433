/* Timers in a binary heap of pointers, ordered by time and then by turn, so that two timers of one
 * instant always run in the same order: libevent's own timers round to microseconds and count from
 * a cached "now", which is neither exact nor obviously reproducible. */
#include "harness/run/timeline.h"

#include "lib/base/must.h"

#include <stdlib.h>

static bool earlier(const struct timeline_timer *a, const struct timeline_timer *b)
{
	return a->at.ns != b->at.ns ? a->at.ns < b->at.ns : a->turn < b->turn;
}

static void place(struct timeline *tl, size_t i, struct timeline_timer *timer)
{
	tl->heap[i] = timer;
	timer->slot = i + 1;
}

static void sift_up(struct timeline *tl, size_t i, struct timeline_timer *timer)
{
	while (i > 0 && earlier(timer, tl->heap[(i - 1) / 2])) {
		place(tl, i, tl->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(tl, i, timer);
}

static void sift_down(struct timeline *tl, size_t i, struct timeline_timer *timer)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= tl->n)
			break;
		if (child + 1 < tl->n && earlier(tl->heap[child + 1], tl->heap[child]))
			child++;
		if (!earlier(tl->heap[child], timer))
			break;
		place(tl, i, tl->heap[child]);
		i = child;
	}
	place(tl, i, timer);
}

void timeline_cancel(struct timeline *tl, struct timeline_timer *timer)
{
	if (!timer->slot)
		return;
	size_t i = timer->slot - 1;
	struct timeline_timer *last = tl->heap[--tl->n];

	must(tl->n >= i);
	timer->slot = 0;
	if (last == timer)
		return;
	if (i > 0 && earlier(last, tl->heap[(i - 1) / 2]))
		sift_up(tl, i, last);
	else
		sift_down(tl, i, last);
}

void timeline_set(struct timeline *tl, struct timeline_timer *timer, mono_t at)
{
	must(timer->fn != NULL);
	timeline_cancel(tl, timer);
	if (tl->n == tl->cap) {
		tl->cap = tl->cap ? tl->cap * 2 : 64;
		tl->heap = realloc(tl->heap, tl->cap * sizeof(struct timeline_timer *));
		must(tl->heap != NULL);
	}
	timer->at = at;
	timer->turn = tl->turn++;
	sift_up(tl, tl->n++, timer);
}

bool timeline_is_set(const struct timeline_timer *timer)
{
	return timer->slot != 0;
}

mono_t timeline_next(const struct timeline *tl)
{
	return tl->n ? tl->heap[0]->at : MONO_NEVER;
}

void timeline_run(struct timeline *tl, mono_t now)
{
	while (tl->n && tl->heap[0]->at.ns <= now.ns) {
		struct timeline_timer *timer = tl->heap[0];

		timeline_cancel(tl, timer);
		timer->fn(timer->ctx, timer->at);
	}
}

void timeline_clear(struct timeline *tl)
{
	for (size_t i = 0; i < tl->n; i++)
		tl->heap[i]->slot = 0;
	free(tl->heap);
	*tl = (struct timeline){0};
}
