/* client-entry CLIENT IP NODE within D after T: so long after T the client's neighbour entry for
 * the address points to the node. A virtual MAC address belongs to the node to which the bridge
 * forwards it at that time. */
#include "harness/judge/check.h"

/* When the entry came to point to the node without leaving it again until t; -1: it does not. */
static int64_t points_since(const struct check_input *in, unsigned client, unsigned node,
			    int64_t t_ns, const struct ev_neighbour **last)
{
	struct wire_ip ip = evidence_ip(&in->check->ip);
	int64_t since_ns = -1;

	*last = NULL;
	for (size_t i = 0; i < in->ev->neighbours.n && in->ev->neighbours.at[i].t_ns <= t_ns; i++) {
		const struct ev_neighbour *n = &in->ev->neighbours.at[i];

		if (n->node != client || !wire_ip_equal(&n->ip, &ip))
			continue;
		*last = n;
		if (!n->valid || evidence_mac_node(in->ev, n->mac, t_ns) != node)
			since_ns = -1;
		else if (since_ns < 0)
			since_ns = n->t_ns;
	}
	return *last && since_ns < 0 ? -1 : since_ns;
}

void check_client_entry(const struct check_input *in, struct finding *f)
{
	unsigned client = check_node(in, in->check->client);
	unsigned node = check_node(in, in->check->node);
	int64_t at_ns = in->from_ns + in->check->limit_ns;
	const struct ev_neighbour *last;
	int64_t since_ns = points_since(in, client, node, at_ns, &last);

	if (at_ns > in->ev->end_ns) {
		finding_set(f, JUDGE_UNKNOWN, "the run ended before %s", ns_text(f->arena, at_ns));
		return;
	}
	if (!last) {
		finding_set(f, JUDGE_UNKNOWN, "%s had no entry for it until %s",
			    evidence_node_name(in->ev, client), ns_text(f->arena, at_ns));
		return;
	}
	finding_ref(f, last->ref);
	if (since_ns >= 0)
		finding_set(f, JUDGE_PASS, "it points to %s since %s",
			    evidence_node_name(in->ev, node), ns_text(f->arena, since_ns));
	else if (!last->valid)
		finding_set(f, JUDGE_FAIL, "it points nowhere at %s (%s)", ns_text(f->arena, at_ns),
			    last->state);
	else
		finding_set(f, JUDGE_FAIL, "it still points to %s at %s",
			    evidence_node_name(in->ev, evidence_mac_node(in->ev, last->mac, at_ns)),
			    ns_text(f->arena, at_ns));
}
