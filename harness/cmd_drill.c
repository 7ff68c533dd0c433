/* Runs one drill and tells of it: problems and progress on stderr, the report on stdout. */
#include "harness/drill.h"
#include "harness/present.h"
#include "harness/project.h"
#include "lib/base/mono.h"
#include "reports/junit.h"
#include "reports/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is known of a drill while it goes through its stages. */
struct course {
	struct drill *d;
	struct arena *a;
	struct scenario *s;
	struct run_order order;
	struct rundir dir;
	struct progress progress;
	int64_t real_ns;
	const char *name;
	char why[1024];
};

static json_t *record_of(const struct course *c, const char *result, const struct verdict *v)
{
	json_t *r = json_object();

	json_object_set_new(r, "scenario", json_string(c->s ? c->s->name : c->d->path));
	json_object_set_new(r, "file", json_string(c->d->path));
	if (c->order.director)
		json_object_set_new(r, "director", json_string(c->order.director));
	json_object_set_new(r, "seed", json_integer((json_int_t)c->order.seed));
	json_object_set_new(r, "result", json_string(result));
	if (v) {
		json_object_set_new(r, "pass", json_integer(v->n_pass));
		json_object_set_new(r, "fail", json_integer(v->n_fail));
		json_object_set_new(r, "unknown", json_integer(v->n_unknown));
		json_object_set_new(r, "dir", json_string(c->dir.final));
		json_object_set_new(r, "real_ms", json_integer(c->real_ns / NS_PER_MS));
	}
	if (c->why[0])
		json_object_set_new(r, "reason", json_string(c->why));
	return r;
}

/* A scenario's name in place of its file: say where the file is. */
static void suggest_file(struct course *c)
{
	const char *path = arena_printf(c->a, "%s/scenarios/%s%s", project_root(c->a), c->d->path,
					strstr(c->d->path, ".scn") ? "" : ".scn");

	if (access(c->d->path, F_OK) < 0 && access(path, R_OK) == 0)
		fprintf(stderr, "vipdrill run: did you mean `%s`?\n", project_short(c->a, path));
}

static enum cli_exit load(struct course *c)
{
	struct conf_report *report = conf_report_new();
	struct buf problems = {0};

	c->s = scenario_load(c->d->path, report);
	conf_report_print(report, &problems);
	fputs(buf_text(&problems), stderr);
	buf_free(&problems);
	conf_report_free(report);
	if (!c->s) {
		suggest_file(c);
		snprintf(c->why, sizeof(c->why), "the scenario cannot be read");
		return CLI_USAGE;
	}
	c->order.director = drill_director(c->s, c->d->director);
	if (c->order.director)
		return CLI_PASS;
	snprintf(c->why, sizeof(c->why), "the scenario has no director `%s`", c->d->director);
	fprintf(stderr, "vipdrill run: %s: %s (it has:", c->d->path, c->why);
	for (int i = 0; c->s->directors && c->s->directors[i]; i++)
		fprintf(stderr, " %s", c->s->directors[i]);
	fprintf(stderr, ")\n");
	return CLI_USAGE;
}

static void fill_order(struct course *c)
{
	const struct drill *d = c->d;

	c->order.seed = d->has_seed ? d->seed : c->s->seed;
	c->order.virtual_time = d->virtual_time;
	c->order.watchdog_ms = d->watchdog_ms;
	c->order.vipd_path = d->vipd_path;
	c->order.keepalived_path = project_program(c->a, "keepalived");
	c->name = drill_name(c->a, c->s, c->order.director, c->order.seed);
}

/* Whether something is missing here: then the drill is skipped, and says what. */
static bool skips(struct course *c)
{
	struct buf missing = {0};

	drill_missing(c->s, c->d->ground, &c->order, &missing);
	if (missing.len) {
		snprintf(c->why, sizeof(c->why), "missing: %s", buf_text(&missing));
		if (!c->d->quiet)
			printf("SKIPPED  %s: %s\n", c->name, c->why);
	}
	buf_free(&missing);
	return c->why[0] != '\0';
}

static void write_timing(struct course *c, const struct verdict *v, int64_t judge_ns)
{
	struct buf text = {0};

	buf_printf(&text,
		   "{\n  \"virtual_ns\": %lld,\n  \"real_ns\": %lld,\n  \"judge_ns\": %lld\n}\n",
		   (long long)v->ev->end_ns, (long long)c->real_ns, (long long)judge_ns);
	rundir_write(c->dir.final, "timing.json", buf_text(&text), text.len);
	buf_free(&text);
}

/* Everything that the run depends on, in one line that can be pasted. */
static const char *repeat_command(const struct course *c)
{
	const struct drill *d = c->d;
	bool lab = !strcmp(d->ground->name, "lab");

	return arena_printf(
		c->a, "%s%s%s --seed %llu --director %s%s%s %s",
		access("run-tests.sh", X_OK) == 0 ? "./run-tests.sh" : "vipdrill run",
		lab ? "" : " --ground host", lab && !d->virtual_time ? " --clock real" : "",
		(unsigned long long)c->order.seed, c->order.director,
		d->vipd_given ? " --vipd " : "", d->vipd_given ? d->vipd_path : "", d->path);
}

static void tell(struct course *c, const struct verdict *v)
{
	present_print(v, c->dir.final);
	printf("%.1f s of the run in %.1f s\n", (double)v->ev->end_ns / 1e9,
	       (double)c->real_ns / 1e9);
	if (c->why[0])
		printf("The run did not end well: %s\n", c->why);
	if (v->result != JUDGE_PASS)
		printf("Run it again: %s\n", repeat_command(c));
	fflush(stdout);
}

static enum cli_exit judge(struct course *c, json_t **record)
{
	char why[512] = "";
	mono_t before = mono_now();
	struct verdict *v = present_judge(c->dir.final, why, sizeof(why));

	if (!v) {
		fprintf(stderr, "vipdrill run: %s: %s\n", c->name, why);
		snprintf(c->why, sizeof(c->why), "%s", why);
		return CLI_UNKNOWN;
	}
	write_timing(c, v, mono_diff(mono_now(), before));
	if (!c->d->quiet)
		tell(c, v);
	*record = record_of(c, judge_result_name(v->result), v);
	enum cli_exit code = present_exit(v->result);

	verdict_free(v);
	return code;
}

static enum cli_exit execute(struct course *c, json_t **record)
{
	c->dir = (struct rundir){.runs = c->d->runs, .name = c->name};
	int err = rundir_create(&c->dir, c->a, c->s, c->why, sizeof(c->why));

	if (err) {
		fprintf(stderr, "vipdrill run: %s\n", c->why);
		return CLI_UNKNOWN;
	}
	c->order.dir = c->dir.work;
	c->order.scenario_path = arena_printf(c->a, "%s/inputs/scenario.scn", c->dir.work);
	c->progress = progress_start(c->name, c->s->duration_ns);
	struct drill_ear ear = {.progress = c->d->no_progress ? NULL : progress_show,
				.ctx = &c->progress,
				.why = c->why,
				.why_bytes = sizeof(c->why)};
	enum ground_result result = drill_execute(c->d, &c->order, &c->dir, &ear);

	c->real_ns = progress_real_ns(&c->progress);
	progress_end(&c->progress);
	if (result != GROUND_DONE)
		fprintf(stderr, "vipdrill run: %s: %s\n", c->name,
			result == GROUND_INTERRUPTED ? "interrupted" : c->why);
	c->d->interrupted = result == GROUND_INTERRUPTED;
	if (result == GROUND_INTERRUPTED)
		snprintf(c->why, sizeof(c->why), "interrupted");
	return c->dir.work ? judge(c, record) : CLI_UNKNOWN;
}

static const char *name_of(enum cli_exit code)
{
	return code == CLI_SKIPPED ? "skipped" : code == CLI_USAGE ? "invalid" : "unknown";
}

enum cli_exit drill_run(struct drill *d, json_t **record)
{
	struct course c = {.d = d, .a = arena_new()};
	enum cli_exit code = load(&c);

	*record = NULL;
	if (code == CLI_PASS) {
		fill_order(&c);
		code = skips(&c) ? CLI_SKIPPED : execute(&c, record);
	}
	if (!*record)
		*record = record_of(&c, name_of(code), NULL);
	scenario_free(c.s);
	arena_free(c.a);
	return code;
}
