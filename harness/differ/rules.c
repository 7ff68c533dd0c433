/* Reads the list of known differences (differ.h has its grammar). */
#include "harness/differ/differ.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 16

struct reader {
	struct differ_rules *rules;
	struct differ_rule *rule;
	const char *words[WORDS_MAX];
	unsigned n_words, at;
	char *why;
	size_t why_bytes;
};

static bool wrong(struct reader *r, const char *what, const char *word)
{
	snprintf(r->why, r->why_bytes, "%s: %s", what, word ? word : "(end of the line)");
	return false;
}

static const char *next(struct reader *r)
{
	return r->at < r->n_words ? r->words[r->at++] : NULL;
}

/* Seconds with their unit: 1.5s, -0.25s, 20ms, 5us. */
static bool read_time(struct reader *r, int64_t *out)
{
	const char *word = next(r);
	char *unit;

	if (!word)
		return wrong(r, "a time is missing", word);
	double value = strtod(word, &unit);
	double scale = !strcmp(unit, "s")    ? 1e9
		       : !strcmp(unit, "ms") ? 1e6
		       : !strcmp(unit, "us") ? 1e3
					     : 0;

	if (unit == word || scale == 0 || value * scale > 1e15 || value * scale < -1e15)
		return wrong(r, "not a time", word);
	*out = (int64_t)(value * scale + (value < 0 ? -0.5 : 0.5));
	return true;
}

static bool read_kind(struct reader *r)
{
	const char *word = next(r);

	if (word && !strcmp(word, "shift")) {
		r->rule->shift = true;
		return true;
	}
	for (unsigned k = 0; word && k < SEEN_KINDS; k++)
		if (!strcmp(word, seen_kind_name((enum seen_kind)k))) {
			r->rule->kind = (enum seen_kind)k;
			return true;
		}
	return wrong(r, "not shift, advert, garp, address or output", word);
}

static bool read_only(struct reader *r)
{
	const char *word = next(r);

	if (word && (!strcmp(word, "first") || !strcmp(word, "second"))) {
		r->rule->only = word[0] == 'f' ? 1 : 2;
		return true;
	}
	return wrong(r, "neither first nor second", word);
}

static bool read_text(struct reader *r, const char **out)
{
	*out = next(r);
	return *out || wrong(r, "a word is missing", NULL);
}

static bool read_option(struct reader *r, const char *word)
{
	struct differ_rule *rule = r->rule;

	if (!strcmp(word, "from"))
		return read_time(r, &rule->from_ns);
	if (!strcmp(word, "to"))
		return read_time(r, &rule->to_ns);
	if (!rule->shift && !strcmp(word, "only"))
		return read_only(r);
	if (!rule->shift && !strcmp(word, "field"))
		return read_text(r, &rule->field);
	if (!rule->shift && !strcmp(word, "key"))
		return read_text(r, &rule->key);
	return wrong(r, "unknown word", word);
}

static bool read_rule(struct reader *r)
{
	struct differ_rule *rule = r->rule;

	if (r->n_words && !strcmp(r->words[0], "tie"))
		rule->tie = next(r) != NULL;
	rule->id = next(r);
	rule->from_ns = INT64_MIN;
	rule->to_ns = INT64_MAX;
	if (!read_kind(r) || !read_text(r, &rule->node))
		return false;
	if (rule->shift && !read_time(r, &rule->shift_ns))
		return false;
	while (r->at < r->n_words)
		if (!read_option(r, next(r)))
			return false;
	return true;
}

static void split(struct reader *r, char *line)
{
	char *save = NULL;

	line[strcspn(line, "#")] = '\0';
	r->n_words = r->at = 0;
	for (char *w = strtok_r(line, " \t", &save); w; w = strtok_r(NULL, " \t", &save))
		if (r->n_words < WORDS_MAX)
			r->words[r->n_words++] = w;
}

unsigned differ_rules_parse(struct differ_rules *rules, const char *text, char *why,
			    size_t why_bytes)
{
	struct reader r = {.rules = rules, .why = why, .why_bytes = why_bytes};

	rules->arena = arena_new();
	for (unsigned number = 1; *text; number++) {
		size_t n = strcspn(text, "\n");

		split(&r, arena_strndup(rules->arena, text, n));
		text += n + (text[n] == '\n');
		if (!r.n_words)
			continue;
		r.rule = vec_push(&rules->all);
		r.rule->line = number;
		if (!read_rule(&r))
			return number;
	}
	return 0;
}

void differ_rules_free(struct differ_rules *rules)
{
	vec_free(&rules->all);
	arena_free(rules->arena);
}
