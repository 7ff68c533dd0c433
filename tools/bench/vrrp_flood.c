/* Adverts that no router may believe, many a second, out of one interface:
 *
 *	vrrp_flood IFNAME ADVERTS_A_SECOND SECONDS VRID OWN_ADDRESS
 *
 * Malformed: cut short, more addresses than bytes, other versions, types, checksums, interval 0,
 *rubbish. Forged, all with priority 255: a TTL that says they crossed a router, no password, sent
 *to one host alone, from the receiver's own address. Prints how many were sent.
 */
#include "lib/base/mono.h"
#include "lib/base/must.h"
#include "lib/base/rng.h"
#include "lib/wire/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FRAMES	    256
#define FRAME_BYTES 128
#define BATCH	    32
#define HEADERS	    (ETH_HLEN + sizeof(struct iphdr))

enum kind {
	SHORT,
	TOO_MANY,
	VERSION,
	TYPE,
	CHECKSUM,
	INTERVAL,
	RUBBISH,
	TTL,
	PASSWORD,
	UNICAST,
	OWN,
	KINDS
};

struct frame {
	uint8_t bytes[FRAME_BYTES];
	size_t len;
};

struct target {
	uint8_t vrid;
	struct wire_ip own;
};

static struct wire_ip ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	struct wire_ip ip = {.family = AF_INET, .bytes = {a, b, c, d}};

	return ip;
}

static void spoil(enum kind kind, uint8_t *message, size_t *n, struct rng *rng)
{
	if (kind == SHORT)
		*n = (size_t)rng_below(rng, 8);
	if (kind == TOO_MANY)
		message[3] = 200;
	if (kind == VERSION)
		message[0] = (uint8_t)((4 + rng_below(rng, 12)) << 4 | 1);
	if (kind == TYPE)
		message[0] = 0x32;
	if (kind == CHECKSUM)
		message[6] ^= 0x55;
	for (size_t i = 0; kind == RUBBISH && i < *n; i++)
		message[i] = i == 1 ? message[i] : (uint8_t)rng_below(rng, 256);
}

static void make(struct frame *f, enum kind kind, const struct target *t, struct rng *rng)
{
	struct vrrp_advert a = {.version = kind == PASSWORD ? 2 : 3,
				.type = 1,
				.vrid = t->vrid,
				.priority = 255,
				.n_addrs = 1,
				.interval_ms = kind == INTERVAL	  ? 0
					       : kind == PASSWORD ? 1000
								  : 100,
				.addr = {ip4(10, 100, 0, 1)}};
	struct wire_ip src = ip4(10, 200, 0, (uint8_t)(3 + rng_below(rng, 250)));
	struct wire_ip dst = kind == UNICAST ? t->own : ip4(224, 0, 0, 18);
	struct ethhdr eth = {.h_dest = {0x01, 0, 0x5e, 0, 0, 0x12},
			     .h_source = {2, 0xf, 0, 0, 0, (uint8_t)rng_below(rng, 256)},
			     .h_proto = htons(ETH_P_IP)};

	if (kind == OWN)
		src = t->own;
	size_t n = vrrp_encode(&a, &src, &dst, false, f->bytes + HEADERS, FRAME_BYTES - HEADERS);

	must(n > 0);
	spoil(kind, f->bytes + HEADERS, &n, rng);
	struct iphdr ip = {.version = 4,
			   .ihl = 5,
			   .tot_len = htons((uint16_t)(sizeof(ip) + n)),
			   .ttl = kind == TTL ? 254 : 255,
			   .protocol = VRRP_PROTOCOL,
			   .saddr = src.v4.s_addr,
			   .daddr = dst.v4.s_addr};

	ip.check = wire_sum_fold(wire_sum(&ip, sizeof(ip), 0));
	if (kind == UNICAST) /* the frame goes to all, the packet to one */
		memset(eth.h_dest, 0xff, sizeof(eth.h_dest));
	memcpy(f->bytes, &eth, sizeof(eth));
	memcpy(f->bytes + sizeof(eth), &ip, sizeof(ip));
	f->len = HEADERS + n;
}

static void send_batch(int fd, struct frame *frames, size_t first, unsigned n)
{
	struct mmsghdr messages[BATCH] = {0};
	struct iovec iov[BATCH];

	for (unsigned i = 0; i < n; i++) {
		struct frame *f = &frames[(first + i) % FRAMES];

		iov[i] = (struct iovec){f->bytes, f->len};
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	if (sendmmsg(fd, messages, n, 0) != (int)n) {
		fprintf(stderr, "vrrp_flood: not sent: %s\n", strerror(errno));
		exit(1);
	}
}

static void flood(int fd, struct frame *frames, int64_t rate, int64_t seconds)
{
	mono_t start = mono_now();
	int64_t sent = 0;

	while (sent < rate * seconds) {
		mono_t at = mono_add(start, sent * NS_PER_S / rate);
		struct timespec ts = {at.ns / NS_PER_S, at.ns % NS_PER_S};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		send_batch(fd, frames, (size_t)sent, BATCH);
		sent += BATCH;
	}
	printf("%lld in %.3f s\n", (long long)sent,
	       (double)mono_diff(mono_now(), start) / (double)NS_PER_S);
}

int main(int argc, char **argv)
{
	static struct frame frames[FRAMES];
	struct target target = {0};
	struct rng rng;

	if (argc != 6 || !wire_ip_parse(argv[5], &target.own)) {
		fprintf(stderr,
			"usage: vrrp_flood IFNAME ADVERTS_A_SECOND SECONDS VRID OWN_ADDRESS\n");
		return 2;
	}
	target.vrid = (uint8_t)strtol(argv[4], NULL, 10);
	rng_seed(&rng, 1);
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_IP),
				 .sll_ifindex = (int)if_nametoindex(argv[1])};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0) {
		fprintf(stderr, "vrrp_flood: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (size_t i = 0; i < FRAMES; i++)
		make(&frames[i], (enum kind)(i % KINDS), &target, &rng);
	flood(fd, frames, strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10));
	close(fd);
	return 0;
}
