/* Whole routes over rtnetlink: metrics, nexthops, lightweight tunnels. Attributes are written here
 * one by one; libnl only frames the message.
 */
#include "lib/nl/route.h"

#include "lib/base/must.h"
#include "lib/nl/internal.h"

#include <endian.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/ila.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <netlink/attr.h>
#include <string.h>

/* ---- encapsulation --------------------------------------------------------------------------- */

struct encap_attrs {
	int id, dst, src, tos, ttl, flags;
};

static void put_tunnel(struct nl_msg *msg, const struct nl_encap *e, const struct encap_attrs *a)
{
	if (e->has_id)
		nl_request_u64(msg, a->id, htobe64(e->id));
	if (e->dst.family)
		nl_request_ip(msg, a->dst, &e->dst);
	if (e->src.family)
		nl_request_ip(msg, a->src, &e->src);
	if (e->has_tos)
		nl_request_u8(msg, a->tos, e->tos);
	if (e->has_ttl)
		nl_request_u8(msg, a->ttl, e->ttl);
	if (e->has_flags)
		nl_request_u16(msg, a->flags, e->flags);
}

/* A label stack as on the wire: 20 bits of label, 3 of class, the bottom bit, the TTL. */
static void put_labels(struct nl_msg *msg, const struct nl_encap *e)
{
	uint32_t stack[NL_MPLS_LABELS_MAX];

	for (unsigned i = 0; i < e->n_labels; i++)
		stack[i] = htobe32(e->label[i] << 12 | (i + 1 == e->n_labels ? 1u << 8 : 0));
	nl_request_put(msg, MPLS_IPTUNNEL_DST, stack, e->n_labels * sizeof(stack[0]));
}

static void put_encap(struct nl_msg *msg, const struct nl_encap *e)
{
	static const struct encap_attrs ip = {LWTUNNEL_IP_ID,  LWTUNNEL_IP_DST, LWTUNNEL_IP_SRC,
					      LWTUNNEL_IP_TOS, LWTUNNEL_IP_TTL, LWTUNNEL_IP_FLAGS};
	static const struct encap_attrs ip6 = {LWTUNNEL_IP6_ID,	      LWTUNNEL_IP6_DST,
					       LWTUNNEL_IP6_SRC,      LWTUNNEL_IP6_TC,
					       LWTUNNEL_IP6_HOPLIMIT, LWTUNNEL_IP6_FLAGS};

	if (e->type == LWTUNNEL_ENCAP_NONE)
		return;
	struct nlattr *nest = nl_request_nest(msg, RTA_ENCAP);

	if (e->type == LWTUNNEL_ENCAP_MPLS)
		put_labels(msg, e);
	else if (e->type == LWTUNNEL_ENCAP_ILA)
		nl_request_u64(msg, ILA_ATTR_LOCATOR, e->locator);
	else
		put_tunnel(msg, e, e->type == LWTUNNEL_ENCAP_IP6 ? &ip6 : &ip);
	nla_nest_end(msg, nest);
	nl_request_u16(msg, RTA_ENCAP_TYPE, e->type);
}

/* ---- parts of a route ------------------------------------------------------------------------ */

static void put_metrics(struct nl_msg *msg, const struct nl_whole_route *r)
{
	if (!r->has_metrics && !r->congctl)
		return;
	struct nlattr *nest = nl_request_nest(msg, RTA_METRICS);

	for (int n = 1; n <= NL_METRIC_MAX; n++)
		if (r->has_metrics & 1u << n)
			nl_request_u32(msg, n, r->metrics[n]);
	if (r->congctl)
		nl_request_text(msg, RTAX_CC_ALGO, r->congctl);
	if (r->lock)
		nl_request_u32(msg, RTAX_LOCK, r->lock);
	nla_nest_end(msg, nest);
}

/* 0, the index, or -ENODEV. */
static int index_of(struct nl *nl, const char *ifname)
{
	return ifname[0] ? nl_link_index(nl, ifname) : 0;
}

static int put_hop(struct nl *nl, struct nl_msg *msg, const struct nl_hop *h)
{
	int ifindex = index_of(nl, h->ifname);
	struct rtnexthop *at = nlmsg_reserve(msg, sizeof(*at), NLMSG_ALIGNTO);
	size_t start = (size_t)((char *)at - (char *)nlmsg_hdr(msg));

	must(at != NULL);
	*at = (struct rtnexthop){
		.rtnh_flags = h->onlink ? RTNH_F_ONLINK : 0,
		.rtnh_hops = (uint8_t)(h->weight ? h->weight - 1 : 0),
		.rtnh_ifindex = ifindex > 0 ? ifindex : 0,
	};
	if (h->via.family)
		nl_request_ip(msg, RTA_GATEWAY, &h->via);
	if (h->realms)
		nl_request_u32(msg, RTA_FLOW, h->realms);
	put_encap(msg, &h->encap);
	at->rtnh_len = (uint16_t)(nlmsg_hdr(msg)->nlmsg_len - start);
	return ifindex < 0 ? ifindex : 0;
}

static int put_hops(struct nl *nl, struct nl_msg *msg, const struct nl_whole_route *r)
{
	int err = 0;

	if (!r->n_hops)
		return 0;
	struct nlattr *nest = nl_request_nest(msg, RTA_MULTIPATH);

	for (unsigned i = 0; i < r->n_hops && !err; i++)
		err = put_hop(nl, msg, &r->hops[i]);
	nla_nest_end(msg, nest);
	return err;
}

/* ---- the table of a VRF ---------------------------------------------------------------------- */

static void take_vrf_table(void *ctx, const struct nlmsghdr *h)
{
	struct nlattr *tb[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1], *data[IFLA_VRF_MAX + 1];
	uint32_t *table = ctx;

	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)h, sizeof(struct ifinfomsg), tb, IFLA_MAX,
			NULL) < 0 ||
	    !tb[IFLA_LINKINFO] ||
	    nla_parse_nested(info, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL) < 0)
		return;
	if (!info[IFLA_INFO_KIND] || strcmp(nla_get_string(info[IFLA_INFO_KIND]), "vrf") != 0 ||
	    !info[IFLA_INFO_DATA] ||
	    nla_parse_nested(data, IFLA_VRF_MAX, info[IFLA_INFO_DATA], NULL) < 0)
		return;
	if (data[IFLA_VRF_TABLE])
		*table = nla_get_u32(data[IFLA_VRF_TABLE]);
}

/* -ENODEV: there is no such VRF. */
static int table_of(struct nl *nl, const struct nl_whole_route *r, uint32_t *table)
{
	struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC};
	int ifindex = index_of(nl, r->vrf);

	*table = r->table;
	if (ifindex <= 0)
		return ifindex;
	*table = 0;
	ifi.ifi_index = ifindex;
	int err = nl_request_get(nl, nl_request_new(RTM_GETLINK, 0, &ifi, sizeof(ifi)),
				 take_vrf_table, table);

	return err ? err : *table ? 0 : -ENODEV;
}

/* ---- requests -------------------------------------------------------------------------------- */

static struct rtmsg header(const struct nl_whole_route *r, enum nl_change change, uint32_t table)
{
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)r->family,
		.rtm_dst_len = r->dst_len,
		.rtm_src_len = r->src.family ? r->src_len : 0,
		.rtm_tos = r->tos,
		.rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC,
		.rtm_protocol = r->protocol,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = r->type,
		.rtm_flags = r->onlink ? RTNH_F_ONLINK : 0,
	};

	/* whatever scope the kernel has chosen */
	if (change == NL_CHANGE_DEL)
		rtm.rtm_scope = RT_SCOPE_NOWHERE;
	if (r->has_scope)
		rtm.rtm_scope = r->scope;
	return rtm;
}

static int flags_of(const struct nl_whole_route *r, enum nl_change change)
{
	if (change == NL_CHANGE_DEL)
		return 0;
	if (change == NL_CHANGE_REPLACE)
		return NLM_F_CREATE | NLM_F_REPLACE;
	switch (r->mode) {
	case NL_ROUTE_ADD:
		return NLM_F_CREATE | NLM_F_EXCL;
	case NL_ROUTE_APPEND:
		return NLM_F_CREATE | NLM_F_APPEND;
	case NL_ROUTE_PREPEND:
		return NLM_F_CREATE;
	}
	must(!"a mode");
	return 0;
}

static void put_addresses(struct nl_msg *msg, const struct nl_whole_route *r)
{
	if (r->dst_len)
		nl_request_ip(msg, RTA_DST, &r->dst);
	if (r->src.family && r->src_len)
		nl_request_ip(msg, RTA_SRC, &r->src);
	if (r->prefsrc.family)
		nl_request_ip(msg, RTA_PREFSRC, &r->prefsrc);
	if (r->via.family)
		nl_request_ip(msg, RTA_GATEWAY, &r->via);
}

static void put_numbers(struct nl_msg *msg, const struct nl_whole_route *r)
{
	if (r->has_metric)
		nl_request_u32(msg, RTA_PRIORITY, r->metric);
	if (r->realms)
		nl_request_u32(msg, RTA_FLOW, r->realms);
	if (r->has_expires)
		nl_request_u32(msg, RTA_EXPIRES, r->expires_s);
	if (r->has_pref)
		nl_request_u8(msg, RTA_PREF, r->pref);
	if (r->has_ttl_propagate)
		nl_request_u8(msg, RTA_TTL_PROPAGATE, r->ttl_propagate);
}

int nl_route_change(struct nl *nl, const struct nl_whole_route *r, enum nl_change change)
{
	uint32_t table;
	int ifindex = index_of(nl, r->ifname);
	int err = table_of(nl, r, &table);

	if (ifindex < 0 || err)
		return err ? err : ifindex;
	struct rtmsg rtm = header(r, change, table);
	struct nl_msg *msg =
		nl_request_new_large(change == NL_CHANGE_DEL ? RTM_DELROUTE : RTM_NEWROUTE,
				     flags_of(r, change), &rtm, sizeof(rtm));

	nl_request_u32(msg, RTA_TABLE, table);
	put_addresses(msg, r);
	if (ifindex)
		nl_request_u32(msg, RTA_OIF, (uint32_t)ifindex);
	put_numbers(msg, r);
	put_encap(msg, &r->encap);
	put_metrics(msg, r);
	err = put_hops(nl, msg, r);
	if (!err)
		return nl_request_do(nl, msg);
	nlmsg_free(msg);
	return err;
}

bool nl_route_decode(const struct nlmsghdr *h, struct nl_route_seen *out)
{
	struct nlattr *tb[RTA_MAX + 1];
	const struct rtmsg *rtm = nlmsg_data(h);

	if (h->nlmsg_type != RTM_NEWROUTE && h->nlmsg_type != RTM_DELROUTE)
		return false;
	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)h, sizeof(*rtm), tb, RTA_MAX, NULL) < 0 ||
	    !nl_ip_bytes(rtm->rtm_family) || rtm->rtm_flags & RTM_F_CLONED)
		return false;
	*out = (struct nl_route_seen){
		.gone = h->nlmsg_type == RTM_DELROUTE,
		.family = rtm->rtm_family,
		.type = rtm->rtm_type,
		.tos = rtm->rtm_tos,
		.protocol = rtm->rtm_protocol,
		.dst_len = rtm->rtm_dst_len,
		.table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : rtm->rtm_table,
		.metric = tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0,
		.ifindex = tb[RTA_OIF] ? (int)nla_get_u32(tb[RTA_OIF]) : 0,
	};
	if (!nl_ip_from_attr(out->family, tb[RTA_DST], &out->dst))
		out->dst.family = out->family;
	return true;
}
