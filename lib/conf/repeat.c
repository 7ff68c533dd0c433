/* Lines that stand for several: ~SEQ(VAR,...) and ~LST(VAR,...) of keepalived. The text behind the
 * parenthesis is read once for each value, with VAR defined as it; a second one on the line nests
 * inside the first. Both are bounded by counts.
 */
#include "lib/conf/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define REPEAT_DEPTH_MAX 8     /* on one line */
#define REPEATS_MAX	 10000 /* in one file and all that it includes */
#define LIST_VARS_MAX	 16

struct repeat {
	struct conf_reader *p;
	struct conf_pos at;
	const char *rest; /* what is repeated */
	size_t n_rest;
	struct conf_pos rest_at;
};

static void repeat_once(const struct repeat *r)
{
	if (++r->p->n_repeats > REPEATS_MAX) {
		if (r->p->n_repeats == REPEATS_MAX + 1)
			conf_error(r->p->report, r->at, "lines are repeated more than %d times",
				   REPEATS_MAX);
		return;
	}
	conf_expand_line(r->p, r->rest, r->n_rest, r->rest_at);
}

/* The next field of a list at *at, ended by a comma outside braces or by the end; blanks around it
 * are cut off. NULL: there is none. */
static char *field_next(struct conf_reader *p, const char **at)
{
	const char *start = *at, *end;
	int braces = 0;

	if (!start)
		return NULL;
	for (end = start; *end && (*end != ',' || braces > 0); end++)
		braces += *end == '{' ? 1 : *end == '}' ? -1 : 0;
	*at = *end ? end + 1 : NULL;
	while (start < end && isspace((unsigned char)*start))
		start++;
	while (end > start && isspace((unsigned char)end[-1]))
		end--;
	return arena_strndup(p->arena, start, (size_t)(end - start));
}

/* ---- ~SEQ, ~SEQx ------------------------------------------------------------------------------
 */

static bool number_read(const char *text, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 0);
	return errno == 0 && end != text && *end == '\0';
}

/* [START,[STEP,]]END */
static bool sequence_read(struct conf_reader *p, const char *args, long *start, long *step,
			  long *end)
{
	long v[3];
	int n = 0;
	const char *field;

	while ((field = field_next(p, &args)))
		if (n == 3 || !number_read(field, &v[n++]))
			return false;
	if (n == 0)
		return false;
	*end = v[n - 1];
	*start = n > 1 ? v[0] : *end < 0 ? -1 : 1;
	*step = n > 2 ? v[1] : *start <= *end ? 1 : -1;
	return *step != 0 && labs(*start) < INT32_MAX && labs(*end) < INT32_MAX &&
	       labs(*step) < INT32_MAX;
}

static void repeat_sequence(struct repeat *r, const char *args, bool hex)
{
	const char *var = field_next(r->p, &args);
	long start, step, end;

	if (!var || conf_name_len(var, strlen(var)) != strlen(var) || !*var ||
	    !sequence_read(r->p, args, &start, &step, &end) || (hex && (start < 0 || end < 0))) {
		conf_error(r->p->report, r->at,
			   "expected ~SEQ%s(VAR, [START, [STEP,]] END) with %s numbers",
			   hex ? "x" : "", hex ? "positive" : "whole");
		return;
	}
	for (long v = start; step > 0 ? v <= end : v >= end; v += step) {
		if (r->p->n_repeats > REPEATS_MAX)
			return;
		conf_define_set(r->p, var, arena_printf(r->p->arena, hex ? "%lx" : "%ld", v));
		repeat_once(r);
	}
}

/* ---- ~LST -------------------------------------------------------------------------------------
 */

/* "{a,b}" or "a" as up to LIST_VARS_MAX fields. */
static int tuple_read(struct conf_reader *p, const char *text, const char *out[LIST_VARS_MAX])
{
	size_t len = strlen(text);
	const char *at = text;
	int n = 0;

	if (len >= 2 && text[0] == '{' && text[len - 1] == '}')
		at = arena_strndup(p->arena, text + 1, len - 2);
	while (n < LIST_VARS_MAX && (out[n] = field_next(p, &at)))
		n++;
	return n;
}

static void repeat_list(struct repeat *r, const char *args)
{
	const char *vars[LIST_VARS_MAX], *values[LIST_VARS_MAX];
	const char *field = field_next(r->p, &args);
	int n = field ? tuple_read(r->p, field, vars) : 0;
	bool good = n > 0 && args;

	for (int i = 0; good && i < n; i++)
		good = *vars[i] && conf_name_len(vars[i], strlen(vars[i])) == strlen(vars[i]);
	if (!good) {
		conf_error(r->p->report, r->at,
			   "expected ~LST(VAR, VALUE, ...) or ~LST({VAR,...}, {VALUE,...}, ...)");
		return;
	}
	while ((field = field_next(r->p, &args))) {
		int given = 1;

		values[0] = field;
		if (n > 1)
			given = tuple_read(r->p, field, values);
		for (int i = 0; i < n; i++)
			conf_define_set(r->p, vars[i], i < given ? values[i] : "");
		repeat_once(r);
	}
}

/* ---- both -------------------------------------------------------------------------------------
 */

bool conf_expand_repeat(struct conf_reader *p, const char *text, size_t n, struct conf_pos at)
{
	static const char *const names[] = {"~SEQ(", "~SEQx(", "~LST("};
	struct repeat r = {.p = p, .at = at};
	size_t kind = 0, len = 0, close;
	char *args;

	for (; kind < 3; kind++) {
		len = strlen(names[kind]);
		if (n > len && !memcmp(text, names[kind], len))
			break;
	}
	if (kind == 3)
		return false;
	for (close = len; close < n && text[close] != ')'; close++)
		;
	if (close == n) {
		conf_error(p->report, at, "%.*s...) has no ')'", (int)len, text);
		return true;
	}
	if (p->repeat_depth == REPEAT_DEPTH_MAX) {
		conf_error(p->report, at, "more than %d ~SEQ or ~LST on one line",
			   REPEAT_DEPTH_MAX);
		return true;
	}
	args = arena_strndup(p->arena, text + len, close - len);
	r.rest = text + close + 1;
	r.n_rest = n - close - 1;
	r.rest_at = at;
	r.rest_at.col += (int)close + 1;
	p->repeat_depth++;
	if (kind == 2)
		repeat_list(&r, args);
	else
		repeat_sequence(&r, args, kind == 1);
	p->repeat_depth--;
	return true;
}
