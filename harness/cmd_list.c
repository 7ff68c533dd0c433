/* vipdrill list [DIR]: the scenarios below a folder, with what each is about. */
#include "harness/cli.h"
#include "harness/project.h"
#include "harness/scenario/scenario.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_shown(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* The first sentence of the comment above the scenario. */
static void print_one(const struct scenario *s)
{
	const char *end = s->summary ? strstr(s->summary, ". ") : NULL;
	int n = s->summary ? (int)(end ? end + 1 - s->summary : (long)strlen(s->summary)) : 0;

	printf("%s\n    %.*s\n    ", s->path, n, s->summary ? s->summary : "");
	printf("%.0f s", (double)s->duration_ns / 1e9);
	for (int i = 0; s->directors && s->directors[i]; i++)
		printf("%s %s", i ? "," : "; with", s->directors[i]);
	for (int i = 0; scn_need_names[i]; i++)
		if (s->needs & 1U << i)
			printf("; needs %s", scn_need_names[i]);
	printf("\n");
}

static enum cli_exit list_file(const char *path)
{
	struct conf_report *report = conf_report_new();
	struct scenario *s = scenario_load(path, report);
	enum cli_exit code = s ? CLI_PASS : CLI_USAGE;

	if (s)
		print_one(s);
	else
		printf("%s\n    cannot be read: see `vipdrill check %s`\n", path, path);
	scenario_free(s);
	conf_report_free(report);
	return code;
}

static enum cli_exit list_folder(struct arena *a, const char *folder)
{
	struct dirent **entries;
	int n = scandir(folder, &entries, is_shown, alphasort);
	enum cli_exit worst = CLI_PASS;

	if (n < 0) {
		fprintf(stderr, "vipdrill list: cannot read the folder %s\n", folder);
		return CLI_USAGE;
	}
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		const char *path = arena_printf(a, "%s/%s", folder, name);
		size_t len = strlen(name);
		DIR *below = opendir(path);

		if (below) {
			closedir(below);
			worst = cli_worse(worst, list_folder(a, path));
		} else if (len > 4 && !strcmp(name + len - 4, ".scn")) {
			worst = cli_worse(worst, list_file(path));
		}
		free(entries[i]);
	}
	free(entries);
	return worst;
}

static enum cli_exit run(const struct cli_call *call)
{
	struct arena *a = arena_new();
	const char *folder = call->n_operands ? call->operand[0] : "scenarios";

	if (!call->n_operands && access(folder, X_OK) < 0)
		folder = arena_printf(a, "%s/scenarios", project_root(a));
	enum cli_exit code = list_folder(a, folder);

	arena_free(a);
	return code;
}

const struct cli_command cmd_list = {
	.name = "list",
	.operands = "[DIR]",
	.max_operands = 1,
	.summary = "list scenarios",
	.help = "Lists the scenario files (.scn) in DIR and below; DIR is scenarios/ unless "
		"given.\n",
	.run = run,
};
