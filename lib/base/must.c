/* The end of a program that broke its own promise: one line on stderr, then SIGABRT, so that a
 * core dump or a sanitizer shows where. */
#include "lib/base/must.h"

#include <stdio.h>
#include <stdlib.h>

void must_fail(const char *expr, const char *file, int line)
{
	fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, expr);
	abort();
}
