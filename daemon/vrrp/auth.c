/* Who may speak, and only once (RFC 2402, 3.3 and 3.4; keepalived's rules for both kinds).
 *
 * AH has one counter for all senders: whoever becomes master goes on from the highest number that
 * it has heard, and what is not above it is a replay. A master that hears a weaker one jumps past
 * its number, or the weaker one would not believe the answer.
 *
 * auth_hmac numbers by the clock. `time`: what is older or newer than the window is refused, and a
 * clock that was set back is followed once it is out of the window. `monotonic`: the clock is not
 * compared, only growth.
 */
#include "daemon/vrrp/auth.h"

#include "lib/base/mono.h"
#include "lib/base/must.h"

#include <string.h>

#define MESSAGE_BYTES 8
#define CHECKSUM_AT   6

/* Serial numbers (RFC 1982): after, though they may wrap. */
static bool is_after(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

static uint64_t clock_sequence(int64_t wall_ns)
{
	uint64_t seconds = (uint64_t)(wall_ns / NS_PER_S);
	uint64_t fraction = ((uint64_t)(wall_ns % NS_PER_S) << 16) / NS_PER_S;

	must(wall_ns >= 0);
	return seconds << 32 | fraction << 16;
}

/* How many seconds the clock is ahead of a sequence. */
static int32_t age_s(uint64_t clock, uint64_t sequence)
{
	return (int32_t)((uint32_t)(clock >> 32) - (uint32_t)(sequence >> 32));
}

static bool in_window(const struct conf_hmac *h, uint64_t clock, uint64_t sequence)
{
	int32_t age = age_s(clock, sequence), window = (int32_t)h->window_s;

	must(h->window_s > 0);
	return age <= window && age >= -window;
}

/* ---- in ------------------------------------------------------------------------------------ */

static enum vrrp_drop check_ah(struct vrrp_auth *a, const struct conf_instance *conf,
			       const struct vrrp_packet *packet, const struct vrrp_auth_env *env)
{
	uint32_t sequence;

	must(packet->ip_packet != NULL);
	switch (wire_ah_check(packet->ip_packet, packet->ip_len, conf->peers != NULL,
			      conf->auth_data, env->md5, &sequence)) {
	case WIRE_AH_OK:
		break;
	case WIRE_AH_NONE:
		return VRRP_DROP_AUTH_TYPE;
	case WIRE_AH_FORGED:
	case WIRE_AH_SPI:
		return VRRP_DROP_AUTH_FORGED;
	}
	if (sequence <= a->ah_sequence)
		return VRRP_DROP_AUTH_REPLAY;
	a->ah_sequence = sequence;
	return VRRP_DROP_NONE;
}

static struct vrrp_auth_sender *sender_of(struct vrrp_auth *a, const struct wire_ip *src)
{
	struct vrrp_auth_sender *oldest = &a->sender[0];

	for (unsigned i = 0; i < VRRP_AUTH_SENDERS; i++) {
		struct vrrp_auth_sender *s = &a->sender[i];

		if (s->src.family && wire_ip_equal(&s->src, src))
			return s;
		if (s->heard < oldest->heard)
			oldest = s;
	}
	*oldest = (struct vrrp_auth_sender){.src = *src};
	return oldest;
}

static bool is_new(struct vrrp_auth *a, const struct conf_hmac *h, const struct wire_ip *src,
		   uint64_t sequence, uint64_t clock)
{
	struct vrrp_auth_sender *s = sender_of(a, src);
	bool known = s->heard != 0;

	/* a mark outside the window orders only what the window refuses anyway */
	if (known && !h->monotonic && !in_window(h, clock, s->sequence))
		known = false;
	if (known && !is_after(sequence, s->sequence))
		return false;
	s->sequence = sequence;
	s->heard = ++a->heard;
	return true;
}

static const struct conf_hmac_key *key_of(const struct conf_hmac *h, uint8_t id)
{
	for (const struct conf_hmac_key *k = h->keys; k; k = k->next)
		if (k->id == id)
			return k;
	return NULL;
}

static size_t message_bytes(const struct conf_instance *conf, const uint8_t *bytes)
{
	return MESSAGE_BYTES + bytes[3] * (conf->family == AF_INET6 ? 16u : 4u) +
	       (conf->version == 2 && conf->family == AF_INET ? VRRP_AUTH_BYTES : 0);
}

static enum vrrp_drop check_hmac(struct vrrp_auth *a, const struct conf_instance *conf,
				 const struct vrrp_packet *packet, const struct vrrp_auth_env *env)
{
	const struct conf_hmac *h = conf->hmac;
	struct wire_trailer_scope scope = {conf->version, conf->vrid, &packet->src};
	uint64_t clock = clock_sequence(env->wall_ns);
	size_t len = message_bytes(conf, packet->bytes);
	const struct conf_hmac_key *key;
	struct wire_key secret;
	struct wire_trailer t;

	/* padding of the frame never makes exactly this length */
	if (packet->len != len + WIRE_TRAILER_BYTES)
		return h->mode == CONF_HMAC_ENFORCE ? VRRP_DROP_AUTH_MISSING : VRRP_DROP_NONE;
	if (!wire_trailer_read(packet->bytes, packet->len, len, &t))
		return VRRP_DROP_AUTH_MISSING;
	if (!h->monotonic && !in_window(h, clock, t.sequence))
		return VRRP_DROP_AUTH_STALE;
	key = key_of(h, t.key_id);
	if (!key)
		return VRRP_DROP_AUTH_KEY;
	secret = (struct wire_key){key->bytes, key->n_bytes, env->sha256};
	if (!wire_trailer_check(packet->bytes, len, &scope, &secret))
		return VRRP_DROP_AUTH_FORGED;
	return is_new(a, h, &packet->src, t.sequence, clock) ? VRRP_DROP_NONE
							     : VRRP_DROP_AUTH_REPLAY;
}

enum vrrp_drop vrrp_auth_check(struct vrrp_auth *a, const struct conf_instance *conf,
			       const struct vrrp_packet *packet, const struct vrrp_auth_env *env)
{
	must(env->md5 != NULL && env->sha256 != NULL);
	if (conf->auth == CONF_AUTH_AH)
		return check_ah(a, conf, packet, env);
	return conf->hmac ? check_hmac(a, conf, packet, env) : VRRP_DROP_NONE;
}

/* ---- out ----------------------------------------------------------------------------------- */

size_t vrrp_auth_room(const struct conf_instance *conf)
{
	return conf->auth == CONF_AUTH_AH ? WIRE_AH_BYTES : 0;
}

void vrrp_auth_next(struct vrrp_auth *a, const struct conf_instance *conf,
		    const struct vrrp_auth_env *env)
{
	uint64_t clock = clock_sequence(env->wall_ns);

	if (conf->auth == CONF_AUTH_AH && a->ah_sequence < UINT32_MAX)
		a->ah_sequence++;
	if (!conf->hmac)
		return;
	/* A clock that was set back: receivers refuse numbers too far ahead of theirs. */
	if (is_after(clock, a->sent) ||
	    (!conf->hmac->monotonic && -age_s(clock, a->sent) > (int32_t)conf->hmac->window_s))
		a->sent = clock;
	else
		a->sent++;
}

/* Over IPv6 keepalived has the checksum from the kernel, which counts the trailer too. */
static void sum_whole(uint8_t *message, size_t len, const struct wire_ip *src,
		      const struct wire_ip *dst)
{
	uint16_t sum;

	must(len > MESSAGE_BYTES);
	memset(message + CHECKSUM_AT, 0, sizeof(sum));
	sum = wire_sum_fold(
		wire_sum(message, len, wire_sum_pseudo(src, dst, VRRP_PROTOCOL, (uint32_t)len)));
	memcpy(message + CHECKSUM_AT, &sum, sizeof(sum));
}

size_t vrrp_auth_sign_message(const struct vrrp_auth *a, const struct conf_instance *conf,
			      const struct vrrp_auth_message *message,
			      const struct vrrp_auth_env *env)
{
	struct wire_trailer_scope scope = {conf->version, conf->vrid, message->src};
	const struct conf_hmac *h = conf->hmac;
	size_t len = message->len;
	struct wire_trailer t;
	struct wire_key key;

	must(len >= MESSAGE_BYTES);
	if (!h || h->mode == CONF_HMAC_RECEIVE_ONLY)
		return len;
	t = (struct wire_trailer){.key_id = h->active->id, .sequence = a->sent};
	key = (struct wire_key){h->active->bytes, h->active->n_bytes, env->sha256};
	len = wire_trailer_sign(message->bytes, len, message->cap, &t, &scope, &key);
	if (len && message->src->family == AF_INET6)
		sum_whole(message->bytes, len, message->src, message->dst);
	return len;
}

void vrrp_auth_sign_packet(const struct vrrp_auth *a, const struct conf_instance *conf,
			   uint8_t *packet, size_t len, const struct vrrp_auth_env *env)
{
	must(packet != NULL);
	if (conf->auth == CONF_AUTH_AH)
		wire_ah_sign(packet, len, a->ah_sequence, conf->peers != NULL, conf->auth_data,
			     env->md5);
}
