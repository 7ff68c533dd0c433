/* The command line of vipdrill: commands and their options as tables, so that help, parsing and
 * "did you mean" come from one place.
 */
#ifndef HARNESS_CLI_H
#define HARNESS_CLI_H

#include <stdbool.h>

/* What every command answers with (fixed; scripts rely on it). */
enum cli_exit {
	CLI_PASS = 0,
	CLI_FAIL = 1,	 /* a check failed */
	CLI_USAGE = 2,	 /* bad usage, bad scenario */
	CLI_UNKNOWN = 3, /* unknown, or could not run */
	CLI_SKIPPED = 4	 /* something that is needed is missing here */
};

#define CLI_OPTIONS_MAX 16

struct cli_option {
	const char *name;	    /* with its dashes: "--seed" */
	const char *value;	    /* "N": the option takes a value; NULL: it does not */
	const char *help;	    /* one line */
	const char *const *choices; /* the only values allowed; NULL: any */
};

struct cli_call; /* one parsed command line */

struct cli_command {
	const char *name;
	const char *operands; /* "SCENARIO..."; in brackets where none is needed */
	int min_operands;
	int max_operands; /* -1: any number */
	const char *summary;
	const char *help;		  /* more lines for `vipdrill NAME --help`, or NULL */
	const struct cli_option *options; /* ends with a row of zeros; NULL: none */
	enum cli_exit (*run)(const struct cli_call *call);
};

struct cli_call {
	const struct cli_command *command;
	const char *option[CLI_OPTIONS_MAX]; /* by row: the value, "" for one without, NULL: not
						given */
	const char *const *operand;
	int n_operands;
};

/* The value of an option that was given, "" for one without value, else NULL. */
const char *cli_option(const struct cli_call *call, const char *name);
/* A whole number lo..hi, or false and a message on stderr. */
bool cli_number(const char *text, const char *what, unsigned long long lo, unsigned long long hi,
		unsigned long long *out);
/* Runs the command that argv names; argv[0] is the program. commands ends with NULL. */
enum cli_exit cli_main(int argc, char **argv, const struct cli_command *const *commands);
/* Of two answers the one that a run of several ends with: 2, 1, 3, 4, 0 in this order. */
enum cli_exit cli_worse(enum cli_exit a, enum cli_exit b);

extern const struct cli_command cmd_run;
extern const struct cli_command cmd_judge;
extern const struct cli_command cmd_check;
extern const struct cli_command cmd_list;
extern const struct cli_command cmd_doctor;
extern const struct cli_command cmd_differ;

#endif
