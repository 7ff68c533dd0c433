/* Lightweight tunnels of routes: `encap ip|ip6|mpls|ila ...`.
 */
#include "daemon/conf/path.h"

#include <errno.h>
#include <linux/lwtunnel.h>
#include <stdlib.h>
#include <string.h>

static bool tunnel_ip(struct walk *w, sa_family_t family, struct wire_ip *out)
{
	const struct conf_word *word = walk_need(w);

	if (!word || !kw_ip(w->b, word, out)) {
		w->bad = true;
		return false;
	}
	if (out->family == family)
		return true;
	walk_error(w, word, "the tunnel is of the other family");
	return false;
}

static bool tunnel_option(struct walk *w, struct nl_encap *e, sa_family_t family)
{
	bool six = family == AF_INET6;
	uint64_t v = 0;

	if (walk_skip(w, "id")) {
		e->has_id = walk_number(w, UINT64_MAX, &e->id);
	} else if (walk_skip(w, "dst")) {
		tunnel_ip(w, family, &e->dst);
	} else if (walk_skip(w, "src")) {
		tunnel_ip(w, family, &e->src);
	} else if (walk_skip(w, six ? "tc" : "tos")) {
		uint32_t tos = 0;

		e->has_tos = walk_name(w, RTNAME_DSFIELD, &tos);
		e->tos = (uint8_t)tos;
	} else if (walk_skip(w, six ? "hoplimit" : "ttl")) {
		e->has_ttl = walk_u8(w, &e->ttl);
	} else if (walk_skip(w, "flags")) {
		e->has_flags = walk_number(w, UINT16_MAX, &v);
		e->flags = (uint16_t)v;
	} else {
		return false;
	}
	return true;
}

static void tunnel(struct walk *w, const struct conf_word *at, struct nl_encap *e,
		   sa_family_t family)
{
	while (!w->bad && tunnel_option(w, e, family))
		;
	if (!w->bad && !e->dst.family && !e->has_id)
		walk_error(w, at, "a tunnel needs dst or id");
}

/* "100/200": each label has 20 bits. */
static void labels(struct walk *w, struct nl_encap *e)
{
	const struct conf_word *word = walk_need(w);
	const char *c = word ? word->text : "";

	while (word) {
		char *end;
		unsigned long v = strtoul(c, &end, 0);

		if (end == c || *c == '-' || v >= 1u << 20 || e->n_labels == NL_MPLS_LABELS_MAX ||
		    (*end && *end != '/')) {
			walk_error(w, word, "labels are numbers below 1048576, as in 100/200");
			return;
		}
		e->label[e->n_labels++] = (uint32_t)v;
		if (!*end)
			return;
		c = end + 1;
	}
}

/* Four groups of up to four hexadecimal digits: "1:2:3:4". */
static void locator(struct walk *w, struct nl_encap *e)
{
	const struct conf_word *word = walk_need(w);
	const char *c = word ? word->text : "";
	uint8_t bytes[8];

	for (unsigned i = 0; word && i < 4; i++) {
		char *end;
		unsigned long v = strtoul(c, &end, 16);

		if (end == c || *c == '-' || v > 0xffff || *end != (i < 3 ? ':' : '\0')) {
			walk_error(w, word, "a locator has four groups, as in 2001:db8:0:1");
			return;
		}
		bytes[(size_t)2 * i] = (uint8_t)(v >> 8);
		bytes[(size_t)2 * i + 1] = (uint8_t)v;
		c = end + 1;
	}
	if (word)
		memcpy(&e->locator, bytes, sizeof(bytes));
}

void path_encap(struct walk *w, struct nl_encap *out)
{
	const struct conf_word *kind = walk_need(w);

	memset(out, 0, sizeof(*out));
	if (!kind)
		return;
	if (!strcmp(kind->text, "ip")) {
		out->type = LWTUNNEL_ENCAP_IP;
		tunnel(w, kind, out, AF_INET);
	} else if (!strcmp(kind->text, "ip6")) {
		out->type = LWTUNNEL_ENCAP_IP6;
		tunnel(w, kind, out, AF_INET6);
	} else if (!strcmp(kind->text, "mpls")) {
		out->type = LWTUNNEL_ENCAP_MPLS;
		labels(w, out);
	} else if (!strcmp(kind->text, "ila")) {
		out->type = LWTUNNEL_ENCAP_ILA;
		locator(w, out);
	} else {
		walk_error(w, kind, "the kinds are ip, ip6, mpls and ila");
	}
}
