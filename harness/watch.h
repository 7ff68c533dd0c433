/* Watches a run that goes on in a child process, on either ground: reads what it tells, and ends it
 * when it is interrupted or when its time stands still.
 *
 * The child writes lines to a pipe: "@vd at NS TEXT" (progress), "@vd done", "@vd failed WHY". All
 * other lines are diagnostics (the guest's kernel, a failed assertion).
 */
#ifndef HARNESS_WATCH_H
#define HARNESS_WATCH_H

#include "harness/ground.h"

#include <signal.h>
#include <sys/types.h>

/* For the child: */
void watch_tell_progress(int fd, const struct ground_progress *p);
/* err 0: done. */
void watch_tell_end(int fd, int err, const char *why);

/* The signals of this process that end runs: SIGINT, SIGTERM, and SIGHUP unless it is to be ignored
 * (nohup). */
void watch_signals(sigset_t *set);

struct watch {
	pid_t pid;
	int fd;		     /* the pipe's reading end; closed by watch_child */
	int64_t watchdog_ms; /* real time without progress */
	int64_t grace_ms;    /* between SIGTERM and SIGKILL when interrupted; 0: SIGKILL at once */
	void (*progress)(void *ctx, const struct ground_progress *p);
	void *progress_ctx;
	/* A line of diagnostics. */
	void (*line)(void *ctx, const char *line);
	/* Its time stands still: writes who holds it. Called before it is killed. */
	void (*blame)(void *ctx, char *text, size_t text_bytes);
	void *ctx;
};

/* Until the child has ended and is reaped. The signals of watch_signals end it. */
enum ground_result watch_child(struct watch *w, char *why, size_t why_bytes);

#endif
