/* Memory that is freed all at once: what belongs to one configuration, one scenario or one run.
 *
 * Allocation never fails for the caller: the program ends if memory is out (a daemon that cannot
 * allocate a few bytes cannot keep its promises). All memory is zeroed and suits any type.
 */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
/* Frees everything that was allocated from it. NULL is allowed. */
void arena_free(struct arena *a);

/* A second arena that belongs to this one: for what is needed only until the first is filled. It is
 * made when first asked for, and freed by arena_drop_scratch, or with its owner. */
struct arena *arena_scratch(struct arena *a);
void arena_drop_scratch(struct arena *a);

void *arena_alloc(struct arena *a, size_t size_bytes);
/* n objects of size_bytes each; the product is checked. */
void *arena_array(struct arena *a, size_t n, size_t size_bytes);
char *arena_strdup(struct arena *a, const char *s);
/* The first n bytes of s, with a NUL behind them. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define arena_new_object(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
