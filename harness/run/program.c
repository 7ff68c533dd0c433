/* The life of the nodes' programs. A program is started by its node's agent, so its pid counts in
 * the node and is the same in every run; its end comes back through the agent and is written down,
 * whoever caused it.
 *
 * Signals that a program cannot answer (KILL, STOP, CONT) go to its whole process group, because
 * keepalived is three processes and killing the parent alone would let its children say goodbye;
 * all others go to the program itself, which knows what to do with its children. */
#include "harness/run/program.h"

#include "lib/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_BOUND_NS	 (30 * NS_PER_S)
#define READY_PAUSE_NS	 (10 * NS_PER_MS)
#define STOP_BOUND_NS	 (10 * NS_PER_S)
#define RESTART_BOUND_NS (5 * NS_PER_S)
#define VERSION_BOUND_NS (20 * NS_PER_S)
#define NO_VERSION	 "?"

/* ---- making them --------------------------------------------------------------------------- */

static int prepare_one(struct world *w, const struct scn_program *scn, const struct driver *driver)
{
	struct program *p = arena_new_object(w->arena, struct program);
	int err = 0;

	p->scn = scn;
	p->driver = driver;
	p->world = w;
	p->node = world_node_of(w, scn->node);
	p->version = "";
	w->programs[w->n_programs++] = p;
	if (driver->config_path && !scn->config_path)
		return world_fail(w, -EINVAL, "%s on %s needs a configuration file", driver->name,
				  p->node->name);
	if (driver->config_path)
		err = netns_copy_in(p->node->ns, scn->config_path, driver->config_path);
	if (err)
		return world_fail(w, err, "%s cannot be put into node %s: %s", scn->config,
				  p->node->name, strerror(-err));
	if (driver->prepare)
		err = driver->prepare(w, p);
	if (!err && driver->binary) {
		char name[128];

		snprintf(name, sizeof(name), "%s.%s", p->node->name, driver->name);
		err = program_log_open(&p->log, w, name);
	}
	if (err)
		return world_fail(w, err, "%s on %s: %s", driver->name, p->node->name,
				  strerror(-err));
	return 0;
}

int program_prepare_all(struct world *w)
{
	size_t n = 0;
	unsigned n_directors = 0;

	for (const struct scn_node *node = w->scn->nodes; node; node = node->next)
		for (const struct scn_program *p = node->programs; p; p = p->next)
			n++;
	w->programs = arena_array(w->arena, n + 1, sizeof(struct program *));
	for (const struct scn_node *node = w->scn->nodes; node; node = node->next) {
		for (const struct scn_program *p = node->programs; p; p = p->next) {
			const struct driver *d =
				strcmp(p->driver, "director") == 0
					? driver_director(w->order->director, n_directors++)
					: driver_find(p->driver);

			if (!d)
				return world_fail(w, -EINVAL, "no driver for %s on %s (%s)",
						  p->driver, node->name, w->order->director);
			int err = prepare_one(w, p, d);

			if (err)
				return err;
		}
	}
	return 0;
}

void program_free_all(struct world *w)
{
	for (size_t i = 0; i < w->n_programs; i++) {
		if (w->programs[i]->is_open)
			w->programs[i]->driver->close(w, w->programs[i]);
		program_log_close(w->programs[i]->log);
	}
	w->n_programs = 0;
}

/* ---- versions ------------------------------------------------------------------------------ */

struct version_read {
	struct program *program;
	int fd;
};

static void version_ended(void *ctx, int status)
{
	struct version_read *v = ctx;
	char text[512];
	ssize_t n = read(v->fd, text, sizeof(text) - 1);

	(void)status;
	close(v->fd);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	struct program *p = v->program;

	p->version = arena_strdup(p->world->arena, *text ? text : NO_VERSION);
	for (size_t i = 0; i < p->world->n_programs; i++)
		if (p->world->programs[i]->driver == p->driver)
			p->world->programs[i]->version = p->version;
}

static bool versions_known(struct world *w)
{
	for (size_t i = 0; i < w->n_programs; i++)
		if (w->programs[i]->driver->binary && !*w->programs[i]->version)
			return false;
	return true;
}

static int start_version_read(struct world *w, struct program *p)
{
	const struct driver *d = p->driver;
	const char *argv[DRIVER_ARGV_MAX] = {d->binary(w->order)};
	int fds[2], n = 1;
	pid_t pid;

	for (const char *const *o = d->version_options; *o; o++)
		argv[n++] = *o;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	struct version_read *v = arena_new_object(w->arena, struct version_read);

	v->program = p;
	v->fd = fds[0];
	struct netns_spawn what = {.argv = argv, .stdout_fd = fds[1], .stderr_fd = fds[1]};
	int err = world_spawn(w, p->node, &what, version_ended, v, &pid);

	close(fds[1]);
	if (err)
		close(fds[0]);
	return err;
}

int program_read_versions(struct world *w)
{
	for (size_t i = 0; i < w->n_programs; i++) {
		struct program *p = w->programs[i];
		bool first = p->driver->binary != NULL;

		for (size_t j = 0; j < i; j++)
			first &= w->programs[j]->driver != p->driver;
		int err = first ? start_version_read(w, p) : 0;

		if (err)
			return world_fail(w, err, "%s cannot be started: %s", p->driver->name,
					  strerror(-err));
	}
	world_wait(w, versions_known, VERSION_BOUND_NS);
	for (size_t i = 0; i < w->n_programs; i++) {
		struct program *p = w->programs[i];

		if (p->driver->binary && (!*p->version || strcmp(p->version, NO_VERSION) == 0))
			world_fail(w, -EIO, "%s does not run, or does not tell its version",
				   p->driver->binary(w->order));
	}
	return w->error;
}

/* ---- start and end ------------------------------------------------------------------------- */

bool program_is_running(const struct program *p)
{
	return p->pid != 0 || p->is_open;
}

static void tell(struct program *p, const char *what, int pid, const char *status)
{
	world_event(p->world, "program",
		    json_pack("{s:s, s:s, s:s, s:i, s:s}", "node", p->node->name, "driver",
			      p->driver->name, "what", what, "pid", pid, "status", status));
	world_say(p->world, "%s on %s: %s %s", p->driver->name, p->node->name, what, status);
}

static void program_ended(void *ctx, int status)
{
	struct program *p = ctx;
	char text[32];
	int pid = p->pid;

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "signal %d", WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(status));
	p->pid = 0;
	p->stopped = false;
	world_timer_cancel(p->world, &p->bound);
	tell(p, "exit", pid, text);
	program_log_flush(p->log);
	if (!p->start_again)
		return;
	p->start_again = false;
	int err = program_start(p);

	if (err)
		world_fail(p->world, err, "%s on %s cannot be started again: %s", p->driver->name,
			   p->node->name, strerror(-err));
}

int program_start(struct program *p)
{
	struct world *w = p->world;
	const struct driver *d = p->driver;
	const char *argv[DRIVER_ARGV_MAX];
	size_t n = 0;

	if (program_is_running(p))
		return -EALREADY;
	if (!d->binary) {
		int err = d->open(w, p);

		p->is_open = !err;
		if (!err)
			tell(p, "start", 0, "");
		return err;
	}
	argv[n++] = d->binary(w->order);
	for (const char *const *o = d->options; o && *o; o++)
		argv[n++] = *o;
	for (const char *const *o = p->scn->args; o && *o; o++) {
		if (n == DRIVER_ARGV_MAX - 1)
			return -E2BIG;
		argv[n++] = *o;
	}
	argv[n] = NULL;
	int out = program_log_pipe(p->log);

	if (out < 0)
		return out;
	struct netns_spawn what = {.argv = argv, .stdout_fd = out, .stderr_fd = out};
	int err = world_spawn(w, p->node, &what, program_ended, p, &p->pid);

	close(out);
	if (err)
		p->pid = 0;
	else
		tell(p, "start", p->pid, "");
	return err;
}

/* True once some TCP socket of the node listens. */
static bool listens(struct world *w, struct program *p, const char *file)
{
	struct buf text = {0};
	bool found = false;

	/* "  0: 00000000:0050 00000000:0000 0A ...": 0A is TCP_LISTEN. */
	if (world_proc_net(w, p->node, file, &text) == 0)
		for (const char *line = buf_text(&text); line && !found;
		     line = strchr(line + 1, '\n')) {
			char local[80], remote[80], state[8];

			found = sscanf(line, "%*s %79s %79s %7s", local, remote, state) == 3 &&
				strcmp(state, "0A") == 0;
		}
	buf_free(&text);
	return found;
}

static struct program *not_ready(struct world *w)
{
	for (size_t i = 0; i < w->n_programs; i++) {
		struct program *p = w->programs[i];

		if (p->driver->is_ready_with_tcp && !listens(w, p, "tcp") && !listens(w, p, "tcp6"))
			return p;
	}
	return NULL;
}

static bool never(struct world *w)
{
	(void)w;
	return false;
}

/* The kernel tells nobody that a socket begins to listen, so this looks every 10 ms of the run's
 * time; in virtual time a server that does not sleep is ready at the first look. */
static int wait_until_ready(struct world *w)
{
	for (int64_t waited = 0; !w->error; waited += READY_PAUSE_NS) {
		struct program *p = not_ready(w);

		if (!p)
			return 0;
		if (!program_is_running(p))
			return world_fail(w, -ESRCH, "%s on %s has ended; see logs/%s.%s.log",
					  p->driver->name, p->node->name, p->node->name,
					  p->driver->name);
		if (waited >= READY_BOUND_NS)
			return world_fail(w, -ETIMEDOUT, "%s on %s listens on no TCP port",
					  p->driver->name, p->node->name);
		world_wait(w, never, READY_PAUSE_NS);
	}
	return w->error;
}

static int start_all(struct world *w, bool directors)
{
	for (size_t i = 0; i < w->n_programs; i++) {
		struct program *p = w->programs[i];
		int err = p->driver->is_director == directors ? program_start(p) : 0;

		if (err)
			return world_fail(w, err, "%s on %s cannot be started: %s", p->driver->name,
					  p->node->name, strerror(-err));
	}
	return 0;
}

int program_start_servers(struct world *w)
{
	int err = start_all(w, false);

	return err ? err : wait_until_ready(w);
}

int program_start_directors(struct world *w)
{
	return start_all(w, true);
}

/* ---- signals ------------------------------------------------------------------------------- */

int program_signal(struct program *p, int sig)
{
	if (!program_is_running(p))
		return -ESRCH;
	if (p->is_open) {
		if (sig != SIGKILL && sig != SIGTERM)
			return -EOPNOTSUPP;
		p->driver->close(p->world, p);
		p->is_open = false;
		tell(p, "exit", 0, "exit 0");
		return 0;
	}
	bool group = sig == SIGKILL || sig == SIGSTOP || sig == SIGCONT;
	int err = netns_signal(p->node->ns, p->pid, sig, group);

	if (!err && sig == SIGSTOP)
		p->stopped = true;
	if (!err && sig == SIGCONT)
		p->stopped = false;
	return err;
}

static void restart_bound(void *ctx, mono_t at)
{
	(void)at;
	program_signal(ctx, SIGKILL);
}

int program_restart(struct program *p)
{
	if (!program_is_running(p))
		return program_start(p);
	int err = program_signal(p, SIGTERM);

	if (err)
		return err;
	if (!program_is_running(p))
		return program_start(p);
	p->start_again = true;
	p->bound = (struct timeline_timer){.fn = restart_bound, .ctx = p};
	world_timer_set(p->world, &p->bound, mono_add(mono_now(), RESTART_BOUND_NS));
	return 0;
}

static bool none_runs(struct world *w)
{
	for (size_t i = 0; i < w->n_programs; i++)
		if (w->programs[i]->pid)
			return false;
	return true;
}

void program_stop_all(struct world *w)
{
	for (size_t i = 0; i < w->n_programs; i++) {
		w->programs[i]->start_again = false;
		program_signal(w->programs[i], SIGTERM);
	}
	world_wait(w, none_runs, STOP_BOUND_NS);
}

struct program *program_of(struct world *w, const struct world_node *node, const char *name)
{
	bool director = strcmp(name, "director") == 0;

	for (size_t i = 0; i < w->n_programs; i++) {
		struct program *p = w->programs[i];

		if (p->node == node &&
		    (director ? p->driver->is_director : strcmp(p->driver->name, name) == 0))
			return p;
	}
	return NULL;
}
