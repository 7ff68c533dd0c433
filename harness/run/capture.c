/* The capture: one packet socket in the wire namespace sees both ends' worth of every port, because
 * the far ends of all cables and the bridges live there. What comes in at a far end was sent by its
 * node; what goes out there is handed to the node. The bridge devices show the same frames once
 * more and are left out by a filter in the kernel.
 *
 * The socket is emptied every 100 ms of the run's time in large batches. It has room for far more
 * than that (where the machine's limit does not let it, it is emptied at each frame); the kernel's
 * count of what it had to drop is part of the evidence.
 *
 * The kernel stamps frames with the wall clock. When somebody sets it (a drill may: `command lb1
 * date -s ...`), later stamps are taken back by as much: the capture's time runs on like the run's.
 * What is in the socket then has old and new stamps; a frame's time must lie between that of the
 * last frame and now.
 *
 * Not here: rings (mmap). They save copies that do not matter at these rates, and their block
 * timer would be one more thing that wakes the machine up. VLAN tags that the kernel took out of
 * the frame are not put back: no segment has VLANs yet. */
#include "harness/run/capture.h"

#include "lib/base/buf.h"
#include "lib/wire/pcapng.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH		32
#define FRAME_BYTES	(65536 + 256) /* frames of segmentation offload are that long */
#define RCVBUF_BYTES	(256 << 20)
#define RCVBUF_LEAST	(16 << 20)
#define WRITE_BYTES	(1u << 20)
#define FILTER_SEGMENTS 120		 /* a jump reaches 255 instructions */
#define WALL_SET_NS	(20 * NS_PER_MS) /* a clock that is only steered does not go so far */
#define CONTROL_BYTES	CMSG_SPACE(sizeof(struct timespec))

struct capture_file {
	const struct world_segment *segment;
	int fd;
	struct buf pending;
	uint64_t frames;
};

struct capture {
	int fd;
	struct event *readable;	    /* NULL: the beat is enough */
	struct capture_file *files; /* by segment */
	uint32_t *interface;	    /* by port: its number in its segment's file */
	uint8_t (*frames)[FRAME_BYTES];
	uint64_t dropped;
	int64_t wall_ns;      /* wall clock minus monotonic clock at the start */
	int64_t shift_ns;     /* by how much it has been set since */
	int64_t new_shift_ns; /* the same now */
	int64_t now_ns;	      /* in the capture's time */
	int64_t last_ns;      /* time of the last frame */
	struct sockaddr_ll from[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr msgs[BATCH];
	char control[BATCH][CONTROL_BYTES] __attribute__((aligned(8)));
};

/* Only frames of ports: those of the bridges themselves are copies. */
static int attach_filter(const struct world *w, int fd)
{
	struct sock_filter code[FILTER_SEGMENTS + 3];
	unsigned short n = 0;

	if (w->n_segments > FILTER_SEGMENTS)
		return -E2BIG;
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 (unsigned)(SKF_AD_OFF + SKF_AD_IFINDEX));
	for (size_t i = 0; i < w->n_segments; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 (unsigned)w->segments[i].ifindex,
							 (uint8_t)(w->n_segments - i), 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0x7fffffff);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {.len = n, .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
											   : 0;
}

static int open_socket(struct world *w, struct capture *c)
{
	static const int rcvbuf = RCVBUF_BYTES, on = 1;
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	/* Protocol 0: nothing arrives before the filter stands and the socket is bound. */
	int fd = world_socket(w, NULL, AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		return fd;
	c->fd = fd;
	/* Inside a user namespace the limit of the machine holds. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	int err = attach_filter(w, fd);

	if (err)
		return err;
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&all, sizeof(all)) < 0)
		return -errno;
	return 0;
}

static void capture_readable(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	capture_read(ctx);
}

static void watch_if_small(struct world *w, struct capture *c)
{
	int bytes = 0;
	socklen_t len = sizeof(bytes);

	getsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &bytes, &len);
	if (bytes < RCVBUF_LEAST)
		c->readable = world_watch(w, c->fd, capture_readable, w);
}

static int64_t wall_minus_mono(mono_t mono)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return (int64_t)wall.tv_sec * NS_PER_S + wall.tv_nsec - mono.ns;
}

static int open_file(struct world *w, struct capture *c, size_t segment)
{
	struct capture_file *f = &c->files[segment];
	char path[4096], name[64];
	uint32_t n = 0;

	f->segment = &w->segments[segment];
	snprintf(path, sizeof(path), "%s/%s.pcapng", w->order->dir, f->segment->scn->name);
	f->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (f->fd < 0)
		return -errno;
	pcapng_put_header(&f->pending);
	for (size_t i = 0; i < w->n_ports; i++) {
		const struct world_port *p = &w->ports[i];

		if (p->segment != f->segment)
			continue;
		snprintf(name, sizeof(name), "%s.%s", p->node->name, p->ifname);
		pcapng_put_interface(&f->pending, name);
		c->interface[i] = n++;
	}
	return 0;
}

int capture_open(struct world *w)
{
	struct capture *c = arena_new_object(w->arena, struct capture);
	int err = 0;

	c->fd = -1;
	c->files = arena_array(w->arena, w->n_segments + 1, sizeof(struct capture_file));
	c->interface = arena_array(w->arena, w->n_ports + 1, sizeof(uint32_t));
	c->frames = malloc(sizeof(*c->frames) * BATCH);
	must(c->frames != NULL);
	c->wall_ns = wall_minus_mono(mono_now());
	w->capture = c;
	for (size_t i = 0; i < w->n_segments; i++)
		c->files[i].fd = -1;
	for (size_t i = 0; i < w->n_segments && !err; i++)
		err = open_file(w, c, i);
	if (!err)
		err = open_socket(w, c);
	if (!err)
		watch_if_small(w, c);
	return err ? world_fail(w, err, "no capture: %s", strerror(-err)) : 0;
}

static void write_out(struct world *w, struct capture_file *f)
{
	size_t done = 0;

	while (done < f->pending.len) {
		ssize_t n = write(f->fd, f->pending.data + done, f->pending.len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			world_fail(w, -errno, "a capture cannot be written: %s", strerror(errno));
			break;
		}
	}
	buf_clear(&f->pending);
}

static int64_t stamp_of(struct msghdr *m)
{
	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		struct timespec ts;

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(h), sizeof(ts));
		return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
	}
	return 0;
}

/* A stamp in the capture's time. */
static int64_t capture_time(struct capture *c, int64_t stamp_ns)
{
	int64_t ns = stamp_ns - c->shift_ns;

	if (c->new_shift_ns != c->shift_ns && (ns < c->last_ns || ns > c->now_ns))
		ns = stamp_ns - c->new_shift_ns;
	c->last_ns = ns;
	return ns;
}

static void take_frame(struct world *w, struct capture *c, int i)
{
	const struct world_port *port = world_port_by_wire(w, c->from[i].sll_ifindex);

	if (!port)
		return;
	struct capture_file *f = &c->files[port->segment - w->segments];

	pcapng_put_frame(&f->pending, c->interface[port - w->ports],
			 capture_time(c, stamp_of(&c->msgs[i].msg_hdr)),
			 c->from[i].sll_pkttype == PACKET_OUTGOING ? PCAPNG_OUTBOUND
								   : PCAPNG_INBOUND,
			 c->frames[i], c->msgs[i].msg_len);
	f->frames++;
	if (f->pending.len >= WRITE_BYTES)
		write_out(w, f);
}

static int read_batch(struct capture *c)
{
	for (int i = 0; i < BATCH; i++) {
		c->iov[i] = (struct iovec){c->frames[i], FRAME_BYTES};
		c->msgs[i].msg_hdr = (struct msghdr){.msg_name = &c->from[i],
						     .msg_namelen = sizeof(c->from[i]),
						     .msg_iov = &c->iov[i],
						     .msg_iovlen = 1,
						     .msg_control = c->control[i],
						     .msg_controllen = CONTROL_BYTES};
	}
	return recvmmsg(c->fd, c->msgs, BATCH, MSG_DONTWAIT, NULL);
}

void capture_read(struct world *w)
{
	struct capture *c = w->capture;
	mono_t now = mono_now();
	int64_t shift_ns = wall_minus_mono(now) - c->wall_ns;
	int n;

	c->now_ns = now.ns + c->wall_ns;
	if (llabs(shift_ns - c->shift_ns) >= WALL_SET_NS)
		c->new_shift_ns = shift_ns;
	do {
		n = read_batch(c);
		for (int i = 0; i < n; i++)
			take_frame(w, c, i);
	} while (n == BATCH);
	c->shift_ns = c->new_shift_ns;
	if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ENETDOWN)
		world_fail(w, -errno, "the capture ended: %s", strerror(errno));
}

static void tell_file(struct world *w, const struct capture *c, const struct capture_file *f)
{
	char name[256];

	snprintf(name, sizeof(name), "%s.pcapng", f->segment->scn->name);
	/* One socket serves all segments, so nobody knows whose frames were dropped. */
	world_event(w, "capture",
		    json_pack("{s:s, s:s, s:I, s:I}", "segment", f->segment->scn->name, "file",
			      name, "frames", (json_int_t)f->frames, "dropped",
			      (json_int_t)c->dropped));
}

void capture_close(struct world *w)
{
	struct capture *c = w->capture;
	struct tpacket_stats stats = {0};
	socklen_t len = sizeof(stats);

	if (!c)
		return;
	if (c->readable)
		event_free(c->readable);
	if (c->fd >= 0) {
		capture_read(w);
		if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
			c->dropped = stats.tp_drops;
		close(c->fd);
	}
	for (size_t i = 0; i < w->n_segments; i++) {
		struct capture_file *f = &c->files[i];

		if (f->fd < 0)
			continue;
		write_out(w, f);
		close(f->fd);
		tell_file(w, c, f);
		buf_free(&f->pending);
	}
	free(c->frames);
	w->capture = NULL;
}
