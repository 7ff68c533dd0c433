/* Streams of numbered probes: how many were lost, the longest silence, and convergence as RFC 6412
 * measures it from loss (3.3.3) and from rate (3.3.2). */
#include "harness/judge/meter_parts.h"
#include "lib/base/mono.h"

/* A rate is seen over so many probes: losses that are nearer to each other are one event. */
#define RATE_PROBES 10

static void take_loss(struct stream_figures *s, const struct ev_stream *e)
{
	int64_t every_ns = s->traffic->every_ns;
	int64_t n = e->last - e->first + 1;

	s->lost += n;
	if (n * every_ns <= s->longest.length_ns)
		return;
	s->longest = (struct silence){.first = e->first,
				      .last = e->last,
				      .from_ns = s->traffic->start_ns + e->first * every_ns,
				      .length_ns = n * every_ns,
				      .ref = e->ref};
}

/* Whether the last probe that we know the end of was one of the last that could be sent. */
static bool reaches_end(const struct evidence *ev, const struct scn_traffic *t, int64_t next)
{
	int64_t stop_ns = t->stop_ns ? t->stop_ns : ev->end_ns;
	int64_t slack_ns = t->timeout_ns > NS_PER_S ? t->timeout_ns : NS_PER_S;

	if (stop_ns > ev->end_ns)
		stop_ns = ev->end_ns;
	return t->start_ns + next * t->every_ns + slack_ns + t->every_ns >= stop_ns;
}

static void measure(struct stream_figures *s, const struct evidence *ev)
{
	int64_t next = 0, event_first = -1, event_last = -1;
	int64_t worst = 0, every_ns = s->traffic->every_ns;

	s->whole = true;
	for (size_t i = 0; i < ev->streams.n; i++) {
		const struct ev_stream *e = &ev->streams.at[i];

		if (e->traffic != s->traffic)
			continue;
		if (e->first != next || e->last < e->first ||
		    e->last > INT64_MAX / 4 / (every_ns + 1))
			s->whole = false;
		if (!s->whole)
			return;
		next = e->last + 1;
		s->sent = next;
		if (e->ok)
			continue;
		take_loss(s, e);
		if (event_first < 0 || e->first - event_last > RATE_PROBES)
			event_first = e->first;
		event_last = e->last;
		if (event_last - event_first + 1 > worst)
			worst = event_last - event_first + 1;
	}
	s->loss_derived_ns = s->lost * every_ns;
	s->rate_derived_ns = worst * every_ns;
	s->whole = s->sent > 0 && reaches_end(ev, s->traffic, next);
}

void meter_streams(struct meter *m, const struct evidence *ev)
{
	for (const struct scn_traffic *t = ev->scenario->traffics; t; t = t->next) {
		if (t->kind == SCN_TRAFFIC_HTTP)
			continue;
		struct stream_figures *s = vec_push(&m->streams);

		s->traffic = t;
		measure(s, ev);
	}
}
