/* The lists of an instance: virtual_ipaddress, unicast_peer, track_interface. One statement is one
 * item, with options behind it.
 */
#include "daemon/conf/draft.h"

#include <string.h>

/* ---- virtual_ipaddress ------------------------------------------------------------------------
 */

static bool vip_same(const struct conf_vip *a, const struct conf_vip *b, bool on_one_interface)
{
	return wire_ip_equal(&a->ip, &b->ip) &&
	       (!on_one_interface || !strcmp(a->ifname, b->ifname));
}

static bool vip_repeated(const struct conf_instance *i, const struct conf_vip *vip, bool excluded)
{
	const struct conf_vip *v;

	for (v = i->vips; v; v = v->next)
		if (vip_same(v, vip, excluded))
			return true;
	for (v = i->vips_excluded; v; v = v->next)
		if (vip_same(v, vip, true))
			return true;
	return false;
}

static void vip_add(struct conf_bind *b, const struct conf_stmt *s, struct draft_instance *i,
		    bool excluded)
{
	const struct conf_word *group;
	struct conf_vip *vip = kw_vip(b, s, false, &group);

	if (!vip)
		return;
	if (vip_repeated(i->out, vip, excluded)) {
		conf_warning(b->report, s->word[0].pos,
			     "%s is in instance %s already: this one is ignored", s->word[0].text,
			     i->out->name);
		return;
	}
	if (excluded)
		DRAFT_APPEND(i->out->vips_excluded, vip);
	else
		DRAFT_APPEND(i->out->vips, vip);
}

/* All addresses in adverts are of the instance's family, which the first of them decides (or the
 * source or a peer before it). */
static void *vip_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	sa_family_t family = strchr(s->word[0].text, ':') ? AF_INET6 : AF_INET;
	sa_family_t first = i->out->vips		? i->out->vips->ip.family
			    : i->out->source.family	? i->out->source.family
			    : i->out->peers		? i->out->peers->ip.family
			    : draft_on(&i->native_ipv6) ? AF_INET6
							: family;

	if (family != first) {
		conf_warning(
			b->report, s->word[0].pos,
			"instance %s is IPv%d: %s is ignored (virtual_ipaddress_excluded takes "
			"both families)",
			i->out->name, first == AF_INET ? 4 : 6, s->word[0].text);
		return NULL;
	}
	vip_add(b, s, i, false);
	return NULL;
}

static void *vip_excluded_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	vip_add(b, s, object, true);
	return NULL;
}

/* ---- unicast_peer -----------------------------------------------------------------------------
 */

static void peer_option(struct conf_bind *b, const struct conf_stmt *s, int *at,
			struct conf_unicast_peer *peer)
{
	static const struct kw_value range = {.kind = KW_INT, .hi = 255, .outside = KW_IGNORE};
	int was = *at;
	const struct kw_word *o = kw_option(b, kw_words_peer, s, at, "unicast_peer");
	struct draft_value v = {0};

	if (!o || !kw_store_word(b, &s->word[was + 1], o->name, &range, &v))
		return;
	if (!strcmp(o->name, "min_ttl"))
		peer->min_ttl = (uint8_t)v.v;
	else
		peer->max_ttl = (uint8_t)v.v;
}

static void *peer_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	struct conf_unicast_peer *peer = arena_new_object(b->arena, struct conf_unicast_peer);

	if (!kw_ip(b, &s->word[0], &peer->ip))
		return NULL;
	peer->max_ttl = 255;
	for (int at = 1; at < s->n_words;)
		peer_option(b, s, &at, peer);
	for (const struct conf_unicast_peer *p = i->out->peers; p; p = p->next)
		if (wire_ip_equal(&p->ip, &peer->ip)) {
			conf_warning(b->report, s->word[0].pos,
				     "peer %s is in instance %s already: this one is ignored",
				     s->word[0].text, i->out->name);
			return NULL;
		}
	DRAFT_APPEND(i->out->peers, peer);
	return NULL;
}

/* ---- track_interface --------------------------------------------------------------------------
 */

static void weight_store(struct conf_bind *b, const struct conf_word *w, struct conf_track_if *t)
{
	static const struct kw_value range = {
		.kind = KW_INT, .lo = -254, .hi = 254, .outside = KW_USE, .use = 0};
	struct draft_value v = {0};

	if (!kw_store_word(b, w, "weight", &range, &v))
		return;
	if (v.v == 254 || v.v == -254) {
		v.v += v.v > 0 ? -1 : 1;
		conf_warning(b->report, w->pos, "weight %s is not in -253..253: %d is used",
			     w->text, (int)v.v);
	}
	t->weight = (int)v.v;
}

void *kw_store_track_if(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct conf_track_if **list = object;
	struct conf_track_if *t = arena_new_object(b->arena, struct conf_track_if);

	if (!kw_ifname(b, &s->word[0], t->ifname))
		return NULL;
	for (int at = 1; at < s->n_words;) {
		const struct conf_word *w = &s->word[at];
		const struct kw_word *o =
			kw_option(b, kw_words_track_if, s, &at, "track_interface");

		if (o && !strcmp(o->name, "weight"))
			weight_store(b, w + 1, t);
		else if (o)
			t->reverse = true;
	}
	for (const struct conf_track_if *p = *list; p; p = p->next)
		if (!strcmp(p->ifname, t->ifname)) {
			conf_warning(b->report, s->word[0].pos,
				     "interface %s is tracked already: this one is ignored",
				     t->ifname);
			return NULL;
		}
	DRAFT_APPEND(*list, t);
	return NULL;
}

/* ---- tables -----------------------------------------------------------------------------------
 */

#define EACH(args_, help_, set_)                                                                   \
	{                                                                                          \
		.name = "*", .args = (args_), .help = (help_), .support = CONF_SUPPORTED,          \
		.max_args = CONF_ANY, .repeats = true, .set = (set_)                               \
	}

const struct conf_keyword kw_addresses[] = {
	EACH("IPADDR[/PREFIX] [dev IFNAME] [scope SCOPE] [label LABEL]", "one address", vip_store),
	KW_END,
};

const struct conf_keyword kw_addresses_excluded[] = {
	EACH("IPADDR[/PREFIX] [dev IFNAME] [scope SCOPE] [label LABEL]",
	     "one address that adverts do not name, of either family", vip_excluded_store),
	KW_END,
};

const struct conf_keyword kw_unicast_peers[] = {
	EACH("IPADDR [min_ttl N] [max_ttl N]", "one peer", peer_store),
	KW_END,
};

const struct conf_keyword kw_track_interfaces[] = {
	EACH("IFNAME [weight N [reverse]]",
	     "one interface; with weight 0 its loss means FAULT, otherwise a change of priority",
	     kw_store_track_if),
	KW_END,
};

const struct kw_word kw_words_peer[] = {
	KW_WORD("(address)", "IPADDR", "one peer", 0),
	KW_WORD("min_ttl", "0..255", "smallest accepted received TTL; enables source check", 1),
	KW_WORD("max_ttl", "0..255", "largest accepted received TTL; enables source check", 1),
	KW_END,
};

const struct kw_word kw_words_track_if[] = {
	KW_WORD("(entry)", "IFNAME [weight N [reverse]]", "one tracked object", 0),
	KW_WORD("weight", "-253..253 (254 clamped)",
		"priority adjustment instead of FAULT; 0 keeps FAULT", 1),
	KW_WORD("reverse", "after weight", "swap the direction of the adjustment", 0),
	KW_END,
};
