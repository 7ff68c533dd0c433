/* The heap of deadlines. Equal times are ordered by number, so that what happens at one instant
 * happens in one order, run after run.
 */
#include "daemon/vrrp/due.h"

#include "lib/base/must.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void due_init(struct due *d, size_t n)
{
	d->n = n;
	d->heap = calloc(n + 1, sizeof(*d->heap));
	d->place = calloc(n + 1, sizeof(*d->place));
	d->at = calloc(n + 1, sizeof(*d->at));
	must(d->heap && d->place && d->at);
	for (size_t i = 0; i < n; i++) {
		d->heap[i] = d->place[i] = i;
		d->at[i] = MONO_NEVER;
	}
}

void due_free(struct due *d)
{
	free(d->heap);
	free(d->place);
	free(d->at);
	memset(d, 0, sizeof(*d));
}

static bool earlier(const struct due *d, size_t a, size_t b)
{
	if (d->at[a].ns != d->at[b].ns)
		return mono_before(d->at[a], d->at[b]);
	return a < b;
}

static void swap(struct due *d, size_t i, size_t j)
{
	size_t number = d->heap[i];

	d->heap[i] = d->heap[j];
	d->heap[j] = number;
	d->place[d->heap[i]] = i;
	d->place[d->heap[j]] = j;
}

static void move_up(struct due *d, size_t i)
{
	while (i > 0 && earlier(d, d->heap[i], d->heap[(i - 1) / 2])) {
		swap(d, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
}

static void move_down(struct due *d, size_t i)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= d->n)
			return;
		if (child + 1 < d->n && earlier(d, d->heap[child + 1], d->heap[child]))
			child++;
		if (!earlier(d, d->heap[child], d->heap[i]))
			return;
		swap(d, i, child);
		i = child;
	}
}

void due_set(struct due *d, size_t number, mono_t at)
{
	must(number < d->n);
	d->at[number] = at;
	move_up(d, d->place[number]);
	move_down(d, d->place[number]);
}

mono_t due_next(const struct due *d, size_t *number)
{
	if (d->n == 0 || mono_is_never(d->at[d->heap[0]]))
		return MONO_NEVER;
	*number = d->heap[0];
	return d->at[d->heap[0]];
}
