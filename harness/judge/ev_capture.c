/* Loads the captures: adverts (RFC 3768, RFC 9568), what ARP and neighbour discovery said (RFC 826,
 * RFC 4861), and packets to and from virtual addresses. Read twice: which addresses are virtual is
 * known only when all adverts were seen.
 *
 * Only what a segment carried counts: a frame is taken where its sender put it into the segment
 * (inbound), and for arrival where the segment handed it to a port (outbound). */
#include "harness/judge/evidence.h"
#include "lib/base/mono.h"
#include "lib/wire/pcapng.h"

#include <errno.h>
#include <stdio.h>

enum {
	PROTOCOL_TCP = 6,
	PROTOCOL_AH = 51,
	PROTOCOL_ICMP6 = 58,
	ETHERTYPE_ARP_FRAMES = 0x0806,
	ND_ADVERTISEMENT = 136,
	ND_SOLICITED = 0x40,
	ND_OPTION_TARGET_MAC = 2
};

/* One frame, placed. */
struct place {
	struct evidence *ev;
	unsigned node;
	unsigned segment;
	int64_t t_ns;
	struct ev_ref ref;
	const struct wire_frame *frame;
};

typedef void (*frame_fn)(const struct place *at, enum pcapng_direction direction);

static void take_advert(const struct place *at)
{
	const struct wire_frame *f = at->frame;
	const uint8_t *bytes = f->payload;
	size_t len = f->payload_len;
	struct vrrp_advert a;

	if (f->ip_protocol == PROTOCOL_AH) {
		size_t skip = len >= 2 ? ((size_t)bytes[1] + 2) * 4 : SIZE_MAX;

		if (len < skip || bytes[0] != VRRP_PROTOCOL)
			return;
		bytes += skip;
		len -= skip;
	}
	enum vrrp_decode got = vrrp_decode(bytes, len, &f->ip_src, &f->ip_dst, false, &a);

	if (got == VRRP_CHECKSUM)
		got = vrrp_decode(bytes, len, &f->ip_src, &f->ip_dst, true, &a);
	if (got != VRRP_OK)
		return;
	struct wire_ip *addrs = arena_array(at->ev->arena, a.n_addrs, sizeof(*addrs));

	for (unsigned i = 0; i < a.n_addrs; i++) {
		addrs[i] = a.addr[i];
		evidence_vip_add(at->ev, &addrs[i]);
	}
	*vec_push(&at->ev->adverts) =
		(struct ev_advert){.t_ns = at->t_ns,
				   .node = at->node,
				   .version = a.version,
				   .vrid = a.vrid,
				   .priority = a.priority,
				   .interval_ns = (int64_t)a.interval_ms * NS_PER_MS,
				   .n_addrs = a.n_addrs,
				   .addrs = addrs,
				   .ref = at->ref};
}

static void put_arp(const struct place *at, enum ev_arp_kind kind, const struct wire_ip *ip,
		    const uint8_t *mac)
{
	struct ev_arp *a = vec_push(&at->ev->arps);

	*a = (struct ev_arp){.t_ns = at->t_ns,
			     .kind = kind,
			     .node = at->node,
			     .segment = at->segment,
			     .ip = *ip,
			     .ref = at->ref};
	memcpy(a->mac, mac, WIRE_MAC_BYTES);
}

static void take_arp(const struct place *at)
{
	struct wire_arp arp;

	if (!wire_arp_decode(at->frame->payload, at->frame->payload_len, &arp))
		return;
	struct wire_ip ip = {.family = AF_INET, .v4 = arp.sender_ip};

	if (wire_arp_is_gratuitous(&arp))
		put_arp(at, EV_ARP_GRATUITOUS, &ip, arp.sender_mac);
	else if (arp.op == 2)
		put_arp(at, EV_ARP_ANSWER, &ip, arp.sender_mac);
}

/* RFC 4861, 4.4: type, code, checksum, flags, three reserved bytes, target, options. */
static void take_nd(const struct place *at)
{
	const uint8_t *p = at->frame->payload;
	size_t len = at->frame->payload_len;
	const uint8_t *mac = at->frame->src;
	struct wire_ip ip = {.family = AF_INET6};

	if (len < 24 || p[0] != ND_ADVERTISEMENT)
		return;
	memcpy(ip.bytes, p + 8, 16);
	for (size_t o = 24; o + 8 <= len && p[o + 1]; o += (size_t)p[o + 1] * 8)
		if (p[o] == ND_OPTION_TARGET_MAC)
			mac = p + o + 2;
	put_arp(at, p[4] & ND_SOLICITED ? EV_ARP_ANSWER : EV_ARP_GRATUITOUS, &ip, mac);
}

static void first_pass(const struct place *at, enum pcapng_direction direction)
{
	const struct wire_frame *f = at->frame;

	if (direction != PCAPNG_INBOUND)
		return;
	if (f->ethertype == ETHERTYPE_ARP_FRAMES)
		take_arp(at);
	else if (f->ip_src.family == 0 || f->ip_fragment)
		return;
	else if (f->ip_protocol == VRRP_PROTOCOL || f->ip_protocol == PROTOCOL_AH)
		take_advert(at);
	else if (f->ip_protocol == PROTOCOL_ICMP6)
		take_nd(at);
}

static uint16_t port_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void take_syn(const struct place *at)
{
	const struct wire_frame *f = at->frame;
	const uint8_t *p = f->payload;

	if (f->ip_protocol != PROTOCOL_TCP || f->ip_fragment || f->payload_len < 20 ||
	    (p[13] & 0x12) != 0x02)
		return;
	*vec_push(&at->ev->syns) = (struct ev_syn){.t_ns = at->t_ns,
						   .client = f->ip_src,
						   .vip = f->ip_dst,
						   .cport = port_at(p),
						   .vport = port_at(p + 2),
						   .ref = at->ref};
}

static void second_pass(const struct place *at, enum pcapng_direction direction)
{
	struct evidence *ev = at->ev;
	const struct wire_frame *f = at->frame;

	if (f->ip_src.family == 0 || f->ip_protocol == VRRP_PROTOCOL)
		return;
	unsigned dst = evidence_vip(ev, &f->ip_dst);
	unsigned src = evidence_vip(ev, &f->ip_src);

	if (direction == PCAPNG_INBOUND && dst != EV_NOBODY)
		take_syn(at);
	if (direction != PCAPNG_OUTBOUND)
		return;
	if (dst != EV_NOBODY)
		*vec_push(&ev->packets) = (struct ev_packet){at->t_ns, .vip = dst, .node = at->node,
							     .to_vip = true, .ref = at->ref};
	if (src != EV_NOBODY)
		*vec_push(&ev->packets) = (struct ev_packet){at->t_ns, .vip = src, .node = at->node,
							     .to_vip = false, .ref = at->ref};
}

/* "NODE.IFNAME"; a node's name holds no dot. */
static unsigned interface_node(const struct evidence *ev, const char *name)
{
	size_t n = strcspn(name, ".");

	for (size_t i = 0; i < ev->nodes.n; i++)
		if (strlen(ev->nodes.at[i].name) == n && !strncmp(ev->nodes.at[i].name, name, n))
			return (unsigned)i;
	return EV_NOBODY;
}

/* The reader's last answer: 0 or -errno. */
static int read_capture(struct evidence *ev, const char *path, unsigned capture, unsigned segment,
			frame_fn fn)
{
	struct pcapng_reader *r;
	struct pcapng_frame raw;
	int got = pcapng_open(&r, path);

	ev->captures.at[capture].frames_read = 0;
	if (got < 0)
		return got;
	while ((got = pcapng_next(r, &raw)) == 1) {
		struct wire_frame frame;
		struct place at = {.ev = ev,
				   .node = interface_node(ev, raw.interface_name),
				   .segment = segment,
				   .ref = {.file = capture + 1, .number = raw.number},
				   .frame = &frame};

		ev->captures.at[capture].frames_read++;
		if (__builtin_sub_overflow(raw.time_ns, ev->start.epoch_ns, &at.t_ns) ||
		    !evidence_time_sane(at.t_ns)) {
			got = -EBADMSG;
			break;
		}
		if (at.node != EV_NOBODY && wire_frame_decode(raw.bytes, raw.len, &frame))
			fn(&at, raw.direction);
	}
	pcapng_close(r);
	return got;
}

static void look_at_capture(struct evidence *ev, unsigned i, int got)
{
	const struct ev_capture *c = &ev->captures.at[i];
	struct ev_ref ref = {.file = i + 1, .number = c->frames_read};
	struct ev_flaw *flaw = NULL;

	if (got == -EBADMSG)
		flaw = evidence_flaw(ev, ref, "%s is cut or broken after packet %llu", c->file,
				     (unsigned long long)c->frames_read);
	else if (got < 0)
		flaw = evidence_flaw(ev, ref, "%s cannot be read: %s", c->file, strerror(-got));
	else if (c->frames < 0)
		flaw = evidence_flaw(ev, ref, "the history does not say how %s ended", c->file);
	else if ((uint64_t)c->frames != c->frames_read)
		flaw = evidence_flaw(ev, ref, "%s holds %llu packets, %lld were captured", c->file,
				     (unsigned long long)c->frames_read, (long long)c->frames);
	if (flaw)
		flaw->captures_only = true;
	if (c->dropped > 0)
		evidence_flaw(ev, ref, "%lld packets are missing in %s: dropped",
			      (long long)c->dropped, c->file)
			->captures_only = true;
}

/* A capture for each segment, in the scenario's order, whatever the history says of it. */
static void order_captures(struct evidence *ev)
{
	VEC(struct ev_capture) told = {.at = ev->captures.at, .n = ev->captures.n};

	ev->captures.at = NULL;
	ev->captures.n = ev->captures.cap = 0;
	for (const struct scn_segment *g = ev->scenario->segments; g; g = g->next) {
		struct ev_capture *c = vec_push(&ev->captures);

		*c = (struct ev_capture){.segment = g->name, .frames = -1};
		for (size_t i = 0; i < told.n; i++)
			if (!strcmp(told.at[i].segment, g->name))
				*c = told.at[i];
		c->segment = g->name;
		c->file = arena_printf(ev->arena, "%s.pcapng", g->name);
	}
	free(told.at);
}

static int ref_order(struct ev_ref a, struct ev_ref b)
{
	if (a.file != b.file)
		return a.file < b.file ? -1 : 1;
	return (a.number > b.number) - (a.number < b.number);
}

#define BY_TIME(type)                                                                              \
	static int type##_order(const void *pa, const void *pb)                                    \
	{                                                                                          \
		const struct type *a = pa, *b = pb;                                                \
                                                                                                   \
		if (a->t_ns != b->t_ns)                                                            \
			return a->t_ns < b->t_ns ? -1 : 1;                                         \
		return ref_order(a->ref, b->ref);                                                  \
	}

BY_TIME(ev_advert)
BY_TIME(ev_arp)
BY_TIME(ev_packet)
BY_TIME(ev_syn)

#define SORT(vec, type)                                                                            \
	do {                                                                                       \
		if ((vec).n)                                                                       \
			qsort((vec).at, (vec).n, sizeof((vec).at[0]), type##_order);               \
	} while (0)

void ev_capture_load(struct evidence *ev, const char *dir)
{
	static const frame_fn passes[] = {first_pass, second_pass};

	order_captures(ev);
	if (!ev->start.seen)
		return; /* without the epoch no frame has a time; a flaw says so already */
	for (size_t pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < ev->captures.n; i++) {
			char *path = arena_printf(ev->arena, "%s/%s", dir, ev->captures.at[i].file);
			int got = read_capture(ev, path, i, i, passes[pass]);

			if (pass == 1)
				look_at_capture(ev, i, got);
		}
	}
	SORT(ev->adverts, ev_advert);
	SORT(ev->arps, ev_arp);
	SORT(ev->packets, ev_packet);
	SORT(ev->syns, ev_syn);
}
