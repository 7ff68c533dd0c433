/* Routes: virtual_routes and static_routes. One statement is one route; its words come in any
 * order, the nexthops last.
 *
 * `inet` and `inet6` say the family and nothing else. (keepalived loses the word behind them:
 * docs/differences.md.)
 */
#include "daemon/conf/path.h"

#include <linux/lwtunnel.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define RTT_MIN_MS 200u
#define RTT_MAX_MS 120000u

struct draft_route {
	struct conf_route *out;
	const struct conf_word *group; /* track_group */
	struct nl_hop hops[NL_HOPS_MAX];
	bool has_dst, has_or;
};

static bool route_type(const char *text, uint8_t *out)
{
	static const struct {
		const char *name;
		uint8_t type;
	} types[] = {
		{"local", RTN_LOCAL},	      {"nat", RTN_NAT},
		{"broadcast", RTN_BROADCAST}, {"brd", RTN_BROADCAST},
		{"anycast", RTN_ANYCAST},     {"multicast", RTN_MULTICAST},
		{"prohibit", RTN_PROHIBIT},   {"unreachable", RTN_UNREACHABLE},
		{"blackhole", RTN_BLACKHOLE}, {"xresolve", RTN_XRESOLVE},
		{"unicast", RTN_UNICAST},     {"throw", RTN_THROW},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(text, types[i].name)) {
			*out = types[i].type;
			return true;
		}
	return false;
}

/* ---- metrics --------------------------------------------------------------------------------- */

static const struct metric {
	const char *name;
	uint8_t number;
	bool lockable;
	uint8_t per_ms; /* a round trip time: units of the kernel in one ms */
	uint32_t max;
} metrics[] = {
	{"mtu", RTAX_MTU, true, 0, UINT32_MAX},
	{"advmss", RTAX_ADVMSS, true, 0, UINT32_MAX},
	{"rtt", RTAX_RTT, true, 8, 0},
	{"rttvar", RTAX_RTTVAR, true, 4, 0},
	{"rto_min", RTAX_RTO_MIN, true, 1, 0},
	{"reordering", RTAX_REORDERING, true, 0, UINT32_MAX},
	{"window", RTAX_WINDOW, false, 0, UINT32_MAX},
	{"cwnd", RTAX_CWND, true, 0, UINT32_MAX},
	{"ssthresh", RTAX_SSTHRESH, true, 0, UINT32_MAX},
	{"hoplimit", RTAX_HOPLIMIT, false, 0, 255},
	{"initcwnd", RTAX_INITCWND, false, 0, UINT32_MAX},
	{"initrwnd", RTAX_INITRWND, false, 0, UINT32_MAX},
	{"quickack", RTAX_QUICKACK, false, 0, 1},
	{"fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, false, 0, 1},
};

/* "1.5s", "300ms", or a number in the kernel's own units; within 200 ms and 120 s. */
static bool rtt_read(struct walk *w, const struct metric *m, uint32_t *out)
{
	const struct conf_word *word = walk_need(w);
	double lo = (double)RTT_MIN_MS * m->per_ms, hi = (double)RTT_MAX_MS * m->per_ms, v;
	char *end;

	if (!word)
		return false;
	v = strtod(word->text, &end);
	bool plain = strspn(word->text, "0123456789.") == (size_t)(end - word->text);

	if (!strcasecmp(end, "s") || !strcasecmp(end, "sec") || !strcasecmp(end, "secs"))
		v *= 1000.0 * m->per_ms;
	else if (!strcasecmp(end, "ms") || !strcasecmp(end, "msec") || !strcasecmp(end, "msecs"))
		v *= m->per_ms;
	else if (*end)
		plain = false;
	if (end == word->text || !plain) {
		walk_error(w, word, "it is not a time such as 1.5s or 300ms");
		return false;
	}
	if (v < lo || v > hi) {
		conf_warning(w->b->report, word->pos, "%s %s is not in 200ms..120s: %s is used",
			     m->name, word->text, v < lo ? "200ms" : "120s");
		v = v < lo ? lo : hi;
	}
	*out = (uint32_t)v;
	return true;
}

static bool store_metric(struct walk *w, struct nl_whole_route *r)
{
	for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
		const struct metric *m = &metrics[i];
		uint64_t v = 0;

		if (!walk_skip(w, m->name))
			continue;
		if (m->lockable && walk_skip(w, "lock"))
			r->lock |= 1u << m->number;
		r->has_metrics |= 1u << m->number;
		if (m->per_ms) {
			rtt_read(w, m, &r->metrics[m->number]);
		} else {
			walk_number(w, m->max, &v);
			r->metrics[m->number] = (uint32_t)v;
		}
		return true;
	}
	return false;
}

static bool store_tcp(struct walk *w, struct nl_whole_route *r)
{
	const struct conf_word *word;

	if (walk_skip(w, "features")) {
		word = walk_need(w);
		if (word && strcmp(word->text, "ecn") != 0)
			walk_error(w, word, "the only feature is ecn");
		r->has_metrics |= 1u << RTAX_FEATURES;
		r->metrics[RTAX_FEATURES] = RTAX_FEATURE_ECN;
		return true;
	}
	if (!walk_skip(w, "congctl"))
		return false;
	if (walk_skip(w, "lock"))
		r->lock |= 1u << RTAX_CC_ALGO;
	word = walk_need(w);
	if (word)
		r->congctl = word->text;
	return true;
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void gateway(struct walk *w, struct wire_ip *out)
{
	const struct conf_word *word = walk_peek(w);

	if (walk_skip(w, "inet"))
		walk_family(w, word, AF_INET);
	else if (walk_skip(w, "inet6"))
		walk_family(w, word, AF_INET6);
	walk_ip(w, out);
}

static void destination(struct walk *w, struct draft_route *d)
{
	struct nl_whole_route *r = &d->out->route;

	walk_skip(w, "to");
	const struct conf_word *word = walk_peek(w);

	if (word && route_type(word->text, &r->type))
		w->at++;
	word = walk_peek(w);
	if (!word || (strspn(word->text, "0123456789abcdefABCDEF:./") != strlen(word->text) &&
		      strcmp(word->text, "default") != 0 && strcmp(word->text, "any") != 0 &&
		      strcmp(word->text, "all") != 0 && strcmp(word->text, "default6") != 0)) {
		if (word)
			walk_error(w, word, "neither a word of routes nor a destination");
		else
			walk_need(w);
		return;
	}
	d->has_dst = walk_prefix(w, &r->dst, &r->dst_len);
}

/* Two gateways of equal weight, as it was said before `nexthop`. */
static void alternative(struct walk *w, const struct conf_word *word, struct draft_route *d)
{
	struct nl_whole_route *r = &d->out->route;

	conf_warning(w->b->report, word->pos,
		     "alternatives are deprecated: say nexthop via A nexthop via B");
	if (r->n_hops == 0) {
		d->hops[r->n_hops++] = (struct nl_hop){.via = r->via};
		r->via = (struct wire_ip){0};
	}
	d->has_or = true;
	if (r->n_hops == NL_HOPS_MAX) {
		walk_error(w, word, "too many gateways");
		return;
	}
	d->hops[r->n_hops] = (struct nl_hop){0};
	walk_ip(w, &d->hops[r->n_hops++].via);
}

static void as(struct walk *w, const struct conf_word *word)
{
	walk_skip(w, "to");
	walk_need(w);
	conf_warning(w->b->report, word->pos, "'as' is for MPLS routes: it is ignored");
}

static bool store_place(struct walk *w, struct draft_route *d)
{
	const struct conf_word *word = walk_peek(w);
	struct nl_whole_route *r = &d->out->route;

	if (walk_skip(w, "inet")) {
		walk_family(w, word, AF_INET);
	} else if (walk_skip(w, "inet6")) {
		walk_family(w, word, AF_INET6);
	} else if (walk_skip(w, "src")) {
		walk_ip(w, &r->prefsrc);
	} else if (walk_skip(w, "via") || walk_skip(w, "gw")) {
		gateway(w, &r->via);
	} else if (walk_skip(w, "from")) {
		walk_family(w, word, AF_INET6);
		walk_prefix(w, &r->src, &r->src_len);
	} else if (walk_skip(w, "dev") || walk_skip(w, "oif")) {
		walk_ifname(w, r->ifname);
	} else if (walk_skip(w, "vrf")) {
		walk_ifname(w, r->vrf);
	} else if (walk_skip(w, "onlink")) {
		r->onlink = true;
	} else if (walk_skip(w, "or")) {
		alternative(w, word, d);
	} else if (walk_skip(w, "as")) {
		as(w, word);
	} else {
		return false;
	}
	return true;
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void preference(struct walk *w, struct nl_whole_route *r)
{
	const struct conf_word *word = walk_peek(w);

	if (word)
		walk_family(w, word, AF_INET6);
	r->has_pref = true;
	if (walk_skip(w, "low"))
		r->pref = 3;
	else if (walk_skip(w, "medium"))
		r->pref = 0;
	else if (walk_skip(w, "high"))
		r->pref = 1;
	else
		walk_u8(w, &r->pref);
}

static void ttl_propagate(struct walk *w, struct nl_whole_route *r)
{
	const struct conf_word *word = walk_peek(w);

	r->has_ttl_propagate = true;
	if (walk_skip(w, "enabled"))
		r->ttl_propagate = true;
	else if (!walk_skip(w, "disabled") && (word || (word = walk_need(w))))
		walk_error(w, word, "it is enabled or disabled");
}

static bool store_number(struct walk *w, struct nl_whole_route *r)
{
	const struct conf_word *word = walk_peek(w);
	uint32_t v = 0;

	if (walk_skip(w, "tos") || walk_skip(w, "dsfield")) {
		walk_name(w, RTNAME_DSFIELD, &v);
		r->tos = (uint8_t)v;
	} else if (walk_skip(w, "table")) {
		if (walk_name(w, RTNAME_TABLE, &r->table) && r->table == 0)
			r->table = RT_TABLE_MAIN;
	} else if (walk_skip(w, "protocol")) {
		walk_name(w, RTNAME_PROTO, &v);
		r->protocol = (uint8_t)v;
	} else if (walk_skip(w, "scope")) {
		r->has_scope = walk_name(w, RTNAME_SCOPE, &v);
		r->scope = (uint8_t)v;
	} else if (walk_skip(w, "metric") || walk_skip(w, "priority") ||
		   walk_skip(w, "preference")) {
		r->has_metric = walk_u32(w, &r->metric);
	} else if (walk_skip(w, "expires")) {
		walk_family(w, word, AF_INET6);
		r->has_expires = walk_u32(w, &r->expires_s);
	} else if (walk_skip(w, "realms")) {
		walk_family(w, word, AF_INET);
		walk_realms(w, &r->realms);
	} else if (walk_skip(w, "pref")) {
		preference(w, r);
	} else if (walk_skip(w, "ttl-propagate")) {
		ttl_propagate(w, r);
	} else {
		return false;
	}
	return true;
}

static bool store_mode(struct walk *w, struct draft_route *d, bool is_static)
{
	struct nl_whole_route *r = &d->out->route;

	if (walk_skip(w, "add"))
		r->mode = NL_ROUTE_ADD;
	else if (walk_skip(w, "prepend"))
		r->mode = NL_ROUTE_PREPEND;
	else if (walk_skip(w, "append"))
		r->mode = NL_ROUTE_APPEND;
	else if (walk_skip(w, "no_track"))
		d->out->no_track = true;
	else if (is_static && walk_skip(w, "track_group"))
		d->group = walk_need(w);
	else if (walk_skip(w, "encap"))
		path_encap(w, &r->encap);
	else
		return false;
	return true;
}

/* ---- nexthops -------------------------------------------------------------------------------- */

static bool hop_option(struct walk *w, struct nl_hop *h)
{
	const struct conf_word *word = walk_peek(w);
	uint64_t weight = 0;

	if (walk_skip(w, "via")) {
		gateway(w, &h->via);
	} else if (walk_skip(w, "dev")) {
		walk_ifname(w, h->ifname);
	} else if (walk_skip(w, "weight")) {
		word = walk_peek(w);
		if (walk_number(w, 256, &weight) && weight == 0)
			walk_error(w, word, "weights are 1..256");
		h->weight = (uint16_t)weight;
	} else if (walk_skip(w, "onlink")) {
		h->onlink = true;
	} else if (walk_skip(w, "realms")) {
		walk_family(w, word, AF_INET);
		walk_realms(w, &h->realms);
	} else if (walk_skip(w, "encap")) {
		path_encap(w, &h->encap);
	} else if (walk_skip(w, "as")) {
		as(w, word);
	} else {
		return false;
	}
	return true;
}

static void nexthops(struct walk *w, struct draft_route *d)
{
	struct nl_whole_route *r = &d->out->route;
	const struct conf_word *word = walk_peek(w);

	if (d->has_or && word) {
		walk_error(w, word, "with 'or' there are no nexthops");
		return;
	}
	while (!w->bad && walk_skip(w, "nexthop")) {
		if (r->n_hops == NL_HOPS_MAX) {
			walk_error(w, word, "too many nexthops");
			return;
		}
		struct nl_hop *h = &d->hops[r->n_hops++];

		memset(h, 0, sizeof(*h));
		while (!w->bad && hop_option(w, h))
			;
	}
	word = walk_peek(w);
	if (!w->bad && word)
		walk_error(w, word, "not a word of nexthops, which come last");
}

/* ---- one route ------------------------------------------------------------------------------- */

static void finish(struct walk *w, struct draft_route *d)
{
	struct conf_route *out = d->out;
	struct nl_whole_route *r = &out->route;
	const struct conf_word *first = &w->s->word[0];

	if (!d->has_dst) {
		walk_error(w, first, "there is no destination");
		return;
	}
	r->family = w->family ? w->family : AF_INET;
	r->dst.family = r->family;
	if (!out->no_track && r->protocol != NL_PROTO_KEEPALIVED) {
		conf_warning(w->b->report, first->pos,
			     "a route of another protocol needs no_track: protocol %u is used",
			     NL_PROTO_KEEPALIVED);
		r->protocol = NL_PROTO_KEEPALIVED;
	}
	if (r->n_hops) {
		struct nl_hop *hops = arena_array(w->b->arena, r->n_hops, sizeof(*hops));

		memcpy(hops, d->hops, r->n_hops * sizeof(*hops));
		r->hops = hops;
	}
	struct buf text = {0};

	nl_route_key(r, &text);
	out->key = arena_strdup(w->b->arena, buf_text(&text));
	buf_clear(&text);
	nl_route_text(r, &text);
	out->text = arena_strdup(w->b->arena, buf_text(&text));
	buf_free(&text);
}

struct conf_route *path_route(struct conf_bind *b, const struct conf_stmt *s, bool is_static,
			      const struct conf_word **group)
{
	struct walk w = {.b = b, .s = s, .what = "a route"};
	struct draft_route d = {.out = arena_new_object(b->arena, struct conf_route)};

	d.out->pos = s->word[0].pos;
	d.out->route.type = RTN_UNICAST;
	d.out->route.table = RT_TABLE_MAIN;
	d.out->route.protocol = NL_PROTO_KEEPALIVED;
	while (!w.bad && walk_peek(&w) && strcmp(walk_peek(&w)->text, "nexthop") != 0)
		if (!store_place(&w, &d) && !store_number(&w, &d.out->route) &&
		    !store_metric(&w, &d.out->route) && !store_tcp(&w, &d.out->route) &&
		    !store_mode(&w, &d, is_static))
			destination(&w, &d);
	if (!w.bad)
		nexthops(&w, &d);
	if (!w.bad)
		finish(&w, &d);
	*group = d.group;
	return w.bad ? NULL : d.out;
}
