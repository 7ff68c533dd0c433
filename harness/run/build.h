/* Builds the network of a scenario, and tells when it is ready to be used. */
#ifndef HARNESS_RUN_BUILD_H
#define HARNESS_RUN_BUILD_H

#include "harness/run/world.h"

/* Namespaces, segments, ports, addresses, routes, rules, sysctls; then w->net and its tables
 * stand. probed: segments that get a port of the observer, in an array as long as w->segments. */
int build_network(struct world *w, const char *netns_prefix, const bool *probed);
/* Waits until every link has its carrier at both ends. */
int build_settle(struct world *w);

#endif
