/* Whole policy rules over rtnetlink (linux/fib_rules.h).
 */
#include "lib/nl/route.h"

#include "lib/nl/internal.h"

#include <endian.h>
#include <linux/fib_rules.h>
#include <netlink/attr.h>
#include <string.h>

static void put_range(struct nl_msg *msg, int attr, uint16_t lo, uint16_t hi)
{
	struct fib_rule_port_range range = {.start = lo, .end = hi};

	if (lo)
		nl_request_put(msg, attr, &range, sizeof(range));
}

static void put_selectors(struct nl_msg *msg, const struct nl_whole_rule *r)
{
	struct fib_rule_uid_range uids = {.start = r->uid_lo, .end = r->uid_hi};

	if (r->from_len)
		nl_request_ip(msg, FRA_SRC, &r->from);
	if (r->to_len)
		nl_request_ip(msg, FRA_DST, &r->to);
	if (r->has_fwmark)
		nl_request_u32(msg, FRA_FWMARK, r->fwmark);
	if (r->has_fwmask)
		nl_request_u32(msg, FRA_FWMASK, r->fwmask);
	if (r->iif[0])
		nl_request_text(msg, FRA_IIFNAME, r->iif);
	if (r->oif[0])
		nl_request_text(msg, FRA_OIFNAME, r->oif);
	if (r->tunnel_id)
		nl_request_u64(msg, FRA_TUN_ID, htobe64(r->tunnel_id));
	if (r->has_uids)
		nl_request_put(msg, FRA_UID_RANGE, &uids, sizeof(uids));
	if (r->has_ipproto)
		nl_request_u8(msg, FRA_IP_PROTO, r->ipproto);
	put_range(msg, FRA_SPORT_RANGE, r->sport_lo, r->sport_hi);
	put_range(msg, FRA_DPORT_RANGE, r->dport_lo, r->dport_hi);
}

static void put_outcome(struct nl_msg *msg, const struct nl_whole_rule *r)
{
	if (r->action == FR_ACT_TO_TBL && !r->l3mdev)
		nl_request_u32(msg, FRA_TABLE, r->table);
	if (r->l3mdev)
		nl_request_u8(msg, FRA_L3MDEV, 1);
	if (r->action == FR_ACT_GOTO)
		nl_request_u32(msg, FRA_GOTO, r->target);
	if (r->realms)
		nl_request_u32(msg, FRA_FLOW, r->realms);
	if (r->suppress_len >= 0)
		nl_request_u32(msg, FRA_SUPPRESS_PREFIXLEN, (uint32_t)r->suppress_len);
	if (r->has_suppress_group)
		nl_request_u32(msg, FRA_SUPPRESS_IFGROUP, r->suppress_group);
}

int nl_rule_change(struct nl *nl, const struct nl_whole_rule *r, enum nl_change change)
{
	bool in_header = r->action == FR_ACT_TO_TBL && !r->l3mdev && r->table < 256;
	struct fib_rule_hdr header = {
		.family = (uint8_t)r->family,
		.src_len = r->from_len,
		.dst_len = r->to_len,
		.tos = r->tos,
		.table = in_header ? (uint8_t)r->table : RT_TABLE_UNSPEC,
		.action = r->action,
		.flags = r->invert ? FIB_RULE_INVERT : 0,
	};
	bool del = change == NL_CHANGE_DEL;
	struct nl_msg *msg =
		nl_request_new(del ? RTM_DELRULE : RTM_NEWRULE, del ? 0 : NLM_F_CREATE | NLM_F_EXCL,
			       &header, sizeof(header));

	put_selectors(msg, r);
	put_outcome(msg, r);
	nl_request_u32(msg, FRA_PRIORITY, r->priority);
	nl_request_u8(msg, FRA_PROTOCOL, r->protocol);
	return nl_request_do(nl, msg);
}

/* ---- what the kernel tells ------------------------------------------------------------------- */

static void take_name(const struct nlattr *attr, char name[static IFNAMSIZ])
{
	if (attr)
		nla_strlcpy(name, attr, IFNAMSIZ);
}

static uint32_t u32_or(struct nlattr *attr, uint32_t otherwise)
{
	return attr && nla_len(attr) >= 4 ? nla_get_u32(attr) : otherwise;
}

static void take_range(const struct nlattr *attr, uint16_t *lo, uint16_t *hi)
{
	struct fib_rule_port_range range;

	if (!attr || nla_len(attr) < (int)sizeof(range))
		return;
	memcpy(&range, nla_data(attr), sizeof(range));
	*lo = range.start;
	*hi = range.end;
}

static void take_selectors(struct nlattr **tb, struct nl_whole_rule *out)
{
	struct fib_rule_uid_range uids;

	nl_ip_from_attr(out->family, tb[FRA_SRC], &out->from);
	nl_ip_from_attr(out->family, tb[FRA_DST], &out->to);
	out->has_fwmark = tb[FRA_FWMARK] != NULL;
	out->fwmark = u32_or(tb[FRA_FWMARK], 0);
	/* the kernel says the full mask where none was given */
	out->fwmask = u32_or(tb[FRA_FWMASK], UINT32_MAX);
	out->has_fwmask = out->has_fwmark && out->fwmask != UINT32_MAX;
	take_name(tb[FRA_IIFNAME], out->iif);
	take_name(tb[FRA_OIFNAME], out->oif);
	if (tb[FRA_TUN_ID] && nla_len(tb[FRA_TUN_ID]) >= 8)
		out->tunnel_id = be64toh(nla_get_u64(tb[FRA_TUN_ID]));
	if (tb[FRA_UID_RANGE] && nla_len(tb[FRA_UID_RANGE]) >= (int)sizeof(uids)) {
		memcpy(&uids, nla_data(tb[FRA_UID_RANGE]), sizeof(uids));
		out->has_uids = true;
		out->uid_lo = uids.start;
		out->uid_hi = uids.end;
	}
	out->has_ipproto = tb[FRA_IP_PROTO] != NULL;
	if (out->has_ipproto)
		out->ipproto = nla_get_u8(tb[FRA_IP_PROTO]);
	take_range(tb[FRA_SPORT_RANGE], &out->sport_lo, &out->sport_hi);
	take_range(tb[FRA_DPORT_RANGE], &out->dport_lo, &out->dport_hi);
}

bool nl_rule_decode(const struct nlmsghdr *h, struct nl_whole_rule *out, bool *gone)
{
	struct nlattr *tb[FRA_MAX + 1];
	const struct fib_rule_hdr *header = nlmsg_data(h);

	if (h->nlmsg_type != RTM_NEWRULE && h->nlmsg_type != RTM_DELRULE)
		return false;
	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)h, sizeof(*header), tb, FRA_MAX, NULL) < 0 ||
	    !nl_ip_bytes(header->family) || !tb[FRA_PRIORITY])
		return false;
	*gone = h->nlmsg_type == RTM_DELRULE;
	*out = (struct nl_whole_rule){
		.family = header->family,
		.action = header->action,
		.invert = header->flags & FIB_RULE_INVERT,
		.from_len = header->src_len,
		.to_len = header->dst_len,
		.tos = header->tos,
		.priority = nla_get_u32(tb[FRA_PRIORITY]),
		.table = u32_or(tb[FRA_TABLE], header->table),
		.target = u32_or(tb[FRA_GOTO], 0),
		.realms = u32_or(tb[FRA_FLOW], 0),
		.suppress_len = (int32_t)u32_or(tb[FRA_SUPPRESS_PREFIXLEN], UINT32_MAX),
		.has_suppress_group = tb[FRA_SUPPRESS_IFGROUP] &&
				      nla_get_u32(tb[FRA_SUPPRESS_IFGROUP]) != UINT32_MAX,
		.suppress_group = u32_or(tb[FRA_SUPPRESS_IFGROUP], 0),
		.l3mdev = tb[FRA_L3MDEV] && nla_get_u8(tb[FRA_L3MDEV]),
		.protocol = tb[FRA_PROTOCOL] ? nla_get_u8(tb[FRA_PROTOCOL]) : 0,
	};
	take_selectors(tb, out);
	return true;
}
