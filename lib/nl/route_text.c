/* Routes and rules as text: the words of keepalived.conf in one order. Pure.
 */
#include "lib/nl/route.h"

#include <inttypes.h>
#include <linux/fib_rules.h>
#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <string.h>

static void put_ip(struct buf *out, const char *word, const struct wire_ip *ip)
{
	char text[INET6_ADDRSTRLEN];

	if (ip->family)
		buf_printf(out, " %s %s", word, wire_ip_text(ip, text));
}

static void put_name(struct buf *out, const char *word, const char *name)
{
	if (name[0])
		buf_printf(out, " %s %s", word, name);
}

static void put_realms(struct buf *out, uint32_t realms)
{
	if (realms >> 16)
		buf_printf(out, " realms %u/%u", realms >> 16, realms & 0xffff);
	else if (realms)
		buf_printf(out, " realms %u", realms);
}

static void put_encap(struct buf *out, const struct nl_encap *e)
{
	bool six = e->type == LWTUNNEL_ENCAP_IP6;
	uint8_t locator[8];

	if (e->type == LWTUNNEL_ENCAP_NONE)
		return;
	if (e->type == LWTUNNEL_ENCAP_MPLS) {
		buf_puts(out, " encap mpls");
		for (unsigned i = 0; i < e->n_labels; i++)
			buf_printf(out, "%c%u", i ? '/' : ' ', e->label[i]);
		return;
	}
	if (e->type == LWTUNNEL_ENCAP_ILA) {
		memcpy(locator, &e->locator, sizeof(locator));
		buf_puts(out, " encap ila ");
		for (unsigned i = 0; i < 8; i += 2)
			buf_printf(out, "%s%x", i ? ":" : "", locator[i] << 8 | locator[i + 1]);
		return;
	}
	buf_printf(out, " encap %s", six ? "ip6" : "ip");
	if (e->has_id)
		buf_printf(out, " id %" PRIu64, e->id);
	put_ip(out, "dst", &e->dst);
	put_ip(out, "src", &e->src);
	if (e->has_tos)
		buf_printf(out, " %s %u", six ? "tc" : "tos", e->tos);
	if (e->has_ttl)
		buf_printf(out, " %s %u", six ? "hoplimit" : "ttl", e->ttl);
	if (e->has_flags)
		buf_printf(out, " flags %u", e->flags);
}

/* Round trip times are kept in the kernel's units: 1/8, 1/4 and 1 ms. */
static const struct {
	uint8_t number;
	uint8_t per_ms; /* 0: a plain number */
	const char *name;
} metrics[] = {
	{RTAX_MTU, 0, "mtu"},		{RTAX_ADVMSS, 0, "advmss"},
	{RTAX_RTT, 8, "rtt"},		{RTAX_RTTVAR, 4, "rttvar"},
	{RTAX_RTO_MIN, 1, "rto_min"},	{RTAX_REORDERING, 0, "reordering"},
	{RTAX_WINDOW, 0, "window"},	{RTAX_CWND, 0, "cwnd"},
	{RTAX_SSTHRESH, 0, "ssthresh"}, {RTAX_HOPLIMIT, 0, "hoplimit"},
	{RTAX_INITCWND, 0, "initcwnd"}, {RTAX_INITRWND, 0, "initrwnd"},
	{RTAX_QUICKACK, 0, "quickack"}, {RTAX_FASTOPEN_NO_COOKIE, 0, "fastopen_no_cookie"},
};

static void put_metrics(struct buf *out, const struct nl_whole_route *r)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		unsigned n = metrics[i].number;

		if (!(r->has_metrics & 1u << n))
			continue;
		buf_printf(out, " %s %s%u", metrics[i].name, r->lock & 1u << n ? "lock " : "",
			   r->metrics[n]);
	}
	if (r->has_metrics & 1u << RTAX_FEATURES)
		buf_puts(out, " features ecn");
	if (r->congctl)
		buf_printf(out, " congctl %s%s", r->lock & 1u << RTAX_CC_ALGO ? "lock " : "",
			   r->congctl);
}

static const char *type_name(uint8_t type)
{
	static const char *const names[] = {
		[RTN_LOCAL] = "local",
		[RTN_BROADCAST] = "broadcast",
		[RTN_ANYCAST] = "anycast",
		[RTN_MULTICAST] = "multicast",
		[RTN_BLACKHOLE] = "blackhole",
		[RTN_UNREACHABLE] = "unreachable",
		[RTN_PROHIBIT] = "prohibit",
		[RTN_THROW] = "throw",
		[RTN_NAT] = "nat",
		[RTN_XRESOLVE] = "xresolve",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

static void put_prefix(struct buf *out, const struct wire_ip *ip, uint8_t len, sa_family_t family)
{
	char text[INET6_ADDRSTRLEN];

	if (len == 0)
		buf_puts(out, family == AF_INET6 ? "default6" : "default");
	else
		buf_printf(out, "%s/%u", wire_ip_text(ip, text), len);
}

static void put_hops(struct buf *out, const struct nl_whole_route *r)
{
	for (unsigned i = 0; i < r->n_hops; i++) {
		const struct nl_hop *h = &r->hops[i];

		buf_puts(out, " nexthop");
		put_ip(out, "via", &h->via);
		put_name(out, "dev", h->ifname);
		if (h->weight)
			buf_printf(out, " weight %u", h->weight);
		if (h->onlink)
			buf_puts(out, " onlink");
		put_realms(out, h->realms);
		put_encap(out, &h->encap);
	}
}

/* Behind the route's own words: where a nexthop begins, its words would be the nexthop's. */
static void put_way(struct buf *out, const struct nl_whole_route *r)
{
	put_ip(out, "via", &r->via);
	put_name(out, "dev", r->ifname);
	if (r->onlink)
		buf_puts(out, " onlink");
	put_encap(out, &r->encap);
}

static void put_table(struct buf *out, const struct nl_whole_route *r)
{
	put_name(out, "vrf", r->vrf);
	if (!r->vrf[0] && r->table != RT_TABLE_MAIN)
		buf_printf(out, " table %u", r->table);
	if (r->has_metric)
		buf_printf(out, " metric %u", r->metric);
	if (r->tos)
		buf_printf(out, " tos %u", r->tos);
}

void nl_route_key(const struct nl_whole_route *r, struct buf *out)
{
	put_prefix(out, &r->dst, r->dst_len, r->family);
	if (r->src.family) {
		buf_puts(out, " from ");
		put_prefix(out, &r->src, r->src_len, r->family);
	}
	put_table(out, r);
}

void nl_route_text(const struct nl_whole_route *r, struct buf *out)
{
	const char *type = type_name(r->type);

	if (type)
		buf_printf(out, "%s ", type);
	nl_route_key(r, out);
	put_ip(out, "src", &r->prefsrc);
	put_way(out, r);
	if (r->protocol != NL_PROTO_KEEPALIVED)
		buf_printf(out, " protocol %u", r->protocol);
	if (r->has_scope)
		buf_printf(out, " scope %u", r->scope);
	put_realms(out, r->realms);
	if (r->has_expires)
		buf_printf(out, " expires %u", r->expires_s);
	put_metrics(out, r);
	if (r->has_pref)
		buf_printf(out, " pref %u", r->pref);
	if (r->has_ttl_propagate)
		buf_printf(out, " ttl-propagate %s", r->ttl_propagate ? "enabled" : "disabled");
	if (r->mode != NL_ROUTE_PREPEND)
		buf_puts(out, r->mode == NL_ROUTE_ADD ? " add" : " append");
	put_hops(out, r);
}

static void put_selectors(struct buf *out, const struct nl_whole_rule *r)
{
	if (r->tos)
		buf_printf(out, " tos %u", r->tos);
	if (r->has_fwmark)
		buf_printf(out, " fwmark %u", r->fwmark);
	if (r->has_fwmask)
		buf_printf(out, "/%u", r->fwmask);
	put_name(out, "iif", r->iif);
	put_name(out, "oif", r->oif);
	if (r->tunnel_id)
		buf_printf(out, " tunnel-id %" PRIu64, r->tunnel_id);
	if (r->has_uids)
		buf_printf(out, " uidrange %u-%u", r->uid_lo, r->uid_hi);
	if (r->has_ipproto)
		buf_printf(out, " ipproto %u", r->ipproto);
	if (r->sport_lo)
		buf_printf(out, " sport %u-%u", r->sport_lo, r->sport_hi);
	if (r->dport_lo)
		buf_printf(out, " dport %u-%u", r->dport_lo, r->dport_hi);
}

static void put_action(struct buf *out, const struct nl_whole_rule *r)
{
	switch (r->action) {
	case FR_ACT_TO_TBL:
		if (r->l3mdev)
			buf_puts(out, " l3mdev");
		else
			buf_printf(out, " table %u", r->table);
		return;
	case FR_ACT_GOTO:
		buf_printf(out, " goto %u", r->target);
		return;
	case FR_ACT_NOP:
		buf_puts(out, " nop");
		return;
	case FR_ACT_BLACKHOLE:
		buf_puts(out, " blackhole");
		return;
	case FR_ACT_UNREACHABLE:
		buf_puts(out, " unreachable");
		return;
	default:
		buf_puts(out, " prohibit");
		return;
	}
}

void nl_rule_text(const struct nl_whole_rule *r, struct buf *out)
{
	buf_puts(out, r->family == AF_INET6 ? "inet6" : "inet");
	if (r->invert)
		buf_puts(out, " not");
	if (r->from_len) {
		buf_puts(out, " from ");
		put_prefix(out, &r->from, r->from_len, AF_INET);
	}
	if (r->to_len) {
		buf_puts(out, " to ");
		put_prefix(out, &r->to, r->to_len, AF_INET);
	}
	put_selectors(out, r);
	buf_printf(out, " priority %u", r->priority);
	if (r->protocol != NL_PROTO_KEEPALIVED)
		buf_printf(out, " protocol %u", r->protocol);
	put_realms(out, r->realms);
	if (r->suppress_len >= 0)
		buf_printf(out, " suppress_prefixlength %d", r->suppress_len);
	if (r->has_suppress_group)
		buf_printf(out, " suppress_ifgroup %u", r->suppress_group);
	put_action(out, r);
}
