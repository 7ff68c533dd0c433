/* A node as the harness sees it: its agent, and what it asks of it.
 */
#include "lib/base/must.h"
#include "netns/internal.h"
#include "netns/private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define NODE_NAMESPACES (CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID)

int netns_agent_start(struct netns_node *node)
{
	struct agent_reply ready = {0};
	int control[2], events[2];
	unsigned n_fds = 0;
	int fds[AGENT_FDS_MAX];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, events) < 0) {
		int err = -errno;

		close(control[0]);
		close(control[1]);
		return err;
	}
	fflush(NULL); /* what is buffered is written once, here */
	/* As fork(), with namespaces; no stack, so the child goes on with a copy of this one. */
	long pid = syscall(SYS_clone, NODE_NAMESPACES | SIGCHLD, 0, 0, 0, 0);
	int err = pid < 0 ? -errno : 0;

	if (pid == 0) {
		close(control[0]);
		close(events[0]);
		agent_main(control[1], events[1], node->name);
	}
	close(control[1]);
	close(events[1]);
	node->control_fd = control[0];
	node->events_fd = events[0];
	if (err)
		return err;
	node->agent = (pid_t)pid;
	ssize_t n = agent_receive(node->control_fd, &ready, sizeof(ready), fds, &n_fds);

	if (n != sizeof(ready))
		return n < 0 ? (int)n : -EPIPE;
	if (n_fds == 1)
		node->net_fd = fds[0];
	if (ready.result)
		fprintf(stderr, "node %s: %.*s: %s\n", node->name, (int)sizeof(ready.where),
			ready.where, strerror(-ready.result));
	return ready.result;
}

void netns_agent_end(struct netns_node *node)
{
	if (node->agent > 0) {
		kill(node->agent, SIGKILL);
		while (waitpid(node->agent, NULL, 0) < 0 && errno == EINTR)
			;
		node->agent = 0;
	}
	if (node->control_fd >= 0)
		close(node->control_fd);
	if (node->events_fd >= 0)
		close(node->events_fd);
	if (node->net_fd >= 0)
		close(node->net_fd);
	node->control_fd = node->events_fd = node->net_fd = -1;
}

/* Sends node->request and waits for its answer. */
static int ask(struct netns_node *node, const int *fds, unsigned n_fds)
{
	struct agent_request *r = &node->request;
	struct agent_reply reply;
	int none[AGENT_FDS_MAX];
	unsigned n_none;

	if (!node->agent)
		return -ESRCH;
	int err = agent_send(node->control_fd, r,
			     offsetof(struct agent_request, text) + r->text_bytes, fds, n_fds);

	if (err)
		return err == -EPIPE || err == -ECONNRESET ? -ESRCH : err;
	ssize_t n = agent_receive(node->control_fd, &reply, sizeof(reply), none, &n_none);

	if (n != sizeof(reply))
		return n < 0 && n != -ECONNRESET ? (int)n : -ESRCH;
	return reply.result;
}

/* An empty request of the kind. */
static struct agent_request *request_new(struct netns_node *node, enum agent_request_kind kind)
{
	memset(&node->request, 0, offsetof(struct agent_request, text));
	node->request.kind = kind;
	return &node->request;
}

static int request_text(struct agent_request *r, const char *text)
{
	size_t n = strlen(text) + 1;

	if (n > sizeof(r->text) - r->text_bytes)
		return -E2BIG;
	memcpy(r->text + r->text_bytes, text, n);
	r->text_bytes += (uint32_t)n;
	return 0;
}

int netns_spawn(struct netns_node *node, const struct netns_spawn *what, pid_t *pid)
{
	struct agent_request *r = request_new(node, AGENT_SPAWN);
	int fds[AGENT_FDS_MAX] = {what->stdout_fd, what->stderr_fd, -1};
	unsigned n_fds = 2;
	int err = 0;

	for (int i = 0; what->argv[i] && !err; i++)
		err = request_text(r, what->argv[i]);
	if (err)
		return err;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0)
		return -errno;
	for (int i = 0; i < 2; i++)
		if (fds[i] < 0)
			fds[i] = null;
	if (private_covers(what->argv[0])) {
		fds[2] = private_take(what->argv[0]);
		if (fds[2] >= 0)
			n_fds = 3;
	}
	int result = ask(node, fds, n_fds);

	if (n_fds == 3)
		close(fds[2]);
	close(null);
	if (result < 0)
		return result;
	*pid = result;
	return 0;
}

int netns_signal(struct netns_node *node, pid_t pid, int sig, bool group)
{
	struct agent_request *r = request_new(node, AGENT_SIGNAL);

	r->pid = pid;
	r->sig = sig;
	r->group = group;
	return ask(node, NULL, 0);
}

int netns_node_fd(const struct netns_node *node)
{
	return node->events_fd;
}

int netns_node_exit(struct netns_node *node, pid_t *pid, int *status)
{
	struct agent_event event;
	ssize_t n = recv(node->events_fd, &event, sizeof(event), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n != sizeof(event))
		return -EPIPE;
	*pid = event.pid;
	*status = event.status;
	return 1;
}

/* net.ipv4.ip_forward -> net/ipv4/ip_forward, as sysctl(8): a slash stands for a dot in a name. */
int netns_sysctl(struct netns_node *node, const char *name, const char *value)
{
	struct agent_request *r = request_new(node, AGENT_WRITE);
	char path[256];
	int n = snprintf(path, sizeof(path), "/proc/sys/%s", name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (strstr(name, ".."))
		return -EINVAL;
	for (char *p = path + strlen("/proc/sys/"); *p; p++)
		if (*p == '.')
			*p = '/';
		else if (*p == '/')
			*p = '.';
	int err = request_text(r, path);

	if (!err)
		err = request_text(r, value);
	return err ? err : ask(node, NULL, 0);
}

static int copy_fd(struct netns_node *node, int fd, const char *to_path)
{
	struct agent_request *r = request_new(node, AGENT_COPY);
	int err = request_text(r, to_path);

	return err ? err : ask(node, &fd, 1);
}

int netns_copy_in(struct netns_node *node, const char *from_path, const char *to_path)
{
	int fd = open(from_path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = copy_fd(node, fd, to_path);

	close(fd);
	return err;
}

int netns_write_in(struct netns_node *node, const char *to_path, const void *bytes, size_t n)
{
	int fd = memfd_create("copy", MFD_CLOEXEC);
	const char *p = bytes;
	int err = 0;

	if (fd < 0)
		return -errno;
	while (n && !err) {
		ssize_t written = write(fd, p, n);

		if (written < 0)
			err = -errno;
		else
			p += written, n -= (size_t)written;
	}
	if (!err && lseek(fd, 0, SEEK_SET) < 0)
		err = -errno;
	if (!err)
		err = copy_fd(node, fd, to_path);
	close(fd);
	return err;
}
