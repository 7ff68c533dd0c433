/* The part that all probes share: a non-blocking connection with a time limit, and the end.
 *
 * Errors of the network count as the server's: whatever keeps us from reaching it keeps it from
 * serving. Only what is ours alone (no descriptors, no memory) says nothing about it.
 */
#include "daemon/check/probe.h"

#include "lib/base/must.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum check_outcome probe_outcome_of(int err)
{
	switch (err) {
	case 0:
		return CHECK_OK;
	case ECONNREFUSED:
		return CHECK_REFUSED;
	case ETIMEDOUT:
		return CHECK_TIMEOUT;
	case ECONNRESET:
	case EPIPE:
	case ECONNABORTED:
		return CHECK_RESET;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return CHECK_LOCAL;
	default:
		return CHECK_UNREACHABLE;
	}
}

static struct timeval duration(int64_t ns)
{
	return (struct timeval){.tv_sec = (time_t)(ns / NS_PER_S),
				.tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US)};
}

static socklen_t sockaddr_of(const struct wire_ip *ip, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (ip->family == AF_INET) {
		v4->sin_family = AF_INET;
		v4->sin_addr = ip->v4;
		v4->sin_port = htons(port);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_addr = ip->v6;
	v6->sin6_port = htons(port);
	return sizeof(*v6);
}

/* 0, -EINPROGRESS or -errno. */
static int begin(struct probe *p)
{
	const struct probe_target *t = &p->target;
	struct sockaddr_storage to, from;
	socklen_t to_len = sockaddr_of(&t->ip, t->port, &to);
	int one = 1;

	p->fd = socket(t->ip.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (p->fd < 0)
		return -errno;
	if (t->bind_ip.family || t->bind_port) {
		struct wire_ip any = {.family = t->ip.family};
		const struct wire_ip *ip = t->bind_ip.family ? &t->bind_ip : &any;
		socklen_t len = sockaddr_of(ip, t->bind_port, &from);

		/* The last run's connection may still be in TIME_WAIT on that port. */
		setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(p->fd, (struct sockaddr *)&from, len) < 0)
			return -errno;
	}
	return connect(p->fd, (struct sockaddr *)&to, to_len) < 0 ? -errno : 0;
}

void probe_cancel(struct probe *p)
{
	if (!p)
		return;
	if (p->io)
		event_free(p->io);
	if (p->whole)
		event_free(p->whole);
	if (p->fd >= 0)
		close(p->fd);
	http_exchange_free(p->http);
	free(p);
}

void probe_finish(struct probe *p, enum check_outcome outcome, const char *detail)
{
	probe_done_fn *done = p->done;
	void *ctx = p->ctx;

	probe_cancel(p);
	done(ctx, outcome, detail);
}

struct event *probe_event_new(struct event_base *base, evutil_socket_t fd, short events,
			      event_callback_fn callback, void *arg)
{
	struct event *ev = event_new(base, fd, events, callback, arg);

	must(ev != NULL);
	event_priority_set(ev, event_base_get_npriorities(base) - 1);
	return ev;
}

static void set_event(struct probe *p, evutil_socket_t fd, short events, int64_t timeout_ns,
		      event_callback_fn callback)
{
	struct timeval tv = duration(timeout_ns);

	if (p->io)
		event_free(p->io);
	p->io = probe_event_new(p->base, fd, events, callback, p);
	event_add(p->io, &tv);
}

bool probe_timed_out(const struct probe *p, short events)
{
	struct pollfd fd = {.fd = p->fd, .events = POLLIN};

	if (!(events & EV_TIMEOUT))
		return false;
	if (event_get_events(p->io) & EV_WRITE)
		fd.events = POLLOUT;
	return poll(&fd, 1, 0) <= 0;
}

void probe_wait(struct probe *p, short events, event_callback_fn callback)
{
	set_event(p, p->fd, events, p->target.timeout_ns, callback);
}

/* Says which of the many ways of being unreachable it was. */
static void finish_with(struct probe *p, int err)
{
	enum check_outcome o = probe_outcome_of(err);

	probe_finish(p, o, o == CHECK_UNREACHABLE || o == CHECK_LOCAL ? strerror(err) : "");
}

static void on_failure(evutil_socket_t fd, short events, void *arg)
{
	struct probe *p = arg;

	(void)fd;
	(void)events;
	finish_with(p, p->pending_err);
}

static void on_whole(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	probe_finish(arg, CHECK_TIMEOUT, "the answer did not end");
}

static void on_connected(evutil_socket_t fd, short events, void *arg)
{
	struct probe *p = arg;
	struct timeval tv = duration(p->target.timeout_whole_ns);
	int err = 0;
	socklen_t len = sizeof(err);

	if (probe_timed_out(p, events)) {
		probe_finish(p, CHECK_TIMEOUT, "");
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err) {
		finish_with(p, err);
		return;
	}
	p->whole = probe_event_new(p->base, -1, 0, on_whole, p);
	event_add(p->whole, &tv);
	p->connected(p);
}

struct probe *probe_start(struct event_base *base, const struct probe_target *t,
			  void (*connected)(struct probe *p), probe_done_fn *done, void *ctx)
{
	struct probe *p = calloc(1, sizeof(*p));

	must(p != NULL && t->timeout_ns > 0 && t->timeout_whole_ns > 0);
	*p = (struct probe){.base = base,
			    .target = *t,
			    .done = done,
			    .ctx = ctx,
			    .connected = connected,
			    .fd = -1};
	int err = begin(p);

	if (err == 0 || err == -EINPROGRESS) {
		probe_wait(p, EV_WRITE, on_connected);
		return p;
	}
	p->pending_err = -err;
	/* Thousands may fail in one turn of the loop; none keeps a descriptor until it is told. */
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	set_event(p, -1, 0, 0, on_failure);
	return p;
}
