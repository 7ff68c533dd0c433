/* The plan for virtual addresses: from those that are wanted now to those that shall be wanted, as
 * ordered operations on the kernel. Pure: the same plan is applied, printed by --dry-run and
 * tested.
 */
#ifndef DAEMON_VRRP_PLAN_H
#define DAEMON_VRRP_PLAN_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/buf.h"
#include "lib/base/vec.h"

/* An address on an interface. Two are the same when interface, address and prefix length are. */
struct plan_addr {
	const char *ifname;
	const struct conf_vip *vip; /* address, prefix length, label, scope */
};

enum plan_kind { PLAN_DEL, PLAN_ADD };

struct plan_op {
	enum plan_kind kind;
	/* The kernel may have this one already: it answers for a removed address of the same
	 * subnet, which may have taken it along. */
	bool again;
	struct plan_addr addr;
};

typedef VEC(struct plan_addr) plan_addrs;
typedef VEC(struct plan_op) plan_ops;

/* Appends the virtual addresses of an instance, those outside the adverts too. */
void plan_want(plan_addrs *list, const struct conf_instance *conf);
/* Appends what leads from old to new: first all removals (so that an address which changes its
 * prefix length or interface is free again), then, in the order of new, what is missing. An address
 * that is in both is not touched, unless the kernel may have removed it on its own: without
 * promote_secondaries it drops the other addresses of a subnet with the first one. Those are added
 * again. Addresses that occur twice count once. */
void plan_diff(const plan_addrs *old, const plan_addrs *new, plan_ops *ops);
/* "add 172.16.28.65/32 dev eth0 label eth0:1" */
void plan_print(const struct plan_op *op, struct buf *out);

#endif
