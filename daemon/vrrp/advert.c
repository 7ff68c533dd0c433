/* Adverts in and out (RFC 9568, 7.1 and 7.2; RFC 3768, 7.1 and 7.2).
 *
 * The order of the checks is keepalived's, so that both name the same reason for the same packet.
 * A list of addresses that differs from ours is remarked and obeyed: the election must not depend
 * on which of two machines got its new configuration first.
 *
 * Not here: what a secret proves (auth.c), and the rule that an address owner discards all adverts
 * (RFC 9568, 7.1): with two owners, a mistake that happens, both would stay master for ever; core.c
 * lets the higher address win.
 */
#include "daemon/vrrp/advert.h"

#include "lib/base/mono.h"
#include "lib/base/must.h"
#include "lib/wire/auth.h"

#include <string.h>

static bool is_multicast(const struct wire_ip *ip)
{
	must(ip->family == AF_INET || ip->family == AF_INET6);
	return ip->family == AF_INET ? ip->bytes[0] >> 4 == 0xe : ip->bytes[0] == 0xff;
}

static const struct conf_unicast_peer *peer_of(const struct conf_instance *conf,
					       const struct wire_ip *src)
{
	must(conf->peers != NULL);
	for (const struct conf_unicast_peer *p = conf->peers; p; p = p->next) {
		if (wire_ip_equal(&p->ip, src))
			return p;
	}
	return NULL;
}

static enum vrrp_drop check_auth(const struct conf_instance *conf, const struct vrrp_advert *a)
{
	must(a->version == conf->version);
	if (a->version != 2)
		return VRRP_DROP_NONE;
	switch (conf->auth) {
	case CONF_AUTH_NONE:
		return a->auth_type == 0 ? VRRP_DROP_NONE : VRRP_DROP_AUTH_TYPE;
	case CONF_AUTH_PASS:
		if (a->auth_type != 1)
			return VRRP_DROP_AUTH_TYPE;
		return wire_secret_equal(a->auth, conf->auth_data, VRRP_AUTH_BYTES)
			       ? VRRP_DROP_NONE
			       : VRRP_DROP_AUTH_PASS;
	case CONF_AUTH_AH:
		return a->auth_type == 2 ? VRRP_DROP_NONE : VRRP_DROP_AUTH_TYPE;
	}
	must(!"a kind of authentication");
	return VRRP_DROP_AUTH_TYPE;
}

/* Version 2 has no way to follow another interval; in version 3 only 0 makes no sense: three times
 * nothing is no time to wait. */
static enum vrrp_drop check_interval(const struct conf_instance *conf, const struct vrrp_advert *a)
{
	must(conf->advert_ns > 0);
	if (a->version == 2)
		return a->interval_ms * NS_PER_MS == conf->advert_ns ? VRRP_DROP_NONE
								     : VRRP_DROP_INTERVAL;
	return a->interval_ms ? VRRP_DROP_NONE : VRRP_DROP_INTERVAL;
}

static enum vrrp_drop check_cast(const struct conf_instance *conf, const struct vrrp_packet *packet)
{
	const struct conf_unicast_peer *peer;

	must(packet->dst.family != 0);
	if (is_multicast(&packet->dst) != (conf->peers == NULL))
		return VRRP_DROP_CAST;
	if (conf->owner_ignore_adverts)
		return VRRP_DROP_OWNER;
	if (!conf->check_unicast_src)
		return VRRP_DROP_NONE;
	peer = peer_of(conf, &packet->src);
	if (!peer)
		return VRRP_DROP_PEER;
	return packet->ttl >= peer->min_ttl && packet->ttl <= peer->max_ttl ? VRRP_DROP_NONE
									    : VRRP_DROP_RANGE;
}

static bool vips_equal(const struct conf_instance *conf, const struct vrrp_advert *a)
{
	size_t i = 0;

	must(a->n_addrs == conf->n_vips);
	for (const struct conf_vip *v = conf->vips; v; v = v->next) {
		bool found = false;

		for (i = 0; i < a->n_addrs && !found; i++)
			found = wire_ip_equal(&v->ip, &a->addr[i]);
		if (!found)
			return false;
	}
	return true;
}

static unsigned remark(const struct conf_instance *conf, const struct vrrp_advert *a)
{
	unsigned flags = 0;

	must(a->version == conf->version);
	if (a->n_addrs != conf->n_vips)
		flags |= VRRP_ADVERT_VIP_COUNT;
	else if (!vips_equal(conf, a))
		flags |= VRRP_ADVERT_VIP_LIST;
	if (a->interval_ms * NS_PER_MS != conf->advert_ns)
		flags |= VRRP_ADVERT_INTERVAL;
	return flags;
}

static bool may_be_old(const struct conf_instance *conf)
{
	return conf->peers && conf->version == 3 && conf->family == AF_INET &&
	       conf->old_checksum != CONF_OLD_SUM_NEVER;
}

/* What v3_checksum_as_v2 takes is either form; whoever sets it has both kinds of senders. */
static enum vrrp_decode decode(const struct conf_instance *conf, const struct vrrp_packet *packet,
			       struct vrrp_advert *advert, unsigned *flags)
{
	enum vrrp_decode res;

	must(packet->bytes != NULL || packet->len == 0);
	res = vrrp_decode(packet->bytes, packet->len, &packet->src, &packet->dst, false, advert);
	if (res == VRRP_CHECKSUM && conf->v3_checksum_as_v2)
		res = vrrp_decode(packet->bytes, packet->len, &packet->src, &packet->dst, true,
				  advert);
	if (res == VRRP_CHECKSUM && may_be_old(conf)) {
		res = vrrp_decode(packet->bytes, packet->len, &packet->src, &conf->mcast_group,
				  false, advert);
		*flags |= VRRP_ADVERT_OLD_SUM;
	}
	return res;
}

enum vrrp_drop vrrp_advert_check(const struct conf_instance *conf, const struct wire_ip *primary,
				 const struct vrrp_packet *packet, struct vrrp_advert *advert,
				 unsigned *flags)
{
	enum vrrp_decode res;
	enum vrrp_drop drop;

	must(conf->version == 2 || conf->version == 3);
	*flags = 0;
	memset(advert, 0, sizeof(*advert));
	if (packet->src.family != conf->family || packet->dst.family != conf->family ||
	    vrrp_advert_vrid(packet->bytes, packet->len) != conf->vrid)
		return VRRP_DROP_VRID;
	if (wire_ip_equal(&packet->src, primary))
		return VRRP_DROP_OWN;
	if ((packet->ip_packet != NULL) != (conf->auth == CONF_AUTH_AH))
		return VRRP_DROP_AUTH_TYPE;
	res = decode(conf, packet, advert, flags);
	if (res == VRRP_SHORT)
		return VRRP_DROP_LENGTH;
	if (packet->ttl != 255 && !conf->peers)
		return VRRP_DROP_TTL;
	if (res == VRRP_VERSION || advert->version != conf->version)
		return VRRP_DROP_VERSION;
	if ((drop = check_auth(conf, advert)) != VRRP_DROP_NONE)
		return drop;
	if ((drop = check_interval(conf, advert)) != VRRP_DROP_NONE)
		return drop;
	if (res == VRRP_TYPE)
		return VRRP_DROP_TYPE;
	if (res != VRRP_OK)
		return VRRP_DROP_CHECKSUM;
	if ((drop = check_cast(conf, packet)) != VRRP_DROP_NONE)
		return drop;
	*flags |= remark(conf, advert);
	return VRRP_DROP_NONE;
}

bool vrrp_advert_is_peer(const struct conf_instance *conf, const struct wire_ip *src)
{
	return !conf->peers || peer_of(conf, src) != NULL;
}

const char *vrrp_drop_text(enum vrrp_drop drop)
{
	switch (drop) {
	case VRRP_DROP_NONE:
		return "accepted";
	case VRRP_DROP_VRID:
		return "another virtual router";
	case VRRP_DROP_OWN:
		return "from our own address";
	case VRRP_DROP_LENGTH:
		return "shorter than it says";
	case VRRP_DROP_TTL:
		return "TTL is not 255";
	case VRRP_DROP_VERSION:
		return "wrong version";
	case VRRP_DROP_AUTH_TYPE:
		return "wrong authentication type";
	case VRRP_DROP_AUTH_PASS:
		return "wrong password";
	case VRRP_DROP_INTERVAL:
		return "wrong advert interval";
	case VRRP_DROP_TYPE:
		return "not an advertisement";
	case VRRP_DROP_CHECKSUM:
		return "bad checksum";
	case VRRP_DROP_CAST:
		return "unicast and multicast mixed up";
	case VRRP_DROP_PEER:
		return "not a configured peer";
	case VRRP_DROP_RANGE:
		return "TTL is not in range";
	case VRRP_DROP_OWNER:
		return "we are the address owner";
	case VRRP_DROP_AUTH_MISSING:
		return "no authentication trailer";
	case VRRP_DROP_AUTH_STALE:
		return "authenticated at another time";
	case VRRP_DROP_AUTH_KEY:
		return "authenticated with an unknown key";
	case VRRP_DROP_AUTH_FORGED:
		return "authenticated with a wrong password";
	case VRRP_DROP_AUTH_REPLAY:
		return "heard before";
	case VRRP_DROP_N:
		break;
	}
	must(!"a reason to drop a packet");
	return "";
}

uint8_t vrrp_advert_vrid(const uint8_t *bytes, size_t len)
{
	must(bytes != NULL || len == 0);
	return len < 2 ? 0 : bytes[1];
}

size_t vrrp_advert_encode(const struct conf_instance *conf, uint8_t priority,
			  const struct wire_ip *src, const struct wire_ip *dst, uint8_t *out,
			  size_t cap)
{
	struct vrrp_advert a = {
		.version = conf->version,
		.type = 1,
		.vrid = conf->vrid,
		.priority = priority,
		.interval_ms = (uint32_t)(conf->advert_ns / NS_PER_MS),
	};

	must(conf->n_vips <= VRRP_ADDRS_MAX);
	for (const struct conf_vip *v = conf->vips; v; v = v->next)
		a.addr[a.n_addrs++] = v->ip;
	must(a.n_addrs == conf->n_vips);
	if (conf->version == 2) {
		a.auth_type = (uint8_t)conf->auth;
		if (conf->auth == CONF_AUTH_PASS)
			memcpy(a.auth, conf->auth_data, VRRP_AUTH_BYTES);
	}
	return vrrp_encode(&a, src, dst, conf->v3_checksum_as_v2, out, cap);
}
