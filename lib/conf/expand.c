/* What a line stands for before its words are read: definitions ($NAME=VALUE), their use ($NAME,
 * ${NAME}), lines for one machine only (@ID, @^ID), and include.
 *
 * Values are substituted as text where they are used, so that they may hold several words, braces
 * or lines. Every byte of the result remembers the column it comes from. Loops are bounded by
 * counts, not by hope: a definition that needs itself is reported, as are lines and includes that
 * grow without end.
 */
#include "lib/conf/parse.h"

#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

static size_t skip_blanks(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s[i] == ' ' || s[i] == '\t'))
		i++;
	return i;
}

/* ---- definitions --------------------------------------------------------------------------- */

bool conf_expand_is_define(const char *text, size_t n)
{
	size_t i = skip_blanks(text, n);

	if (i >= n || text[i] != '$')
		return false;
	size_t name = conf_name_len(text + i + 1, n - i - 1);

	return name > 0 && i + 1 + name < n && text[i + 1 + name] == '=';
}

static struct conf_define *find_define(struct conf_reader *p, const char *name, size_t n)
{
	for (struct conf_define *d = p->defines; d; d = d->next)
		if (strlen(d->name) == n && memcmp(d->name, name, n) == 0)
			return d;
	return NULL;
}

void conf_define_set(struct conf_reader *p, const char *name, const char *value)
{
	struct conf_define *d = find_define(p, name, strlen(name));

	if (!d) {
		d = arena_new_object(p->arena, struct conf_define);
		d->name = arena_strdup(p->arena, name);
		d->next = p->defines;
		p->defines = d;
	}
	d->value = value;
}

static void add_define(struct conf_reader *p, const char *text, size_t n)
{
	size_t start = skip_blanks(text, n) + 1;
	size_t name = conf_name_len(text + start, n - start);
	size_t value = start + name + 1;

	value += skip_blanks(text + value, n - value);
	conf_define_set(p, arena_strndup(p->arena, text + start, name),
			arena_strndup(p->arena, text + value, n - value));
}

/* ---- substitution -------------------------------------------------------------------------- */

struct expansion {
	struct conf_reader *p;
	struct buf text;
	VEC(int) cols;
	struct conf_pos at; /* of the reference that is being substituted, or of the line */
	int substitutions;
	bool failed;
};

/* The length of a reference at s and its name; 0: none. $NAME counts only where blank, comma,
 * parenthesis, quote or the end follow; ${NAME} counts everywhere. */
static size_t find_reference(const char *s, size_t n, const char **name, size_t *name_len)
{
	bool braces = n > 1 && s[1] == '{';

	*name = s + (braces ? 2 : 1);
	*name_len = conf_name_len(*name, n - (size_t)(*name - s));
	size_t end = (size_t)(*name - s) + *name_len;

	if (*name_len == 0)
		return 0;
	if (braces) {
		end += conf_builtin_args(*name, *name_len, s + end, n - end);
		return end < n && s[end] == '}' ? end + 1 : 0;
	}
	return end == n || strchr(" \t\r\n,)\"{};", s[end]) ? end : 0;
}

static void add_byte(struct expansion *e, char c)
{
	buf_putc(&e->text, c);
	*vec_push(&e->cols) = e->at.col;
	if (e->text.len > CONF_LINE_MAX_BYTES && !e->failed) {
		conf_error(e->p->report, e->at, "the line is longer than %u bytes when expanded",
			   CONF_LINE_MAX_BYTES);
		e->failed = true;
	}
}

static void report_undefined(struct expansion *e, const char *name, size_t n)
{
	if (e->p->options->dialect == CONF_SCENARIO)
		conf_error(e->p->report, e->at, "$%.*s is not defined; $$ stands for a dollar sign",
			   (int)n, name);
	else
		conf_warning(e->p->report, e->at, "$%.*s is not defined; it stays as it is", (int)n,
			     name);
}

static void expand_text(struct expansion *e, const char *s, size_t n, bool in_line);
static bool include_line(struct conf_reader *p, const char *text, size_t n, struct conf_pos at);

/* ${NAME ARGS}: n bytes of name, n_args bytes behind it. False: not a name with a value of its own.
 */
static bool substitute_builtin(struct expansion *e, const char *name, size_t n, size_t n_args)
{
	const char *value = NULL;

	if (e->p->options->dialect == CONF_KEEPALIVED)
		value = conf_builtin_value(
			e->p, name, n, arena_strndup(e->p->arena, name + n, n_args), e->at.file);
	for (const char *c = value; c && *c; c++)
		add_byte(e, *c);
	return value != NULL;
}

/* Substitutes one reference of len bytes; false: it has no definition and stays. */
static bool substitute(struct expansion *e, const char *ref, size_t len, const char *name, size_t n)
{
	struct conf_define *d = find_define(e->p, name, n);

	if (!d && ref[1] == '{' &&
	    substitute_builtin(e, name, n, len - (size_t)(name - ref) - n - 1))
		return true;
	if (!d) {
		report_undefined(e, name, n);
		return false;
	}
	if (d->in_use || ++e->substitutions > CONF_SUBSTITUTIONS_MAX) {
		conf_error(e->p->report, e->at,
			   d->in_use ? "the value of $%s needs $%s itself"
				     : "too many substitutions in one line, last $%s%.0s",
			   d->name, d->name);
		e->failed = true;
		return true;
	}
	d->in_use = true;
	expand_text(e, d->value, strlen(d->value), false);
	d->in_use = false;
	return true;
}

/* in_line: s is the line itself, so columns advance with it. The depth of the recursion is bounded
 * by the number of definitions, as none may need itself. */
static void expand_text(struct expansion *e, const char *s, size_t n, bool in_line)
{
	int col = e->at.col;

	for (size_t i = 0; i < n && !e->failed;) {
		const char *name = NULL;
		size_t name_len = 0;
		size_t len = s[i] == '$' ? find_reference(s + i, n - i, &name, &name_len) : 0;

		if (in_line)
			e->at.col = col + (int)i;
		if (e->p->options->dialect == CONF_SCENARIO && i + 1 < n && s[i] == '$' &&
		    s[i + 1] == '$') {
			add_byte(e, '$');
			i += 2;
			continue;
		}
		if (len && substitute(e, s + i, len, name, name_len)) {
			i += len;
			continue;
		}
		for (size_t end = i + (len ? len : 1); i < end; i++) {
			if (in_line)
				e->at.col = col + (int)i;
			add_byte(e, s[i]);
		}
	}
}

/* ---- conditions ---------------------------------------------------------------------------- */

const char *conf_reader_id(struct conf_reader *p)
{
	char host[256] = "";

	if (p->options->config_id)
		return p->options->config_id;
	gethostname(host, sizeof(host) - 1);
	host[strcspn(host, ".")] = '\0';
	return arena_strdup(p->arena, host);
}

/* Whether a line that starts with @ID or @^ID is for this machine; n_prefix: bytes of the prefix.
 */
static bool line_is_mine(struct conf_reader *p, const char *text, size_t n, size_t *n_prefix)
{
	const char *id = conf_reader_id(p);
	bool inverted = n > 1 && text[1] == '^';
	size_t start = inverted ? 2 : 1, end = start;

	while (end < n && text[end] != ' ' && text[end] != '\t')
		end++;
	*n_prefix = end;
	bool same = strlen(id) == end - start && memcmp(id, text + start, end - start) == 0;

	return same != inverted;
}

void conf_expand_line(struct conf_reader *p, const char *text, size_t n, struct conf_pos at)
{
	size_t blanks = skip_blanks(text, n);

	if (p->options->dialect == CONF_KEEPALIVED && blanks < n && text[blanks] == '@') {
		size_t prefix = 0;

		if (!line_is_mine(p, text + blanks, n - blanks, &prefix))
			return;
		text += blanks + prefix;
		n -= blanks + prefix;
		at.col += (int)(blanks + prefix);
		blanks = skip_blanks(text, n);
	}
	if (p->options->dialect == CONF_KEEPALIVED && blanks < n && text[blanks] == '~') {
		struct conf_pos tilde = at;

		tilde.col += (int)blanks;
		if (conf_expand_repeat(p, text + blanks, n - blanks, tilde))
			return;
	}
	if (conf_expand_is_define(text, n)) {
		add_define(p, text, n);
		return;
	}
	if (p->options->dialect == CONF_KEEPALIVED && include_line(p, text, n, at))
		return;
	if (!memchr(text, '$', n)) {
		conf_read_line(p, &(struct conf_line){text, n, NULL, at});
		return;
	}
	struct expansion e = {.p = p, .at = at};

	expand_text(&e, text, n, true);
	if (!e.failed)
		conf_read_line(p,
			       &(struct conf_line){buf_text(&e.text), e.text.len, e.cols.at, at});
	buf_free(&e.text);
	vec_free(&e.cols);
}

/* ---- include ------------------------------------------------------------------------------- */

/* How strict each of the include keywords is. */
struct include_kind {
	const char *keyword;
	bool must_read;	 /* each named file must be readable */
	bool must_match; /* at least one file must match */
	bool each_brace; /* ... for each alternative in {a,b} */
};

static const struct include_kind include_kinds[] = {
	{"include", false, false, false}, {"includer", true, false, false},
	{"includem", false, true, false}, {"includew", false, true, false},
	{"includeb", false, true, true},  {"includea", true, true, true},
	{NULL, false, false, false},
};

/* Relative paths start at the folder of the file that includes. */
static const char *resolve_path(struct conf_reader *p, const char *from, const char *path)
{
	const char *slash = strrchr(from, '/');

	if (path[0] == '/' || !slash)
		return path;
	return arena_printf(p->arena, "%.*s/%s", (int)(slash - from), from, path);
}

static void report_missing(struct conf_reader *p, const struct include_kind *kind,
			   const struct conf_word *w, const char *path, int err)
{
	bool strict = p->options->dialect == CONF_SCENARIO || kind->must_read ||
		      (kind->must_match && err == -ENOENT);

	if (strict)
		conf_error(p->report, w->pos, "cannot include %s: %s", path, strerror(-err));
	else
		conf_warning(p->report, w->pos, "cannot include %s: %s", path, strerror(-err));
}

static void include_file(struct conf_reader *p, const struct include_kind *kind,
			 const struct conf_word *w, const char *path)
{
	struct buf text = {0};
	const struct conf_options *o = p->options;

	if (++p->n_includes > CONF_INCLUDES_MAX) {
		if (p->n_includes == CONF_INCLUDES_MAX + 1)
			conf_error(p->report, w->pos, "more than %d files are included",
				   CONF_INCLUDES_MAX);
		return;
	}
	int err = o->read_file ? o->read_file(o->ctx, path, &text)
			       : buf_read_file(&text, path, CONF_FILE_MAX_BYTES);

	if (err < 0) {
		report_missing(p, kind, w, path, err);
	} else {
		p->include_depth++;
		conf_read_source(p, arena_strdup(p->arena, path), buf_text(&text), text.len);
		p->include_depth--;
	}
	buf_free(&text);
}

static void include_glob(struct conf_reader *p, const struct include_kind *kind,
			 const struct conf_word *w, const char *pattern)
{
	glob_t g = {0};
	int err = glob(pattern, GLOB_MARK | GLOB_BRACE, NULL, &g);

	if (err == GLOB_NOMATCH)
		report_missing(p, kind, w, pattern, -ENOENT);
	else if (err != 0)
		report_missing(p, kind, w, pattern, -EIO);
	for (size_t i = 0; err == 0 && i < g.gl_pathc; i++)
		include_file(p, kind, w, g.gl_pathv[i]);
	globfree(&g);
}

/* The first {a,b} of a pattern, one alternative after the other. */
static void include_braces(struct conf_reader *p, const struct include_kind *kind,
			   const struct conf_word *w, const char *pattern)
{
	const char *open = strchr(pattern, '{'), *close = open ? strchr(open, '}') : NULL;

	if (!close || !kind->each_brace) {
		include_glob(p, kind, w, pattern);
		return;
	}
	for (const char *at = open + 1; at <= close;) {
		size_t len = strcspn(at, ",}");

		include_braces(p, kind, w,
			       arena_printf(p->arena, "%.*s%.*s%s", (int)(open - pattern), pattern,
					    (int)len, at, close + 1));
		at += len + 1;
	}
}

/* A path with {a,b} is one word, though braces open blocks elsewhere. False: not such a line. */
static bool include_line(struct conf_reader *p, const char *text, size_t n, struct conf_pos at)
{
	size_t start = skip_blanks(text, n), end = start, path;
	struct conf_word word[2] = {0};

	while (end < n && text[end] >= 'a' && text[end] <= 'z')
		end++;
	path = end + skip_blanks(text + end, n - end);
	if (path == end || n - start < 7 || memcmp(text + start, "include", 7) != 0 ||
	    !memchr(text, '{', n) || memchr(text, '"', n) || memchr(text, '\n', n))
		return false;
	word[0].text = arena_strndup(p->arena, text + start, end - start);
	word[1].text = arena_strndup(p->arena, text + path, n - path);
	word[0].pos = word[1].pos = at;
	word[0].pos.col += (int)start;
	word[1].pos.col += (int)path;
	return conf_expand_include(p, &(struct conf_stmt){.word = word, .n_words = 2});
}

bool conf_expand_include(struct conf_reader *p, const struct conf_stmt *s)
{
	const struct include_kind *kind = include_kinds;

	while (kind->keyword && strcmp(kind->keyword, s->word[0].text) != 0)
		kind++;
	if (!kind->keyword)
		return false;
	if (s->n_words != 2) {
		conf_error(p->report, s->word[0].pos, "'%s' expects one path", kind->keyword);
		return true;
	}
	if (p->include_depth == CONF_INCLUDE_DEPTH_MAX) {
		conf_error(p->report, s->word[1].pos, "includes are nested more than %d deep",
			   CONF_INCLUDE_DEPTH_MAX);
		return true;
	}
	const char *path = resolve_path(p, s->word[0].pos.file, s->word[1].text);

	if (p->options->read_file)
		include_file(p, kind, &s->word[1], path);
	else
		include_braces(p, kind, &s->word[1], path);
	return true;
}
