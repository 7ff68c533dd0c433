/* vipdrill judge DIR...: judges the evidence of runs again, with the rules of now. */
#include "harness/present.h"

#include <stdio.h>
#include <unistd.h>

static void print_json(const struct verdict *v)
{
	struct buf json = {0};

	verdict_json(v, &json);
	fwrite(buf_text(&json), 1, json.len, stdout);
	buf_free(&json);
}

static enum cli_exit judge_one(const char *dir, bool json)
{
	char why[512] = "";

	if (access(dir, R_OK | X_OK) < 0) {
		fprintf(stderr, "vipdrill judge: %s: there is no such run\n", dir);
		return CLI_USAGE;
	}
	struct verdict *v = present_judge(dir, why, sizeof(why));

	if (!v) {
		fprintf(stderr, "vipdrill judge: %s: %s\n", dir, why);
		return CLI_UNKNOWN;
	}
	enum cli_exit code = present_exit(v->result);

	if (json)
		print_json(v);
	else
		present_print(v, dir);
	verdict_free(v);
	return code;
}

static enum cli_exit run(const struct cli_call *call)
{
	enum cli_exit worst = CLI_PASS;
	struct present_counts counts = {0};
	bool json = cli_option(call, "--json") != NULL;

	for (int i = 0; i < call->n_operands; i++) {
		enum cli_exit code = judge_one(call->operand[i], json);

		present_count(&counts, code);
		worst = cli_worse(worst, code);
		if (!json && call->n_operands > 1 && i + 1 < call->n_operands)
			printf("\n");
	}
	if (!json && call->n_operands > 1)
		present_summary(&counts);
	return worst;
}

const struct cli_command cmd_judge = {
	.name = "judge",
	.operands = "DIR...",
	.min_operands = 1,
	.max_operands = -1,
	.summary = "judge the evidence of runs again",
	.help = "Reads the evidence that a run left in DIR (reports/runs/NAME-SEED) and writes\n"
		"verdict.json and junit.xml there. Runs nothing. Missing evidence is unknown.\n",
	.options =
		(const struct cli_option[]){{"--json", NULL, "print verdict.json to stdout", NULL},
					    {0}},
	.run = run,
};
