/* Collects problems and prints them as compilers do: position, text, the line, a caret.
 *
 * The report keeps a copy of every text that was read, so that it can show the line later and may
 * outlive the tree. It does not decide what an error means: callers ask for the counts.
 */
#include "lib/conf/parse.h"

#include "lib/base/vec.h"

#include <stdarg.h>

#define WARNINGS_MAX 10000
#define SHOWN_BYTES  120 /* of a source line */
#define BEFORE_BYTES 60	 /* of these, at most so many before the caret in a long line */
#define CARET_INDENT "    "

struct source {
	char *file;
	struct buf text;
};

struct problem {
	enum conf_severity severity;
	struct conf_pos at; /* file belongs to names */
	char *text;
};

struct conf_report {
	VEC(struct problem) problems;
	VEC(struct source) sources;
	VEC(char *) names;
	int errors, warnings;
};

struct conf_report *conf_report_new(void)
{
	struct conf_report *r = calloc(1, sizeof(*r));

	must(r != NULL);
	return r;
}

void conf_report_free(struct conf_report *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->problems.n; i++)
		free(r->problems.at[i].text);
	for (size_t i = 0; i < r->sources.n; i++) {
		free(r->sources.at[i].file);
		buf_free(&r->sources.at[i].text);
	}
	for (size_t i = 0; i < r->names.n; i++)
		free(r->names.at[i]);
	vec_free(&r->problems);
	vec_free(&r->sources);
	vec_free(&r->names);
	free(r);
}

static char *copy_text(const char *s)
{
	char *copy = strdup(s);

	must(copy != NULL);
	return copy;
}

static const char *keep_name(struct conf_report *r, const char *file)
{
	for (size_t i = 0; i < r->names.n; i++)
		if (strcmp(r->names.at[i], file) == 0)
			return r->names.at[i];
	char *copy = copy_text(file);

	*vec_push(&r->names) = copy;
	return copy;
}

static const struct source *find_source(const struct conf_report *r, const char *file)
{
	for (size_t i = 0; i < r->sources.n; i++)
		if (strcmp(r->sources.at[i].file, file) == 0)
			return &r->sources.at[i];
	return NULL;
}

void conf_report_source(struct conf_report *r, const char *file, const char *text, size_t n)
{
	if (find_source(r, file))
		return;
	struct source *s = vec_push(&r->sources);

	s->file = copy_text(file);
	buf_add(&s->text, text, n);
}

static void add_problem(struct conf_report *r, enum conf_severity severity, struct conf_pos at,
			const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));

static void add_problem(struct conf_report *r, enum conf_severity severity, struct conf_pos at,
			const char *fmt, va_list ap)
{
	int *count = severity == CONF_ERROR ? &r->errors : &r->warnings;
	int max = severity == CONF_ERROR ? CONF_ERRORS_MAX : WARNINGS_MAX;

	if ((*count)++ >= max)
		return;
	struct buf text = {0};

	buf_vprintf(&text, fmt, ap);
	at.file = keep_name(r, at.file ? at.file : "-");
	*vec_push(&r->problems) = (struct problem){severity, at, copy_text(buf_text(&text))};
	buf_free(&text);
}

void conf_error(struct conf_report *r, struct conf_pos at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_problem(r, CONF_ERROR, at, fmt, ap);
	va_end(ap);
}

void conf_warning(struct conf_report *r, struct conf_pos at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_problem(r, CONF_WARNING, at, fmt, ap);
	va_end(ap);
}

int conf_report_errors(const struct conf_report *r)
{
	return r->errors;
}

int conf_report_warnings(const struct conf_report *r)
{
	return r->warnings;
}

const char *conf_report_text(const struct conf_report *r, int n, enum conf_severity *severity,
			     struct conf_pos *at)
{
	if (n < 0 || (size_t)n >= r->problems.n)
		return NULL;
	const struct problem *p = &r->problems.at[n];

	if (severity)
		*severity = p->severity;
	if (at)
		*at = p->at;
	return p->text;
}

static size_t source_index(const struct conf_report *r, const char *file)
{
	size_t i = 0;

	while (i < r->sources.n && strcmp(r->sources.at[i].file, file) != 0)
		i++;
	return i;
}

static bool is_before(const struct conf_report *r, const struct problem *a, const struct problem *b)
{
	size_t file_a = source_index(r, a->at.file), file_b = source_index(r, b->at.file);

	if (file_a != file_b)
		return file_a < file_b;
	return a->at.line != b->at.line ? a->at.line < b->at.line : a->at.col < b->at.col;
}

/* By insertion: problems are few, mostly in order, and those of one place must keep theirs. */
void conf_report_sort(struct conf_report *r)
{
	for (size_t i = 1; i < r->problems.n; i++) {
		struct problem p = r->problems.at[i];
		size_t k = i;

		for (; k > 0 && is_before(r, &p, &r->problems.at[k - 1]); k--)
			r->problems.at[k] = r->problems.at[k - 1];
		r->problems.at[k] = p;
	}
}

/* The line of a source, without its end. Returns its length, -1 if there is none. */
static int find_line(const struct source *s, int line, const char **start)
{
	const char *at = buf_text(&s->text), *end = at + s->text.len;

	for (int n = 1; n < line; n++) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		if (!nl)
			return -1;
		at = nl + 1;
	}
	const char *nl = memchr(at, '\n', (size_t)(end - at));

	*start = at;
	return (int)((nl ? nl : end) - at);
}

static void print_byte(struct buf *out, char c)
{
	if (c == '\t')
		buf_putc(out, ' ');
	else if ((unsigned char)c < ' ' || c == 0x7f)
		buf_putc(out, '?');
	else
		buf_putc(out, c);
}

/* Shows the line without its indentation; of a long line, the part around the caret. */
static void print_line(const struct source *s, struct conf_pos at, struct buf *out)
{
	const char *line = NULL;
	int n = find_line(s, at.line, &line);
	int caret = at.col - 1, from = 0;

	if (n <= 0 || caret < 0 || caret > n)
		return;
	if (line[n - 1] == '\r' && n > 1)
		n--;
	while (from < caret && (line[from] == ' ' || line[from] == '\t'))
		from++;
	bool cut_front = caret - from > SHOWN_BYTES - 20;

	if (cut_front)
		from = caret - BEFORE_BYTES;
	int to = n - from > SHOWN_BYTES ? from + SHOWN_BYTES : n;

	buf_puts(out, cut_front ? CARET_INDENT "..." : CARET_INDENT);
	for (int i = from; i < to; i++)
		print_byte(out, line[i]);
	buf_puts(out, to < n ? "...\n" : "\n");
	buf_puts(out, cut_front ? CARET_INDENT "   " : CARET_INDENT);
	for (int i = from; i < caret; i++)
		if (((unsigned char)line[i] & 0xc0) != 0x80)
			buf_putc(out, ' ');
	buf_puts(out, "^\n");
}

void conf_report_print(const struct conf_report *r, struct buf *out)
{
	for (size_t i = 0; i < r->problems.n; i++) {
		const struct problem *p = &r->problems.at[i];
		const struct source *s = find_source(r, p->at.file);

		buf_puts(out, p->at.file);
		if (p->at.line > 0)
			buf_printf(out, ":%d:%d", p->at.line, p->at.col);
		buf_printf(out, ": %s: %s\n", p->severity == CONF_ERROR ? "error" : "warning",
			   p->text);
		if (s && p->at.line > 0)
			print_line(s, p->at, out);
	}
	if (r->errors > CONF_ERRORS_MAX)
		buf_printf(out, "and %d more errors\n", r->errors - CONF_ERRORS_MAX);
	if (r->warnings > WARNINGS_MAX)
		buf_printf(out, "and %d more warnings\n", r->warnings - WARNINGS_MAX);
}
