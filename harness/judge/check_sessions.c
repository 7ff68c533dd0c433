/* sessions [TRAFFIC] lost N [broken N]: how many HTTP sessions suffered.
 *
 * Lost: the service forgot the user. A later good reply came from another server or with another
 * session cookie than the one before; or the session never got a good reply any more, or none at
 * all. Broken: the user noticed. A request had no good answer, or its connection had to be made
 * anew. A session counts once, however often it suffered; a lost one may be broken too. */
#include "harness/judge/check.h"
#include "lib/base/mono.h"

struct session {
	int64_t n; /* requests that ended */
	const struct ev_request *last, *last_ok;
	const struct ev_request *lost, *broken; /* the first request that shows it */
	const char *why_lost;
};

static bool differ(const char *a, const char *b)
{
	return *a && *b && strcmp(a, b) != 0;
}

static void follow(struct session *s, const struct ev_request *r)
{
	if (!s->broken && (!r->ok || (s->n > 0 && !r->kept)))
		s->broken = r;
	if (r->ok && s->last_ok && !s->lost &&
	    (differ(r->server, s->last_ok->server) || differ(r->sid, s->last_ok->sid))) {
		s->lost = r;
		s->why_lost = differ(r->server, s->last_ok->server) ? "another server answers"
								    : "another session cookie";
	}
	if (r->ok)
		s->last_ok = r;
	s->last = r;
	s->n++;
}

/* A session whose last request never ended: nothing is told of it for longer than it may take. */
static bool hangs(const struct evidence *ev, const struct scn_traffic *t, const struct session *s)
{
	int64_t stop_ns = t->stop_ns && t->stop_ns < ev->end_ns ? t->stop_ns : ev->end_ns;

	return stop_ns - s->last->t_ns > t->every_ns + t->timeout_ns + NS_PER_S;
}

struct totals {
	int64_t requests, sessions, lost, broken;
	const struct ev_request *first_lost, *first_broken;
	const char *why_lost, *why_broken;
};

static void add_session(const struct evidence *ev, const struct scn_traffic *t, struct session *s,
			struct totals *sum)
{
	sum->sessions++;
	sum->requests += s->n;
	if (s->last && !s->lost && (!s->last->ok || hangs(ev, t, s))) {
		s->lost = s->last;
		s->why_lost = s->last->ok ? "nothing more is heard of it" : "never answered again";
	}
	if (s->lost || !s->last_ok)
		sum->lost++;
	if (s->broken || !s->last_ok)
		sum->broken++;
	if (s->lost && (!sum->first_lost || s->lost->t_ns < sum->first_lost->t_ns)) {
		sum->first_lost = s->lost;
		sum->why_lost = s->why_lost;
	}
	if (s->broken && (!sum->first_broken || s->broken->t_ns < sum->first_broken->t_ns)) {
		sum->first_broken = s->broken;
		sum->why_broken = s->broken->ok ? "a new connection" : s->broken->result;
	}
}

/* False: nothing is known of this traffic. */
static bool count(const struct check_input *in, const struct scn_traffic *t, struct totals *sum)
{
	VEC(struct session) sessions = {0};
	int64_t before = sum->requests;

	for (unsigned i = 0; i < t->sessions; i++)
		vec_push(&sessions);
	for (size_t i = 0; i < in->ev->requests.n; i++) {
		const struct ev_request *r = &in->ev->requests.at[i];

		if (r->traffic == t && r->session >= 0 && r->session < (int64_t)sessions.n)
			follow(&sessions.at[r->session], r);
	}
	for (size_t i = 0; i < sessions.n; i++)
		add_session(in->ev, t, &sessions.at[i], sum);
	vec_free(&sessions);
	return sum->requests > before;
}

static const char *example(struct finding *f, const struct ev_request *r, const char *what,
			   const char *why)
{
	if (!r)
		return "";
	finding_ref(f, r->ref);
	return arena_printf(f->arena, "; first %s: session %lld at %s (%s)", what,
			    (long long)r->session, ns_text(f->arena, r->t_ns), why);
}

void check_sessions(const struct check_input *in, struct finding *f)
{
	const struct scn_check *c = in->check;
	struct totals sum = {0};
	bool known = true, any = false;

	for (const struct scn_traffic *t = in->ev->scenario->traffics; t; t = t->next) {
		if (t->kind != SCN_TRAFFIC_HTTP || (c->traffic && c->traffic != t))
			continue;
		any = true;
		known = count(in, t, &sum) && known;
	}
	if (!any || !known) {
		finding_set(f, JUDGE_UNKNOWN, "the history knows no request of it");
		return;
	}
	bool good = sum.lost <= c->count && (c->broken < 0 || sum.broken <= c->broken);

	finding_set(f, good ? JUDGE_PASS : JUDGE_FAIL,
		    "%lld sessions, %lld requests: %lld lost, %lld broken%s%s",
		    (long long)sum.sessions, (long long)sum.requests, (long long)sum.lost,
		    (long long)sum.broken, example(f, sum.first_lost, "lost", sum.why_lost),
		    example(f, sum.first_broken, "broken", sum.why_broken));
}
