/* The folder that a run leaves: reports/runs/NAME-SEED. While the run goes on it is a hidden folder
 * beside it; finished, it takes the place of an older run of the same name in one step. A folder of
 * a harness that died is removed at the next start.
 */
#ifndef HARNESS_RUNDIR_H
#define HARNESS_RUNDIR_H

#include "harness/scenario/scenario.h"

struct rundir {
	const char *runs;  /* the folder of all runs, absolute */
	const char *name;  /* of this run */
	const char *final; /* RUNS/NAME */
	const char *work;  /* where it is written now */
};

/* Removes what dead harnesses left in runs. Nothing there is no error. */
void rundir_sweep(const char *runs);
/* Creates the hidden folder of d->name in d->runs, with inputs/: the scenario as scenario.scn,
 * every configuration under the path that the scenario gives it (unless that is absolute or
 * climbs). 0, or -errno with a line in why. All strings belong to a. */
int rundir_create(struct rundir *d, struct arena *a, const struct scenario *s, char *why,
		  size_t why_bytes);
/* Puts the folder in its place. 0 or -errno. */
int rundir_finish(struct rundir *d);
/* Removes a folder and all below it. */
int rundir_remove(const char *path);
/* Writes a file of the run, whole or not at all. 0 or -errno. */
int rundir_write(const char *dir, const char *name, const char *text, size_t len);

#endif
