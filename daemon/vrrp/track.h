/* Interface tracking: what the state of interfaces means for a router: FAULT, or an effective
 * priority. Pure.
 */
#ifndef DAEMON_VRRP_TRACK_H
#define DAEMON_VRRP_TRACK_H

#include "daemon/conf/vipd_conf.h"

struct vrrp_track {
	bool fault;
	uint8_t priority; /* effective: 1..254, or 255 for an address owner */
};

/* True: the interface exists, is up and has carrier. */
typedef bool vrrp_track_up_fn(void *ctx, const char *ifname);

/* Asks is_up for each interface that matters to the instance: its own (unless dont_track_primary),
 * those of its addresses (unless no_track), those tracked by it and by its group. */
struct vrrp_track vrrp_track_judge(const struct conf_instance *conf, vrrp_track_up_fn *is_up,
				   void *ctx);

#endif
