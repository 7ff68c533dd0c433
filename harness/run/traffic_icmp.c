/* A stream of numbered echo requests (RFC 792, RFC 4443). They leave through a raw socket, so that
 * the client's own routing and neighbour entries are put to the test. The answers are read by a
 * packet socket instead, because only it shows the Ethernet source: the port's MAC address tells
 * which node answered, though all answer with the same IP address. A MAC that is no port's (a
 * VRRP virtual MAC) is given as it is; behind a router it is the router's.
 *
 * The number does not fit into the 16-bit sequence of the header and is carried in the payload. */
#include "harness/run/traffic.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAGIC	    "vipdrill"
#define BATCH	    32
#define FRAME_BYTES 256
#define ID_BASE	    0x7664 /* "vd"; plus the flow's place among the traffics */

struct echo_message { /* the same in both versions */
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint16_t id;
	uint16_t sequence;
	char magic[8];
	uint64_t n; /* big endian */
};

_Static_assert(sizeof(struct echo_message) == 24, "as it is on the wire");

struct icmp_flow {
	struct traffic_stream stream;
	struct sockaddr_storage to;
	socklen_t to_len;
	int send_fd, packet_fd;
	uint16_t id;
	bool v6;
	struct event *readable;
};

static void send_probe(struct traffic_stream *s, uint64_t n)
{
	const struct icmp_flow *f = s->flow->own;
	struct echo_message m = {.type = f->v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
				 .id = htons(f->id),
				 .sequence = htons((uint16_t)n),
				 .n = htobe64(n)};

	memcpy(m.magic, MAGIC, sizeof(m.magic));
	if (!f->v6) /* the kernel does it for IPv6 */
		m.checksum = wire_sum_fold(wire_sum(&m, sizeof(m), 0));
	(void)sendto(f->send_fd, &m, sizeof(m), 0, (const struct sockaddr *)&f->to, f->to_len);
}

static void take_frame(struct icmp_flow *f, const uint8_t *bytes, size_t len)
{
	struct wire_frame frame;
	struct echo_message m;
	char mac[18];

	if (!wire_frame_decode(bytes, len, &frame) || frame.payload_len < sizeof(m) ||
	    frame.ip_protocol != (f->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return;
	memcpy(&m, frame.payload, sizeof(m));
	if (m.type != (f->v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) || m.id != htons(f->id) ||
	    memcmp(m.magic, MAGIC, sizeof(m.magic)) != 0)
		return;
	const struct world_port *port = world_port_by_mac(f->stream.flow->w, frame.src);
	const char *name = port ? port->node->name : wire_mac_text(frame.src, mac);

	traffic_stream_answered(&f->stream, be64toh(m.n), name, strlen(name));
}

static void packets_readable(evutil_socket_t fd, short what, void *ctx)
{
	uint8_t bytes[BATCH][FRAME_BYTES];
	struct iovec iov[BATCH];
	struct mmsghdr msgs[BATCH];

	(void)what;
	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){bytes[i], FRAME_BYTES};
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	int n = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++)
		take_frame(ctx, bytes[i], msgs[i].msg_len);
}

/* Lets only echo replies in (frames with plain headers, as our own requests get them back); whose
 * they are is looked at again in take_frame. */
static int filter_replies(int fd, bool v6)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS,
			 v6 ? ETH_HLEN + 6 : ETH_HLEN + offsetof(struct iphdr, protocol)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, v6 ? ETH_HLEN + 40 : ETH_HLEN + 20),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, FRAME_BYTES),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

/* The raw socket only sends: what it would get is not kept. */
static int refuse_replies(int fd)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = 1, .filter = &nothing};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

static int open_sockets(struct traffic_flow *flow, struct icmp_flow *f)
{
	sa_family_t family = f->v6 ? AF_INET6 : AF_INET;
	struct sockaddr_ll all = {.sll_family = AF_PACKET,
				  .sll_protocol = htons(f->v6 ? ETH_P_IPV6 : ETH_P_IP)};

	f->send_fd = world_socket(flow->w, flow->from, family, SOCK_RAW,
				  f->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (f->send_fd < 0)
		return f->send_fd;
	f->packet_fd = world_socket(flow->w, flow->from, AF_PACKET, SOCK_RAW, 0);
	if (f->packet_fd < 0)
		return f->packet_fd;
	int err = refuse_replies(f->send_fd);

	if (!err)
		err = filter_replies(f->packet_fd, f->v6);
	if (!err && bind(f->packet_fd, (const struct sockaddr *)&all, sizeof(all)) < 0)
		err = -errno;
	return err;
}

static int icmp_open(struct traffic_flow *flow)
{
	struct icmp_flow *f = arena_new_object(flow->w->arena, struct icmp_flow);
	struct scn_traffic to = *flow->scn;

	to.port = 0;
	f->v6 = to.to.family == AF_INET6;
	f->to_len = traffic_sockaddr(&to, &f->to);
	f->send_fd = f->packet_fd = -1;
	f->id = ID_BASE;
	for (const struct scn_traffic *t = flow->w->scn->traffics; t != flow->scn; t = t->next)
		f->id++;
	int err = open_sockets(flow, f);

	if (err) {
		if (f->send_fd >= 0)
			close(f->send_fd);
		if (f->packet_fd >= 0)
			close(f->packet_fd);
		return err;
	}
	f->readable = world_watch(flow->w, f->packet_fd, packets_readable, f);
	flow->own = f;
	traffic_stream_open(&f->stream, flow, send_probe);
	return 0;
}

static void icmp_start(struct traffic_flow *f)
{
	traffic_stream_start(&((struct icmp_flow *)f->own)->stream);
}

static void icmp_stop(struct traffic_flow *f)
{
	traffic_stream_stop(&((struct icmp_flow *)f->own)->stream);
}

static bool icmp_is_busy(const struct traffic_flow *f)
{
	return traffic_stream_is_busy(&((const struct icmp_flow *)f->own)->stream);
}

static void icmp_close(struct traffic_flow *flow)
{
	struct icmp_flow *f = flow->own;

	traffic_stream_close(&f->stream);
	event_free(f->readable);
	close(f->send_fd);
	close(f->packet_fd);
}

const struct traffic_kind traffic_icmp = {
	.open = icmp_open,
	.start = icmp_start,
	.stop = icmp_stop,
	.is_busy = icmp_is_busy,
	.close = icmp_close,
};
