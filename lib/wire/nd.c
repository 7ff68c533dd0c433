/* Neighbour advertisements (RFC 4861, 4.4): who is at an IPv6 address. The unsolicited one that a
 * new master sends (RFC 9568, 8.2.2; RFC 4861, 7.2.6) is written as a whole frame, because it must
 * leave from the virtual address whatever the kernel thinks of that address at the moment.
 *
 * Only this message of neighbour discovery; solicitations and routers' are nobody's business here.
 */
#include "lib/wire/wire.h"

#include "lib/base/must.h"

#include <string.h>

#define ETH_BYTES	   14
#define IPV6_BYTES	   40
#define NA_BYTES	   24
#define OPTION_BYTES	   8
#define ETHERTYPE_IPV6	   0x86dd
#define NA_TYPE		   136
#define NA_ROUTER	   0x80
#define NA_SOLICITED	   0x40
#define NA_OVERRIDE	   0x20
#define OPTION_TARGET_MAC  2
#define NA_HOP_LIMIT	   255
#define NA_CHECKSUM_OFFSET 2
#define NA_MESSAGE_BYTES   (NA_BYTES + OPTION_BYTES)
#define NA_FRAME_BYTES	   (ETH_BYTES + IPV6_BYTES + NA_MESSAGE_BYTES)

static const uint8_t all_nodes_mac[WIRE_MAC_BYTES] = {0x33, 0x33, 0, 0, 0, 1};
static const struct wire_ip all_nodes = {
	.family = AF_INET6, .bytes = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

/* False: an option of length 0, or one that is longer than what is left. */
static bool read_options(const uint8_t *p, size_t len, struct wire_na *out)
{
	must(p != NULL);
	while (len) {
		size_t bytes = len < 2 ? 0 : (size_t)p[1] * 8;

		if (bytes == 0 || bytes > len)
			return false;
		if (p[0] == OPTION_TARGET_MAC && !out->has_mac) {
			memcpy(out->mac, p + 2, WIRE_MAC_BYTES);
			out->has_mac = true;
		}
		p += bytes;
		len -= bytes;
	}
	return true;
}

bool wire_na_decode(const struct wire_frame *f, struct wire_na *out)
{
	const uint8_t *p = f->payload;
	uint32_t sum;

	must(out != NULL);
	memset(out, 0, sizeof(*out));
	if (f->ip_src.family != AF_INET6 || f->ip_protocol != IPPROTO_ICMPV6 || f->ip_fragment ||
	    f->ip_ttl != NA_HOP_LIMIT || f->payload_len < NA_BYTES || p[0] != NA_TYPE || p[1] != 0)
		return false;
	sum = wire_sum_pseudo(&f->ip_src, &f->ip_dst, IPPROTO_ICMPV6, (uint32_t)f->payload_len);
	if (wire_sum_fold(wire_sum(p, f->payload_len, sum)) != 0)
		return false;
	out->router = p[4] & NA_ROUTER;
	out->solicited = p[4] & NA_SOLICITED;
	out->override = p[4] & NA_OVERRIDE;
	out->target.family = AF_INET6;
	memcpy(out->target.bytes, p + 8, 16);
	if (out->target.bytes[0] == 0xff || (out->solicited && f->ip_dst.bytes[0] == 0xff))
		return false;
	return read_options(p + NA_BYTES, f->payload_len - NA_BYTES, out);
}

size_t wire_na_encode(const struct wire_na *na, uint8_t *out, size_t cap)
{
	uint8_t *ip = out + ETH_BYTES, *p = ip + IPV6_BYTES;
	uint16_t sum;

	must(na->target.family == AF_INET6 && na->has_mac && !na->solicited);
	if (cap < NA_FRAME_BYTES)
		return 0;
	memset(out, 0, NA_FRAME_BYTES);
	memcpy(out, all_nodes_mac, WIRE_MAC_BYTES);
	memcpy(out + 6, na->mac, WIRE_MAC_BYTES);
	out[12] = ETHERTYPE_IPV6 >> 8;
	out[13] = ETHERTYPE_IPV6 & 0xff;
	ip[0] = 6 << 4;
	ip[5] = NA_MESSAGE_BYTES;
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = NA_HOP_LIMIT;
	memcpy(ip + 8, na->target.bytes, 16);
	memcpy(ip + 24, all_nodes.bytes, 16);
	p[0] = NA_TYPE;
	p[4] = (uint8_t)((na->router ? NA_ROUTER : 0) | (na->override ? NA_OVERRIDE : 0));
	memcpy(p + 8, na->target.bytes, 16);
	p[NA_BYTES] = OPTION_TARGET_MAC;
	p[NA_BYTES + 1] = 1;
	memcpy(p + NA_BYTES + 2, na->mac, WIRE_MAC_BYTES);
	sum = wire_sum_fold(wire_sum(
		p, NA_MESSAGE_BYTES,
		wire_sum_pseudo(&na->target, &all_nodes, IPPROTO_ICMPV6, NA_MESSAGE_BYTES)));
	memcpy(p + NA_CHECKSUM_OFFSET, &sum, sizeof(sum));
	return NA_FRAME_BYTES;
}
