/* Watches two namespaces that are joined by veth pairs, from outside of the daemons in them:
 *
 *	vrrp_watch NETNS_A NETNS_B	paths such as /run/netns/a; until SIGTERM
 *
 * Prints an event a line, "SECONDS NODE KIND VIP VALUE": the time (CLOCK_REALTIME, of frames as the
 * kernel stamped them), a or b, and
 *	advert	an advert that the node sent; VIP: its first address; VALUE: the priority
 *	garp	a gratuitous ARP that the node sent for VIP
 *	add del	VIP has come to an interface of the node, or has left it
 *	lost	the watcher itself was too slow: what follows is not the whole truth
 * Frames are seen in A, where both directions pass.
 */
#include "lib/base/must.h"
#include "lib/nl/nl.h"
#include "lib/wire/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH	     64
#define FRAME_BYTES  256
#define BUFFER_BYTES (64 << 20)
#define OUT_BYTES    (1 << 20)

struct node {
	char name;
	struct nl_monitor *monitor;
};

static void enter(const char *netns)
{
	int fd = open(netns, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
		fprintf(stderr, "vrrp_watch: %s: %s\n", netns, strerror(errno));
		exit(1);
	}
	close(fd);
}

static void print(struct timespec at, char node, const char *kind, const struct wire_ip *vip,
		  unsigned value)
{
	char text[INET6_ADDRSTRLEN] = "-";

	if (vip)
		wire_ip_text(vip, text);
	printf("%lld.%06ld %c %s %s %u\n", (long long)at.tv_sec, at.tv_nsec / 1000, node, kind,
	       text, value);
}

static struct timespec now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_REALTIME, &at);
	return at;
}

static void on_addr(void *ctx, const struct nl_addr *addr, bool gone)
{
	const struct node *node = ctx;

	print(now(), node->name, gone ? "del" : "add", &addr->ip, addr->prefix_len);
}

static void on_lost(void *ctx)
{
	const struct node *node = ctx;

	print(now(), node->name, "lost", NULL, 0);
}

static void watch_addresses(struct node *node)
{
	struct nl_monitor_ops ops = {.addr = on_addr, .lost = on_lost};

	if (nl_monitor_open(&node->monitor, &ops, node) < 0) {
		fprintf(stderr, "vrrp_watch: no netlink monitor\n");
		exit(1);
	}
}

/* ARP, and IPv4 that carries VRRP: all else costs the daemons time only. */
static void filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VRRP_PROTOCOL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, FRAME_BYTES),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(*code), .filter = code};

	must(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0);
}

static int watch_frames(void)
{
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int size_bytes = BUFFER_BYTES, on = 1;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	must(fd >= 0);
	filter(fd);
	must(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size_bytes, sizeof(size_bytes)) == 0);
	must(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == 0);
	must(bind(fd, (struct sockaddr *)&all, sizeof(all)) == 0);
	return fd;
}

static void take_frame(const uint8_t *bytes, size_t n, bool outgoing, struct timespec at)
{
	char node = outgoing ? 'a' : 'b';
	struct vrrp_advert advert;
	struct wire_frame f;
	struct wire_arp arp;

	if (!wire_frame_decode(bytes, n, &f))
		return;
	if (f.ethertype == ETH_P_ARP && wire_arp_decode(f.payload, f.payload_len, &arp) &&
	    wire_arp_is_gratuitous(&arp)) {
		struct wire_ip vip = {.family = AF_INET, .v4 = arp.sender_ip};

		print(at, node, "garp", &vip, 0);
	}
	if (f.ip_protocol != VRRP_PROTOCOL || !f.ip_src.family)
		return;
	if (vrrp_decode(f.payload, f.payload_len, &f.ip_src, &f.ip_dst, false, &advert) == VRRP_OK)
		print(at, node, "advert", &advert.addr[0], advert.priority);
}

static void take_frames(int fd)
{
	static uint8_t bytes[BATCH][FRAME_BYTES];
	struct mmsghdr messages[BATCH] = {0};
	struct sockaddr_ll from[BATCH];
	struct iovec iov[BATCH];
	char control[BATCH][64];
	int n;

	do {
		for (int i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){bytes[i], FRAME_BYTES};
			messages[i].msg_hdr = (struct msghdr){.msg_name = &from[i],
							      .msg_namelen = sizeof(from[i]),
							      .msg_iov = &iov[i],
							      .msg_iovlen = 1,
							      .msg_control = control[i],
							      .msg_controllen = sizeof(control[i])};
		}
		n = recvmmsg(fd, messages, BATCH, 0, NULL);
		for (int i = 0; i < n; i++) {
			struct cmsghdr *c = CMSG_FIRSTHDR(&messages[i].msg_hdr);
			struct timespec at;

			must(c != NULL && c->cmsg_type == SCM_TIMESTAMPNS);
			memcpy(&at, CMSG_DATA(c), sizeof(at));
			take_frame(bytes[i], messages[i].msg_len,
				   from[i].sll_pkttype == PACKET_OUTGOING, at);
		}
	} while (n == BATCH);
}

static void warn_of_loss(int fd)
{
	struct tpacket_stats stats = {0};
	socklen_t n = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &n) == 0 && stats.tp_drops)
		print(now(), 'a', "lost", NULL, stats.tp_drops);
}

static int ended_by(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	struct timespec none = {0};

	return sigtimedwait(&set, NULL, &none);
}

int main(int argc, char **argv)
{
	struct node a = {.name = 'a'}, b = {.name = 'b'};

	if (argc != 3) {
		fprintf(stderr, "usage: vrrp_watch NETNS_A NETNS_B\n");
		return 2;
	}
	ended_by();
	setvbuf(stdout, NULL, _IOFBF, OUT_BYTES);
	enter(argv[2]);
	watch_addresses(&b);
	enter(argv[1]);
	watch_addresses(&a);
	int frames = watch_frames();
	struct pollfd fds[] = {{.fd = frames, .events = POLLIN},
			       {.fd = nl_monitor_fd(a.monitor), .events = POLLIN},
			       {.fd = nl_monitor_fd(b.monitor), .events = POLLIN}};

	fprintf(stderr, "watching\n");
	while (ended_by() < 0) {
		if (poll(fds, 3, 50) < 0 && errno != EINTR)
			break;
		nl_monitor_read(a.monitor);
		nl_monitor_read(b.monitor);
		take_frames(frames);
	}
	warn_of_loss(frames);
	nl_monitor_close(a.monitor);
	nl_monitor_close(b.monitor);
	close(frames);
	return fflush(stdout) == 0 ? 0 : 1;
}
