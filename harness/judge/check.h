/* Checks: each takes the evidence and the meter's figures and says pass, fail or unknown, in one
 * line, with the places where the evidence stands. One file for each kind of check (check_*.c); all
 * pure.
 *
 * A check says unknown only for what it itself cannot see (no such traffic, no such entry). What is
 * wrong with the evidence as a whole (evidence.flaws) is the verdict's business.
 */
#ifndef HARNESS_JUDGE_CHECK_H
#define HARNESS_JUDGE_CHECK_H

#include "harness/judge/evidence.h"
#include "harness/judge/meter.h"

enum judge_result { JUDGE_PASS, JUDGE_FAIL, JUDGE_UNKNOWN };

struct finding {
	struct arena *arena;
	enum judge_result result;
	const char *text;
	unsigned n_refs;
	struct ev_ref refs[EV_REFS_MAX];
};

/* What every check gets. */
struct check_input {
	const struct evidence *ev;
	const struct meter *m;
	const struct scn_check *check;
	/* Its window, without to_ns itself: what a step does at 10s is not of `to 10s`. To the end
	 * of the run where none is stated. */
	int64_t from_ns, to_ns;
};

typedef void check_fn(const struct check_input *in, struct finding *f);

check_fn check_owner;
check_fn check_failover;
check_fn check_two_masters;
check_fn check_no_master;
check_fn check_announced;
check_fn check_client_entry;
check_fn check_sessions;
check_fn check_stream;
check_fn check_ipvs;
check_fn check_transitions;
check_fn check_quiet;

/* Runs the check that its kind names. f->arena must be set. */
void check_run(const struct evidence *ev, const struct meter *m, const struct scn_check *check,
	       struct finding *f);
/* The name of a kind as scenarios write it ("two-masters"). */
const char *check_kind_name(enum scn_check_kind kind);
/* Whether what it finds rests on captures. */
bool check_needs_captures(enum scn_check_kind kind);

/* ---- for the checks themselves ------------------------------------------------------------- */

void finding_set(struct finding *f, enum judge_result result, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Keeps the first EV_REFS_MAX; one that stands nowhere is left out. */
void finding_ref(struct finding *f, struct ev_ref ref);
/* "3.609375s", "12.5ms", "2.792us", "0s": the largest unit that gives a whole part; rounded to
 * microseconds from 1 ms on. */
const char *ns_text(struct arena *a, int64_t ns);
const char *ip_text(struct arena *a, const struct wire_ip *ip);
/* The addresses that a check is about: true where address i is. */
bool check_about(const struct check_input *in, unsigned vip);
/* The index of a scenario's node in the evidence. */
unsigned check_node(const struct check_input *in, const struct scn_node *node);
bool in_window(const struct check_input *in, int64_t t_ns);

#endif
