/* no-master [IP] never longer than D [from T] [to T]: how long an address had no owner, once it had
 * one: the pauses between adverts (meter.h). A pause that begins before the window counts from the
 * window's beginning; one that lasts beyond it counts to its end. */
#include "harness/judge/check.h"

void check_no_master(const struct check_input *in, struct finding *f)
{
	const struct pause *worst = NULL;
	int64_t longest_ns = 0;
	unsigned worst_vip = 0, n_vips = 0;

	for (unsigned v = 0; v < in->m->vips.n; v++) {
		const struct ownership *o = &in->m->vips.at[v];

		if (!check_about(in, v) || !o->advertised)
			continue;
		n_vips++;
		for (size_t i = 0; i < o->pauses.n; i++) {
			const struct pause *p = &o->pauses.at[i];
			int64_t from_ns = p->from_ns > in->from_ns ? p->from_ns : in->from_ns;
			int64_t to_ns = p->to_ns < in->to_ns ? p->to_ns : in->to_ns;

			if (to_ns - from_ns <= longest_ns)
				continue;
			longest_ns = to_ns - from_ns;
			worst = p;
			worst_vip = v;
		}
	}
	if (n_vips == 0) {
		finding_set(f, JUDGE_UNKNOWN, "no advert with such an address was captured");
		return;
	}
	if (!worst) {
		finding_set(f, JUDGE_PASS, "always advertised");
		return;
	}
	finding_set(f, longest_ns > in->check->limit_ns ? JUDGE_FAIL : JUDGE_PASS,
		    "%s had no owner for %s, from %s%s",
		    ip_text(f->arena, &in->ev->vips.at[worst_vip]), ns_text(f->arena, longest_ns),
		    ns_text(f->arena, worst->from_ns), worst->open ? " to the end of the run" : "");
	finding_ref(f, worst->before);
	finding_ref(f, worst->after);
}
