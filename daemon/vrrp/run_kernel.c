/* The kernel's side: virtual addresses by plan, and what the monitor tells about interfaces and
 * addresses.
 *
 * An address that is there already, or gone already, is what was wanted. Everything else that the
 * kernel refuses is a log line: a master that lacks one address of ten still serves nine.
 */
#include "daemon/vrrp/run_state.h"

#include <errno.h>
#include <string.h>

/* ---- addresses ----------------------------------------------------------------------------- */

static void report(struct vrrp_run *run, const struct op_sent *sent, int err)
{
	const struct plan_op *op = &sent->op;
	struct buf line = {0};

	if (op->kind == PLAN_ADD && err == -EEXIST)
		err = 0;
	if (op->kind == PLAN_DEL && (err == -EADDRNOTAVAIL || err == -ENODEV))
		err = 0;
	if (!err && !run->log->detail)
		return;
	plan_print(op, &line);
	if (err)
		log_error(run->log, "(%s) %s: %s", sent->whose, buf_text(&line), strerror(-err));
	else
		log_detail(run->log, "(%s) %s", sent->whose, buf_text(&line));
	buf_free(&line);
}

static void answered(void *ctx, size_t which, int err)
{
	struct vrrp_run *run = ctx;

	report(run, &run->ops_sent.at[which], err);
}

static void apply_op(struct vrrp_run *run, const struct plan_op *op, const char *whose)
{
	const struct conf_vip *v = op->addr.vip;
	const struct nl_link *link = links_find(&run->links, op->addr.ifname);
	struct op_sent sent = {.op = *op, .whose = whose};
	int err = -ENODEV;

	if (link) {
		struct nl_new_addr addr = {.ip = v->ip,
					   .prefix_len = v->prefix_len,
					   .flags = v->dad ? 0 : NL_ADDR_NODAD,
					   .scope = v->scope,
					   .label = v->label,
					   .preferred_s = v->preferred_s,
					   .broadcast = v->broadcast,
					   .peer = v->peer};
		struct nl_later later = {.done = answered, .ctx = run, .which = run->ops_sent.n};

		addr.flags |= v->flags;
		if (v->preferred_s != CONF_FOR_EVER)
			addr.flags |= NL_ADDR_PREFERRED;
		*vec_push(&run->ops_sent) = sent;
		nl_later(run->nl, &later);
		if (op->kind == PLAN_ADD)
			err = nl_addr_add_whole(run->nl, link->ifindex, &addr);
		else
			err = nl_addr_del_whole(run->nl, link->ifindex, &addr);
		nl_later(run->nl, NULL);
	}
	if (err)
		report(run, &sent, err);
}

void run_apply_begin(struct vrrp_run *run)
{
	run->ops_wait = true;
}

void run_apply_end(struct vrrp_run *run)
{
	run->ops_wait = false;
	nl_flush(run->nl);
	vec_free(&run->ops_sent);
}

void run_apply(struct vrrp_run *run, const plan_addrs *old, const plan_addrs *new,
	       const char *whose)
{
	bool alone = !run->ops_wait;
	plan_ops ops = {0};

	plan_diff(old, new, &ops);
	for (size_t i = 0; i < ops.n; i++)
		apply_op(run, &ops.at[i], whose);
	if (alone)
		run_apply_end(run);
	vec_free(&ops);
}

void run_set_vips(struct vrrp_run *run, struct unit *u, bool wanted)
{
	plan_addrs none = {0}, all = {0};

	if (u->vips == wanted)
		return;
	u->vips = wanted;
	plan_want(&all, u->conf);
	if (wanted)
		run_firewall_set(run, u, true);
	else
		run_set_paths(run, u, false);
	run_apply(run, wanted ? &none : &all, wanted ? &all : &none, u->conf->name);
	if (wanted)
		run_set_paths(run, u, true);
	else
		run_firewall_set(run, u, false);
	vec_free(&all);
}

/* What a predecessor that was killed has left would answer ARP on two hosts. An address owner's
 * addresses are its interface's own: they stay. */
void run_remove_leftovers(struct vrrp_run *run)
{
	bool found = false;

	run_remove_left_paths(run);
	for (size_t i = 0; i < run->t.n_units; i++) {
		const struct conf_instance *c = run->t.units[i].conf;
		plan_addrs left = {0}, all = {0}, none = {0};

		if (c->priority != 255)
			plan_want(&all, c);
		for (size_t j = 0; j < all.n; j++) {
			const struct nl_link *link = links_find(&run->links, all.at[j].ifname);

			if (link && links_has(&run->links, link->ifindex, &all.at[j].vip->ip,
					      all.at[j].vip->prefix_len))
				*vec_push(&left) = all.at[j];
		}
		if (left.n)
			log_info(run->log, "(%s) removing what a predecessor has left (%zu)",
				 c->name, left.n);
		run_apply(run, &left, &none, c->name);
		found = found || left.n;
		vec_free(&left);
		vec_free(&all);
	}
	if (found)
		run_firewall_forget(run);
}

/* ---- the monitor --------------------------------------------------------------------------- */

static void on_link(void *ctx, const struct nl_link *link)
{
	struct vrrp_run *run = ctx;
	const struct nl_link *old = links_find(&run->links, link->ifname);
	bool was_up = old && old->up && old->running;
	bool is_up = !link->gone && link->up && link->running;
	bool same = old && !link->gone && old->ifindex == link->ifindex;

	links_take(&run->links, link);
	if (was_up == is_up && same)
		return;
	if (table_gate(&run->t, link->ifname, AF_INET) ||
	    table_gate(&run->t, link->ifname, AF_INET6))
		log_info(run->log, "Netlink reports %s %s", link->ifname,
			 link->gone ? "gone"
			 : is_up    ? "up"
				    : "down");
	table_open_gates(&run->t);
	if (is_up && !was_up)
		run_paths_again(run);
	run_judge(run);
}

/* Those of a unit's addresses that are addr. */
static void select_addr(struct vrrp_run *run, const struct unit *u, const struct nl_addr *addr,
			plan_addrs *out)
{
	plan_addrs all = {0};

	plan_want(&all, u->conf);
	for (size_t i = 0; i < all.n; i++) {
		const struct nl_link *link = links_find(&run->links, all.at[i].ifname);

		if (link && link->ifindex == addr->ifindex && link->up &&
		    wire_ip_equal(&all.at[i].vip->ip, &addr->ip) &&
		    all.at[i].vip->prefix_len == addr->prefix_len && !all.at[i].vip->no_track)
			*vec_push(out) = all.at[i];
	}
	vec_free(&all);
}

/* One of a master's addresses has gone though nobody here removed it: it is put back. */
static void restore(struct vrrp_run *run, struct unit *u, const struct nl_addr *addr)
{
	char ip[INET6_ADDRSTRLEN];
	plan_addrs none = {0}, lost = {0};

	select_addr(run, u, addr, &lost);
	/* it may be back already: removed and added by us while this message was on its way */
	if (lost.n)
		links_read_addrs(&run->links, run->nl);
	if (lost.n && !links_has(&run->links, addr->ifindex, &addr->ip, addr->prefix_len)) {
		log_warning(run->log, "(%s) %s was removed by someone else: adding it",
			    u->conf->name, wire_ip_text(&addr->ip, ip));
		run_apply(run, &none, &lost, u->conf->name);
		run_announce(run, u, 1);
		run_announce_flush(run);
		run_set_paths(run, u, true); /* those that had it as their source */
	}
	vec_free(&lost);
}

static void vip_gone(struct vrrp_run *run, const struct nl_addr *addr)
{
	const struct table *t = &run->t;

	for (size_t i = table_vip(t, &addr->ip);
	     i < t->n_vips && wire_ip_equal(&t->vips[i].ip, &addr->ip); i++)
		if (t->units[t->vips[i].unit].vips)
			restore(run, &t->units[t->vips[i].unit], addr);
}

static void on_addr(void *ctx, const struct nl_addr *addr, bool gone)
{
	struct vrrp_run *run = ctx;

	if (run->o.address)
		run->o.address(run->o.ctx, &addr->ip, !gone);
	if (gone)
		run_static_gone(run, addr);
	if (!run_is_vip(run, &addr->ip))
		run->addrs_stale = true;
	else if (gone)
		vip_gone(run, addr);
}

static void tell_addresses(struct vrrp_run *run, bool present)
{
	for (size_t i = 0; i < run->links.addr.n && run->o.address; i++)
		run->o.address(run->o.ctx, &run->links.addr.at[i].ip, present);
}

/* The kernel has dropped messages: what we know is old. */
static void on_lost(void *ctx)
{
	struct vrrp_run *run = ctx;

	log_warning(run->log, "Netlink messages were lost: reading all interfaces again");
	tell_addresses(run, false);
	int err = links_read(&run->links, run->nl);

	tell_addresses(run, true);
	if (err)
		log_error(run->log, "Interfaces not read: %s", strerror(-err));
	table_open_gates(&run->t);
	run_judge(run);
}

static void on_monitor(evutil_socket_t fd, short what, void *ctx)
{
	struct vrrp_run *run = ctx;

	(void)fd;
	(void)what;
	int err = nl_monitor_read(run->monitor);

	if (err)
		log_error(run->log, "Netlink: %s", strerror(-err));
	if (run->addrs_stale) {
		run->addrs_stale = false;
		links_read_addrs(&run->links, run->nl);
		run_judge(run);
	}
	vrrp_run_turn(run);
}

int run_kernel_open(struct vrrp_run *run)
{
	struct nl_monitor_ops ops = {.link = on_link,
				     .addr = on_addr,
				     .route = run_on_route,
				     .rule = run_on_rule,
				     .lost = on_lost};
	int err = nl_open(&run->nl);

	/* first the monitor, then the picture: nothing falls between them */
	if (!err)
		err = nl_monitor_open(&run->monitor, &ops, run);
	if (!err)
		err = links_read(&run->links, run->nl);
	if (!err)
		err = announce_open(run);
	if (err) {
		log_error(run->log, "Kernel interfaces not reached: %s", strerror(-err));
		return err;
	}
	run->monitor_readable = event_new(run->o.base, nl_monitor_fd(run->monitor),
					  EV_READ | EV_PERSIST, on_monitor, run);
	must(run->monitor_readable != NULL);
	event_add(run->monitor_readable, NULL);
	tell_addresses(run, true);
	return 0;
}

void run_kernel_close(struct vrrp_run *run)
{
	if (run->monitor_readable)
		event_free(run->monitor_readable);
	nl_monitor_close(run->monitor);
	nl_release(run->nl);
	announce_close(run);
}
