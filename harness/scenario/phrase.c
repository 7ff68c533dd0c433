/* Reads statements that are phrases ("owner IP NODE from T to T") word by word. After the first
 * error the rest of the statement is skipped in silence. */
#include "harness/scenario/load.h"

#include <string.h>

struct scn_phrase scn_phrase_start(struct conf_bind *b, const struct conf_stmt *s)
{
	return (struct scn_phrase){.b = b, .s = s, .next = 1};
}

static const char *usage(const struct scn_phrase *p)
{
	const struct conf_keyword *row = conf_bind_row(p->b);

	return arena_printf(p->b->arena, "%s %s", row->name, row->args);
}

const struct conf_word *scn_phrase_word(struct scn_phrase *p)
{
	if (p->failed)
		return NULL;
	if (p->next < p->s->n_words)
		return &p->s->word[p->next++];
	conf_error(p->b->report, p->s->word[p->s->n_words - 1].pos,
		   "something is missing after '%.80s', expected: %s",
		   p->s->word[p->s->n_words - 1].text, usage(p));
	p->failed = true;
	return NULL;
}

bool scn_phrase_maybe(struct scn_phrase *p, const char *word)
{
	if (p->failed || p->next >= p->s->n_words || strcmp(p->s->word[p->next].text, word) != 0)
		return false;
	p->next++;
	return true;
}

void scn_phrase_must(struct scn_phrase *p, const char *word)
{
	const struct conf_word *w = scn_phrase_word(p);

	if (!w || strcmp(w->text, word) == 0)
		return;
	conf_error(p->b->report, w->pos, "expected '%s', found '%.80s'; the form is: %s", word,
		   w->text, usage(p));
	p->failed = true;
}

void scn_phrase_duration(struct scn_phrase *p, int64_t *out_ns)
{
	const struct conf_word *w = scn_phrase_word(p);

	if (w && !conf_get_duration(p->b, w, out_ns))
		p->failed = true;
}

void scn_phrase_time(struct scn_phrase *p, int64_t *out_ns)
{
	const struct conf_word *w = scn_phrase_word(p);
	const struct scenario *s = scn_load(p->b)->s;

	if (!w || !conf_get_duration(p->b, w, out_ns)) {
		p->failed = true;
	} else if (s->duration_ns && *out_ns > s->duration_ns) {
		conf_error(p->b->report, w->pos, "%s is after the end of the run, which lasts %gs",
			   w->text, (double)s->duration_ns / 1e9);
		p->failed = true;
	}
}

void scn_phrase_count(struct scn_phrase *p, int64_t *out)
{
	const struct conf_word *w = scn_phrase_word(p);

	if (w && !conf_get_int(p->b, w, 0, 1000000000, out))
		p->failed = true;
}

void scn_phrase_ip(struct scn_phrase *p, struct conf_ip *out)
{
	const struct conf_word *w = scn_phrase_word(p);
	uint16_t none = 0;

	if (w && !scn_get_endpoint(p->b, w, out, &none))
		p->failed = true;
	if (p->failed || !none)
		return;
	conf_error(p->b->report, w->pos, "expected an address without port, found '%.80s'",
		   w->text);
	p->failed = true;
}

void scn_phrase_node(struct scn_phrase *p, struct scn_node **out)
{
	const struct conf_word *w = scn_phrase_word(p);

	if (!w)
		return;
	*out = scn_find_node(p->b, w);
	p->failed = !*out;
}

void scn_phrase_span(struct scn_phrase *p, int64_t *from_ns, int64_t *to_ns)
{
	const struct conf_word *from = NULL;

	if (scn_phrase_maybe(p, "from")) {
		from = &p->s->word[p->next - 1];
		scn_phrase_time(p, from_ns);
	}
	if (scn_phrase_maybe(p, "to"))
		scn_phrase_time(p, to_ns);
	if (p->failed || !from || *to_ns < 0 || *from_ns < *to_ns)
		return;
	conf_error(p->b->report, from->pos, "from %s to %s: the first is not before the second",
		   from[1].text, from[3].text);
	p->failed = true;
}

bool scn_phrase_end(struct scn_phrase *p)
{
	if (p->failed || p->next == p->s->n_words)
		return !p->failed;
	conf_error(p->b->report, p->s->word[p->next].pos, "unexpected '%.80s', the form is: %s",
		   p->s->word[p->next].text, usage(p));
	p->failed = true;
	return false;
}
