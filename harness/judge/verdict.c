/* Merges findings into a verdict. Pure. The JSON is in verdict_json.c. */
#include "harness/judge/verdict.h"

const char *judge_result_name(enum judge_result r)
{
	switch (r) {
	case JUDGE_PASS:
		return "pass";
	case JUDGE_FAIL:
		return "fail";
	case JUDGE_UNKNOWN:
		return "unknown";
	}
	return "?";
}

const char *ref_text(const struct verdict *v, struct ev_ref ref)
{
	struct arena *a = v->m->arena;

	if (ref.file == EV_HISTORY)
		return arena_printf(a, "history.jsonl:%llu", (unsigned long long)ref.number);
	return arena_printf(a, "%s#%llu", v->ev->captures.at[ref.file - 1].file,
			    (unsigned long long)ref.number);
}

static enum judge_result worse(enum judge_result a, enum judge_result b)
{
	if (a == JUDGE_FAIL || b == JUDGE_FAIL)
		return JUDGE_FAIL;
	return a == JUDGE_UNKNOWN || b == JUDGE_UNKNOWN ? JUDGE_UNKNOWN : JUDGE_PASS;
}

/* The flaw that keeps a check from being judged, or NULL. A step that failed spoils the run, not
 * what the other steps showed. */
static const struct ev_flaw *flaw_for(const struct evidence *ev, const struct scn_check *c)
{
	for (size_t i = 0; i < ev->flaws.n; i++) {
		const struct ev_flaw *f = &ev->flaws.at[i];

		if (!f->run_only && (!f->captures_only || check_needs_captures(c->kind)))
			return f;
	}
	return NULL;
}

static void judge_one(struct verdict *v, const struct scn_check *c, struct finding *f)
{
	const struct ev_flaw *flaw = flaw_for(v->ev, c);

	f->arena = v->m->arena;
	if (flaw) {
		finding_set(f, JUDGE_UNKNOWN, "%s", flaw->text);
		finding_ref(f, flaw->ref);
	} else {
		check_run(v->ev, v->m, c, f);
	}
	v->n_pass += f->result == JUDGE_PASS;
	v->n_fail += f->result == JUDGE_FAIL;
	v->n_unknown += f->result == JUDGE_UNKNOWN;
	v->result = worse(v->result, f->result);
}

struct verdict *verdict_new(struct evidence *ev)
{
	struct verdict *v = calloc(1, sizeof(*v));

	must(v != NULL);
	v->ev = ev;
	v->m = meter_new(ev);
	v->result = ev->flaws.n ? JUDGE_UNKNOWN : JUDGE_PASS;
	for (const struct scn_check *c = ev->scenario->checks; c; c = c->next)
		v->n_checks++;
	v->checks = arena_array(v->m->arena, v->n_checks, sizeof(struct scn_check *));
	v->findings = arena_array(v->m->arena, v->n_checks, sizeof(*v->findings));
	unsigned i = 0;

	for (const struct scn_check *c = ev->scenario->checks; c; c = c->next, i++) {
		v->checks[i] = c;
		judge_one(v, c, &v->findings[i]);
	}
	if (v->n_checks == 0 && v->result == JUDGE_PASS)
		v->result = JUDGE_UNKNOWN; /* nothing was expected: nothing was shown */
	return v;
}

void verdict_free(struct verdict *v)
{
	if (!v)
		return;
	meter_free(v->m);
	evidence_free(v->ev);
	free(v);
}
