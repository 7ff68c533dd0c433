/* Keyword tables -> Markdown: a heading for each block, a table of its keywords. What has no effect
 * is only named, and its block not described. */
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
	case CONF_OBSOLETE:
		return "obsolete";
	case CONF_PLANNED:
	case CONF_IGNORED:
		break;
	}
	return "";
}

static bool has_effect(const struct conf_keyword *row)
{
	return row->support == CONF_SUPPORTED || row->support == CONF_OBSOLETE;
}

static void print_names(const struct conf_keyword *table, enum conf_support support,
			const char *what, struct buf *out)
{
	bool any = false;

	for (const struct conf_keyword *row = table; row->name; row++) {
		if (row->support != support)
			continue;
		buf_printf(out, "%s `%s`", any ? "," : what, row->name);
		any = true;
	}
	buf_puts(out, any ? ".\n\n" : "");
}

static void print_block(const struct conf_keyword *table, const char *path, int level,
			struct buf *out)
{
	for (int i = 0; i < level; i++)
		buf_putc(out, '#');
	buf_printf(out, " %s\n\n| keyword | words | meaning | example | supported |\n", path);
	buf_puts(out, "|---|---|---|---|---|\n");
	for (const struct conf_keyword *row = table; row->name; row++) {
		if (!has_effect(row))
			continue;
		buf_putc(out, '|');
		print_cell(strcmp(row->name, "*") == 0 ? "(any)" : row->name, true, out);
		print_cell(row->args, true, out);
		print_cell(row->help, false, out);
		print_cell(row->example, true, out);
		print_cell(support_text(row), false, out);
		buf_putc(out, '\n');
	}
	buf_putc(out, '\n');
	print_names(table, CONF_PLANNED, "Known, and not supported yet (a warning says so):", out);
	print_names(table, CONF_IGNORED,
		    "Known, and without effect here (a warning says so):", out);
	for (const struct conf_keyword *row = table; row->name; row++) {
		struct buf name = {0};

		if (!row->block || !has_effect(row))
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
