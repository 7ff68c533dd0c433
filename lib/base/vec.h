/* A growing array of any type, for code that is not worth a container of its own:
 *
 *	VEC(struct foo) foos = {0};
 *	*vec_push(&foos) = (struct foo){...};
 *	for (size_t i = 0; i < foos.n; i++) use(&foos.at[i]);
 *	vec_free(&foos);
 *
 * Pointers into it are void after the next push.
 */
#ifndef LIB_BASE_VEC_H
#define LIB_BASE_VEC_H

#include "lib/base/must.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *at;                                                                          \
		size_t n, cap;                                                                     \
	}

static inline void *vec_grow(void *at, size_t *cap, size_t n, size_t size_bytes)
{
	if (n < *cap)
		return at;
	must(*cap < SIZE_MAX / 4 / size_bytes);
	*cap = *cap ? *cap * 2 : 8;
	at = realloc(at, *cap * size_bytes);
	must(at != NULL);
	return at;
}

/* A pointer to a new, zeroed last element. */
#define vec_push(v)                                                                                \
	((v)->at = vec_grow((v)->at, &(v)->cap, (v)->n, sizeof(*(v)->at)),                         \
	 memset(&(v)->at[(v)->n], 0, sizeof(*(v)->at)), &(v)->at[(v)->n++])

#define vec_free(v) (free((v)->at), (v)->at = NULL, (v)->n = 0, (v)->cap = 0)

#endif
