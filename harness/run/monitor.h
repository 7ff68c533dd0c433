/* Writes down what the kernel tells of every node's links, addresses and neighbours, and of the
 * bridges' forwarding entries; keeps the ports' `running` up to date. */
#ifndef HARNESS_RUN_MONITOR_H
#define HARNESS_RUN_MONITOR_H

#include "harness/run/world.h"

/* Each 0, or world_fail's. The wire is watched from before its first port on, so that no forwarding
 * entry is missed; what it tells is read later, when the ports are known. */
int monitor_open_wire(struct world *w);
int monitor_open_nodes(struct world *w);
/* NULL w->monitor is allowed. */
void monitor_close(struct world *w);

#endif
