/* Tree -> structs by keyword tables: names, arity, blocks, repetition, and what to say about each.
 *
 * What a keyword means is in its row's set function. A problem with one statement never stops the
 * others. Names that are near an unknown one are found by edit distance.
 */
#include "lib/conf/conf.h"

#include "lib/base/must.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 40 /* longer words are not compared */
#define LISTED_MAX     12 /* tables that are listed whole in a message */

const struct conf_keyword *conf_bind_row(const struct conf_bind *b)
{
	must(b->row != NULL);
	return b->row;
}

/* ---- nearest name -------------------------------------------------------------------------- */

static int min3(int a, int b, int c)
{
	int m = a < b ? a : b;

	return m < c ? m : c;
}

/* Edits (insert, delete, replace, swap neighbours) between two names; large for long ones. */
static int edit_distance(const char *a, const char *b)
{
	int rows[3][NAME_MAX_BYTES + 1];
	size_t na = strlen(a), nb = strlen(b);
	int *before = rows[0], *prev = rows[1], *cur = rows[2];

	if (na > NAME_MAX_BYTES || nb > NAME_MAX_BYTES)
		return NAME_MAX_BYTES;
	for (size_t j = 0; j <= nb; j++)
		prev[j] = before[j] = (int)j;
	for (size_t i = 1; i <= na; i++) {
		cur[0] = (int)i;
		for (size_t j = 1; j <= nb; j++) {
			int same = a[i - 1] == b[j - 1] ? 0 : 1;

			cur[j] = min3(prev[j] + 1, cur[j - 1] + 1, prev[j - 1] + same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < cur[j])
				cur[j] = before[j - 2] + 1;
		}
		int *spare = before;

		before = prev;
		prev = cur;
		cur = spare;
	}
	return prev[nb];
}

struct nearest {
	const char *name;
	int distance;
};

static void consider(struct nearest *best, const char *word, const char *name)
{
	int d = edit_distance(word, name);

	if (d < best->distance)
		*best = (struct nearest){name, d};
}

/* One edit for each three letters, at least one; two letters may both be wrong. */
static struct nearest nearest_start(const char *word)
{
	size_t n = strlen(word);

	if (n > NAME_MAX_BYTES)
		return (struct nearest){NULL, 0};
	return (struct nearest){NULL, (int)n / 3 + (n < 3 ? 2 : 1)};
}

const char *conf_nearest(const char *word, const char *const *list)
{
	struct nearest best = nearest_start(word);

	for (; *list; list++)
		consider(&best, word, *list);
	return best.name;
}

/* ---- one statement ------------------------------------------------------------------------- */

static void complain(struct conf_bind *b, struct conf_pos at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void complain(struct conf_bind *b, struct conf_pos at, const char *fmt, ...)
{
	struct buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (b->strictness == CONF_ERROR)
		conf_error(b->report, at, "%s", buf_text(&text));
	else
		conf_warning(b->report, at, "%s", buf_text(&text));
	buf_free(&text);
}

static const struct conf_keyword *find_row(const struct conf_keyword *table, const char *name)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0 || strcmp(table->name, "*") == 0)
			return table;
	return NULL;
}

static void report_unknown(struct conf_bind *b, const struct conf_stmt *s,
			   const struct conf_keyword *table, const char *where)
{
	const char *word = s->word[0].text;
	struct nearest best = nearest_start(word);
	struct buf text = {0};
	int n = 0;

	buf_printf(&text, "unknown keyword '%.80s'", word);
	if (where && where[0])
		buf_printf(&text, " in %s", where);
	for (; table[n].name; n++)
		consider(&best, word, table[n].name);
	if (best.name) {
		buf_printf(&text, "; did you mean '%s'?", best.name);
	} else if (n <= LISTED_MAX) {
		for (int i = 0; i < n; i++)
			buf_printf(&text, "%s%s", i ? ", " : "; known here: ", table[i].name);
	}
	complain(b, s->word[0].pos, "%s", text.data);
	buf_free(&text);
}

static const char *usage(struct arena *a, const struct conf_stmt *s, const struct conf_keyword *row)
{
	bool any = strcmp(row->name, "*") == 0;
	const char *args = row->args ? row->args : "";

	if (any)
		return args;
	return arena_printf(a, "%.80s%s%s%s", s->word[0].text, *args ? " " : "", args,
			    row->block ? row->block_optional ? " [{ ... }]" : " { ... }" : "");
}

/* Checks the number of words and the block. May shorten the statement. */
static bool check_shape(struct conf_bind *b, struct conf_stmt *s, const struct conf_keyword *row)
{
	int n = s->n_words - 1;
	const char *name = s->word[0].text;

	if (n < row->min_args) {
		conf_error(b->report, s->word[0].pos, "'%.80s' has too few words, expected: %s",
			   name, usage(b->arena, s, row));
		return false;
	}
	if (row->max_args != CONF_ANY && n > row->max_args) {
		complain(b, s->word[row->max_args + 1].pos,
			 "unexpected '%.80s' after '%.80s', expected: %s",
			 s->word[row->max_args + 1].text, name, usage(b->arena, s, row));
		if (b->strictness == CONF_ERROR)
			return false;
		s->n_words = row->max_args + 1;
	}
	if (s->block && !row->block) {
		complain(b, s->block->open, "'%.80s' takes no block, expected: %s", name,
			 usage(b->arena, s, row));
		return b->strictness == CONF_WARNING;
	}
	if (!s->block && row->block && !row->block_optional) {
		conf_error(b->report, s->word[0].pos, "'%.80s' needs a block, expected: %s", name,
			   usage(b->arena, s, row));
		return false;
	}
	return true;
}

/* In a block that has no effect, only the names are looked at. */
static void check_names(struct conf_bind *b, const struct conf_block *block,
			const struct conf_keyword *table, const char *where)
{
	for (const struct conf_stmt *s = block->first; s; s = s->next) {
		const struct conf_keyword *row = find_row(table, s->word[0].text);

		if (!row)
			report_unknown(b, s, table, where);
		else if (row->block && s->block)
			check_names(b, s->block, row->block, row->name);
	}
}

/* True: the statement is to be stored. */
static bool check_support(struct conf_bind *b, const struct conf_stmt *s,
			  const struct conf_keyword *row)
{
	bool has_effect = false;

	switch (row->support) {
	case CONF_SUPPORTED:
		has_effect = true;
		break;
	case CONF_PLANNED:
		conf_warning(b->report, s->word[0].pos,
			     "'%.80s' is known but has no effect in this version", s->word[0].text);
		break;
	case CONF_IGNORED:
		conf_warning(b->report, s->word[0].pos, "'%.80s' is known but has no effect here",
			     s->word[0].text);
		break;
	case CONF_OBSOLETE:
		break;
	}
	if (!has_effect && s->block && row->block)
		check_names(b, s->block, row->block, row->name);
	return has_effect;
}

static void report_again(struct conf_bind *b, const struct conf_stmt *s,
			 const struct conf_pos *first)
{
	const char *name = s->word[0].text;

	if (strcmp(s->word[0].pos.file, first->file) == 0)
		complain(b, s->word[0].pos, "'%.80s' again; the first is in line %d", name,
			 first->line);
	else
		complain(b, s->word[0].pos, "'%.80s' again; the first is at %s:%d", name,
			 first->file, first->line);
}

static void store(struct conf_bind *b, struct conf_stmt *s, const struct conf_keyword *row,
		  void *object)
{
	b->row = row;
	void *inner = row->set ? row->set(b, s, object) : object;

	if (!row->block || !inner)
		return;
	if (s->block)
		conf_bind_block(b, s->block, row->block, inner,
				strcmp(row->name, "*") == 0 ? s->word[0].text : row->name);
	b->row = row;
	if (row->end)
		row->end(b, s, inner);
}

void conf_bind_block(struct conf_bind *b, const struct conf_block *block,
		     const struct conf_keyword *table, void *object, const char *where)
{
	size_t n_rows = 0;

	while (table[n_rows].name)
		n_rows++;
	/* By row: the statement that was there first. */
	const struct conf_stmt **first = calloc(n_rows + 1, sizeof(struct conf_stmt *));

	must(first != NULL);
	for (struct conf_stmt *s = block->first; s; s = s->next) {
		const struct conf_keyword *row = find_row(table, s->word[0].text);

		if (!row) {
			report_unknown(b, s, table, where);
			continue;
		}
		size_t index = (size_t)(row - table);

		if (!check_support(b, s, row) || !check_shape(b, s, row))
			continue;
		if (!row->repeats && first[index]) {
			const struct conf_pos *was = &first[index]->word[0].pos;

			report_again(b, s, was);
			if (b->strictness == CONF_ERROR)
				continue;
		}
		if (!first[index])
			first[index] = s;
		store(b, s, row, object);
	}
	free(first);
}
