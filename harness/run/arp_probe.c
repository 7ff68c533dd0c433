/* ARP probes: for every IPv4 address that the scenario expects something of, on the segment whose
 * prefix holds it, a request every 500 ms. The sender's address is 0.0.0.0, so that no node learns
 * anything from the question (RFC 5227, 2.1.1): watching must not mend a neighbour entry that a
 * failover left wrong. Whoever answers, and answers twice, is in the capture.
 *
 * IPv6 has no such harmless question: the answer to a probe from :: goes to all nodes and renews
 * their entries. IPv6 addresses are not probed. */
#include "harness/run/arp_probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <unistd.h>

#define EVERY_NS  (500 * NS_PER_MS)
#define ARP_BYTES 64

struct probe {
	int fd;
	size_t len;
	uint8_t frame[ARP_BYTES];
};

struct arp_probe {
	struct world *w;
	struct timeline_timer timer;
	VEC(struct probe) probes;
};

static bool holds(const struct scn_segment *s, const struct conf_ip *ip)
{
	if (ip->family != AF_INET || s->prefix4.family != AF_INET)
		return false;
	unsigned len = s->prefix4.prefix_len;
	uint32_t mask = len ? 0xffffffffu << (32 - len) : 0;

	return ((ntohl(ip->v4.s_addr) ^ ntohl(s->prefix4.v4.s_addr)) & mask) == 0;
}

void arp_probe_plan(const struct scenario *scn, bool *probed)
{
	size_t i = 0;

	for (const struct scn_segment *s = scn->segments; s; s = s->next, i++) {
		probed[i] = false;
		for (const struct scn_check *c = scn->checks; c; c = c->next)
			probed[i] |= holds(s, &c->ip);
	}
}

static const struct world_port *observer_port(const struct world *w,
					      const struct world_segment *segment)
{
	for (size_t i = 0; i < w->n_ports; i++)
		if (!w->ports[i].scn && w->ports[i].segment == segment)
			return &w->ports[i];
	return NULL;
}

static bool asked_before(const struct scn_check *first, const struct scn_check *check)
{
	for (; first != check; first = first->next)
		if (conf_ip_equal(&first->ip, &check->ip))
			return true;
	return false;
}

static int add_probe(struct arp_probe *a, const struct world_port *port, const struct conf_ip *ip)
{
	static const uint8_t everyone[WIRE_MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct sockaddr_ll there = {.sll_family = AF_PACKET, .sll_ifindex = port->ifindex};
	struct wire_arp arp = {.op = 1, .target_ip = ip->v4};
	/* Protocol 0: it only sends. */
	int fd = world_socket(a->w, port->node, AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		return fd;
	struct probe *p = vec_push(&a->probes);

	p->fd = fd;
	if (bind(fd, (const struct sockaddr *)&there, sizeof(there)) < 0)
		return -errno;
	memcpy(arp.sender_mac, port->mac, WIRE_MAC_BYTES);
	p->len = wire_arp_encode(everyone, &arp, p->frame, sizeof(p->frame));
	must(p->len > 0);
	return 0;
}

static void probe_all(void *ctx, mono_t at)
{
	struct arp_probe *a = ctx;

	for (size_t i = 0; i < a->probes.n; i++)
		if (send(a->probes.at[i].fd, a->probes.at[i].frame, a->probes.at[i].len, 0) < 0)
			world_fail(a->w, -errno, "an ARP probe cannot be sent: %s",
				   strerror(errno));
	world_timer_set(a->w, &a->timer, mono_add(at, EVERY_NS));
}

int arp_probe_start(struct world *w)
{
	struct arp_probe *a = arena_new_object(w->arena, struct arp_probe);
	const struct scn_check *checks = w->scn->checks;
	int err = 0;

	a->w = w;
	a->timer = (struct timeline_timer){.fn = probe_all, .ctx = a};
	w->arp_probe = a;
	for (const struct scn_check *c = checks; c && !err; c = c->next) {
		if (c->ip.family != AF_INET || asked_before(checks, c))
			continue;
		for (size_t i = 0; i < w->n_segments && !err; i++)
			if (holds(w->segments[i].scn, &c->ip))
				err = add_probe(a, observer_port(w, &w->segments[i]), &c->ip);
	}
	if (err)
		return world_fail(w, err, "no ARP probes: %s", strerror(-err));
	if (a->probes.n)
		probe_all(a, mono_now());
	return w->error;
}

void arp_probe_stop(struct world *w)
{
	struct arp_probe *a = w->arp_probe;

	if (!a)
		return;
	world_timer_cancel(w, &a->timer);
	for (size_t i = 0; i < a->probes.n; i++)
		close(a->probes.at[i].fd);
	vec_free(&a->probes);
	w->arp_probe = NULL;
}
