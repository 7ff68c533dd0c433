/* Snapshots of IPVS. Services, servers and sync daemons come over generic netlink, connections from
 * the kernel's own list in /proc. Every list is sorted by what it holds, since the kernel's order
 * is that of its hash tables. Counters and expiry times are left out: they are not what the two
 * directors have to agree on. */
#include "harness/run/snapshot.h"

#include "harness/run/program.h"
#include "lib/base/buf.h"
#include "lib/ipvs/ipvs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AFTER_NS (1 * NS_PER_S)

struct director {
	struct world_node *node;
	struct ipvs *ipvs;
};

struct snapshot {
	struct director *directors;
	size_t n;
};

struct after {
	struct world *w;
	struct timeline_timer timer;
	unsigned step;
};

static int open_inside(void *ctx)
{
	return ipvs_open(ctx);
}

static bool has_director(const struct world *w, const struct world_node *node)
{
	for (size_t i = 0; i < w->n_programs; i++)
		if (w->programs[i]->node == node && w->programs[i]->driver->is_director)
			return true;
	return false;
}

int snapshot_open(struct world *w)
{
	if (!(w->scn->needs & SCN_NEED_IPVS))
		return 0;
	struct snapshot *s = arena_new_object(w->arena, struct snapshot);

	s->directors = arena_array(w->arena, w->n_nodes + 1, sizeof(struct director));
	w->snapshot = s;
	for (size_t i = 0; i < w->n_nodes; i++) {
		struct director *d = &s->directors[s->n];

		if (!has_director(w, &w->nodes[i]))
			continue;
		d->node = &w->nodes[i];
		int err = netns_inside(w->net, d->node->ns, open_inside, &d->ipvs);

		if (err)
			return world_fail(w, err, "IPVS of node %s: %s", d->node->name,
					  strerror(-err));
		s->n++;
	}
	return 0;
}

void snapshot_close(struct world *w)
{
	for (size_t i = 0; w->snapshot && i < w->snapshot->n; i++)
		ipvs_close(w->snapshot->directors[i].ipvs);
	w->snapshot = NULL;
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef VEC(struct ipvs_service) services_t;

struct sorted {
	char *key;
	json_t *value;
};

/* A list that is sorted by the text of its members. */
typedef VEC(struct sorted) sorted_t;

static void sorted_add(sorted_t *list, json_t *value)
{
	must(value != NULL);
	*vec_push(list) = (struct sorted){json_dumps(value, JSON_COMPACT), value};
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct sorted *)a)->key, ((const struct sorted *)b)->key);
}

static json_t *sorted_take(sorted_t *list)
{
	json_t *array = json_array();

	if (list->n)
		qsort(list->at, list->n, sizeof(list->at[0]), by_key);
	for (size_t i = 0; i < list->n; i++) {
		json_array_append_new(array, list->at[i].value);
		free(list->at[i].key);
	}
	vec_free(list);
	return array;
}

static const char *protocol_text(uint16_t protocol)
{
	return protocol == IPPROTO_TCP	  ? "TCP"
	       : protocol == IPPROTO_UDP  ? "UDP"
	       : protocol == IPPROTO_SCTP ? "SCTP"
					  : "";
}

/* "" where there is none, as with a service by firewall mark. */
static const char *ip_text(const struct wire_ip *ip, char *out)
{
	out[0] = '\0';
	return ip->family ? wire_ip_text(ip, out) : out;
}

static void take_service(void *ctx, const struct ipvs_service *s)
{
	*vec_push((services_t *)ctx) = *s;
}

static void take_dest(void *ctx, const struct ipvs_dest *d)
{
	char ip[INET6_ADDRSTRLEN];

	sorted_add(ctx, json_pack("{s:s, s:i, s:s, s:i}", "ip", ip_text(&d->ip, ip), "port",
				  (int)d->port, "method", ipvs_method_text(d->method), "weight",
				  (int)d->weight));
}

static void take_sync(void *ctx, const struct ipvs_sync *s)
{
	sorted_add(ctx, json_pack("{s:s, s:s, s:i}", "role",
				  s->role == IPVS_SYNC_MASTER ? "master" : "backup", "ifname",
				  s->ifname, "syncid", (int)s->syncid));
}

static void take_conn(void *ctx, const struct ipvs_conn *c)
{
	char client[INET6_ADDRSTRLEN], vip[INET6_ADDRSTRLEN], server[INET6_ADDRSTRLEN];

	sorted_add(ctx, json_pack("{s:s, s:s, s:i, s:s, s:i, s:s, s:i, s:s}", "protocol",
				  protocol_text(c->protocol), "client", ip_text(&c->client, client),
				  "cport", (int)c->client_port, "vip", ip_text(&c->vip, vip),
				  "vport", (int)c->vip_port, "server", ip_text(&c->server, server),
				  "sport", (int)c->server_port, "state", c->state));
}

static json_t *service_json(const struct ipvs_service *s, json_t *servers)
{
	char ip[INET6_ADDRSTRLEN], flags[32];

	snprintf(flags, sizeof(flags), "%s%s", s->persistence_timeout_s ? "persistent" : "",
		 s->one_packet ? (s->persistence_timeout_s ? ",ops" : "ops") : "");
	return json_pack("{s:s, s:s, s:i, s:I, s:s, s:s, s:I, s:o}", "protocol",
			 s->fwmark ? "FWM" : protocol_text(s->protocol), "ip",
			 s->fwmark ? "" : ip_text(&s->ip, ip), "port", (int)s->port, "fwmark",
			 (json_int_t)s->fwmark, "scheduler", s->scheduler, "flags", flags,
			 "timeout", (json_int_t)s->persistence_timeout_s, "servers", servers);
}

static int read_services(struct ipvs *v, sorted_t *out)
{
	services_t services = {0};
	int err = ipvs_service_each(v, take_service, &services);

	for (size_t i = 0; i < services.n && !err; i++) {
		sorted_t servers = {0};

		err = ipvs_dest_each(v, &services.at[i], take_dest, &servers);
		sorted_add(out, service_json(&services.at[i], sorted_take(&servers)));
	}
	vec_free(&services);
	return err;
}

static void take_one(struct world *w, const struct director *d, const char *why)
{
	sorted_t services = {0}, conns = {0}, syncs = {0};
	struct buf text = {0};
	int err = read_services(d->ipvs, &services);

	if (!err)
		err = ipvs_sync_each(d->ipvs, take_sync, &syncs);
	if (!err)
		err = world_proc_net(w, d->node, "ip_vs_conn", &text);
	if (!err)
		err = ipvs_conn_each_text(buf_text(&text), take_conn, &conns);
	if (err)
		world_fail(w, err, "IPVS of node %s cannot be read: %s", d->node->name,
			   strerror(-err));
	buf_free(&text);
	json_t *j_services = sorted_take(&services);
	json_t *j_conns = sorted_take(&conns);
	json_t *j_syncs = sorted_take(&syncs);

	world_event(w, "ipvs",
		    json_pack("{s:s, s:s, s:o, s:o, s:o}", "node", d->node->name, "why", why,
			      "services", j_services, "connections", j_conns, "sync", j_syncs));
}

void snapshot_take(struct world *w, const char *why)
{
	for (size_t i = 0; w->snapshot && i < w->snapshot->n && !w->error; i++)
		take_one(w, &w->snapshot->directors[i], why);
}

static void take_later(void *ctx, mono_t at)
{
	struct after *a = ctx;
	char why[32];

	(void)at;
	snprintf(why, sizeof(why), "after step %u", a->step);
	snapshot_take(a->w, why);
}

void snapshot_take_after(struct world *w, const struct scn_step *step)
{
	if (!w->snapshot)
		return;
	struct after *a = arena_new_object(w->arena, struct after);

	a->w = w;
	a->step = step->id;
	a->timer = (struct timeline_timer){.fn = take_later, .ctx = a};
	world_timer_set(w, &a->timer, mono_add(mono_now(), AFTER_NS));
}
