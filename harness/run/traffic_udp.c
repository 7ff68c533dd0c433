/* A stream of numbered datagrams to an echo server (driver_echo.c): eight bytes that say whose it
 * is, eight of number, and in the answer the server's name behind them. One connected socket for
 * the whole stream, so that IPVS sees one client. An ICMP error ("port unreachable") is no answer;
 * the probe counts as lost. */
#include "harness/run/traffic.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAGIC "vipdrill"

struct datagram {
	char magic[8];
	uint64_t n; /* big endian */
};

#define BATCH	     32
#define ANSWER_BYTES 512

struct udp_flow {
	struct traffic_stream stream;
	int fd;
	struct event *readable;
};

static void send_probe(struct traffic_stream *s, uint64_t n)
{
	const struct udp_flow *u = s->flow->own;
	struct datagram d = {.n = htobe64(n)};

	memcpy(d.magic, MAGIC, sizeof(d.magic));
	/* The first send after an ICMP error only tells of that error. */
	if (send(u->fd, &d, sizeof(d), 0) < 0 && errno == ECONNREFUSED)
		(void)send(u->fd, &d, sizeof(d), 0);
}

static void take_answer(struct udp_flow *u, const char *bytes, size_t len)
{
	struct datagram d;

	if (len <= sizeof(d))
		return;
	memcpy(&d, bytes, sizeof(d));
	if (memcmp(d.magic, MAGIC, sizeof(d.magic)) == 0)
		traffic_stream_answered(&u->stream, be64toh(d.n), bytes + sizeof(d),
					len - sizeof(d));
}

static void udp_readable(evutil_socket_t fd, short what, void *ctx)
{
	char bytes[BATCH][ANSWER_BYTES];
	struct iovec iov[BATCH];
	struct mmsghdr msgs[BATCH];

	(void)what;
	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){bytes[i], ANSWER_BYTES};
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	/* An error here is an ICMP error that came in; reading it clears it. */
	int n = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++)
		take_answer(ctx, bytes[i], msgs[i].msg_len);
}

static int udp_open(struct traffic_flow *f)
{
	struct sockaddr_storage to;
	socklen_t len = traffic_sockaddr(f->scn, &to);
	int fd = world_socket(f->w, f->from, f->scn->to.family, SOCK_DGRAM, 0);

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&to, len) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	struct udp_flow *u = arena_new_object(f->w->arena, struct udp_flow);

	u->fd = fd;
	u->readable = world_watch(f->w, fd, udp_readable, u);
	f->own = u;
	traffic_stream_open(&u->stream, f, send_probe);
	return 0;
}

static void udp_start(struct traffic_flow *f)
{
	traffic_stream_start(&((struct udp_flow *)f->own)->stream);
}

static void udp_stop(struct traffic_flow *f)
{
	traffic_stream_stop(&((struct udp_flow *)f->own)->stream);
}

static bool udp_is_busy(const struct traffic_flow *f)
{
	return traffic_stream_is_busy(&((const struct udp_flow *)f->own)->stream);
}

static void udp_close(struct traffic_flow *f)
{
	struct udp_flow *u = f->own;

	traffic_stream_close(&u->stream);
	event_free(u->readable);
	close(u->fd);
}

const struct traffic_kind traffic_udp = {
	.open = udp_open,
	.start = udp_start,
	.stop = udp_stop,
	.is_busy = udp_is_busy,
	.close = udp_close,
};
