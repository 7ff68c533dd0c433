/* From a run's folder to its verdict in files and on the terminal; used by run and judge.
 */
#ifndef HARNESS_PRESENT_H
#define HARNESS_PRESENT_H

#include "harness/cli.h"
#include "harness/judge/verdict.h"

/* Judges DIR, writes verdict.json and junit.xml into it. NULL and a line in why. */
struct verdict *present_judge(const char *dir, char *why, size_t why_bytes);
/* Timeline, waterfalls, checks, and the verdict's line with the folder; to stdout. */
void present_print(const struct verdict *v, const char *dir);
enum cli_exit present_exit(enum judge_result r);
/* For several runs: the last line, "N passed, N failed, N unknown, N skipped". */
struct present_counts {
	unsigned pass, fail, unknown, skipped;
};
void present_count(struct present_counts *c, enum cli_exit code);
void present_summary(const struct present_counts *c);

#endif
