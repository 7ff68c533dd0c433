/* Loads history.jsonl: one function for each kind of line (harness/history.h lists them). A line
 * whose fields have other types than they should is read as if they were empty or 0; a kind of line
 * that is not known here is passed over, so that an old judge reads newer runs. */
#include "harness/history.h"
#include "harness/judge/evidence.h"

#include <errno.h>

struct load {
	struct evidence *ev;
	uint64_t line;
	int64_t lines; /* so many were written; 0: it does not say */
	int64_t last_ns;
};

static const char *text(struct load *l, const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? arena_strdup(l->ev->arena, s) : "";
}

static int64_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static bool is(const json_t *o, const char *key, const char *word)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s && !strcmp(s, word);
}

static struct wire_ip address(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	struct wire_ip ip = {0};

	if (!s || !wire_ip_parse(s, &ip))
		ip.family = 0;
	return ip;
}

static unsigned node(struct load *l, const json_t *o)
{
	const char *s = json_string_value(json_object_get(o, "node"));

	return s ? evidence_node(l->ev, s) : EV_NOBODY;
}

static unsigned segment(struct load *l, const json_t *o)
{
	const char *s = json_string_value(json_object_get(o, "segment"));
	unsigned i = 0;

	for (const struct scn_segment *g = l->ev->scenario->segments; g; g = g->next, i++)
		if (s && !strcmp(g->name, s))
			return i;
	return EV_NOBODY;
}

static const struct scn_traffic *traffic(struct load *l, const json_t *o)
{
	const char *s = json_string_value(json_object_get(o, "traffic"));

	for (const struct scn_traffic *t = l->ev->scenario->traffics; t; t = t->next)
		if (s && !strcmp(t->name, s))
			return t;
	return NULL;
}

static struct ev_ref here(const struct load *l)
{
	return (struct ev_ref){.file = EV_HISTORY, .number = l->line};
}

static void on_start(struct load *l, int64_t t, const json_t *o)
{
	(void)t;
	l->ev->start = (struct ev_start){
		.seen = true,
		.seed = (uint64_t)number(o, "seed"),
		.epoch_ns = number(o, "epoch_ns"),
		.ground = text(l, o, "ground"),
		.clock = text(l, o, "clock"),
		.kernel = text(l, o, "kernel"),
		.director = text(l, o, "director"),
		.ref = here(l),
	};
	if (!is(o, "scenario", l->ev->scenario->name))
		evidence_flaw(l->ev, here(l), "the history is of another scenario: %s",
			      text(l, o, "scenario"));
}

static void on_port(struct load *l, int64_t t, const json_t *o)
{
	const char *mac = json_string_value(json_object_get(o, "mac"));
	struct ev_port p = {
		.node = node(l, o), .ifname = text(l, o, "ifname"), .segment = segment(l, o)};

	(void)t;
	if (p.node == EV_NOBODY) {
		*vec_push(&l->ev->nodes) = (struct ev_node){.name = text(l, o, "node")};
		p.node = (unsigned)l->ev->nodes.n - 1;
	}
	if (mac && wire_mac_parse(mac, p.mac))
		*vec_push(&l->ev->ports) = p;
}

static void on_program(struct load *l, int64_t t, const json_t *o)
{
	*vec_push(&l->ev->programs) = (struct ev_program){.t_ns = t,
							  .node = node(l, o),
							  .driver = text(l, o, "driver"),
							  .start = is(o, "what", "start"),
							  .status = text(l, o, "status"),
							  .ref = here(l)};
}

static void on_step(struct load *l, int64_t t, const json_t *o)
{
	struct ev_step *s = vec_push(&l->ev->steps);

	*s = (struct ev_step){.t_ns = t,
			      .id = (unsigned)number(o, "id"),
			      .text = text(l, o, "text"),
			      .node = node(l, o),
			      .ok = is(o, "result", "ok"),
			      .result = text(l, o, "result"),
			      .ref = here(l)};
	if (!s->ok)
		evidence_flaw(l->ev, here(l), "step %u `%s` could not be done: %s", s->id, s->text,
			      s->result)
			->run_only = true;
}

static void on_link(struct load *l, int64_t t, const json_t *o)
{
	*vec_push(&l->ev->links) =
		(struct ev_link){.t_ns = t,
				 .node = node(l, o),
				 .ifname = text(l, o, "ifname"),
				 .running = json_is_true(json_object_get(o, "running")),
				 .ref = here(l)};
}

static void on_address(struct load *l, int64_t t, const json_t *o)
{
	*vec_push(&l->ev->addresses) = (struct ev_address){.t_ns = t,
							   .node = node(l, o),
							   .ifname = text(l, o, "ifname"),
							   .ip = address(o, "ip"),
							   .add = is(o, "what", "add"),
							   .ref = here(l)};
}

static void on_neighbour(struct load *l, int64_t t, const json_t *o)
{
	const char *mac = json_string_value(json_object_get(o, "mac"));
	struct ev_neighbour *n = vec_push(&l->ev->neighbours);

	*n = (struct ev_neighbour){.t_ns = t,
				   .node = node(l, o),
				   .ifname = text(l, o, "ifname"),
				   .ip = address(o, "ip"),
				   .state = text(l, o, "state"),
				   .ref = here(l)};
	n->valid = mac && wire_mac_parse(mac, n->mac) && strcmp(n->state, "FAILED") != 0 &&
		   strcmp(n->state, "INCOMPLETE") != 0 && strcmp(n->state, "none") != 0;
}

static void on_forward(struct load *l, int64_t t, const json_t *o)
{
	const char *mac = json_string_value(json_object_get(o, "mac"));
	struct ev_forward f = {
		.t_ns = t, .segment = segment(l, o), .node = node(l, o), .ref = here(l)};

	if (mac && wire_mac_parse(mac, f.mac))
		*vec_push(&l->ev->forwards) = f;
}

static void on_request(struct load *l, int64_t t, const json_t *o)
{
	const struct scn_traffic *of = traffic(l, o);

	if (!of)
		return;
	*vec_push(&l->ev->requests) = (struct ev_request){.t_ns = t,
							  .traffic = of,
							  .session = number(o, "session"),
							  .n = number(o, "n"),
							  .sent_ns = number(o, "sent"),
							  .ok = is(o, "result", "ok"),
							  .result = text(l, o, "result"),
							  .server = text(l, o, "server"),
							  .kept = is(o, "connection", "kept"),
							  .sid = text(l, o, "sid"),
							  .ref = here(l)};
}

static void on_stream(struct load *l, int64_t t, const json_t *o)
{
	const struct scn_traffic *of = traffic(l, o);

	if (!of)
		return;
	*vec_push(&l->ev->streams) = (struct ev_stream){.t_ns = t,
							.traffic = of,
							.first = number(o, "first"),
							.last = number(o, "last"),
							.ok = is(o, "result", "ok"),
							.server = text(l, o, "server"),
							.ref = here(l)};
}

static const struct ev_server *servers(struct load *l, const json_t *list, unsigned *n)
{
	*n = (unsigned)json_array_size(list);
	struct ev_server *s = arena_array(l->ev->arena, *n, sizeof(*s));

	for (unsigned i = 0; i < *n; i++) {
		const json_t *o = json_array_get(list, i);

		s[i] = (struct ev_server){.ip = text(l, o, "ip"),
					  .port = number(o, "port"),
					  .method = text(l, o, "method"),
					  .weight = number(o, "weight")};
	}
	return s;
}

/* Flags may be written as a number or as a word. */
static const char *any(struct load *l, const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_integer(v))
		return arena_printf(l->ev->arena, "%lld", (long long)json_integer_value(v));
	return text(l, o, key);
}

static const struct ev_service *services(struct load *l, const json_t *list, unsigned *n)
{
	*n = (unsigned)json_array_size(list);
	struct ev_service *s = arena_array(l->ev->arena, *n, sizeof(*s));

	for (unsigned i = 0; i < *n; i++) {
		const json_t *o = json_array_get(list, i);

		s[i] = (struct ev_service){.protocol = any(l, o, "protocol"),
					   .ip = text(l, o, "ip"),
					   .port = number(o, "port"),
					   .fwmark = number(o, "fwmark"),
					   .scheduler = text(l, o, "scheduler"),
					   .flags = any(l, o, "flags"),
					   .timeout = number(o, "timeout")};
		s[i].servers = servers(l, json_object_get(o, "servers"), &s[i].n_servers);
	}
	return s;
}

static const struct ev_connection *connections(struct load *l, const json_t *list, unsigned *n)
{
	*n = (unsigned)json_array_size(list);
	struct ev_connection *c = arena_array(l->ev->arena, *n, sizeof(*c));

	for (unsigned i = 0; i < *n; i++) {
		const json_t *o = json_array_get(list, i);

		c[i] = (struct ev_connection){.protocol = any(l, o, "protocol"),
					      .client = address(o, "client"),
					      .cport = number(o, "cport"),
					      .vip = address(o, "vip"),
					      .vport = number(o, "vport"),
					      .server = address(o, "server"),
					      .sport = number(o, "sport"),
					      .state = text(l, o, "state")};
	}
	return c;
}

static void on_ipvs(struct load *l, int64_t t, const json_t *o)
{
	struct ev_ipvs *s = vec_push(&l->ev->snapshots);

	*s = (struct ev_ipvs){
		.t_ns = t, .node = node(l, o), .why = text(l, o, "why"), .ref = here(l)};
	s->services = services(l, json_object_get(o, "services"), &s->n_services);
	s->connections = connections(l, json_object_get(o, "connections"), &s->n_connections);
}

static void on_capture(struct load *l, int64_t t, const json_t *o)
{
	(void)t;
	*vec_push(&l->ev->captures) = (struct ev_capture){.segment = text(l, o, "segment"),
							  .file = text(l, o, "file"),
							  .frames = number(o, "frames"),
							  .dropped = number(o, "dropped")};
}

static void on_end(struct load *l, int64_t t, const json_t *o)
{
	l->ev->ended = true;
	l->ev->end_ns = t;
	l->lines = json_integer_value(json_object_get(o, "lines"));
	if (!is(o, "reason", "done"))
		evidence_flaw(l->ev, here(l), "the run ended early: %s", text(l, o, "reason"));
}

static bool on_line(void *ctx, int64_t t, const char *ev, const json_t *o)
{
	static const struct {
		const char *ev;
		void (*on)(struct load *l, int64_t t, const json_t *o);
	} kinds[] = {
		{"start", on_start},
		{"port", on_port},
		{"program", on_program},
		{"step", on_step},
		{"link", on_link},
		{"address", on_address},
		{"neighbour", on_neighbour},
		{"forward", on_forward},
		{"request", on_request},
		{"stream", on_stream},
		{"ipvs", on_ipvs},
		{"capture", on_capture},
		{"end", on_end},
	};
	struct load *l = ctx;

	l->line++;
	if (!evidence_time_sane(t)) {
		evidence_flaw(l->ev, here(l), "a time that cannot be");
		return true;
	}
	l->last_ns = t;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].ev, ev))
			kinds[i].on(l, t, o);
	return true;
}

/* Steps that the scenario has and the history has not: the run never came to them. */
static void look_for_steps(struct evidence *ev)
{
	for (const struct scn_step *s = ev->scenario->steps; s; s = s->next) {
		bool done = false;

		for (size_t i = 0; i < ev->steps.n; i++)
			done = done || ev->steps.at[i].id == s->id;
		if (!done)
			evidence_flaw(ev, (struct ev_ref){0}, "step %u `%s` was never done", s->id,
				      s->text);
	}
}

/* Whether a step may have ended this program. */
static bool ends_program(const struct ev_program *p, const struct scn_step *s, const char *node)
{
	if (strcmp(s->node->name, node) != 0)
		return false;
	if (!strcmp(s->fault, "command"))
		return true; /* who knows what it did */
	if (strcmp(s->fault, "kill") != 0 && strcmp(s->fault, "restart") != 0)
		return false;
	return !strcmp(s->args[0], p->driver) || !strcmp(s->args[0], "director");
}

static bool was_ended_by_step(const struct evidence *ev, const struct ev_program *p)
{
	int64_t since_ns = INT64_MIN;

	for (const struct ev_program *q = ev->programs.at; q < p; q++)
		if (q->start && q->node == p->node && !strcmp(q->driver, p->driver))
			since_ns = q->t_ns;
	for (size_t i = 0; i < ev->steps.n; i++) {
		const struct ev_step *done = &ev->steps.at[i];

		if (done->t_ns < since_ns || done->t_ns > p->t_ns)
			continue;
		for (const struct scn_step *s = ev->scenario->steps; s; s = s->next)
			if (s->id == done->id &&
			    ends_program(p, s, evidence_node_name(ev, p->node)))
				return true;
	}
	return false;
}

/* Programs that ended while the run went on, and nobody told them to: a configuration that was
 * refused, a crash. The checks can be judged, but no such run passes. */
static void look_for_programs(struct evidence *ev)
{
	for (size_t i = 0; i < ev->programs.n; i++) {
		const struct ev_program *p = &ev->programs.at[i];
		const char *node = evidence_node_name(ev, p->node);

		if (p->start || p->t_ns >= ev->end_ns || was_ended_by_step(ev, p))
			continue;
		evidence_flaw(ev, p->ref,
			      "%s on %s ended by itself at %.3fs (%s); see logs/%s.%s.log",
			      p->driver, node, (double)p->t_ns / 1e9, p->status, node, p->driver)
			->run_only = true;
	}
}

void ev_history_load(struct evidence *ev, const char *dir)
{
	struct load l = {.ev = ev};
	int line = 0;
	int err = history_read(dir, on_line, &l, &line);

	if (err == -EBADMSG)
		evidence_flaw(ev, (struct ev_ref){.file = EV_HISTORY, .number = (uint64_t)line},
			      "the history is cut or broken at line %d", line);
	else if (err)
		evidence_flaw(ev, (struct ev_ref){0}, "there is no history: %s", strerror(-err));
	if (!err && !ev->start.seen)
		evidence_flaw(ev, (struct ev_ref){0}, "the history has no start");
	if (!err && !ev->ended)
		evidence_flaw(ev, here(&l), "the history has no end: the run was cut off");
	if (!err && l.lines && (uint64_t)l.lines != l.line)
		evidence_flaw(ev, (struct ev_ref){0},
			      "the history has %llu lines, %lld were written",
			      (unsigned long long)l.line, (long long)l.lines);
	if (!ev->ended)
		ev->end_ns = l.last_ns;
	/* What follows is the stopping of the programs, of which there are no captures. */
	if (ev->end_ns > ev->scenario->duration_ns)
		ev->end_ns = ev->scenario->duration_ns;
	look_for_steps(ev);
	look_for_programs(ev);
}
