/* What can happen to a program: kill, stop, cont, start, restart, reload. Only the kernel's part is
 * done here, a signal; what the program does with it is what the drill watches. */
#include "harness/run/fault_rows.h"
#include "harness/run/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* "KILL", "SIGKILL" -> 9; 0: there is no such signal. */
static int signal_number(const char *name)
{
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (int sig = 1; sig < 32; sig++) {
		const char *abbrev = sigabbrev_np(sig);

		if (abbrev && strcmp(abbrev, name) == 0)
			return sig;
	}
	return 0;
}

static bool check_kill(const char *const *args, char *why, size_t why_bytes)
{
	if (!args[0]) {
		snprintf(why, why_bytes, "no program is named");
	} else if (args[1] && !signal_number(args[1])) {
		snprintf(why, why_bytes, "there is no signal '%.40s'", args[1]);
	} else if (args[1] && args[2]) {
		snprintf(why, why_bytes, "one signal is enough, found '%.40s' too", args[2]);
	} else {
		return true;
	}
	return false;
}

static bool check_program(const char *const *args, char *why, size_t why_bytes)
{
	if (args[0] && !args[1])
		return true;
	snprintf(why, why_bytes, "one program is named, and nothing behind it");
	return false;
}

static struct program *program_named(struct world *w, const struct scn_step *step, char *why,
				     size_t why_bytes)
{
	struct program *p = program_of(w, world_node_of(w, step->node), step->args[0]);

	if (!p)
		snprintf(why, why_bytes, "%s does not run on %s with this director", step->args[0],
			 step->node->name);
	return p;
}

static int explain(int err, char *why, size_t why_bytes)
{
	if (err == -ESRCH)
		snprintf(why, why_bytes, "it does not run");
	else if (err == -EALREADY)
		snprintf(why, why_bytes, "it runs already");
	else if (err)
		snprintf(why, why_bytes, "%s", strerror(-err));
	return err;
}

static int send_signal(struct world *w, const struct scn_step *step, int sig, char *why,
		       size_t why_bytes)
{
	struct program *p = program_named(w, step, why, why_bytes);

	return p ? explain(program_signal(p, sig), why, why_bytes) : -ENOENT;
}

static int inject_kill(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	int sig = step->args[1] ? signal_number(step->args[1]) : SIGKILL;

	return send_signal(w, step, sig, why, why_bytes);
}

static int inject_stop(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	return send_signal(w, step, SIGSTOP, why, why_bytes);
}

static int inject_cont(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	return send_signal(w, step, SIGCONT, why, why_bytes);
}

static int inject_start(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	struct program *p = program_named(w, step, why, why_bytes);

	return p ? explain(program_start(p), why, why_bytes) : -ENOENT;
}

static int inject_restart(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	struct program *p = program_named(w, step, why, why_bytes);

	return p ? explain(program_restart(p), why, why_bytes) : -ENOENT;
}

static int inject_reload(struct world *w, const struct scn_step *step, char *why, size_t why_bytes)
{
	struct program *p = program_named(w, step, why, why_bytes);

	if (!p)
		return -ENOENT;
	if (!p->driver->reload_signal)
		return explain(-EOPNOTSUPP, why, why_bytes);
	return explain(program_signal(p, p->driver->reload_signal), why, why_bytes);
}

static void heal_nothing(struct world *w)
{
	(void)w;
}

static void heal_stopped(struct world *w)
{
	for (size_t i = 0; i < w->n_programs; i++) {
		struct program *p = w->programs[i];
		char what[96];

		if (!p->stopped)
			continue;
		snprintf(what, sizeof(what), "cont %s %s", p->node->name, p->driver->name);
		fault_tell_healed(w, what, program_signal(p, SIGCONT) == 0);
	}
}

const struct fault fault_kill = {
	.name = "kill",
	.synopsis = "kill NODE PROGRAM [SIGNAL]",
	.help = "sends a signal, KILL unless another is named; KILL ends the program and all its "
		"children at once, any other goes to the program alone",
	.subject = FAULT_OF_PROGRAM,
	.check = check_kill,
	.inject = inject_kill,
	.heal = heal_nothing,
};

const struct fault fault_stop = {
	.name = "stop",
	.synopsis = "stop NODE PROGRAM",
	.help = "freezes a program and its children (SIGSTOP), as a stalled machine does",
	.subject = FAULT_OF_PROGRAM,
	.check = check_program,
	.inject = inject_stop,
	.heal = heal_stopped,
};

const struct fault fault_cont = {
	.name = "cont",
	.synopsis = "cont NODE PROGRAM",
	.help = "lets a frozen program go on (SIGCONT)",
	.subject = FAULT_OF_PROGRAM,
	.check = check_program,
	.inject = inject_cont,
	.heal = heal_nothing,
};

const struct fault fault_start = {
	.name = "start",
	.synopsis = "start NODE PROGRAM",
	.help = "starts a program that has ended",
	.subject = FAULT_OF_PROGRAM,
	.check = check_program,
	.inject = inject_start,
	.heal = heal_nothing,
};

const struct fault fault_restart = {
	.name = "restart",
	.synopsis = "restart NODE PROGRAM",
	.help = "asks a program to end (SIGTERM; KILL after 5 s) and starts it again at once",
	.subject = FAULT_OF_PROGRAM,
	.check = check_program,
	.inject = inject_restart,
	.heal = heal_nothing,
};

const struct fault fault_reload = {
	.name = "reload",
	.synopsis = "reload NODE PROGRAM",
	.help = "asks a program to read its configuration again (SIGHUP)",
	.subject = FAULT_OF_PROGRAM,
	.check = check_program,
	.inject = inject_reload,
	.heal = heal_nothing,
};
