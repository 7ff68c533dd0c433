/* vipdrill run SCENARIO...: makes the list of drills from the command line, runs them one after the
 * other or --jobs at a time (each in a process of its own, its output shown when its turn comes),
 * and ends with the worst answer. */
#include "harness/drill.h"
#include "harness/present.h"
#include "harness/project.h"
#include "harness/watch.h"
#include "lib/base/vec.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCHDOG_DEFAULT_S 60
#define JOBS_MAX	   64

/* One drill of the list, and what became of it. */
struct job {
	struct drill drill;
	pid_t pid;     /* --jobs: of its process */
	int out_fd;    /* what it printed */
	int record_fd; /* its line of the summary */
	bool ended;
	enum cli_exit code;
	json_t *record;
};

struct plan {
	struct arena *a;
	struct drill base;
	bool json;
	bool all_directors;
	unsigned n_jobs;
	VEC(struct job) jobs;
};

static void add_job(struct plan *p, const char *path, const char *director)
{
	struct job *j = vec_push(&p->jobs);

	j->drill = p->base;
	j->drill.path = path;
	j->drill.director = director;
}

/* One job for each director of the scenario. A scenario that cannot be read gets one, which says
 * so.
 */
static void add_all_directors(struct plan *p, const char *path)
{
	struct conf_report *report = conf_report_new();
	struct scenario *s = scenario_load(path, report);

	for (int i = 0; s && s->directors && s->directors[i]; i++)
		add_job(p, path, arena_strdup(p->a, s->directors[i]));
	if (!s || !s->directors || !s->directors[0])
		add_job(p, path, NULL);
	scenario_free(s);
	conf_report_free(report);
}

static const char *absolute(struct arena *a, const char *path)
{
	char cwd[PATH_MAX];

	if (path[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		return path;
	return arena_printf(a, "%s/%s", cwd, path);
}

/* False and errno where it cannot be run. */
static bool is_program(const char *path)
{
	struct stat st;

	if (access(path, X_OK) < 0 || stat(path, &st) < 0)
		return false;
	errno = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	return S_ISREG(st.st_mode);
}

/* The options into p->base. False: a message was printed. */
static bool read_options(const struct cli_call *call, struct plan *p)
{
	const char *ground = cli_option(call, "--ground"), *clock = cli_option(call, "--clock");
	const char *seed = cli_option(call, "--seed"), *vipd = cli_option(call, "--vipd");
	const char *runs = cli_option(call, "--runs"), *jobs = cli_option(call, "--jobs");
	const char *watchdog = cli_option(call, "--watchdog");
	unsigned long long n = 1, watchdog_s = WATCHDOG_DEFAULT_S, n_seed = 0;
	bool host = ground && !strcmp(ground, "host");

	if (host && clock && !strcmp(clock, "virtual")) {
		fprintf(stderr, "vipdrill run: the host ground has no virtual clock\n");
		return false;
	}
	if ((seed && !cli_number(seed, "--seed", 0, INT64_MAX, &n_seed)) ||
	    (jobs && !cli_number(jobs, "--jobs", 1, JOBS_MAX, &n)) ||
	    (watchdog && !cli_number(watchdog, "--watchdog", 1, 86400, &watchdog_s)))
		return false;
	if (vipd && !is_program(vipd)) {
		fprintf(stderr, "vipdrill run: --vipd %s: %s\n", vipd, strerror(errno));
		return false;
	}
	if (runs && !*runs) {
		fprintf(stderr, "vipdrill run: --runs names no folder\n");
		return false;
	}
	p->base = (struct drill){
		.ground = host ? &ground_host : &ground_lab,
		.virtual_time = !host && !(clock && !strcmp(clock, "real")),
		.has_seed = seed != NULL,
		.seed = n_seed,
		.runs = runs ? absolute(p->a, runs)
			     : arena_printf(p->a, "%s/reports/runs", project_root(p->a)),
		.vipd_path = vipd ? absolute(p->a, vipd) : project_program(p->a, "vipd"),
		.vipd_given = vipd != NULL,
		.watchdog_ms = (int64_t)watchdog_s * 1000,
		.quiet = cli_option(call, "--json") != NULL,
	};
	p->json = p->base.quiet;
	p->all_directors = cli_option(call, "--all-directors") != NULL;
	p->n_jobs = (unsigned)n;
	if (p->all_directors && cli_option(call, "--director")) {
		fprintf(stderr,
			"vipdrill run: --director and --all-directors exclude each other\n");
		return false;
	}
	return true;
}

/* ---- side by side -------------------------------------------------------------------------- */

static _Noreturn void child(struct job *j, pid_t parent, const sigset_t *mask)
{
	json_t *record = NULL;

	/* A group of its own: what the terminal or a supervisor sends comes once, from the parent.
	 */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit((int)CLI_UNKNOWN);
	sigprocmask(SIG_SETMASK, mask, NULL);
	dup2(j->out_fd, STDOUT_FILENO);
	j->drill.no_progress = true;
	enum cli_exit code = drill_run(&j->drill, &record);

	fflush(stdout);
	json_dumpfd(record, j->record_fd, JSON_COMPACT);
	_exit((int)code);
}

static void start(struct job *j, const sigset_t *mask)
{
	pid_t parent = getpid();

	fflush(stdout);
	fflush(stderr);
	j->out_fd = memfd_create("out", MFD_CLOEXEC);
	j->record_fd = memfd_create("record", MFD_CLOEXEC);
	must(j->out_fd >= 0 && j->record_fd >= 0);
	j->pid = fork();
	must(j->pid >= 0);
	if (j->pid == 0)
		child(j, parent, mask);
	fprintf(stderr, "started  %s%s%s\n", j->drill.path, j->drill.director ? " with " : "",
		j->drill.director ? j->drill.director : "");
}

static void copy_to_stdout(int fd)
{
	char bytes[65536];
	ssize_t n;

	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		fwrite(bytes, 1, (size_t)n, stdout);
	fflush(stdout);
}

static void end_jobs(const struct plan *p)
{
	for (size_t i = 0; i < p->jobs.n; i++)
		if (p->jobs.at[i].pid > 0 && !p->jobs.at[i].ended)
			kill(p->jobs.at[i].pid, SIGTERM);
}

/* Waits for a child. True: the user wants no more of them. */
static bool end_one(struct plan *p, const sigset_t *ours)
{
	bool interrupted = false;
	int status, sig;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) == 0) {
		if (sigwait(ours, &sig) != 0 || sig == SIGCHLD)
			continue;
		if (!interrupted)
			end_jobs(p);
		interrupted = true;
	}
	must(pid > 0);
	for (size_t i = 0; i < p->jobs.n; i++) {
		struct job *j = &p->jobs.at[i];

		if (j->pid != pid || j->ended)
			continue;
		j->ended = true;
		j->code = WIFEXITED(status) ? (enum cli_exit)WEXITSTATUS(status) : CLI_UNKNOWN;
		lseek(j->record_fd, 0, SEEK_SET);
		j->record = json_loadfd(j->record_fd, 0, NULL);
	}
	return interrupted;
}

static void show(struct plan *p, size_t i)
{
	struct job *j = &p->jobs.at[i];

	if (!p->json && i)
		printf("\n");
	copy_to_stdout(j->out_fd);
	close(j->out_fd);
	close(j->record_fd);
}

static void run_side_by_side(struct plan *p)
{
	size_t started = 0, shown = 0, running = 0;
	sigset_t ours, before;

	watch_signals(&ours);
	sigaddset(&ours, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ours, &before);
	while (shown < p->jobs.n) {
		while (started < p->jobs.n && running < p->n_jobs) {
			start(&p->jobs.at[started++], &before);
			running++;
		}
		if (end_one(p, &ours))
			p->jobs.n = started;
		running--;
		for (; shown < started && p->jobs.at[shown].ended; shown++)
			show(p, shown);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static void run_in_turn(struct plan *p)
{
	for (size_t i = 0; i < p->jobs.n; i++) {
		struct job *j = &p->jobs.at[i];

		if (!p->json && i)
			printf("\n");
		j->code = drill_run(&j->drill, &j->record);
		if (j->drill.interrupted) /* the user wants no more of them */
			p->jobs.n = i + 1;
	}
}

/* ---- the end ------------------------------------------------------------------------------- */

static void print_json(struct plan *p, enum cli_exit worst)
{
	static const char *const names[] = {
		[CLI_PASS] = "pass",	   [CLI_FAIL] = "fail",	      [CLI_USAGE] = "invalid",
		[CLI_UNKNOWN] = "unknown", [CLI_SKIPPED] = "skipped",
	};
	json_t *all = json_object(), *runs = json_array();

	json_object_set_new(all, "result", json_string(names[worst]));
	for (size_t i = 0; i < p->jobs.n; i++)
		if (p->jobs.at[i].record)
			json_array_append(runs, p->jobs.at[i].record);
	json_object_set_new(all, "runs", runs);
	json_dumpf(all, stdout, JSON_INDENT(2));
	printf("\n");
	json_decref(all);
}

static void print_summary(struct plan *p)
{
	struct present_counts counts = {0};

	printf("\n");
	for (size_t i = 0; i < p->jobs.n; i++) {
		const json_t *r = p->jobs.at[i].record;
		const char *director = json_string_value(json_object_get(r, "director"));
		const char *reason = json_string_value(json_object_get(r, "reason"));

		present_count(&counts, p->jobs.at[i].code);
		printf("%-8s %s%s%s%s%s\n", json_string_value(json_object_get(r, "result")),
		       json_string_value(json_object_get(r, "scenario")), director ? " with " : "",
		       director ? director : "", reason ? ": " : "", reason ? reason : "");
	}
	present_summary(&counts);
}

static enum cli_exit run(const struct cli_call *call)
{
	struct plan p = {.a = arena_new()};
	enum cli_exit worst = CLI_PASS;

	if (!read_options(call, &p)) {
		arena_free(p.a);
		return CLI_USAGE;
	}
	rundir_sweep(p.base.runs);
	for (int i = 0; i < call->n_operands; i++) {
		if (p.all_directors)
			add_all_directors(&p, call->operand[i]);
		else
			add_job(&p, call->operand[i], cli_option(call, "--director"));
	}
	if (p.n_jobs > 1 && p.jobs.n > 1)
		run_side_by_side(&p);
	else
		run_in_turn(&p);
	for (size_t i = 0; i < p.jobs.n; i++)
		worst = cli_worse(worst, p.jobs.at[i].code);
	if (p.json)
		print_json(&p, worst);
	else if (p.jobs.n > 1)
		print_summary(&p);
	for (size_t i = 0; i < p.jobs.n; i++)
		json_decref(p.jobs.at[i].record);
	vec_free(&p.jobs);
	arena_free(p.a);
	return worst;
}

static const char *const grounds[] = {"lab", "host", NULL};
static const char *const clocks[] = {"virtual", "real", NULL};

static const struct cli_option options[] = {
	{"--ground", "lab|host", "where: the lab kernel (default) or this machine's own", grounds},
	{"--clock", "virtual|real", "the lab's clock; virtual by default", clocks},
	{"--director", "NAME", "what `director` is: vipd, keepalived, vipd+keepalived", NULL},
	{"--all-directors", NULL, "once with each director that the scenario names", NULL},
	{"--seed", "N", "all that is random follows from it; else the scenario's", NULL},
	{"--runs", "DIR", "where runs are left; reports/runs by default", NULL},
	{"--vipd", "PATH", "the vipd to run; by default the one beside vipdrill", NULL},
	{"--jobs", "N", "so many runs side by side", NULL},
	{"--watchdog", "SECONDS", "end a run whose clock stands still for so long; 60", NULL},
	{"--json", NULL, "print a summary as JSON, and nothing else, to stdout", NULL},
	{0}};

const struct cli_command cmd_run = {
	.name = "run",
	.operands = "SCENARIO...",
	.min_operands = 1,
	.max_operands = -1,
	.summary = "run scenarios and judge them",
	.help = "Builds the network of each scenario, runs the real daemons in it, breaks what it\n"
		"says, and judges from what was captured. Leaves everything in\n"
		"reports/runs/NAME-SEED. A scenario that needs what is not here is skipped.\n",
	.options = options,
	.run = run,
};
