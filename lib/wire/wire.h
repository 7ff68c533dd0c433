/* Packets on the wire: decoding and encoding of what failover is made of. Pure: bytes in, structs
 * out, and back; no clock, no socket, no allocation.
 *
 * Every decoder takes the bytes that are there and refuses what it cannot read whole; it never
 * reads past len. Every encoder returns the number of bytes written, or 0 where cap is too small.
 * Multi-byte fields of the structs are in host byte order; addresses are in network byte order.
 */
#ifndef LIB_WIRE_WIRE_H
#define LIB_WIRE_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define WIRE_MAC_BYTES	6
#define WIRE_FRAME_MAX	9216
#define VRRP_PROTOCOL	112
#define VRRP_ADDRS_MAX	255
#define VRRP_AUTH_BYTES 8

struct wire_ip {
	sa_family_t family; /* AF_INET, AF_INET6, or 0: none */
	union {
		struct in_addr v4;
		struct in6_addr v6;
		uint8_t bytes[16];
	};
};

bool wire_ip_equal(const struct wire_ip *a, const struct wire_ip *b);
/* <0, 0, >0 in network byte order, as VRRP compares primary addresses (RFC 9568, 6.4.3). */
int wire_ip_compare(const struct wire_ip *a, const struct wire_ip *b);
/* out holds INET6_ADDRSTRLEN bytes; returns out. */
const char *wire_ip_text(const struct wire_ip *ip, char *out);
bool wire_ip_parse(const char *text, struct wire_ip *out);
/* out holds 18 bytes; returns out. */
const char *wire_mac_text(const uint8_t mac[WIRE_MAC_BYTES], char *out);
bool wire_mac_parse(const char *text, uint8_t mac[WIRE_MAC_BYTES]);

/* RFC 1071 over len bytes, starting from sum (0, or a pseudo header's). Not complemented. */
uint32_t wire_sum(const void *bytes, size_t len, uint32_t sum);
uint16_t wire_sum_fold(uint32_t sum); /* complemented, in network byte order */
/* The pseudo header of IPv4 (src, dst, 0, protocol, length) or IPv6. */
uint32_t wire_sum_pseudo(const struct wire_ip *src, const struct wire_ip *dst, uint8_t protocol,
			 uint32_t len);

/* ---- VRRP (RFC 3768, RFC 5798, RFC 9568) --------------------------------------------------- */

struct vrrp_advert {
	uint8_t version; /* 2 or 3 */
	uint8_t type;	 /* 1: ADVERTISEMENT */
	uint8_t vrid;	 /* 1..255 */
	uint8_t priority;
	uint8_t n_addrs;
	uint8_t auth_type;    /* v2: 0 none, 1 simple password, 2 AH; v3: 0 */
	uint32_t interval_ms; /* v2: seconds on the wire, v3: centiseconds on the wire */
	uint16_t checksum;
	struct wire_ip addr[VRRP_ADDRS_MAX];
	uint8_t auth[VRRP_AUTH_BYTES]; /* v2 over IPv4 with simple password; zeros otherwise */
};

enum vrrp_decode {
	VRRP_OK,
	VRRP_SHORT,   /* fewer bytes than its own count of addresses needs */
	VRRP_VERSION, /* neither 2 nor 3; version and vrid of out are set */
	VRRP_TYPE,    /* not an advertisement */
	VRRP_VRID,    /* 0 */
	VRRP_CHECKSUM
};

/* Decodes a VRRP message (what follows the IP header). The addresses inside have the family of src.
 * v3 checksums cover the pseudo header made of src and dst; checksum_as_v2 leaves it out over IPv4
 * (keepalived's v3_checksum_as_v2). Bytes behind the message are ignored, but for
 * a trailer of auth_hmac over IPv6, which the checksum may cover. *out is filled for every
 * result but VRRP_SHORT and VRRP_VERSION, so that a caller may judge in an order of its own. */
enum vrrp_decode vrrp_decode(const uint8_t *bytes, size_t len, const struct wire_ip *src,
			     const struct wire_ip *dst, bool checksum_as_v2,
			     struct vrrp_advert *out);
/* Encodes with a right checksum (advert->checksum is not read). v2 carries whole seconds up to 255,
 * v3 whole centiseconds up to 40.95 s: an interval_ms that does not fit is a broken promise. */
size_t vrrp_encode(const struct vrrp_advert *advert, const struct wire_ip *src,
		   const struct wire_ip *dst, bool checksum_as_v2, uint8_t *out, size_t cap);
const char *vrrp_decode_text(enum vrrp_decode result);

/* ---- Ethernet, ARP (RFC 826, RFC 5227), ND, IP --------------------------------------------- */

struct wire_frame {
	uint8_t dst[WIRE_MAC_BYTES];
	uint8_t src[WIRE_MAC_BYTES];
	uint16_t ethertype;
	uint16_t vlan; /* 0: none */
	/* IPv4 or IPv6, else family 0 */
	struct wire_ip ip_src;
	struct wire_ip ip_dst;
	uint8_t ip_protocol;
	uint8_t ip_ttl;
	bool ip_fragment;	/* not the first fragment: the payload starts with no header */
	const uint8_t *payload; /* of IP; of Ethernet where it is not IP; points into the frame */
	size_t payload_len;
};

/* False: not even an Ethernet header, or an IP header that lies about its length. vlan is the outer
 * tag's; IPv6 extension headers are skipped; checksums are not looked at. */
bool wire_frame_decode(const uint8_t *bytes, size_t len, struct wire_frame *out);
/* The same for a packet that starts with its IP header (a raw socket's): sets the ip_ and payload
 * fields, zeroes the others. */
bool wire_ip_decode(const uint8_t *bytes, size_t len, struct wire_frame *out);

struct wire_arp {
	uint16_t op; /* 1 request, 2 reply */
	uint8_t sender_mac[WIRE_MAC_BYTES];
	uint8_t target_mac[WIRE_MAC_BYTES];
	struct in_addr sender_ip;
	struct in_addr target_ip;
};

/* From the payload of an ARP frame. */
bool wire_arp_decode(const uint8_t *bytes, size_t len, struct wire_arp *out);
/* A whole Ethernet frame (42 bytes). */
size_t wire_arp_encode(const uint8_t dst[WIRE_MAC_BYTES], const struct wire_arp *arp, uint8_t *out,
		       size_t cap);
/* A gratuitous ARP: sender and target address are the same. */
bool wire_arp_is_gratuitous(const struct wire_arp *arp);

/* A neighbour advertisement (RFC 4861, 4.4). */
struct wire_na {
	struct wire_ip target; /* the address that is spoken of */
	bool router, solicited, override;
	bool has_mac; /* carries the target's link-layer address */
	uint8_t mac[WIRE_MAC_BYTES];
};

/* From a decoded frame; false: none, or one that a host must discard (RFC 4861, 7.1.2: hop limit,
 * checksum, code, length, target, options). */
bool wire_na_decode(const struct wire_frame *f, struct wire_na *out);
/* A whole Ethernet frame (86 bytes): unsolicited, from the target to all nodes, na->mac as sender
 * and as target link-layer address. */
size_t wire_na_encode(const struct wire_na *na, uint8_t *out, size_t cap);

#endif
