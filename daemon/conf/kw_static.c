/* Lists of addresses, routes and rules: those that an instance has as MASTER, and those that are
 * there as long as the daemon runs; and track_group, by which instances depend on the latter.
 *
 * What an instance of a track_group needs is the interface of each static item: the item itself is
 * put back at once when it is gone.
 */
#include "daemon/conf/path.h"

#include <string.h>

const struct kw_word kw_words_static_path[] = {
	KW_WORD("(entry)", "same grammar as in an instance", "one permanent item", 0),
	KW_WORD("track_group", "NAME (needs dev)",
		"instances of that group fault while the item's interface is down", 1),
	KW_END,
};

void *kw_open_list(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)b;
	(void)s;
	return object;
}

/* ---- track_group ------------------------------------------------------------------------------
 */

static void *members_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct conf_track_group *g = object;

	for (int i = 0; i < s->n_words; i++) {
		struct conf_track_member *m = arena_new_object(b->arena, struct conf_track_member);

		m->name = s->word[i].text;
		DRAFT_APPEND(g->members, m);
	}
	return NULL;
}

static const struct conf_keyword members[] = {
	{.name = "*",
	 .args = "VRRP_INSTANCE ...",
	 .help = "members",
	 .support = CONF_SUPPORTED,
	 .max_args = CONF_ANY,
	 .repeats = true,
	 .set = members_store},
	KW_END,
};

const struct conf_keyword kw_track_group[] = {
	KW("group", "", "members of the static track group", .repeats = true, .set = kw_open_list,
	   .block = members),
	KW_END,
};

static struct conf_track_group *group_find(const struct vipd_conf *conf, const char *name)
{
	struct conf_track_group *g = conf->track_groups;

	while (g && strcmp(g->name, name) != 0)
		g = g->next;
	return g;
}

void *kw_new_track_group(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct conf_track_group *g = arena_new_object(b->arena, struct conf_track_group);
	struct vipd_conf *conf = kw_draft(b)->conf;

	(void)object;
	g->name = s->word[1].text;
	g->pos = s->word[1].pos;
	if (group_find(conf, g->name)) {
		conf_warning(b->report, g->pos, "there is a track_group %s already: ignored",
			     g->name);
		return NULL;
	}
	DRAFT_APPEND(conf->track_groups, g);
	return g;
}

static void join(struct conf_bind *b, const struct conf_word *group, const void *item,
		 const char *ifname, bool no_track)
{
	struct conf_track_group *g = group ? group_find(kw_draft(b)->conf, group->text) : NULL;

	if (!group)
		return;
	if (!g || !ifname[0] || no_track) {
		conf_warning(b->report, group->pos, "%s: track_group %s is ignored",
			     !g		? "no such group stands before it"
			     : no_track ? "what has no_track is not tracked"
					: "it names no interface",
			     group->text);
		return;
	}
	struct conf_track_need *need = arena_new_object(b->arena, struct conf_track_need);

	*need = (struct conf_track_need){.item = item, .ifname = ifname};
	DRAFT_APPEND(g->needs, need);
}

/* ---- lists ----------------------------------------------------------------------------------- */

static void *route_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	const struct conf_word *group;
	struct conf_route *r = path_route(b, s, false, &group);

	if (r)
		DRAFT_APPEND(i->out->routes, r);
	return NULL;
}

static void *rule_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	const struct conf_word *group;
	struct conf_rule *r = path_rule(b, s, false, &group);

	if (r)
		DRAFT_APPEND(i->out->rules, r);
	return NULL;
}

static void *static_addr_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct vipd_conf *conf = kw_draft(b)->conf;
	const struct conf_word *group;
	struct conf_vip *vip = kw_vip(b, s, true, &group);

	(void)object;
	if (vip && !vip->ifname[0])
		conf_error(b->report, s->word[0].pos, "a static address needs dev IFNAME");
	if (!vip || !vip->ifname[0])
		return NULL;
	DRAFT_APPEND(conf->static_addrs, vip);
	join(b, group, vip, vip->ifname, vip->no_track);
	return NULL;
}

static void *static_route_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct vipd_conf *conf = kw_draft(b)->conf;
	const struct conf_word *group;
	struct conf_route *r = path_route(b, s, true, &group);

	(void)object;
	if (!r)
		return NULL;
	DRAFT_APPEND(conf->static_routes, r);
	join(b, group, r, r->route.ifname, r->no_track);
	return NULL;
}

static void *static_rule_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct vipd_conf *conf = kw_draft(b)->conf;
	const struct conf_word *group;
	struct conf_rule *r = path_rule(b, s, true, &group);

	(void)object;
	if (!r)
		return NULL;
	DRAFT_APPEND(conf->static_rules, r);
	join(b, group, r, r->rule.iif, r->no_track);
	return NULL;
}

#define EACH(args_, help_, set_)                                                                   \
	{                                                                                          \
		.name = "*", .args = (args_), .help = (help_), .support = CONF_SUPPORTED,          \
		.max_args = CONF_ANY, .repeats = true, .set = (set_)                               \
	}
#define ROUTE_ARGS "[TYPE] DESTINATION [OPTION...] [nexthop HOP...]"
#define RULE_ARGS  "[SELECTOR...] ACTION [OPTION...]"

const struct conf_keyword kw_routes[] = {
	EACH(ROUTE_ARGS, "one route", route_store),
	KW_END,
};
const struct conf_keyword kw_rules[] = {
	EACH(RULE_ARGS, "one rule", rule_store),
	KW_END,
};
const struct conf_keyword kw_static_addresses[] = {
	EACH("IPADDR[/PREFIX] dev IFNAME [OPTION...]", "one permanent address", static_addr_store),
	KW_END,
};
const struct conf_keyword kw_static_routes[] = {
	EACH(ROUTE_ARGS, "one permanent route", static_route_store),
	KW_END,
};
const struct conf_keyword kw_static_rules[] = {
	EACH(RULE_ARGS, "one permanent rule", static_rule_store),
	KW_END,
};

/* ---- the end --------------------------------------------------------------------------------- */

static void need_all(struct arena *a, struct conf_instance *i, const struct conf_track_group *g)
{
	for (const struct conf_track_need *n = g->needs; n; n = n->next) {
		struct conf_track_if *t = arena_new_object(a, struct conf_track_if);

		memcpy(t->ifname, n->ifname, strlen(n->ifname) + 1);
		DRAFT_APPEND(i->static_ifs, t);
	}
}

void draft_finish_static(struct draft *d, struct conf_report *r)
{
	for (struct conf_track_group *g = d->conf->track_groups; g; g = g->next) {
		if (!g->members)
			conf_warning(r, g->pos, "track_group %s has no members", g->name);
		for (const struct conf_track_member *m = g->members; m; m = m->next) {
			struct conf_instance *i = d->conf->instances;

			while (i && strcmp(i->name, m->name) != 0)
				i = i->next;
			if (i)
				need_all(d->conf->arena, i, g);
			else
				conf_warning(r, g->pos, "track_group %s: no vrrp_instance %s",
					     g->name, m->name);
		}
	}
}

/* ---- print ----------------------------------------------------------------------------------- */

static void print_end(struct buf *out, const struct vipd_conf *conf, const void *item,
		      bool no_track)
{
	if (no_track)
		buf_puts(out, " no_track");
	for (const struct conf_track_group *g = conf ? conf->track_groups : NULL; g; g = g->next)
		for (const struct conf_track_need *n = g->needs; n; n = n->next)
			if (n->item == item) {
				buf_puts(out, " track_group ");
				conf_print_word(g->name, out);
			}
	buf_putc(out, '\n');
}

/* The nexthops come last: what else there is to say comes before the route's text. */
static void print_route(struct buf *out, const struct vipd_conf *conf, const struct conf_route *r)
{
	const char *hops = strstr(r->text, " nexthop ");

	buf_printf(out, "%.*s", hops ? (int)(hops - r->text) : (int)strlen(r->text), r->text);
	if (!hops) {
		print_end(out, conf, r, r->no_track);
		return;
	}
	struct buf end = {0};

	print_end(&end, conf, r, r->no_track);
	buf_printf(out, "%.*s%s\n", (int)end.len - 1, buf_text(&end), hops);
	buf_free(&end);
}

void draft_print_paths(const struct conf_route *routes, const struct conf_rule *rules,
		       struct buf *out)
{
	if (routes)
		buf_puts(out, "\tvirtual_routes {\n");
	for (const struct conf_route *r = routes; r; r = r->next) {
		buf_puts(out, "\t\t");
		print_route(out, NULL, r);
	}
	if (routes)
		buf_puts(out, "\t}\n");
	if (rules)
		buf_puts(out, "\tvirtual_rules {\n");
	for (const struct conf_rule *r = rules; r; r = r->next) {
		buf_printf(out, "\t\t%s", r->text);
		print_end(out, NULL, r, r->no_track);
	}
	if (rules)
		buf_puts(out, "\t}\n");
}

static void print_groups(const struct vipd_conf *conf, struct buf *out)
{
	for (const struct conf_track_group *g = conf->track_groups; g; g = g->next) {
		buf_puts(out, "track_group ");
		conf_print_word(g->name, out);
		buf_puts(out, " {\n\tgroup {\n");
		for (const struct conf_track_member *m = g->members; m; m = m->next) {
			buf_puts(out, "\t\t");
			conf_print_word(m->name, out);
			buf_putc(out, '\n');
		}
		buf_puts(out, "\t}\n}\n");
	}
}

void draft_print_static(const struct vipd_conf *conf, struct buf *out)
{
	print_groups(conf, out);
	if (conf->static_addrs)
		buf_puts(out, "static_ipaddress {\n");
	for (const struct conf_vip *v = conf->static_addrs; v; v = v->next) {
		buf_putc(out, '\t');
		draft_print_vip(v, v->ifname, out);
		print_end(out, conf, v, false);
	}
	if (conf->static_addrs)
		buf_puts(out, "}\n");
	if (conf->static_routes)
		buf_puts(out, "static_routes {\n");
	for (const struct conf_route *r = conf->static_routes; r; r = r->next) {
		buf_putc(out, '\t');
		print_route(out, conf, r);
	}
	if (conf->static_routes)
		buf_puts(out, "}\n");
	if (conf->static_rules)
		buf_puts(out, "static_rules {\n");
	for (const struct conf_rule *r = conf->static_rules; r; r = r->next) {
		buf_printf(out, "\t%s", r->text);
		print_end(out, conf, r, r->no_track);
	}
	if (conf->static_rules)
		buf_puts(out, "}\n");
}
