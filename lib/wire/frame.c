/* Ethernet frames down to the payload of IP: 802.1Q and 802.1ad tags, IPv4 with options, IPv6 with
 * its extension headers (RFC 8200, 4).
 *
 * A frame may be padded: what is behind the length that IP states is not payload. A header that
 * states more than there is, or less than itself, is a lie and the whole frame is refused.
 * Fragments are not put together; the later ones are marked, since their payload has no header.
 */
#include "lib/wire/wire.h"

#include "lib/base/must.h"

#include <string.h>

#define ETH_BYTES	    14
#define TAG_BYTES	    4
#define TAGS_MAX	    2
#define ETHERTYPE_IPV4	    0x0800
#define ETHERTYPE_IPV6	    0x86dd
#define ETHERTYPE_8021Q	    0x8100
#define ETHERTYPE_8021AD    0x88a8
#define IPV4_BYTES	    20
#define IPV6_BYTES	    40
#define IPV6_EXTENSIONS_MAX 8

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static bool decode_ipv4(const uint8_t *bytes, size_t len, struct wire_frame *out)
{
	size_t header, total;

	must(bytes != NULL);
	if (len < IPV4_BYTES || bytes[0] >> 4 != 4)
		return false;
	header = (size_t)(bytes[0] & 15) * 4;
	total = get16(bytes + 2);
	if (header < IPV4_BYTES || total < header || total > len)
		return false;
	out->ip_src.family = out->ip_dst.family = AF_INET;
	out->ip_ttl = bytes[8];
	out->ip_protocol = bytes[9];
	out->ip_fragment = (get16(bytes + 6) & 0x1fff) != 0;
	memcpy(out->ip_src.bytes, bytes + 12, 4);
	memcpy(out->ip_dst.bytes, bytes + 16, 4);
	out->payload = bytes + header;
	out->payload_len = total - header;
	return true;
}

static bool is_extension(uint8_t next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_FRAGMENT ||
	       next == IPPROTO_DSTOPTS;
}

/* Moves payload behind the extension headers. */
static bool skip_extensions(uint8_t next, struct wire_frame *out)
{
	must(out->payload != NULL);
	for (int n = 0; is_extension(next) && !out->ip_fragment; n++) {
		const uint8_t *p = out->payload;
		size_t bytes = 8;

		if (n == IPV6_EXTENSIONS_MAX || out->payload_len < bytes)
			return false;
		if (next == IPPROTO_FRAGMENT)
			out->ip_fragment = (get16(p + 2) & 0xfff8) != 0;
		else
			bytes = ((size_t)p[1] + 1) * 8;
		if (bytes > out->payload_len)
			return false;
		next = p[0];
		out->payload += bytes;
		out->payload_len -= bytes;
	}
	out->ip_protocol = next;
	return true;
}

static bool decode_ipv6(const uint8_t *bytes, size_t len, struct wire_frame *out)
{
	must(bytes != NULL);
	if (len < IPV6_BYTES || bytes[0] >> 4 != 6)
		return false;
	if (get16(bytes + 4) > len - IPV6_BYTES)
		return false;
	out->ip_src.family = out->ip_dst.family = AF_INET6;
	out->ip_ttl = bytes[7];
	memcpy(out->ip_src.bytes, bytes + 8, 16);
	memcpy(out->ip_dst.bytes, bytes + 24, 16);
	out->payload = bytes + IPV6_BYTES;
	out->payload_len = get16(bytes + 4);
	return skip_extensions(bytes[6], out);
}

bool wire_ip_decode(const uint8_t *bytes, size_t len, struct wire_frame *out)
{
	must(out != NULL);
	memset(out, 0, sizeof(*out));
	if (len == 0)
		return false;
	return bytes[0] >> 4 == 4 ? decode_ipv4(bytes, len, out) : decode_ipv6(bytes, len, out);
}

bool wire_frame_decode(const uint8_t *bytes, size_t len, struct wire_frame *out)
{
	must(out != NULL);
	memset(out, 0, sizeof(*out));
	if (len < ETH_BYTES)
		return false;
	memcpy(out->dst, bytes, WIRE_MAC_BYTES);
	memcpy(out->src, bytes + 6, WIRE_MAC_BYTES);
	out->ethertype = get16(bytes + 12);
	bytes += ETH_BYTES;
	len -= ETH_BYTES;
	for (int n = 0; out->ethertype == ETHERTYPE_8021Q || out->ethertype == ETHERTYPE_8021AD;
	     n++) {
		if (len < TAG_BYTES || n == TAGS_MAX)
			return false;
		if (n == 0)
			out->vlan = get16(bytes) & 0xfff;
		out->ethertype = get16(bytes + 2);
		bytes += TAG_BYTES;
		len -= TAG_BYTES;
	}
	if (out->ethertype == ETHERTYPE_IPV4)
		return decode_ipv4(bytes, len, out);
	if (out->ethertype == ETHERTYPE_IPV6)
		return decode_ipv6(bytes, len, out);
	out->payload = bytes;
	out->payload_len = len;
	return true;
}
