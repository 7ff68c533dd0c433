/* Addresses as values: compare, print, parse. Nothing here knows a socket; sockaddr is the
 * business of whoever owns one.
 *
 * The comparison is the one that breaks ties between equal priorities: both addresses as unsigned
 * integers in network byte order (RFC 9568, 6.4.3), so a byte-wise comparison from the left.
 */
#include "lib/wire/wire.h"

#include "lib/base/must.h"

#include <arpa/inet.h>
#include <string.h>

static size_t ip_bytes(const struct wire_ip *ip)
{
	switch (ip->family) {
	case AF_INET:
		return 4;
	case AF_INET6:
		return 16;
	default:
		return 0;
	}
}

bool wire_ip_equal(const struct wire_ip *a, const struct wire_ip *b)
{
	return wire_ip_compare(a, b) == 0;
}

/* Addresses of two families have an order too (none < v4 < v6), so that lists can be sorted. */
int wire_ip_compare(const struct wire_ip *a, const struct wire_ip *b)
{
	size_t na = ip_bytes(a), nb = ip_bytes(b);

	if (na != nb)
		return na < nb ? -1 : 1;
	return memcmp(a->bytes, b->bytes, na);
}

const char *wire_ip_text(const struct wire_ip *ip, char *out)
{
	must(out != NULL);
	if (ip_bytes(ip) == 0 || !inet_ntop(ip->family, ip->bytes, out, INET6_ADDRSTRLEN))
		memcpy(out, "-", 2);
	return out;
}

bool wire_ip_parse(const char *text, struct wire_ip *out)
{
	must(text != NULL);
	memset(out, 0, sizeof(*out));
	out->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(out->family, text, out->bytes) == 1)
		return true;
	memset(out, 0, sizeof(*out));
	return false;
}

const char *wire_mac_text(const uint8_t mac[WIRE_MAC_BYTES], char *out)
{
	static const char hex[] = "0123456789abcdef";
	char *p = out;

	must(out != NULL);
	for (int i = 0; i < WIRE_MAC_BYTES; i++) {
		*p++ = hex[mac[i] >> 4];
		*p++ = hex[mac[i] & 15];
		*p++ = i == WIRE_MAC_BYTES - 1 ? '\0' : ':';
	}
	return out;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool wire_mac_parse(const char *text, uint8_t mac[WIRE_MAC_BYTES])
{
	must(text != NULL);
	for (int i = 0; i < WIRE_MAC_BYTES; i++) {
		int hi = hex_digit(text[0]);
		int lo = hi < 0 ? -1 : hex_digit(text[1]);

		if (lo < 0 || text[2] != (i == WIRE_MAC_BYTES - 1 ? '\0' : ':'))
			return false;
		mac[i] = (uint8_t)(hi << 4 | lo);
		text += 3;
	}
	return true;
}
