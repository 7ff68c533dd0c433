/* The load-balancing half of vipd: health checks, quorum, the IPVS table and the connection
 * synchronisation daemon. This is all that the rest of vipd knows of it.
 *
 *	struct lvs_options o = {.base = base, .log = &log, .run = on_run, .ctx = daemon};
 *	int err = lvs_start(&lvs, conf, &o);	-ENOPROTOOPT: the kernel has no IPVS
 *	lvs_router_state(lvs, instance, true);	at each change of an instance's role
 *	lvs_reload(lvs, new_conf);		after this the old configuration may be freed
 *	lvs_stop(lvs);
 *
 * Nothing has to be polled: timers and sockets are registered with the event base. All functions
 * are called from the thread that runs the base, and none may be called from within run(). Checks
 * have the lowest priority that the base knows (event_base_priority_init), so that thousands of
 * them cannot delay an advertisement.
 *
 * The kernel's table is desired state: every change of configuration or health gives a new desired
 * table, and plan.c says which operations lead there. An operation that the kernel refuses is
 * logged once and tried again every LVS_RETRY_S seconds until it succeeds or is not wanted any
 * more.
 */
#ifndef DAEMON_LVS_LVS_H
#define DAEMON_LVS_LVS_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/ipvs/ipvs.h"

#include <event2/event.h>
#include <stdbool.h>

#define LVS_RETRY_S 5

struct lvs;

struct lvs_options {
	struct event_base *base;
	const struct log *log; /* must stay for as long as the struct lvs */
	/* Runs a notify script (notify_up, notify_down, quorum_up, quorum_down) without waiting for
	 * it. The script is of the configuration in force and has an argv. NULL: scripts are not
	 * run. */
	void (*run)(void *ctx, const struct conf_script *script);
	void *ctx;
	/* A table to use in place of the kernel's; lvs_stop does not close it. NULL: the IPVS of
	 * the calling thread's network namespace. */
	struct ipvs *ipvs;
	int64_t retry_ns; /* 0: LVS_RETRY_S */
};

/* Puts the configured services into the kernel and starts their checks and the sync daemon. What
 * the kernel already has of these services is taken over: what is right stays untouched, and with
 * it its connections. Services that the configuration does not name stay, except with lvs_flush.
 *
 * A configuration without virtual servers and without lvs_sync_daemon needs no IPVS and always
 * succeeds. 0 or -errno of opening or reading IPVS; -ENOPROTOOPT: the kernel has none; then nothing
 * was started and *out is NULL. */
int lvs_start(struct lvs **out, const struct vipd_conf *conf, const struct lvs_options *o);

/* Goes over to another configuration by the difference of the two tables. Services are the same
 * when address, port and protocol (or fwmark and family) are, servers when address and port are,
 * checks when all that they do is the same: these keep their health. Opens IPVS if it was not
 * needed before; 0 or -errno as lvs_start. On an error the old configuration stays in force. */
int lvs_reload(struct lvs *lvs, const struct vipd_conf *conf);

/* Removes our services, ends the sync daemon, runs the notifies that `omega` wants. lvs is gone
 * after it. NULL is allowed. */
void lvs_stop(struct lvs *lvs);
/* The same, but the kernel keeps services and sync daemon (keepalived's --dont-release-ipvs). */
void lvs_abandon(struct lvs *lvs);

/* Tells the role of an instance: true when it became MASTER, false for every other state. The sync
 * daemon follows the instance that lvs_sync_daemon names; others are ignored. Until it is told,
 * every instance counts as BACKUP; a reload keeps what was told, by the instance's name. */
void lvs_router_state(struct lvs *lvs, const struct conf_instance *instance, bool master);

/* Tells that an address appeared on or left this host. Services with `ha_suspend` are checked only
 * while their address is here; until told, it is not. */
void lvs_address(struct lvs *lvs, const struct wire_ip *ip, bool present);

/* State for SIGUSR1, as text: services, quorum, servers, checks, the sync daemon, failed
 * operations. */
void lvs_dump(const struct lvs *lvs, struct buf *out);

/* For --dry-run: the operations that lvs_start would do over this table (NULL: an empty one),
 * one a line, as they are logged. Nothing is changed. 0 or -errno of reading the table. */
int lvs_dry_run(const struct vipd_conf *conf, struct ipvs *ipvs, struct buf *out);

#endif
