/* Raw sockets for VRRP over IPv4.
 *
 * The IP header is ours (IP_HDRINCL): source, TTL and identification are then exactly what was
 * asked for, and one socket serves every router of the interface. The kernel hands out the header
 * with each received packet, so source, destination and TTL (RFC 9568, 7.1: 255) are read there.
 * Whether a packet is welcome is for advert.c to say.
 */
#include "daemon/vrrp/port.h"

#include <errno.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOS_INTERNETWORK_CONTROL 0xc0
/* A thousand routers advertise in one instant when their master starts: all must fit. */
#define RECEIVE_BUFFER_BYTES (8 << 20)

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_up(struct port *p)
{
	int err = set_int(p->fd, IPPROTO_IP, IP_HDRINCL, 1);

	if (!err && p->ifname[0])
		err = setsockopt(p->fd, SOL_SOCKET, SO_BINDTODEVICE, p->ifname,
				 (socklen_t)strlen(p->ifname) + 1) < 0
			      ? -errno
			      : 0;
	if (!err)
		err = set_int(p->fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	/* only the groups that this socket itself has joined */
	if (!err)
		err = set_int(p->fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
	if (!err && p->ifname[0]) {
		struct ip_mreqn mreq = {.imr_ifindex = p->ifindex};

		err = setsockopt(p->fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq)) < 0
			      ? -errno
			      : 0;
	}
	if (set_int(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES) < 0)
		set_int(p->fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
	set_int(p->fd, SOL_SOCKET, SO_PRIORITY, 6); /* before ordinary traffic in the queues */
	return err;
}

int port_open(struct port *p, const char *ifname, int ifindex)
{
	memset(p, 0, sizeof(*p));
	strncpy(p->ifname, ifname, sizeof(p->ifname) - 1);
	p->ifindex = ifindex;
	p->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, VRRP_PROTOCOL);
	if (p->fd < 0)
		return -errno;
	int err = set_up(p);

	if (err)
		port_close(p);
	return err;
}

void port_close(struct port *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->n_groups = 0;
}

int port_join(struct port *p, const struct wire_ip *group)
{
	struct ip_mreqn mreq = {.imr_multiaddr = group->v4, .imr_ifindex = p->ifindex};

	for (unsigned i = 0; i < p->n_groups; i++)
		if (wire_ip_equal(&p->group[i], group))
			return 0;
	if (p->n_groups == PORT_GROUPS_MAX)
		return -ENOBUFS;
	if (setsockopt(p->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)) < 0)
		return -errno;
	p->group[p->n_groups++] = *group;
	return 0;
}

int port_receive(const struct port *p, uint8_t buffer[PORT_RECEIVE_BYTES], struct port_packet *out)
{
	struct wire_frame frame;
	ssize_t n;

	do
		n = recv(p->fd, buffer, PORT_RECEIVE_BYTES, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	if (!wire_ip_decode(buffer, (size_t)n, &frame) || frame.ip_src.family != AF_INET ||
	    frame.ip_protocol != VRRP_PROTOCOL || frame.ip_fragment)
		return -EBADMSG;
	*out = (struct port_packet){.src = frame.ip_src,
				    .dst = frame.ip_dst,
				    .ttl = frame.ip_ttl,
				    .message = frame.payload,
				    .message_len = frame.payload_len};
	return 1;
}

void port_put_header(struct port_letter *letter, const struct wire_ip *src, uint8_t ttl,
		     uint16_t id, size_t message_len)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tos = TOS_INTERNETWORK_CONTROL,
		.tot_len = htons((uint16_t)(PORT_HEADER_BYTES + message_len)),
		.id = htons(id),
		.ttl = ttl,
		.protocol = VRRP_PROTOCOL,
		.saddr = src->v4.s_addr,
		.daddr = letter->dst.v4.s_addr,
	}; /* the kernel fills the checksum */

	memcpy(letter->bytes, &ip, sizeof(ip));
	letter->len = PORT_HEADER_BYTES + message_len;
}

/* Sends letters first..last-1, all of one port. */
static void send_run(struct port_outbox *box, unsigned first, unsigned last,
		     void (*sent)(void *ctx, size_t owner, int err), void *ctx)
{
	struct mmsghdr messages[PORT_BATCH];
	struct sockaddr_in to[PORT_BATCH];
	struct iovec iov[PORT_BATCH];
	unsigned n = last - first, done = 0;

	memset(messages, 0, sizeof(messages));
	for (unsigned i = 0; i < n; i++) {
		struct port_letter *letter = &box->at[first + i];

		to[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = letter->dst.v4};
		iov[i] = (struct iovec){letter->bytes, letter->len};
		messages[i].msg_hdr.msg_name = &to[i];
		messages[i].msg_hdr.msg_namelen = sizeof(to[i]);
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < n) {
		int got = sendmmsg(box->at[first].port->fd, messages + done, n - done, 0);

		if (got < 0 && errno == EINTR)
			continue;
		/* sendmmsg stops at the first that fails; the others still deserve their turn */
		if (got <= 0) {
			sent(ctx, box->at[first + done].owner, got < 0 ? -errno : -EIO);
			done++;
			continue;
		}
		for (int i = 0; i < got; i++)
			sent(ctx, box->at[first + done + (unsigned)i].owner, 0);
		done += (unsigned)got;
	}
}

void port_send(struct port_outbox *box, void (*sent)(void *ctx, size_t owner, int err), void *ctx)
{
	for (unsigned first = 0; first < box->n;) {
		unsigned last = first + 1;

		while (last < box->n && box->at[last].port == box->at[first].port)
			last++;
		send_run(box, first, last, sent, ctx);
		first = last;
	}
	box->n = 0;
}
