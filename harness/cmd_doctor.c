/* vipdrill doctor [SCENARIO...]: what can run here, and what is missing. */
#include "harness/cli.h"
#include "harness/doctor.h"
#include "lib/base/must.h"

#include <stdio.h>
#include <stdlib.h>

static enum cli_exit run(const struct cli_call *call)
{
	struct scenario **scenarios = calloc((size_t)call->n_operands + 1, sizeof(void *));
	size_t n = 0;
	struct buf out = {0};
	enum cli_exit code = CLI_PASS;

	must(scenarios != NULL);
	for (int i = 0; i < call->n_operands; i++) {
		struct conf_report *report = conf_report_new();
		struct scenario *s = scenario_load(call->operand[i], report);
		struct buf problems = {0};

		conf_report_print(report, &problems);
		fputs(buf_text(&problems), stderr);
		buf_free(&problems);
		conf_report_free(report);
		if (s)
			scenarios[n++] = s;
		else
			code = CLI_USAGE;
	}
	if (!doctor_print(&out, scenarios, n))
		code = cli_worse(code, CLI_SKIPPED);
	fputs(buf_text(&out), stdout);
	for (size_t i = 0; i < n; i++)
		scenario_free(scenarios[i]);
	free(scenarios);
	buf_free(&out);
	return code;
}

const struct cli_command cmd_doctor = {
	.name = "doctor",
	.operands = "[SCENARIO...]",
	.max_operands = -1,
	.summary = "tell what can run here, and what is missing",
	.help = "Prints what each ground has, and for each SCENARIO on which of them it can run.\n"
		"Exits with 4 where something is missing.\n",
	.run = run,
};
