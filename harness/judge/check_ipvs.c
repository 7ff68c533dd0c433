/* ipvs consistent | synced | service IP:PORT servers N, from the snapshots of the kernels' tables.
 *
 * Looked at: the snapshots before the first step and those at the end, of directors whose daemon is
 * running then (a stopped daemon's table is nobody's promise). Between, tables may differ for as
 * long as a health check takes to see a fault.
 *
 * consistent: all of them hold the same services (scheduler, flags, timeout) with the same servers,
 * methods and weights. synced: the established connections of an address's owner are present on
 * every other director; connections younger than 3 s are left out, because the kernel sends them in
 * batches (net/netfilter/ipvs, up to 2 s). service: every director has exactly N servers with a
 * weight above 0 for it. */
#include "harness/judge/check.h"
#include "lib/base/mono.h"

#define SYNC_AGE_NS (3 * NS_PER_S)

static bool daemon_runs(const struct evidence *ev, unsigned node, int64_t t_ns)
{
	bool runs = true;

	for (size_t i = 0; i < ev->programs.n && ev->programs.at[i].t_ns <= t_ns; i++) {
		const struct ev_program *p = &ev->programs.at[i];

		if (p->node == node &&
		    (!strcmp(p->driver, "vipd") || !strcmp(p->driver, "keepalived") ||
		     !strcmp(p->driver, "director")))
			runs = p->start;
	}
	return runs;
}

static bool is_looked_at(const struct evidence *ev, const struct ev_ipvs *s)
{
	return (!strcmp(s->why, "end") || !strcmp(s->why, ev->snapshots.at[0].why)) &&
	       s->node < ev->nodes.n && ev->nodes.at[s->node].director &&
	       daemon_runs(ev, s->node, s->t_ns);
}

static const char *service_text(struct arena *a, const struct ev_service *s)
{
	if (s->fwmark)
		return arena_printf(a, "fwmark %lld", (long long)s->fwmark);
	return arena_printf(a, "%s %s:%lld", s->protocol, s->ip, (long long)s->port);
}

static bool same_service(const struct ev_service *a, const struct ev_service *b)
{
	return !strcmp(a->protocol, b->protocol) && !strcmp(a->ip, b->ip) && a->port == b->port &&
	       a->fwmark == b->fwmark;
}

static const struct ev_service *find_service(const struct ev_ipvs *s, const struct ev_service *like)
{
	for (unsigned i = 0; i < s->n_services; i++)
		if (same_service(&s->services[i], like))
			return &s->services[i];
	return NULL;
}

static const struct ev_server *find_server(const struct ev_service *s, const struct ev_server *like)
{
	for (unsigned i = 0; i < s->n_servers; i++)
		if (!strcmp(s->servers[i].ip, like->ip) && s->servers[i].port == like->port)
			return &s->servers[i];
	return NULL;
}

/* What a has and b has not, or differently; NULL: nothing. */
static const char *difference(struct arena *m, const struct ev_ipvs *a, const struct ev_ipvs *b)
{
	for (unsigned i = 0; i < a->n_services; i++) {
		const struct ev_service *s = &a->services[i], *o = find_service(b, s);

		if (!o)
			return arena_printf(m, "service %s", service_text(m, s));
		if (strcmp(s->scheduler, o->scheduler) != 0 || strcmp(s->flags, o->flags) != 0 ||
		    s->timeout != o->timeout)
			return arena_printf(m, "scheduler, flags or timeout of service %s",
					    service_text(m, s));
		for (unsigned k = 0; k < s->n_servers; k++) {
			const struct ev_server *r = &s->servers[k], *p = find_server(o, r);

			if (!p || p->weight != r->weight || strcmp(p->method, r->method) != 0)
				return arena_printf(m, "server %s:%lld%s of service %s", r->ip,
						    (long long)r->port,
						    p ? " (weight or method)" : "",
						    service_text(m, s));
		}
	}
	return NULL;
}

static void check_consistent(const struct check_input *in, struct finding *f)
{
	const struct evidence *ev = in->ev;
	unsigned compared = 0, services = 0;

	for (size_t i = 0; i < ev->snapshots.n; i++) {
		for (size_t k = 0; k < ev->snapshots.n; k++) {
			const struct ev_ipvs *a = &ev->snapshots.at[i], *b = &ev->snapshots.at[k];

			if (i == k || a->node == b->node || strcmp(a->why, b->why) != 0 ||
			    !is_looked_at(ev, a) || !is_looked_at(ev, b))
				continue;
			const char *what = difference(f->arena, a, b);

			compared++;
			services += a->n_services;
			finding_ref(f, a->ref);
			if (!what)
				continue;
			f->n_refs = 0;
			finding_ref(f, a->ref);
			finding_ref(f, b->ref);
			finding_set(f, JUDGE_FAIL, "%s: %s has %s, %s has not", a->why,
				    evidence_node_name(ev, a->node), what,
				    evidence_node_name(ev, b->node));
			return;
		}
	}
	if (compared == 0 || services == 0)
		finding_set(f, JUDGE_UNKNOWN,
			    compared ? "no director had any service"
				     : "no two directors were seen at the same time");
	else
		finding_set(f, JUDGE_PASS, "the same services, servers and weights everywhere");
}

static bool is_old_enough(const struct evidence *ev, const struct ev_connection *c, int64_t t_ns)
{
	for (size_t i = 0; i < ev->syns.n; i++) {
		const struct ev_syn *s = &ev->syns.at[i];

		if (s->cport == c->cport && s->vport == c->vport &&
		    wire_ip_equal(&s->client, &c->client) && wire_ip_equal(&s->vip, &c->vip))
			return t_ns - s->t_ns >= SYNC_AGE_NS;
	}
	return false;
}

static bool has_connection(const struct ev_ipvs *s, const struct ev_connection *c)
{
	for (unsigned i = 0; i < s->n_connections; i++) {
		const struct ev_connection *o = &s->connections[i];

		if (o->cport == c->cport && o->vport == c->vport && o->sport == c->sport &&
		    !strcmp(o->protocol, c->protocol) && wire_ip_equal(&o->client, &c->client) &&
		    wire_ip_equal(&o->vip, &c->vip) && wire_ip_equal(&o->server, &c->server))
			return true;
	}
	return false;
}

/* Connections of master that it should have told standby of: how many, and how many are missing. */
static unsigned count_missing(const struct check_input *in, const struct ev_ipvs *master,
			      const struct ev_ipvs *standby, unsigned *total,
			      const struct ev_connection **example)
{
	unsigned missing = 0;

	for (unsigned i = 0; i < master->n_connections; i++) {
		const struct ev_connection *c = &master->connections[i];
		unsigned vip = evidence_vip(in->ev, &c->vip);

		if (strcmp(c->state, "ESTABLISHED") != 0 || vip == EV_NOBODY ||
		    meter_owner(&in->m->vips.at[vip], master->t_ns) != master->node ||
		    !is_old_enough(in->ev, c, master->t_ns))
			continue;
		++*total;
		if (has_connection(standby, c))
			continue;
		*example = c;
		missing++;
	}
	return missing;
}

static void check_synced(const struct check_input *in, struct finding *f)
{
	const struct evidence *ev = in->ev;
	unsigned total = 0;

	for (size_t i = 0; i < ev->snapshots.n; i++) {
		for (size_t k = 0; k < ev->snapshots.n; k++) {
			const struct ev_ipvs *a = &ev->snapshots.at[i], *b = &ev->snapshots.at[k];
			const struct ev_connection *example = NULL;

			if (a->node == b->node || strcmp(a->why, b->why) != 0 ||
			    !is_looked_at(ev, a) || !is_looked_at(ev, b))
				continue;
			unsigned missing = count_missing(in, a, b, &total, &example);

			if (!missing)
				continue;
			finding_ref(f, a->ref);
			finding_ref(f, b->ref);
			finding_set(f, JUDGE_FAIL,
				    "%s: %s lacks %u of the established connections of %s, such as "
				    "%s:%lld -> %s:%lld",
				    a->why, evidence_node_name(ev, b->node), missing,
				    evidence_node_name(ev, a->node),
				    ip_text(f->arena, &example->client), (long long)example->cport,
				    ip_text(f->arena, &example->vip), (long long)example->vport);
			return;
		}
	}
	if (total == 0)
		finding_set(f, JUDGE_UNKNOWN,
			    "no snapshot shows an owner with a connection older than %s",
			    ns_text(f->arena, SYNC_AGE_NS));
	else
		finding_set(f, JUDGE_PASS, "%u connection%s, each present on the other directors",
			    total, total == 1 ? "" : "s");
}

/* Servers with a weight for the service; -1: the service is not there. */
static int64_t count_servers(const struct check_input *in, const struct ev_ipvs *s)
{
	struct wire_ip want = evidence_ip(&in->check->ip), ip;
	int64_t n = -1;

	for (unsigned i = 0; i < s->n_services; i++) {
		const struct ev_service *v = &s->services[i];

		if (v->port != in->check->port || !wire_ip_parse(v->ip, &ip) ||
		    !wire_ip_equal(&ip, &want))
			continue;
		n = n < 0 ? 0 : n;
		for (unsigned k = 0; k < v->n_servers; k++)
			n += v->servers[k].weight > 0;
	}
	return n;
}

static void check_service(const struct check_input *in, struct finding *f)
{
	const struct evidence *ev = in->ev;
	unsigned seen = 0;

	for (size_t i = 0; i < ev->snapshots.n; i++) {
		const struct ev_ipvs *s = &ev->snapshots.at[i];

		if (!is_looked_at(ev, s))
			continue;
		int64_t n = count_servers(in, s);

		seen++;
		finding_ref(f, s->ref);
		if (n == in->check->count)
			continue;
		f->n_refs = 0;
		finding_ref(f, s->ref);
		if (n < 0)
			finding_set(f, JUDGE_FAIL, "%s: %s does not have the service", s->why,
				    evidence_node_name(ev, s->node));
		else
			finding_set(f, JUDGE_FAIL, "%s: %s has %lld", s->why,
				    evidence_node_name(ev, s->node), (long long)n);
		return;
	}
	if (seen == 0)
		finding_set(f, JUDGE_UNKNOWN, "no snapshot of a running director");
	else
		finding_set(f, JUDGE_PASS, "%lld in every snapshot (%u)",
			    (long long)in->check->count, seen);
}

void check_ipvs(const struct check_input *in, struct finding *f)
{
	if (!strcmp(in->check->what, "consistent"))
		check_consistent(in, f);
	else if (!strcmp(in->check->what, "synced"))
		check_synced(in, f);
	else
		check_service(in, f);
}
