/* transitions IP NODE...: the address had these owners, in this order, and no other.
 * quiet from T [to T]: no address changed its owner in that time; nobody else claimed it, nobody
 * gave it up. */
#include "harness/judge/check.h"

void check_transitions(const struct check_input *in, struct finding *f)
{
	struct wire_ip ip = evidence_ip(&in->check->ip);
	const struct ownership *o = &in->m->vips.at[evidence_vip(in->ev, &ip)];
	struct scn_node **want = in->check->nodes;
	struct buf had = {0};
	size_t n_want = 0;
	bool same = true;

	if (!o->advertised) {
		finding_set(f, JUDGE_UNKNOWN, "no advert with %s was captured",
			    ip_text(f->arena, &ip));
		return;
	}
	while (want[n_want])
		n_want++;
	for (size_t i = 0; i < o->spans.n; i++) {
		const struct span *s = &o->spans.at[i];

		same = same && i < n_want && check_node(in, want[i]) == s->node;
		finding_ref(f, s->ref);
		if (i < EV_REFS_MAX)
			buf_printf(&had, "%s%s (%s)", i ? ", " : "",
				   evidence_node_name(in->ev, s->node),
				   ns_text(f->arena, s->from_ns));
		else if (i == EV_REFS_MAX)
			buf_puts(&had, ", ...");
	}
	same = same && o->spans.n == n_want;
	finding_set(f, same ? JUDGE_PASS : JUDGE_FAIL, "owners: %s", buf_text(&had));
	buf_free(&had);
}

/* The first claim of another node that touches the window. */
static const struct claim *intruder(const struct check_input *in, const struct ownership *o,
				    unsigned owner)
{
	for (size_t i = 0; i < o->claims.n; i++) {
		const struct claim *c = &o->claims.at[i];

		if (c->node != owner && c->from_ns < in->to_ns && c->to_ns > in->from_ns)
			return c;
		if (c->node == owner && c->released && in_window(in, c->to_ns))
			return c;
	}
	return NULL;
}

void check_quiet(const struct check_input *in, struct finding *f)
{
	unsigned n = 0;

	for (unsigned v = 0; v < in->m->vips.n; v++) {
		const struct ownership *o = &in->m->vips.at[v];

		if (!check_about(in, v) || !o->advertised)
			continue;
		const struct claim *c = intruder(in, o, meter_owner(o, in->from_ns));

		n++;
		if (!c)
			continue;
		finding_set(f, JUDGE_FAIL, "%s %s %s at %s", evidence_node_name(in->ev, c->node),
			    c->released && c->from_ns < in->from_ns ? "gave up" : "claims",
			    ip_text(f->arena, &in->ev->vips.at[v]),
			    ns_text(f->arena, c->from_ns < in->from_ns ? c->to_ns : c->from_ns));
		finding_ref(f, c->from_ns < in->from_ns ? c->last : c->first);
		return;
	}
	if (n == 0)
		finding_set(f, JUDGE_UNKNOWN, "no advert was captured");
	else
		finding_set(f, JUDGE_PASS, "%u address%s, no change of owner", n,
			    n == 1 ? "" : "es");
}
