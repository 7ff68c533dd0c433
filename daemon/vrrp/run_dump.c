/* The state as text, for SIGUSR1, and the plan as text, for --dry-run.
 */
#include "daemon/vrrp/run_state.h"

#include <string.h>

static void dump_deadline(struct buf *out, const struct unit *u, mono_t now)
{
	mono_t at = vrrp_deadline(&u->router);

	if (!mono_is_never(at))
		buf_printf(out, "   Next event in %.6f s\n",
			   (double)mono_diff(at, now) / (double)NS_PER_S);
}

static void dump_stats(struct buf *out, const struct vrrp_stats *s)
{
	buf_printf(out, "   Advertisements: received %llu, sent %llu\n",
		   (unsigned long long)s->received, (unsigned long long)s->sent);
	buf_printf(out,
		   "   Became master %llu, released master %llu, priority zero received %llu, "
		   "sent %llu\n",
		   (unsigned long long)s->count[VRRP_CNT_BECAME_MASTER],
		   (unsigned long long)s->count[VRRP_CNT_RELEASED_MASTER],
		   (unsigned long long)s->count[VRRP_CNT_PRIORITY_ZERO_RECEIVED],
		   (unsigned long long)s->count[VRRP_CNT_PRIORITY_ZERO_SENT]);
	for (int drop = VRRP_DROP_NONE + 1; drop < VRRP_DROP_N; drop++)
		if (s->dropped[drop])
			buf_printf(out, "   Ignored, %s: %llu\n",
				   vrrp_drop_text((enum vrrp_drop)drop),
				   (unsigned long long)s->dropped[drop]);
}

static void dump_unit(struct buf *out, const struct unit *u, mono_t now)
{
	const struct conf_instance *c = u->conf;
	char ip[INET6_ADDRSTRLEN];
	plan_addrs all = {0};

	buf_printf(out, " VRRP Instance = %s\n", c->name);
	buf_printf(out, "   VRRP Version = %u\n", c->version);
	buf_printf(out, "   State = %s\n", vrrp_state_text(u->router.state));
	buf_printf(out, "   Interface = %s\n", c->ifname[0] ? c->ifname : "none");
	buf_printf(out, "   Virtual Router ID = %u\n", c->vrid);
	buf_printf(out, "   Priority = %u\n", c->priority);
	buf_printf(out, "   Effective priority = %u\n", u->router.priority);
	buf_printf(out, "   Advert interval = %lld ms\n", (long long)(c->advert_ns / NS_PER_MS));
	buf_printf(out, "   Source address = %s\n",
		   u->primary.family ? wire_ip_text(&u->primary, ip) : "none");
	if (c->group)
		buf_printf(out, "   Sync group = %s\n", c->group->name);
	dump_deadline(out, u, now);
	plan_want(&all, c);
	buf_printf(out, "   Virtual addresses = %zu%s\n", all.n, u->vips ? ", set" : "");
	for (size_t i = 0; i < all.n; i++)
		buf_printf(out, "     %s/%u dev %s\n", wire_ip_text(&all.at[i].vip->ip, ip),
			   all.at[i].vip->prefix_len, all.at[i].ifname);
	vec_free(&all);
	dump_stats(out, &u->stats);
}

void vrrp_run_dump(const struct vrrp_run *run, struct buf *out)
{
	mono_t now = mono_now();

	buf_puts(out, "------< VRRP instances >------\n");
	for (size_t i = 0; i < run->t.n_units; i++)
		dump_unit(out, &run->t.units[i], now);
	buf_puts(out, "------< VRRP sync groups >------\n");
	for (size_t i = 0; i < run->t.n_teams; i++) {
		const struct team *team = &run->t.teams[i];

		if (!team->conf)
			continue;
		buf_printf(out, " VRRP Sync Group = %s, %s\n", team->conf->name,
			   vrrp_state_text(team->state));
		for (unsigned j = 0; j < team->n; j++)
			buf_printf(out, "   member %s\n", team->members[j]->conf->name);
	}
	buf_puts(out, "------< Interfaces >------\n");
	for (size_t i = 0; i < run->links.link.n; i++) {
		const struct nl_link *l = &run->links.link.at[i];
		char mac[18];

		buf_printf(out, " %s index %d mac %s %s%s\n", l->ifname, l->ifindex,
			   wire_mac_text(l->mac, mac), l->up ? "up" : "down",
			   l->running ? ", running" : "");
	}
}

static void print_plan(const plan_addrs *old, const plan_addrs *new, struct buf *out)
{
	plan_ops ops = {0};

	plan_diff(old, new, &ops);
	for (size_t i = 0; i < ops.n; i++) {
		buf_puts(out, "    ");
		plan_print(&ops.at[i], out);
		buf_putc(out, '\n');
	}
	vec_free(&ops);
}

static void dry_instance(const struct conf_instance *c, const struct links *links, struct buf *out)
{
	plan_addrs all = {0}, left = {0}, none = {0};

	plan_want(&all, c);
	for (size_t i = 0; i < all.n && c->priority != 255; i++) {
		const struct nl_link *link = links_find(links, all.at[i].ifname);

		if (link &&
		    links_has(links, link->ifindex, &all.at[i].vip->ip, all.at[i].vip->prefix_len))
			*vec_push(&left) = all.at[i];
	}
	buf_printf(out, "vrrp_instance %s\n", c->name);
	if (left.n)
		buf_puts(out, "  at start, left by a predecessor:\n");
	print_plan(&left, &none, out);
	buf_puts(out, "  as MASTER:\n");
	print_plan(&none, &all, out);
	vec_free(&left);
	vec_free(&all);
}

int vrrp_run_dry(const struct vipd_conf *conf, struct buf *out)
{
	struct links links = {0};
	struct nl *nl;
	int err = nl_open(&nl);

	if (err)
		return err;
	err = links_read(&links, nl);
	for (const struct conf_instance *c = conf->instances; c && !err; c = c->next)
		dry_instance(c, &links, out);
	links_free(&links);
	nl_release(nl);
	return err;
}
