/* announced IP by NODE within D after T [count at least N]: the node told the segment where the
 * address is, unasked: gratuitous ARP (RFC 5227, 3) or unsolicited neighbour advertisement. */
#include "harness/judge/check.h"

void check_announced(const struct check_input *in, struct finding *f)
{
	struct wire_ip ip = evidence_ip(&in->check->ip);
	unsigned node = check_node(in, in->check->node);
	int64_t until_ns = in->from_ns + in->check->limit_ns;
	int64_t want = in->check->count < 0 ? 1 : in->check->count;
	int64_t n = 0;
	const struct ev_arp *first = NULL, *later = NULL;

	for (size_t i = 0; i < in->ev->arps.n; i++) {
		const struct ev_arp *a = &in->ev->arps.at[i];

		if (a->kind != EV_ARP_GRATUITOUS || a->node != node || a->t_ns < in->from_ns ||
		    !wire_ip_equal(&a->ip, &ip))
			continue;
		if (a->t_ns > until_ns) {
			later = later ? later : a;
			continue;
		}
		first = first ? first : a;
		n++;
		finding_ref(f, a->ref);
	}
	if (n < want && !in->m->vips.at[evidence_vip(in->ev, &ip)].advertised) {
		finding_set(f, JUDGE_UNKNOWN, "no advert with %s was captured",
			    ip_text(f->arena, &ip));
		return;
	}
	if (until_ns > in->ev->end_ns && n < want) {
		finding_set(f, JUDGE_UNKNOWN, "the run ended before %s",
			    ns_text(f->arena, until_ns));
		return;
	}
	if (n >= want) {
		finding_set(f, JUDGE_PASS, "%lld times, first at %s", (long long)n,
			    first ? ns_text(f->arena, first->t_ns) : "-");
		return;
	}
	finding_set(f, JUDGE_FAIL, "%s announced it %lld times%s%s",
		    evidence_node_name(in->ev, node), (long long)n, later ? "; again only at " : "",
		    later ? ns_text(f->arena, later->t_ns) : "");
	if (later)
		finding_ref(f, later->ref);
}
