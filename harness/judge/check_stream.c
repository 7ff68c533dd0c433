/* stream TRAFFIC silent under D: the longest series of lost probes, as time (probes x spacing). */
#include "harness/judge/check.h"

void check_stream(const struct check_input *in, struct finding *f)
{
	const struct stream_figures *s = NULL;

	for (size_t i = 0; i < in->m->streams.n; i++)
		if (in->m->streams.at[i].traffic == in->check->traffic)
			s = &in->m->streams.at[i];
	if (!s || s->sent == 0) {
		finding_set(f, JUDGE_UNKNOWN, "the history knows no probe of it");
		return;
	}
	if (!s->whole) {
		finding_set(f, JUDGE_UNKNOWN, "the history does not tell the end of every probe");
		return;
	}
	if (s->longest.length_ns == 0) {
		finding_set(f, JUDGE_PASS, "no probe of %lld was lost", (long long)s->sent);
		return;
	}
	finding_set(f, s->longest.length_ns < in->check->limit_ns ? JUDGE_PASS : JUDGE_FAIL,
		    "silent for %s from %s (probes %lld to %lld); %lld of %lld lost",
		    ns_text(f->arena, s->longest.length_ns), ns_text(f->arena, s->longest.from_ns),
		    (long long)s->longest.first, (long long)s->longest.last, (long long)s->lost,
		    (long long)s->sent);
	finding_ref(f, s->longest.ref);
}
