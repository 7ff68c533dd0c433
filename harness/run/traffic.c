/* Starts and stops the flows of a scenario at their times. */
#include "harness/run/traffic.h"

#include <errno.h>
#include <string.h>

struct traffic {
	struct traffic_flow *flows;
	size_t n;
};

static const struct traffic_kind *kind_of(enum scn_traffic_kind kind)
{
	switch (kind) {
	case SCN_TRAFFIC_HTTP:
		return &traffic_http;
	case SCN_TRAFFIC_UDP:
		return &traffic_udp;
	case SCN_TRAFFIC_ICMP:
		return &traffic_icmp;
	}
	must(!"a kind of traffic");
	return NULL;
}

socklen_t traffic_sockaddr(const struct scn_traffic *t, struct sockaddr_storage *out)
{
	memset(out, 0, sizeof(*out));
	if (t->to.family == AF_INET6) {
		struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
					   .sin6_port = htons(t->port),
					   .sin6_addr = t->to.v6};

		memcpy(out, &in6, sizeof(in6));
		return sizeof(in6);
	}
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_port = htons(t->port), .sin_addr = t->to.v4};

	memcpy(out, &in, sizeof(in));
	return sizeof(in);
}

static void start_flow(void *ctx, mono_t at)
{
	struct traffic_flow *f = ctx;

	(void)at;
	f->kind->start(f);
}

static void stop_flow(void *ctx, mono_t at)
{
	struct traffic_flow *f = ctx;

	(void)at;
	f->kind->stop(f);
}

int traffic_open(struct world *w)
{
	struct traffic *all = arena_new_object(w->arena, struct traffic);
	size_t n = 0;

	for (const struct scn_traffic *t = w->scn->traffics; t; t = t->next)
		n++;
	all->flows = arena_array(w->arena, n + 1, sizeof(struct traffic_flow));
	w->traffic = all;
	for (const struct scn_traffic *t = w->scn->traffics; t; t = t->next) {
		struct traffic_flow *f = &all->flows[all->n];

		f->w = w;
		f->scn = t;
		f->kind = kind_of(t->kind);
		f->from = world_node_of(w, t->from);
		f->start = (struct timeline_timer){.fn = start_flow, .ctx = f};
		f->stop = (struct timeline_timer){.fn = stop_flow, .ctx = f};
		int err = f->kind->open(f);

		if (err)
			return world_fail(w, err, "traffic %s: %s", t->name, strerror(-err));
		all->n++;
		world_timer_set(w, &f->start, world_at(w, t->start_ns));
		if (t->stop_ns)
			world_timer_set(w, &f->stop, world_at(w, t->stop_ns));
	}
	return 0;
}

void traffic_stop(struct world *w)
{
	for (size_t i = 0; w->traffic && i < w->traffic->n; i++) {
		world_timer_cancel(w, &w->traffic->flows[i].start);
		w->traffic->flows[i].kind->stop(&w->traffic->flows[i]);
	}
}

bool traffic_is_busy(struct world *w)
{
	for (size_t i = 0; w->traffic && i < w->traffic->n; i++)
		if (w->traffic->flows[i].kind->is_busy(&w->traffic->flows[i]))
			return true;
	return false;
}

void traffic_close(struct world *w)
{
	for (size_t i = 0; w->traffic && i < w->traffic->n; i++) {
		struct traffic_flow *f = &w->traffic->flows[i];

		world_timer_cancel(w, &f->start);
		world_timer_cancel(w, &f->stop);
		f->kind->close(f);
	}
	w->traffic = NULL;
}
