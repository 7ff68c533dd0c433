/* Prints a verdict: head, timeline (timeline.c), waterfalls, checks. Colour says nothing that the
 * words do not say too. */
#include "reports/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_DEFAULT = 100, WIDTH_MIN = 60, WIDTH_MAX = 160, CHECK_COLUMN = 66 };

struct term term_of(FILE *stream)
{
	struct term t = {.is_terminal = isatty(fileno(stream)) == 1, .width = WIDTH_DEFAULT};
	struct winsize size;
	const char *no_color = getenv("NO_COLOR"), *kind = getenv("TERM");

	if (!t.is_terminal)
		return t;
	t.color = !(no_color && *no_color) && kind && strcmp(kind, "dumb") != 0;
	if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col)
		t.width = size.ws_col;
	t.width = t.width < WIDTH_MIN ? WIDTH_MIN : t.width > WIDTH_MAX ? WIDTH_MAX : t.width;
	return t;
}

void term_put(struct buf *out, const struct term *t, enum term_tone tone, const char *text)
{
	static const char *const codes[] = {
		[TONE_PLAIN] = "",	    [TONE_GOOD] = "\033[32m", [TONE_BAD] = "\033[1;31m",
		[TONE_UNSURE] = "\033[33m", [TONE_DIM] = "\033[2m",   [TONE_BOLD] = "\033[1m",
	};

	if (t->color && tone != TONE_PLAIN)
		buf_printf(out, "%s%s\033[0m", codes[tone], text);
	else
		buf_puts(out, text);
}

enum term_tone term_tone_of(enum judge_result r)
{
	switch (r) {
	case JUDGE_PASS:
		return TONE_GOOD;
	case JUDGE_FAIL:
		return TONE_BAD;
	case JUDGE_UNKNOWN:
		return TONE_UNSURE;
	}
	return TONE_PLAIN;
}

static const char *result_word(enum judge_result r)
{
	switch (r) {
	case JUDGE_PASS:
		return "PASS   ";
	case JUDGE_FAIL:
		return "FAIL   ";
	case JUDGE_UNKNOWN:
		return "UNKNOWN";
	}
	return "?";
}

/* ---- waterfall ----------------------------------------------------------------------------- */

struct point {
	const struct moment *at;
	const char *what;
};

static int point_order(const void *pa, const void *pb)
{
	const struct point *a = pa, *b = pb;

	if (a->at->t_ns != b->at->t_ns)
		return a->at->t_ns < b->at->t_ns ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at); /* the struct holds them in their usual order */
}

static void put_points(const struct verdict *v, const struct change *c, const struct term *t,
		       struct buf *out)
{
	struct arena *a = v->m->arena;
	const char *from = evidence_node_name(v->ev, c->from);
	const char *to = evidence_node_name(v->ev, c->to);
	struct point points[] = {
		{&c->fault, c->step < 0 ? "" : v->ev->steps.at[c->step].text},
		{&c->old_last_advert,
		 arena_printf(a, "last advert of %s%s", from,
			      c->kind == CHANGE_RELEASED ? " (priority 0)" : "")},
		{&c->last_to_old, arena_printf(a, "last packet that reached %s", from)},
		{&c->first_advert, arena_printf(a, "first advert of %s", to)},
		{&c->first_garp, arena_printf(a, "%s announces the address", to)},
		{&c->client_entry, arena_printf(a, "a client's neighbour entry points to %s", to)},
		{&c->forwarding, arena_printf(a, "the bridge's entry points to %s", to)},
		{&c->first_reply, "first packet from the address that a client got"},
	};
	size_t n = sizeof(points) / sizeof(points[0]), kept = 0;

	for (size_t i = 0; i < n; i++)
		if (points[i].at->ref.number)
			points[kept++] = points[i];
	qsort(points, kept, sizeof(points[0]), point_order);
	int64_t zero_ns = c->fault.ref.number ? c->fault.t_ns : c->old_last_advert.t_ns;

	for (size_t i = 0; i < kept; i++) {
		int64_t ns = points[i].at->t_ns - zero_ns;

		buf_printf(out, "  %+12.6f s  %-52s ", (double)ns / 1e9, points[i].what);
		term_put(out, t, TONE_DIM, ref_text(v, points[i].at->ref));
		buf_putc(out, '\n');
	}
}

void terminal_waterfalls(const struct verdict *v, const struct term *t, struct buf *out)
{
	struct arena *a = v->m->arena;

	for (size_t i = 0; i < v->m->changes.n; i++) {
		const struct change *c = &v->m->changes.at[i];

		if (c->step < 0)
			continue;
		if (out->len)
			buf_putc(out, '\n');
		term_put(out, t, TONE_BOLD,
			 arena_printf(a, "%s: %s -> %s", ip_text(a, &v->ev->vips.at[c->vip]),
				      evidence_node_name(v->ev, c->from),
				      evidence_node_name(v->ev, c->to)));
		buf_printf(out, " (%s): %s", change_kind_text(c->kind), ns_text(a, c->measured_ns));
		if (c->has_floor)
			buf_printf(out, ", floor %s, excess %s", ns_text(a, c->floor_ns),
				   ns_text(a, c->excess_ns));
		buf_putc(out, '\n');
		put_points(v, c, t, out);
	}
}

/* ---- checks -------------------------------------------------------------------------------- */

/* Wide enough for all checks, but for very long ones, whose findings go to a line of their own. */
static int check_column(const struct verdict *v)
{
	int widest = 0;

	for (unsigned i = 0; i < v->n_checks; i++) {
		int n = (int)strlen(v->checks[i]->text);

		if (n > widest && n <= CHECK_COLUMN)
			widest = n;
	}
	return widest;
}

static void put_check(const struct verdict *v, unsigned i, const struct term *t, struct buf *out)
{
	const struct finding *f = &v->findings[i];
	int column = check_column(v);

	buf_puts(out, "  ");
	term_put(out, t, term_tone_of(f->result), result_word(f->result));
	buf_printf(out, "  %-*s  ", column, v->checks[i]->text);
	if ((int)strlen(v->checks[i]->text) > column)
		buf_printf(out, "\n%*s", column + 13, "");
	buf_printf(out, "%s\n", f->text);
	if (f->result == JUDGE_PASS || f->n_refs == 0)
		return;
	struct buf refs = {0};

	buf_printf(&refs, "%*ssee", column + 13, "");
	for (unsigned k = 0; k < f->n_refs; k++)
		buf_printf(&refs, " %s", ref_text(v, f->refs[k]));
	term_put(out, t, TONE_DIM, buf_text(&refs));
	buf_putc(out, '\n');
	buf_free(&refs);
}

void terminal_checks(const struct verdict *v, const struct term *t, struct buf *out)
{
	for (size_t i = 0; i < v->ev->flaws.n; i++) {
		buf_puts(out, "  ");
		term_put(out, t, TONE_UNSURE, "UNKNOWN");
		buf_printf(out, "  the run itself: %s\n", v->ev->flaws.at[i].text);
	}
	for (unsigned i = 0; i < v->n_checks; i++)
		put_check(v, i, t, out);
}

void terminal_print(const struct verdict *v, const struct term *t, struct buf *out)
{
	struct buf part = {0};

	terminal_timeline(v, t, out);
	terminal_waterfalls(v, t, &part);
	if (part.len)
		buf_printf(out, "\n%s", buf_text(&part));
	buf_free(&part);
	buf_putc(out, '\n');
	terminal_checks(v, t, out);
}
