/* Assertions that stay on in every build: must(condition) ends the program when a promise that the
 * code makes to itself is broken. Never for bad input and never for what the world may do.
 */
#ifndef LIB_BASE_MUST_H
#define LIB_BASE_MUST_H

_Noreturn void must_fail(const char *expr, const char *file, int line);

#define must(expr) ((expr) ? (void)0 : must_fail(#expr, __FILE__, __LINE__))

#endif
