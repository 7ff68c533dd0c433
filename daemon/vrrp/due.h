/* Deadlines of many: who is due next. A binary heap over the numbers 0..n-1, each with one time;
 * setting one and asking for the earliest take O(log n) and O(1). Pure.
 */
#ifndef DAEMON_VRRP_DUE_H
#define DAEMON_VRRP_DUE_H

#include "lib/base/mono.h"

#include <stddef.h>

struct due {
	size_t n;
	size_t *heap;  /* numbers, the earliest first */
	size_t *place; /* of each number in the heap */
	mono_t *at;    /* of each number */
};

/* n numbers, all at MONO_NEVER. Zero-initialise or due_free before. */
void due_init(struct due *d, size_t n);
void due_free(struct due *d);
void due_set(struct due *d, size_t number, mono_t at);
/* The earliest time, and whose it is (the lowest number of those that share it; not touched when
 * nobody has one). */
mono_t due_next(const struct due *d, size_t *number);

#endif
