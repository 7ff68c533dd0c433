/* Man pages that are made: vipd.conf(5) of the keyword tables, vipd(8) of its head, the options
 *table and its tail. The reference in docs/ comes of the same tables as Markdown; here that little
 *of Markdown which it uses becomes man(7).
 *
 *	manual vipd.conf.5
 *	manual vipd.8 dist/man/vipd.8.in		@OPTIONS@ stands for the options
 */
#include "daemon/conf/keywords.h"
#include "daemon/control/options.h"
#include "lib/base/buf.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define CELLS_MAX 8

/* Text with roff's own characters quoted, and Markdown's `code`, **bold** and [links](...) in man's
 * fonts. */
static void put_text(const char *at, size_t len, struct buf *out)
{
	const char *end = at + len;
	bool code = false, bold = false;

	while (at < end) {
		if (*at == '`') {
			code = !code;
			buf_puts(out, code ? "\\fB" : "\\fR");
		} else if (!code && at + 1 < end && at[0] == '*' && at[1] == '*') {
			bold = !bold;
			buf_puts(out, bold ? "\\fB" : "\\fR");
			at++;
		} else if (!code && at[0] == ']' && at + 1 < end && at[1] == '(') {
			while (at < end && *at != ')')
				at++;
		} else if (!code && at[0] == '[') {
			/* a link's text stays */
		} else if (at[0] == '\\' && at + 1 < end && at[1] == '|') {
			buf_putc(out, '|');
			at++;
		} else if (*at == '\\') {
			buf_puts(out, "\\e");
		} else if (*at == '-') {
			buf_puts(out, "\\-");
		} else if (*at == '\'') {
			buf_puts(out, "\\(aq");
		} else if (*at == '~') {
			buf_puts(out, "\\(ti");
		} else if (*at == '^') {
			buf_puts(out, "\\(ha");
		} else if (*at != '\n') {
			buf_putc(out, *at);
		}
		at++;
	}
}

/* A row of a table: its cells, without the blanks around them. */
static unsigned split_row(const char *line, size_t len, const char *cell[], size_t cell_len[])
{
	const char *end = line + len;
	unsigned n = 0;

	for (const char *at = line + 1; at < end && n < CELLS_MAX; n++) {
		const char *from = at;

		while (at < end && !(*at == '|' && at[-1] != '\\'))
			at++;
		cell[n] = from;
		cell_len[n] = (size_t)(at - from);
		at++;
		while (cell_len[n] && isspace((unsigned char)cell[n][0])) {
			cell[n]++;
			cell_len[n]--;
		}
		while (cell_len[n] && isspace((unsigned char)cell[n][cell_len[n] - 1]))
			cell_len[n]--;
	}
	return n;
}

static void put_row(const char *line, size_t len, struct buf *out)
{
	const char *cell[CELLS_MAX];
	size_t cell_len[CELLS_MAX];
	unsigned n = split_row(line, len, cell, cell_len);

	/* heads and rules have no `word` */
	if (n < 2 || cell[0][0] != '`')
		return;
	buf_puts(out, ".TP\n");
	put_text(cell[0], cell_len[0], out);
	if (n > 2 && cell_len[1]) {
		buf_putc(out, ' ');
		put_text(cell[1], cell_len[1], out);
	}
	buf_putc(out, '\n');
	put_text(cell[n > 2 ? 2 : 1], cell_len[n > 2 ? 2 : 1], out);
	if (n > 3 && cell_len[3]) {
		buf_puts(out, " (for example ");
		put_text(cell[3], cell_len[3], out);
		buf_putc(out, ')');
	}
	buf_putc(out, '\n');
}

static void put_line(const char *line, size_t len, struct buf *out)
{
	size_t hashes = strspn(line, "#");

	if (hashes && hashes < 4) {
		buf_puts(out, hashes == 3 ? ".SS " : ".SH ");
		for (size_t i = hashes + 1; i < len; i++)
			buf_putc(out,
				 (char)(hashes == 3 ? line[i] : toupper((unsigned char)line[i])));
		buf_putc(out, '\n');
	} else if (line[0] == '|') {
		put_row(line, len, out);
	} else if (len > 2 && line[0] == '-' && line[1] == ' ') {
		buf_puts(out, ".IP \\(bu 2\n");
		put_text(line + 2, len - 2, out);
		buf_putc(out, '\n');
	} else if (len > 1) {
		buf_puts(out, ".PP\n");
		put_text(line, len, out);
		buf_putc(out, '\n');
	}
}

static void make_conf(struct buf *out)
{
	struct buf doc = {0};
	const char *at, *next;

	vipd_keyword_doc(&doc);
	buf_puts(out, ".TH vipd.conf 5 \"\" \"" VIPD_VERSION_TEXT "\" \"File formats\"\n"
		      ".SH NAME\nvipd.conf, keepalived.conf \\- configuration of vipd\n"
		      ".SH SYNOPSIS\n" VIPD_CONF_PATH ", " VIPD_CONF_PATH_OWN "\n"
		      ".SH DESCRIPTION\n");
	at = strchr(buf_text(&doc), '\n') + 1; /* the title */
	at = strchr(at + 1, '\n');	       /* ... and what it says of itself */
	while (at && *at == '\n')
		at++;
	for (bool first = true; at && *at; at = next, first = false) {
		next = strchr(at, '\n');
		next = next ? next + 1 : at + strlen(at);
		if (!first || strncmp(at, "This page", 9) != 0)
			put_line(at, (size_t)(next - at) - (next[-1] == '\n'), out);
	}
	buf_puts(out, ".SH SEE ALSO\n.BR vipd (8),\n.BR vipctl (1)\n");
	buf_free(&doc);
}

/* "  -x, --name=ARG   what it does" */
static void make_options(struct buf *out)
{
	struct buf help = {0};
	char *save = NULL;

	vipd_options_help(&help);
	for (char *line = strtok_r(help.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *name = line + strspn(line, " ");
		char *text = strstr(name, "--");

		if (name == line || !text || name[0] != '-')
			continue;
		text = text ? strpbrk(text, " ") : NULL;
		if (!text)
			continue;
		buf_puts(out, ".TP\n.B ");
		put_text(name, (size_t)(text - name), out);
		buf_putc(out, '\n');
		text += strspn(text, " ");
		put_text(text, strlen(text), out);
		buf_putc(out, '\n');
	}
	buf_free(&help);
}

static int make_vipd(const char *path, struct buf *out)
{
	struct buf in = {0};
	int err = buf_read_file(&in, path, 1 << 20);
	const char *mark = err ? NULL : strstr(buf_text(&in), "@OPTIONS@\n");

	if (mark) {
		buf_add(out, in.data, (size_t)(mark - in.data));
		make_options(out);
		buf_puts(out, mark + strlen("@OPTIONS@\n"));
	}
	buf_free(&in);
	return mark ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct buf out = {0};
	int code = 2;

	if (argc == 2 && strcmp(argv[1], "vipd.conf.5") == 0) {
		make_conf(&out);
		code = 0;
	} else if (argc == 3 && strcmp(argv[1], "vipd.8") == 0) {
		code = make_vipd(argv[2], &out);
	}
	if (code)
		fprintf(stderr, "manual vipd.conf.5 | manual vipd.8 FILE\n");
	else
		code = fputs(buf_text(&out), stdout) < 0 || fflush(stdout) ? 1 : 0;
	buf_free(&out);
	return code;
}
