/* The tables of the shell: which units, gates and teams a configuration makes, and the opening of
 * gates as interfaces come and go.
 */
#include "daemon/vrrp/run_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void *array_of(size_t n, size_t size_bytes)
{
	void *p = calloc(n + 1, size_bytes);

	must(p != NULL);
	return p;
}

struct gate *table_gate(const struct table *t, const char *ifname, sa_family_t family)
{
	for (size_t i = 0; i < t->n_gates; i++)
		if (t->gates[i].family == family && strcmp(t->gates[i].ifname, ifname) == 0)
			return &t->gates[i];
	return NULL;
}

static struct gate *need_gate(struct table *t, struct vrrp_run *run, const char *ifname,
			      sa_family_t family)
{
	struct gate *g = table_gate(t, ifname, family);

	if (g)
		return g;
	g = &t->gates[t->n_gates];
	g->run = run;
	g->number = t->n_gates++;
	g->family = family;
	memcpy(g->ifname, ifname, strlen(ifname) + 1);
	g->port.fd = g->ah_port.fd = -1;
	for (size_t i = 0; i < VRID_N; i++)
		g->first_of_vrid[i] = UNIT_NONE;
	return g;
}

static size_t count_gates_at_most(const struct vipd_conf *conf)
{
	size_t n = 0;

	for (const struct conf_instance *c = conf->instances; c; c = c->next) {
		n++;
		for (const struct conf_vip *v = c->vips; v; v = v->next)
			n += v->ifname[0] || v->ip.family != c->family;
		for (const struct conf_vip *v = c->vips_excluded; v; v = v->next)
			n += v->ifname[0] || v->ip.family != c->family;
	}
	return n;
}

static void add_unit(struct table *t, struct vrrp_run *run, const struct conf_instance *conf)
{
	struct unit *u = &t->units[t->n_units];
	struct gate *g = need_gate(t, run, conf->ifname, conf->family);
	plan_addrs vips = {0};

	vrrp_router_init(&u->router, conf);
	u->conf = conf;
	u->number = t->n_units++;
	u->gate = g->number;
	g->speaks = true;
	/* to the end of the chain: the first in the file is asked first */
	u->next_of_vrid = UNIT_NONE;
	size_t *link = &g->first_of_vrid[conf->vrid];

	while (*link != UNIT_NONE)
		link = &t->units[*link].next_of_vrid;
	*link = u->number;
	plan_want(&vips, conf);
	for (size_t i = 0; i < vips.n; i++) {
		need_gate(t, run, vips.at[i].ifname, vips.at[i].vip->ip.family);
		t->vips[t->n_vips++] = (struct vip_of){.ip = vips.at[i].vip->ip, .unit = u->number};
	}
	vec_free(&vips);
}

static int compare_ips(const struct wire_ip *a, const struct wire_ip *b)
{
	if (a->family != b->family)
		return (int)a->family - (int)b->family;
	return wire_ip_compare(a, b);
}

static int compare_vips(const void *a, const void *b)
{
	const struct vip_of *x = a, *y = b;
	int by_ip = compare_ips(&x->ip, &y->ip);

	if (by_ip)
		return by_ip;
	return x->unit < y->unit ? -1 : x->unit > y->unit;
}

static size_t count_vips(const struct conf_instance *c)
{
	plan_addrs vips = {0};
	size_t n;

	plan_want(&vips, c);
	n = vips.n;
	vec_free(&vips);
	return n;
}

/* A team for each sync group that has units, in the order of their first unit, and one for each
 * unit without a group. */
static void build_teams(struct table *t)
{
	struct vrrp_router **next = t->members;

	for (size_t i = 0; i < t->n_units; i++)
		t->units[i].team = UNIT_NONE;
	for (size_t i = 0; i < t->n_units; i++) {
		if (t->units[i].team != UNIT_NONE)
			continue;
		struct team *team = &t->teams[t->n_teams];
		const struct conf_instance *conf = t->units[i].conf;

		must(conf != NULL);
		const struct conf_sync_group *group = conf->group;

		team->conf = group;
		team->members = next;
		for (size_t j = i; j < t->n_units; j++) {
			if (j != i && (!group || t->units[j].conf->group != group))
				continue;
			t->units[j].team = t->n_teams;
			team->members[team->n++] = &t->units[j].router;
			if (!group)
				break;
		}
		next += team->n;
		t->n_teams++;
	}
}

void table_build(struct table *t, struct vrrp_run *run, const struct vipd_conf *conf)
{
	size_t n_instances = 0, n_vips = 0;

	memset(t, 0, sizeof(*t));
	t->conf = conf;
	for (const struct conf_instance *c = conf->instances; c; c = c->next) {
		n_instances++;
		n_vips += count_vips(c);
	}
	t->units = array_of(n_instances, sizeof(*t->units));
	t->teams = array_of(n_instances, sizeof(*t->teams));
	t->members = array_of(n_instances, sizeof(struct vrrp_router *));
	t->gates = array_of(count_gates_at_most(conf), sizeof(*t->gates));
	t->vips = array_of(n_vips, sizeof(*t->vips));
	for (const struct conf_instance *c = conf->instances; c && !run->o.no_instances;
	     c = c->next)
		add_unit(t, run, c);
	qsort(t->vips, t->n_vips, sizeof(*t->vips), compare_vips);
	build_teams(t);
}

size_t table_vip(const struct table *t, const struct wire_ip *ip)
{
	size_t lo = 0, hi = t->n_vips;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_ips(&t->vips[mid].ip, ip) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n_vips && compare_ips(&t->vips[lo].ip, ip) == 0 ? lo : t->n_vips;
}

bool run_is_vip(void *ctx, const struct wire_ip *ip)
{
	const struct vrrp_run *run = ctx;

	return table_vip(&run->t, ip) < run->t.n_vips;
}

static void close_gate(struct gate *g)
{
	if (g->readable)
		event_free(g->readable);
	g->readable = NULL;
	port_close(&g->port);
	run_auth_close(g);
}

void table_free(struct table *t)
{
	for (size_t i = 0; i < t->n_gates; i++) {
		close_gate(&t->gates[i]);
		vec_free(&t->gates[i].queue);
	}
	for (size_t i = 0; i < t->n_units; i++)
		free(t->units[i].complaints);
	free(t->units);
	free(t->gates);
	free(t->teams);
	free(t->members);
	free(t->vips);
	memset(t, 0, sizeof(*t));
}

static int join_groups(const struct table *t, struct gate *g)
{
	int err = 0;

	for (size_t i = 0; i < t->n_units && !err; i++)
		if (t->units[i].gate == g->number && !t->units[i].conf->peers)
			err = port_join(&g->port, &t->units[i].conf->mcast_group);
	return err;
}

static int open_gate(struct table *t, struct gate *g, int ifindex)
{
	int err = port_open(&g->port, g->family, g->ifname, ifindex);

	if (!err)
		err = join_groups(t, g);
	if (!err) {
		g->readable = event_new(g->run->o.base, g->port.fd, EV_READ | EV_PERSIST,
					run_readable, g);
		must(g->readable != NULL);
		event_add(g->readable, NULL);
	}
	if (!err)
		err = run_auth_open(t, g);
	if (err)
		close_gate(g);
	if (err && err != g->open_error)
		log_error(g->run->log, "No VRRP socket for IPv%d on %s: %s",
			  g->family == AF_INET ? 4 : 6, g->ifname, strerror(-err));
	g->open_error = err;
	return err;
}

int table_open_gates(struct table *t)
{
	int first_error = 0;

	for (size_t i = 0; i < t->n_gates; i++) {
		struct gate *g = &t->gates[i];
		const struct nl_link *link = links_find(&g->run->links, g->ifname);
		int ifindex = link ? link->ifindex : 0;

		if (!g->speaks)
			continue;
		if (g->port.fd >= 0 && g->port.ifindex != ifindex)
			close_gate(g);
		if (g->port.fd >= 0 || (g->ifname[0] && !link))
			continue;
		int err = open_gate(t, g, ifindex);

		if (!first_error)
			first_error = err;
	}
	return first_error;
}

/* Whether an earlier gate is on the same interface. */
static bool named_before(const struct table *t, size_t gate)
{
	for (size_t i = 0; i < gate; i++)
		if (strcmp(t->gates[i].ifname, t->gates[gate].ifname) == 0)
			return true;
	return false;
}

int table_check_interfaces(const struct table *t, struct vrrp_run *run)
{
	int err = 0;

	for (size_t i = 0; i < t->n_gates; i++) {
		const char *ifname = t->gates[i].ifname;

		if (!ifname[0] || t->conf->global.dynamic_interfaces ||
		    links_find(&run->links, ifname))
			continue;
		if (!named_before(t, i))
			log_error(run->log, "There is no interface %s (dynamic_interfaces is off)",
				  ifname);
		err = -ENODEV;
	}
	return err;
}
