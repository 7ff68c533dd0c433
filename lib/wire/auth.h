/* Authenticated adverts: the Authentication Header (RFC 2402) as keepalived gives it to VRRP
 * version 2, and the HMAC trailer of keepalived 2.4 (auth_hmac). Pure: the hash comes in as a
 * function, since a library's is none of ours to vouch for; mac.c has the two that are needed.
 */
#ifndef LIB_WIRE_AUTH_H
#define LIB_WIRE_AUTH_H

#include "lib/wire/wire.h"

#define WIRE_MD5_BYTES	  16
#define WIRE_SHA256_BYTES 32
/* The longest packet that is signed or checked here; longer ones are refused. */
#define WIRE_AUTH_MAX 4608

/* The HMAC (RFC 2104) of bytes with key. out holds as many bytes as the hash has. */
typedef void wire_mac_fn(const uint8_t *key, size_t key_len, const uint8_t *bytes, size_t len,
			 uint8_t *out);
wire_mac_fn wire_hmac_md5, wire_hmac_sha256;

/* A secret and the hash that it goes with. */
struct wire_key {
	const uint8_t *bytes;
	size_t len;
	wire_mac_fn *mac;
};

/* Takes as long for a wrong first byte as for a wrong last one. */
bool wire_secret_equal(const uint8_t *a, const uint8_t *b, size_t len);

/* ---- AH ------------------------------------------------------------------------------------ */

/* Next header, length, SPI (the source address), sequence, 96 bits of HMAC-MD5. */
#define WIRE_AH_BYTES 24

enum wire_ah { WIRE_AH_OK, WIRE_AH_NONE, WIRE_AH_FORGED, WIRE_AH_SPI };

/* packet is a whole IPv4 packet: a header of 20 bytes without options, room for the AH, the
 * message. Fills the AH and sets the header's protocol. The kernel may fill the header's checksum
 * later; all else, the length too, must be as it will be sent. unicast: keepalived leaves the TTL
 * out of the hash for unicast only. */
void wire_ah_sign(uint8_t *packet, size_t len, uint32_t sequence, bool unicast,
		  const uint8_t key[VRRP_AUTH_BYTES], wire_mac_fn *mac);
/* NONE: no AH before a VRRP message. *sequence is good where the result is OK. */
enum wire_ah wire_ah_check(const uint8_t *packet, size_t len, bool unicast,
			   const uint8_t key[VRRP_AUTH_BYTES], wire_mac_fn *mac,
			   uint32_t *sequence);

/* ---- the HMAC trailer ---------------------------------------------------------------------- */

/* Type 1, key id, reserved, seconds since 1970, 1/65536 seconds, counter, 128 bits of
 * HMAC-SHA256. */
#define WIRE_TRAILER_BYTES 28

struct wire_trailer {
	uint8_t key_id;
	uint64_t sequence; /* seconds << 32 | fraction << 16 | counter */
};

/* What the hash covers besides the message: it ties a packet to its router and its sender. */
struct wire_trailer_scope {
	uint8_t version, vrid;
	const struct wire_ip *src;
};

/* False: no trailer of this type. message_len: where the trailer begins. */
bool wire_trailer_read(const uint8_t *bytes, size_t len, size_t message_len,
		       struct wire_trailer *out);
/* Appends a trailer to the message of len bytes. The number of bytes then, or 0: cap is too
 * small. */
size_t wire_trailer_sign(uint8_t *bytes, size_t len, size_t cap, const struct wire_trailer *trailer,
			 const struct wire_trailer_scope *scope, const struct wire_key *key);
bool wire_trailer_check(const uint8_t *bytes, size_t message_len,
			const struct wire_trailer_scope *scope, const struct wire_key *key);

#endif
