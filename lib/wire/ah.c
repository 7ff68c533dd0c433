/* The Authentication Header (RFC 2402) between the IPv4 header and a VRRP version 2 message, as
 * keepalived writes it.
 *
 *	| next: 112 | length: 4 |        reserved       |
 *	|     SPI: the sender's address                 |
 *	|     sequence number                           |
 *	|     HMAC-MD5 of the packet, 12 bytes of 16    |
 *
 * The hash covers the IP header with the fields zeroed that may change on the way, the AH with the
 * hash zeroed, and the message. Which sequence numbers are welcome is not said here.
 */
#include "lib/base/must.h"
#include "lib/wire/auth.h"

#include <string.h>

#define IPV4_BYTES  20
#define IPV4_MAX    60
#define ICV_BYTES   12
#define ICV_AT	    12
#define SEQUENCE_AT 8
#define SPI_AT	    4
#define AH_LENGTH   4 /* in words, less two (2.2) */
#define PROTOCOL_AH 51

bool wire_secret_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t differ = 0;

	must(a != NULL && b != NULL);
	for (size_t i = 0; i < len; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

static void digest(const uint8_t *packet, size_t len, size_t header, bool unicast,
		   const struct wire_key *key, uint8_t out[WIRE_MD5_BYTES])
{
	uint8_t copy[WIRE_AUTH_MAX];

	must(header >= IPV4_BYTES && header <= IPV4_MAX);
	must(len >= header + WIRE_AH_BYTES && len <= sizeof(copy));
	memcpy(copy, packet, len);
	copy[1] = 0;		 /* TOS */
	copy[6] = copy[7] = 0;	 /* flags, fragment */
	copy[10] = copy[11] = 0; /* checksum */
	if (unicast)
		copy[8] = 0; /* TTL: multicast goes through no router that could lower it */
	memset(copy + header + ICV_AT, 0, ICV_BYTES);
	key->mac(key->bytes, key->len, copy, len, out);
}

void wire_ah_sign(uint8_t *packet, size_t len, uint32_t sequence, bool unicast,
		  const uint8_t key[VRRP_AUTH_BYTES], wire_mac_fn *mac)
{
	struct wire_key with = {key, VRRP_AUTH_BYTES, mac};
	uint8_t *ah = packet + IPV4_BYTES;
	uint8_t sum[WIRE_MD5_BYTES];

	must(len >= IPV4_BYTES + WIRE_AH_BYTES && packet[0] == 0x45);
	packet[9] = PROTOCOL_AH;
	memset(ah, 0, WIRE_AH_BYTES);
	ah[0] = VRRP_PROTOCOL;
	ah[1] = AH_LENGTH;
	memcpy(ah + SPI_AT, packet + 12, 4);
	for (unsigned i = 0; i < 4; i++)
		ah[SEQUENCE_AT + i] = (uint8_t)(sequence >> (24 - 8 * i));
	digest(packet, len, IPV4_BYTES, unicast, &with, sum);
	memcpy(ah + ICV_AT, sum, ICV_BYTES);
}

enum wire_ah wire_ah_check(const uint8_t *packet, size_t len, bool unicast,
			   const uint8_t key[VRRP_AUTH_BYTES], wire_mac_fn *mac, uint32_t *sequence)
{
	struct wire_key with = {key, VRRP_AUTH_BYTES, mac};
	uint8_t sum[WIRE_MD5_BYTES];
	size_t header, total;
	const uint8_t *ah;

	if (len < IPV4_BYTES || packet[0] >> 4 != 4)
		return WIRE_AH_NONE;
	header = (size_t)(packet[0] & 15) * 4;
	total = (size_t)(packet[2] << 8 | packet[3]);
	if (header < IPV4_BYTES || total > len || total > WIRE_AUTH_MAX ||
	    total < header + WIRE_AH_BYTES)
		return WIRE_AH_NONE;
	ah = packet + header;
	if (packet[9] != PROTOCOL_AH || ah[0] != VRRP_PROTOCOL || ah[1] != AH_LENGTH)
		return WIRE_AH_NONE;
	digest(packet, total, header, unicast, &with, sum);
	if (!wire_secret_equal(sum, ah + ICV_AT, ICV_BYTES))
		return WIRE_AH_FORGED;
	if (memcmp(ah + SPI_AT, packet + 12, 4) != 0)
		return WIRE_AH_SPI;
	*sequence = 0;
	for (unsigned i = 0; i < 4; i++)
		*sequence = *sequence << 8 | ah[SEQUENCE_AT + i];
	return WIRE_AH_OK;
}
