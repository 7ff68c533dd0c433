/* The changes of owner: what caused each, its waterfall, its floor and its excess (meter.h says
 * what each point is; RFC 6413 gives the order of the points, RFC 9568, 6.1 the floor).
 *
 * A virtual MAC address stays the same when its owner changes: then there is no moment at which a
 * client's neighbour entry moves, and the bridge's forwarding entry is what matters. */
#include "harness/judge/meter_parts.h"
#include "lib/base/mono.h"

#define TOGETHER_NS   (100 * NS_PER_MS)
#define STEP_SLACK_NS (50 * NS_PER_MS) /* a step is written down after it was done */

static bool is_nowhere(const struct moment *m)
{
	return m->ref.number == 0;
}

static void set_once(struct moment *m, int64_t t_ns, struct ev_ref ref)
{
	if (is_nowhere(m))
		*m = (struct moment){.t_ns = t_ns, .ref = ref};
}

/* The first of the steps that were done at the same time as step i. */
static int first_of_its_time(const struct evidence *ev, int i)
{
	while (i > 0 && ev->steps.at[i - 1].t_ns == ev->steps.at[i].t_ns)
		i--;
	return i;
}

/* What came before a change and explains it: for silence the first step after the last sign of the
 * old owner (a later one cannot have silenced it), else the last step before. */
static void find_fault(const struct evidence *ev, struct change *c)
{
	int64_t until_ns = c->first_advert.t_ns;
	int found = -1;

	if (c->kind == CHANGE_RELEASED)
		until_ns = c->old_last_advert.t_ns + STEP_SLACK_NS;
	for (int i = 0; i < (int)ev->steps.n && ev->steps.at[i].t_ns <= until_ns; i++) {
		found = i;
		if (c->kind == CHANGE_SILENCE && ev->steps.at[i].t_ns >= c->old_last_advert.t_ns)
			break;
	}
	c->step = found < 0 ? -1 : first_of_its_time(ev, found);
	if (c->step >= 0)
		set_once(&c->fault, ev->steps.at[c->step].t_ns, ev->steps.at[c->step].ref);
}

static bool is_client(const struct evidence *ev, unsigned node, const struct wire_ip *vip)
{
	for (const struct scn_traffic *t = ev->scenario->traffics; t; t = t->next) {
		struct wire_ip to = evidence_ip(&t->to);

		if (wire_ip_equal(&to, vip) && ev->nodes.at[node].scn == t->from)
			return true;
	}
	return false;
}

static void watch_packets(const struct evidence *ev, struct change *c, int64_t begin_ns,
			  int64_t until_ns)
{
	const struct wire_ip *ip = &ev->vips.at[c->vip];

	for (size_t i = 0; i < ev->packets.n && ev->packets.at[i].t_ns < until_ns; i++) {
		const struct ev_packet *p = &ev->packets.at[i];

		if (p->vip != c->vip || p->t_ns < begin_ns)
			continue;
		if (p->to_vip && p->node == c->from)
			c->last_to_old = (struct moment){p->t_ns, p->ref};
		if (!p->to_vip && p->t_ns >= c->first_advert.t_ns && is_nowhere(&c->first_reply) &&
		    is_client(ev, p->node, ip))
			set_once(&c->first_reply, p->t_ns, p->ref);
	}
}

static bool announced_mac(const struct evidence *ev, const struct change *c, const uint8_t *mac)
{
	for (size_t i = 0; i < ev->arps.n; i++)
		if (ev->arps.at[i].node == c->to && !memcmp(ev->arps.at[i].mac, mac, 6) &&
		    wire_ip_equal(&ev->arps.at[i].ip, &ev->vips.at[c->vip]))
			return true;
	return false;
}

/* Whether entry i points elsewhere than the same client's entry before it; entries come up again
 * when only their state changes. */
static bool points_anew(const struct evidence *ev, size_t i)
{
	const struct ev_neighbour *n = &ev->neighbours.at[i];

	for (size_t k = i; k-- > 0;) {
		const struct ev_neighbour *before = &ev->neighbours.at[k];

		if (before->node == n->node && !strcmp(before->ifname, n->ifname) &&
		    wire_ip_equal(&before->ip, &n->ip))
			return !before->valid || memcmp(before->mac, n->mac, 6) != 0;
	}
	return true;
}

static void watch_entries(const struct evidence *ev, struct change *c, int64_t until_ns)
{
	const struct wire_ip *ip = &ev->vips.at[c->vip];
	int64_t from_ns = c->old_last_advert.t_ns;

	for (size_t i = 0; i < ev->arps.n; i++) {
		const struct ev_arp *a = &ev->arps.at[i];

		if (a->t_ns >= from_ns && a->t_ns < until_ns && a->node == c->to &&
		    a->kind == EV_ARP_GRATUITOUS && wire_ip_equal(&a->ip, ip))
			set_once(&c->first_garp, a->t_ns, a->ref);
	}
	for (size_t i = 0; i < ev->neighbours.n; i++) {
		const struct ev_neighbour *n = &ev->neighbours.at[i];

		if (n->t_ns >= from_ns && n->t_ns < until_ns && n->valid && n->node < ev->nodes.n &&
		    !ev->nodes.at[n->node].director && ev->nodes.at[n->node].scn &&
		    wire_ip_equal(&n->ip, ip) && evidence_mac_node(ev, n->mac, n->t_ns) == c->to &&
		    points_anew(ev, i))
			set_once(&c->client_entry, n->t_ns, n->ref);
	}
	for (size_t i = 0; i < ev->forwards.n; i++) {
		const struct ev_forward *f = &ev->forwards.at[i];

		if (f->t_ns >= from_ns && f->t_ns < until_ns && f->node == c->to &&
		    announced_mac(ev, c, f->mac))
			set_once(&c->forwarding, f->t_ns, f->ref);
	}
}

/* The adverts on both sides of a change. */
static void find_adverts(const struct evidence *ev, const struct change *c, const struct span *now,
			 const struct ev_advert **old, const struct ev_advert **new)
{
	*old = *new = NULL;
	for (size_t i = 0; i < ev->adverts.n && !*new; i++) {
		const struct ev_advert *a = &ev->adverts.at[i];

		if (!advert_names(a, &ev->vips.at[c->vip]))
			continue;
		if (a->node == c->to && a->t_ns >= now->from_ns && a->priority)
			*new = a;
		else if (a->node == c->from)
			*old = a;
	}
}

static enum change_kind kind_of(const struct ownership *o, const struct ev_advert *old,
				const struct ev_advert *new)
{
	if (old->priority == 0)
		return CHANGE_RELEASED;
	for (size_t i = 0; i < o->claims.n; i++)
		if (o->claims.at[i].node == old->node && o->claims.at[i].from_ns < new->t_ns &&
		    o->claims.at[i].to_ns > new->t_ns + HANDOVER_NS)
			return CHANGE_SPLIT;
	return meter_overdue(old, new->t_ns) ? CHANGE_SILENCE : CHANGE_PREEMPTED;
}

static void set_floor(struct change *c, const struct ev_advert *old, const struct ev_advert *new)
{
	struct ev_advert waited = *new; /* the new owner's priority, the old one's interval */

	waited.interval_ns = old->priority ? old->interval_ns : new->interval_ns;
	c->has_floor = c->kind == CHANGE_SILENCE || c->kind == CHANGE_RELEASED;
	c->floor_ns = -1;
	if (c->kind == CHANGE_SILENCE)
		c->floor_ns = meter_down_ns(&waited);
	if (c->kind == CHANGE_RELEASED)
		c->floor_ns = meter_skew_ns(&waited);
	c->measured_ns = new->t_ns - old->t_ns;
}

static void add_change(struct meter *m, const struct evidence *ev, const struct ownership *o,
		       size_t i)
{
	const struct span *before = &o->spans.at[i - 1], *now = &o->spans.at[i];
	struct change c = {.vip = o->vip, .from = before->node, .to = now->node};
	const struct ev_advert *old, *new;

	find_adverts(ev, &c, now, &old, &new);
	if (!old || !new)
		return; /* a claim outlived by a longer one: its owner says nothing more */
	c.old_last_advert = (struct moment){old->t_ns, old->ref};
	c.first_advert = (struct moment){new->t_ns, new->ref};
	c.kind = kind_of(o, old, new);
	set_floor(&c, old, new);
	find_fault(ev, &c);
	watch_packets(ev, &c, before->from_ns, now->to_ns);
	watch_entries(ev, &c, now->to_ns);
	*vec_push(&m->changes) = c;
}

static int64_t due_ns(const struct change *c)
{
	return c->old_last_advert.t_ns + c->floor_ns;
}

static bool moved_together(const struct change *a, const struct change *b)
{
	int64_t apart_ns = a->first_advert.t_ns - b->first_advert.t_ns;

	return a->has_floor && b->has_floor && a->from == b->from && a->to == b->to &&
	       apart_ns <= TOGETHER_NS && apart_ns >= -TOGETHER_NS;
}

/* A sync group moves when its last member is due; the others have to wait for it. */
static void set_excess(struct meter *m)
{
	VEC(int64_t) due = {0};

	for (size_t i = 0; i < m->changes.n; i++) {
		int64_t *latest = vec_push(&due);

		*latest = due_ns(&m->changes.at[i]);
		for (size_t k = 0; k < m->changes.n; k++)
			if (moved_together(&m->changes.at[i], &m->changes.at[k]) &&
			    due_ns(&m->changes.at[k]) > *latest)
				*latest = due_ns(&m->changes.at[k]);
	}
	for (size_t i = 0; i < m->changes.n; i++) {
		struct change *c = &m->changes.at[i];

		if (!c->has_floor)
			continue;
		c->floor_ns = due.at[i] - c->old_last_advert.t_ns;
		c->excess_ns = c->measured_ns - c->floor_ns;
	}
	vec_free(&due);
}

static int change_order(const void *pa, const void *pb)
{
	const struct change *a = pa, *b = pb;

	if (a->first_advert.t_ns != b->first_advert.t_ns)
		return a->first_advert.t_ns < b->first_advert.t_ns ? -1 : 1;
	if (a->vip != b->vip)
		return a->vip < b->vip ? -1 : 1;
	return (a->first_advert.ref.number > b->first_advert.ref.number) -
	       (a->first_advert.ref.number < b->first_advert.ref.number);
}

void meter_changes(struct meter *m, const struct evidence *ev)
{
	for (size_t v = 0; v < m->vips.n; v++) {
		const struct ownership *o = &m->vips.at[v];

		for (size_t i = 1; i < o->spans.n; i++)
			if (o->spans.at[i - 1].node != o->spans.at[i].node)
				add_change(m, ev, o, i);
	}
	if (m->changes.n)
		qsort(m->changes.at, m->changes.n, sizeof(m->changes.at[0]), change_order);
	set_excess(m);
}
