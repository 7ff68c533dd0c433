/* The timeline: a column is a slice of the run, a row a lane. Lanes: the steps by number, each
 * director (running, with a link down, not running), each address (its owner's name, then a line as
 * long as it owns), each traffic (answered, or not). A short event shows in its whole column: a
 * slice with one lost probe is a slice with losses. */
#include "lib/base/mono.h"
#include "reports/terminal.h"

enum { LABEL_MAX = 24, COLUMNS_MAX = 200 };

struct lane {
	char cell[COLUMNS_MAX + 1];
	enum term_tone tone[COLUMNS_MAX];
};

struct chart {
	const struct verdict *v;
	const struct term *t;
	struct buf *out;
	int label;   /* columns of the names on the left */
	int columns; /* of time */
};

static int64_t start_of(const struct chart *c, int column)
{
	return c->v->ev->end_ns / c->columns * column;
}

static int column_of(const struct chart *c, int64_t t_ns)
{
	int64_t slice = c->v->ev->end_ns / c->columns;
	int64_t i = slice > 0 ? t_ns / slice : 0;

	if (i < 0)
		return 0;
	return i >= c->columns ? c->columns - 1 : (int)i;
}

static void put_lane(struct chart *c, const char *name, const struct lane *l)
{
	buf_printf(c->out, "  %-*.*s ", c->label, c->label, name);
	for (int i = 0; i < c->columns;) {
		int n = i;
		char run[COLUMNS_MAX + 1];

		while (n < c->columns && l->tone[n] == l->tone[i])
			n++;
		memcpy(run, l->cell + i, (size_t)(n - i));
		run[n - i] = '\0';
		term_put(c->out, c->t, l->tone[i], run);
		i = n;
	}
	while (c->out->len && c->out->data[c->out->len - 1] == ' ')
		c->out->data[--c->out->len] = '\0';
	buf_putc(c->out, '\n');
}

static struct lane blank(char fill, enum term_tone tone)
{
	struct lane l;

	memset(l.cell, fill, sizeof(l.cell));
	for (int i = 0; i < COLUMNS_MAX; i++)
		l.tone[i] = tone;
	return l;
}

static void write_at(const struct chart *c, struct lane *l, int column, const char *text)
{
	for (; *text && column < c->columns; text++, column++)
		l->cell[column] = *text;
}

/* A round step that gives 4 to 9 marks. */
static int64_t scale_step(int64_t end_ns)
{
	static const int64_t steps_s[] = {1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600};

	for (size_t i = 0; i < sizeof(steps_s) / sizeof(steps_s[0]); i++)
		if (end_ns / (steps_s[i] * NS_PER_S) < 10)
			return steps_s[i] * NS_PER_S;
	return 86400 * NS_PER_S;
}

static void put_scale(struct chart *c)
{
	struct lane l = blank(' ', TONE_DIM);
	int64_t step_ns = scale_step(c->v->ev->end_ns);

	for (int64_t t = 0; t < c->v->ev->end_ns; t += step_ns)
		write_at(c, &l, column_of(c, t), ns_text(c->v->m->arena, t));
	put_lane(c, "", &l);
}

static void put_steps(struct chart *c)
{
	struct lane l = blank(' ', TONE_BOLD);

	for (size_t i = 0; i < c->v->ev->steps.n; i++) {
		const struct ev_step *s = &c->v->ev->steps.at[i];
		int at = column_of(c, s->t_ns);
		char text[16];

		while (at + 2 < c->columns && l.cell[at] != ' ')
			at++;
		snprintf(text, sizeof(text), "%u", s->id);
		write_at(c, &l, at, text);
	}
	if (c->v->ev->steps.n)
		put_lane(c, "steps", &l);
}

/* ---- directors ----------------------------------------------------------------------------- */

static bool is_director_driver(const char *driver)
{
	return !strcmp(driver, "vipd") || !strcmp(driver, "keepalived");
}

static void put_director(struct chart *c, unsigned node)
{
	const struct evidence *ev = c->v->ev;
	struct lane l = blank(' ', TONE_PLAIN);

	for (int i = 0; i < c->columns; i++) {
		int64_t until_ns = start_of(c, i + 1);
		bool runs = false, links = true;

		for (size_t k = 0; k < ev->programs.n && ev->programs.at[k].t_ns < until_ns; k++)
			if (ev->programs.at[k].node == node &&
			    is_director_driver(ev->programs.at[k].driver))
				runs = ev->programs.at[k].start;
		for (size_t k = 0; k < ev->ports.n; k++)
			if (ev->ports.at[k].node == node &&
			    !evidence_link_running(ev, node, ev->ports.at[k].ifname, until_ns - 1))
				links = false;
		if (runs)
			l.cell[i] = '-';
		if (runs && links)
			l.cell[i] = '=';
		l.tone[i] = links ? TONE_PLAIN : TONE_BAD;
	}
	put_lane(c, evidence_node_name(ev, node), &l);
}

/* ---- addresses ----------------------------------------------------------------------------- */

static void put_address(struct chart *c, const struct ownership *o)
{
	struct lane l = blank(' ', TONE_PLAIN);

	for (size_t i = 0; i < o->spans.n; i++) {
		const struct span *s = &o->spans.at[i];
		int from = column_of(c, s->from_ns), to = column_of(c, s->to_ns);

		for (int k = from; k <= to; k++)
			l.cell[k] = '-';
		write_at(c, &l, from, evidence_node_name(c->v->ev, s->node));
	}
	for (size_t i = 0; i < o->pauses.n; i++) {
		int from = column_of(c, o->pauses.at[i].from_ns) + 1;
		int to = column_of(c, o->pauses.at[i].to_ns);

		for (int k = from; k < to; k++) {
			l.cell[k] = '.';
			l.tone[k] = TONE_BAD;
		}
	}
	put_lane(c, ip_text(c->v->m->arena, &c->v->ev->vips.at[o->vip]), &l);
}

/* ---- traffic ------------------------------------------------------------------------------- */

static void mark(struct chart *c, struct lane *l, int64_t from_ns, int64_t to_ns, bool ok)
{
	for (int i = column_of(c, from_ns); i <= column_of(c, to_ns); i++) {
		if (ok && l->cell[i] == 'x')
			continue;
		l->cell[i] = ok ? '-' : 'x';
		l->tone[i] = ok ? TONE_PLAIN : TONE_BAD;
	}
}

static void put_traffic(struct chart *c, const struct scn_traffic *t)
{
	const struct evidence *ev = c->v->ev;
	struct lane l = blank(' ', TONE_PLAIN);

	for (size_t i = 0; i < ev->requests.n; i++)
		if (ev->requests.at[i].traffic == t)
			mark(c, &l, ev->requests.at[i].sent_ns, ev->requests.at[i].t_ns,
			     ev->requests.at[i].ok);
	for (size_t i = 0; i < ev->streams.n; i++)
		if (ev->streams.at[i].traffic == t &&
		    ev->streams.at[i].last < INT64_MAX / 4 / (t->every_ns + 1))
			mark(c, &l, t->start_ns + ev->streams.at[i].first * t->every_ns,
			     t->start_ns + ev->streams.at[i].last * t->every_ns,
			     ev->streams.at[i].ok);
	put_lane(c, t->name, &l);
}

static void widen(struct chart *c, const char *name)
{
	int n = (int)strlen(name);

	if (n > c->label)
		c->label = n < LABEL_MAX ? n : LABEL_MAX;
}

static void choose_widths(struct chart *c)
{
	const struct evidence *ev = c->v->ev;

	c->label = (int)strlen("steps");
	for (size_t i = 0; i < ev->nodes.n; i++)
		if (ev->nodes.at[i].director)
			widen(c, ev->nodes.at[i].name);
	for (size_t i = 0; i < c->v->m->vips.n; i++)
		if (c->v->m->vips.at[i].advertised)
			widen(c, ip_text(c->v->m->arena, &ev->vips.at[i]));
	for (const struct scn_traffic *t = ev->scenario->traffics; t; t = t->next)
		widen(c, t->name);
	c->columns = c->t->width - c->label - 4;
	if (c->columns > COLUMNS_MAX)
		c->columns = COLUMNS_MAX;
}

void terminal_timeline(const struct verdict *v, const struct term *t, struct buf *out)
{
	struct chart c = {.v = v, .t = t, .out = out};
	const struct evidence *ev = v->ev;

	choose_widths(&c);
	if (ev->end_ns < c.columns)
		return; /* nothing happened */
	put_scale(&c);
	put_steps(&c);
	for (unsigned n = 0; n < ev->nodes.n; n++)
		if (ev->nodes.at[n].director)
			put_director(&c, n);
	for (size_t i = 0; i < v->m->vips.n; i++)
		if (v->m->vips.at[i].advertised)
			put_address(&c, &v->m->vips.at[i]);
	for (const struct scn_traffic *f = ev->scenario->traffics; f; f = f->next)
		put_traffic(&c, f);
	term_put(out, t, TONE_DIM,
		 arena_printf(v->m->arena,
			      "  %*s = runs, - with a link down; NAME--- owns, . nobody does; "
			      "- answered, x not\n",
			      c.label, ""));
	for (size_t i = 0; i < ev->steps.n; i++)
		buf_printf(out, "  %*u %8.3f s  %s%s%s\n", c.label, ev->steps.at[i].id,
			   (double)ev->steps.at[i].t_ns / 1e9, ev->steps.at[i].text,
			   ev->steps.at[i].ok ? "" : ": ",
			   ev->steps.at[i].ok ? "" : ev->steps.at[i].result);
}
