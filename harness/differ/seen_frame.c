/* Reads a capture into sightings: each VRRP advert with every field of it and of the headers that
 * carry it, each gratuitous ARP and unsolicited neighbour advertisement. A frame counts where its
 * sender put it into the segment. IP identification and checksums are left out: the first is the
 * sender's own affair, the second is named as right or wrong. */
#include "harness/differ/differ.h"
#include "lib/wire/pcapng.h"
#include "lib/wire/wire.h"

#include <net/ethernet.h>
#include <string.h>

enum { PROTOCOL_AH = 51, PROTOCOL_ICMP6 = 58, ND_ADVERTISEMENT = 136, ND_SOLICITED = 0x40 };

struct at {
	struct seen_run *run;
	const char *node;
	const char *port;
	int64_t t_ns;
	const uint8_t *ip_header;
	const struct wire_frame *f;
};

static const char *ip_text(struct seen_run *run, const struct wire_ip *ip)
{
	char text[INET6_ADDRSTRLEN];

	return arena_strdup(run->arena, wire_ip_text(ip, text));
}

static const char *mac_text(struct seen_run *run, const uint8_t *mac)
{
	char text[18];

	return arena_strdup(run->arena, wire_mac_text(mac, text));
}

static const char *hex_text(struct seen_run *run, const uint8_t *bytes, size_t n)
{
	struct buf b = {0};

	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%02x", bytes[i]);
	const char *text = arena_strdup(run->arena, buf_text(&b));

	buf_free(&b);
	return text;
}

/* The type of service, or the traffic class. */
static unsigned class_of(const struct at *at)
{
	const uint8_t *h = at->ip_header;

	return at->f->ip_src.family == AF_INET ? h[1] : (unsigned)((h[0] << 4 | h[1] >> 4) & 0xff);
}

static void put_headers(const struct at *at, struct seen *s)
{
	const struct wire_frame *f = at->f;
	struct arena *a = at->run->arena;

	seen_put(s, "ether",
		 arena_printf(a, "%s > %s", mac_text(at->run, f->src), mac_text(at->run, f->dst)));
	seen_put(s, "src", ip_text(at->run, &f->ip_src));
	seen_put(s, "dst", ip_text(at->run, &f->ip_dst));
	seen_put(s, "ttl", arena_printf(a, "%u", f->ip_ttl));
	seen_put(s, "tos", arena_printf(a, "0x%02x", class_of(at)));
	seen_put(s, "protocol", arena_printf(a, "%u", f->ip_protocol));
}

static const char *addresses(const struct at *at, const struct vrrp_advert *v)
{
	struct buf b = {0};
	char text[INET6_ADDRSTRLEN];

	for (unsigned i = 0; i < v->n_addrs; i++)
		buf_printf(&b, "%s%s", i ? " " : "", wire_ip_text(&v->addr[i], text));
	const char *all = arena_strdup(at->run->arena, buf_text(&b));

	buf_free(&b);
	return all;
}

static void take_advert(const struct at *at)
{
	const struct wire_frame *f = at->f;
	const uint8_t *bytes = f->payload;
	size_t len = f->payload_len, skip = 0;
	struct arena *a = at->run->arena;
	struct vrrp_advert v = {0};

	if (f->ip_protocol == PROTOCOL_AH)
		skip = len >= 2 ? ((size_t)bytes[1] + 2) * 4 : SIZE_MAX;
	if (skip > len)
		return;
	bytes += skip;
	len -= skip;
	enum vrrp_decode got = vrrp_decode(bytes, len, &f->ip_src, &f->ip_dst, false, &v);
	const char *sum = "right";

	if (got == VRRP_CHECKSUM) {
		got = vrrp_decode(bytes, len, &f->ip_src, &f->ip_dst, true, &v);
		sum = got == VRRP_OK ? "as version 2" : "wrong";
	}
	struct seen *s = seen_add(at->run, at->t_ns, SEEN_ADVERT, at->node,
				  arena_printf(a, "%s vrid %u", at->port, v.vrid));

	put_headers(at, s);
	seen_put(s, "version", arena_printf(a, "%u", v.version));
	seen_put(s, "priority", arena_printf(a, "%u", v.priority));
	seen_put(s, "interval", arena_printf(a, "%u ms", v.interval_ms));
	seen_put(s, "auth",
		 arena_printf(a, "%u %s", v.auth_type, hex_text(at->run, v.auth, sizeof(v.auth))));
	seen_put(s, "addresses", addresses(at, &v));
	seen_put(s, "checksum", sum);
	seen_put(s, "bytes", arena_printf(a, "%zu", len));
}

static void take_announcement(const struct at *at, const struct wire_ip *ip, const char *what,
			      const uint8_t *mac)
{
	struct seen *s =
		seen_add(at->run, at->t_ns, SEEN_GARP, at->node,
			 arena_printf(at->run->arena, "%s %s", at->port, ip_text(at->run, ip)));

	seen_put(s, "ether",
		 arena_printf(at->run->arena, "%s > %s", mac_text(at->run, at->f->src),
			      mac_text(at->run, at->f->dst)));
	seen_put(s, "what", what);
	seen_put(s, "mac", mac_text(at->run, mac));
}

static void take_arp(const struct at *at)
{
	struct wire_arp arp;

	if (!wire_arp_decode(at->f->payload, at->f->payload_len, &arp) ||
	    !wire_arp_is_gratuitous(&arp))
		return;
	struct wire_ip ip = {.family = AF_INET, .v4 = arp.sender_ip};

	take_announcement(at, &ip,
			  arena_printf(at->run->arena, "op %u to %s", arp.op,
				       mac_text(at->run, arp.target_mac)),
			  arp.sender_mac);
}

/* RFC 4861, 4.4 */
static void take_nd(const struct at *at)
{
	const uint8_t *p = at->f->payload;
	size_t len = at->f->payload_len;
	struct wire_ip ip = {.family = AF_INET6};

	if (len < 24 || p[0] != ND_ADVERTISEMENT || (p[4] & ND_SOLICITED))
		return;
	memcpy(ip.bytes, p + 8, 16);
	take_announcement(at, &ip,
			  arena_printf(at->run->arena, "na flags 0x%02x %s > %s hops %u options %s",
				       p[4], ip_text(at->run, &at->f->ip_src),
				       ip_text(at->run, &at->f->ip_dst), at->f->ip_ttl,
				       hex_text(at->run, p + 24, len - 24)),
			  at->f->src);
}

static void take(const struct at *at)
{
	const struct wire_frame *f = at->f;

	if (f->ethertype == ETHERTYPE_ARP)
		take_arp(at);
	else if (f->ip_src.family == 0 || f->ip_fragment)
		return;
	else if (f->ip_protocol == VRRP_PROTOCOL || f->ip_protocol == PROTOCOL_AH)
		take_advert(at);
	else if (f->ip_protocol == PROTOCOL_ICMP6)
		take_nd(at);
}

void seen_frames(struct seen_run *run, const char *path, int64_t epoch_ns)
{
	struct pcapng_reader *r;
	struct pcapng_frame raw;

	if (pcapng_open(&r, path) < 0)
		return;
	while (pcapng_next(r, &raw) == 1) {
		struct wire_frame f;

		if (raw.direction != PCAPNG_INBOUND || !wire_frame_decode(raw.bytes, raw.len, &f))
			continue;
		const char *dot = strchr(raw.interface_name, '.');

		if (!dot)
			continue;
		take(&(struct at){
			.run = run,
			.node = arena_strndup(run->arena, raw.interface_name,
					      (size_t)(dot - raw.interface_name)),
			.port = arena_strdup(run->arena, dot + 1),
			.t_ns = raw.time_ns - epoch_ns,
			.ip_header = raw.bytes + (f.vlan ? 18 : 14),
			.f = &f,
		});
	}
	pcapng_close(r);
}
