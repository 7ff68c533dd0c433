/* What a scenario can break, by name: `at 10s { link lb1 outer down }`. Each fault is a file
 * (fault_*.c) and a row of fault_table. The loader of scenarios checks statements by the row; the
 * run loop injects and, at the end of the run, heals.
 */
#ifndef HARNESS_RUN_FAULT_H
#define HARNESS_RUN_FAULT_H

#include "harness/scenario/scenario.h"

#include <stdbool.h>
#include <stddef.h>

struct world;

enum fault_subject {		       /* what stands behind the node's name in the statement */
		     FAULT_OF_NODE,    /* nothing; args begin at once */
		     FAULT_OF_PORT,    /* a segment (or IFNAME) of the node: scn_step.port */
		     FAULT_OF_PROGRAM, /* a program of the node, by driver's name or `director`:
					  args[0] */
};

struct fault {
	const char *name;
	const char *synopsis; /* "link NODE SEGMENT down|up" */
	const char *help;     /* a line or two, as documentation */
	enum fault_subject subject;
	unsigned needs; /* enum scn_need */
	/* Checks the words behind (with the program's name first, where there is one). False with a
	 * line in why. Pure. */
	bool (*check)(const char *const *args, char *why, size_t why_bytes);
	/* Does it. 0, or -errno with a line in why; -EINPROGRESS: world_step_done will be called.
	 */
	int (*inject)(struct world *w, const struct scn_step *step, char *why, size_t why_bytes);
	/* Undoes what this fault has left in the whole network; writes "healed" for each thing. */
	void (*heal)(struct world *w);
};

extern const struct fault *const fault_table[]; /* ends with NULL */

/* NULL: there is no such fault. */
const struct fault *fault_find(const char *name);

#endif
