/* An echo server for numbered datagrams, inside the harness: `run echo udp 5000`. It answers with
 * what came and its node's name behind it, so that each answer tells who gave it. The answer leaves
 * from the address that was asked (IP_PKTINFO), which is what direct routing needs: there the VIP
 * stands on lo.
 *
 * A single socket for both families; nothing of TCP (RFC 862's other half). */
#include "harness/run/driver.h"
#include "harness/run/program.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ECHO_BYTES 2048
#define ECHO_BATCH 16

struct echo {
	int fd;
	struct event *readable;
	struct program *program;
};

/* Answers one datagram, from the address to which it was sent. */
static void answer(const struct echo *e, struct msghdr *got, const char *bytes, size_t n)
{
	const char *name = e->program->node->name;
	struct iovec iov[2] = {{.iov_base = (void *)(uintptr_t)bytes, .iov_len = n},
			       {.iov_base = (void *)(uintptr_t)name, .iov_len = strlen(name)}};
	union {
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
		struct cmsghdr align;
	} control;
	struct msghdr reply = {.msg_name = got->msg_name,
			       .msg_namelen = got->msg_namelen,
			       .msg_iov = iov,
			       .msg_iovlen = 2};

	for (struct cmsghdr *c = CMSG_FIRSTHDR(got); c; c = CMSG_NXTHDR(got, c)) {
		if (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_PKTINFO)
			continue;
		struct in6_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof(info));
		/* Only the address: the way back is the routing's business. */
		if (!IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
			info.ipi6_ifindex = 0;
		reply.msg_control = control.bytes;
		reply.msg_controllen = sizeof(control.bytes);
		memset(&control, 0, sizeof(control));
		struct cmsghdr *out = CMSG_FIRSTHDR(&reply);

		out->cmsg_level = IPPROTO_IPV6;
		out->cmsg_type = IPV6_PKTINFO;
		out->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(out), &info, sizeof(info));
	}
	/* What cannot be sent is lost, as on any network; the client sees it. */
	(void)sendmsg(e->fd, &reply, 0);
}

static void echo_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct echo *e = ctx;
	char bytes[ECHO_BATCH][ECHO_BYTES];
	char control[ECHO_BATCH][CMSG_SPACE(sizeof(struct in6_pktinfo))]
		__attribute__((aligned(8)));
	struct sockaddr_in6 from[ECHO_BATCH];
	struct iovec iov[ECHO_BATCH];
	struct mmsghdr msgs[ECHO_BATCH];

	(void)what;
	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < ECHO_BATCH; i++) {
		iov[i] = (struct iovec){bytes[i], sizeof(bytes[i])};
		msgs[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
						  .msg_namelen = sizeof(from[i]),
						  .msg_iov = &iov[i],
						  .msg_iovlen = 1,
						  .msg_control = control[i],
						  .msg_controllen = sizeof(control[i])};
	}
	int n = recvmmsg(fd, msgs, ECHO_BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++)
		answer(e, &msgs[i].msg_hdr, bytes[i], msgs[i].msg_len);
}

static int echo_port(const struct program *p, uint16_t *port)
{
	const char *const *args = p->scn->args;

	if (!args || !args[0] || !args[1] || strcmp(args[0], "udp") != 0)
		return -EINVAL;
	char *end;
	unsigned long n = strtoul(args[1], &end, 10);

	if (*end || n == 0 || n > 65535)
		return -EINVAL;
	*port = (uint16_t)n;
	return 0;
}

static int echo_open(struct world *w, struct program *p)
{
	static const int on = 1, off = 0;
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	uint16_t port;
	int err = echo_port(p, &port);

	if (err)
		return err;
	int fd = world_socket(w, p->node, AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0)
		return fd;
	any.sin6_port = htons(port);
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0 ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	struct echo *e = calloc(1, sizeof(*e));

	must(e != NULL);
	e->fd = fd;
	e->program = p;
	e->readable = world_watch(w, fd, echo_readable, e);
	p->own = e;
	return 0;
}

static void echo_close(struct world *w, struct program *p)
{
	struct echo *e = p->own;

	(void)w;
	if (!e)
		return;
	event_free(e->readable);
	close(e->fd);
	free(e);
	p->own = NULL;
}

const struct driver driver_echo = {
	.name = "echo",
	.synopsis = "echo udp PORT",
	.help = "answers datagrams with themselves and the node's name; inside vipdrill",
	.open = echo_open,
	.close = echo_close,
};
