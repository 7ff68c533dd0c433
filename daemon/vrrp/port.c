/* Raw sockets for VRRP over IPv4 and IPv6.
 *
 * The IP header is ours (IP_HDRINCL, IPV6_HDRINCL): source, TTL and identification are then exactly
 * what was asked for, and one socket serves every router of the interface. Over IPv4 the kernel
 * hands out the header with each received packet, so source, destination and TTL (RFC 9568, 7.1:
 * 255) are read there; over IPv6 it never does, and tells them beside the packet (RFC 3542, 6).
 * Checksums are made and judged by lib/wire in both. Whether a packet is welcome is for advert.c to
 * say.
 */
#include "daemon/vrrp/port.h"

#include "lib/base/must.h"
#include "lib/wire/auth.h"

#include <errno.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TOS_INTERNETWORK_CONTROL 0xc0
/* A thousand routers advertise in one instant when their master starts: all must fit. */
#define RECEIVE_BUFFER_BYTES (8 << 20)

#define BESIDE_BYTES (CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int)))

union destination {
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static int set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_up_ip4(const struct port *p)
{
	int err = set_int(p->fd, IPPROTO_IP, IP_HDRINCL, 1);

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
	return err;
}

static int set_up_ip6(const struct port *p)
{
	const struct {
		int option, value;
	} wanted[] = {
		{IPV6_HDRINCL, 1},	  {IPV6_RECVPKTINFO, 1},   {IPV6_RECVHOPLIMIT, 1},
		{IPV6_MULTICAST_LOOP, 0}, {IPV6_MULTICAST_ALL, 0},
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]) && !err; i++)
		err = set_int(p->fd, IPPROTO_IPV6, wanted[i].option, wanted[i].value);
	if (!err && p->ifname[0])
		err = set_int(p->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, p->ifindex);
	return err;
}

static int set_up(const struct port *p)
{
	int err = 0;

	if (p->ifname[0])
		err = setsockopt(p->fd, SOL_SOCKET, SO_BINDTODEVICE, p->ifname,
				 (socklen_t)strlen(p->ifname) + 1) < 0
			      ? -errno
			      : 0;
	if (!err)
		err = p->family == AF_INET ? set_up_ip4(p) : set_up_ip6(p);
	if (set_int(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES) < 0)
		set_int(p->fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
	set_int(p->fd, SOL_SOCKET, SO_PRIORITY, 6); /* before ordinary traffic in the queues */
	return err;
}

static int open_for(struct port *p, sa_family_t family, uint8_t protocol, const char *ifname,
		    int ifindex)
{
	must(family == AF_INET || family == AF_INET6);
	memset(p, 0, sizeof(*p));
	p->family = family;
	strncpy(p->ifname, ifname, sizeof(p->ifname) - 1);
	p->ifindex = ifindex;
	p->protocol = protocol;
	p->fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (p->fd < 0)
		return -errno;
	int err = set_up(p);

	if (err)
		port_close(p);
	return err;
}

int port_open(struct port *p, sa_family_t family, const char *ifname, int ifindex)
{
	return open_for(p, family, VRRP_PROTOCOL, ifname, ifindex);
}

int port_open_ah(struct port *p, const char *ifname, int ifindex)
{
	return open_for(p, AF_INET, IPPROTO_AH, ifname, ifindex);
}

void port_close(struct port *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->n_groups = 0;
}

static int join(const struct port *p, const struct wire_ip *group)
{
	struct ip_mreqn four = {.imr_multiaddr = group->v4, .imr_ifindex = p->ifindex};
	struct ipv6_mreq six = {.ipv6mr_multiaddr = group->v6,
				.ipv6mr_interface = (unsigned)p->ifindex};
	int got = p->family == AF_INET
			  ? setsockopt(p->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four))
			  : setsockopt(p->fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &six, sizeof(six));

	return got < 0 ? -errno : 0;
}

int port_join(struct port *p, const struct wire_ip *group)
{
	must(group->family == p->family);
	for (unsigned i = 0; i < p->n_groups; i++)
		if (wire_ip_equal(&p->group[i], group))
			return 0;
	if (p->n_groups == PORT_GROUPS_MAX)
		return -ENOBUFS;
	int err = join(p, group);

	if (!err)
		p->group[p->n_groups++] = *group;
	return err;
}

/* What the AH says is for auth.c to check; here only the message is found. */
static int skip_ah(const uint8_t *buffer, size_t n, struct port_packet *out)
{
	if (out->message_len < WIRE_AH_BYTES || out->message[0] != VRRP_PROTOCOL)
		return -EBADMSG;
	out->ip_packet = buffer;
	out->ip_len = n;
	out->message += WIRE_AH_BYTES;
	out->message_len -= WIRE_AH_BYTES;
	return 1;
}

static int read_ip4(uint8_t protocol, const uint8_t *buffer, size_t n, struct port_packet *out)
{
	struct wire_frame frame;

	if (!wire_ip_decode(buffer, n, &frame) || frame.ip_src.family != AF_INET ||
	    frame.ip_protocol != protocol || frame.ip_fragment)
		return -EBADMSG;
	*out = (struct port_packet){.src = frame.ip_src,
				    .dst = frame.ip_dst,
				    .ttl = frame.ip_ttl,
				    .message = frame.payload,
				    .message_len = frame.payload_len};
	return protocol == IPPROTO_AH ? skip_ah(buffer, n, out) : 1;
}

/* What the kernel tells beside an IPv6 packet: where it went to, and its hop limit. */
static int read_ip6(struct msghdr *m, const uint8_t *buffer, size_t n, struct port_packet *out)
{
	const struct sockaddr_in6 *from = m->msg_name;
	bool has_dst = false, has_ttl = false;
	struct in6_pktinfo info;
	int hops;

	*out = (struct port_packet){.src = {.family = AF_INET6, .v6 = from->sin6_addr},
				    .dst = {.family = AF_INET6},
				    .message = buffer,
				    .message_len = n};
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != IPPROTO_IPV6)
			continue;
		if (c->cmsg_type == IPV6_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(info))) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			out->dst.v6 = info.ipi6_addr;
			has_dst = true;
		}
		if (c->cmsg_type == IPV6_HOPLIMIT && c->cmsg_len >= CMSG_LEN(sizeof(hops))) {
			memcpy(&hops, CMSG_DATA(c), sizeof(hops));
			out->ttl = (uint8_t)hops;
			has_ttl = true;
		}
	}
	return has_dst && has_ttl ? 1 : -EBADMSG;
}

int port_receive(const struct port *p, struct port_inbox *box)
{
	uint8_t beside[PORT_INBOX][BESIDE_BYTES] __attribute__((aligned(8)));
	struct mmsghdr messages[PORT_INBOX];
	struct sockaddr_in6 from[PORT_INBOX];
	struct iovec iov[PORT_INBOX];
	int n;

	for (unsigned i = 0; i < PORT_INBOX; i++) {
		iov[i] = (struct iovec){box->bytes[i], PORT_RECEIVE_BYTES};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
		if (p->family == AF_INET)
			continue;
		messages[i].msg_hdr.msg_name = &from[i];
		messages[i].msg_hdr.msg_namelen = sizeof(from[i]);
		messages[i].msg_hdr.msg_control = beside[i];
		messages[i].msg_hdr.msg_controllen = sizeof(beside[i]);
	}
	box->n = 0;
	do
		n = recvmmsg(p->fd, messages, PORT_INBOX, 0, NULL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
	box->n = (unsigned)n;
	for (unsigned i = 0; i < box->n; i++) {
		struct msghdr *m = &messages[i].msg_hdr;
		size_t len = messages[i].msg_len;
		struct port_packet *out = &box->packet[i];

		box->whole[i] =
			!(m->msg_flags & MSG_TRUNC) &&
			(p->family == AF_INET ? read_ip4(p->protocol, box->bytes[i], len, out)
					      : read_ip6(m, box->bytes[i], len, out)) > 0;
	}
	return n;
}

static void put_ip4(struct port_letter *letter, const struct wire_ip *src, uint8_t ttl, uint16_t id,
		    size_t message_len)
{
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tos = TOS_INTERNETWORK_CONTROL,
		.tot_len = htons((uint16_t)(sizeof(ip) + message_len)),
		.id = htons(id),
		.ttl = ttl,
		.protocol = VRRP_PROTOCOL,
		.saddr = src->v4.s_addr,
		.daddr = letter->dst.v4.s_addr,
	}; /* the kernel fills the checksum */

	letter->first = PORT_HEADER_BYTES - sizeof(ip);
	memcpy(letter->bytes + letter->first, &ip, sizeof(ip));
}

static void put_ip6(struct port_letter *letter, const struct wire_ip *src, uint8_t ttl,
		    size_t message_len)
{
	struct ip6_hdr ip = {
		.ip6_src = src->v6,
		.ip6_dst = letter->dst.v6,
	};

	ip.ip6_flow = htonl(6u << 28 | (uint32_t)TOS_INTERNETWORK_CONTROL << 20);
	ip.ip6_plen = htons((uint16_t)message_len);
	ip.ip6_nxt = VRRP_PROTOCOL;
	ip.ip6_hlim = ttl;
	letter->first = PORT_HEADER_BYTES - sizeof(ip);
	memcpy(letter->bytes + letter->first, &ip, sizeof(ip));
}

void port_put_header(struct port_letter *letter, const struct wire_ip *src, uint8_t ttl,
		     uint16_t id, size_t message_len)
{
	must(src->family == letter->dst.family);
	if (src->family == AF_INET)
		put_ip4(letter, src, ttl, id, message_len);
	else
		put_ip6(letter, src, ttl, message_len);
	letter->len = PORT_HEADER_BYTES - letter->first + message_len;
}

/* Returns its length. */
static socklen_t put_destination(const struct port_letter *letter, union destination *to)
{
	memset(to, 0, sizeof(*to));
	if (letter->dst.family == AF_INET) {
		to->four.sin_family = AF_INET;
		to->four.sin_addr = letter->dst.v4;
		return sizeof(to->four);
	}
	to->six.sin6_family = AF_INET6;
	to->six.sin6_addr = letter->dst.v6;
	/* what is only good on one link is good on the port's; elsewhere the kernel ignores it */
	to->six.sin6_scope_id = (uint32_t)letter->port->ifindex;
	return sizeof(to->six);
}

/* Sends letters first..last-1, all of one port. */
static void send_run(struct port_outbox *box, unsigned first, unsigned last,
		     void (*sent)(void *ctx, size_t owner, int err), void *ctx)
{
	struct mmsghdr messages[PORT_BATCH];
	union destination to[PORT_BATCH];
	struct iovec iov[PORT_BATCH];
	unsigned n = last - first, done = 0;

	memset(messages, 0, sizeof(messages));
	for (unsigned i = 0; i < n; i++) {
		struct port_letter *letter = &box->at[first + i];

		iov[i] = (struct iovec){letter->bytes + letter->first, letter->len};
		messages[i].msg_hdr.msg_name = &to[i];
		messages[i].msg_hdr.msg_namelen = put_destination(letter, &to[i]);
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
