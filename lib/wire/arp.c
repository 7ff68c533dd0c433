/* ARP for IPv4 over Ethernet (RFC 826), and what makes one gratuitous (RFC 5227, 3): sender and
 * target protocol address are the same, be it a request or a reply.
 */
#include "lib/wire/wire.h"

#include "lib/base/must.h"

#include <string.h>

#define ETH_BYTES     14
#define ARP_BYTES     28
#define ETHERTYPE_ARP 0x0806

/* hardware type Ethernet, protocol type IPv4, and the lengths of both addresses */
static const uint8_t arp_fixed[6] = {0, 1, 8, 0, 6, 4};

bool wire_arp_decode(const uint8_t *bytes, size_t len, struct wire_arp *out)
{
	must(out != NULL);
	memset(out, 0, sizeof(*out));
	if (len < ARP_BYTES || memcmp(bytes, arp_fixed, sizeof(arp_fixed)) != 0)
		return false;
	out->op = (uint16_t)(bytes[6] << 8 | bytes[7]);
	memcpy(out->sender_mac, bytes + 8, WIRE_MAC_BYTES);
	memcpy(&out->sender_ip, bytes + 14, 4);
	memcpy(out->target_mac, bytes + 18, WIRE_MAC_BYTES);
	memcpy(&out->target_ip, bytes + 24, 4);
	return true;
}

size_t wire_arp_encode(const uint8_t dst[WIRE_MAC_BYTES], const struct wire_arp *arp, uint8_t *out,
		       size_t cap)
{
	uint8_t *p = out + ETH_BYTES;

	must(arp != NULL);
	if (cap < ETH_BYTES + ARP_BYTES)
		return 0;
	memcpy(out, dst, WIRE_MAC_BYTES);
	memcpy(out + 6, arp->sender_mac, WIRE_MAC_BYTES);
	out[12] = ETHERTYPE_ARP >> 8;
	out[13] = ETHERTYPE_ARP & 0xff;
	memcpy(p, arp_fixed, sizeof(arp_fixed));
	p[6] = (uint8_t)(arp->op >> 8);
	p[7] = (uint8_t)arp->op;
	memcpy(p + 8, arp->sender_mac, WIRE_MAC_BYTES);
	memcpy(p + 14, &arp->sender_ip, 4);
	memcpy(p + 18, arp->target_mac, WIRE_MAC_BYTES);
	memcpy(p + 24, &arp->target_ip, 4);
	return ETH_BYTES + ARP_BYTES;
}

bool wire_arp_is_gratuitous(const struct wire_arp *arp)
{
	must(arp != NULL);
	return arp->sender_ip.s_addr == arp->target_ip.s_addr;
}
