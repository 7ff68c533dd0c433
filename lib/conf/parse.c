/* A line -> words -> tree of statements and blocks. Pure: lines come from source.c, after expand.c
 * has turned them into what they stand for.
 *
 * Words are fed to a builder that keeps the open blocks on a stack of fixed depth, so that no input
 * can exhaust the C stack. Meaning is none of its business (bind.c).
 *
 * Quotes may begin and end inside a word (a"b c"d is one word) and never cross a line; \" inside
 * quotes stands for a quote, \# and \! outside quotes for these characters; every other backslash
 * is itself.
 */
#include "lib/conf/parse.h"

#include "lib/base/must.h"

#include <string.h>

/* ---- builder ------------------------------------------------------------------------------- */

static const char *stmt_name(struct conf_reader *p, const struct conf_stmt *s)
{
	struct buf name = {0};

	for (int i = 0; i < s->n_words && i < 3; i++)
		buf_printf(&name, "%s%.60s", i ? " " : "", s->word[i].text);
	const char *copy = arena_strdup(p->arena, buf_text(&name));

	buf_free(&name);
	return copy;
}

/* Makes a statement of the collected words and links it. NULL: there were none. */
static struct conf_stmt *finish_stmt(struct conf_reader *p)
{
	struct conf_frame *f = &p->frame[p->depth];

	if (p->words.n == 0)
		return NULL;
	struct arena *a = arena_scratch(p->arena);
	struct conf_stmt *s = arena_new_object(a, struct conf_stmt);

	s->n_words = (int)p->words.n;
	s->word = arena_array(a, p->words.n, sizeof(*s->word));
	memcpy(s->word, p->words.at, p->words.n * sizeof(*s->word));
	p->words.n = 0;
	*f->tail = s;
	f->tail = &s->next;
	f->last = s;
	return s;
}

static void unlink_last(struct conf_reader *p, const struct conf_stmt *s)
{
	struct conf_frame *f = &p->frame[p->depth];
	struct conf_stmt **at = &f->block->first;

	/* The list is walked only for includes, which are few. */
	while (*at != s)
		at = &(*at)->next;
	*at = NULL;
	f->tail = at;
	f->last = NULL;
}

/* The end of a line or `;`. Only after the end of a line may a brace still follow. */
static void feed_end(struct conf_reader *p, bool line_end)
{
	struct conf_stmt *s = finish_stmt(p);

	if (s && !s->word[0].quoted && strncmp(s->word[0].text, "include", 7) == 0) {
		unlink_last(p, s);
		if (p->include(p, s))
			return;
		struct conf_frame *f = &p->frame[p->depth];

		*f->tail = s;
		f->tail = &s->next;
		f->last = s;
	}
	if (!line_end)
		p->frame[p->depth].last = NULL;
}

static void feed_open(struct conf_reader *p, struct conf_pos at)
{
	struct conf_frame *f = &p->frame[p->depth];
	struct conf_stmt *s = p->skip_depth ? NULL : finish_stmt(p);

	if (p->skip_depth) {
		p->skip_depth++;
		return;
	}
	if (!s)
		s = f->last;
	f->last = NULL;
	if (!s) {
		conf_error(p->report, at, "'{' without a keyword before it");
		p->skip_depth = 1;
		return;
	}
	if (p->depth == CONF_DEPTH_MAX) {
		conf_error(p->report, at, "blocks are nested more than %d deep", CONF_DEPTH_MAX);
		p->skip_depth = 1;
		return;
	}
	s->block = arena_new_object(arena_scratch(p->arena), struct conf_block);
	s->block->open = at;
	p->frame[++p->depth] = (struct conf_frame){
		.block = s->block, .tail = &s->block->first, .name = stmt_name(p, s)};
}

static void feed_close(struct conf_reader *p, struct conf_pos at)
{
	if (p->skip_depth) {
		p->skip_depth--;
		return;
	}
	feed_end(p, true);
	if (p->depth == p->base_depth) {
		conf_error(p->report, at, "'}' without a '{' before it");
		return;
	}
	p->frame[p->depth].block->close = at;
	p->depth--;
	p->frame[p->depth].last = NULL;
}

/* ---- words --------------------------------------------------------------------------------- */

static struct conf_pos pos_at(const struct conf_line *l, size_t i)
{
	struct conf_pos at = l->at;

	at.col = l->cols ? l->cols[i] : at.col + (int)i;
	return at;
}

/* A copy that lives as long as the arena; texts that are equal may share one. */
static const char *keep_text(struct conf_reader *p, const char *text)
{
	uint32_t hash = 0;

	for (const char *c = text; *c; c++)
		hash = hash * 31 + (uint8_t)*c;
	const char **recent = &p->recent[hash % CONF_RECENT_N];

	if (!*recent || strcmp(*recent, text) != 0)
		*recent = arena_strdup(p->arena, text);
	return *recent;
}

static bool ends_word(const struct conf_reader *p, char c)
{
	return conf_is_blank(c) || c == '\n' || c == '{' || c == '}' ||
	       (c == ';' && p->options->dialect == CONF_SCENARIO);
}

size_t conf_name_len(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s[i] == '_' || (s[i] >= 'a' && s[i] <= 'z') ||
			 (s[i] >= 'A' && s[i] <= 'Z') || (i > 0 && s[i] >= '0' && s[i] <= '9')))
		i++;
	return i;
}

/* The length of "${NAME}" at s, 0: it is something else. One that is left over has no definition;
 * its braces must not become a block. */
static size_t reference_len(const char *s, size_t n)
{
	if (n < 4 || s[0] != '$' || s[1] != '{')
		return 0;
	size_t name = conf_name_len(s + 2, n - 2);

	return name && name + 2 < n && s[name + 2] == '}' ? name + 3 : 0;
}

/* Appends the inside of the quotes that open at i; returns the index behind them. */
static size_t read_quoted(struct conf_reader *p, const struct conf_line *l, size_t i,
			  struct buf *word)
{
	size_t open = i++;

	for (; i < l->n && l->text[i] != '"' && l->text[i] != '\n'; i++) {
		if (l->text[i] == '\\' && i + 1 < l->n && l->text[i + 1] == '"')
			i++;
		buf_putc(word, l->text[i]);
	}
	if (i < l->n && l->text[i] == '"')
		return i + 1;
	conf_error(p->report, pos_at(l, open), "the quotes that open here do not end on this line");
	return i;
}

static size_t read_word(struct conf_reader *p, const struct conf_line *l, size_t i)
{
	struct buf word = {0};
	struct conf_word w = {.pos = pos_at(l, i)};
	size_t start = i;

	while (i < l->n && !ends_word(p, l->text[i])) {
		char c = l->text[i];
		size_t reference = reference_len(l->text + i, l->n - i);

		if (reference) {
			buf_add(&word, l->text + i, reference);
			i += reference;
		} else if (c == '"') {
			w.quoted = true;
			i = read_quoted(p, l, i, &word);
		} else {
			if (c == '\\' && i + 1 < l->n &&
			    (l->text[i + 1] == '#' || l->text[i + 1] == '!'))
				c = l->text[++i];
			buf_putc(&word, c);
			i++;
		}
	}
	if (!p->skip_depth) {
		w.text = keep_text(p, buf_text(&word));
		w.raw = w.text;
		if (i - start != word.len)
			w.raw = arena_strndup(p->arena, l->text + start, i - start);
		*vec_push(&p->words) = w;
	}
	buf_free(&word);
	return i;
}

void conf_read_line(struct conf_reader *p, const struct conf_line *l)
{
	size_t i = 0;

	while (i < l->n) {
		char c = l->text[i];

		if (conf_is_blank(c))
			i++;
		else if (c == '\n')
			feed_end(p, true), i++;
		else if (c == '{')
			feed_open(p, pos_at(l, i++));
		else if (c == '}')
			feed_close(p, pos_at(l, i++));
		else if (c == ';' && p->options->dialect == CONF_SCENARIO)
			feed_end(p, false), i++;
		else
			i = read_word(p, l, i);
	}
	feed_end(p, true);
}
