/* Asks, all the time, who has the VIPs: ARP probes (RFC 5227) from the observer's ports. The
 * answers are in the captures; nobody listens here. */
#ifndef HARNESS_RUN_ARP_PROBE_H
#define HARNESS_RUN_ARP_PROBE_H

#include "harness/run/world.h"

/* Which segments need a port of the observer: true in probed[i] for the scenario's i-th segment. */
void arp_probe_plan(const struct scenario *scn, bool *probed);
int arp_probe_start(struct world *w);
void arp_probe_stop(struct world *w);

#endif
