/* The agent of a node: pid 1 of its namespaces. It prepares the node's file system, starts programs
 * when the harness asks, reaps them, and tells how they ended. When the harness is gone, so is it,
 * and the kernel ends everything else in the node.
 *
 * Programs get a fixed environment: nothing of the user's reaches a run, except the options of
 * sanitizers. Each is the leader of a session of its own, with /dev/null as its input.
 */
#include "netns/agent.h"

#include "lib/base/must.h"
#include "lib/base/vec.h"
#include "lib/nl/nl.h"
#include "netns/private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define AGENT_ARGS_MAX 256

struct agent_child {
	pid_t pid;
	bool ended;
	int status;
};

struct agent {
	int control;
	int events;
	int signals;
	VEC(struct agent_child) children;
	struct agent_request request;
	char *env[16];
};

/* ---- getting ready ------------------------------------------------------------------------- */

/* Only these descriptors are the agent's; what else the harness had open is none of its business.
 */
static void keep_only(int *control, int *events)
{
	int high_control = fcntl(*control, F_DUPFD_CLOEXEC, 1000);
	int high_events = fcntl(*events, F_DUPFD_CLOEXEC, 1000);

	must(high_control >= 0 && high_events >= 0);
	must(dup3(high_control, 3, O_CLOEXEC) == 3 && dup3(high_events, 4, O_CLOEXEC) == 4);
	must(close_range(5, ~0U, 0) == 0);
	*control = 3;
	*events = 4;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, 0);
		close(null);
	}
}

static void write_if_there(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	close(fd);
}

static int prepare(const char *hostname, const char **where)
{
	struct nl *nl = NULL;

	*where = "the host name";
	if (sethostname(hostname, strlen(hostname)) < 0)
		return -errno;
	int err = private_mount(where);

	if (!err)
		err = private_mount_kernel(where);
	if (err)
		return err;
	/* Addresses are usable at once: a failover must not wait for its own network. */
	write_if_there("/proc/sys/net/ipv6/conf/all/accept_dad", "0");
	write_if_there("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
	write_if_there("/proc/sys/net/ipv6/conf/all/dad_transmits", "0");
	write_if_there("/proc/sys/net/ipv6/conf/default/dad_transmits", "0");
	*where = "the loopback interface";
	err = nl_open(&nl);
	if (!err)
		err = nl_link_set_up(nl, 1, true);
	nl_release(nl);
	return err;
}

static void fill_environment(struct agent *agent)
{
	static const char *const passed[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"};
	static const char *const fixed[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
		"LANG=C", "TZ=UTC"};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		agent->env[n++] = strdup(fixed[i]);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
		const char *value = getenv(passed[i]);

		if (value && asprintf(&agent->env[n], "%s=%s", passed[i], value) >= 0)
			n++;
	}
	agent->env[n] = NULL;
	/* posix_spawnp searches the PATH of its caller. */
	setenv("PATH", strchr(fixed[0], '=') + 1, 1);
}

/* ---- requests ------------------------------------------------------------------------------ */

static int split_text(struct agent_request *r, char *argv[AGENT_ARGS_MAX])
{
	int n = 0;

	if (!r->text_bytes || r->text[r->text_bytes - 1] != '\0')
		return -EINVAL;
	for (char *p = r->text; p < r->text + r->text_bytes; p += strlen(p) + 1) {
		if (n == AGENT_ARGS_MAX - 1)
			return -E2BIG;
		argv[n++] = p;
	}
	argv[n] = NULL;
	return n;
}

static int start_program(struct agent *agent, char *const *argv, const int *fds)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	pid_t pid = 0;

	sigemptyset(&none);
	sigfillset(&all);
	must(posix_spawnattr_init(&attr) == 0);
	must(posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						     POSIX_SPAWN_SETSIGDEF) == 0);
	must(posix_spawnattr_setsigmask(&attr, &none) == 0);
	must(posix_spawnattr_setsigdefault(&attr, &all) == 0);
	must(posix_spawn_file_actions_init(&files) == 0);
	must(posix_spawn_file_actions_adddup2(&files, 0, 0) == 0);
	must(posix_spawn_file_actions_adddup2(&files, fds[0], 1) == 0);
	must(posix_spawn_file_actions_adddup2(&files, fds[1], 2) == 0);
	int err = posix_spawnp(&pid, argv[0], &files, &attr, argv, agent->env);

	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	if (err)
		return -err;
	*vec_push(&agent->children) = (struct agent_child){.pid = pid};
	return pid;
}

static int do_spawn(struct agent *agent, const int *fds, unsigned n_fds)
{
	char *argv[AGENT_ARGS_MAX];
	int n = split_text(&agent->request, argv);

	if (n < 0)
		return n;
	if (n == 0 || n_fds < 2)
		return -EINVAL;
	/* The program lies where a private folder hides it: it comes along as a mount. */
	if (n_fds == 3 && access(argv[0], F_OK) < 0) {
		int err = private_put(fds[2], argv[0]);

		if (err)
			return err;
	}
	return start_program(agent, argv, fds);
}

static int do_signal(const struct agent_request *r)
{
	/* Never pid 1 (this agent), 0 or -1 (everything). */
	if (r->pid <= 1)
		return -ESRCH;
	return kill(r->group ? -r->pid : r->pid, r->sig) < 0 ? -errno : 0;
}

static int do_copy(struct agent_request *r, int from)
{
	char *argv[AGENT_ARGS_MAX];
	ssize_t n;

	if (split_text(r, argv) != 1 || argv[0][0] != '/')
		return -EINVAL;
	int err = private_make_parents(argv[0]);

	if (err)
		return err;
	int to = open(argv[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (to < 0)
		return -errno;
	do
		n = sendfile(to, from, NULL, 1 << 20);
	while (n > 0 || (n < 0 && errno == EINTR));
	err = n < 0 ? -errno : 0;
	if (close(to) < 0 && !err)
		err = -errno;
	return err;
}

static int do_write(struct agent_request *r)
{
	char *argv[AGENT_ARGS_MAX];

	if (split_text(r, argv) != 2)
		return -EINVAL;
	int fd = open(argv[0], O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = write(fd, argv[1], strlen(argv[1])) < 0 ? -errno : 0;

	close(fd);
	return err;
}

static int answer(struct agent *agent, const int *fds, unsigned n_fds)
{
	switch ((enum agent_request_kind)agent->request.kind) {
	case AGENT_SPAWN:
		return do_spawn(agent, fds, n_fds);
	case AGENT_SIGNAL:
		return do_signal(&agent->request);
	case AGENT_COPY:
		return n_fds == 1 ? do_copy(&agent->request, fds[0]) : -EINVAL;
	case AGENT_WRITE:
		return do_write(&agent->request);
	}
	return -ENOSYS;
}

static void serve_request(struct agent *agent)
{
	int fds[AGENT_FDS_MAX];
	unsigned n_fds;
	ssize_t n =
		agent_receive(agent->control, &agent->request, sizeof(agent->request), fds, &n_fds);

	/* The harness is gone or speaks another language: the node ends. */
	if (n < (ssize_t)offsetof(struct agent_request, text))
		_exit(0);
	must(agent->request.text_bytes == (size_t)n - offsetof(struct agent_request, text));
	struct agent_reply reply = {.result = answer(agent, fds, n_fds)};

	for (unsigned i = 0; i < n_fds; i++)
		close(fds[i]);
	if (agent_send(agent->control, &reply, sizeof(reply), NULL, 0) < 0)
		_exit(0);
}

/* ---- ends ---------------------------------------------------------------------------------- */

static void reap(struct agent *agent)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(agent->signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (size_t i = 0; i < agent->children.n; i++)
			if (agent->children.at[i].pid == pid && !agent->children.at[i].ended) {
				agent->children.at[i].ended = true;
				agent->children.at[i].status = status;
				break;
			}
}

/* True: all that is to tell is told. */
static bool tell_ends(struct agent *agent)
{
	for (size_t i = 0; i < agent->children.n;) {
		struct agent_child *child = &agent->children.at[i];
		struct agent_event event = {.pid = child->pid, .status = child->status};

		if (!child->ended) {
			i++;
			continue;
		}
		if (send(agent->events, &event, sizeof(event), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return errno != EAGAIN;
		memmove(child, child + 1, (agent->children.n - i - 1) * sizeof(*child));
		agent->children.n--;
	}
	return true;
}

_Noreturn void agent_main(int control_fd, int events_fd, const char *hostname)
{
	struct agent *agent = calloc(1, sizeof(*agent));
	struct agent_reply ready = {0};
	const char *where = "";
	sigset_t chld;

	must(agent != NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "vipdrill-node");
	keep_only(&control_fd, &events_fd);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	must(sigprocmask(SIG_SETMASK, &chld, NULL) == 0);
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	agent->control = control_fd;
	agent->events = events_fd;
	agent->signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	must(agent->signals >= 0);
	fill_environment(agent);
	ready.result = prepare(hostname, &where);
	snprintf(ready.where, sizeof(ready.where), "%s", where);
	int ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (ns < 0 && !ready.result)
		ready.result = -errno;
	if (agent_send(control_fd, &ready, sizeof(ready), &ns, ns >= 0) < 0 || ready.result)
		_exit(1);
	close(ns);
	for (;;) {
		bool told = tell_ends(agent);
		struct pollfd fds[3] = {
			{.fd = control_fd, .events = POLLIN},
			{.fd = agent->signals, .events = POLLIN},
			{.fd = told ? -1 : events_fd, .events = POLLOUT},
		};

		if (poll(fds, 3, -1) < 0 && errno != EINTR)
			_exit(1);
		if (fds[1].revents)
			reap(agent);
		if (fds[0].revents)
			serve_request(agent);
	}
}
