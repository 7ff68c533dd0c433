/* Tracking: what the state of interfaces, scripts, files and processes means for a router: FAULT,
 * or an effective priority. Pure.
 */
#ifndef DAEMON_VRRP_TRACK_H
#define DAEMON_VRRP_TRACK_H

#include "daemon/conf/vipd_conf.h"
#include "daemon/track/watch.h"

struct vrrp_track {
	bool fault;
	bool held;		  /* something that would mean FAULT is not known yet */
	const char *culprit;	  /* fault: the first thing that has failed: "eth0" */
	const char *culprit_kind; /* "interface" */
	uint8_t priority;	  /* effective: 1..254, or 255 for an address owner */
};

/* True: the interface exists, is up and has carrier. */
typedef bool vrrp_track_up_fn(void *ctx, const char *ifname);

/* What is known of a script, a file or some processes. */
typedef struct track_status vrrp_track_status_fn(void *ctx, const struct conf_tracked *what);

struct vrrp_track_eyes {
	vrrp_track_up_fn *is_up;
	vrrp_track_status_fn *status;
	void *ctx;
};

/* Asks for each interface that matters to the instance: its own (unless dont_track_primary), those
 * of its addresses (unless no_track), those tracked by it and by its group; and for everything
 * else that it and its group track. */
struct vrrp_track vrrp_track_judge(const struct conf_instance *conf,
				   const struct vrrp_track_eyes *eyes);

#endif
