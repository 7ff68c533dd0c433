/* Tree -> text in canonical form, which reads back as the same tree: one statement a line, tabs,
 * single blanks, quotes only where a word needs them. */
#include "lib/conf/conf.h"

#include <string.h>

static bool is_include(const char *s)
{
	return strncmp(s, "include", 7) == 0 &&
	       (s[7] == '\0' || (strchr("rmwba", s[7]) && s[8] == '\0'));
}

/* At the start of a line a word can be more than a word: @ID, ~SEQ(...), $NAME=VALUE, include. */
static bool needs_quotes(const char *s)
{
	return *s == '\0' || *s == '@' || *s == '~' || (*s == '$' && strchr(s, '=')) ||
	       is_include(s) || strpbrk(s, " \t\r\v\f\"#!{};") != NULL;
}

void conf_print_word(const char *s, struct buf *out)
{
	if (!needs_quotes(s)) {
		buf_puts(out, s);
		return;
	}
	buf_putc(out, '"');
	while (*s) {
		size_t n = strspn(s, "\\");

		/* Backslashes that would touch a quote stand outside of the quotes. */
		if (n > 0 && (s[n] == '"' || s[n] == '\0'))
			buf_printf(out, "\"%.*s\"", (int)n, s);
		else if (n == 0 && *s == '"')
			buf_puts(out, "\\\"");
		else
			buf_add(out, s, n ? n : 1);
		s += n ? n : 1;
	}
	buf_putc(out, '"');
}

static void print_block(const struct conf_block *b, int depth, struct buf *out)
{
	for (const struct conf_stmt *s = b->first; s; s = s->next) {
		for (int i = 0; i < depth; i++)
			buf_putc(out, '\t');
		for (int i = 0; i < s->n_words; i++) {
			if (i)
				buf_putc(out, ' ');
			conf_print_word(s->word[i].text, out);
		}
		if (!s->block) {
			buf_putc(out, '\n');
			continue;
		}
		buf_puts(out, " {\n");
		print_block(s->block, depth + 1, out);
		for (int i = 0; i < depth; i++)
			buf_putc(out, '\t');
		buf_puts(out, "}\n");
	}
}

void conf_print(const struct conf_block *tree, struct buf *out)
{
	print_block(tree, 0, out);
}
