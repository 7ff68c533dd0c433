/* Storing one value: the functions that most keyword rows share. A row says where its value goes,
 * what range it has and what becomes of it out of range (struct kw_value); here that is read,
 * checked and kept with its position. keepalived corrects most numbers that are out of range and
 * goes on; a word that is no number at all is an error here.
 */
#include "daemon/conf/draft.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

const struct kw_word *kw_word_find(const struct kw_word *words, const char *name)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name))
			return words;
	return NULL;
}

void kw_warn_planned(struct conf_bind *b, const struct conf_word *w, const char *instead)
{
	conf_warning(b->report, w->pos, "'%s' is known but not supported yet: %s", w->text,
		     instead ? instead : "it has no effect");
}

const struct kw_word *kw_option(struct conf_bind *b, const struct kw_word *words,
				const struct conf_stmt *s, int *at, const char *what)
{
	const struct conf_word *w = &s->word[*at];
	const struct kw_word *known = w->text[0] == '(' ? NULL : kw_word_find(words, w->text);

	(*at)++;
	if (!known) {
		conf_warning(b->report, w->pos, "unknown word '%s' in %s: it is ignored", w->text,
			     what);
		return NULL;
	}
	if (*at + known->n_args > s->n_words) {
		conf_error(b->report, w->pos, "'%s' needs %s behind it", w->text, known->args);
		*at = s->n_words;
		return NULL;
	}
	*at += known->n_args;
	if (known->support == CONF_SUPPORTED)
		return known;
	kw_warn_planned(b, w, NULL);
	return NULL;
}

/* Decimal seconds as ns. False: not that. */
static bool seconds_parse(const char *text, int64_t *ns)
{
	int64_t unit = CONF_SECOND_NS, sum = 0;
	const char *c = text;

	for (; isdigit((unsigned char)*c); c++) {
		if (sum > (INT64_MAX / CONF_SECOND_NS - 9) / 10)
			return false;
		sum = sum * 10 + (*c - '0');
	}
	if (c == text)
		return false;
	sum *= CONF_SECOND_NS;
	if (*c == '.')
		for (c++; isdigit((unsigned char)*c); c++) {
			unit /= 10;
			sum += unit * (*c - '0');
		}
	*ns = sum;
	return *c == '\0';
}

static bool int_parse(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0';
}

static const char *number_text(const struct kw_value *k, int64_t v, char *out, size_t n)
{
	char secs[32];

	if (k->kind == KW_DECIMAL)
		snprintf(out, n, "%s", conf_seconds_text(v, secs));
	else
		snprintf(out, n, "%lld", (long long)v);
	return out;
}

/* v is out of range: says so, and gives what is taken in its place. False: nothing is. */
static bool number_outside(struct conf_bind *b, const struct conf_word *w, const char *name,
			   const struct kw_value *k, int64_t *v)
{
	char lo[40], hi[40], use[40];

	number_text(k, k->lo, lo, sizeof(lo));
	number_text(k, k->hi, hi, sizeof(hi));
	if (k->outside == KW_ERROR) {
		conf_error(b->report, w->pos, "%s %s is not in %s..%s", name, w->text, lo, hi);
		return false;
	}
	if (k->outside == KW_IGNORE) {
		conf_warning(b->report, w->pos, "%s %s is not in %s..%s: it is ignored", name,
			     w->text, lo, hi);
		return false;
	}
	if (k->outside == KW_CLAMP)
		*v = *v < k->lo ? k->lo : k->hi;
	else
		*v = k->use;
	conf_warning(b->report, w->pos, "%s %s is not in %s..%s: %s is used", name, w->text, lo, hi,
		     number_text(k, *v, use, sizeof(use)));
	return true;
}

bool kw_store_word(struct conf_bind *b, const struct conf_word *w, const char *name,
		   const struct kw_value *k, struct draft_value *out)
{
	int64_t v;

	if (k->kind == KW_DECIMAL ? !seconds_parse(w->text, &v) : !int_parse(w->text, &v)) {
		conf_error(b->report, w->pos, "%s '%s' is not a number%s", name, w->text,
			   k->kind == KW_DECIMAL ? " of seconds" : "");
		return false;
	}
	if ((v < k->lo || v > k->hi) && !number_outside(b, w, name, k, &v))
		return false;
	if (k->kind == KW_SECS)
		v *= CONF_SECOND_NS;
	*out = (struct draft_value){.set = true, .v = v, .at = w->pos};
	return true;
}

void *kw_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	const struct kw_value *k = (const struct kw_value *)conf_bind_row(b)->arg;
	struct draft_value *out = (struct draft_value *)((char *)object + k->offset);
	bool on = k->kind != KW_UNFLAG;

	if (k->kind == KW_FLAG || k->kind == KW_UNFLAG || k->kind == KW_BOOL) {
		if (k->kind == KW_BOOL && s->n_words > 1 && !conf_get_bool(b, &s->word[1], &on))
			return NULL;
		*out = (struct draft_value){.set = true, .v = on, .at = s->word[0].pos};
		return NULL;
	}
	kw_store_word(b, &s->word[1], s->word[0].text, k, out);
	return NULL;
}

void *kw_store_string(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	const char **out = (const char **)((char *)object + conf_bind_row(b)->arg);

	*out = s->word[1].text;
	return NULL;
}

void *kw_store_nothing(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)b;
	(void)s;
	return object;
}

bool kw_ip(struct conf_bind *b, const struct conf_word *w, struct wire_ip *out)
{
	*out = (struct wire_ip){0};
	if (inet_pton(AF_INET, w->text, &out->v4) == 1)
		out->family = AF_INET;
	else if (inet_pton(AF_INET6, w->text, &out->v6) == 1)
		out->family = AF_INET6;
	else
		conf_error(b->report, w->pos, "'%s' is not an IP address", w->text);
	return out->family != 0;
}

bool kw_ifname(struct conf_bind *b, const struct conf_word *w, char out[static IFNAMSIZ])
{
	size_t len = strlen(w->text);

	if (len == 0 || len >= IFNAMSIZ || strchr(w->text, '/')) {
		conf_error(b->report, w->pos,
			   "'%s' is not an interface name (1 to %d characters, no '/')", w->text,
			   IFNAMSIZ - 1);
		return false;
	}
	memcpy(out, w->text, len + 1);
	return true;
}

bool wire_ip_multicast(const struct wire_ip *ip)
{
	return ip->family == AF_INET ? IN_MULTICAST(ntohl(ip->v4.s_addr))
				     : ip->family == AF_INET6 && IN6_IS_ADDR_MULTICAST(&ip->v6);
}

const char *conf_seconds_text(int64_t ns, char *out)
{
	int len = snprintf(out, 32, "%lld.%09lld", (long long)(ns / CONF_SECOND_NS),
			   (long long)(ns % CONF_SECOND_NS));

	while (out[len - 1] == '0')
		len--;
	if (out[len - 1] == '.')
		len--;
	out[len] = '\0';
	return out;
}
