/* Figures for Prometheus, over HTTP: GET /metrics. For whoever can reach the place; there is
 * nothing secret in it, and nothing can be changed through it.
 */
#ifndef DAEMON_CONTROL_METRICS_H
#define DAEMON_CONTROL_METRICS_H

#include "daemon/vrrp/run_control.h"
#include "lib/base/buf.h"

#include <event2/event.h>

struct metrics;

/* where: "PORT" (at 127.0.0.1), "ADDRESS:PORT", "[ADDRESS6]:PORT", or the absolute path of a Unix
 * socket. 0 or -errno; -EINVAL: it is none of these. */
int metrics_open(struct metrics **out, const char *where, struct event_base *base,
		 const struct vrrp_run *vrrp, const char *version);
/* NULL is allowed. */
void metrics_close(struct metrics *m);
/* The text (Prometheus exposition format 0.0.4). */
void metrics_print(const struct vrrp_run *vrrp, const char *version, struct buf *out);

#endif
