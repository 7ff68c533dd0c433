/* A ground is where a scenario runs: `lab` (the lab kernel, virtual or real time, any user) or
 * `host` (this machine's own kernel, real time). The same run loop (harness/run/run.h) works on
 * both; a ground only prepares the place, starts it there, watches it, and clears up.
 */
#ifndef HARNESS_GROUND_H
#define HARNESS_GROUND_H

#include "harness/scenario/scenario.h"

#include <stdbool.h>
#include <stdint.h>

/* What a run is to do; written to DIR/inputs/run.json for the guest. */
struct run_order {
	const char *scenario_path; /* in DIR/inputs */
	const char *dir;	   /* the run's folder, absolute */
	const char *director;	   /* "vipd", "keepalived", "vipd+keepalived": nodes in turn */
	const char *vipd_path;	   /* absolute: the vipd to run (a broken variant in tests) */
	const char *keepalived_path;
	uint64_t seed;
	bool virtual_time;
	int64_t watchdog_ms; /* real time without progress of virtual time before the run is ended
			      */
};

enum ground_result {
	GROUND_DONE,	   /* the run ended by itself; the evidence is in DIR */
	GROUND_STUCK,	   /* the watchdog ended it; why is filled */
	GROUND_FAILED,	   /* could not run; why is filled */
	GROUND_INTERRUPTED /* SIGINT, SIGTERM */
};

struct ground_progress {
	int64_t virtual_ns;
	const char *text; /* the last thing that happened */
};

struct ground {
	const char *name; /* "lab", "host" */
	/* What the ground has, as bits of enum scn_need. */
	unsigned (*has)(void);
	/* Why it cannot be used at all here, or NULL. The text is static or leaks on purpose. */
	const char *(*missing)(void);
	enum ground_result (*run)(const struct run_order *order,
				  void (*progress)(void *ctx, const struct ground_progress *p),
				  void *ctx, char *why, size_t why_bytes);
};

extern const struct ground ground_lab;
extern const struct ground ground_host;

/* Removes what a harness that was killed left on this machine, a line for each thing to log (NULL:
 * silently). Every run begins and ends with it. */
void ground_sweep(void (*log)(void *ctx, const char *line), void *ctx);

/* True: this process is pid 1 of the lab's guest, and main must call guest_main at once. */
bool guest_here(void);
/* pid 1 of the lab's guest: prepares the file system and runs the order. Does not return. */
_Noreturn void guest_main(void);

#endif
