/* Adverts against configuration: is a received packet this router's business, and is it sound? And
 * the other way, the bytes of an advert made of the configuration. Pure; never logs: the caller
 * does, once for each reason and sender.
 */
#ifndef DAEMON_VRRP_ADVERT_H
#define DAEMON_VRRP_ADVERT_H

#include "daemon/conf/vipd_conf.h"
#include "lib/wire/wire.h"

struct vrrp_packet {
	struct wire_ip src;
	struct wire_ip dst;
	uint8_t ttl;	      /* hop limit over IPv6 */
	const uint8_t *bytes; /* the VRRP message, behind the IP header */
	size_t len;
	/* with an Authentication Header: the whole IP packet; else NULL */
	const uint8_t *ip_packet;
	size_t ip_len;
};

/* In the order in which they are looked for: the first that holds is the answer. */
enum vrrp_drop {
	VRRP_DROP_NONE,	     /* accepted */
	VRRP_DROP_VRID,	     /* another virtual router's */
	VRRP_DROP_OWN,	     /* from our own address */
	VRRP_DROP_LENGTH,    /* shorter than it says */
	VRRP_DROP_TTL,	     /* not 255, over multicast */
	VRRP_DROP_VERSION,   /* not the configured one */
	VRRP_DROP_AUTH_TYPE, /* v2 */
	VRRP_DROP_AUTH_PASS, /* v2 */
	VRRP_DROP_INTERVAL,  /* v2: not ours; v3: 0 */
	VRRP_DROP_TYPE,	     /* not an advertisement */
	VRRP_DROP_CHECKSUM,
	VRRP_DROP_CAST,	 /* unicast where multicast is configured, or the reverse */
	VRRP_DROP_OWNER, /* we own the addresses and hear nobody */
	VRRP_DROP_PEER,	 /* not a configured unicast peer, where only these are heard */
	VRRP_DROP_RANGE, /* from a peer, with a TTL outside its range */
	/* auth.c */
	VRRP_DROP_AUTH_MISSING, /* no HMAC trailer, or none that can be read */
	VRRP_DROP_AUTH_STALE,	/* its time is outside the window */
	VRRP_DROP_AUTH_KEY,	/* of a key that is not configured */
	VRRP_DROP_AUTH_FORGED,	/* its hash is wrong */
	VRRP_DROP_AUTH_REPLAY,	/* its number was seen */
	VRRP_DROP_N
};

/* What is remarkable about an accepted advert: to be logged and counted, but it is obeyed. */
enum vrrp_advert_flag {
	VRRP_ADVERT_VIP_COUNT = 1, /* another number of addresses than ours */
	VRRP_ADVERT_VIP_LIST = 2,  /* as many, but other ones */
	VRRP_ADVERT_INTERVAL = 4,  /* v3: another interval than ours; a backup adopts it */
	VRRP_ADVERT_OLD_SUM = 8 /* checksum as before keepalived 1.3.7; not remarkable by itself */
};

/* primary: our source address. *advert is good where the result is VRRP_DROP_NONE; *flags holds the
 * or of enum vrrp_advert_flag. */
enum vrrp_drop vrrp_advert_check(const struct conf_instance *conf, const struct wire_ip *primary,
				 const struct vrrp_packet *packet, struct vrrp_advert *advert,
				 unsigned *flags);
/* The sender is a unicast peer of this instance; every sender is, with multicast. */
bool vrrp_advert_is_peer(const struct conf_instance *conf, const struct wire_ip *src);
const char *vrrp_drop_text(enum vrrp_drop drop); /* "bad checksum" */

/* Which virtual router a message is for: 1..255, or 0: it is too short to say. */
uint8_t vrrp_advert_vrid(const uint8_t *bytes, size_t len);

/* The message that the instance sends with this priority, or 0 where cap is too small. dst is the
 * multicast group or the peer. */
size_t vrrp_advert_encode(const struct conf_instance *conf, uint8_t priority,
			  const struct wire_ip *src, const struct wire_ip *dst, uint8_t *out,
			  size_t cap);
/* The largest that vrrp_advert_encode writes. */
#define VRRP_ADVERT_BYTES_MAX (8 + VRRP_ADDRS_MAX * 16 + VRRP_AUTH_BYTES)

#endif
