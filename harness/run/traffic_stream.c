/* Streams: probe n leaves at start + n * every, to the nanosecond, whether or not the last one was
 * answered. A probe that has no answer after one second is lost; which were, and who answered the
 * others, is kept by the ledger and written as runs. */
#include "harness/run/traffic.h"

#include <string.h>

#define EXPIRY_NS (1 * NS_PER_S)

static void tell_run(void *ctx, const struct ledger_run *run)
{
	struct traffic_stream *s = ctx;

	world_event(s->flow->w, "stream",
		    json_pack("{s:s, s:I, s:I, s:s, s:s}", "traffic", s->flow->scn->name, "first",
			      (json_int_t)run->first, "last", (json_int_t)run->last, "result",
			      run->server < 0 ? "lost" : "ok", "server",
			      run->server < 0 ? "" : s->servers.at[run->server]));
}

static void tick(void *ctx, mono_t at)
{
	struct traffic_stream *s = ctx;
	const struct scn_traffic *t = s->flow->scn;
	uint64_t n = ledger_sent(&s->ledger);
	uint64_t waiting = (uint64_t)(EXPIRY_NS / t->every_ns);

	world_timer_set(s->flow->w, &s->tick, mono_add(at, t->every_ns));
	if (n >= waiting)
		ledger_expire(&s->ledger, n - waiting);
	s->send(s, n);
}

static void expire_rest(void *ctx, mono_t at)
{
	struct traffic_stream *s = ctx;

	(void)at;
	ledger_expire(&s->ledger, s->ledger.outcome.n);
}

void traffic_stream_open(struct traffic_stream *s, struct traffic_flow *f,
			 void (*send)(struct traffic_stream *s, uint64_t n))
{
	s->flow = f;
	s->send = send;
	s->ledger.tell = tell_run;
	s->ledger.ctx = s;
	s->tick = (struct timeline_timer){.fn = tick, .ctx = s};
	s->expiry = (struct timeline_timer){.fn = expire_rest, .ctx = s};
}

void traffic_stream_start(struct traffic_stream *s)
{
	tick(s, world_at(s->flow->w, s->flow->scn->start_ns));
}

void traffic_stream_stop(struct traffic_stream *s)
{
	if (!timeline_is_set(&s->tick))
		return;
	world_timer_cancel(s->flow->w, &s->tick);
	world_timer_set(s->flow->w, &s->expiry, mono_add(mono_now(), EXPIRY_NS));
}

bool traffic_stream_is_busy(const struct traffic_stream *s)
{
	return timeline_is_set(&s->tick) || !ledger_is_settled(&s->ledger);
}

/* Whether it may stand in the history, which is UTF-8. */
static bool is_text(const char *text)
{
	json_t *j = json_string(text);

	json_decref(j);
	return j != NULL;
}

void traffic_stream_answered(struct traffic_stream *s, uint64_t n, const char *server, size_t len)
{
	size_t i = 0;

	while (i < s->servers.n &&
	       (strlen(s->servers.at[i]) != len || memcmp(s->servers.at[i], server, len) != 0))
		i++;
	if (i == s->servers.n) {
		if (i == UINT16_MAX - 2)
			return; /* nobody has that many servers */
		char *name = arena_strndup(s->flow->w->arena, server, len);

		if (strlen(name) != len || !is_text(name))
			return;
		*vec_push(&s->servers) = name;
	}
	ledger_answered(&s->ledger, n, (int)i);
}

void traffic_stream_close(struct traffic_stream *s)
{
	world_timer_cancel(s->flow->w, &s->tick);
	world_timer_cancel(s->flow->w, &s->expiry);
	ledger_close(&s->ledger);
	vec_free(&s->servers);
}
