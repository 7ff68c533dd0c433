/* The VRRP message: version 2 (RFC 3768, 5.1, with the authentication field that RFC 2338 gave a
 * meaning) and version 3 (RFC 9568, 5.1), over IPv4 and IPv6.
 *
 *	 0                   1                   2                   3
 *	|Version| Type  | Virtual Rtr ID|   Priority    | Count IP Addrs|
 *	|   Auth Type   |   Adver Int   |          Checksum             |   version 2, seconds
 *	|(rsvd) |     Max Adver Int     |          Checksum             |   version 3, centiseconds
 *	|                       IP addresses, 4 or 16 bytes each        |
 *	|                       authentication data, 8 bytes            |   version 2 over IPv4 only
 *
 * Version 2 over IPv6 is no RFC's: it is what keepalived sends, which has no authentication data.
 * The checksum covers the message; in version 3, and always over IPv6, the pseudo header too. Which
 * message is welcome is for daemon/vrrp/advert.c to say: here a message is only read or written.
 */
#include "lib/wire/wire.h"

#include "lib/base/must.h"
#include "lib/wire/auth.h"

#include <arpa/inet.h>
#include <string.h>

#define HEADER_BYTES 8
#define INTERVAL_MAX 0xfff /* 12 bits of centiseconds */

static size_t addr_bytes(const struct wire_ip *src)
{
	return src->family == AF_INET6 ? 16 : 4;
}

static bool has_auth(uint8_t version, size_t addr_len)
{
	return version == 2 && addr_len == 4;
}

static size_t message_bytes(uint8_t version, uint8_t n_addrs, size_t addr_len)
{
	return HEADER_BYTES + n_addrs * addr_len +
	       (has_auth(version, addr_len) ? VRRP_AUTH_BYTES : 0);
}

/* In network byte order; over bytes whose checksum field counts as it stands. */
static uint16_t message_sum(const uint8_t *bytes, size_t len, uint8_t version,
			    const struct wire_ip *src, const struct wire_ip *dst,
			    bool checksum_as_v2)
{
	uint32_t sum = 0;

	must(len >= HEADER_BYTES);
	if (src->family == AF_INET6 || (version == 3 && !checksum_as_v2))
		sum = wire_sum_pseudo(src, dst, VRRP_PROTOCOL, (uint32_t)len);
	return wire_sum_fold(wire_sum(bytes, len, sum));
}

static void read_header(const uint8_t *bytes, struct vrrp_advert *out)
{
	must(out->version == 2 || out->version == 3);
	out->type = bytes[0] & 15;
	out->priority = bytes[2];
	out->n_addrs = bytes[3];
	out->checksum = (uint16_t)(bytes[6] << 8 | bytes[7]);
	if (out->version == 2) {
		out->auth_type = bytes[4];
		out->interval_ms = bytes[5] * 1000u;
	} else {
		/* the four reserved bits are ignored on reception (5.2.6) */
		out->interval_ms = ((bytes[4] & 15u) << 8 | bytes[5]) * 10u;
	}
}

/* Over IPv6 keepalived leaves the checksum to the kernel, which counts what stands behind the
 * message: the trailer of auth_hmac. */
static bool has_summed_trailer(const uint8_t *bytes, size_t len, size_t need, uint8_t version,
			       const struct wire_ip *src, const struct wire_ip *dst)
{
	must(len >= need);
	return src->family == AF_INET6 && len == need + WIRE_TRAILER_BYTES &&
	       message_sum(bytes, len, version, src, dst, false) == 0;
}

enum vrrp_decode vrrp_decode(const uint8_t *bytes, size_t len, const struct wire_ip *src,
			     const struct wire_ip *dst, bool checksum_as_v2,
			     struct vrrp_advert *out)
{
	size_t addr_len = addr_bytes(src), need;

	must(src->family == AF_INET || src->family == AF_INET6);
	memset(out, 0, sizeof(*out));
	if (len < HEADER_BYTES)
		return VRRP_SHORT;
	out->version = bytes[0] >> 4;
	out->vrid = bytes[1];
	if (out->version != 2 && out->version != 3)
		return VRRP_VERSION;
	need = message_bytes(out->version, bytes[3], addr_len);
	if (len < need)
		return VRRP_SHORT;
	read_header(bytes, out);
	for (size_t i = 0; i < out->n_addrs; i++) {
		out->addr[i].family = src->family;
		memcpy(out->addr[i].bytes, bytes + HEADER_BYTES + i * addr_len, addr_len);
	}
	if (has_auth(out->version, addr_len))
		memcpy(out->auth, bytes + need - VRRP_AUTH_BYTES, VRRP_AUTH_BYTES);
	if (out->type != 1)
		return VRRP_TYPE;
	if (out->vrid == 0)
		return VRRP_VRID;
	if (message_sum(bytes, need, out->version, src, dst, checksum_as_v2) != 0 &&
	    !has_summed_trailer(bytes, len, need, out->version, src, dst))
		return VRRP_CHECKSUM;
	return VRRP_OK;
}

static void write_interval(const struct vrrp_advert *advert, uint8_t *out)
{
	if (advert->version == 2) {
		must(advert->interval_ms % 1000 == 0 && advert->interval_ms / 1000 <= 255);
		out[4] = advert->auth_type;
		out[5] = (uint8_t)(advert->interval_ms / 1000);
	} else {
		must(advert->interval_ms % 10 == 0 && advert->interval_ms / 10 <= INTERVAL_MAX);
		out[4] = (uint8_t)(advert->interval_ms / 10 >> 8);
		out[5] = (uint8_t)(advert->interval_ms / 10);
	}
}

size_t vrrp_encode(const struct vrrp_advert *advert, const struct wire_ip *src,
		   const struct wire_ip *dst, bool checksum_as_v2, uint8_t *out, size_t cap)
{
	size_t addr_len = addr_bytes(src);
	size_t need = message_bytes(advert->version, advert->n_addrs, addr_len);
	uint16_t sum;

	must(advert->version == 2 || advert->version == 3);
	if (cap < need)
		return 0;
	memset(out, 0, need);
	out[0] = (uint8_t)(advert->version << 4 | (advert->type & 15));
	out[1] = advert->vrid;
	out[2] = advert->priority;
	out[3] = advert->n_addrs;
	write_interval(advert, out);
	for (size_t i = 0; i < advert->n_addrs; i++) {
		must(advert->addr[i].family == src->family);
		memcpy(out + HEADER_BYTES + i * addr_len, advert->addr[i].bytes, addr_len);
	}
	if (has_auth(advert->version, addr_len))
		memcpy(out + need - VRRP_AUTH_BYTES, advert->auth, VRRP_AUTH_BYTES);
	sum = message_sum(out, need, advert->version, src, dst, checksum_as_v2);
	memcpy(out + 6, &sum, sizeof(sum));
	return need;
}

const char *vrrp_decode_text(enum vrrp_decode result)
{
	switch (result) {
	case VRRP_OK:
		return "ok";
	case VRRP_SHORT:
		return "too short";
	case VRRP_VERSION:
		return "unknown version";
	case VRRP_TYPE:
		return "not an advertisement";
	case VRRP_VRID:
		return "virtual router id 0";
	case VRRP_CHECKSUM:
		return "bad checksum";
	}
	must(!"a result of vrrp_decode");
	return "";
}
