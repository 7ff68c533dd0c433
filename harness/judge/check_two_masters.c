/* two-masters [IP] never longer than D [from T] [to T]: for how long two nodes acted as owner of
 * one address at once. Three witnesses, the longest counts:
 *
 * - adverts: two claims overlap (meter.h: a preemption, where the old owner falls silent when the
 *   new one speaks, is no overlap);
 * - answers: a node that claims nothing answers or announces (ARP, neighbour discovery) while the
 *   owner is there: it has held the address since that owner came;
 * - kernels: two nodes have the address on an interface whose link works. Addresses that the
 *   scenario itself gives to nodes (direct routing's real servers) do not count.
 *
 * Up to HANDOVER_NS it is the handing over itself: the old owner cannot know before the new one's
 * message has reached it.
 */
#include "harness/judge/check.h"

struct worst {
	int64_t length_ns;
	int64_t from_ns;
	unsigned vip;
	unsigned a, b;
	const char *how;
	struct ev_ref refs[2];
};

struct hold {
	unsigned node;
	int64_t from_ns, to_ns;
	struct ev_ref ref;
};

static void consider(const struct check_input *in, struct worst *w, const struct worst *found,
		     int64_t to_ns)
{
	struct worst it = *found;

	if (it.from_ns < in->from_ns)
		it.from_ns = in->from_ns;
	if (to_ns > in->to_ns)
		to_ns = in->to_ns;
	it.length_ns = to_ns - it.from_ns;
	if (it.length_ns > w->length_ns)
		*w = it;
}

static void look_at_claims(const struct check_input *in, const struct ownership *o, struct worst *w)
{
	for (size_t i = 0; i < o->claims.n; i++) {
		for (size_t k = i + 1; k < o->claims.n; k++) {
			const struct claim *a = &o->claims.at[i], *b = &o->claims.at[k];
			struct worst found = {.from_ns = b->from_ns,
					      .vip = o->vip,
					      .a = a->node,
					      .b = b->node,
					      .how = "both advertise",
					      .refs = {a->last, b->first}};

			if (b->from_ns >= a->to_ns)
				break; /* claims are in order of their beginning */
			if (a->node != b->node)
				consider(in, w, &found, a->to_ns < b->to_ns ? a->to_ns : b->to_ns);
		}
	}
}

/* The owner's last advert at or before t. */
static const struct ev_advert *last_advert(const struct check_input *in, unsigned vip,
					   unsigned node, int64_t t_ns)
{
	const struct ev_advert *last = NULL;

	for (size_t i = 0; i < in->ev->adverts.n && in->ev->adverts.at[i].t_ns <= t_ns; i++)
		if (in->ev->adverts.at[i].node == node &&
		    advert_names(&in->ev->adverts.at[i], &in->ev->vips.at[vip]))
			last = &in->ev->adverts.at[i];
	return last;
}

/* A node that claims the address at t, or is just about to (its first advert may follow its first
 * announcement by a moment). */
static bool claims_at(const struct ownership *o, unsigned node, int64_t t_ns, int64_t soon_ns)
{
	for (size_t i = 0; i < o->claims.n; i++)
		if (o->claims.at[i].node == node && o->claims.at[i].from_ns <= t_ns + soon_ns &&
		    o->claims.at[i].to_ns >= t_ns)
			return true;
	return false;
}

static const struct span *span_at(const struct ownership *o, int64_t t_ns)
{
	for (size_t i = 0; i < o->spans.n; i++)
		if (o->spans.at[i].from_ns <= t_ns && o->spans.at[i].to_ns > t_ns)
			return &o->spans.at[i];
	return NULL;
}

static void look_at_answers(const struct check_input *in, const struct ownership *o,
			    struct worst *w)
{
	for (size_t i = 0; i < in->ev->arps.n; i++) {
		const struct ev_arp *a = &in->ev->arps.at[i];

		if (!in_window(in, a->t_ns) || !wire_ip_equal(&a->ip, &in->ev->vips.at[o->vip]))
			continue;
		const struct span *s = span_at(o, a->t_ns);

		if (!s || s->node == a->node)
			continue;
		const struct ev_advert *last = last_advert(in, o->vip, s->node, a->t_ns);

		if (!last || a->t_ns - last->t_ns > last->interval_ns + last->interval_ns / 10 ||
		    claims_at(o, a->node, a->t_ns, last->interval_ns / 10))
			continue;
		struct worst found = {.from_ns = s->from_ns,
				      .vip = o->vip,
				      .a = s->node,
				      .b = a->node,
				      .how = a->kind == EV_ARP_ANSWER
						     ? "one advertises, the other answers ARP"
						     : "one advertises, the other announces it",
				      .refs = {last->ref, a->ref}};

		consider(in, w, &found, a->t_ns);
	}
}

static bool given_by_scenario(const struct scn_node *node, const struct wire_ip *ip)
{
	for (const struct scn_dev_addr *d = node->addrs; d; d = d->next) {
		struct wire_ip given = evidence_ip(&d->ip);

		if (wire_ip_equal(&given, ip))
			return true;
	}
	return false;
}

struct holds {
	VEC(struct hold) list;
};

/* Follows one node's address and links through the history. */
struct holding {
	const struct check_input *in;
	unsigned vip;
	const char *ifname; /* where it has the address now; NULL: nowhere */
	bool holds;	    /* and the link works */
	struct hold now;
};

static void hold_changes(struct holding *g, struct holds *h, int64_t t_ns, struct ev_ref ref)
{
	bool holds = g->ifname && evidence_link_running(g->in->ev, g->now.node, g->ifname, t_ns);

	if (holds && !g->holds) {
		g->now.from_ns = t_ns;
		g->now.ref = ref;
	}
	g->now.to_ns = t_ns;
	if (!holds && g->holds)
		*vec_push(&h->list) = g->now;
	g->holds = holds;
}

static void address_changes(struct holding *g, struct holds *h, const struct ev_address *a)
{
	if (a->node != g->now.node || !wire_ip_equal(&a->ip, &g->in->ev->vips.at[g->vip]))
		return;
	g->ifname = a->add ? a->ifname : NULL;
	hold_changes(g, h, a->t_ns, a->ref);
}

/* When one node had the address on a working interface. */
static void find_holds(const struct check_input *in, unsigned vip, unsigned node, struct holds *h)
{
	const struct evidence *ev = in->ev;
	struct holding g = {.in = in, .vip = vip, .now = {.node = node}};
	size_t ia = 0;

	for (size_t il = 0; il < ev->links.n; il++) {
		const struct ev_link *l = &ev->links.at[il];

		for (; ia < ev->addresses.n && ev->addresses.at[ia].ref.number < l->ref.number;
		     ia++)
			address_changes(&g, h, &ev->addresses.at[ia]);
		if (l->node == node)
			hold_changes(&g, h, l->t_ns, l->ref);
	}
	for (; ia < ev->addresses.n; ia++)
		address_changes(&g, h, &ev->addresses.at[ia]);
	g.now.to_ns = ev->end_ns;
	if (g.holds)
		*vec_push(&h->list) = g.now;
}

static void look_at_kernels(const struct check_input *in, unsigned vip, struct worst *w)
{
	struct holds h = {0};

	for (unsigned n = 0; n < in->ev->nodes.n; n++)
		if (in->ev->nodes.at[n].scn &&
		    !given_by_scenario(in->ev->nodes.at[n].scn, &in->ev->vips.at[vip]))
			find_holds(in, vip, n, &h);
	for (size_t i = 0; i < h.list.n; i++) {
		for (size_t k = 0; k < h.list.n; k++) {
			const struct hold *a = &h.list.at[i], *b = &h.list.at[k];
			struct worst found = {.from_ns = b->from_ns,
					      .vip = vip,
					      .a = a->node,
					      .b = b->node,
					      .how = "both have it on an interface",
					      .refs = {a->ref, b->ref}};

			if (a->node != b->node && a->from_ns <= b->from_ns)
				consider(in, w, &found, a->to_ns < b->to_ns ? a->to_ns : b->to_ns);
		}
	}
	vec_free(&h.list);
}

void check_two_masters(const struct check_input *in, struct finding *f)
{
	struct worst w = {0};
	unsigned n_vips = 0;

	for (unsigned v = 0; v < in->m->vips.n; v++) {
		const struct ownership *o = &in->m->vips.at[v];

		if (!check_about(in, v) || !o->advertised)
			continue;
		n_vips++;
		look_at_claims(in, o, &w);
		look_at_answers(in, o, &w);
		look_at_kernels(in, v, &w);
	}
	if (n_vips == 0) {
		finding_set(f, JUDGE_UNKNOWN, "no advert with such an address was captured");
		return;
	}
	if (w.length_ns <= HANDOVER_NS) {
		finding_set(f, JUDGE_PASS, "never%s%s", w.length_ns ? "; handed over within " : "",
			    w.length_ns ? ns_text(f->arena, w.length_ns) : "");
		return;
	}
	finding_set(f, w.length_ns > in->check->limit_ns ? JUDGE_FAIL : JUDGE_PASS,
		    "%s: %s and %s for %s, from %s: %s", ip_text(f->arena, &in->ev->vips.at[w.vip]),
		    evidence_node_name(in->ev, w.a), evidence_node_name(in->ev, w.b),
		    ns_text(f->arena, w.length_ns), ns_text(f->arena, w.from_ns), w.how);
	finding_ref(f, w.refs[0]);
	finding_ref(f, w.refs[1]);
}
