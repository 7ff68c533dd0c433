/* The plan for routes and rules: from those that are wanted now to those that shall be wanted, as
 * ordered operations on the kernel. Pure, as plan.h, which does the same for addresses.
 */
#ifndef DAEMON_VRRP_PATHS_H
#define DAEMON_VRRP_PATHS_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/buf.h"
#include "lib/base/vec.h"

/* One of the two is not NULL. */
struct path {
	const struct conf_route *route;
	const struct conf_rule *rule;
};

struct path_op {
	enum nl_change change;
	bool again; /* the kernel may have it, or may have dropped it with an address */
	struct path path;
};

typedef VEC(struct path) path_list;
typedef VEC(struct path_op) path_ops;

void paths_want(path_list *list, const struct conf_route *routes, const struct conf_rule *rules);
/* Appends what leads from old to new: rules removed, routes removed (each before the addresses
 * change), then, after it, routes and rules added. A route that changes only the way it leads is
 * replaced in place. What is in both is added again, since the kernel drops routes with the
 * addresses and interfaces that they need: it answers -EEXIST where nothing is to be done. What
 * occurs twice counts once. */
void paths_diff(const path_list *old, const path_list *new, path_ops *ops);
/* "add route default via 203.0.113.1" */
void paths_print(const struct path_op *op, struct buf *out);

#endif
