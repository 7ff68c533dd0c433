/* The progress line. Redrawn at most ten times a second; without a terminal a line every 10 s, so
 * that a log of a long run shows that it lives and stays short. */
#include "reports/progress.h"

#define REDRAW_NS (100 * NS_PER_MS)
#define SPARSE_NS (10 * NS_PER_S)

struct progress progress_start(const char *name, int64_t duration_ns)
{
	mono_t now = mono_now();

	return (struct progress){.term = term_of(stderr),
				 .name = name,
				 .duration_ns = duration_ns,
				 .started = now,
				 .shown = now};
}

int64_t progress_real_ns(const struct progress *p)
{
	return mono_diff(mono_now(), p->started);
}

static double seconds(int64_t ns)
{
	return (double)ns / (double)NS_PER_S;
}

void progress_show(void *ctx, const struct ground_progress *g)
{
	struct progress *p = ctx;
	mono_t now = mono_now();

	if (mono_diff(now, p->shown) < (p->term.is_terminal ? REDRAW_NS : SPARSE_NS))
		return;
	p->shown = now;
	struct buf line = {0};

	buf_printf(&line, "%s  %.1f of %.0f s, %.1f s real  %s", p->name, seconds(g->virtual_ns),
		   seconds(p->duration_ns), seconds(mono_diff(now, p->started)),
		   g->text ? g->text : "");
	if (p->term.is_terminal)
		fprintf(stderr, "\r\033[K%.*s", p->term.width - 1, buf_text(&line));
	else
		fprintf(stderr, "%s\n", buf_text(&line));
	fflush(stderr);
	p->line_is_open = p->term.is_terminal;
	buf_free(&line);
}

void progress_end(struct progress *p)
{
	if (p->line_is_open)
		fprintf(stderr, "\r\033[K");
	p->line_is_open = false;
}
