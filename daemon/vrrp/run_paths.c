/* Routes and rules of masters, static items, and what becomes of them when somebody else removes
 * them.
 *
 * A master whose route or rule was removed (and is not no_track) steps down, as keepalived
 * does: priority 0, all that it has set is removed, and it comes back after its skew time unless a
 * peer does first. A static item is put back at once. Our own changes are told by the kernel too;
 * they bear the number of our socket.
 */
#include "daemon/vrrp/run_state.h"

#include <errno.h>
#include <string.h>

/* ---- apply ----------------------------------------------------------------------------------- */

static int apply_op(struct vrrp_run *run, const struct path_op *op)
{
	const struct path *p = &op->path;
	int err = p->route ? nl_route_change(run->nl, &p->route->route, op->change)
			   : nl_rule_change(run->nl, &p->rule->rule, op->change);

	if (op->change != NL_CHANGE_DEL)
		return err == -EEXIST ? 0 : err;
	return err == -ESRCH || err == -ENOENT || err == -ENODEV ? 0 : err;
}

static void apply(struct vrrp_run *run, const path_ops *ops, bool removals, const char *whose)
{
	struct buf line = {0};

	for (size_t i = 0; i < ops->n; i++) {
		const struct path_op *op = &ops->at[i];

		if ((op->change == NL_CHANGE_DEL) != removals)
			continue;
		int err = apply_op(run, op);

		if (!err && (!run->log->detail || op->again))
			continue;
		buf_clear(&line);
		paths_print(op, &line);
		if (err)
			log_error(run->log, "(%s) %s: %s", whose, buf_text(&line), strerror(-err));
		else
			log_detail(run->log, "(%s) %s", whose, buf_text(&line));
	}
	buf_free(&line);
}

void run_change_paths(struct vrrp_run *run, const path_list *old, const path_list *new,
		      bool removals, const char *whose)
{
	path_ops ops = {0};

	paths_diff(old, new, &ops);
	apply(run, &ops, removals, whose);
	vec_free(&ops);
}

void run_set_paths(struct vrrp_run *run, const struct unit *u, bool wanted)
{
	path_list none = {0}, all = {0};

	if (!u->conf->routes && !u->conf->rules)
		return;
	paths_want(&all, u->conf->routes, u->conf->rules);
	run_change_paths(run, wanted ? &none : &all, wanted ? &all : &none, !wanted, u->conf->name);
	vec_free(&all);
}

/* What a predecessor that was killed has left. Whatever the kernel says against it, there is
 * nothing to remove then. */
void run_remove_left_paths(struct vrrp_run *run)
{
	for (size_t i = 0; i < run->t.n_units; i++) {
		const struct conf_instance *c = run->t.units[i].conf;
		unsigned n = 0;

		for (const struct conf_rule *r = c->rules; r; r = r->next)
			n += nl_rule_change(run->nl, &r->rule, NL_CHANGE_DEL) == 0;
		for (const struct conf_route *r = c->routes; r; r = r->next)
			n += nl_route_change(run->nl, &r->route, NL_CHANGE_DEL) == 0;
		if (n)
			log_info(run->log,
				 "(%s) removed the routes and rules that a predecessor has left "
				 "(%u)",
				 c->name, n);
	}
}

/* ---- static items ---------------------------------------------------------------------------- */

void run_want_static(const struct vipd_conf *conf, plan_addrs *addrs, path_list *paths)
{
	for (const struct conf_vip *v = conf->static_addrs; v; v = v->next)
		*vec_push(addrs) = (struct plan_addr){.ifname = v->ifname, .vip = v};
	paths_want(paths, conf->static_routes, conf->static_rules);
}

void run_set_static(struct vrrp_run *run, bool wanted)
{
	plan_addrs no_addrs = {0}, addrs = {0};
	path_list no_paths = {0}, paths = {0};

	run_want_static(run->t.conf, &addrs, &paths);
	if (!wanted)
		run_change_paths(run, &paths, &no_paths, true, "static");
	run_apply(run, wanted ? &no_addrs : &addrs, wanted ? &addrs : &no_addrs, "static");
	if (wanted)
		run_change_paths(run, &no_paths, &paths, false, "static");
	vec_free(&addrs);
	vec_free(&paths);
}

/* An interface has come up: the kernel has dropped the routes over it when it went down. */
void run_paths_again(struct vrrp_run *run)
{
	path_list all = {0};

	for (size_t i = 0; i < run->t.n_units; i++)
		if (run->t.units[i].vips)
			paths_want(&all, run->t.units[i].conf->routes, run->t.units[i].conf->rules);
	run_change_paths(run, &all, &all, false, "link up");
	vec_free(&all);
	run_set_static(run, true);
}

/* ---- what somebody else has removed ---------------------------------------------------------- */

void run_lost(struct vrrp_run *run, struct unit *u, const char *what)
{
	if (u->router.state != VRRP_MASTER)
		return;
	log_warning(run->log, "(%s) %s was removed by someone else", u->conf->name, what);
	vrrp_run_step(run, u, &(struct vrrp_event){.kind = VRRP_EV_LOST, .now = mono_now()});
}

static bool is_route(struct vrrp_run *run, const struct nl_whole_route *r,
		     const struct nl_route_seen *seen)
{
	const struct nl_link *link = r->ifname[0] ? links_find(&run->links, r->ifname) : NULL;

	/* IPv6 routes without a metric get one from the kernel */
	return r->family == seen->family && r->type == seen->type && r->tos == seen->tos &&
	       r->dst_len == seen->dst_len && (!r->dst_len || wire_ip_equal(&r->dst, &seen->dst)) &&
	       (r->vrf[0] || r->table == seen->table) &&
	       (r->has_metric ? r->metric == seen->metric
			      : seen->family == AF_INET6 || !seen->metric) &&
	       (!r->ifname[0] || (link && link->ifindex == seen->ifindex));
}

/* Routes over an interface that is down go with it: that is not somebody else's doing. */
static bool goes_with_link(struct vrrp_run *run, const struct nl_route_seen *seen)
{
	for (size_t i = 0; i < run->links.link.n; i++)
		if (run->links.link.at[i].ifindex == seen->ifindex)
			return !run->links.link.at[i].up;
	return seen->ifindex != 0;
}

void run_on_route(void *ctx, const struct nl_route_seen *seen, uint32_t cause)
{
	struct vrrp_run *run = ctx;

	if (!seen->gone || cause == nl_port_id(run->nl) || seen->protocol != NL_PROTO_KEEPALIVED ||
	    goes_with_link(run, seen))
		return;
	for (size_t i = 0; i < run->t.n_units; i++) {
		struct unit *u = &run->t.units[i];

		for (const struct conf_route *r = u->conf->routes; r && u->vips; r = r->next)
			if (!r->no_track && is_route(run, &r->route, seen)) {
				run_lost(run, u, r->text);
				break;
			}
	}
	for (const struct conf_route *r = run->t.conf->static_routes; r; r = r->next) {
		if (r->no_track || !is_route(run, &r->route, seen))
			continue;
		log_info(run->log, "Restoring deleted static route %s", r->text);
		nl_route_change(run->nl, &r->route, NL_CHANGE_ADD);
	}
}

void run_on_rule(void *ctx, const struct nl_whole_rule *rule, bool gone, uint32_t cause)
{
	struct vrrp_run *run = ctx;
	struct buf text = {0};

	if (!gone || cause == nl_port_id(run->nl) || rule->protocol != NL_PROTO_KEEPALIVED)
		return;
	nl_rule_text(rule, &text);
	for (size_t i = 0; i < run->t.n_units; i++) {
		struct unit *u = &run->t.units[i];

		for (const struct conf_rule *r = u->conf->rules; r && u->vips; r = r->next)
			if (!r->no_track && !strcmp(r->text, buf_text(&text))) {
				run_lost(run, u, r->text);
				break;
			}
	}
	for (const struct conf_rule *r = run->t.conf->static_rules; r; r = r->next) {
		if (r->no_track || strcmp(r->text, buf_text(&text)) != 0)
			continue;
		log_info(run->log, "Restoring deleted static rule %s", r->text);
		nl_rule_change(run->nl, &r->rule, NL_CHANGE_ADD);
	}
	buf_free(&text);
}

void run_static_gone(struct vrrp_run *run, const struct nl_addr *addr)
{
	plan_addrs none = {0}, lost = {0};

	for (const struct conf_vip *v = run->t.conf->static_addrs; v; v = v->next) {
		const struct nl_link *link = links_find(&run->links, v->ifname);

		if (!v->no_track && link && link->ifindex == addr->ifindex &&
		    v->prefix_len == addr->prefix_len && wire_ip_equal(&v->ip, &addr->ip))
			*vec_push(&lost) = (struct plan_addr){.ifname = v->ifname, .vip = v};
	}
	if (lost.n) {
		log_info(run->log, "Restoring deleted static address");
		run_apply(run, &none, &lost, "static");
	}
	vec_free(&lost);
}

/* Only where there is something to watch: a host may have many routes that are not ours. */
void run_watch_paths(struct vrrp_run *run, const struct vipd_conf *conf)
{
	bool routes = conf->static_routes, rules = conf->static_rules;

	for (const struct conf_instance *c = conf->instances; c; c = c->next) {
		routes |= c->routes != NULL;
		rules |= c->rules != NULL;
	}
	int err = routes ? nl_monitor_add(run->monitor, NL_MONITOR_ROUTES) : 0;

	if (!err && rules)
		err = nl_monitor_add(run->monitor, NL_MONITOR_RULES);
	if (err)
		log_error(run->log, "Routes and rules are not watched: %s", strerror(-err));
}
