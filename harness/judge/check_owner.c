/* owner IP NODE [from T] [to T]: during all that time the address belongs to the node alone. Every
 * witness must agree: adverts (nobody else claims it, the node is never silent for longer than the
 * protocol's down time), answers and announcements (ARP, neighbour discovery), the neighbour
 * entries of everyone who has a working link, and the bridge's forwarding entry for the MAC address
 * that the node answers with. */
#include "harness/judge/check.h"

static void fail(struct finding *f, struct ev_ref ref, const char *text)
{
	finding_set(f, JUDGE_FAIL, "%s", text);
	finding_ref(f, ref);
}

/* Adverts. True: they agree. */
static bool adverts_agree(const struct check_input *in, const struct ownership *o, unsigned node,
			  struct finding *f)
{
	const struct evidence *ev = in->ev;
	const struct ev_advert *last = NULL;
	bool silent = false;

	for (size_t i = 0; i < o->claims.n; i++) {
		const struct claim *c = &o->claims.at[i];
		int64_t at_ns = c->from_ns > in->from_ns ? c->from_ns : in->from_ns;

		if (c->node == node || c->from_ns >= in->to_ns || c->last_ns < in->from_ns ||
		    c->to_ns <= in->from_ns || c->to_ns == c->from_ns)
			continue;
		fail(f, c->first,
		     arena_printf(f->arena, "%s claims it at %s", evidence_node_name(ev, c->node),
				  ns_text(f->arena, at_ns)));
		return false;
	}
	for (size_t i = 0; i < ev->adverts.n && ev->adverts.at[i].t_ns < in->to_ns; i++) {
		const struct ev_advert *a = &ev->adverts.at[i];

		if (a->node != node || !advert_names(a, &ev->vips.at[o->vip]))
			continue;
		if (a->t_ns > in->from_ns &&
		    (!last || !a->priority || a->t_ns - last->t_ns > meter_down_ns(last))) {
			silent = true;
			break;
		}
		last = a->priority ? a : NULL;
	}
	if (!silent && last && in->to_ns - last->t_ns <= meter_down_ns(last))
		return true;
	finding_set(f, JUDGE_FAIL, "%s does not advertise it all the time%s%s",
		    evidence_node_name(ev, node), last ? ": silent after " : "",
		    last ? ns_text(f->arena, last->t_ns) : "");
	if (last)
		finding_ref(f, last->ref);
	return false;
}

static bool answers_agree(const struct check_input *in, unsigned vip, unsigned node,
			  struct finding *f)
{
	for (size_t i = 0; i < in->ev->arps.n; i++) {
		const struct ev_arp *a = &in->ev->arps.at[i];

		if (a->node == node || !in_window(in, a->t_ns) ||
		    !wire_ip_equal(&a->ip, &in->ev->vips.at[vip]))
			continue;
		fail(f, a->ref,
		     arena_printf(f->arena, "%s %s it at %s", evidence_node_name(in->ev, a->node),
				  a->kind == EV_ARP_ANSWER ? "answers for" : "announces",
				  ns_text(f->arena, a->t_ns)));
		return false;
	}
	return true;
}

/* Whether an entry that was set at t is replaced before the window begins. */
static bool replaced_before(const struct check_input *in, size_t i)
{
	const struct ev_neighbour *n = &in->ev->neighbours.at[i];

	for (size_t k = i + 1; k < in->ev->neighbours.n; k++) {
		const struct ev_neighbour *next = &in->ev->neighbours.at[k];

		if (next->t_ns > in->from_ns)
			return false;
		if (next->node == n->node && !strcmp(next->ifname, n->ifname) &&
		    wire_ip_equal(&next->ip, &n->ip))
			return true;
	}
	return false;
}

static bool entries_agree(const struct check_input *in, unsigned vip, unsigned node,
			  struct finding *f)
{
	const struct evidence *ev = in->ev;

	for (size_t i = 0; i < ev->neighbours.n && ev->neighbours.at[i].t_ns < in->to_ns; i++) {
		const struct ev_neighbour *n = &ev->neighbours.at[i];
		int64_t at_ns = n->t_ns > in->from_ns ? n->t_ns : in->from_ns;

		if (!n->valid || n->node == node || !wire_ip_equal(&n->ip, &ev->vips.at[vip]) ||
		    (n->t_ns < in->from_ns && replaced_before(in, i)))
			continue;
		unsigned points_to = evidence_mac_node(ev, n->mac, at_ns);

		if (points_to == node || points_to == EV_NOBODY ||
		    !evidence_link_running(ev, n->node, n->ifname, at_ns))
			continue;
		fail(f, n->ref,
		     arena_printf(f->arena, "%s's entry for it points to %s at %s",
				  evidence_node_name(ev, n->node),
				  evidence_node_name(ev, points_to), ns_text(f->arena, at_ns)));
		return false;
	}
	return true;
}

static bool node_answers_with(const struct check_input *in, unsigned vip, unsigned node,
			      const uint8_t *mac)
{
	for (size_t i = 0; i < in->ev->arps.n; i++) {
		const struct ev_arp *a = &in->ev->arps.at[i];

		if (a->node == node && !memcmp(a->mac, mac, WIRE_MAC_BYTES) &&
		    wire_ip_equal(&a->ip, &in->ev->vips.at[vip]))
			return true;
	}
	return false;
}

static bool bridge_agrees(const struct check_input *in, unsigned vip, unsigned node,
			  struct finding *f)
{
	for (size_t i = 0; i < in->ev->forwards.n; i++) {
		const struct ev_forward *w = &in->ev->forwards.at[i];

		if (w->node == node || w->node == EV_NOBODY || !in_window(in, w->t_ns) ||
		    !node_answers_with(in, vip, node, w->mac))
			continue;
		fail(f, w->ref,
		     arena_printf(f->arena, "the bridge sends its MAC address to %s at %s",
				  evidence_node_name(in->ev, w->node), ns_text(f->arena, w->t_ns)));
		return false;
	}
	return true;
}

void check_owner(const struct check_input *in, struct finding *f)
{
	struct wire_ip ip = evidence_ip(&in->check->ip);
	unsigned vip = evidence_vip(in->ev, &ip);
	unsigned node = check_node(in, in->check->node);
	const struct ownership *o = &in->m->vips.at[vip];

	if (!o->advertised) {
		finding_set(f, JUDGE_UNKNOWN, "no advert with %s was captured",
			    ip_text(f->arena, &ip));
		return;
	}
	if (in->from_ns > in->ev->end_ns) {
		finding_set(f, JUDGE_UNKNOWN, "the run ended before %s",
			    ns_text(f->arena, in->from_ns));
		return;
	}
	if (adverts_agree(in, o, node, f) && answers_agree(in, vip, node, f) &&
	    entries_agree(in, vip, node, f) && bridge_agrees(in, vip, node, f))
		finding_set(f, JUDGE_PASS, "%s alone, from %s to %s",
			    evidence_node_name(in->ev, node), ns_text(f->arena, in->from_ns),
			    ns_text(f->arena, in->to_ns));
}
