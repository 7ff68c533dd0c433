/* What programs print, in DIR/logs/NAME.log: each line with the run's time before it, in seconds,
 * as we read it. Programs write into a pipe; nothing is lost when they are killed.
 */
#ifndef HARNESS_RUN_PROGRAM_LOG_H
#define HARNESS_RUN_PROGRAM_LOG_H

#include "harness/run/world.h"

struct program_log;

/* 0 or -errno. */
int program_log_open(struct program_log **out, struct world *w, const char *name);
/* A new pipe into the log; returns the end to write to, the caller's to close, or -errno. The pipe
 * lives until all that hold that end have ended. */
int program_log_pipe(struct program_log *log);
/* Writes out what was read so far. */
void program_log_flush(struct program_log *log);
/* NULL is allowed. */
void program_log_close(struct program_log *log);

#endif
