/* command: runs any program in a node, for what has no word of its own. Its exit status is the
 * step's result, known when it ends; what it prints goes to logs/NODE.command.log. What it changed
 * is not healed. */
#include "harness/run/fault_rows.h"
#include "harness/run/program_log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct command {
	struct world *w;
	const struct scn_step *step;
	struct program_log *log;
};

static bool check(const char *const *args, char *why, size_t why_bytes)
{
	if (args[0])
		return true;
	snprintf(why, why_bytes, "no command is given");
	return false;
}

static void ended(void *ctx, int status)
{
	struct command *c = ctx;
	char text[32];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "signal %d", WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(status));
	world_step_done(c->w, c->step, status == 0 ? NULL : text);
	program_log_close(c->log);
}

static int inject(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	struct command *c = arena_new_object(w->arena, struct command);
	char name[128];
	pid_t pid;

	c->w = w;
	c->step = step;
	snprintf(name, sizeof(name), "%s.command", step->node->name);
	int err = program_log_open(&c->log, w, name);
	int out = err ? err : program_log_pipe(c->log);

	if (out >= 0) {
		struct netns_spawn what = {.argv = step->args, .stdout_fd = out, .stderr_fd = out};

		err = world_spawn(w, world_node_of(w, step->node), &what, ended, c, &pid);
		close(out);
	} else {
		err = out;
	}
	if (!err)
		return -EINPROGRESS;
	program_log_close(c->log);
	snprintf(why, why_bytes, "%s: %s", step->args[0], strerror(-err));
	return err;
}

/* What still runs at the end has no result. */
static void heal(struct world *w)
{
	for (size_t i = w->jobs.n; i-- > 0;) {
		struct world_job job = w->jobs.at[i];
		struct command *c = job.ctx;

		if (job.ended != ended)
			continue;
		w->jobs.at[i] = w->jobs.at[--w->jobs.n];
		netns_signal(job.node->ns, job.pid, SIGKILL, true);
		world_step_done(w, c->step, "it was still running at the end");
		program_log_close(c->log);
	}
}

const struct fault fault_command = {
	.name = "command",
	.synopsis = "command NODE WORD...",
	.help = "runs a program in the node; its exit status is the step's result",
	.subject = FAULT_OF_NODE,
	.check = check,
	.inject = inject,
	.heal = heal,
};
