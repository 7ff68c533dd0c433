/* vipctl: asks and orders a running vipd over its control socket (daemon/control/control.h has the
 * lines that are spoken). Here are the command line, the connection and the exit codes; what people
 * read is made in control/vipctl.c.
 */
#include "daemon/control/vipctl.h"
#include "daemon/control/control.h"
#include "daemon/control/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_NO_DAEMON = 3 };

struct order {
	const char *socket;
	bool json, force;
	const struct command *command;
	char **args;
};

struct command {
	const char *name, *args, *help;
	int n_args;
	/* Adds the arguments to the request. False: it has said why not. */
	bool (*fill)(const struct order *o, json_t *request);
	void (*print)(const json_t *answer, struct buf *out); /* NULL: says nothing */
};

static bool fill_instance(const struct order *o, json_t *request)
{
	json_object_set_new(request, "instance", json_string(o->args[0]));
	json_object_set_new(request, "force", json_boolean(o->force));
	return true;
}

static bool fill_priority(const struct order *o, json_t *request)
{
	char *end;
	long n = strtol(o->args[1], &end, 10);

	if (strcmp(o->args[1], "configured") == 0) {
		n = 0;
	} else if (*end || end == o->args[1] || n < 1 || n > 254) {
		fprintf(stderr, "vipctl: priority %s: expected 1..254, or configured\n",
			o->args[1]);
		return false;
	}
	json_object_set_new(request, "priority", json_integer(n));
	return fill_instance(o, request);
}

static bool fill_level(const struct order *o, json_t *request)
{
	json_object_set_new(request, "level", json_string(o->args[0]));
	return true;
}

static const struct command commands[] = {
	{"status", "", "what runs, and how many instances are in which state", 0, NULL,
	 vipctl_print_status},
	{"instances", "", "each instance: state, priority, addresses", 0, NULL,
	 vipctl_print_instances},
	{"stats", "", "what each instance has counted", 0, NULL, vipctl_print_stats},
	{"handover", "INSTANCE", "let another director take over, say how long it took", 1,
	 fill_instance, vipctl_print_handover},
	{"priority", "INSTANCE N|configured", "another base priority until the next reload", 2,
	 fill_priority, NULL},
	{"reload", "", "read the configuration again", 0, NULL, NULL},
	{"log", "error|warning|info|detail", "what is logged from now on", 1, fill_level, NULL},
	{"watch", "", "the instances, then each event as it happens", 0, NULL,
	 vipctl_print_instances},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fputs("Usage: vipctl [--socket=PATH] [--json] COMMAND [ARGUMENT...]\n"
	      "Asks and orders a running vipd.\n\n",
	      out);
	for (size_t i = 0; i < N_COMMANDS; i++) {
		char what[64];

		snprintf(what, sizeof(what), "%s%s%s", commands[i].name,
			 *commands[i].args ? " " : "", commands[i].args);
		fprintf(out, "  %-32s %s\n", what, commands[i].help);
	}
	fputs("\n  -S, --socket=PATH                default " VIPD_CONTROL_PATH "\n"
	      "  -j, --json                       the answer as it came, a line of JSON\n"
	      "  -f, --force                      handover: though no other router was ever heard\n"
	      "  -v, --version\n"
	      "  -h, --help\n\n"
	      "Exit codes: 0 done, 1 refused or failed, 2 usage, 3 no vipd is there.\n",
	      out);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* ---- the conversation ---------------------------------------------------------------------- */

static FILE *reach(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int n = snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *f = NULL;

	if (n < 0 || (size_t)n >= sizeof(at.sun_path))
		errno = ENAMETOOLONG;
	else if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		f = fdopen(fd, "r+");
	if (f)
		return f;
	fprintf(stderr, "vipctl: %s: %s\n", path,
		errno == ENOENT || errno == ECONNREFUSED ? "no vipd listens there"
		: errno == EACCES ? "not permitted; the socket's owner and group may"
				  : strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void print(const struct order *o, const json_t *answer, const char *line, bool event)
{
	struct buf text = {0};

	if (o->json)
		buf_puts(&text, line);
	else if (event)
		vipctl_print_event(answer, &text);
	else if (o->command->print)
		o->command->print(answer, &text);
	fputs(buf_text(&text), stdout);
	fflush(stdout);
	buf_free(&text);
}

/* A line of the daemon. -1: it said no more. */
static int take_line(const struct order *o, FILE *f, bool event)
{
	size_t cap = 0;
	char *line = NULL;
	ssize_t n = getline(&line, &cap, f);
	json_t *answer = n > 0 ? json_loadb(line, (size_t)n, 0, NULL) : NULL;
	int code = -1;

	if (answer) {
		bool ok = event || json_is_true(json_object_get(answer, "ok"));
		const char *error = json_string_value(json_object_get(answer, "error"));

		code = ok ? EXIT_DONE : EXIT_REFUSED;
		if (ok || o->json)
			print(o, answer, line, event);
		else
			fprintf(stderr, "vipctl: %s\n", error ? error : "refused");
	}
	json_decref(answer);
	free(line);
	return code;
}

static int converse(const struct order *o, const json_t *request)
{
	FILE *f = reach(o->socket);
	int code;

	if (!f)
		return EXIT_NO_DAEMON;
	if (json_dumpf(request, f, JSON_COMPACT) < 0 || fputc('\n', f) == EOF || fflush(f))
		code = -1;
	else
		code = take_line(o, f, false);
	if (code == EXIT_DONE && strcmp(o->command->name, "watch") == 0)
		while (take_line(o, f, true) == EXIT_DONE)
			continue;
	if (code < 0) {
		fputs("vipctl: vipd ended the connection without an answer\n", stderr);
		code = EXIT_NO_DAEMON;
	}
	fclose(f);
	return code;
}

static int obey(struct order *o, int n_words, char **words)
{
	const char *name = n_words ? words[0] : NULL;
	int code;

	o->command = name ? find_command(name) : NULL;
	if (!o->command) {
		fprintf(stderr,
			name ? "vipctl: there is no command %s; --help lists them\n"
			     : "vipctl: a command is missing; --help lists them\n",
			name);
		return EXIT_USAGE;
	}
	if (n_words - 1 != o->command->n_args) {
		fprintf(stderr, "Usage: vipctl %s %s\n", name, o->command->args);
		return EXIT_USAGE;
	}
	o->args = words + 1;
	json_t *request = json_pack("{s:s}", "command", name);

	code = !o->command->fill || o->command->fill(o, request) ? converse(o, request)
								 : EXIT_USAGE;
	json_decref(request);
	return code;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{"socket", required_argument, NULL, 'S'}, {"json", no_argument, NULL, 'j'},
		{"force", no_argument, NULL, 'f'},	  {"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},	  {NULL, 0, NULL, 0}};
	struct order o = {.socket = VIPD_CONTROL_PATH};
	int key;

	while ((key = getopt_long(argc, argv, "S:jfvh", longs, NULL)) != -1) {
		switch (key) {
		case 'S':
			o.socket = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'f':
			o.force = true;
			break;
		case 'v':
			puts("vipctl of " VIPD_VERSION_TEXT);
			return EXIT_DONE;
		case 'h':
			usage(stdout);
			return EXIT_DONE;
		default:
			return EXIT_USAGE;
		}
	}
	return obey(&o, argc - optind, argv + optind);
}
