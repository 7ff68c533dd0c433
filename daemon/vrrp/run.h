/* The shell around the pure VRRP core: sockets, the clock, the kernel's addresses, scripts.
 *
 *	struct vrrp_run_options o = {.base = base, .log = log, .notify = notify, ...};
 *	int err = vrrp_run_start(&run, conf, &o);	-ENODEV: an interface is missing
 *	vrrp_run_reload(run, new_conf);		after this the old configuration may be freed
 *	vrrp_run_stop(run);			priority 0, addresses removed
 *
 * Works in the network namespace of the calling thread. Everything that the world refuses later
 * (an address, an advert) is one log line, and the routers go on.
 */
#ifndef DAEMON_VRRP_RUN_H
#define DAEMON_VRRP_RUN_H

#include "daemon/conf/vipd_conf.h"
#include "daemon/notify/notify.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

#include <event2/event.h>

struct vrrp_run;

/* How a hand-over ended. */
struct vrrp_handover_end {
	bool done;	       /* another router has taken over */
	int64_t gap_ns;	       /* since our resignation; done: that long nobody owned the address */
	struct wire_ip owner;  /* done: who took over */
	enum vrrp_state state; /* not done: what our router is now */
};

struct vrrp_run_options {
	struct event_base *base;
	const struct log *log;
	struct notify *notify;
	/* An instance has become MASTER, or is not any more. NULL: nobody listens. */
	void (*role)(void *ctx, const struct conf_instance *instance, bool master);
	/* An address has appeared on this host, or has left it. NULL: nobody listens. */
	void (*address)(void *ctx, const struct wire_ip *ip, bool present);
	/* An instance has entered a state; VRRP_INIT: stopped. NULL: nobody listens. */
	void (*entered)(void *ctx, const struct conf_instance *instance, enum vrrp_state state,
			uint8_t priority);
	/* The end of a hand-over (run_control.h). NULL: nobody listens. */
	void (*handed_over)(void *ctx, const struct conf_instance *instance,
			    const struct vrrp_handover_end *end);
	void *ctx;
	bool no_instances; /* watches addresses only (vipd --check) */
};

/* 0 or -errno, which it has logged; then *out is NULL. -ENODEV: an instance names an interface that
 * does not exist, and dynamic_interfaces is off. -EPERM: no raw sockets for us. */
int vrrp_run_start(struct vrrp_run **out, const struct vipd_conf *conf,
		   const struct vrrp_run_options *o);
/* Goes over to another configuration. Routers that stay the same (reload.h) keep their state and
 * send nothing; addresses change by plan. 0 or -errno as above: then the old one stays in force. */
int vrrp_run_reload(struct vrrp_run *run, const struct vipd_conf *conf);
/* Ends every router: adverts with priority 0, addresses removed, notify stop. run is gone after
 * it. NULL is allowed. */
void vrrp_run_stop(struct vrrp_run *run);
/* The same, but without a farewell: addresses stay, no advert, no script (--dont-release-vrrp). */
void vrrp_run_abandon(struct vrrp_run *run);

/* State for SIGUSR1, as text. */
void vrrp_run_dump(const struct vrrp_run *run, struct buf *out);
/* For --dry-run: what start would remove from this host's interfaces, and what each instance would
 * add as MASTER. Reads the kernel, changes nothing. 0 or -errno. */
int vrrp_run_dry(const struct vipd_conf *conf, struct buf *out);

#endif
