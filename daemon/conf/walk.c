/* The walk along the words of a route or rule (path.h).
 */
#include "daemon/conf/path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct conf_word *walk_peek(const struct walk *w)
{
	return w->at < w->s->n_words ? &w->s->word[w->at] : NULL;
}

bool walk_skip(struct walk *w, const char *word)
{
	const struct conf_word *next = walk_peek(w);

	if (!next || strcmp(next->text, word) != 0)
		return false;
	w->at++;
	return true;
}

const struct conf_word *walk_need(struct walk *w)
{
	const struct conf_word *next = walk_peek(w);

	if (next) {
		w->at++;
		return next;
	}
	must(w->s->n_words > 0 && w->s->word != NULL);
	conf_error(w->b->report, w->s->word[w->s->n_words - 1].pos, "'%s' needs a value behind it",
		   w->s->word[w->s->n_words - 1].text);
	w->bad = true;
	return NULL;
}

void walk_error(struct walk *w, const struct conf_word *at, const char *text)
{
	conf_error(w->b->report, at->pos, "'%s' in %s: %s", at->text, w->what, text);
	w->bad = true;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	return !errno && end != text && !*end && text[0] != '-' && *out <= max;
}

bool walk_number(struct walk *w, uint64_t max, uint64_t *out)
{
	const struct conf_word *word = walk_need(w);
	char text[64];

	if (word && parse_number(word->text, max, out))
		return true;
	if (word) {
		snprintf(text, sizeof(text), "it is not a number of 0..%llu",
			 (unsigned long long)max);
		walk_error(w, word, text);
	}
	return false;
}

bool walk_u32(struct walk *w, uint32_t *out)
{
	uint64_t v;

	if (!walk_number(w, UINT32_MAX, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool walk_u8(struct walk *w, uint8_t *out)
{
	uint64_t v;

	if (!walk_number(w, UINT8_MAX, &v))
		return false;
	*out = (uint8_t)v;
	return true;
}

bool walk_range(struct walk *w, uint32_t max, uint32_t *lo, uint32_t *hi)
{
	const struct conf_word *word = walk_need(w);
	uint64_t from = 0, to = 0;
	char text[32];

	if (!word)
		return false;
	size_t len = strcspn(word->text, "-");

	if (len < sizeof(text)) {
		memcpy(text, word->text, len);
		text[len] = '\0';
		if (parse_number(text, max, &from) &&
		    (word->text[len] ? parse_number(word->text + len + 1, max, &to)
				     : (to = from, true)) &&
		    from <= to) {
			*lo = (uint32_t)from;
			*hi = (uint32_t)to;
			return true;
		}
	}
	walk_error(w, word, "it is not a range such as 5-6");
	return false;
}

bool walk_ifname(struct walk *w, char out[static IFNAMSIZ])
{
	const struct conf_word *word = walk_need(w);

	if (word && kw_ifname(w->b, word, out))
		return true;
	w->bad = true;
	return false;
}

bool walk_family(struct walk *w, const struct conf_word *at, sa_family_t family)
{
	if (!w->family)
		w->family = family;
	if (w->family == family)
		return true;
	walk_error(w, at,
		   w->family == AF_INET ? "what stands before it is IPv4"
					: "what stands before it is IPv6");
	return false;
}

bool walk_ip(struct walk *w, struct wire_ip *out)
{
	const struct conf_word *word = walk_need(w);

	if (!word)
		return false;
	if (!kw_ip(w->b, word, out)) {
		w->bad = true;
		return false;
	}
	return walk_family(w, word, out->family);
}

bool walk_prefix(struct walk *w, struct wire_ip *out, uint8_t *len)
{
	const struct conf_word *word = walk_need(w);
	struct conf_ip ip;

	*len = 0;
	memset(out, 0, sizeof(*out));
	if (!word)
		return false;
	if (!strcmp(word->text, "default") || !strcmp(word->text, "any") ||
	    !strcmp(word->text, "all"))
		return true;
	if (!strcmp(word->text, "default6"))
		return walk_family(w, word, AF_INET6);
	if (!conf_get_ip(w->b, word, &ip)) {
		w->bad = true;
		return false;
	}
	out->family = ip.family;
	memcpy(out->bytes, ip.bytes, sizeof(out->bytes));
	*len = ip.prefix_len;
	return walk_family(w, word, ip.family);
}

bool walk_name(struct walk *w, enum rtname kind, uint32_t *out)
{
	const struct conf_word *word = walk_need(w);

	if (word && rtname_find(kind, word->text, out))
		return true;
	if (word)
		walk_error(w, word, "neither a number in range nor a name that iproute2 knows");
	return false;
}

/* "5" or "4/5": the realm that it goes to, and before the slash the one that it comes from. */
bool walk_realms(struct walk *w, uint32_t *out)
{
	const struct conf_word *word = walk_need(w);
	uint32_t from = 0, to = 0;
	char text[64];

	if (!word)
		return false;
	size_t len = strcspn(word->text, "/");
	const char *last = word->text[len] ? word->text + len + 1 : word->text;

	if (len < sizeof(text)) {
		memcpy(text, word->text, len);
		text[len] = '\0';
		if ((last == word->text || rtname_find(RTNAME_REALM, text, &from)) &&
		    rtname_find(RTNAME_REALM, last, &to)) {
			*out = from << 16 | to;
			return true;
		}
	}
	walk_error(w, word, "they are not realms");
	return false;
}
