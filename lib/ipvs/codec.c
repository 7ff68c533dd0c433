/* IPVS structs to netlink attributes and back (linux/ip_vs.h: IPVS_CMD_ATTR_*, IPVS_SVC_ATTR_*,
 * IPVS_DEST_ATTR_*, IPVS_DAEMON_ATTR_*, IPVS_INFO_ATTR_*).
 *
 * Pure: bytes and structs, no socket, no allocation. It does not know commands, sequence numbers
 * or netlink headers; genl.c adds these. Decoding trusts nothing: an attribute that reaches beyond
 * what was received makes the whole message unreadable, a shorter value than its type needs counts
 * as missing.
 */
#include "lib/ipvs/codec.h"

#include "lib/base/must.h"

#include <arpa/inet.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <string.h>

#define ADDR_BYTES 16 /* union nf_inet_addr: an IPv4 address is followed by zeros */
#define HEAD_BYTES sizeof(struct nlattr)
#define TYPE_MASK  0x3fffu /* NLA_TYPE_MASK, unsigned */

/* NLA_ALIGN without its signed arithmetic. */
static size_t align(size_t n)
{
	return (n + 3) & ~(size_t)3;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void put(struct ipvs_attrs *m, uint16_t type, const void *data, size_t n)
{
	struct nlattr a = {.nla_len = (uint16_t)(HEAD_BYTES + n), .nla_type = type};
	size_t room = align(a.nla_len);

	must(m->len + room <= sizeof(m->bytes));
	memset(m->bytes + m->len, 0, room);
	memcpy(m->bytes + m->len, &a, sizeof(a));
	memcpy(m->bytes + m->len + HEAD_BYTES, data, n);
	m->len += room;
}

static void put_u8(struct ipvs_attrs *m, uint16_t type, uint8_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put_u16(struct ipvs_attrs *m, uint16_t type, uint16_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put_u32(struct ipvs_attrs *m, uint16_t type, uint32_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put_addr(struct ipvs_attrs *m, uint16_t type, const struct wire_ip *ip)
{
	uint8_t bytes[ADDR_BYTES] = {0};

	memcpy(bytes, ip->bytes, ip->family == AF_INET ? 4 : 16);
	put(m, type, bytes, sizeof(bytes));
}

static size_t nest_open(struct ipvs_attrs *m, uint16_t type)
{
	size_t at = m->len;

	put(m, type, "", 0);
	return at;
}

static void nest_close(struct ipvs_attrs *m, size_t at)
{
	struct nlattr a;

	memcpy(&a, m->bytes + at, sizeof(a));
	a.nla_len = (uint16_t)(m->len - at);
	memcpy(m->bytes + at, &a, sizeof(a));
}

static void put_service(struct ipvs_attrs *m, const struct ipvs_service *s, bool whole)
{
	size_t nest = nest_open(m, IPVS_CMD_ATTR_SERVICE);

	put_u16(m, IPVS_SVC_ATTR_AF, s->family);
	if (s->fwmark) {
		put_u32(m, IPVS_SVC_ATTR_FWMARK, s->fwmark);
	} else {
		put_u16(m, IPVS_SVC_ATTR_PROTOCOL, s->protocol);
		put_addr(m, IPVS_SVC_ATTR_ADDR, &s->ip);
		put_u16(m, IPVS_SVC_ATTR_PORT, htons(s->port));
	}
	if (whole) {
		/* Every flag is ours: a scheduler flag that somebody else set is cleared. */
		struct ip_vs_flags flags = {.mask = ~0u};
		uint32_t mask = s->granularity.s_addr ? s->granularity.s_addr : ~0u;

		if (s->family == AF_INET6)
			mask = s->granularity6 ? s->granularity6 : 128;
		if (s->persistence_timeout_s)
			flags.flags |= IP_VS_SVC_F_PERSISTENT;
		if (s->one_packet)
			flags.flags |= IP_VS_SVC_F_ONEPACKET;
		put(m, IPVS_SVC_ATTR_SCHED_NAME, s->scheduler,
		    strnlen(s->scheduler, sizeof(s->scheduler) - 1) + 1);
		put(m, IPVS_SVC_ATTR_FLAGS, &flags, sizeof(flags));
		put_u32(m, IPVS_SVC_ATTR_TIMEOUT, s->persistence_timeout_s);
		put_u32(m, IPVS_SVC_ATTR_NETMASK, mask);
	}
	nest_close(m, nest);
}

static uint32_t method_flags(enum ipvs_method method)
{
	switch (method) {
	case IPVS_NAT:
		return IP_VS_CONN_F_MASQ;
	case IPVS_DR:
		return IP_VS_CONN_F_DROUTE;
	case IPVS_TUN:
		return IP_VS_CONN_F_TUNNEL;
	}
	must(!"a forwarding method");
	return 0;
}

static void put_dest(struct ipvs_attrs *m, const struct ipvs_dest *d, bool whole, bool counts)
{
	size_t nest = nest_open(m, IPVS_CMD_ATTR_DEST);

	put_addr(m, IPVS_DEST_ATTR_ADDR, &d->ip);
	put_u16(m, IPVS_DEST_ATTR_PORT, htons(d->port));
	put_u16(m, IPVS_DEST_ATTR_ADDR_FAMILY, d->ip.family);
	if (whole) {
		put_u32(m, IPVS_DEST_ATTR_FWD_METHOD, method_flags(d->method));
		put_u32(m, IPVS_DEST_ATTR_WEIGHT, d->weight);
		put_u32(m, IPVS_DEST_ATTR_U_THRESH, d->upper_threshold);
		put_u32(m, IPVS_DEST_ATTR_L_THRESH, d->lower_threshold);
	}
	if (counts) {
		put_u32(m, IPVS_DEST_ATTR_ACTIVE_CONNS, d->active_connections);
		put_u32(m, IPVS_DEST_ATTR_INACT_CONNS, d->inactive_connections);
	}
	nest_close(m, nest);
}

void ipvs_encode_service(struct ipvs_attrs *m, const struct ipvs_service *s, bool whole)
{
	m->len = 0;
	put_service(m, s, whole);
}

void ipvs_encode_dest(struct ipvs_attrs *m, const struct ipvs_service *s, const struct ipvs_dest *d,
		      bool whole)
{
	m->len = 0;
	put_service(m, s, false);
	put_dest(m, d, whole, false);
}

void ipvs_encode_dest_answer(struct ipvs_attrs *m, const struct ipvs_dest *d)
{
	m->len = 0;
	put_dest(m, d, true, true);
}

void ipvs_encode_sync(struct ipvs_attrs *m, const struct ipvs_sync *sync)
{
	m->len = 0;
	size_t nest = nest_open(m, IPVS_CMD_ATTR_DAEMON);

	put_u32(m, IPVS_DAEMON_ATTR_STATE, sync->role);
	put(m, IPVS_DAEMON_ATTR_MCAST_IFN, sync->ifname,
	    strnlen(sync->ifname, sizeof(sync->ifname) - 1) + 1);
	put_u32(m, IPVS_DAEMON_ATTR_SYNC_ID, sync->syncid);
	if (sync->maxlen_bytes)
		put_u16(m, IPVS_DAEMON_ATTR_SYNC_MAXLEN, sync->maxlen_bytes);
	if (sync->group.family == AF_INET)
		put(m, IPVS_DAEMON_ATTR_MCAST_GROUP, &sync->group.v4, sizeof(sync->group.v4));
	if (sync->group.family == AF_INET6)
		put(m, IPVS_DAEMON_ATTR_MCAST_GROUP6, &sync->group.v6, sizeof(sync->group.v6));
	if (sync->port)
		put_u16(m, IPVS_DAEMON_ATTR_MCAST_PORT, sync->port);
	if (sync->ttl)
		put_u8(m, IPVS_DAEMON_ATTR_MCAST_TTL, sync->ttl);
	nest_close(m, nest);
}

void ipvs_encode_info(struct ipvs_attrs *m, uint32_t version)
{
	m->len = 0;
	put_u32(m, IPVS_INFO_ATTR_VERSION, version);
}

/* ---- reading ------------------------------------------------------------------------------- */

struct attr {
	const uint8_t *data; /* NULL: missing */
	size_t n;
};

/* Sorts attributes by type; types above max are newer than us and passed over. */
static bool sort_attrs(const uint8_t *bytes, size_t len, struct attr *out, unsigned max)
{
	memset(out, 0, (max + 1) * sizeof(*out));
	while (len >= HEAD_BYTES) {
		struct nlattr a;

		memcpy(&a, bytes, sizeof(a));
		if (a.nla_len < HEAD_BYTES || a.nla_len > len)
			return false;
		unsigned type = a.nla_type & TYPE_MASK;

		if (type <= max)
			out[type] = (struct attr){bytes + HEAD_BYTES, a.nla_len - HEAD_BYTES};
		size_t room = align(a.nla_len);

		if (room >= len)
			break;
		bytes += room;
		len -= room;
	}
	return true;
}

static bool get(const struct attr *a, void *out, size_t n)
{
	if (!a->data || a->n < n)
		return false;
	memcpy(out, a->data, n);
	return true;
}

static uint32_t get_u32(const struct attr *a)
{
	uint32_t v = 0;

	get(a, &v, sizeof(v));
	return v;
}

static uint16_t get_u16(const struct attr *a)
{
	uint16_t v = 0;

	get(a, &v, sizeof(v));
	return v;
}

static bool get_addr(const struct attr *a, sa_family_t family, struct wire_ip *out)
{
	*out = (struct wire_ip){.family = family};
	if (family != AF_INET && family != AF_INET6)
		return false;
	return get(a, out->bytes, family == AF_INET ? 4 : 16);
}

/* out holds cap bytes and keeps a NUL at its end. */
static void get_text(const struct attr *a, char *out, size_t cap)
{
	size_t n = a->data ? strnlen((const char *)a->data, a->n) : 0;

	memset(out, 0, cap);
	if (n)
		memcpy(out, a->data, n < cap ? n : cap - 1);
}

/* The attributes inside a nested attribute of the first level. */
static bool sort_nested(const uint8_t *bytes, size_t len, unsigned nest, struct attr *out,
			unsigned max)
{
	struct attr top[IPVS_CMD_ATTR_MAX + 1];

	if (!sort_attrs(bytes, len, top, IPVS_CMD_ATTR_MAX) || !top[nest].data)
		return false;
	return sort_attrs(top[nest].data, top[nest].n, out, max);
}

bool ipvs_decode_service(const uint8_t *bytes, size_t len, struct ipvs_service *out)
{
	struct attr a[IPVS_SVC_ATTR_MAX + 1];
	struct ip_vs_flags flags = {0};

	*out = (struct ipvs_service){0};
	if (!sort_nested(bytes, len, IPVS_CMD_ATTR_SERVICE, a, IPVS_SVC_ATTR_MAX))
		return false;
	out->family = get_u16(&a[IPVS_SVC_ATTR_AF]);
	if (out->family != AF_INET && out->family != AF_INET6)
		return false;
	out->fwmark = get_u32(&a[IPVS_SVC_ATTR_FWMARK]);
	if (!out->fwmark) {
		uint16_t port;

		if (!get_addr(&a[IPVS_SVC_ATTR_ADDR], out->family, &out->ip) ||
		    !get(&a[IPVS_SVC_ATTR_PROTOCOL], &out->protocol, sizeof(out->protocol)) ||
		    !get(&a[IPVS_SVC_ATTR_PORT], &port, sizeof(port)))
			return false;
		out->port = ntohs(port);
	}
	get_text(&a[IPVS_SVC_ATTR_SCHED_NAME], out->scheduler, sizeof(out->scheduler));
	get(&a[IPVS_SVC_ATTR_FLAGS], &flags, sizeof(flags));
	out->one_packet = flags.flags & IP_VS_SVC_F_ONEPACKET;
	if (flags.flags & IP_VS_SVC_F_PERSISTENT)
		out->persistence_timeout_s = get_u32(&a[IPVS_SVC_ATTR_TIMEOUT]);
	uint32_t mask = get_u32(&a[IPVS_SVC_ATTR_NETMASK]);

	if (out->family == AF_INET6)
		out->granularity6 = (uint8_t)(mask > 128 ? 128 : mask);
	else
		out->granularity.s_addr = mask;
	return true;
}

static bool get_method(const struct attr *a, enum ipvs_method *out)
{
	switch (get_u32(a) & IP_VS_CONN_F_FWD_MASK) {
	case IP_VS_CONN_F_MASQ:
	/* The kernel calls a destination that is this host itself "local"; ipvsadm shows it as the
	 * method "Local" and no method matters for it. */
	case IP_VS_CONN_F_LOCALNODE:
		*out = IPVS_NAT;
		return true;
	case IP_VS_CONN_F_DROUTE:
		*out = IPVS_DR;
		return true;
	case IP_VS_CONN_F_TUNNEL:
		*out = IPVS_TUN;
		return true;
	default:
		return false;
	}
}

bool ipvs_decode_dest(const uint8_t *bytes, size_t len, sa_family_t family, struct ipvs_dest *out)
{
	struct attr a[IPVS_DEST_ATTR_MAX + 1];
	uint16_t port;

	*out = (struct ipvs_dest){0};
	if (!sort_nested(bytes, len, IPVS_CMD_ATTR_DEST, a, IPVS_DEST_ATTR_MAX))
		return false;
	if (get_u16(&a[IPVS_DEST_ATTR_ADDR_FAMILY]))
		family = get_u16(&a[IPVS_DEST_ATTR_ADDR_FAMILY]);
	if (!get_addr(&a[IPVS_DEST_ATTR_ADDR], family, &out->ip) ||
	    !get(&a[IPVS_DEST_ATTR_PORT], &port, sizeof(port)) ||
	    !get_method(&a[IPVS_DEST_ATTR_FWD_METHOD], &out->method))
		return false;
	out->port = ntohs(port);
	out->weight = get_u32(&a[IPVS_DEST_ATTR_WEIGHT]);
	out->upper_threshold = get_u32(&a[IPVS_DEST_ATTR_U_THRESH]);
	out->lower_threshold = get_u32(&a[IPVS_DEST_ATTR_L_THRESH]);
	out->active_connections = get_u32(&a[IPVS_DEST_ATTR_ACTIVE_CONNS]);
	out->inactive_connections = get_u32(&a[IPVS_DEST_ATTR_INACT_CONNS]);
	return true;
}

bool ipvs_decode_sync(const uint8_t *bytes, size_t len, struct ipvs_sync *out)
{
	struct attr a[IPVS_DAEMON_ATTR_MAX + 1];

	*out = (struct ipvs_sync){0};
	if (!sort_nested(bytes, len, IPVS_CMD_ATTR_DAEMON, a, IPVS_DAEMON_ATTR_MAX))
		return false;
	uint32_t role = get_u32(&a[IPVS_DAEMON_ATTR_STATE]);

	if (role != IPVS_SYNC_MASTER && role != IPVS_SYNC_BACKUP)
		return false;
	out->role = (enum ipvs_sync_role)role;
	get_text(&a[IPVS_DAEMON_ATTR_MCAST_IFN], out->ifname, sizeof(out->ifname));
	out->syncid = (uint8_t)get_u32(&a[IPVS_DAEMON_ATTR_SYNC_ID]);
	out->maxlen_bytes = get_u16(&a[IPVS_DAEMON_ATTR_SYNC_MAXLEN]);
	if (!get_addr(&a[IPVS_DAEMON_ATTR_MCAST_GROUP], AF_INET, &out->group) &&
	    !get_addr(&a[IPVS_DAEMON_ATTR_MCAST_GROUP6], AF_INET6, &out->group))
		out->group.family = 0;
	out->port = get_u16(&a[IPVS_DAEMON_ATTR_MCAST_PORT]);
	get(&a[IPVS_DAEMON_ATTR_MCAST_TTL], &out->ttl, sizeof(out->ttl));
	return true;
}

bool ipvs_decode_info(const uint8_t *bytes, size_t len, uint32_t *version)
{
	struct attr a[IPVS_INFO_ATTR_MAX + 1];

	return sort_attrs(bytes, len, a, IPVS_INFO_ATTR_MAX) &&
	       get(&a[IPVS_INFO_ATTR_VERSION], version, sizeof(*version));
}
