/* What changes in a namespace: links, addresses, neighbour and forwarding entries.
 *
 * The socket is read here and not by libnl, because libnl folds ENOBUFS ("messages were dropped")
 * into "out of memory"; a reader that cannot tell them apart cannot know that it must look anew.
 */
#include "lib/base/must.h"
#include "lib/nl/internal.h"
#include "lib/nl/route.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MONITOR_RCVBUF_BYTES  (16 << 20)
#define MONITOR_MESSAGE_BYTES 65536

struct nl_monitor {
	int fd;
	struct nl_monitor_ops ops;
	void *ctx;
	char buffer[MONITOR_MESSAGE_BYTES] __attribute__((aligned(16)));
};

static int join(int fd, unsigned group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0
		       ? -errno
		       : 0;
}

static int subscribe(int fd, const struct nl_monitor_ops *ops)
{
	int size_bytes = MONITOR_RCVBUF_BYTES;
	int err = 0;

	/* Beyond the system's limit where that is allowed, up to it otherwise. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size_bytes, sizeof(size_bytes)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size_bytes, sizeof(size_bytes));
	if (ops->link)
		err = join(fd, RTNLGRP_LINK);
	if (ops->addr && !err)
		err = join(fd, RTNLGRP_IPV4_IFADDR);
	if (ops->addr && !err)
		err = join(fd, RTNLGRP_IPV6_IFADDR);
	if (ops->neigh && !err)
		err = join(fd, RTNLGRP_NEIGH);
	return err;
}

int nl_monitor_open(struct nl_monitor **out, const struct nl_monitor_ops *ops, void *ctx)
{
	struct sockaddr_nl self = {.nl_family = AF_NETLINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	int err = bind(fd, (struct sockaddr *)&self, sizeof(self)) < 0 ? -errno : 0;

	if (!err)
		err = subscribe(fd, ops);
	if (err) {
		close(fd);
		return err;
	}
	struct nl_monitor *m = calloc(1, sizeof(*m));

	must(m != NULL);
	m->fd = fd;
	m->ops = *ops;
	m->ctx = ctx;
	*out = m;
	return 0;
}

int nl_monitor_add(struct nl_monitor *m, enum nl_monitor_kind kind)
{
	bool routes = kind == NL_MONITOR_ROUTES;
	int err = join(m->fd, routes ? RTNLGRP_IPV4_ROUTE : RTNLGRP_IPV4_RULE);

	return err ? err : join(m->fd, routes ? RTNLGRP_IPV6_ROUTE : RTNLGRP_IPV6_RULE);
}

int nl_monitor_fd(const struct nl_monitor *m)
{
	return m->fd;
}

static void deliver(struct nl_monitor *m, const struct nlmsghdr *h)
{
	struct nl_link link;
	struct nl_addr addr;
	struct nl_neigh neigh;
	struct nl_route_seen route;
	struct nl_whole_rule rule;
	bool gone;

	if (m->ops.link && nl_link_decode(h, &link))
		m->ops.link(m->ctx, &link);
	else if (m->ops.addr && nl_addr_decode(h, &addr))
		m->ops.addr(m->ctx, &addr, h->nlmsg_type == RTM_DELADDR);
	else if (m->ops.neigh && nl_neigh_decode(h, &neigh))
		m->ops.neigh(m->ctx, &neigh);
	else if (m->ops.route && nl_route_decode(h, &route))
		m->ops.route(m->ctx, &route, h->nlmsg_pid);
	else if (m->ops.rule && nl_rule_decode(h, &rule, &gone))
		m->ops.rule(m->ctx, &rule, gone, h->nlmsg_pid);
}

int nl_monitor_read(struct nl_monitor *m)
{
	for (;;) {
		struct sockaddr_nl from = {0};
		socklen_t from_bytes = sizeof(from);
		ssize_t n = recvfrom(m->fd, m->buffer, sizeof(m->buffer), MSG_TRUNC,
				     (struct sockaddr *)&from, &from_bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n < 0 && errno != ENOBUFS)
			return -errno;
		/* ENOBUFS, or one message that is larger than any that the kernel sends today. */
		if (n < 0 || n > (ssize_t)sizeof(m->buffer)) {
			if (m->ops.lost)
				m->ops.lost(m->ctx);
			continue;
		}
		if (from.nl_pid != 0) /* not the kernel */
			continue;
		int left = (int)n;

		for (const struct nlmsghdr *h = (const struct nlmsghdr *)m->buffer;
		     nlmsg_ok(h, left); h = nlmsg_next((struct nlmsghdr *)(uintptr_t)h, &left))
			deliver(m, h);
	}
}

void nl_monitor_close(struct nl_monitor *m)
{
	if (!m)
		return;
	close(m->fd);
	free(m);
}
