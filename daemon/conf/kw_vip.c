/* One address with its options: the items of virtual_ipaddress, virtual_ipaddress_excluded and
 * static_ipaddress.
 */
#include "daemon/conf/path.h"

#include <linux/rtnetlink.h>
#include <string.h>

#define ADDRESS_WORDS                                                                              \
	KW_WORD("(address)", "IPADDR[/PREFIX]", "the address itself", 0),                          \
		KW_WORD("dev", "IFNAME", "interface that receives the address", 1),                \
		KW_WORD("scope", "global|site|link|host|nowhere|NAME|0..255",                      \
			"IPv4 address scope", 1),                                                  \
		KW_WORD("brd", "IPv4ADDR | + | -",                                                 \
			"broadcast address; + sets host bits, - clears them", 1),                  \
		KW_WORD("broadcast", "IPv4ADDR | + | -", "alias of brd", 1),                       \
		KW_WORD("label", "STRING (under 16 chars), IPv4", "address label such as eth0:1",  \
			1),                                                                        \
		KW_WORD("peer", "IPADDR (no prefix accepted)",                                     \
			"remote end of a point-to-point address", 1),                              \
		KW_WORD("home", "", "IPv6 mobile home-address flag", 0),                           \
		KW_WORD("-nodad", "",                                                              \
			"leave IPv6 duplicate address detection on (it is off otherwise)", 0),     \
		KW_WORD("mngtmpaddr", "", "kernel derives temporary IPv6 addresses from it", 0),   \
		KW_WORD("noprefixroute", "", "do not let the kernel add a prefix route", 0),       \
		KW_WORD("autojoin", "", "join a multicast group address at Ethernet level", 0),    \
		KW_WORD("no_track", "", "removal by others does not fault the instance", 0),       \
		KW_WORD("preferred_lft", "SECS|forever",                                           \
			"preferred lifetime; 0 marks address deprecated", 1)

const struct kw_word kw_words_address[] = {
	ADDRESS_WORDS,
	KW_WORD_PLANNED("use_vmac", "", "put the address on a VMAC of its dev", 0),
	KW_END,
};

const struct kw_word kw_words_static_address[] = {
	KW_WORD("(entry)", "virtual_ipaddress grammar without use_vmac; dev required",
		"one permanent address", 0),
	ADDRESS_WORDS,
	KW_WORD("track_group", "NAME (needs dev)",
		"instances of that group fault while the address's interface is down", 1),
	KW_END,
};

struct draft_vip {
	struct conf_vip *out;
	char brd; /* '+' or '-' */
	bool has_lft;
};

static void scope_store(struct conf_bind *b, const struct conf_word *w, struct draft_vip *d)
{
	uint32_t scope;

	if (d->out->ip.family == AF_INET6)
		conf_warning(b->report, w->pos, "IPv6 addresses have no scope: it is ignored");
	else if (!rtname_find(RTNAME_SCOPE, w->text, &scope))
		conf_warning(b->report, w->pos, "unknown scope '%s': it is ignored", w->text);
	else
		d->out->scope = (uint8_t)scope;
}

static void label_store(struct conf_bind *b, const struct conf_word *w, struct draft_vip *d)
{
	size_t len = strlen(w->text);

	if (d->out->ip.family == AF_INET6)
		conf_warning(b->report, w->pos, "IPv6 addresses have no label: it is ignored");
	else if (len >= sizeof(d->out->label))
		conf_error(b->report, w->pos, "label '%s' is longer than %zu characters", w->text,
			   sizeof(d->out->label) - 1);
	else
		memcpy(d->out->label, w->text, len + 1);
}

static void brd_store(struct conf_bind *b, const struct conf_word *w, struct draft_vip *d)
{
	if (d->out->ip.family == AF_INET6) {
		conf_error(b->report, w->pos, "IPv6 has no broadcast addresses");
	} else if (!strcmp(w->text, "+") || !strcmp(w->text, "-")) {
		d->brd = w->text[0];
	} else if (kw_ip(b, w, &d->out->broadcast) && d->out->broadcast.family != AF_INET) {
		conf_error(b->report, w->pos, "'%s' is not an IPv4 address", w->text);
	}
}

static void peer_store(struct conf_bind *b, const struct conf_word *w, struct draft_vip *d)
{
	struct conf_vip *vip = d->out;
	uint8_t whole = vip->ip.family == AF_INET6 ? 128 : 32;
	struct wire_ip peer;

	if (vip->peer.family) {
		conf_warning(b->report, w->pos, "there is a peer already: this one is ignored");
		return;
	}
	if (!kw_ip(b, w, &peer))
		return;
	if (peer.family != vip->ip.family) {
		conf_error(b->report, w->pos, "peer %s is of the other family", w->text);
		return;
	}
	if (vip->prefix_len != whole)
		conf_warning(b->report, w->pos,
			     "an address with a peer has no prefix length of its own: /%u is used",
			     whole);
	vip->prefix_len = whole;
	vip->peer = peer;
}

static void lft_store(struct conf_bind *b, const struct conf_word *w, struct draft_vip *d)
{
	static const struct kw_value range = {
		.kind = KW_INT, .lo = 0, .hi = UINT32_MAX, .outside = KW_IGNORE};
	struct draft_value v = {0};

	if (d->out->ip.family != AF_INET6) {
		conf_warning(b->report, w->pos,
			     "only IPv6 addresses have preferred_lft: it is ignored");
		return;
	}
	d->has_lft = true;
	d->out->preferred_s = CONF_FOR_EVER;
	if (strcmp(w->text, "forever") != 0 && kw_store_word(b, w, "preferred_lft", &range, &v))
		d->out->preferred_s = (uint32_t)v.v;
}

static unsigned flag_of(const char *name)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{"home", NL_ADDR_HOME},
		{"mngtmpaddr", NL_ADDR_MNGTMPADDR},
		{"noprefixroute", NL_ADDR_NOPREFIXROUTE},
		{"autojoin", NL_ADDR_AUTOJOIN},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (!strcmp(flags[i].name, name))
			return flags[i].flag;
	return 0;
}

static void option_store(struct conf_bind *b, const struct kw_word *o, const struct conf_word *w,
			 struct draft_vip *d)
{
	if (!strcmp(o->name, "dev"))
		kw_ifname(b, w + 1, d->out->ifname);
	else if (!strcmp(o->name, "label"))
		label_store(b, w + 1, d);
	else if (!strcmp(o->name, "scope"))
		scope_store(b, w + 1, d);
	else if (!strcmp(o->name, "brd") || !strcmp(o->name, "broadcast"))
		brd_store(b, w + 1, d);
	else if (!strcmp(o->name, "peer"))
		peer_store(b, w + 1, d);
	else if (!strcmp(o->name, "preferred_lft"))
		lft_store(b, w + 1, d);
	else if (!strcmp(o->name, "-nodad"))
		d->out->dad = true;
	else if (!strcmp(o->name, "no_track"))
		d->out->no_track = true;
	else
		d->out->flags |= flag_of(o->name);
}

/* Host bits all ones or all zeros, in the subnet of the address. */
static void finish_brd(struct conf_bind *b, const struct conf_stmt *s, struct draft_vip *d)
{
	struct conf_vip *vip = d->out;

	if (!d->brd && !vip->broadcast.family)
		return;
	if (vip->peer.family || (d->brd && vip->prefix_len > 30)) {
		conf_warning(b->report, s->word[0].pos,
			     vip->peer.family
				     ? "an address with a peer has no broadcast: it is ignored"
				     : "the subnet is too small for a broadcast: it is ignored");
		vip->broadcast = (struct wire_ip){0};
		return;
	}
	if (!d->brd)
		return;
	uint32_t host = vip->prefix_len ? UINT32_MAX >> vip->prefix_len : UINT32_MAX;
	uint32_t ip = ntohl(vip->ip.v4.s_addr);

	vip->broadcast.family = AF_INET;
	vip->broadcast.v4.s_addr = htonl(d->brd == '+' ? ip | host : ip & ~host);
}

/* An address of its own network is there for clients, not to be spoken from. */
static void finish_lft(struct draft_vip *d)
{
	bool own = d->out->ip.family == AF_INET6 && d->out->prefix_len == 128;

	if (!d->has_lft)
		d->out->preferred_s = own ? 0 : CONF_FOR_EVER;
}

struct conf_vip *kw_vip(struct conf_bind *b, const struct conf_stmt *s, bool is_static,
			const struct conf_word **group)
{
	struct draft_vip d = {.out = arena_new_object(b->arena, struct conf_vip)};
	struct conf_ip ip;

	*group = NULL;
	if (!conf_get_ip(b, &s->word[0], &ip))
		return NULL;
	d.out->ip.family = ip.family;
	memcpy(d.out->ip.bytes, ip.bytes, sizeof(d.out->ip.bytes));
	d.out->prefix_len = ip.prefix_len;
	for (int at = 1; at < s->n_words;) {
		const struct conf_word *w = &s->word[at];
		const struct kw_word *o =
			kw_option(b, is_static ? kw_words_static_address : kw_words_address, s, &at,
				  "an address");

		if (o && !strcmp(o->name, "track_group"))
			*group = w + 1;
		else if (o)
			option_store(b, o, w, &d);
	}
	finish_brd(b, s, &d);
	finish_lft(&d);
	return d.out;
}

/* ---- print ----------------------------------------------------------------------------------- */

static void print_scope(struct buf *out, uint8_t scope)
{
	switch (scope) {
	case RT_SCOPE_UNIVERSE:
		return;
	case RT_SCOPE_SITE:
		buf_puts(out, " scope site");
		return;
	case RT_SCOPE_LINK:
		buf_puts(out, " scope link");
		return;
	case RT_SCOPE_HOST:
		buf_puts(out, " scope host");
		return;
	case RT_SCOPE_NOWHERE:
		buf_puts(out, " scope nowhere");
		return;
	}
	buf_printf(out, " scope %u", scope);
}

static void print_flags(const struct conf_vip *v, struct buf *out)
{
	static const struct {
		const char *name;
		unsigned flag;
	} flags[] = {
		{" home", NL_ADDR_HOME},
		{" mngtmpaddr", NL_ADDR_MNGTMPADDR},
		{" noprefixroute", NL_ADDR_NOPREFIXROUTE},
		{" autojoin", NL_ADDR_AUTOJOIN},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (v->flags & flags[i].flag)
			buf_puts(out, flags[i].name);
	if (v->no_track)
		buf_puts(out, " no_track");
	if (v->ip.family != AF_INET6)
		return;
	if (v->dad)
		buf_puts(out, " -nodad");
	if (v->preferred_s == CONF_FOR_EVER)
		buf_puts(out, " preferred_lft forever");
	else
		buf_printf(out, " preferred_lft %u", v->preferred_s);
}

void draft_print_vip(const struct conf_vip *v, const char *ifname, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	buf_printf(out, "%s/%u dev ", wire_ip_text(&v->ip, text), v->prefix_len);
	conf_print_word(ifname, out);
	print_scope(out, v->scope);
	if (v->broadcast.family)
		buf_printf(out, " brd %s", wire_ip_text(&v->broadcast, text));
	if (v->peer.family)
		buf_printf(out, " peer %s", wire_ip_text(&v->peer, text));
	if (v->label[0]) {
		buf_puts(out, " label ");
		conf_print_word(v->label, out);
	}
	print_flags(v, out);
}
