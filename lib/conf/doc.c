/* Keyword tables -> Markdown: a heading for each block, a table of its keywords. */
#include "lib/conf/conf.h"

#include <string.h>

/* In a table cell a bar is escaped. */
static void print_cell(const char *text, bool code, struct buf *out)
{
	if (!text || !*text) {
		buf_puts(out, " |");
		return;
	}
	buf_puts(out, code ? " `" : " ");
	for (; *text; text++) {
		if (*text == '|')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_puts(out, code ? "` |" : " |");
}

static const char *support_text(const struct conf_keyword *row)
{
	switch (row->support) {
	case CONF_SUPPORTED:
		return row->repeats ? "yes, repeats" : "yes";
	case CONF_PLANNED:
		return "not yet";
	case CONF_IGNORED:
		return "no effect";
	case CONF_OBSOLETE:
		return "obsolete";
	}
	return "";
}

static void print_block(const struct conf_keyword *table, const char *path, int level,
			struct buf *out)
{
	for (int i = 0; i < level; i++)
		buf_putc(out, '#');
	buf_printf(out, " %s\n\n| keyword | words | meaning | example | supported |\n", path);
	buf_puts(out, "|---|---|---|---|---|\n");
	for (const struct conf_keyword *row = table; row->name; row++) {
		buf_putc(out, '|');
		print_cell(strcmp(row->name, "*") == 0 ? "(any)" : row->name, true, out);
		print_cell(row->args, true, out);
		print_cell(row->help, false, out);
		print_cell(row->example, true, out);
		print_cell(support_text(row), false, out);
		buf_putc(out, '\n');
	}
	buf_putc(out, '\n');
	for (const struct conf_keyword *row = table; row->name; row++) {
		struct buf name = {0};

		if (!row->block)
			continue;
		buf_printf(&name, "%s%s%s", level > 2 ? path : "", level > 2 ? " / " : "",
			   row->name);
		print_block(row->block, name.data, level < 6 ? level + 1 : 6, out);
		buf_free(&name);
	}
}

void conf_doc_markdown(const struct conf_keyword *table, const char *title, struct buf *out)
{
	print_block(table, title, 2, out);
}
