/* Interfaces: finding, changing, making (veth pairs, bridges) and taking away.
 *
 * Messages are written attribute by attribute rather than through libnl's link objects: these
 * cannot say the forward delay or the snooping of a bridge, and answer with less than the errno.
 */
#include "lib/base/must.h"
#include "lib/base/vec.h"
#include "lib/nl/internal.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <string.h>

static struct nl_msg *link_message(int type, int flags, int ifindex)
{
	struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};

	return nl_request_new(type, flags, &ifi, sizeof(ifi));
}

bool nl_link_decode(const struct nlmsghdr *h, struct nl_link *out)
{
	struct nlattr *tb[IFLA_MAX + 1];
	struct ifinfomsg *ifi = nlmsg_data(h);

	if (h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK)
		return false;
	/* A bridge tells of its ports in the same group; "gone" there is only "no longer a port".
	 */
	if (nlmsg_datalen(h) < (int)sizeof(*ifi) || ifi->ifi_family == AF_BRIDGE)
		return false;
	if (nlmsg_parse((struct nlmsghdr *)(uintptr_t)h, sizeof(*ifi), tb, IFLA_MAX, NULL) < 0)
		return false;
	memset(out, 0, sizeof(*out));
	out->ifindex = ifi->ifi_index;
	out->up = ifi->ifi_flags & IFF_UP;
	out->running = ifi->ifi_flags & IFF_RUNNING;
	out->gone = h->nlmsg_type == RTM_DELLINK;
	if (tb[IFLA_IFNAME])
		nla_strlcpy(out->ifname, tb[IFLA_IFNAME], sizeof(out->ifname));
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == WIRE_MAC_BYTES)
		memcpy(out->mac, nla_data(tb[IFLA_ADDRESS]), WIRE_MAC_BYTES);
	if (tb[IFLA_MTU])
		out->mtu_bytes = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_MASTER])
		out->master_ifindex = (int)nla_get_u32(tb[IFLA_MASTER]);
	return true;
}

struct link_list {
	VEC(struct nl_link) links;
};

static void collect_link(void *ctx, const struct nlmsghdr *h)
{
	struct link_list *list = ctx;
	struct nl_link link;

	if (nl_link_decode(h, &link))
		*vec_push(&list->links) = link;
}

static void forget_links(void *ctx)
{
	struct link_list *list = ctx;

	list->links.n = 0;
}

int nl_link_each(struct nl *nl, void (*each)(void *ctx, const struct nl_link *link), void *ctx)
{
	struct link_list list = {0};
	int err = nl_request_dump(nl, link_message(RTM_GETLINK, 0, 0), collect_link, forget_links,
				  &list);

	for (size_t i = 0; !err && i < list.links.n; i++)
		each(ctx, &list.links.at[i]);
	vec_free(&list.links);
	return err;
}

static void take_index(void *ctx, const struct nlmsghdr *h)
{
	struct nl_link link;

	if (nl_link_decode(h, &link))
		*(int *)ctx = link.ifindex;
}

int nl_link_index(struct nl *nl, const char *ifname)
{
	int ifindex = -ENODEV;

	if (strlen(ifname) >= IFNAMSIZ)
		return -ENODEV;
	struct nl_msg *msg = link_message(RTM_GETLINK, 0, 0);

	nl_request_text(msg, IFLA_IFNAME, ifname);
	int err = nl_request_get(nl, msg, take_index, &ifindex);

	return err ? err : ifindex;
}

int nl_link_set_up(struct nl *nl, int ifindex, bool up)
{
	struct ifinfomsg ifi = {
		.ifi_index = ifindex, .ifi_flags = up ? IFF_UP : 0, .ifi_change = IFF_UP};

	return nl_request_do(nl, nl_request_new(RTM_NEWLINK, 0, &ifi, sizeof(ifi)));
}

int nl_link_set_mac(struct nl *nl, int ifindex, const uint8_t mac[WIRE_MAC_BYTES])
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex);

	nl_request_put(msg, IFLA_ADDRESS, mac, WIRE_MAC_BYTES);
	return nl_request_do(nl, msg);
}

int nl_link_set_mtu(struct nl *nl, int ifindex, unsigned mtu_bytes)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex);

	nl_request_u32(msg, IFLA_MTU, mtu_bytes);
	return nl_request_do(nl, msg);
}

int nl_link_set_master(struct nl *nl, int ifindex, int master_ifindex)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex);

	nl_request_u32(msg, IFLA_MASTER, (uint32_t)master_ifindex);
	return nl_request_do(nl, msg);
}

int nl_link_rename(struct nl *nl, int ifindex, const char *ifname)
{
	if (strlen(ifname) >= IFNAMSIZ)
		return -ENAMETOOLONG;
	struct nl_msg *msg = link_message(RTM_NEWLINK, 0, ifindex);

	nl_request_text(msg, IFLA_IFNAME, ifname);
	return nl_request_do(nl, msg);
}

int nl_link_delete(struct nl *nl, int ifindex)
{
	/* Without an index the kernel would look for other attributes and say -EINVAL. */
	if (ifindex <= 0)
		return -ENODEV;
	return nl_request_do(nl, link_message(RTM_DELLINK, 0, ifindex));
}

static void put_veth_end(struct nl_msg *msg, const struct nl_veth_end *end)
{
	nl_request_text(msg, IFLA_IFNAME, end->ifname);
	nl_request_put(msg, IFLA_ADDRESS, end->mac, WIRE_MAC_BYTES);
	if (end->netns_fd >= 0)
		nl_request_u32(msg, IFLA_NET_NS_FD, (uint32_t)end->netns_fd);
}

int nl_veth_add(struct nl *nl, const struct nl_veth_end *a, const struct nl_veth_end *b)
{
	struct ifinfomsg peer_header = {0};

	if (strlen(a->ifname) >= IFNAMSIZ || strlen(b->ifname) >= IFNAMSIZ)
		return -ENAMETOOLONG;
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);

	put_veth_end(msg, a);
	struct nlattr *info = nl_request_nest(msg, IFLA_LINKINFO);

	nl_request_text(msg, IFLA_INFO_KIND, "veth");
	struct nlattr *data = nl_request_nest(msg, IFLA_INFO_DATA);
	struct nlattr *peer = nl_request_nest(msg, VETH_INFO_PEER);

	must(nlmsg_append(msg, &peer_header, sizeof(peer_header), NLMSG_ALIGNTO) == 0);
	put_veth_end(msg, b);
	nla_nest_end(msg, peer);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return nl_request_do(nl, msg);
}

static struct nl_msg *bridge_message(const char *ifname, const uint8_t mac[WIRE_MAC_BYTES],
				     const bool *mcast_snooping)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);

	nl_request_text(msg, IFLA_IFNAME, ifname);
	nl_request_put(msg, IFLA_ADDRESS, mac, WIRE_MAC_BYTES);
	struct nlattr *info = nl_request_nest(msg, IFLA_LINKINFO);

	nl_request_text(msg, IFLA_INFO_KIND, "bridge");
	struct nlattr *data = nl_request_nest(msg, IFLA_INFO_DATA);

	nl_request_u32(msg, IFLA_BR_FORWARD_DELAY, 0);
	nl_request_u32(msg, IFLA_BR_STP_STATE, 0);
	if (mcast_snooping)
		nl_request_u8(msg, IFLA_BR_MCAST_SNOOPING, *mcast_snooping);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return msg;
}

int nl_bridge_add(struct nl *nl, const char *ifname, const uint8_t mac[WIRE_MAC_BYTES],
		  bool mcast_snooping)
{
	if (strlen(ifname) >= IFNAMSIZ)
		return -ENAMETOOLONG;
	int err = nl_request_do(nl, bridge_message(ifname, mac, &mcast_snooping));

	/* A kernel built without snooping refuses the attribute: off is then what it does. */
	if (err != -EOPNOTSUPP || mcast_snooping)
		return err;
	return nl_request_do(nl, bridge_message(ifname, mac, NULL));
}

bool nl_link_kind_works(struct nl *nl, const char *kind)
{
	const char *ifname = "vipdrill-probe";
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);

	nl_request_text(msg, IFLA_IFNAME, ifname);
	struct nlattr *info = nl_request_nest(msg, IFLA_LINKINFO);

	nl_request_text(msg, IFLA_INFO_KIND, kind);
	nla_nest_end(msg, info);
	int err = nl_request_do(nl, msg);
	int ifindex = err ? -1 : nl_link_index(nl, ifname);

	if (ifindex > 0)
		nl_link_delete(nl, ifindex);
	/* An unknown kind is EOPNOTSUPP; one that is known may ask for more than its name. */
	return err != -EOPNOTSUPP && err != -EPERM;
}
