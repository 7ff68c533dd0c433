/* The picture of the host's interfaces.
 */
#include "daemon/vrrp/links.h"

#include <string.h>

void links_free(struct links *l)
{
	vec_free(&l->link);
	vec_free(&l->addr);
}

static void collect_link(void *ctx, const struct nl_link *link)
{
	struct links *fresh = ctx;

	*vec_push(&fresh->link) = *link;
}

static void collect_addr(void *ctx, const struct nl_addr *addr)
{
	struct links *fresh = ctx;

	*vec_push(&fresh->addr) = *addr;
}

int links_read_addrs(struct links *l, struct nl *nl)
{
	struct links fresh = {0};
	int err = nl_addr_each(nl, AF_UNSPEC, collect_addr, &fresh);

	if (err) {
		links_free(&fresh);
		return err;
	}
	vec_free(&l->addr);
	l->addr.at = fresh.addr.at;
	l->addr.n = fresh.addr.n;
	l->addr.cap = fresh.addr.cap;
	return 0;
}

int links_read(struct links *l, struct nl *nl)
{
	struct links fresh = {0};
	int err = nl_link_each(nl, collect_link, &fresh);

	if (err) {
		links_free(&fresh);
		return err;
	}
	vec_free(&l->link);
	l->link.at = fresh.link.at;
	l->link.n = fresh.link.n;
	l->link.cap = fresh.link.cap;
	return links_read_addrs(l, nl);
}

void links_take(struct links *l, const struct nl_link *link)
{
	for (size_t i = 0; i < l->link.n; i++) {
		if (l->link.at[i].ifindex != link->ifindex)
			continue;
		if (link->gone)
			l->link.at[i] = l->link.at[--l->link.n];
		else
			l->link.at[i] = *link;
		return;
	}
	if (!link->gone)
		*vec_push(&l->link) = *link;
}

const struct nl_link *links_find(const struct links *l, const char *ifname)
{
	for (size_t i = 0; i < l->link.n; i++)
		if (strcmp(l->link.at[i].ifname, ifname) == 0)
			return &l->link.at[i];
	return NULL;
}

bool links_is_up(const struct links *l, const char *ifname)
{
	const struct nl_link *link = links_find(l, ifname);

	return link && link->up && link->running;
}

bool links_primary(const struct links *l, int ifindex, sa_family_t family,
		   bool (*refuse)(void *ctx, const struct wire_ip *ip), void *ctx,
		   struct wire_ip *out)
{
	for (size_t i = 0; i < l->addr.n; i++) {
		const struct nl_addr *a = &l->addr.at[i];

		if (a->ifindex != ifindex || a->ip.family != family || a->unusable)
			continue;
		/* IPv6 adverts leave from link-local addresses (RFC 9568, 5.1.2.1) */
		if (family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&a->ip.v6))
			continue;
		if (refuse && refuse(ctx, &a->ip))
			continue;
		*out = a->ip;
		return true;
	}
	return false;
}

bool links_has_addr(const struct links *l, int ifindex, const struct wire_ip *ip)
{
	for (size_t i = 0; i < l->addr.n; i++)
		if ((!ifindex || l->addr.at[i].ifindex == ifindex) &&
		    wire_ip_equal(&l->addr.at[i].ip, ip))
			return true;
	return false;
}

bool links_has(const struct links *l, int ifindex, const struct wire_ip *ip, uint8_t prefix_len)
{
	for (size_t i = 0; i < l->addr.n; i++) {
		const struct nl_addr *a = &l->addr.at[i];

		if (a->ifindex == ifindex && a->prefix_len == prefix_len &&
		    wire_ip_equal(&a->ip, ip))
			return true;
	}
	return false;
}
