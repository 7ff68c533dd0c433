/* The trailer of keepalived 2.4's auth_hmac, behind a VRRP message of either version:
 *
 *	| type: 1 | key id |        reserved: 0         |
 *	|     seconds since 1970                        |
 *	|   1/65536 seconds     |      counter          |
 *	|     HMAC-SHA256, 16 bytes of 32               |
 *
 * The hash covers a pseudo header (family, version, VRID, source address), the message with its
 * checksum zeroed (over IPv6 the kernel writes that later), and the trailer with the hash zeroed.
 * Time enters here only as a number: freshness and replays are for the caller to judge.
 */
#include "lib/base/must.h"
#include "lib/wire/auth.h"

#include <string.h>

#define TYPE_SHA256   1
#define PSEUDO_BYTES  20
#define HMAC_AT	      12
#define HMAC_BYTES    16
#define CHECKSUM_AT   6
#define MESSAGE_BYTES 8

bool wire_trailer_read(const uint8_t *bytes, size_t len, size_t message_len,
		       struct wire_trailer *out)
{
	const uint8_t *t = bytes + message_len;

	must(message_len >= MESSAGE_BYTES);
	if (len < message_len + WIRE_TRAILER_BYTES || t[0] != TYPE_SHA256 || t[2] || t[3])
		return false;
	out->key_id = t[1];
	out->sequence = 0;
	for (unsigned i = 4; i < HMAC_AT; i++)
		out->sequence = out->sequence << 8 | t[i];
	return true;
}

static void digest(const uint8_t *bytes, size_t message_len, const struct wire_trailer_scope *scope,
		   const struct wire_key *key, uint8_t out[WIRE_SHA256_BYTES])
{
	uint8_t copy[PSEUDO_BYTES + WIRE_AUTH_MAX] = {0};
	size_t len = message_len + WIRE_TRAILER_BYTES;
	uint8_t *message = copy + PSEUDO_BYTES;

	must(message_len >= MESSAGE_BYTES && len <= WIRE_AUTH_MAX);
	copy[0] = scope->src->family == AF_INET6 ? 6 : 4;
	copy[1] = scope->version;
	copy[2] = scope->vrid;
	memcpy(copy + 4, scope->src->bytes, scope->src->family == AF_INET6 ? 16 : 4);
	memcpy(message, bytes, len);
	message[CHECKSUM_AT] = message[CHECKSUM_AT + 1] = 0;
	memset(message + message_len + HMAC_AT, 0, HMAC_BYTES);
	key->mac(key->bytes, key->len, copy, PSEUDO_BYTES + len, out);
}

size_t wire_trailer_sign(uint8_t *bytes, size_t len, size_t cap, const struct wire_trailer *trailer,
			 const struct wire_trailer_scope *scope, const struct wire_key *key)
{
	uint8_t sum[WIRE_SHA256_BYTES];
	uint8_t *t = bytes + len;

	must(bytes != NULL && key != NULL);
	if (cap < len + WIRE_TRAILER_BYTES || len + WIRE_TRAILER_BYTES > WIRE_AUTH_MAX)
		return 0;
	memset(t, 0, WIRE_TRAILER_BYTES);
	t[0] = TYPE_SHA256;
	t[1] = trailer->key_id;
	for (unsigned i = 0; i < 8; i++)
		t[4 + i] = (uint8_t)(trailer->sequence >> (56 - 8 * i));
	digest(bytes, len, scope, key, sum);
	memcpy(t + HMAC_AT, sum, HMAC_BYTES);
	return len + WIRE_TRAILER_BYTES;
}

bool wire_trailer_check(const uint8_t *bytes, size_t message_len,
			const struct wire_trailer_scope *scope, const struct wire_key *key)
{
	uint8_t sum[WIRE_SHA256_BYTES];

	if (message_len + WIRE_TRAILER_BYTES > WIRE_AUTH_MAX)
		return false;
	digest(bytes, message_len, scope, key, sum);
	return wire_secret_equal(sum, bytes + message_len + HMAC_AT, HMAC_BYTES);
}
