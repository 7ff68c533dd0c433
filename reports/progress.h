/* What is going on while a run goes on: one line that is redrawn on a terminal; elsewhere a line
 * now and then. Goes to stderr; results go to stdout.
 */
#ifndef REPORTS_PROGRESS_H
#define REPORTS_PROGRESS_H

#include "harness/ground.h"
#include "lib/base/mono.h"
#include "reports/terminal.h"

struct progress {
	struct term term;
	const char *name;
	int64_t duration_ns; /* virtual */
	mono_t started;
	mono_t shown;
	bool line_is_open; /* on a terminal: must be cleared before anything else is printed */
};

struct progress progress_start(const char *name, int64_t duration_ns);
/* A ground's progress callback; ctx is the struct progress. */
void progress_show(void *ctx, const struct ground_progress *p);
/* Clears the line. */
void progress_end(struct progress *p);
/* Real time since the start. */
int64_t progress_real_ns(const struct progress *p);

#endif
