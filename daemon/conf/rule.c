/* Policy rules: virtual_rules and static_rules. One statement is one rule. A rule without a
 * priority gets 16384, the next one of its family 16383, and so on, as in keepalived.
 */
#include "daemon/conf/path.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define PRIORITY_FIRST 16384u

struct draft_rule {
	struct conf_rule *out;
	const struct conf_word *group;
	const struct conf_word *action; /* the word that said it */
	const struct conf_word *table_option;
	bool has_priority;
};

static void set_action(struct walk *w, struct draft_rule *d, const struct conf_word *word,
		       uint8_t action)
{
	if (d->action)
		walk_error(w, word,
			   "a rule has one of table, l3mdev, goto, nop, blackhole, prohibit, "
			   "unreachable");
	d->action = word;
	d->out->rule.action = action;
}

/* "5/0xff": the mark and the bits of it that count. */
static void fwmark(struct walk *w, struct nl_whole_rule *r)
{
	const struct conf_word *word = walk_need(w);
	unsigned long long mask = UINT32_MAX;
	char *end;

	if (!word)
		return;
	unsigned long long mark = strtoull(word->text, &end, 0);
	bool good = end != word->text && !strchr(word->text, '-') && mark <= UINT32_MAX;

	if (good && *end == '/') {
		const char *c = end + 1;

		mask = strtoull(c, &end, 0);
		good = end != c && mask <= UINT32_MAX;
	}
	if (!good || *end) {
		walk_error(w, word, "it is not a mark such as 5 or 5/0xff");
		return;
	}
	r->has_fwmark = true;
	r->fwmark = (uint32_t)mark;
	r->has_fwmask = mask != UINT32_MAX;
	r->fwmask = (uint32_t)mask;
}

static void ip_protocol(struct walk *w, struct nl_whole_rule *r)
{
	const struct conf_word *word = walk_need(w);
	char *end;

	if (!word)
		return;
	unsigned long v = strtoul(word->text, &end, 10);

	if (end == word->text || *end) {
		const struct protoent *known = getprotobyname(word->text);

		v = known && known->p_proto >= 0 ? (unsigned long)known->p_proto : 256;
	}
	if (v > 255) {
		walk_error(w, word, "it is not an IP protocol");
		return;
	}
	r->has_ipproto = true;
	r->ipproto = (uint8_t)v;
}

static bool store_selector(struct walk *w, struct nl_whole_rule *r)
{
	const struct conf_word *word = walk_peek(w);
	uint32_t v = 0, hi = 0;

	if (walk_skip(w, "inet")) {
		walk_family(w, word, AF_INET);
	} else if (walk_skip(w, "inet6")) {
		walk_family(w, word, AF_INET6);
	} else if (walk_skip(w, "from")) {
		walk_prefix(w, &r->from, &r->from_len);
	} else if (walk_skip(w, "to")) {
		walk_prefix(w, &r->to, &r->to_len);
	} else if (walk_skip(w, "not")) {
		r->invert = true;
	} else if (walk_skip(w, "tos") || walk_skip(w, "dsfield")) {
		walk_name(w, RTNAME_DSFIELD, &v);
		r->tos = (uint8_t)v;
	} else if (walk_skip(w, "fwmark")) {
		fwmark(w, r);
	} else if (walk_skip(w, "dev") || walk_skip(w, "iif")) {
		walk_ifname(w, r->iif);
	} else if (walk_skip(w, "oif")) {
		walk_ifname(w, r->oif);
	} else if (walk_skip(w, "tunnel-id")) {
		walk_number(w, UINT64_MAX, &r->tunnel_id);
	} else if (walk_skip(w, "uidrange")) {
		r->has_uids = walk_range(w, UINT32_MAX, &r->uid_lo, &r->uid_hi);
	} else if (walk_skip(w, "ipproto")) {
		ip_protocol(w, r);
	} else if (walk_skip(w, "sport")) {
		walk_range(w, UINT16_MAX, &v, &hi);
		r->sport_lo = (uint16_t)v;
		r->sport_hi = (uint16_t)hi;
	} else if (walk_skip(w, "dport")) {
		walk_range(w, UINT16_MAX, &v, &hi);
		r->dport_lo = (uint16_t)v;
		r->dport_hi = (uint16_t)hi;
	} else {
		return false;
	}
	return true;
}

static bool store_option(struct walk *w, struct draft_rule *d, bool is_static)
{
	const struct conf_word *word = walk_peek(w);
	struct nl_whole_rule *r = &d->out->rule;
	uint64_t v = 0;

	if (walk_skip(w, "preference") || walk_skip(w, "order") || walk_skip(w, "priority")) {
		d->has_priority = walk_u32(w, &r->priority);
	} else if (walk_skip(w, "protocol")) {
		walk_u8(w, &r->protocol);
	} else if (walk_skip(w, "realms")) {
		walk_family(w, word, AF_INET);
		walk_realms(w, &r->realms);
		d->table_option = word;
	} else if (walk_skip(w, "suppress_prefixlength") || walk_skip(w, "sup_pl")) {
		walk_number(w, INT32_MAX, &v);
		r->suppress_len = (int32_t)v;
		d->table_option = word;
	} else if (walk_skip(w, "suppress_ifgroup") || walk_skip(w, "sup_group")) {
		r->has_suppress_group = walk_name(w, RTNAME_GROUP, &r->suppress_group);
		d->table_option = word;
	} else if (walk_skip(w, "no_track")) {
		d->out->no_track = true;
	} else if (is_static && walk_skip(w, "track_group")) {
		d->group = walk_need(w);
	} else {
		return false;
	}
	return true;
}

static void store_action(struct walk *w, struct draft_rule *d)
{
	struct nl_whole_rule *r = &d->out->rule;

	walk_skip(w, "type");
	const struct conf_word *word = walk_need(w);

	if (!word)
		return;
	if (!strcmp(word->text, "table") || !strcmp(word->text, "lookup")) {
		set_action(w, d, word, FR_ACT_TO_TBL);
		if (walk_name(w, RTNAME_TABLE, &r->table) && r->table == 0)
			walk_error(w, word, "there is no table 0");
	} else if (!strcmp(word->text, "l3mdev")) {
		set_action(w, d, word, FR_ACT_TO_TBL);
		r->l3mdev = true;
	} else if (!strcmp(word->text, "goto")) {
		set_action(w, d, word, FR_ACT_GOTO);
		walk_u32(w, &r->target);
	} else if (!strcmp(word->text, "nop")) {
		set_action(w, d, word, FR_ACT_NOP);
	} else if (!strcmp(word->text, "blackhole")) {
		set_action(w, d, word, FR_ACT_BLACKHOLE);
	} else if (!strcmp(word->text, "unreachable")) {
		set_action(w, d, word, FR_ACT_UNREACHABLE);
	} else if (!strcmp(word->text, "prohibit")) {
		set_action(w, d, word, FR_ACT_PROHIBIT);
	} else {
		walk_error(w, word, "it is not a word of rules");
	}
}

static void check(struct walk *w, const struct draft_rule *d)
{
	const struct nl_whole_rule *r = &d->out->rule;

	if (!d->action)
		walk_error(w, &w->s->word[0], "the rule does nothing: table TABLE is missing");
	else if (r->action == FR_ACT_GOTO && !d->has_priority)
		walk_error(w, d->action, "it needs a priority");
	else if (r->action == FR_ACT_GOTO && r->priority >= r->target)
		walk_error(w, d->action, "it leads to a later rule only");
	else if (d->table_option && r->action != FR_ACT_TO_TBL)
		walk_error(w, d->table_option, "it is for rules that look up a table");
}

static void finish(struct walk *w, struct draft_rule *d)
{
	struct nl_whole_rule *r = &d->out->rule;
	const struct conf_word *first = &w->s->word[0];
	struct buf text = {0};

	r->family = w->family ? w->family : AF_INET;
	if (!d->out->no_track && r->protocol != NL_PROTO_KEEPALIVED) {
		conf_warning(w->b->report, first->pos,
			     "a rule of another protocol needs no_track: protocol %u is used",
			     NL_PROTO_KEEPALIVED);
		r->protocol = NL_PROTO_KEEPALIVED;
	}
	if (!d->has_priority) {
		unsigned *n = &kw_draft(w->b)->rules_without_priority[r->family == AF_INET6];

		r->priority = PRIORITY_FIRST - (*n)++;
		conf_warning(w->b->report, first->pos,
			     "the rule has no priority: %u is used, which is seldom what is meant",
			     r->priority);
	}
	nl_rule_text(r, &text);
	d->out->text = arena_strdup(w->b->arena, buf_text(&text));
	buf_free(&text);
}

struct conf_rule *path_rule(struct conf_bind *b, const struct conf_stmt *s, bool is_static,
			    const struct conf_word **group)
{
	struct walk w = {.b = b, .s = s, .what = "a rule"};
	struct draft_rule d = {.out = arena_new_object(b->arena, struct conf_rule)};

	d.out->pos = s->word[0].pos;
	d.out->rule.protocol = NL_PROTO_KEEPALIVED;
	d.out->rule.suppress_len = -1;
	while (!w.bad && walk_peek(&w))
		if (!store_selector(&w, &d.out->rule) && !store_option(&w, &d, is_static))
			store_action(&w, &d);
	if (!w.bad)
		check(&w, &d);
	if (!w.bad)
		finish(&w, &d);
	*group = d.group;
	return w.bad ? NULL : d.out;
}
