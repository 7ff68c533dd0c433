/* failover under D [excess under D] [after T]: every change of owner after a fault was quick
 * enough, and beyond the protocol's own floor by no more than the excess (`or D in real time`: on a
 * real clock by no more than D). An owner that fell silent and was never replaced is a failover
 * that did not end: it fails. No change at all is unknown: nothing was measured.
 *
 * A change is one after a fault when a step of the scenario came before it (with `after T`: when it
 * came after T). */
#include "harness/judge/check.h"

static bool counts(const struct check_input *in, const struct change *c)
{
	return c->step >= 0 && c->first_advert.t_ns >= in->from_ns;
}

static const char *whose(const struct check_input *in, struct finding *f, const struct change *c)
{
	return arena_printf(f->arena, "%s %s -> %s", ip_text(f->arena, &in->ev->vips.at[c->vip]),
			    evidence_node_name(in->ev, c->from), evidence_node_name(in->ev, c->to));
}

static void add_refs(struct finding *f, const struct change *c)
{
	finding_ref(f, c->fault.ref);
	finding_ref(f, c->old_last_advert.ref);
	finding_ref(f, c->first_advert.ref);
}

/* True: an address lost its owner for longer than the limit and nobody took it. */
static bool never_replaced(const struct check_input *in, struct finding *f)
{
	for (size_t i = 0; i < in->m->vips.n; i++) {
		const struct ownership *o = &in->m->vips.at[i];
		const struct pause *p = o->pauses.n ? &o->pauses.at[o->pauses.n - 1] : NULL;

		if (!p || !p->open || p->to_ns < in->from_ns || in->ev->steps.n == 0)
			continue;
		if (in->check->limit_ns >= 0 && p->to_ns - p->from_ns < in->check->limit_ns)
			continue;
		finding_set(f, JUDGE_FAIL, "nobody took over %s: no advert after %s",
			    ip_text(f->arena, &in->ev->vips.at[i]), ns_text(f->arena, p->from_ns));
		finding_ref(f, p->before);
		return true;
	}
	return false;
}

/* On a real clock the machine's own load counts, for which a scenario may allow more. */
static int64_t excess_limit(const struct check_input *in)
{
	bool real = in->ev->start.seen && strcmp(in->ev->start.clock, "real") == 0;

	return real && in->check->excess_real_ns >= 0 ? in->check->excess_real_ns
						      : in->check->excess_ns;
}

static bool too_slow(const struct check_input *in, const struct change *c, struct finding *f)
{
	if (in->check->limit_ns >= 0 && c->measured_ns >= in->check->limit_ns) {
		finding_set(f, JUDGE_FAIL, "%s took %s", whose(in, f, c),
			    ns_text(f->arena, c->measured_ns));
		add_refs(f, c);
		return true;
	}
	int64_t excess_ns = excess_limit(in);

	if (excess_ns >= 0 && c->has_floor && c->excess_ns >= excess_ns) {
		finding_set(f, JUDGE_FAIL, "%s took %s: %s beyond the floor of %s", whose(in, f, c),
			    ns_text(f->arena, c->measured_ns), ns_text(f->arena, c->excess_ns),
			    ns_text(f->arena, c->floor_ns));
		add_refs(f, c);
		return true;
	}
	return false;
}

void check_failover(const struct check_input *in, struct finding *f)
{
	const struct change *slowest = NULL, *worst = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < in->m->changes.n; i++) {
		const struct change *c = &in->m->changes.at[i];

		if (!counts(in, c))
			continue;
		if (too_slow(in, c, f))
			return;
		n++;
		if (!slowest || c->measured_ns > slowest->measured_ns)
			slowest = c;
		if (c->has_floor && (!worst || c->excess_ns > worst->excess_ns))
			worst = c;
	}
	if (never_replaced(in, f))
		return;
	if (n == 0) {
		finding_set(f, JUDGE_UNKNOWN, "no change of owner was seen after a fault");
		return;
	}
	finding_set(f, JUDGE_PASS, "%u change%s of owner, the slowest %s%s%s", n, n == 1 ? "" : "s",
		    ns_text(f->arena, slowest->measured_ns), worst ? ", excess at most " : "",
		    worst ? ns_text(f->arena, worst->excess_ns) : "");
	add_refs(f, slowest);
}
