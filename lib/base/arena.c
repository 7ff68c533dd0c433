/* An arena is a list of blocks; the newest is filled from the front. Objects larger than a block
 * get a block of their own behind the newest one, so that its free space is not lost. */
#include "lib/base/arena.h"

#include "lib/base/must.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)16 * 1024)
#define ALIGN_BYTES _Alignof(max_align_t)

struct block {
	struct block *next;
	size_t used_bytes;
	size_t size_bytes;
	_Alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct block *head;
	struct arena *scratch;
};

static struct block *block_new(size_t size_bytes)
{
	struct block *b = calloc(1, sizeof(*b) + size_bytes);

	must(b != NULL);
	b->size_bytes = size_bytes;
	return b;
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	must(a != NULL);
	a->head = block_new(BLOCK_BYTES);
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_free(a->scratch);
	for (struct block *b = a->head, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

struct arena *arena_scratch(struct arena *a)
{
	if (!a->scratch)
		a->scratch = arena_new();
	return a->scratch;
}

void arena_drop_scratch(struct arena *a)
{
	arena_free(a->scratch);
	a->scratch = NULL;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
	must(size_bytes < SIZE_MAX / 2);
	size_bytes = (size_bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;

	if (size_bytes > BLOCK_BYTES / 4) {
		struct block *own = block_new(size_bytes);

		own->used_bytes = size_bytes;
		own->next = a->head->next;
		a->head->next = own;
		return own->data;
	}
	if (a->head->size_bytes - a->head->used_bytes < size_bytes) {
		struct block *b = block_new(BLOCK_BYTES);

		b->next = a->head;
		a->head = b;
	}
	void *p = a->head->data + a->head->used_bytes;

	a->head->used_bytes += size_bytes;
	return p;
}

void *arena_array(struct arena *a, size_t n, size_t size_bytes)
{
	must(size_bytes == 0 || n <= SIZE_MAX / 4 / size_bytes);
	return arena_alloc(a, n * size_bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	memcpy(copy, s, n);
	return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text = NULL;

	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	must(n >= 0);
	char *copy = arena_strndup(a, text, (size_t)n);

	free(text);
	return copy;
}
