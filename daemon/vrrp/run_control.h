/* What an administrator asks of running routers (vipctl, metrics, dump files): what they are, a
 * planned hand-over, another priority, counters that begin anew.
 *
 * Instances are named; pointers in struct vrrp_info are good until the next call that changes
 * anything (a reload frees the configuration).
 */
#ifndef DAEMON_VRRP_RUN_CONTROL_H
#define DAEMON_VRRP_RUN_CONTROL_H

#include "daemon/vrrp/advert.h"
#include "daemon/vrrp/run.h"

struct vrrp_info {
	const struct conf_instance *conf;
	const struct vrrp_router *router;
	struct wire_ip primary;	    /* source of adverts; family 0: none */
	bool vips;		    /* the kernel was given its addresses */
	bool ordered_priority;	    /* set by vrrp_run_priority */
	int64_t in_state_ns;	    /* for so long; -1: it has not entered any */
	int64_t entered_wall_ns;    /* since the epoch; 0: never */
	int64_t next_ns;	    /* until its next deadline; -1: none */
	struct wire_ip last_master; /* family 0: nobody was heard */
	uint8_t last_master_priority;
	uint64_t received, sent, other_addrs;
	uint64_t dropped[VRRP_DROP_N];
	uint64_t count[VRRP_CNT_N];
};

size_t vrrp_run_count(const struct vrrp_run *run);
void vrrp_run_info(const struct vrrp_run *run, size_t i, struct vrrp_info *out);

/* Lets another router take over; options.handed_over tells how it ended. 0 or
 * -ENOENT: no such instance; -ENOTCONN: it is not master; -EHOSTUNREACH: it never heard another
 * router, and force is false. */
int vrrp_run_handover(struct vrrp_run *run, const char *name, bool force);
/* Another base priority, 1..254, until the next reload; tracking works on it as on the configured
 * one. 0: the configured one again. 0 or -ENOENT; -EPERM: an address owner's stays 255. */
int vrrp_run_priority(struct vrrp_run *run, const char *name, uint8_t priority);
void vrrp_run_clear_stats(struct vrrp_run *run);

#endif
