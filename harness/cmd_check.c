/* vipdrill check FILE...: reads scenario files and reports everything that is wrong with them. */
#include "harness/cli.h"
#include "harness/scenario/scenario.h"

#include <stdio.h>

static void print_summary(const struct scenario *s)
{
	unsigned steps = 0, checks = 0;

	for (const struct scn_step *p = s->steps; p; p = p->next)
		steps++;
	for (const struct scn_check *c = s->checks; c; c = c->next)
		checks++;
	printf("%s: %s: %u node%s, %u step%s, %u check%s\n", s->path, s->name, s->n_nodes,
	       s->n_nodes == 1 ? "" : "s", steps, steps == 1 ? "" : "s", checks,
	       checks == 1 ? "" : "s");
}

static enum cli_exit check_one(const char *path)
{
	struct conf_report *report = conf_report_new();
	struct scenario *s = scenario_load(path, report);
	struct buf problems = {0};

	conf_report_print(report, &problems);
	fputs(buf_text(&problems), stderr);
	if (s)
		print_summary(s);
	enum cli_exit code = s ? CLI_PASS : CLI_USAGE;

	scenario_free(s);
	conf_report_free(report);
	buf_free(&problems);
	return code;
}

static enum cli_exit run(const struct cli_call *call)
{
	enum cli_exit worst = CLI_PASS;

	for (int i = 0; i < call->n_operands; i++)
		worst = cli_worse(worst, check_one(call->operand[i]));
	return worst;
}

const struct cli_command cmd_check = {
	.name = "check",
	.operands = "FILE...",
	.min_operands = 1,
	.max_operands = -1,
	.summary = "read scenario files without running them",
	.help = "Prints every problem with its file, line and column, and exits with 2 if there "
		"was\n"
		"one that keeps a scenario from running.\n",
	.run = run,
};
