/* Sync groups: routers that are master together or not at all (two legs of one director). Pure.
 *
 * Members: the routers of one group, in the order of the configuration; a router without a group is
 * a group of one. All of them live in one process.
 */
#ifndef DAEMON_VRRP_GROUP_H
#define DAEMON_VRRP_GROUP_H

#include "daemon/vrrp/core.h"

/* Where the group has to go, seen from its members' states and wishes. True: each member that
 * vrrp_group_obeys has to get VRRP_EV_GROUP with *to. */
bool vrrp_group_decide(const struct vrrp_router *const *members, unsigned n, enum vrrp_state *to);
bool vrrp_group_obeys(const struct vrrp_router *member, enum vrrp_state to);

/* The state that all members have, else VRRP_INIT (on the way, or not all started). A group's
 * notify scripts run when this changes. */
enum vrrp_state vrrp_group_state(const struct vrrp_router *const *members, unsigned n);

/* Called with the actions of each step, in order; r is one of the members. May be called with no
 * action at all. */
typedef void vrrp_perform_fn(void *ctx, struct vrrp_router *r, const struct vrrp_actions *actions);

/* Steps members[which] with e and then the others as the group's rules ask, until the group is at
 * rest. This is the one door through which a shell steps its routers. */
void vrrp_group_step(struct vrrp_router *const *members, unsigned n, unsigned which,
		     const struct vrrp_event *e, vrrp_perform_fn *perform, void *ctx);

#endif
