/* The files that signals ask for, where keepalived has them and, but for the state, in its form:
 * keepalived.data (what is now, for people), keepalived_check.data (virtual servers),
 * keepalived.stats, keepalived.json. Mode 0600. Whoever waits for one never sees half of it.
 */
#ifndef DAEMON_CONTROL_DUMP_H
#define DAEMON_CONTROL_DUMP_H

#include "daemon/conf/vipd_conf.h"
#include "daemon/vrrp/run_control.h"
#include "lib/base/buf.h"

enum dump_kind { DUMP_STATE, DUMP_SERVERS, DUMP_STATS, DUMP_JSON };

/* Where it goes: what the configuration says (a folder where it ends with '/'), else $TMPDIR, else
 * /tmp. namespace: NULL for none. The path is put into out. */
void dump_path(enum dump_kind kind, const struct conf_process *p, const char *namespace,
	       const char *tmpdir, struct buf *out);
/* 0 or -errno. */
int dump_write(const char *path, const struct buf *text);

/* keepalived.stats as keepalived 2.4.3 writes it. */
void dump_stats(const struct vrrp_run *run, struct buf *out);
/* keepalived.json: version 1 an array, version 2 an object with that array as "vrrp". */
void dump_json(const struct vrrp_run *run, const struct conf_global *g, struct buf *out);

#endif
