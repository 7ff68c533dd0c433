/* Command lines of notify_* and quorum_*: split into words as keepalived does, and never given to
 * a shell. 'single' and "double" quotes keep blanks together, a backslash escapes: \a \b \E \f \n
 * \r \t \v, \NNN octal, \xHH, \cC, and any other character for itself.
 *
 * The words behind the command line name a user and a group. Changing the user is not supported
 * yet, which a warning says.
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

/* Copies one word to out, which has room for it. NULL: a quote or an escape is not finished. */
static const char *word_read(const char *c, char *out)
{
	char quote = 0;

	while (*c && (quote || !isspace((unsigned char)*c))) {
		if (*c == '\\') {
			c++;
			if (!*c)
				return NULL;
			*out++ = escape_read(&c);
		} else if (quote ? *c == quote : *c == '"' || *c == '\'') {
			quote = quote ? 0 : *c;
			c++;
		} else {
			*out++ = *c++;
		}
	}
	*out = '\0';
	return quote ? NULL : c;
}

/* The words of a command line, ended by NULL; NULL: it is not well formed, or empty. */
static char **command_split(struct arena *a, const char *line)
{
	size_t max = strlen(line) / 2 + 2, n = 0;
	char **argv = arena_array(a, max, sizeof(*argv));

	for (;;) {
		while (isspace((unsigned char)*line))
			line++;
		if (!*line)
			break;
		must(n + 1 < max);
		argv[n] = arena_alloc(a, strlen(line) + 1);
		line = word_read(line, argv[n++]);
		if (!line)
			return NULL;
	}
	return n ? argv : NULL;
}

/* A line in 'single quotes' came as several words: puts them together again. Gives the index of
 * the word behind it. */
static int command_join(struct conf_bind *b, const struct conf_stmt *s, const char **line)
{
	struct buf joined = {0};
	int at = 1, behind = 0;

	*line = s->word[1].text;
	if (s->word[1].quoted || (*line)[0] != '\'')
		return 2;
	for (; at < s->n_words; at++) {
		const struct conf_word *w = &s->word[at];
		size_t len = strlen(w->text);

		for (int gap = at == 1 ? 0 : w->pos.col - behind; gap > 0; gap--)
			buf_putc(&joined, ' ');
		behind = w->pos.col + (int)len + (w->quoted ? 2 : 0);
		buf_printf(&joined, w->quoted ? "\"%s\"" : "%s", w->text);
		if (len && w->text[len - 1] == '\'' && (at > 1 || len > 1)) {
			at++;
			break;
		}
	}
	/* The outer quotes only group: what is in them is the command line. */
	if (joined.len >= 2 && joined.data[joined.len - 1] == '\'')
		*line = arena_strndup(b->arena, joined.data + 1, joined.len - 2);
	buf_free(&joined);
	return at;
}

void *kw_store_script(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	char *out = *(char **)object;
	struct conf_script *script = (struct conf_script *)(out + conf_bind_row(b)->arg);
	const char *line;
	int user = command_join(b, s, &line);

	*script = (struct conf_script){.pos = s->word[1].pos};
	script->argv = command_split(b->arena, line);
	if (!script->argv)
		conf_error(b->report, s->word[1].pos,
			   "'%s' is not a command line: it is empty, or a quote is not closed",
			   line);
	if (user < s->n_words)
		conf_warning(b->report, s->word[user].pos,
			     "user '%s' of %s is not supported yet: the script runs as vipd itself",
			     s->word[user].text, s->word[0].text);
	return NULL;
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
