/* The rules of no_accept, as text. One table for both families; addresses stand in sets, so that a
 * change of master is one element and not a rule. A link-local address means something on its
 * interface only: it stands in its set together with it.
 */
#include "daemon/vrrp/firewall.h"

#include "lib/base/must.h"

void firewall_text_remove(const struct conf_nft *conf, struct buf *out)
{
	/* adding it first makes deleting it right whether it was there or not */
	buf_printf(out, "add table inet %s\ndelete table inet %s\n", conf->table, conf->table);
}

static void chain(const struct conf_nft *conf, const char *name, const char *hook,
		  const char *address, const char *ifname, struct buf *out)
{
	const char *drop = conf->counters ? "counter drop" : "drop";

	must(conf->table != NULL);
	buf_printf(out, "\tchain %s {\n\t\ttype filter hook %s priority %d; policy accept;\n", name,
		   hook, conf->priority);
	buf_puts(out, "\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n");
	buf_printf(out, "\t\tip %s @vips %s\n", address, drop);
	buf_printf(out, "\t\tip6 %s @vips6 %s\n", address, drop);
	buf_printf(out, "\t\tip6 %s . %s @vips_link_local %s\n\t}\n", address, ifname, drop);
}

void firewall_text_table(const struct conf_nft *conf, struct buf *out)
{
	firewall_text_remove(conf, out);
	buf_printf(out, "table inet %s {\n", conf->table);
	buf_puts(out, "\tset vips { type ipv4_addr; }\n\tset vips6 { type ipv6_addr; }\n");
	buf_puts(out, "\tset vips_link_local { type ipv6_addr . ifname; }\n");
	chain(conf, "in", "input", "daddr", "iifname", out);
	chain(conf, "out", "output", "saddr", "oifname", out);
	buf_puts(out, "}\n");
}

static void element(const struct conf_nft *conf, const struct plan_addr *a, bool add,
		    struct buf *out)
{
	const struct wire_ip *ip = &a->vip->ip;
	bool link_local = ip->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&ip->v6);
	char text[INET6_ADDRSTRLEN];

	must(ip->family == AF_INET || ip->family == AF_INET6);
	buf_printf(out, "%s element inet %s %s { %s", add ? "add" : "delete", conf->table,
		   link_local		   ? "vips_link_local"
		   : ip->family == AF_INET ? "vips"
					   : "vips6",
		   wire_ip_text(ip, text));
	if (link_local)
		buf_printf(out, " . \"%s\"", a->ifname);
	buf_puts(out, " }\n");
}

void firewall_text_vips(const struct conf_nft *conf, const struct conf_instance *instance, bool add,
			struct buf *out)
{
	plan_addrs all = {0};

	must(instance != NULL);
	if (instance->accept)
		return;
	plan_want(&all, instance);
	for (size_t i = 0; i < all.n; i++)
		element(conf, &all.at[i], add, out);
	vec_free(&all);
}
