/* Going over to another configuration: the tables of both, and the way from one to the other.
 *
 *	sockets	   an interface that stays keeps its socket; new ones are opened first, so that a
 *		   failure leaves everything as it was
 *	routers	   those that stay (reload.h) move into the new table with their state. One whose
 *		   own behaviour is unchanged is told nothing and sends nothing
 *	addresses  one plan from all that are held to all that shall be: an address that moves from
 *		   one master to another is not touched
 *	groups	   take over the state that their scripts were told
 */
#include "daemon/vrrp/run_state.h"

#include "daemon/vrrp/reload.h"

#include <string.h>

struct change {
	struct vrrp_run *run;
	struct table old;
	size_t *from; /* of each new unit: the old one, or RELOAD_NONE */
	bool *stays;  /* of each old unit */
};

static const struct conf_instance **instances_of(const struct table *t)
{
	const struct conf_instance **list =
		calloc(t->n_units + 1, sizeof(const struct conf_instance *));

	must(list != NULL);
	for (size_t i = 0; i < t->n_units; i++)
		list[i] = t->units[i].conf;
	return list;
}

static void match(struct change *c, const struct table *fresh)
{
	const struct conf_instance **before = instances_of(&c->old);
	const struct conf_instance **after = instances_of(fresh);

	c->from = calloc(fresh->n_units + 1, sizeof(*c->from));
	c->stays = calloc(c->old.n_units + 1, sizeof(*c->stays));
	must(c->from && c->stays);
	reload_match(before, c->old.n_units, after, fresh->n_units, c->from);
	for (size_t i = 0; i < fresh->n_units; i++)
		if (c->from[i] != RELOAD_NONE)
			c->stays[c->from[i]] = true;
	free(before);
	free(after);
}

static bool needs_group(const struct table *t, const struct gate *g, const struct wire_ip *group)
{
	for (size_t i = 0; i < t->n_units; i++)
		if (t->units[i].gate == g->number && !t->units[i].conf->peers &&
		    wire_ip_equal(&t->units[i].conf->mcast_group, group))
			return true;
	return false;
}

/* The old socket serves the new gate if it is a member of no group that nobody needs any more;
 * what is missing is joined. */
static bool can_inherit(const struct table *t, const struct gate *g, const struct gate *old)
{
	if (!old || old->port.fd < 0 || !g->speaks)
		return false;
	for (unsigned i = 0; i < old->port.n_groups; i++)
		if (!needs_group(t, g, &old->port.group[i]))
			return false;
	return true;
}

static int open_new_gates(struct change *c, struct table *fresh)
{
	int err = 0;

	/* inherited sockets are lent for a moment, so that only the others are opened */
	for (size_t i = 0; i < fresh->n_gates; i++) {
		struct gate *g = &fresh->gates[i];
		struct gate *old = table_gate(&c->old, g->ifname, g->family);

		if (can_inherit(fresh, g, old))
			g->port = old->port;
	}
	err = table_open_gates(fresh);
	for (size_t i = 0; i < fresh->n_units && !err; i++) {
		struct gate *g = &fresh->gates[fresh->units[i].gate];

		if (g->port.fd >= 0)
			err = run_auth_open(fresh, g);
		if (!err && g->port.fd >= 0 && !fresh->units[i].conf->peers)
			err = port_join(&g->port, &fresh->units[i].conf->mcast_group);
	}
	return err;
}

/* Takes back what open_new_gates has lent. */
static void give_back(struct change *c, struct table *fresh)
{
	for (size_t i = 0; i < fresh->n_gates; i++) {
		struct gate *g = &fresh->gates[i];
		struct gate *old = table_gate(&c->old, g->ifname, g->family);

		if (old && old->port.fd >= 0 && g->port.fd == old->port.fd)
			g->port.fd = -1;
	}
}

static void inherit_sockets(struct change *c, struct table *fresh)
{
	for (size_t i = 0; i < fresh->n_gates; i++) {
		struct gate *g = &fresh->gates[i];
		struct gate *old = table_gate(&c->old, g->ifname, g->family);

		if (!old || old->port.fd < 0 || g->port.fd != old->port.fd)
			continue;
		event_free(old->readable);
		old->readable = NULL;
		old->port.fd = -1;
		g->readable = event_new(c->run->o.base, g->port.fd, EV_READ | EV_PERSIST,
					run_readable, g);
		must(g->readable != NULL);
		event_add(g->readable, NULL);
	}
}

/* Routers that are not in the new configuration: priority 0, stop scripts. Their addresses go with
 * the plan. */
static void end_gone(struct change *c)
{
	struct vrrp_run *run = c->run;

	for (size_t i = 0; i < run->t.n_units; i++) {
		struct unit *u = &run->t.units[i];

		if (c->stays[i])
			continue;
		run->keep_vips = true;
		vrrp_run_step(run, u,
			      &(struct vrrp_event){.kind = VRRP_EV_STOP, .now = mono_now()});
		run->keep_vips = false;
	}
	vrrp_run_turn(run); /* adverts leave through the old sockets, scripts start */
}

static void move_units(struct change *c, struct table *fresh)
{
	for (size_t i = 0; i < fresh->n_units; i++) {
		struct unit *u = &fresh->units[i];
		struct unit *old;

		if (c->from[i] == RELOAD_NONE)
			continue;
		old = &c->old.units[c->from[i]];
		u->router = old->router;
		u->health = old->health;
		u->primary = old->primary;
		u->vips = old->vips;
		u->ip_id = old->ip_id;
		u->auth = old->auth;
		u->old_sum = old->old_sum;
		u->send_error = old->send_error;
		u->stats = old->stats;
		u->entered_at = old->entered_at;
		u->entered_wall_ns = old->entered_wall_ns;
		u->last_master = old->last_master;
		u->last_master_priority = old->last_master_priority;
		u->complaints = old->complaints;
		old->complaints = NULL;
		u->n_complaints = old->n_complaints;
	}
	for (size_t i = 0; i < fresh->n_teams; i++) {
		struct team *team = &fresh->teams[i];

		team->state =
			vrrp_group_state((const struct vrrp_router *const *)team->members, team->n);
	}
}

static void want_all(const struct table *t, plan_addrs *addrs, path_list *paths)
{
	for (size_t i = 0; i < t->n_units; i++) {
		if (!t->units[i].vips)
			continue;
		plan_want(addrs, t->units[i].conf);
		paths_want(paths, t->units[i].conf->routes, t->units[i].conf->rules);
	}
}

static void change_vips(struct change *c)
{
	struct vrrp_run *run = c->run;
	plan_addrs old = {0}, new = {0};
	path_list old_paths = {0}, new_paths = {0};

	run_want_static(c->old.conf, &old, &old_paths);
	run_want_static(run->t.conf, &new, &new_paths);
	want_all(&c->old, &old, &old_paths);
	want_all(&run->t, &new, &new_paths);
	run_change_paths(run, &old_paths, &new_paths, true, "reload");
	run_firewall_reload(run, c->old.conf);
	run_apply(run, &old, &new, "reload");
	run_change_paths(run, &old_paths, &new_paths, false, "reload");
	vec_free(&old_paths);
	vec_free(&new_paths);
	vec_free(&old);
	vec_free(&new);
}

static void tell_changed(struct vrrp_run *run)
{
	for (size_t i = 0; i < run->t.n_units; i++) {
		struct unit *u = &run->t.units[i];

		if (u->router.conf == u->conf) /* new */
			continue;
		if (u->router.state == VRRP_INIT || reload_alike(u->router.conf, u->conf)) {
			u->router.conf = u->conf;
			continue;
		}
		log_info(run->log, "(%s) configuration changed", u->conf->name);
		vrrp_run_step(run, u,
			      &(struct vrrp_event){
				      .kind = VRRP_EV_RELOAD, .now = mono_now(), .conf = u->conf});
	}
}

int vrrp_run_reload(struct vrrp_run *run, const struct vipd_conf *conf)
{
	struct change c = {.run = run, .old = run->t};
	struct table fresh;

	vrrp_run_turn(run); /* no work for the old configuration is left */
	c.old = run->t;
	table_build(&fresh, run, conf);
	match(&c, &fresh);
	int err = table_check_interfaces(&fresh, run);

	if (!err)
		err = open_new_gates(&c, &fresh);
	if (err) {
		give_back(&c, &fresh);
		table_free(&fresh);
	} else {
		end_gone(&c);
		c.old = run->t;
		move_units(&c, &fresh);
		inherit_sockets(&c, &fresh);
		run->t = fresh;
		run_init_due(run);
		track_watch_reload(run->watch, conf);
		run_delay_configure(run, conf);
		run_watch_paths(run, conf);
		change_vips(&c);
		tell_changed(run);
		run_judge(run);
		if (conf->global.fifo_states_on_reload)
			run_repeat_states(run);
		table_free(&c.old);
		vrrp_run_turn(run);
	}
	free(c.from);
	free(c.stays);
	return err;
}
