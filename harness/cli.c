/* Parses the command line by tables and prints the help that the tables hold. Options may stand
 * before or after operands, `--name value` or `--name=value`; `--` ends them. Whatever is not known
 * is refused with the nearest known word; nothing is guessed. */
#include "harness/cli.h"

#include "lib/base/must.h"
#include "lib/conf/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMANDS_MAX = 16, CHOICES_COLUMN = 26 };

static int n_options(const struct cli_command *c)
{
	int n = 0;

	while (c->options && c->options[n].name)
		n++;
	must(n <= CLI_OPTIONS_MAX);
	return n;
}

static void print_row(const char *name, const char *value, const char *help)
{
	int width = printf("  %s%s%s", name, value ? " " : "", value ? value : "");

	if (width >= CHOICES_COLUMN)
		width = printf("\n") - 1;
	printf("%*s%s\n", CHOICES_COLUMN - width, "", help);
}

static void help_all(const struct cli_command *const *commands)
{
	printf("vipdrill: failover drills for load balancers, in virtual time\n\n"
	       "Usage: vipdrill COMMAND [OPTIONS] ...\n\nCommands:\n");
	for (; *commands; commands++)
		print_row((*commands)->name, (*commands)->operands, (*commands)->summary);
	printf("\n`vipdrill COMMAND --help` tells more about one of them.\n"
	       "Exit codes: 0 passed, 1 a check failed, 2 bad usage or scenario,\n"
	       "            3 unknown or could not run, 4 skipped.\n");
}

static void help_command(const struct cli_command *c)
{
	printf("vipdrill %s: %s\n\nUsage: vipdrill %s%s %s\n", c->name, c->summary, c->name,
	       n_options(c) ? " [OPTIONS]" : "", c->operands);
	if (c->help)
		printf("\n%s", c->help);
	printf("\nOptions:\n");
	for (int i = 0; i < n_options(c); i++)
		print_row(c->options[i].name, c->options[i].value, c->options[i].help);
	print_row("--help", NULL, "print this");
}

static enum cli_exit usage_hint(const char *command)
{
	fprintf(stderr, "Try `vipdrill %s%s--help`.\n", command ? command : "", command ? " " : "");
	return CLI_USAGE;
}

static void did_you_mean(const char *word, const char *const *names)
{
	const char *near = conf_nearest(word, names);

	if (near)
		fprintf(stderr, "; did you mean `%s`?\n", near);
	else
		fprintf(stderr, "\n");
}

static enum cli_exit unknown_option(const struct cli_command *c, const char *word)
{
	const char *names[CLI_OPTIONS_MAX + 2];
	int n = n_options(c);

	for (int i = 0; i < n; i++)
		names[i] = c->options[i].name;
	names[n] = "--help";
	names[n + 1] = NULL;
	fprintf(stderr, "vipdrill %s: unknown option `%s`", c->name, word);
	did_you_mean(word, names);
	return usage_hint(c->name);
}

static bool is_choice(const struct cli_option *o, const char *value)
{
	if (!o->choices)
		return true;
	for (const char *const *p = o->choices; *p; p++)
		if (!strcmp(*p, value))
			return true;
	return false;
}

static enum cli_exit not_a_choice(const struct cli_command *c, const struct cli_option *o,
				  const char *value)
{
	fprintf(stderr, "vipdrill %s: `%s` is no value of %s (one of:", c->name, value, o->name);
	for (const char *const *p = o->choices; *p; p++)
		fprintf(stderr, " %s", *p);
	fprintf(stderr, ")");
	did_you_mean(value, o->choices);
	return usage_hint(c->name);
}

/* One option at argv[*i]; moves *i over a value that stands in a word of its own. */
static enum cli_exit parse_option(struct cli_call *call, int argc, char **argv, int *i)
{
	const struct cli_command *c = call->command;
	char *word = argv[*i];
	char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);

	for (int k = 0; k < n_options(c); k++) {
		const struct cli_option *o = &c->options[k];
		const char *value = equals ? equals + 1 : NULL;

		if (strlen(o->name) != len || strncmp(o->name, word, len) != 0)
			continue;
		if (!o->value && value) {
			fprintf(stderr, "vipdrill %s: %s takes no value\n", c->name, o->name);
			return usage_hint(c->name);
		}
		if (o->value && !value && *i + 1 < argc)
			value = argv[++*i];
		if (o->value && !value) {
			fprintf(stderr, "vipdrill %s: %s needs a value: %s\n", c->name, o->name,
				o->value);
			return usage_hint(c->name);
		}
		if (o->value && !is_choice(o, value))
			return not_a_choice(c, o, value);
		call->option[k] = value ? value : "";
		return CLI_PASS;
	}
	return unknown_option(c, word);
}

/* An answer that could not be printed is not given: a full disk, say. */
static enum cli_exit written(enum cli_exit result)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return result;
	fprintf(stderr, "vipdrill: standard output cannot be written\n");
	return cli_worse(result, CLI_UNKNOWN);
}

static enum cli_exit run_command(const struct cli_command *c, int argc, char **argv)
{
	const char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	struct cli_call call = {.command = c, .operand = operands};
	enum cli_exit result = CLI_PASS;
	bool only_operands = false;

	must(operands != NULL);
	for (int i = 0; i < argc && result == CLI_PASS; i++) {
		if (!only_operands && !strcmp(argv[i], "--")) {
			only_operands = true;
		} else if (!only_operands &&
			   (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))) {
			help_command(c);
			free(operands);
			return written(CLI_PASS);
		} else if (!only_operands && argv[i][0] == '-' && argv[i][1]) {
			result = parse_option(&call, argc, argv, &i);
		} else {
			operands[call.n_operands++] = argv[i];
		}
	}
	if (result == CLI_PASS && call.n_operands < c->min_operands) {
		fprintf(stderr, "vipdrill %s: %s is missing\n", c->name, c->operands);
		result = usage_hint(c->name);
	} else if (result == CLI_PASS && c->max_operands >= 0 &&
		   call.n_operands > c->max_operands) {
		fprintf(stderr, "vipdrill %s: `%s` is too much\n", c->name,
			operands[c->max_operands]);
		result = usage_hint(c->name);
	} else if (result == CLI_PASS) {
		result = written(c->run(&call));
	}
	free(operands);
	return result;
}

enum cli_exit cli_main(int argc, char **argv, const struct cli_command *const *commands)
{
	const char *names[COMMANDS_MAX + 1] = {NULL};
	int n = 0;

	if (argc < 2) {
		fprintf(stderr, "vipdrill: COMMAND is missing\n");
		return usage_hint(NULL);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help_all(commands);
		return written(CLI_PASS);
	}
	for (; commands[n]; n++) {
		must(n < COMMANDS_MAX);
		if (!strcmp(argv[1], commands[n]->name))
			return run_command(commands[n], argc - 2, argv + 2);
		names[n] = commands[n]->name;
	}
	fprintf(stderr, "vipdrill: unknown command `%s`", argv[1]);
	did_you_mean(argv[1], names);
	return usage_hint(NULL);
}

const char *cli_option(const struct cli_call *call, const char *name)
{
	for (int i = 0; i < n_options(call->command); i++)
		if (!strcmp(call->command->options[i].name, name))
			return call->option[i];
	must(!"an option of this command");
	return NULL;
}

bool cli_number(const char *text, const char *what, unsigned long long lo, unsigned long long hi,
		unsigned long long *out)
{
	char *end;

	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);

	if (text[0] < '0' || text[0] > '9' || *end || errno || n < lo || n > hi) {
		fprintf(stderr, "vipdrill: %s must be a whole number %llu..%llu, not `%s`\n", what,
			lo, hi, text);
		return false;
	}
	*out = n;
	return true;
}

enum cli_exit cli_worse(enum cli_exit a, enum cli_exit b)
{
	static const enum cli_exit worst_first[] = {CLI_USAGE, CLI_FAIL, CLI_UNKNOWN, CLI_SKIPPED};

	for (size_t i = 0; i < sizeof(worst_first) / sizeof(worst_first[0]); i++)
		if (a == worst_first[i] || b == worst_first[i])
			return worst_first[i];
	return CLI_PASS;
}
