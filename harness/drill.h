/* One drill: a scenario with one director and one seed on one ground, from its file to its verdict.
 */
#ifndef HARNESS_DRILL_H
#define HARNESS_DRILL_H

#include "harness/cli.h"
#include "harness/ground.h"

#include "harness/rundir.h"
#include "lib/base/buf.h"

#include <jansson.h>

struct drill {
	const char *path;     /* of the scenario file */
	const char *director; /* NULL: the scenario's first */
	const struct ground *ground;
	bool virtual_time;
	bool has_seed; /* else the scenario's */
	uint64_t seed;
	const char *runs;      /* absolute folder */
	const char *vipd_path; /* absolute; NULL: there is none */
	bool vipd_given;       /* by --vipd: part of the command that repeats the run */
	int64_t watchdog_ms;
	bool quiet;	  /* prints no report to stdout (--json) */
	bool no_progress; /* prints no progress to stderr */
	bool interrupted; /* out: SIGINT or SIGTERM ended it */
};

/* Does it all: skips what cannot run here, runs, judges, writes the reports, prints. *record
 * becomes its line of the JSON summary (the caller's). */
enum cli_exit drill_run(struct drill *d, json_t **record);

/* ---- its parts (drill.c) ------------------------------------------------------------------- */

/* The director to run with: wanted, or the scenario's first; NULL: the scenario does not know it.
 */
const char *drill_director(const struct scenario *s, const char *wanted);
/* NAME-SEED, or NAME-DIRECTOR-SEED where that is not the scenario's first. */
const char *drill_name(struct arena *a, const struct scenario *s, const char *director,
		       uint64_t seed);
/* Adds what this ground and this machine lack for the scenario; nothing: it can run. */
void drill_missing(const struct scenario *s, const struct ground *g, struct run_order *o,
		   struct buf *out);
/* Runs the order and puts the folder in its place. dir->work is NULL where nothing was left. */
struct drill_ear {						      /* who hears of it */
	void (*progress)(void *ctx, const struct ground_progress *p); /* NULL: nobody */
	void *ctx;
	char *why;
	size_t why_bytes;
};
enum ground_result drill_execute(const struct drill *d, struct run_order *o, struct rundir *dir,
				 const struct drill_ear *ear);

#endif
