/* From adverts to owners: claims, spans, pauses, and the changes between them (definitions in
 * meter.h). The waterfall of a change and the streams are in meter_change.c and meter_stream.c.
 *
 * Times of protocol 112 only (RFC 3768, RFC 9568); what ARP says beside it is for the checks. */
#include "harness/judge/meter_parts.h"

#include "lib/base/mono.h"

bool advert_names(const struct ev_advert *a, const struct wire_ip *ip)
{
	for (unsigned i = 0; i < a->n_addrs; i++)
		if (wire_ip_equal(&a->addrs[i], ip))
			return true;
	return false;
}

int64_t meter_skew_ns(const struct ev_advert *a)
{
	int64_t unit_ns = a->version == 2 ? NS_PER_S : a->interval_ns;

	return (256 - a->priority) * unit_ns / 256;
}

int64_t meter_down_ns(const struct ev_advert *a)
{
	return DOWN_TIMER_ADVERTS * a->interval_ns + meter_skew_ns(a);
}

bool meter_overdue(const struct ev_advert *last, int64_t t_ns)
{
	return t_ns - last->t_ns > last->interval_ns + last->interval_ns / 10;
}

const char *change_kind_text(enum change_kind kind)
{
	switch (kind) {
	case CHANGE_SILENCE:
		return "silence";
	case CHANGE_RELEASED:
		return "released";
	case CHANGE_PREEMPTED:
		return "preempted";
	case CHANGE_SPLIT:
		return "split";
	}
	return "?";
}

/* What is known of one node while the adverts for one address go by. */
struct run {
	bool open;
	size_t claim; /* index into claims */
	const struct ev_advert *last;
};

struct sighting {
	const struct ev_advert *a;
};

struct walk {
	const struct evidence *ev;
	struct ownership *o;
	VEC(struct sighting) adverts; /* for this address, in order */
	VEC(struct run) runs;	      /* by node */
};

/* Whether another node advertised after a node's last advert (all of them already walked). */
static bool others_since(const struct walk *w, unsigned node)
{
	const struct ev_advert *mine = w->runs.at[node].last;

	for (size_t i = 0; i < w->runs.n; i++)
		if (i != node && w->runs.at[i].last && w->runs.at[i].last > mine)
			return true;
	return false;
}

static void claim_goes_on(struct walk *w, const struct ev_advert *a)
{
	must(w->runs.at && a->node < w->runs.n);
	struct run *run = &w->runs.at[a->node];

	if (run->open && meter_overdue(run->last, a->t_ns) && others_since(w, a->node))
		run->open = false;
	if (!run->open) {
		*vec_push(&w->o->claims) =
			(struct claim){.node = a->node, .from_ns = a->t_ns, .first = a->ref};
		run->open = true;
		run->claim = w->o->claims.n - 1;
	}
	w->o->claims.at[run->claim].last = a->ref;
	w->o->claims.at[run->claim].last_ns = a->t_ns;
	run->last = a;
}

static void claim_is_released(struct walk *w, const struct ev_advert *a)
{
	must(w->runs.at && a->node < w->runs.n);
	struct run *run = &w->runs.at[a->node];

	if (!run->open)
		return;
	struct claim *c = &w->o->claims.at[run->claim];

	c->to_ns = c->last_ns = a->t_ns;
	c->last = a->ref;
	c->released = true;
	run->open = false;
}

static size_t advert_index(const struct walk *w, struct ev_ref ref)
{
	for (size_t i = 0; i < w->adverts.n; i++)
		if (w->adverts.at[i].a->ref.file == ref.file &&
		    w->adverts.at[i].a->ref.number == ref.number)
			return i;
	must(!"an advert of this address");
	return 0;
}

/* A claim that was not released ends with the next advert of another node. */
static void end_claims(struct walk *w)
{
	for (size_t i = 0; i < w->o->claims.n; i++) {
		struct claim *c = &w->o->claims.at[i];
		size_t k = advert_index(w, c->last) + 1;

		if (c->released)
			continue;
		while (k < w->adverts.n &&
		       (w->adverts.at[k].a->node == c->node || w->adverts.at[k].a->priority == 0))
			k++;
		c->to_ns = k < w->adverts.n ? w->adverts.at[k].a->t_ns : w->ev->end_ns;
		if (c->to_ns < c->from_ns)
			c->to_ns = c->from_ns;
	}
}

/* The claim that rules at t: the one that began last. Claims are in order of their beginning. */
static const struct claim *ruling(const struct ownership *o, int64_t t_ns)
{
	const struct claim *best = NULL;

	for (size_t i = 0; i < o->claims.n && o->claims.at[i].from_ns <= t_ns; i++)
		if (o->claims.at[i].to_ns > t_ns)
			best = &o->claims.at[i];
	return best;
}

static int time_order(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static struct ev_ref first_advert_ref(const struct walk *w, unsigned node, int64_t t_ns)
{
	for (size_t i = 0; i < w->adverts.n; i++)
		if (w->adverts.at[i].a->node == node && w->adverts.at[i].a->t_ns >= t_ns)
			return w->adverts.at[i].a->ref;
	return (struct ev_ref){0};
}

/* Between two neighbouring ends of claims the ruling claim does not change. */
static void make_spans(struct walk *w)
{
	VEC(int64_t) ends = {0};

	for (size_t i = 0; i < w->o->claims.n; i++) {
		*vec_push(&ends) = w->o->claims.at[i].from_ns;
		*vec_push(&ends) = w->o->claims.at[i].to_ns;
	}
	if (ends.n)
		qsort(ends.at, ends.n, sizeof(ends.at[0]), time_order);
	for (size_t i = 0; i + 1 < ends.n; i++) {
		const struct claim *c = ruling(w->o, ends.at[i]);
		struct span *last = w->o->spans.n ? &w->o->spans.at[w->o->spans.n - 1] : NULL;

		if (!c || ends.at[i] == ends.at[i + 1])
			continue;
		if (last && last->node == c->node) {
			last->to_ns = ends.at[i + 1];
			continue;
		}
		*vec_push(&w->o->spans) =
			(struct span){.node = c->node,
				      .from_ns = ends.at[i],
				      .to_ns = ends.at[i + 1],
				      .ref = first_advert_ref(w, c->node, ends.at[i])};
	}
	vec_free(&ends);
}

/* Whether another node still claims the address when one gives it up. */
static bool claimed_by_other(const struct ownership *o, unsigned node, int64_t t_ns)
{
	for (size_t i = 0; i < o->claims.n; i++)
		if (o->claims.at[i].node != node && o->claims.at[i].from_ns <= t_ns &&
		    o->claims.at[i].to_ns > t_ns)
			return true;
	return false;
}

static void make_pauses(struct walk *w)
{
	const struct ev_advert *last = NULL;

	for (size_t i = 0; i <= w->adverts.n; i++) {
		const struct ev_advert *a = i < w->adverts.n ? w->adverts.at[i].a : NULL;
		int64_t t_ns = a ? a->t_ns : w->ev->end_ns;

		if (a && a->priority == 0 &&
		    (claimed_by_other(w->o, a->node, a->t_ns) || (last && last->priority == 0)))
			continue;
		bool gone = last && t_ns > last->t_ns &&
			    (last->priority == 0 || meter_overdue(last, t_ns));

		if (gone && a && a->priority == 0)
			continue; /* it has been gone since its last advert */
		if (gone)
			*vec_push(&w->o->pauses) =
				(struct pause){.from_ns = last->t_ns,
					       .to_ns = t_ns,
					       .open = a == NULL,
					       .before = last->ref,
					       .after = a ? a->ref : (struct ev_ref){0}};
		last = a;
	}
}

static void find_owners(struct walk *w, const struct wire_ip *ip)
{
	for (size_t i = 0; i < w->ev->nodes.n; i++)
		vec_push(&w->runs);
	for (size_t i = 0; i < w->ev->adverts.n; i++) {
		const struct ev_advert *a = &w->ev->adverts.at[i];

		if (!advert_names(a, ip))
			continue;
		vec_push(&w->adverts)->a = a;
		if (a->priority)
			claim_goes_on(w, a);
		else
			claim_is_released(w, a);
	}
	w->o->advertised = w->adverts.n > 0;
	end_claims(w);
	make_spans(w);
	make_pauses(w);
	vec_free(&w->adverts);
	vec_free(&w->runs);
}

unsigned meter_owner(const struct ownership *o, int64_t t_ns)
{
	const struct claim *c = ruling(o, t_ns);

	return c ? c->node : EV_NOBODY;
}

struct meter *meter_new(const struct evidence *ev)
{
	struct meter *m = calloc(1, sizeof(*m));

	must(m != NULL);
	m->arena = arena_new();
	for (size_t i = 0; i < ev->vips.n; i++) {
		struct walk w = {.ev = ev, .o = vec_push(&m->vips)};

		w.o->vip = (unsigned)i;
		find_owners(&w, &ev->vips.at[i]);
	}
	meter_changes(m, ev);
	meter_streams(m, ev);
	return m;
}

void meter_free(struct meter *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->vips.n; i++) {
		vec_free(&m->vips.at[i].claims);
		vec_free(&m->vips.at[i].spans);
		vec_free(&m->vips.at[i].pauses);
	}
	vec_free(&m->vips);
	vec_free(&m->changes);
	vec_free(&m->streams);
	arena_free(m->arena);
	free(m);
}
