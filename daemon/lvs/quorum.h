/* One virtual server's health: which real servers are up, whether they are a quorum, which
 * destinations follow from it. Pure: results of checks come in, a table entry and notifies come
 * out.
 *
 * The rules are keepalived's (W: sum of the weights of the servers that are up):
 *	quorum is gained at W >= quorum + hysteresis;
 *	quorum is lost at W < quorum - hysteresis, or at W = 0;
 *	without quorum the sorry server serves alone; where there is none, servers that are up stay.
 * quorum counts as at most the sum of all weights, hysteresis as at most quorum - 1.
 */
#ifndef DAEMON_LVS_QUORUM_H
#define DAEMON_LVS_QUORUM_H

#include "daemon/conf/vipd_conf.h"
#include "daemon/lvs/table.h"

struct lvs_server {
	const struct conf_real_server *conf;
	bool up;
};

struct lvs_quorum {
	const struct conf_virtual_server *conf;
	bool up;
	bool sorry; /* the sorry server serves */
	VEC(struct lvs_server) servers;
};

enum lvs_wish_kind { LVS_SERVER_UP, LVS_SERVER_DOWN, LVS_QUORUM_UP, LVS_QUORUM_DOWN };

/* Something to tell: to the log, and to a script where one is configured. */
struct lvs_wish {
	enum lvs_wish_kind kind;
	const struct conf_virtual_server *service;
	const struct conf_real_server *server; /* LVS_SERVER_* */
	int64_t weight, needed;		       /* LVS_QUORUM_*: W and what it was compared with */
};

/* Zero-initialise it, free it with vec_free. */
struct lvs_wishes {
	VEC(struct lvs_wish) list;
};

/* A server starts up, except one that is `alpha` and has a check to wait for. No notifies come of
 * that for servers; gaining quorum at start is notified, and so is starting with the sorry server.
 */
void lvs_quorum_init(struct lvs_quorum *q, const struct conf_virtual_server *conf,
		     struct lvs_wishes *wishes);
/* The same after a reload: what old has too keeps its state, servers that are gone are notified as
 * down. old stays the caller's. */
void lvs_quorum_init_from(struct lvs_quorum *q, const struct conf_virtual_server *conf,
			  const struct lvs_quorum *old, struct lvs_wishes *wishes);
void lvs_quorum_free(struct lvs_quorum *q);

/* A server went up or down. */
void lvs_quorum_set(struct lvs_quorum *q, size_t server, bool up, struct lvs_wishes *wishes);
/* Everything goes down because the service is removed from the configuration. */
void lvs_quorum_remove(struct lvs_quorum *q, struct lvs_wishes *wishes);
/* The same because the daemon stops: notified only with `omega`. */
void lvs_quorum_stop(struct lvs_quorum *q, struct lvs_wishes *wishes);

/* What the kernel should have for it. out must be zeroed or hold an earlier entry. */
void lvs_quorum_entry(const struct lvs_quorum *q, struct lvs_entry *out);

/* The script that a wish stands for, or NULL. */
const struct conf_script *lvs_wish_script(const struct lvs_wish *w);
/* "server 10.0.0.2:80 of TCP 10.0.0.1:80 is up", without a newline. */
void lvs_wish_print(const struct lvs_wish *w, struct buf *out);

#endif
