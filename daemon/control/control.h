/* The control socket: a Unix stream socket on which vipctl asks and orders. Its permissions are the
 * access control: 0660, owner and group of whoever runs vipd (a set-group-id folder gives its
 * group to the socket).
 *
 * A line is a request, a JSON object: {"command": "status"}; a line is the answer: {"ok": true,
 * ...} or {"ok": false, "error": "for people"}. Commands: status, instances, stats, handover
 * (instance, force; answered when it has ended), priority (instance, priority 0..254; 0: as
 * configured), reload, log (level), watch (answers, then a line for each event).
 */
#ifndef DAEMON_CONTROL_CONTROL_H
#define DAEMON_CONTROL_CONTROL_H

#include "daemon/vrrp/run_control.h"
#include "lib/base/log.h"

#include <event2/event.h>

struct control;

struct control_world {
	struct event_base *base;
	struct log *log; /* the log command changes it */
	struct vrrp_run *vrrp;
	const char *version;
	const char *conf_path;
	/* Reloads, and logs why not. 0 or -errno. */
	int (*reload)(void *ctx);
	void *ctx;
};

/* Listens at path; its folder is made (0755) if need be. A socket that a dead predecessor has left
 * is replaced. 0 or -errno; -EADDRINUSE: another vipd listens there, or it is no socket. */
int control_open(struct control **out, const char *path, const struct control_world *w);
/* Ends all connections, removes the socket. NULL is allowed. */
void control_close(struct control *c);

/* Events, for those who watch and those who wait. NULL is allowed for c. */
void control_entered(struct control *c, const struct conf_instance *instance, enum vrrp_state state,
		     uint8_t priority);
void control_handed_over(struct control *c, const struct conf_instance *instance,
			 const struct vrrp_handover_end *end);
void control_reloaded(struct control *c, bool done);

/* A Unix stream socket that listens at path, non-blocking, with these permissions; the rules are
 * those of control_open. A descriptor or -errno. */
int control_listen(const char *path, unsigned mode);

#endif
