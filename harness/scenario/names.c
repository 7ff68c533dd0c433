/* Names and addresses in scenarios: what may be one, which thing one means, and what to say when it
 * means nothing: the nearest name that exists, or all of them. */
#include "harness/scenario/load.h"

#include "lib/base/vec.h"

#include <string.h>

#define LISTED_MAX 12 /* names listed in a message */

bool scn_check_name(struct conf_bind *b, const struct conf_word *w, const char *what,
		    size_t max_bytes)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char others[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789_-";
	size_t n = strlen(w->text);

	if (n == 0 || !strchr(letters, w->text[0]) || strspn(w->text, others) != n) {
		conf_error(b->report, w->pos,
			   "'%.80s' cannot be the name of a %s: a letter, then letters, digits, _ "
			   "or -",
			   w->text, what);
		return false;
	}
	if (n > max_bytes) {
		conf_error(b->report, w->pos,
			   "the name of a %s has at most %zu letters, this has %zu", what,
			   max_bytes, n);
		return false;
	}
	return true;
}

/* Says that a name means nothing. names ends with NULL. */
static void report_unknown(struct conf_bind *b, const struct conf_word *w, const char *what,
			   const char *const *names)
{
	const char *near = conf_nearest(w->text, names);
	struct buf all = {0};

	for (int i = 0; i < LISTED_MAX && names[i]; i++)
		buf_printf(&all, "%s%s", i ? ", " : "", names[i]);
	if (near)
		conf_error(b->report, w->pos, "unknown %s '%.80s'; did you mean '%s'?", what,
			   w->text, near);
	else if (all.len)
		conf_error(b->report, w->pos, "unknown %s '%.80s'; there is %s", what, w->text,
			   buf_text(&all));
	else
		conf_error(b->report, w->pos, "unknown %s '%.80s'; there is none", what, w->text);
	buf_free(&all);
}

/* Finds the item of a list whose name the word is; NULL: there is none, which was reported. */
#define find_by_name(b, w, what, list, found)                                                      \
	do {                                                                                       \
		VEC(const char *) names_ = {0};                                                    \
		(found) = (list);                                                                  \
		while ((found) && strcmp((found)->name, (w)->text) != 0) {                         \
			*vec_push(&names_) = (found)->name;                                        \
			(found) = (found)->next;                                                   \
		}                                                                                  \
		*vec_push(&names_) = NULL;                                                         \
		if (!(found))                                                                      \
			report_unknown((b), (w), (what), names_.at);                               \
		vec_free(&names_);                                                                 \
	} while (0)

struct scn_node *scn_find_node(struct conf_bind *b, const struct conf_word *w)
{
	struct scn_node *found;

	find_by_name(b, w, "node", scn_load(b)->s->nodes, found);
	return found;
}

struct scn_segment *scn_find_segment(struct conf_bind *b, const struct conf_word *w)
{
	struct scn_segment *found;

	find_by_name(b, w, "segment", scn_load(b)->s->segments, found);
	return found;
}

struct scn_traffic *scn_find_traffic(struct conf_bind *b, const struct conf_word *w)
{
	struct scn_traffic *found;

	find_by_name(b, w, "traffic", scn_load(b)->s->traffics, found);
	return found;
}

struct scn_port *scn_find_port(struct conf_bind *b, const struct scn_node *node,
			       const struct conf_word *w)
{
	VEC(const char *) names = {0};
	struct scn_port *port = node->ports;

	for (; port; port = port->next) {
		if (strcmp(port->segment->name, w->text) == 0 || strcmp(port->ifname, w->text) == 0)
			break;
		*vec_push(&names) = port->segment->name;
		*vec_push(&names) = port->ifname;
	}
	if (!port) {
		*vec_push(&names) = NULL;
		report_unknown(b, w, arena_printf(b->arena, "port of %s", node->name), names.at);
	}
	vec_free(&names);
	return port;
}

const char *scn_stmt_text(struct conf_bind *b, const struct conf_stmt *s)
{
	struct conf_stmt alone = *s;
	struct buf text = {0};

	alone.next = NULL;
	alone.block = NULL;
	conf_print(&(struct conf_block){.first = &alone}, &text);
	const char *copy = arena_strndup(b->arena, text.data, text.len - 1);

	buf_free(&text);
	return copy;
}

bool scn_ip_in(const struct conf_ip *ip, const struct conf_ip *prefix)
{
	if (prefix->family == 0 || ip->family != prefix->family)
		return false;
	for (int bit = 0; bit < prefix->prefix_len; bit++) {
		uint8_t mask = (uint8_t)(0x80 >> (bit % 8));

		if ((ip->bytes[bit / 8] & mask) != (prefix->bytes[bit / 8] & mask))
			return false;
	}
	return true;
}

bool scn_get_endpoint(struct conf_bind *b, const struct conf_word *w, struct conf_ip *ip,
		      uint16_t *port)
{
	const char *text = w->text, *colon = strrchr(text, ':');
	struct conf_word host = *w, tail = *w;

	if (text[0] == '[') {
		const char *close = strchr(text, ']');
		size_t n = close ? (size_t)(close - text) : 0;

		if (n < 2 || (close[1] != '\0' && close[1] != ':')) {
			conf_error(b->report, w->pos, "expected [IP6]:PORT, found '%.80s'", text);
			return false;
		}
		host.text = arena_strndup(b->arena, text + 1, n - 1);
		colon = close[1] == ':' ? close + 1 : NULL;
	} else if (colon && strchr(text, ':') != colon) {
		colon = NULL; /* a bare IPv6 address */
	} else if (colon) {
		host.text = arena_strndup(b->arena, text, (size_t)(colon - text));
	}
	if (!conf_get_ip(b, &host, ip))
		return false;
	if (ip->has_prefix) {
		conf_error(b->report, w->pos, "expected an address without prefix, found '%.80s'",
			   w->text);
		return false;
	}
	if (!colon)
		return true;
	tail.text = colon + 1;
	tail.pos.col += (int)(colon + 1 - text);
	return conf_get_port(b, &tail, port);
}
