/* What the kernel's IPVS tables of the directors hold, at moments: before each step, one second
 * after it, and at the end. Only where the scenario needs IPVS.
 */
#ifndef HARNESS_RUN_SNAPSHOT_H
#define HARNESS_RUN_SNAPSHOT_H

#include "harness/run/world.h"

int snapshot_open(struct world *w);
/* Writes an "ipvs" line for each director. why is copied. */
void snapshot_take(struct world *w, const char *why);
/* Takes "after step N" one second from now. */
void snapshot_take_after(struct world *w, const struct scn_step *step);
void snapshot_close(struct world *w);

#endif
