/* Quorum, hysteresis, sorry server, alpha, inhibit_on_failure, omega: from what is up to what the
 * kernel should have. See quorum.h for the rules.
 *
 * It does not know checks (daemon/check decides when a server is up) nor operations (plan.c).
 *
 * Where it is better than what it imitates: the destinations are a set made anew from state, so a
 * sorry server that is also one of the real servers is one destination, whose weight is that of
 * the role in which it serves; it cannot be added twice or removed for the other's sake.
 */
#include "daemon/lvs/quorum.h"

#include <inttypes.h>

/* ---- deciding ------------------------------------------------------------------------------ */

static int64_t live_weight(const struct lvs_quorum *q)
{
	int64_t sum = 0;

	for (size_t i = 0; i < q->servers.n; i++)
		if (q->servers.at[i].up)
			sum += q->servers.at[i].conf->weight;
	return sum;
}

static int64_t needed_weight(const struct lvs_quorum *q)
{
	int64_t all = 0, quorum = q->conf->quorum;

	for (size_t i = 0; i < q->servers.n; i++)
		all += q->servers.at[i].conf->weight;
	if (quorum > all)
		quorum = all;
	if (quorum < 1)
		quorum = 1;
	int64_t hysteresis = q->conf->hysteresis;

	if (hysteresis > quorum - 1)
		hysteresis = quorum - 1;
	return q->up ? quorum - hysteresis : quorum + hysteresis;
}

static void wish_server(const struct lvs_quorum *q, enum lvs_wish_kind kind,
			const struct conf_real_server *server, struct lvs_wishes *wishes)
{
	struct lvs_wish *w = vec_push(&wishes->list);

	*w = (struct lvs_wish){.kind = kind, .service = q->conf, .server = server};
}

static void wish_quorum(const struct lvs_quorum *q, enum lvs_wish_kind kind, int64_t needed,
			struct lvs_wishes *wishes)
{
	struct lvs_wish *w = vec_push(&wishes->list);

	*w = (struct lvs_wish){
		.kind = kind, .service = q->conf, .weight = live_weight(q), .needed = needed};
}

/* start: a service that begins without quorum calls its sorry server at once. */
static void decide(struct lvs_quorum *q, bool start, struct lvs_wishes *wishes)
{
	int64_t weight = live_weight(q), needed = needed_weight(q);
	bool has_sorry = q->conf->sorry != NULL;

	if (!q->up && weight >= needed) {
		q->up = true;
		q->sorry = false;
		wish_quorum(q, LVS_QUORUM_UP, needed, wishes);
	} else if ((q->up && (weight == 0 || weight < needed)) ||
		   (start && !q->up && has_sorry && !q->sorry)) {
		q->up = false;
		q->sorry = has_sorry;
		wish_quorum(q, LVS_QUORUM_DOWN, needed, wishes);
	}
	if (!has_sorry)
		q->sorry = false;
}

static void add_servers(struct lvs_quorum *q, const struct conf_virtual_server *conf)
{
	*q = (struct lvs_quorum){.conf = conf};
	for (const struct conf_real_server *s = conf->servers; s; s = s->next)
		*vec_push(&q->servers) = (struct lvs_server){s, !(s->alpha && s->checks)};
}

void lvs_quorum_init(struct lvs_quorum *q, const struct conf_virtual_server *conf,
		     struct lvs_wishes *wishes)
{
	add_servers(q, conf);
	decide(q, true, wishes);
}

static const struct lvs_server *find_server(const struct lvs_quorum *q,
					    const struct conf_real_server *s)
{
	for (size_t i = 0; i < q->servers.n; i++)
		if (q->servers.at[i].conf->port == s->port &&
		    wire_ip_equal(&q->servers.at[i].conf->ip, &s->ip))
			return &q->servers.at[i];
	return NULL;
}

void lvs_quorum_init_from(struct lvs_quorum *q, const struct conf_virtual_server *conf,
			  const struct lvs_quorum *old, struct lvs_wishes *wishes)
{
	add_servers(q, conf);
	q->up = old->up;
	q->sorry = old->sorry;
	for (size_t i = 0; i < q->servers.n; i++) {
		const struct lvs_server *was = find_server(old, q->servers.at[i].conf);

		if (!was)
			continue;
		/* Without a check left nothing else could ever bring it up again. */
		if (!was->up && !q->servers.at[i].conf->checks)
			wish_server(q, LVS_SERVER_UP, q->servers.at[i].conf, wishes);
		else
			q->servers.at[i].up = was->up;
	}
	for (size_t i = 0; i < old->servers.n; i++) {
		const struct lvs_server *was = &old->servers.at[i];

		if (was->up && !find_server(q, was->conf))
			wish_server(old, LVS_SERVER_DOWN, was->conf, wishes);
	}
	decide(q, true, wishes);
}

void lvs_quorum_free(struct lvs_quorum *q)
{
	vec_free(&q->servers);
}

void lvs_quorum_set(struct lvs_quorum *q, size_t server, bool up, struct lvs_wishes *wishes)
{
	must(server < q->servers.n);
	struct lvs_server *s = &q->servers.at[server];

	if (s->up == up)
		return;
	s->up = up;
	wish_server(q, up ? LVS_SERVER_UP : LVS_SERVER_DOWN, s->conf, wishes);
	decide(q, false, wishes);
}

void lvs_quorum_remove(struct lvs_quorum *q, struct lvs_wishes *wishes)
{
	for (size_t i = 0; i < q->servers.n; i++) {
		if (q->servers.at[i].up)
			wish_server(q, LVS_SERVER_DOWN, q->servers.at[i].conf, wishes);
		q->servers.at[i].up = false;
	}
	if (q->up)
		wish_quorum(q, LVS_QUORUM_DOWN, needed_weight(q), wishes);
	q->up = false;
}

void lvs_quorum_stop(struct lvs_quorum *q, struct lvs_wishes *wishes)
{
	if (q->conf->omega)
		lvs_quorum_remove(q, wishes);
}

/* ---- the table ----------------------------------------------------------------------------- */

/* Direct routing and tunnels leave the port as the client sent it, so the kernel knows such a
 * destination by the service's port; a fwmark service has none. */
static uint16_t dest_port(const struct conf_virtual_server *vs, const struct conf_real_server *s)
{
	switch (s->method) {
	case IPVS_NAT:
		return s->port;
	case IPVS_DR:
	case IPVS_TUN:
		return vs->service.fwmark ? 0 : vs->service.port;
	}
	must(!"a forwarding method");
	return 0;
}

static void put(struct lvs_entry *e, const struct conf_virtual_server *vs,
		const struct conf_real_server *s, int64_t weight)
{
	struct ipvs_dest d = {.ip = s->ip,
			      .port = dest_port(vs, s),
			      .method = s->method,
			      .weight = (uint32_t)weight,
			      .upper_threshold = s->upper_threshold,
			      .lower_threshold = s->lower_threshold};

	lvs_entry_put(e, &d);
}

static bool has(const struct lvs_entry *e, const struct conf_virtual_server *vs,
		const struct conf_real_server *s)
{
	struct ipvs_dest d = {.ip = s->ip, .port = dest_port(vs, s)};

	return lvs_entry_find(e, &d, 0) < e->dests.n;
}

void lvs_quorum_entry(const struct lvs_quorum *q, struct lvs_entry *out)
{
	const struct conf_virtual_server *vs = q->conf;
	const struct conf_real_server *sorry = vs->sorry;

	out->service = vs->service;
	out->dests.n = 0;
	for (size_t i = 0; i < q->servers.n; i++) {
		const struct lvs_server *s = &q->servers.at[i];
		bool serves = s->up && !q->sorry;

		if (serves || s->conf->inhibit_on_failure)
			put(out, vs, s->conf, serves ? s->conf->weight : 0);
	}
	/* A sorry server's weight is 1 where none is given: it serves alone. */
	if (sorry && q->sorry)
		put(out, vs, sorry, sorry->weight ? sorry->weight : 1);
	else if (sorry && vs->sorry_inhibit && !has(out, vs, sorry))
		put(out, vs, sorry, 0);
}

/* ---- telling ------------------------------------------------------------------------------- */

const struct conf_script *lvs_wish_script(const struct lvs_wish *w)
{
	const struct conf_script *script = NULL;

	switch (w->kind) {
	case LVS_SERVER_UP:
		script = &w->server->notify_up;
		break;
	case LVS_SERVER_DOWN:
		script = &w->server->notify_down;
		break;
	case LVS_QUORUM_UP:
		script = &w->service->quorum_up;
		break;
	case LVS_QUORUM_DOWN:
		script = &w->service->quorum_down;
		break;
	}
	return script && script->argv ? script : NULL;
}

void lvs_wish_print(const struct lvs_wish *w, struct buf *out)
{
	char service[IPVS_TEXT_BYTES], server[IPVS_TEXT_BYTES];

	ipvs_service_text(&w->service->service, service);
	if (w->server) {
		struct ipvs_dest d = {.ip = w->server->ip, .port = w->server->port};

		buf_printf(out, "server %s of %s is %s", ipvs_dest_text(&d, server), service,
			   w->kind == LVS_SERVER_UP ? "up" : "down");
		return;
	}
	buf_printf(out, "quorum of %s is %s: weight %" PRId64 ", %s %" PRId64, service,
		   w->kind == LVS_QUORUM_UP ? "gained" : "lost", w->weight,
		   w->kind == LVS_QUORUM_UP ? "needs" : "needed", w->needed);
}
