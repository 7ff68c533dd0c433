/* struct vipd_conf -> keepalived.conf: everything that was understood, in one form, with defaults
 * spelled out and corrections made. Reading it back gives the same again. Here: global_defs,
 * instances and groups; print_lvs.c has the services.
 */
#include "daemon/conf/draft.h"

#include <string.h>

static void print_word(struct buf *out, const char *before, const char *word, const char *after)
{
	buf_puts(out, before);
	conf_print_word(word, out);
	buf_puts(out, after);
}

static void print_seconds(struct buf *out, const char *name, int64_t ns)
{
	char text[32];

	buf_printf(out, "\t%s %s\n", name, conf_seconds_text(ns, text));
}

static void print_flag(struct buf *out, const char *name, bool on)
{
	if (on)
		buf_printf(out, "\t%s\n", name);
}

static void print_script(struct buf *out, const char *name, const struct conf_script *script)
{
	if (!script->argv)
		return;
	buf_printf(out, "\t%s ", name);
	conf_script_print(script, out);
	draft_print_user(script, out);
	buf_putc(out, '\n');
}

static void print_notify(struct buf *out, const struct conf_notify *n)
{
	print_script(out, "notify_master", &n->master);
	print_script(out, "notify_backup", &n->backup);
	print_script(out, "notify_fault", &n->fault);
	print_script(out, "notify_stop", &n->stop);
	print_script(out, "notify", &n->any);
	print_script(out, "notify_master_rx_lower_pri", &n->lower_priority);
	if (n->deleted_set && !n->deleted.argv)
		buf_puts(out, "\tnotify_deleted\n");
	print_script(out, "notify_deleted", &n->deleted);
}

static void print_track_ifs(struct buf *out, const struct conf_track_if *t)
{
	if (!t)
		return;
	buf_puts(out, "\ttrack_interface {\n");
	for (; t; t = t->next) {
		print_word(out, "\t\t", t->ifname, "");
		if (t->weight || t->reverse)
			buf_printf(out, " weight %d%s", t->weight, t->reverse ? " reverse" : "");
		buf_putc(out, '\n');
	}
	buf_puts(out, "\t}\n");
}

/* ---- global_defs ------------------------------------------------------------------------------
 */

static void print_syncd(struct buf *out, const struct conf_lvs_sync *s)
{
	char text[INET6_ADDRSTRLEN];

	if (!s->set)
		return;
	print_word(out, "\tlvs_sync_daemon ", s->ifname, "");
	if (s->instance)
		print_word(out, " inst ", s->instance->name, "");
	buf_printf(out, " id %u", s->syncid);
	if (s->maxlen_bytes)
		buf_printf(out, " maxlen %u", s->maxlen_bytes);
	if (s->port)
		buf_printf(out, " port %u", s->port);
	if (s->ttl)
		buf_printf(out, " ttl %u", s->ttl);
	if (s->group.family)
		buf_printf(out, " group %s", wire_ip_text(&s->group, text));
	buf_putc(out, '\n');
}

static void print_fifo(struct buf *out, const char *name, const struct conf_fifo *f)
{
	struct conf_script owner = {.user = f->user, .group = f->group};

	if (f->path) {
		buf_printf(out, "\t%s", name);
		print_word(out, " ", f->path, "");
		draft_print_user(&owner, out);
		buf_putc(out, '\n');
	}
	if (f->script.argv) {
		buf_printf(out, "\t%s_script ", name);
		conf_script_print(&f->script, out);
		draft_print_user(&f->script, out);
		buf_putc(out, '\n');
	}
}

static void print_global(struct buf *out, const struct conf_global *g)
{
	char text[INET6_ADDRSTRLEN];

	draft_print_daemon(&g->process, out);
	buf_puts(out, "global_defs {\n");
	draft_print_process(&g->process, out);
	if (g->router_id)
		print_word(out, "\trouter_id ", g->router_id, "\n");
	buf_printf(out, "\tvrrp_version %u\n", g->version);
	buf_printf(out, "\tvrrp_mcast_group4 %s\n", wire_ip_text(&g->mcast_group4, text));
	if (g->startup_delay_ns)
		print_seconds(out, "vrrp_startup_delay", g->startup_delay_ns);
	if (g->garp_interval_ns)
		print_seconds(out, "vrrp_garp_interval", g->garp_interval_ns);
	if (g->gna_interval_ns)
		print_seconds(out, "vrrp_gna_interval", g->gna_interval_ns);
	buf_printf(out, "\tnftables %s\n\tnftables_priority %d\n", g->nft.table, g->nft.priority);
	print_flag(out, "nftables_counters", g->nft.counters);
	print_flag(out, "vrrp_strict", g->strict);
	print_flag(out, "vrrp_check_unicast_src", g->check_unicast_src);
	print_flag(out, "vrrp_owner_ignore_adverts", g->owner_ignore_adverts);
	print_flag(out, "vrrp_skip_check_adv_addr", g->skip_check_adv_addr);
	print_flag(out, "lvs_flush", g->lvs_flush);
	print_syncd(out, &g->lvs_sync);
	if (g->script_user)
		print_word(out, "\tscript_user ", g->script_user, g->script_group ? " " : "\n");
	if (g->script_group)
		print_word(out, "", g->script_group, "\n");
	print_flag(out, "enable_script_security", g->script_security);
	print_fifo(out, "notify_fifo", &g->fifo);
	print_fifo(out, "vrrp_notify_fifo", &g->vrrp_fifo);
	print_flag(out, "fifo_write_vrrp_states_on_reload", g->fifo_states_on_reload);
	print_flag(out, "dynamic_interfaces", g->dynamic_interfaces);
	buf_puts(out, "}\n");
}

/* ---- instances --------------------------------------------------------------------------------
 */

static void print_vips(struct buf *out, const char *name, const struct conf_instance *i,
		       const struct conf_vip *v)
{
	if (!v)
		return;
	buf_printf(out, "\t%s {\n", name);
	for (; v; v = v->next) {
		buf_puts(out, "\t\t");
		draft_print_vip(v, v->ifname[0] ? v->ifname : i->ifname, out);
		buf_putc(out, '\n');
	}
	buf_puts(out, "\t}\n");
}

static void print_auth(struct buf *out, const struct conf_instance *i)
{
	char pass[VRRP_AUTH_BYTES + 1] = {0};

	if (i->auth == CONF_AUTH_NONE)
		return;
	memcpy(pass, i->auth_data, VRRP_AUTH_BYTES);
	buf_printf(out, "\tauthentication {\n\t\tauth_type %s\n",
		   i->auth == CONF_AUTH_AH ? "AH" : "PASS");
	print_word(out, "\t\tauth_pass ", pass, "\n\t}\n");
}

static void print_addressing(struct buf *out, const struct conf_instance *i)
{
	char text[INET6_ADDRSTRLEN];

	if (i->source.family)
		buf_printf(out, "\t%s %s\n", i->peers ? "unicast_src_ip" : "mcast_src_ip",
			   wire_ip_text(&i->source, text));
	if (!i->peers) {
		buf_printf(out, "\tmcast_dst_ip %s\n", wire_ip_text(&i->mcast_group, text));
		return;
	}
	buf_puts(out, "\tunicast_peer {\n");
	for (const struct conf_unicast_peer *p = i->peers; p; p = p->next)
		buf_printf(out, "\t\t%s min_ttl %u max_ttl %u\n", wire_ip_text(&p->ip, text),
			   p->min_ttl, p->max_ttl);
	buf_printf(out, "\t}\n\tunicast_ttl %u\n", i->unicast_ttl);
}

static void print_garp(struct buf *out, const struct conf_instance *i)
{
	buf_printf(out, "\tgarp_master_repeat %u\n", i->garp_repeat);
	print_seconds(out, "garp_master_delay", i->garp_delay_ns);
	print_seconds(out, "garp_master_refresh", i->garp_refresh_ns);
	buf_printf(out, "\tgarp_master_refresh_repeat %u\n", i->garp_refresh_repeat);
	buf_printf(out, "\tgarp_lower_prio_repeat %u\n", i->garp_lower_prio_repeat);
	print_seconds(out, "garp_lower_prio_delay", i->garp_lower_prio_delay_ns);
}

static void print_instance(struct buf *out, const struct conf_instance *i)
{
	print_word(out, "vrrp_instance ", i->name, " {\n");
	buf_printf(out, "\tversion %u\n", i->version);
	buf_printf(out, "\tstate %s\n", i->state_master ? "MASTER" : "BACKUP");
	print_word(out, "\tinterface ", i->ifname, "\n");
	buf_printf(out, "\tvirtual_router_id %u\n", i->vrid);
	buf_printf(out, "\tpriority %u\n", i->priority);
	print_seconds(out, "advert_int", i->advert_ns);
	buf_printf(out, "\tdown_timer_adverts %u\n", i->down_timer_adverts);
	buf_printf(out, "\t%s\n", i->nopreempt ? "nopreempt" : "preempt");
	if (i->preempt_delay_ns)
		print_seconds(out, "preempt_delay", i->preempt_delay_ns);
	buf_printf(out, "\t%s\n", i->accept ? "accept" : "no_accept");
	print_flag(out, "dont_track_primary", i->dont_track_primary);
	print_auth(out, i);
	draft_print_hmac(i->hmac, out);
	draft_print_cast(i, out);
	print_addressing(out, i);
	print_vips(out, "virtual_ipaddress", i, i->vips);
	print_vips(out, "virtual_ipaddress_excluded", i, i->vips_excluded);
	print_flag(out, "no_virtual_ipaddress", i->n_vips == 0);
	draft_print_paths(i->routes, i->rules, out);
	print_garp(out, i);
	buf_printf(out, "\tlower_prio_no_advert %s\n", i->lower_prio_no_advert ? "true" : "false");
	buf_printf(out, "\thigher_prio_send_advert %s\n",
		   i->higher_prio_send_advert ? "true" : "false");
	buf_printf(out, "\tskip_check_adv_addr %s\n", i->skip_check_adv_addr ? "true" : "false");
	buf_printf(out, "\tv3_checksum_as_v2 %s\n", i->v3_checksum_as_v2 ? "true" : "false");
	print_track_ifs(out, i->track_ifs);
	draft_print_tracks(i->tracks, out);
	print_flag(out, "notify_priority_changes", i->notify_priority_changes);
	print_notify(out, &i->notify);
	buf_puts(out, "}\n");
}

static void print_group(struct buf *out, const struct conf_sync_group *g)
{
	print_word(out, "vrrp_sync_group ", g->name, " {\n\tgroup {\n");
	for (const struct conf_sync_member *m = g->members; m; m = m->next)
		print_word(out, "\t\t", m->instance->name, "\n");
	buf_puts(out, "\t}\n");
	print_track_ifs(out, g->track_ifs);
	draft_print_tracks(g->tracks, out);
	print_flag(out, "sync_group_tracking_weight", g->tracking_weight);
	print_notify(out, &g->notify);
	buf_puts(out, "}\n");
}

void vipd_conf_print(const struct vipd_conf *conf, struct buf *out)
{
	print_global(out, &conf->global);
	draft_print_tracked(conf, out);
	draft_print_static(conf, out);
	for (const struct conf_sync_group *g = conf->groups; g; g = g->next)
		print_group(out, g);
	for (const struct conf_instance *i = conf->instances; i; i = i->next)
		print_instance(out, i);
	draft_print_lvs(conf, out);
}
