/* Command lines of notify_* and quorum_*: split into words as keepalived does, and never given to
 * a shell. 'single' and "double" quotes keep blanks together, a backslash escapes: \a \b \E \f \n
 * \r \t \v, \NNN octal, \xHH, \cC, and any other character for itself.
 *
 * The words behind the command line name a user and a group.
 */
#include "daemon/conf/draft.h"

#include <ctype.h>
#include <string.h>

static unsigned hex_value(char c)
{
	return isdigit((unsigned char)c) ? (unsigned)(c - '0')
					 : (unsigned)(tolower((unsigned char)c) - 'a') + 10;
}

/* The character that the escape at *c (behind the backslash) stands for; moves *c behind it. */
static char escape_read(const char **c)
{
	static const char names[] = "abEfnrtv";
	static const char values[] = "\a\b\x1b\f\n\r\t\v";
	const char *at = *c, *name;
	unsigned v = 0;
	int n;

	if (*at == 'x' && isxdigit((unsigned char)at[1])) {
		for (n = 0, at++; n < 2 && isxdigit((unsigned char)*at); n++)
			v = v * 16 + hex_value(*at++);
	} else if (*at == 'c' && at[1]) {
		v = (unsigned char)at[1] & 0x1f;
		at += 2;
	} else if (*at >= '0' && *at <= '7') {
		for (n = 0; n < 3 && *at >= '0' && *at <= '7'; n++)
			v = v * 8 + (unsigned)(*at++ - '0');
	} else {
		name = strchr(names, *at);
		v = (unsigned char)(name ? values[name - names] : *at);
		at++;
	}
	*c = at;
	return (char)(unsigned char)v;
}

/* Copies one word to out, which has room for it. escapes: what a backslash stands for is put in its
 * place; otherwise it stays. NULL: a quote or an escape is not finished. */
static const char *word_read(const char *c, char *out, bool escapes)
{
	char quote = '\0';

	while (*c && (quote || !isspace((unsigned char)*c))) {
		if (*c == '\\') {
			c++;
			if (!*c)
				return NULL;
			if (escapes) {
				*out++ = escape_read(&c);
			} else {
				*out++ = '\\';
				*out++ = *c++;
			}
		} else if (quote ? *c == quote : *c == '"' || *c == '\'') {
			if (quote)
				quote = '\0';
			else
				quote = *c;
			c++;
		} else {
			*out++ = *c++;
		}
	}
	*out = '\0';
	return quote ? NULL : c;
}

/* The words of a line, ended by NULL; NULL: it is not well formed, or empty. */
static char **line_split(struct arena *a, const char *line, bool escapes)
{
	size_t max = strlen(line) / 2 + 2, n = 0;
	char **words = arena_array(a, max, sizeof(*words));

	for (;;) {
		while (isspace((unsigned char)*line))
			line++;
		if (!*line)
			break;
		must(n + 1 < max);
		words[n] = arena_alloc(a, strlen(line) + 1);
		line = word_read(line, words[n++], escapes);
		if (!line)
			return NULL;
	}
	return n ? words : NULL;
}

/* What stands behind the keyword, as it is written: the grammar does not know single quotes. */
static void statement_text(const struct conf_stmt *s, struct buf *out)
{
	for (int i = 1; i < s->n_words; i++) {
		const struct conf_word *w = &s->word[i], *before = &s->word[i - 1];
		int gap = w->pos.col - before->pos.col - (int)strlen(before->raw);

		for (gap = i == 1 ? 0 : gap < 1 ? 1 : gap; gap > 0; gap--)
			buf_putc(out, ' ');
		buf_puts(out, w->raw);
	}
}

/* First the command line and the user are told apart, then the command line is split. */
void *kw_store_script(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	char *out = *(char **)object;
	struct conf_script *script = (struct conf_script *)(out + conf_bind_row(b)->arg);
	struct buf text = {0};
	char **words;

	statement_text(s, &text);
	words = line_split(b->arena, buf_text(&text), false);
	*script = (struct conf_script){
		.pos = s->word[1].pos, .user = script->user, .group = script->group};
	if (words)
		script->argv = line_split(b->arena, words[0], true);
	if (!words || !script->argv)
		conf_error(b->report, s->word[1].pos,
			   "%s is not a command line: it is empty, or a quote is not closed",
			   buf_text(&text));
	else if (words[1]) {
		script->user = words[1];
		script->group = words[2];
	}
	buf_free(&text);
	return NULL;
}

void kw_store_user(const struct conf_stmt *s, int w, const char **user, const char **group)
{
	*user = w < s->n_words ? s->word[w].text : NULL;
	*group = w + 1 < s->n_words ? s->word[w + 1].text : NULL;
}

void conf_script_print(const struct conf_script *script, struct buf *out)
{
	buf_putc(out, '"');
	for (char **w = script->argv; *w; w++) {
		bool group = **w == '\0' || strchr(*w, ' ');

		buf_puts(out, w == script->argv ? "" : " ");
		buf_puts(out, group ? "'" : "");
		for (const char *c = *w; *c; c++)
			if ((unsigned char)*c < ' ' || strchr("'\"\\$~", *c))
				buf_printf(out, "\\x%02x", (unsigned char)*c);
			else
				buf_putc(out, *c);
		buf_puts(out, group ? "'" : "");
	}
	buf_putc(out, '"');
}
