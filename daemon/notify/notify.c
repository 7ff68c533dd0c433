/* Starting scripts and collecting them.
 *
 * Between fork and exec only the child's own process is touched: signals are blocked around fork
 * so that none of vipd's handlers can run in the child, and PR_SET_PDEATHSIG comes after the change
 * of user, which would clear it.
 */
#include "daemon/notify/notify.h"

#include "daemon/notify/account.h"
#include "daemon/notify/fifo.h"
#include "lib/base/buf.h"
#include "lib/base/mono.h"
#include "lib/base/vec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGS_MAX	 64
#define EXIT_NOT_STARTED 127
#define KILL_GRACE_NS	 (100 * NS_PER_MS)

struct running {
	pid_t pid;
	char name[64];
	notify_ended_fn *ended; /* NULL: nobody asks */
	void *ctx;
};

struct known {
	const struct conf_script *script;
	int err;
	struct account account;
};

#define N_FIFOS 2

struct told_fifo {
	struct fifo fifo;
	pid_t reader; /* 0: none */
};

struct notify {
	struct told_fifo fifos[N_FIFOS]; /* notify_fifo, vrrp_notify_fifo */
	const struct log *log;
	VEC(struct running) running;
	struct account account; /* of scripts without a user of their own */
	bool nobody;		/* they may not run at all */
	bool security;
	VEC(struct known) known; /* users of scripts that have one */
};

struct notify *notify_new(const struct log *log)
{
	struct notify *n = calloc(1, sizeof(*n));

	must(n != NULL);
	n->log = log;
	for (size_t i = 0; i < N_FIFOS; i++)
		n->fifos[i].fifo.fd = -1;
	return n;
}

void notify_free(struct notify *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < N_FIFOS; i++)
		fifo_close(&n->fifos[i].fifo);
	vec_free(&n->running);
	vec_free(&n->known);
	free(n);
}

/* keepalived's: a user that is there for this purpose, else we ourselves. */
#define DEFAULT_USER "keepalived_script"

int notify_set_policy(struct notify *n, const char *user, const char *group, bool security)
{
	struct account found = {.change = false};
	int err = 0;

	n->security = security;
	n->nobody = false;
	n->known.n = 0;
	if (user)
		err = account_find(&found, user, group);
	else if (account_find(&found, DEFAULT_USER, NULL) < 0)
		n->nobody = security && geteuid() == 0;
	if (!err)
		n->account = found;
	return err;
}

/* Who runs a script: its own user, else the default. Found once, until the policy is set anew: the
 * answer may come from far away. NULL: nobody may, which was logged. */
static const struct account *account_of(struct notify *n, const struct conf_script *script)
{
	struct known *k;

	if (!script->user && n->nobody)
		log_error(n->log,
			  "Script %s not run: script_user is not set, and root is not "
			  "allowed (enable_script_security)",
			  script->argv[0]);
	if (!script->user)
		return n->nobody ? NULL : &n->account;
	for (size_t i = 0; i < n->known.n; i++)
		if (n->known.at[i].script == script)
			return n->known.at[i].err ? NULL : &n->known.at[i].account;
	k = vec_push(&n->known);
	k->script = script;
	k->err = account_find(&k->account, script->user, script->group);
	if (k->err)
		log_error(n->log, "Script %s is never run: there is no user or group %s%s%s",
			  script->argv[0], script->user, script->group ? " " : "",
			  script->group ? script->group : "");
	return k->err ? NULL : &k->account;
}

static bool may_run(struct notify *n, const struct account *a, const char *program)
{
	if (!a)
		return false;
	if (!n->security || account_check_program(a, program) != -EACCES)
		return true;
	log_error(n->log,
		  "Script %s not run: root would run what others can change "
		  "(enable_script_security)",
		  program);
	return false;
}

_Noreturn static void run_child(const struct account *a, char *const *argv, pid_t parent)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	if (!account_become(a))
		_exit(EXIT_NOT_STARTED);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent) /* it died before prctl */
		_exit(EXIT_NOT_STARTED);
	unsetenv("IFS");
	unsetenv("LD_PRELOAD");
	unsetenv("LD_LIBRARY_PATH");
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	execvp(argv[0], argv);
	_exit(EXIT_NOT_STARTED);
}

/* The pid, or -errno. */
static pid_t launch(struct notify *n, const struct conf_script *script, const char *const *extra)
{
	char *argv[ARGS_MAX + 1];
	size_t argc = 0;
	sigset_t all, old;

	must(script->argv && script->argv[0]);
	const struct account *account = account_of(n, script);

	if (!may_run(n, account, script->argv[0]))
		return -EPERM;
	for (char **w = script->argv; *w && argc < ARGS_MAX; w++)
		argv[argc++] = *w;
	for (; extra && *extra && argc < ARGS_MAX; extra++)
		argv[argc++] = (char *)(uintptr_t)*extra; /* execvp's old signature */
	argv[argc] = NULL;

	pid_t parent = getpid();

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	pid_t pid = fork();

	if (pid == 0)
		run_child(account, argv, parent);
	int err = errno;

	sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid < 0) {
		log_error(n->log, "Script %s not started: %s", argv[0], strerror(err));
		return -err;
	}
	struct running *r = vec_push(&n->running);

	r->pid = pid;
	snprintf(r->name, sizeof(r->name), "%s", argv[0]);
	return pid;
}

void notify_run(struct notify *n, const struct conf_script *script, const char *const *extra)
{
	if (script->argv && script->argv[0])
		launch(n, script, extra);
}

pid_t notify_start(struct notify *n, const struct conf_script *script, notify_ended_fn *ended,
		   void *ctx)
{
	pid_t pid = launch(n, script, NULL);

	if (pid > 0) {
		n->running.at[n->running.n - 1].ended = ended;
		n->running.at[n->running.n - 1].ctx = ctx;
	}
	return pid;
}

static void ended_unheard(void *ctx, int status)
{
	(void)ctx;
	(void)status;
}

void notify_forget(struct notify *n, const void *ctx)
{
	for (size_t i = 0; i < n->running.n; i++)
		if (n->running.at[i].ended && n->running.at[i].ctx == ctx)
			n->running.at[i].ended = ended_unheard;
}

static const struct conf_script *script_of(const struct conf_notify *scripts, enum vrrp_state state)
{
	switch (state) {
	case VRRP_INIT:
		return &scripts->stop;
	case VRRP_BACKUP:
		return &scripts->backup;
	case VRRP_MASTER:
		return &scripts->master;
	case VRRP_FAULT:
		return &scripts->fault;
	}
	must_fail("a state", __FILE__, __LINE__);
}

static void write_fifos(struct notify *n, const struct notify_subject *who, const char *word)
{
	struct buf line = {0};

	buf_printf(&line, "%s \"%s\" %s %u\n", who->group ? "GROUP" : "INSTANCE", who->name, word,
		   who->priority);
	for (size_t i = 0; i < N_FIFOS; i++) {
		int err = fifo_write(&n->fifos[i].fifo, buf_text(&line), line.len);

		if (err)
			log_error(n->log, "%s: %s", n->fifos[i].fifo.path, strerror(-err));
	}
	buf_free(&line);
}

static void tell(struct notify *n, const struct conf_script *script, const struct conf_script *any,
		 const struct notify_subject *who, const char *word)
{
	char priority[4];
	const char *extra[] = {who->group ? "GROUP" : "INSTANCE", who->name, word, priority, NULL};

	snprintf(priority, sizeof(priority), "%u", who->priority);
	notify_run(n, script, NULL);
	notify_run(n, any, extra);
	write_fifos(n, who, word);
}

static const char *word_of(enum vrrp_state state)
{
	return state == VRRP_INIT ? "STOP" : vrrp_state_text(state);
}

void notify_state(struct notify *n, const struct conf_notify *scripts,
		  const struct notify_subject *who, enum vrrp_state state)
{
	tell(n, script_of(scripts, state), &scripts->any, who, word_of(state));
}

void notify_removed(struct notify *n, const struct conf_notify *scripts,
		    const struct notify_subject *who)
{
	if (scripts->deleted_set)
		tell(n, &scripts->deleted, &scripts->any, who, "DELETED");
	else
		notify_state(n, scripts, who, VRRP_FAULT);
}

void notify_event(struct notify *n, const struct conf_script *script,
		  const struct notify_subject *who, const char *word)
{
	if (script)
		notify_run(n, script, NULL);
	write_fifos(n, who, word);
}

void notify_repeat(struct notify *n, const struct notify_subject *who, enum vrrp_state state)
{
	write_fifos(n, who, word_of(state));
}

/* ---- FIFOs ----------------------------------------------------------------------------------- */

static void close_fifo(struct notify *n, struct told_fifo *f)
{
	fifo_close(&f->fifo);
	if (f->reader)
		kill(-f->reader, SIGTERM);
	if (f->reader)
		notify_forget(n, f);
	f->reader = 0;
}

static void on_reader_end(void *ctx, int status)
{
	struct told_fifo *f = ctx;

	(void)status;
	f->reader = 0;
}

static void open_fifo(struct notify *n, struct told_fifo *f, const struct conf_fifo *conf)
{
	const char *extra[] = {conf->path, NULL};

	int err = fifo_open(&f->fifo, conf);

	if (err)
		log_error(n->log, "Notify FIFO %s not used: %s", conf->path, strerror(-err));
	if (err || !conf->path || !conf->script.argv)
		return;
	pid_t pid = launch(n, &conf->script, extra);

	if (pid < 0)
		return;
	f->reader = pid;
	n->running.at[n->running.n - 1].ended = on_reader_end;
	n->running.at[n->running.n - 1].ctx = f;
}

void notify_set_fifos(struct notify *n, const struct conf_global *g)
{
	const struct conf_fifo *conf[N_FIFOS] = {&g->fifo, &g->vrrp_fifo};

	for (size_t i = 0; i < N_FIFOS; i++) {
		struct told_fifo *f = &n->fifos[i];
		bool same = f->fifo.fd >= 0 && conf[i]->path &&
			    strcmp(f->fifo.path, conf[i]->path) == 0 &&
			    (f->reader != 0) == (conf[i]->script.argv != NULL);

		if (same)
			continue;
		close_fifo(n, f);
		open_fifo(n, f, conf[i]);
	}
}

static void log_end(const struct notify *n, const char *name, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NOT_STARTED)
		log_warning(n->log, "Script %s could not be run (exit %d)", name, EXIT_NOT_STARTED);
	else if (WIFEXITED(status) && WEXITSTATUS(status))
		log_warning(n->log, "Script %s exited with status %d", name, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		log_warning(n->log, "Script %s was ended by signal %d", name, WTERMSIG(status));
}

void notify_reap(struct notify *n)
{
	int status;

	for (size_t i = 0; i < n->running.n;) {
		struct running *r = &n->running.at[i];
		pid_t pid = waitpid(r->pid, &status, WNOHANG);

		if (pid == 0 || (pid < 0 && errno == EINTR)) {
			i++;
			continue;
		}
		struct running gone = *r;

		/* who hears of it may start the next one */
		*r = n->running.at[--n->running.n];
		if (gone.ended)
			gone.ended(gone.ctx, pid > 0 ? status : W_EXITCODE(EXIT_NOT_STARTED, 0));
		else if (pid > 0)
			log_end(n, gone.name, status);
	}
}

/* Waits for SIGCHLD, which is blocked, until then or a script ends. */
static void await_child(mono_t until)
{
	int64_t left = mono_diff(until, mono_now());
	sigset_t child;

	if (left <= 0)
		return;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	struct timespec ts = {.tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S};

	sigtimedwait(&child, NULL, &ts);
}

static void reap_until(struct notify *n, mono_t until)
{
	notify_reap(n);
	while (n->running.n && mono_before(mono_now(), until)) {
		await_child(until);
		notify_reap(n);
	}
}

void notify_finish(struct notify *n, int64_t wait_ns)
{
	sigset_t child, old;

	/* their readers come to the end of the file */
	for (size_t i = 0; i < N_FIFOS; i++)
		fifo_close(&n->fifos[i].fifo);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &old);
	reap_until(n, mono_add(mono_now(), wait_ns));
	for (size_t i = 0; i < n->running.n; i++)
		kill(-n->running.at[i].pid, SIGTERM);
	reap_until(n, mono_add(mono_now(), KILL_GRACE_NS));
	for (size_t i = 0; i < n->running.n; i++)
		kill(-n->running.at[i].pid, SIGKILL);
	reap_until(n, mono_add(mono_now(), KILL_GRACE_NS));
	sigprocmask(SIG_SETMASK, &old, NULL);
}
