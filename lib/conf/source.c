/* Text and files -> lines: comments are cut off, lines that continue a definition are put together,
 * and each goes through expand.c to parse.c. Here and in expand.c are the only places where a file
 * is opened.
 */
#include "lib/conf/parse.h"

#include <errno.h>
#include <string.h>

/* The length of the line without its comment. */
static size_t cut_comment(const char *s, size_t n)
{
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 1 < n &&
		    (quoted ? s[i + 1] == '"' : s[i + 1] == '#' || s[i + 1] == '!'))
			i++;
		else if (s[i] == '"')
			quoted = !quoted;
		else if (!quoted && (s[i] == '#' || s[i] == '!'))
			return i;
	}
	return n;
}

/* Makes blanks of NUL bytes; the first is reported, as where one is there are many. */
static const char *clean_text(struct conf_reader *p, const char *file, const char *text, size_t n)
{
	if (!memchr(text, '\0', n))
		return text;
	char *clean = arena_strndup(p->arena, text, n);
	struct conf_pos at = {file, 1, 1};
	bool told = false;

	for (size_t i = 0; i < n; i++, at.col++) {
		if (clean[i] == '\0') {
			if (!told)
				conf_error(p->report, at, "a NUL byte: is this a text file?");
			told = true;
			clean[i] = ' ';
		} else if (clean[i] == '\n') {
			at.line++;
			at.col = 0;
		}
	}
	return clean;
}

/* One line at text, and, for a definition that ends in `\`, those that continue it.
 * Returns the bytes used; lines counts how many lines they are. */
static size_t read_physical(struct conf_reader *p, const char *text, size_t n, struct conf_pos at,
			    int *lines)
{
	struct buf whole = {0};
	size_t used = 0;

	*lines = 0;
	for (;;) {
		const char *start = text + used, *nl = memchr(start, '\n', n - used);
		size_t len = nl ? (size_t)(nl - start) : n - used;
		bool more = nl != NULL;

		used += len + (nl ? 1 : 0);
		(*lines)++;
		len = cut_comment(start, len);
		while (len > 0 && conf_is_blank(start[len - 1]))
			len--;
		if (*lines == 1 && !(conf_expand_is_define(start, len) && start[len - 1] == '\\')) {
			conf_expand_line(p, start, len, at);
			break;
		}
		bool goes_on = len > 0 && start[len - 1] == '\\';

		buf_add(&whole, start, goes_on ? len - 1 : len);
		if (!goes_on || !more || used == n) {
			conf_expand_line(p, buf_text(&whole), whole.len, at);
			break;
		}
		buf_putc(&whole, '\n');
	}
	buf_free(&whole);
	return used;
}

void conf_read_source(struct conf_reader *p, const char *file, const char *text, size_t n)
{
	int base = p->base_depth, lines = 0;
	struct conf_pos at = {file, 1, 1};

	conf_report_source(p->report, file, text, n);
	text = clean_text(p, file, text, n);
	p->base_depth = p->depth;
	for (size_t i = 0; i < n; at.line += lines)
		i += read_physical(p, text + i, n - i, at, &lines);
	p->skip_depth = 0;
	while (p->depth > p->base_depth) {
		struct conf_frame *f = &p->frame[p->depth];

		conf_error(p->report, f->block->open, "the block of '%s' does not end: missing '}'",
			   f->name);
		f->block->close = at;
		p->depth--;
	}
	p->frame[p->depth].last = NULL;
	p->base_depth = base;
}

static struct conf_block *read_all(struct arena *a, const char *name, const char *text, size_t n,
				   const struct conf_options *o, struct conf_report *r)
{
	static const struct conf_options plain = {.dialect = CONF_KEEPALIVED};
	struct conf_reader p = {
		.arena = a, .options = o ? o : &plain, .report = r, .include = conf_expand_include};
	struct conf_block *root = arena_new_object(a, struct conf_block);

	name = arena_strdup(a, name);
	root->open = root->close = (struct conf_pos){name, 1, 1};
	p.frame[0] = (struct conf_frame){.block = root, .tail = &root->first};
	conf_read_source(&p, name, text, n);
	vec_free(&p.words);
	return root;
}

struct conf_block *conf_parse_text(struct arena *a, const char *name, const char *text,
				   const struct conf_options *o, struct conf_report *r)
{
	return read_all(a, name, text, strlen(text), o, r);
}

struct conf_block *conf_parse_file(struct arena *a, const char *path, const struct conf_options *o,
				   struct conf_report *r)
{
	struct buf text = {0};
	int err = o && o->read_file ? o->read_file(o->ctx, path, &text)
				    : buf_read_file(&text, path, CONF_FILE_MAX_BYTES);

	if (err < 0) {
		conf_error(r, (struct conf_pos){path, 0, 0}, "cannot read: %s", strerror(-err));
		buf_clear(&text);
	}
	struct conf_block *root = read_all(a, path, buf_text(&text), text.len, o, r);

	buf_free(&text);
	return root;
}
