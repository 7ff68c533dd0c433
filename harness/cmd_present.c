/* What `run` and `judge` have in common: judge a folder, write the reports, print. */
#include "harness/present.h"
#include "harness/project.h"
#include "harness/rundir.h"
#include "reports/junit.h"
#include "reports/terminal.h"

#include <stdio.h>

struct verdict *present_judge(const char *dir, char *why, size_t why_bytes)
{
	struct verdict *v = verdict_load(dir, why, why_bytes);
	struct buf json = {0}, junit = {0};

	if (!v)
		return NULL;
	verdict_json(v, &json);
	junit_print(v, &junit);
	int err = rundir_write(dir, "verdict.json", buf_text(&json), json.len);

	if (!err)
		err = rundir_write(dir, "junit.xml", buf_text(&junit), junit.len);
	buf_free(&json);
	buf_free(&junit);
	if (!err)
		return v;
	snprintf(why, why_bytes, "cannot write the verdict to %s: %s", dir, strerror(-err));
	verdict_free(v);
	return NULL;
}

static const char *word_of(enum judge_result r)
{
	switch (r) {
	case JUDGE_PASS:
		return "PASS";
	case JUDGE_FAIL:
		return "FAIL";
	case JUDGE_UNKNOWN:
		return "UNKNOWN";
	}
	return "?";
}

void present_print(const struct verdict *v, const char *dir)
{
	struct term t = term_of(stdout);
	const struct ev_start *s = &v->ev->start;
	struct arena *a = v->m->arena;
	struct buf out = {0};

	term_put(&out, &t, TONE_BOLD, v->ev->scenario->name);
	if (s->seen)
		buf_printf(&out, "  seed %llu, %s, %s ground, %s time, kernel %s",
			   (unsigned long long)s->seed, s->director, s->ground, s->clock,
			   s->kernel);
	buf_puts(&out, "\n\n");
	terminal_print(v, &t, &out);
	buf_putc(&out, '\n');
	term_put(&out, &t, term_tone_of(v->result), word_of(v->result));
	buf_printf(&out, "  %s: %u passed, %u failed, %u unknown; evidence in %s\n",
		   v->ev->scenario->name, v->n_pass, v->n_fail, v->n_unknown,
		   project_short(a, dir));
	fwrite(buf_text(&out), 1, out.len, stdout);
	fflush(stdout);
	buf_free(&out);
}

enum cli_exit present_exit(enum judge_result r)
{
	switch (r) {
	case JUDGE_PASS:
		return CLI_PASS;
	case JUDGE_FAIL:
		return CLI_FAIL;
	case JUDGE_UNKNOWN:
		return CLI_UNKNOWN;
	}
	return CLI_UNKNOWN;
}

void present_count(struct present_counts *c, enum cli_exit code)
{
	switch (code) {
	case CLI_PASS:
		c->pass++;
		break;
	case CLI_FAIL:
		c->fail++;
		break;
	case CLI_USAGE:
	case CLI_UNKNOWN:
		c->unknown++;
		break;
	case CLI_SKIPPED:
		c->skipped++;
		break;
	}
}

void present_summary(const struct present_counts *c)
{
	printf("%u passed, %u failed, %u unknown, %u skipped\n", c->pass, c->fail, c->unknown,
	       c->skipped);
	fflush(stdout);
}
