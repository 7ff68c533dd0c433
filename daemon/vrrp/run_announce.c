/* Announcements: telling a segment where a virtual address is from now on, by gratuitous ARP or by
 * an unsolicited neighbour advertisement (RFC 9568, 8.1.2 and 8.2.2). The address decides, not the
 * instance: IPv6 addresses of an IPv4 instance are advertised like any other.
 *
 * Frames are written whole and leave through one packet socket: the kernel has no say in their
 * addresses. Repeats stand outside, addresses inside, as keepalived has it; with vrrp_garp_interval
 * (ARP) or vrrp_gna_interval (neighbour advertisements) they queue at the gate.
 */
#include "daemon/vrrp/run_state.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <string.h>
#include <unistd.h>

static const uint8_t broadcast[WIRE_MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

int announce_open(struct vrrp_run *run)
{
	/* protocol 0: it only sends */
	run->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return run->packet_fd < 0 ? -errno : 0;
}

void announce_close(struct vrrp_run *run)
{
	if (run->packet_fd >= 0)
		close(run->packet_fd);
	run->packet_fd = -1;
}

static size_t write_garp(const struct nl_link *link, const struct wire_ip *ip, uint8_t *frame,
			 size_t cap)
{
	struct wire_arp arp = {.op = 1, .sender_ip = ip->v4, .target_ip = ip->v4};

	memcpy(arp.sender_mac, link->mac, WIRE_MAC_BYTES);
	memcpy(arp.target_mac, broadcast, WIRE_MAC_BYTES); /* not looked at; as keepalived */
	return wire_arp_encode(broadcast, &arp, frame, cap);
}

static size_t write_na(const struct gate *gate, const struct nl_link *link,
		       const struct wire_ip *ip, uint8_t *frame, size_t cap)
{
	struct wire_na na = {
		.target = *ip, .router = gate->forwards, .override = true, .has_mac = true};

	memcpy(na.mac, link->mac, WIRE_MAC_BYTES);
	return wire_na_encode(&na, frame, cap);
}

static void sent(struct vrrp_run *run, const struct announce_frame *f, int err)
{
	const char *name = run->t.units[f->unit].conf->name;
	const char *what =
		f->ip.family == AF_INET ? "gratuitous ARP" : "unsolicited Neighbour Advert";
	const char *ifname = run->t.gates[f->gate].ifname;
	char text[INET6_ADDRSTRLEN];

	if (err && err != run->announce_error)
		log_error(run->log, "(%s) %s for %s on %s not sent: %s", name, what,
			  wire_ip_text(&f->ip, text), ifname, strerror(err));
	if (!err && run->log->detail)
		log_detail(run->log, "(%s) Sending %s on %s for %s", name, what, ifname,
			   wire_ip_text(&f->ip, text));
	run->announce_error = err;
}

void run_announce_flush(struct vrrp_run *run)
{
	struct mmsghdr messages[ANNOUNCE_BATCH];
	struct announce_box *box = &run->announcing;
	struct iovec iov[ANNOUNCE_BATCH];
	unsigned done = 0;

	memset(messages, 0, sizeof(messages));
	for (unsigned i = 0; i < box->n; i++) {
		struct announce_frame *f = &box->at[i];

		iov[i] = (struct iovec){f->bytes, f->len};
		messages[i].msg_hdr.msg_name = &f->to;
		messages[i].msg_hdr.msg_namelen = sizeof(f->to);
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (done < box->n) {
		int got = sendmmsg(run->packet_fd, messages + done, box->n - done, 0);

		if (got < 0 && errno == EINTR)
			continue;
		/* it stops at the first that fails; the others still deserve their turn */
		if (got <= 0)
			sent(run, &box->at[done++], got < 0 ? errno : EIO);
		for (int i = 0; i < got; i++)
			sent(run, &box->at[done++], 0);
	}
	box->n = 0;
}

/* They leave with run_announce_flush, or when the box is full. */
static void send_one(struct vrrp_run *run, const struct unit *u, const struct gate *gate,
		     const struct wire_ip *ip)
{
	const struct nl_link *link = links_find(&run->links, gate->ifname);
	bool four = ip->family == AF_INET;

	if (!link || !link->up)
		return;
	if (run->announcing.n == ANNOUNCE_BATCH)
		run_announce_flush(run);
	struct announce_frame *f = &run->announcing.at[run->announcing.n++];

	*f = (struct announce_frame){.unit = u->number, .gate = gate->number, .ip = *ip};
	f->len = four ? write_garp(link, ip, f->bytes, sizeof(f->bytes))
		      : write_na(gate, link, ip, f->bytes, sizeof(f->bytes));
	must(f->len > 0);
	f->to = (struct sockaddr_ll){.sll_family = AF_PACKET,
				     .sll_protocol = htons(four ? ETH_P_ARP : ETH_P_IPV6),
				     .sll_ifindex = link->ifindex,
				     .sll_halen = WIRE_MAC_BYTES};
	memcpy(f->to.sll_addr, f->bytes, WIRE_MAC_BYTES); /* a frame begins with its destination */
}

/* Whether the host forwards what comes in there: neighbours that take it for their router must go
 * on doing so (RFC 4861, 7.2.5), and others must not begin to. */
static bool forwards(const char *ifname)
{
	char path[sizeof("/proc/sys/net/ipv6/conf//forwarding") + IFNAMSIZ];
	char value = '0';

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/forwarding", ifname);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (read(fd, &value, 1) != 1)
		value = '0';
	close(fd);
	return value != '0';
}

static int64_t interval_ns(const struct vrrp_run *run, const struct gate *gate)
{
	const struct conf_global *g = &run->t.conf->global;

	return gate->family == AF_INET ? g->garp_interval_ns : g->gna_interval_ns;
}

static void put_off(struct vrrp_run *run, struct gate *gate, const struct unit *u,
		    const struct wire_ip *ip)
{
	mono_t now = mono_now();

	*vec_push(&gate->queue) = (struct announcement){.unit = u->number, .ip = *ip};
	if (mono_before(gate->announce_at, now))
		gate->announce_at = now;
	due_set(&run->due, run->t.n_units + gate->number, gate->announce_at);
}

static struct gate *gate_of(const struct vrrp_run *run, const struct plan_addr *a)
{
	return table_gate(&run->t, a->ifname, a->vip->ip.family);
}

/* Once for each gate and burst: a burst may be of thousands. */
static void look_at_forwarding(const struct vrrp_run *run, const plan_addrs *all)
{
	const struct gate *last = NULL;

	for (size_t i = 0; i < all->n; i++) {
		struct gate *gate = gate_of(run, &all->at[i]);

		if (gate != last && gate->family == AF_INET6)
			gate->forwards = forwards(gate->ifname);
		last = gate;
	}
}

void run_announce(struct vrrp_run *run, struct unit *u, unsigned repeat)
{
	plan_addrs all = {0};

	if (!u->vips)
		return;
	plan_want(&all, u->conf);
	look_at_forwarding(run, &all);
	for (unsigned r = 0; r < repeat; r++) {
		for (size_t i = 0; i < all.n; i++) {
			struct gate *gate = gate_of(run, &all.at[i]);

			if (interval_ns(run, gate))
				put_off(run, gate, u, &all.at[i].vip->ip);
			else
				send_one(run, u, gate, &all.at[i].vip->ip);
		}
	}
	vec_free(&all);
}

void run_announce_source(struct vrrp_run *run, const struct unit *u)
{
	struct gate *gate = &run->t.gates[u->gate];

	if (!gate->ifname[0] || gate->family != u->primary.family)
		return;
	if (gate->family == AF_INET6)
		gate->forwards = forwards(gate->ifname);
	send_one(run, u, gate, &u->primary);
}

void run_announce_next(struct vrrp_run *run, struct gate *gate)
{
	size_t number = run->t.n_units + gate->number;

	/* those of a router that is not master any more are worth nothing */
	while (gate->queue_head < gate->queue.n) {
		struct announcement a = gate->queue.at[gate->queue_head++];
		const struct unit *u = &run->t.units[a.unit];

		if (!u->vips)
			continue;
		send_one(run, u, gate, &a.ip);
		run_announce_flush(run);
		gate->announce_at = mono_add(mono_now(), interval_ns(run, gate));
		due_set(&run->due, number, gate->announce_at);
		return;
	}
	gate->queue_head = gate->queue.n = 0;
	due_set(&run->due, number, MONO_NEVER);
}
