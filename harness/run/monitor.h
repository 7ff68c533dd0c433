/* Writes down what the kernel tells of every node's links, addresses and neighbours, and of the
 * bridges' forwarding entries; keeps the ports' `running` up to date. */
#ifndef HARNESS_RUN_MONITOR_H
#define HARNESS_RUN_MONITOR_H

#include "harness/run/world.h"

/* 0, or world_fail's. */
int monitor_open(struct world *w);
/* NULL w->monitor is allowed. */
void monitor_close(struct world *w);

#endif
