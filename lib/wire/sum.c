/* The Internet checksum (RFC 1071) and the pseudo headers of IPv4 and IPv6 (RFC 8200, 8.1).
 *
 * Sums are kept in 32 bits and folded at the end, big-endian word by big-endian word, so that the
 * result does not depend on the machine. 9,216 bytes and a pseudo header cannot overflow that.
 */
#include "lib/wire/wire.h"

#include "lib/base/must.h"

#include <arpa/inet.h>

uint32_t wire_sum(const void *bytes, size_t len, uint32_t sum)
{
	const uint8_t *p = bytes;

	must(len <= 65535);
	for (; len >= 2; len -= 2, p += 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	if (len)
		sum += (uint32_t)p[0] << 8;
	return (sum >> 16) + (sum & 0xffff);
}

uint16_t wire_sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return htons((uint16_t)~sum);
}

uint32_t wire_sum_pseudo(const struct wire_ip *src, const struct wire_ip *dst, uint8_t protocol,
			 uint32_t len)
{
	size_t n = src->family == AF_INET6 ? 16 : 4;
	uint32_t sum;

	must(src->family == dst->family);
	sum = wire_sum(src->bytes, n, 0);
	sum = wire_sum(dst->bytes, n, sum);
	return sum + protocol + (len >> 16) + (len & 0xffff);
}
