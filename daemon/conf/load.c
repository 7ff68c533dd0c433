/* keepalived.conf -> struct vipd_conf: read the tree, fill drafts by the tables, finish them. As
 * keepalived, what can be corrected is corrected with a warning; errors, which keepalived ends
 * with, give no configuration. What is missing from the machine itself (an interface, a user) is
 * nobody's business here.
 */
#include "daemon/conf/draft.h"

#include <malloc.h>
#include <string.h>

static void finish_global(struct draft *d)
{
	const struct draft_global *g = &d->global;
	struct conf_global *out = &d->conf->global;

	out->startup_delay_ns = draft_or(&g->startup_delay, 0);
	out->strict = draft_on(&g->vrrp.strict);
	out->nft = (struct conf_nft){.table = g->nft_table ? g->nft_table : "vipd",
				     .priority = (int)draft_or(&g->nft_priority, -1),
				     .counters = draft_on(&g->nft_counters)};
	out->check_unicast_src = draft_on(&g->check_unicast_src);
	out->owner_ignore_adverts = draft_on(&g->owner_ignore_adverts);
	out->skip_check_adv_addr = draft_on(&g->vrrp.skip_check_adv_addr);
	out->version = (uint8_t)draft_or(&g->vrrp.version, 2);
	out->mcast_group4 = g->mcast4;
	if (!g->mcast4.family)
		must(wire_ip_parse("224.0.0.18", &out->mcast_group4));
	out->garp_interval_ns = draft_or(&g->garp_interval, 0);
	out->gna_interval_ns = draft_or(&g->gna_interval, 0);
	out->lvs_flush = draft_on(&g->lvs_flush);
	out->fifo_states_on_reload = draft_on(&g->fifo_states_on_reload);
	out->script_security = draft_on(&g->script_security);
	out->dynamic_interfaces = draft_on(&g->dynamic_interfaces);
}

/* Without an instance the daemon runs as master and backup at once. */
static void finish_syncd(struct draft *d, struct conf_report *r)
{
	const struct draft_global *g = &d->global;
	struct conf_lvs_sync *out = &d->conf->global.lvs_sync;
	const struct conf_instance *i = d->conf->instances;

	if (!g->sync_ifname.text)
		return;
	while (i && g->sync_instance.text && strcmp(i->name, g->sync_instance.text) != 0)
		i = i->next;
	if (g->sync_instance.text && !i) {
		conf_warning(r, g->sync_instance.at,
			     "there is no vrrp_instance %s: lvs_sync_daemon is ignored",
			     g->sync_instance.text);
		return;
	}
	out->set = true;
	memcpy(out->ifname, g->sync_ifname.text, strlen(g->sync_ifname.text) + 1);
	if (g->sync_instance.text)
		out->instance = i;
	out->syncid = (uint8_t)draft_or(&g->sync_id, out->instance ? out->instance->vrid : 0);
	out->maxlen_bytes = (uint16_t)draft_or(&g->sync_maxlen, 0);
	out->port = (uint16_t)draft_or(&g->sync_port, 0);
	out->ttl = (uint8_t)draft_or(&g->sync_ttl, 0);
	out->group = g->sync_group;
}

static struct vipd_conf *conf_build(struct arena *a, const struct conf_block *tree,
				    struct conf_report *r)
{
	struct vipd_conf *conf = arena_new_object(a, struct vipd_conf);
	struct draft d = {.conf = conf};
	struct conf_bind b = {.arena = a, .report = r, .root = &d, .strictness = CONF_WARNING};

	conf->arena = a;
	conf_bind_block(&b, tree, vipd_conf_keywords, &d, NULL);
	finish_global(&d);
	draft_finish_process(&d);
	draft_finish_vrrp(&d, r);
	draft_finish_groups(&d, r);
	draft_finish_tracks(&d, r);
	draft_finish_static(&d, r);
	finish_syncd(&d, r);
	draft_finish_lvs(&d, r);
	if (conf_report_errors(r) == 0) {
		arena_drop_scratch(a); /* the tree and the drafts: far more than what is kept */
		return conf;
	}
	arena_free(a);
	return NULL;
}

struct vipd_conf *vipd_conf_load(const char *path, const char *config_id, struct conf_report *r)
{
	const struct conf_options o = {.dialect = CONF_KEEPALIVED, .config_id = config_id};
	struct arena *a = arena_new();

	struct vipd_conf *conf = conf_build(a, conf_parse_file(a, path, &o, r), r);

	malloc_trim(0); /* what was for reading only goes back to the system */
	return conf;
}

struct vipd_conf *vipd_conf_parse(const char *name, const char *text, struct conf_report *r)
{
	const struct conf_options o = {.dialect = CONF_KEEPALIVED, .config_id = "test"};
	struct arena *a = arena_new();

	return conf_build(a, conf_parse_text(a, name, text, &o, r), r);
}

void vipd_conf_free(struct vipd_conf *conf)
{
	if (conf)
		arena_free(conf->arena);
}
