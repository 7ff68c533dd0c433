/* vipdrill differ FIRST SECOND: holds the evidence of two runs of one scenario against each other,
 * as when vipd takes the place of keepalived. */
#include "harness/cli.h"
#include "harness/differ/differ.h"

#include <stdio.h>
#include <string.h>

/* False: a message was printed. */
static bool read_rules(const char *path, struct differ_rules *rules)
{
	struct buf text = {0};
	char why[256] = "";
	int err = path ? buf_read_file(&text, path, 1 << 20) : 0;
	unsigned line = 0;

	if (err)
		fprintf(stderr, "vipdrill differ: %s: %s\n", path, strerror(-err));
	else
		line = differ_rules_parse(rules, buf_text(&text), why, sizeof(why));
	if (line)
		fprintf(stderr, "%s:%u: %s\n", path, line, why);
	buf_free(&text);
	return !err && !line;
}

static struct seen_run *load(const char *dir)
{
	char why[512] = "";
	struct seen_run *run = seen_load(dir, why, sizeof(why));

	if (!run)
		fprintf(stderr, "vipdrill differ: %s: %s\n", dir, why);
	return run;
}

static enum cli_exit run(const struct cli_call *call)
{
	struct differ_rules rules = {0};
	struct differ d = {0};
	struct buf out = {0};

	if (!read_rules(cli_option(call, "--expected"), &rules)) {
		differ_rules_free(&rules);
		return CLI_USAGE;
	}
	struct seen_run *first = load(call->operand[0]), *second = load(call->operand[1]);
	bool ok = first && second;

	if (ok) {
		differ_compare(&d, first, second, &rules);
		buf_printf(&out, "%s (first) and %s (second)\n", first->director, second->director);
		differ_print(&d, &rules, cli_option(call, "--all") != NULL, &out);
		buf_printf(&out, "%zu differences, %u of them unknown; %u rules without use\n",
			   d.all.n, d.unknown, d.unused);
		fputs(buf_text(&out), stdout);
	}
	enum cli_exit code = !ok ? CLI_UNKNOWN : d.unknown || d.unused ? CLI_FAIL : CLI_PASS;

	buf_free(&out);
	differ_free(&d);
	differ_rules_free(&rules);
	seen_free(first);
	seen_free(second);
	return code;
}

const struct cli_command cmd_differ = {
	.name = "differ",
	.operands = "FIRST SECOND",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "hold two runs of one scenario against each other",
	.help = "Compares adverts field by field, announcements, the kernel's addresses and what\n"
		"command steps printed, each with its time (within 1 ms). Passes where there is "
		"no\n"
		"difference but those that --expected lists, and each of those.\n",
	.options = (const struct cli_option[]){{"--expected", "FILE",
						"the differences that are meant", NULL},
					       {"--all", NULL, "print these too", NULL},
					       {0}},
	.run = run,
};
