/* The run loop: builds the network of a scenario, starts its programs, makes its traffic, breaks
 * what it says at the time it says, and writes down everything that happens. It judges nothing.
 *
 * Works the same as pid 1 of the lab's guest and as a child of the harness on the host ground.
 */
#ifndef HARNESS_RUN_RUN_H
#define HARNESS_RUN_RUN_H

#include "harness/ground.h"
#include "netns/netns.h"

/* Runs the order to its end. progress is called about every 100 ms of the run's own time.
 * 0, or -errno with a line in why. */
int run_order_execute(const struct run_order *order, const char *netns_prefix,
		      void (*progress)(void *ctx, const struct ground_progress *p), void *ctx,
		      char *why, size_t why_bytes);
/* DIR/inputs/run.json <-> struct. */
int run_order_write(const struct run_order *order);
int run_order_read(const char *dir, struct arena *a, struct run_order *out);

#endif
