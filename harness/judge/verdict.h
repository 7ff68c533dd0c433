/* The verdict of a run: every check's finding, merged, with the figures; and its JSON.
 *
 * fail before unknown before pass. What is wrong with the evidence itself is a finding of its own
 * ("evidence"), and it makes unknown whatever rests on it: a damaged capture the checks that read
 * captures, anything else all of them. A step that could not be done makes the run unknown.
 */
#ifndef HARNESS_JUDGE_VERDICT_H
#define HARNESS_JUDGE_VERDICT_H

#include "harness/judge/check.h"

struct verdict {
	struct evidence *ev;
	struct meter *m;
	enum judge_result result;
	unsigned n_checks;
	const struct scn_check **checks; /* as in the scenario */
	struct finding *findings;	 /* one for each check */
	unsigned n_pass, n_fail, n_unknown;
};

/* Judges evidence that was loaded; takes it over. Pure. */
struct verdict *verdict_new(struct evidence *ev);
void verdict_free(struct verdict *v);

/* DIR's verdict; NULL and a line in why where there is no scenario to judge by. */
struct verdict *verdict_load(const char *dir, char *why, size_t why_bytes);

/* The bytes of verdict.json: they depend on the evidence alone. */
void verdict_json(const struct verdict *v, struct buf *out);
const char *judge_result_name(enum judge_result r); /* "pass" */
/* "outer.pcapng#123", "history.jsonl:45" */
const char *ref_text(const struct verdict *v, struct ev_ref ref);

#endif
