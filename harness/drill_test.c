/* Drills on a ground that only pretends: what is skipped, what every end of a run leaves and
 * answers, that a newer run takes the older one's place, that what a dead harness left is removed.
 */
#include "harness/drill.h"
#include "harness/judge/fixture.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned has_everything(void)
{
	return UINT32_MAX;
}

static unsigned has_nothing(void)
{
	return 0;
}

static const char *nothing_missing(void)
{
	return NULL;
}

static const char *all_missing(void)
{
	return "there is no such machine";
}

static enum ground_result leave_silence(const struct run_order *o,
					void (*progress)(void *, const struct ground_progress *),
					void *ctx, char *why, size_t why_bytes)
{
	(void)progress;
	(void)ctx;
	(void)why;
	(void)why_bytes;
	make_run("silence", o->dir);
	return GROUND_DONE;
}

static enum ground_result stick(const struct run_order *o,
				void (*progress)(void *, const struct ground_progress *), void *ctx,
				char *why, size_t why_bytes)
{
	(void)progress;
	(void)ctx;
	snprintf(why, why_bytes, "time stands still: spin (pid 7) never sleeps");
	make_run("no-end", o->dir);
	return GROUND_STUCK;
}

static enum ground_result fail_at_once(const struct run_order *o,
				       void (*progress)(void *, const struct ground_progress *),
				       void *ctx, char *why, size_t why_bytes)
{
	(void)o;
	(void)progress;
	(void)ctx;
	snprintf(why, why_bytes, "the kernel does not boot");
	return GROUND_FAILED;
}

static enum ground_result interrupt(const struct run_order *o,
				    void (*progress)(void *, const struct ground_progress *),
				    void *ctx, char *why, size_t why_bytes)
{
	(void)progress;
	(void)ctx;
	(void)why;
	(void)why_bytes;
	make_run("no-end", o->dir);
	return GROUND_INTERRUPTED;
}

struct place {
	char dir[64];
	char scenario[128];
	char runs[128];
};

static struct place make_place(const char *fixture)
{
	struct place p = {.dir = "/tmp/vipdrill-drill-XXXXXX"};

	assert_non_null(mkdtemp(p.dir));
	snprintf(p.scenario, sizeof(p.scenario), "%s/inputs/scenario.scn", p.dir);
	snprintf(p.runs, sizeof(p.runs), "%s/runs", p.dir);
	make_run(fixture, p.dir);
	return p;
}

static bool exists(const struct place *p, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", p->runs, name);
	return access(path, F_OK) == 0;
}

/* How many entries the folder of all runs has. */
static int count_runs(const struct place *p)
{
	DIR *d = opendir(p->runs);
	int n = 0;

	if (!d)
		return 0;
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(d);
	return n;
}

static enum cli_exit drill(const struct place *p, const struct ground *g, const char *result,
			   const char *reason)
{
	struct drill d = {.path = p->scenario,
			  .ground = g,
			  .runs = p->runs,
			  .vipd_path = "/bin/true",
			  .quiet = true,
			  .no_progress = true};
	json_t *record;
	enum cli_exit code = drill_run(&d, &record);
	const char *why = json_string_value(json_object_get(record, "reason"));

	assert_string_equal(json_string_value(json_object_get(record, "result")), result);
	if (reason)
		assert_string_equal(why, reason);
	else
		assert_null(why);
	json_decref(record);
	return code;
}

static void test_pass_and_replace(void **state)
{
	static const struct ground g = {"pretended", has_everything, nothing_missing,
					leave_silence};
	struct place p = make_place("silence");
	char path[256];

	(void)state;
	assert_int_equal(drill(&p, &g, "pass", NULL), CLI_PASS);
	assert_true(exists(&p, "silence-1/verdict.json"));
	assert_true(exists(&p, "silence-1/junit.xml"));
	assert_true(exists(&p, "silence-1/timing.json"));
	assert_true(exists(&p, "silence-1/inputs/run.json"));
	assert_true(exists(&p, "silence-1/inputs/fixtures/link-down/lb1.conf"));
	snprintf(path, sizeof(path), "%s/silence-1/of-the-older-run", p.runs);
	assert_int_equal(mkdir(path, 0755), 0);
	assert_int_equal(drill(&p, &g, "pass", NULL), CLI_PASS);
	assert_false(exists(&p, "silence-1/of-the-older-run"));
	assert_int_equal(count_runs(&p), 1);
	rundir_remove(p.dir);
}

static void test_skip(void **state)
{
	static const struct ground poor = {"poor", has_nothing, nothing_missing, leave_silence};
	static const struct ground none = {"none", has_nothing, all_missing, leave_silence};
	struct place p = make_place("silence");
	struct conf_report *report = conf_report_new();
	struct buf missing = {0};
	struct run_order o = {.director = "vipd", .vipd_path = "/bin/true"};
	struct scenario *s = scenario_load("scenarios/dual-master-sync.scn", report);

	(void)state;
	assert_int_equal(
		drill(&p, &none, "skipped", "missing: the none ground: there is no such machine"),
		CLI_SKIPPED);
	assert_int_equal(count_runs(&p), 0);
	assert_non_null(s);
	drill_missing(s, &poor, &o, &missing);
	assert_string_equal(buf_text(&missing), "ipvs");
	buf_clear(&missing);
	o = (struct run_order){.director = "vipd+keepalived"};
	drill_missing(s, &poor, &o, &missing);
	assert_string_equal(buf_text(&missing), "ipvs, the program vipd (make builds it), the "
						"program keepalived");
	buf_free(&missing);
	scenario_free(s);
	conf_report_free(report);
	rundir_remove(p.dir);
}

static void test_bad_ends(void **state)
{
	static const struct ground stuck = {"stuck", has_everything, nothing_missing, stick};
	static const struct ground failing = {"failing", has_everything, nothing_missing,
					      fail_at_once};
	static const struct ground interrupted = {"interrupted", has_everything, nothing_missing,
						  interrupt};
	struct place p = make_place("no-end");

	(void)state;
	assert_int_equal(drill(&p, &failing, "unknown", "the kernel does not boot"), CLI_UNKNOWN);
	assert_int_equal(count_runs(&p), 0);
	assert_int_equal(drill(&p, &interrupted, "unknown", "interrupted"), CLI_UNKNOWN);
	assert_int_equal(count_runs(&p), 0);
	assert_int_equal(
		drill(&p, &stuck, "unknown", "time stands still: spin (pid 7) never sleeps"),
		CLI_UNKNOWN);
	assert_true(exists(&p, "no-end-1/verdict.json"));
	assert_int_equal(count_runs(&p), 1);
	rundir_remove(p.dir);
}

static void test_sweep(void **state)
{
	struct place p = make_place("silence");
	char path[256];
	pid_t dead = fork();

	(void)state;
	if (dead == 0)
		_exit(0);
	assert_int_equal(waitpid(dead, NULL, 0), dead);
	assert_int_equal(mkdir(p.runs, 0755), 0);
	snprintf(path, sizeof(path), "%s/.running-%ld-x-1", p.runs, (long)dead);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/.running-%ld-y-1", p.runs, (long)getpid());
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/z-1", p.runs);
	assert_int_equal(mkdir(path, 0755), 0);
	rundir_sweep(p.runs);
	assert_int_equal(count_runs(&p), 2); /* a living harness's, and a finished run */
	rundir_remove(p.dir);
}

static void test_names(void **state)
{
	struct conf_report *report = conf_report_new();
	struct scenario *s = scenario_load("scenarios/link-down.scn", report);

	(void)state;
	assert_non_null(s);
	assert_string_equal(drill_director(s, NULL), "vipd");
	assert_string_equal(drill_director(s, "keepalived"), "keepalived");
	assert_null(drill_director(s, "frr"));
	assert_string_equal(drill_name(s->arena, s, "vipd", 7), "link-down-7");
	assert_string_equal(drill_name(s->arena, s, "keepalived", 7), "link-down-keepalived-7");
	scenario_free(s);
	conf_report_free(report);
}

static void test_worst(void **state)
{
	(void)state;
	assert_int_equal(cli_worse(CLI_PASS, CLI_SKIPPED), CLI_SKIPPED);
	assert_int_equal(cli_worse(CLI_SKIPPED, CLI_UNKNOWN), CLI_UNKNOWN);
	assert_int_equal(cli_worse(CLI_UNKNOWN, CLI_FAIL), CLI_FAIL);
	assert_int_equal(cli_worse(CLI_FAIL, CLI_USAGE), CLI_USAGE);
	assert_int_equal(cli_worse(CLI_PASS, CLI_PASS), CLI_PASS);
}

/* A copy of all inputs reads the same, wherever it lies. */
static void test_inputs_are_whole(void **state)
{
	char dir[] = "/tmp/vipdrill-inputs-XXXXXX", why[256] = "";
	struct arena *a = arena_new();
	struct conf_report *r = conf_report_new();
	struct scenario *s = scenario_load("fixtures/scenario/good/everything.scn", r);

	(void)state;
	assert_string_equal(scenario_input_name(a, "a/./b.conf"), "a/b.conf");
	assert_string_equal(scenario_input_name(a, "../../b.conf"), "_up/_up/b.conf");
	assert_string_equal(scenario_input_name(a, "/etc/b.conf"), "_root/etc/b.conf");
	assert_non_null(s);
	assert_non_null(mkdtemp(dir));
	struct rundir d = {.runs = dir, .name = "x"};

	assert_int_equal(rundir_create(&d, a, s, why, sizeof(why)), 0);
	const char *inputs = arena_printf(a, "%s/inputs", d.work);
	struct scenario *copy = scenario_load(arena_printf(a, "%s/scenario.scn", inputs), r);

	assert_non_null(copy);
	for (const struct scn_include *i = copy->includes; i; i = i->next)
		assert_int_equal(strncmp(i->path, inputs, strlen(inputs)), 0);
	assert_non_null(copy->includes);
	for (const struct scn_node *n = copy->nodes; n; n = n->next)
		for (const struct scn_program *p = n->programs; p; p = p->next)
			if (p->config)
				assert_int_equal(strncmp(p->config_path, inputs, strlen(inputs)),
						 0);
	scenario_free(copy);
	scenario_free(s);
	conf_report_free(r);
	assert_int_equal(rundir_remove(dir), 0);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pass_and_replace),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_bad_ends),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_worst),
		cmocka_unit_test(test_inputs_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
