/* Who wins between two routers of one virtual router, and what a backup does about a weaker master.
 * Used by core.c only.
 */
#ifndef DAEMON_VRRP_ELECTION_H
#define DAEMON_VRRP_ELECTION_H

#include "daemon/vrrp/core.h"

/* A master's question: is the sender of this advert the better master? */
bool vrrp_election_beats(const struct vrrp_router *r, uint8_t priority, const struct wire_ip *src);

/* A backup's question: does it follow the master of this advert? (Not for priority 0.) Starts or
 * cancels the preempt delay in r. */
bool vrrp_election_follows(struct vrrp_router *r, uint8_t priority, mono_t now);

#endif
