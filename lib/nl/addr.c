/* Addresses, routes, policy rules and neighbour entries.
 */
#include "lib/base/must.h"
#include "lib/base/vec.h"
#include "lib/nl/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <netlink/attr.h>
#include <string.h>

/* ---- addresses ----------------------------------------------------------------------------- */

static struct nl_msg *addr_message(int type, int flags, int ifindex, const struct nl_new_addr *addr,
				   uint8_t scope)
{
	struct ifaddrmsg ifa = {
		.ifa_family = (uint8_t)addr->ip.family,
		.ifa_prefixlen = addr->prefix_len,
		.ifa_scope = scope,
		.ifa_index = (unsigned)ifindex,
	};
	struct nl_msg *msg = nl_request_new(type, flags, &ifa, sizeof(ifa));

	nl_request_ip(msg, IFA_LOCAL, &addr->ip);
	nl_request_ip(msg, IFA_ADDRESS, addr->peer.family ? &addr->peer : &addr->ip);
	return msg;
}

int nl_addr_add(struct nl *nl, int ifindex, const struct wire_ip *ip, uint8_t prefix_len,
		unsigned flags)
{
	struct nl_new_addr addr = {
		.ip = *ip, .prefix_len = prefix_len, .flags = flags, .scope = RT_SCOPE_UNIVERSE};

	return nl_addr_add_whole(nl, ifindex, &addr);
}

static uint32_t kernel_flags(const struct nl_new_addr *addr)
{
	static const struct {
		unsigned ours;
		uint32_t kernels;
		bool six; /* IPv6 only */
	} flags[] = {
		{NL_ADDR_NODAD, IFA_F_NODAD, true},
		{NL_ADDR_HOME, IFA_F_HOMEADDRESS, true},
		{NL_ADDR_MNGTMPADDR, IFA_F_MANAGETEMPADDR, true},
		{NL_ADDR_NOPREFIXROUTE, IFA_F_NOPREFIXROUTE, false},
		{NL_ADDR_AUTOJOIN, IFA_F_MCAUTOJOIN, false},
	};
	uint32_t out = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (addr->flags & flags[i].ours && (!flags[i].six || addr->ip.family == AF_INET6))
			out |= flags[i].kernels;
	return out;
}

int nl_addr_add_whole(struct nl *nl, int ifindex, const struct nl_new_addr *addr)
{
	sa_family_t family = addr->ip.family;

	if (!nl_ip_bytes(family))
		return -EAFNOSUPPORT;
	struct nl_msg *msg =
		addr_message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, ifindex, addr, addr->scope);
	uint32_t flags = kernel_flags(addr);

	if (flags)
		nl_request_u32(msg, IFA_FLAGS, flags);
	if (addr->broadcast.family == AF_INET && family == AF_INET)
		nl_request_ip(msg, IFA_BROADCAST, &addr->broadcast);
	if (addr->flags & NL_ADDR_PREFERRED && family == AF_INET6) {
		struct ifa_cacheinfo life = {.ifa_prefered = addr->preferred_s,
					     .ifa_valid = UINT32_MAX};

		nl_request_put(msg, IFA_CACHEINFO, &life, sizeof(life));
	}
	if (addr->label && addr->label[0] && family == AF_INET)
		nl_request_text(msg, IFA_LABEL, addr->label);
	return nl_request_do(nl, msg);
}

int nl_addr_del(struct nl *nl, int ifindex, const struct wire_ip *ip, uint8_t prefix_len)
{
	struct nl_new_addr addr = {.ip = *ip, .prefix_len = prefix_len};

	return nl_addr_del_whole(nl, ifindex, &addr);
}

int nl_addr_del_whole(struct nl *nl, int ifindex, const struct nl_new_addr *addr)
{
	if (!nl_ip_bytes(addr->ip.family))
		return -EAFNOSUPPORT;
	return nl_request_do(nl, addr_message(RTM_DELADDR, 0, ifindex, addr, 0));
}

bool nl_addr_decode(const struct nlmsghdr *h, struct nl_addr *out)
{
	struct nlattr *tb[IFA_MAX + 1];
	struct ifaddrmsg *ifa = nlmsg_data(h);

	if (h->nlmsg_type != RTM_NEWADDR && h->nlmsg_type != RTM_DELADDR)
		return false;
	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)h, sizeof(*ifa), tb, IFA_MAX, NULL) < 0)
		return false;
	out->ifindex = (int)ifa->ifa_index;
	out->prefix_len = ifa->ifa_prefixlen;
	/* IFA_FLAGS has all 32 bits, the header only the first eight, which hold these */
	out->unusable = (ifa->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) &&
			!(ifa->ifa_flags & IFA_F_OPTIMISTIC);
	out->deprecated = ifa->ifa_flags & IFA_F_DEPRECATED;
	/* IFA_ADDRESS is the far end of a point-to-point link; IFA_LOCAL, where given, is ours. */
	return nl_ip_from_attr(ifa->ifa_family, tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS],
			       &out->ip);
}

struct addr_list {
	VEC(struct nl_addr) addrs;
};

static void collect_addr(void *ctx, const struct nlmsghdr *h)
{
	struct addr_list *list = ctx;
	struct nl_addr addr;

	if (nl_addr_decode(h, &addr))
		*vec_push(&list->addrs) = addr;
}

static void forget_addrs(void *ctx)
{
	struct addr_list *list = ctx;

	list->addrs.n = 0;
}

int nl_addr_each(struct nl *nl, sa_family_t family,
		 void (*each)(void *ctx, const struct nl_addr *a), void *ctx)
{
	struct ifaddrmsg ifa = {.ifa_family = (uint8_t)family};
	struct addr_list list = {0};
	int err = nl_request_dump(nl, nl_request_new(RTM_GETADDR, 0, &ifa, sizeof(ifa)),
				  collect_addr, forget_addrs, &list);

	for (size_t i = 0; !err && i < list.addrs.n; i++)
		each(ctx, &list.addrs.at[i]);
	vec_free(&list.addrs);
	return err;
}

/* ---- routes and rules ---------------------------------------------------------------------- */

static struct nl_msg *route_message(int type, int flags, const struct nl_route *route)
{
	uint32_t table = route->table ? route->table : RT_TABLE_MAIN;
	struct rtmsg rtm = {
		.rtm_family = (uint8_t)route->dst.family,
		.rtm_dst_len = route->prefix_len,
		.rtm_table = table < 256 ? (uint8_t)table : RT_TABLE_COMPAT,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = route->via.family ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK,
		.rtm_type = RTN_UNICAST,
	};

	/* Deleting: whatever protocol and scope it was made with. */
	if (type == RTM_DELROUTE) {
		rtm.rtm_protocol = RTPROT_UNSPEC;
		rtm.rtm_scope = RT_SCOPE_NOWHERE;
	}
	struct nl_msg *msg = nl_request_new(type, flags, &rtm, sizeof(rtm));

	nl_request_u32(msg, RTA_TABLE, table);
	if (route->prefix_len)
		nl_request_ip(msg, RTA_DST, &route->dst);
	if (route->via.family)
		nl_request_ip(msg, RTA_GATEWAY, &route->via);
	if (route->src.family)
		nl_request_ip(msg, RTA_PREFSRC, &route->src);
	if (route->ifindex)
		nl_request_u32(msg, RTA_OIF, (uint32_t)route->ifindex);
	return msg;
}

static bool route_is_sound(const struct nl_route *route)
{
	sa_family_t family = route->dst.family;

	return nl_ip_bytes(family) && (!route->via.family || route->via.family == family) &&
	       (!route->src.family || route->src.family == family);
}

int nl_route_add(struct nl *nl, const struct nl_route *route)
{
	if (!route_is_sound(route))
		return -EAFNOSUPPORT;
	return nl_request_do(nl, route_message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route));
}

int nl_route_del(struct nl *nl, const struct nl_route *route)
{
	if (!route_is_sound(route))
		return -EAFNOSUPPORT;
	return nl_request_do(nl, route_message(RTM_DELROUTE, 0, route));
}

int nl_rule_add(struct nl *nl, const struct wire_ip *from, uint8_t prefix_len, uint32_t table)
{
	struct fib_rule_hdr rule = {
		.family = (uint8_t)from->family,
		.src_len = prefix_len,
		.table = table < 256 ? (uint8_t)table : RT_TABLE_UNSPEC,
		.action = FR_ACT_TO_TBL,
	};

	if (!nl_ip_bytes(from->family))
		return -EAFNOSUPPORT;
	struct nl_msg *msg =
		nl_request_new(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, &rule, sizeof(rule));

	nl_request_u32(msg, FRA_TABLE, table);
	if (prefix_len)
		nl_request_ip(msg, FRA_SRC, from);
	return nl_request_do(nl, msg);
}

/* ---- neighbours ---------------------------------------------------------------------------- */

bool nl_neigh_decode(const struct nlmsghdr *h, struct nl_neigh *out)
{
	struct nlattr *tb[NDA_MAX + 1];
	struct ndmsg *ndm = nlmsg_data(h);

	if (h->nlmsg_type != RTM_NEWNEIGH && h->nlmsg_type != RTM_DELNEIGH)
		return false;
	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)h, sizeof(*ndm), tb, NDA_MAX, NULL) < 0)
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = ndm->ndm_ifindex;
	out->family = ndm->ndm_family;
	out->state = ndm->ndm_state;
	out->gone = h->nlmsg_type == RTM_DELNEIGH;
	if (tb[NDA_LLADDR] && nla_len(tb[NDA_LLADDR]) == WIRE_MAC_BYTES)
		memcpy(out->mac, nla_data(tb[NDA_LLADDR]), WIRE_MAC_BYTES);
	if (ndm->ndm_family == AF_BRIDGE)
		return true;
	return nl_ip_from_attr(ndm->ndm_family, tb[NDA_DST], &out->ip);
}

struct neigh_list {
	int ifindex;
	VEC(struct nl_neigh) neighs;
};

static void collect_neigh(void *ctx, const struct nlmsghdr *h)
{
	struct neigh_list *list = ctx;
	struct nl_neigh neigh;

	if (nl_neigh_decode(h, &neigh) && neigh.ifindex == list->ifindex &&
	    !(neigh.state & (NUD_PERMANENT | NUD_NOARP)))
		*vec_push(&list->neighs) = neigh;
}

static void forget_neighs(void *ctx)
{
	struct neigh_list *list = ctx;

	list->neighs.n = 0;
}

int nl_neigh_flush(struct nl *nl, int ifindex)
{
	struct ndmsg all = {.ndm_family = AF_UNSPEC};
	struct neigh_list list = {.ifindex = ifindex};
	int err = nl_request_dump(nl, nl_request_new(RTM_GETNEIGH, 0, &all, sizeof(all)),
				  collect_neigh, forget_neighs, &list);

	for (size_t i = 0; !err && i < list.neighs.n; i++) {
		const struct nl_neigh *neigh = &list.neighs.at[i];
		struct ndmsg ndm = {.ndm_family = (uint8_t)neigh->family, .ndm_ifindex = ifindex};
		struct nl_msg *msg = nl_request_new(RTM_DELNEIGH, 0, &ndm, sizeof(ndm));

		nl_request_ip(msg, NDA_DST, &neigh->ip);
		err = nl_request_do(nl, msg);
		/* It may have gone by itself in between. */
		if (err == -ENOENT)
			err = 0;
	}
	vec_free(&list.neighs);
	return err;
}
