/* Whether an advert that is sound in all else was really sent by who knows the secret, and only
 * once: the AH of version 2 and keepalived 2.4's auth_hmac. And the other way, signing. Pure: the
 * hashes and the wall clock come in.
 *
 * This is looked at last: a flood of nonsense costs no hash.
 */
#ifndef DAEMON_VRRP_AUTH_H
#define DAEMON_VRRP_AUTH_H

#include "daemon/vrrp/advert.h"
#include "lib/wire/auth.h"

#define VRRP_AUTH_SENDERS 8

/* The highest number seen of a sender. Of too many senders the one is forgotten that was heard
 * least recently; only who knows the key can get here. */
struct vrrp_auth_sender {
	struct wire_ip src; /* family 0: free */
	uint64_t sequence;
	uint64_t heard;
};

/* What is remembered of one router's exchange. Zeroed: nothing was heard or sent. */
struct vrrp_auth {
	/* AH: one counter for what is sent and what is heard. A backup thereby goes on where its
	 * master stopped. It would take 136 years to use them up. */
	uint32_t ah_sequence;
	uint64_t sent; /* auth_hmac: the last sequence */
	struct vrrp_auth_sender sender[VRRP_AUTH_SENDERS];
	uint64_t heard;
};

struct vrrp_auth_env {
	wire_mac_fn *md5, *sha256;
	int64_t wall_ns; /* CLOCK_REALTIME */
};

/* packet was accepted by vrrp_advert_check. VRRP_DROP_NONE, or one of the reasons that concern
 * authentication. */
enum vrrp_drop vrrp_auth_check(struct vrrp_auth *a, const struct conf_instance *conf,
			       const struct vrrp_packet *packet, const struct vrrp_auth_env *env);

/* Bytes between the IP header and the message. */
size_t vrrp_auth_room(const struct conf_instance *conf);
/* Once for each advert, before its copies for the peers are signed. */
void vrrp_auth_next(struct vrrp_auth *a, const struct conf_instance *conf,
		    const struct vrrp_auth_env *env);
/* A message that is to be sent: len bytes, in room for cap. */
struct vrrp_auth_message {
	const struct wire_ip *src, *dst;
	uint8_t *bytes;
	size_t len, cap;
};

/* Appends what the configuration asks for to the message: its length then. */
size_t vrrp_auth_sign_message(const struct vrrp_auth *a, const struct conf_instance *conf,
			      const struct vrrp_auth_message *message,
			      const struct vrrp_auth_env *env);
/* The whole IPv4 packet with its header and the room: fills the AH, if any. */
void vrrp_auth_sign_packet(const struct vrrp_auth *a, const struct conf_instance *conf,
			   uint8_t *packet, size_t len, const struct vrrp_auth_env *env);

#endif
