/* verdict.json: keys in a fixed order, two blanks of indent, times in whole nanoseconds of the run,
 * addresses as inet_ntop prints them. No real time, no path, nothing of the machine. Pure. */
#include "harness/judge/verdict.h"

struct json_out {
	struct buf *b;
	int depth;
	bool first; /* no element was written yet at this depth */
};

static void put_string(struct json_out *j, const char *s)
{
	buf_putc(j->b, '"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			buf_printf(j->b, "\\%c", c);
		else if (c < 0x20)
			buf_printf(j->b, "\\u%04x", c);
		else
			buf_putc(j->b, *s);
	}
	buf_putc(j->b, '"');
}

static void next(struct json_out *j, const char *key)
{
	if (j->depth)
		buf_printf(j->b, "%s\n%*s", j->first ? "" : ",", j->depth * 2, "");
	j->first = false;
	if (key) {
		put_string(j, key);
		buf_puts(j->b, ": ");
	}
}

static void open_(struct json_out *j, const char *key, char bracket)
{
	next(j, key);
	buf_putc(j->b, bracket);
	j->depth++;
	j->first = true;
}

static void close_(struct json_out *j, char bracket)
{
	j->depth--;
	if (!j->first)
		buf_printf(j->b, "\n%*s", j->depth * 2, "");
	j->first = false;
	buf_putc(j->b, bracket);
}

static void text(struct json_out *j, const char *key, const char *value)
{
	next(j, key);
	put_string(j, value);
}

static void number(struct json_out *j, const char *key, int64_t value)
{
	next(j, key);
	buf_printf(j->b, "%lld", (long long)value);
}

static void null(struct json_out *j, const char *key)
{
	next(j, key);
	buf_puts(j->b, "null");
}

static void moment(struct json_out *j, const struct verdict *v, const char *key,
		   const struct moment *m)
{
	if (m->ref.number == 0) {
		null(j, key);
		return;
	}
	open_(j, key, '{');
	number(j, "t_ns", m->t_ns);
	text(j, "evidence", ref_text(v, m->ref));
	close_(j, '}');
}

static void change(struct json_out *j, const struct verdict *v, const struct change *c)
{
	open_(j, NULL, '{');
	text(j, "address", ip_text(v->m->arena, &v->ev->vips.at[c->vip]));
	text(j, "from", evidence_node_name(v->ev, c->from));
	text(j, "to", evidence_node_name(v->ev, c->to));
	text(j, "kind", change_kind_text(c->kind));
	if (c->step >= 0)
		text(j, "cause", v->ev->steps.at[c->step].text);
	else
		null(j, "cause");
	number(j, "measured_ns", c->measured_ns);
	if (c->has_floor) {
		number(j, "floor_ns", c->floor_ns);
		number(j, "excess_ns", c->excess_ns);
	} else {
		null(j, "floor_ns");
		null(j, "excess_ns");
	}
	open_(j, "waterfall", '{');
	moment(j, v, "fault", &c->fault);
	moment(j, v, "old_owner_last_advert", &c->old_last_advert);
	moment(j, v, "old_owner_last_packet", &c->last_to_old);
	moment(j, v, "new_owner_first_advert", &c->first_advert);
	moment(j, v, "first_announcement", &c->first_garp);
	moment(j, v, "client_entry", &c->client_entry);
	moment(j, v, "forwarding_entry", &c->forwarding);
	moment(j, v, "first_reply", &c->first_reply);
	close_(j, '}');
	close_(j, '}');
}

static void owners(struct json_out *j, const struct verdict *v)
{
	open_(j, "owners", '[');
	for (size_t i = 0; i < v->m->vips.n; i++) {
		const struct ownership *o = &v->m->vips.at[i];

		if (!o->advertised)
			continue;
		open_(j, NULL, '{');
		text(j, "address", ip_text(v->m->arena, &v->ev->vips.at[o->vip]));
		open_(j, "spans", '[');
		for (size_t k = 0; k < o->spans.n; k++) {
			open_(j, NULL, '{');
			text(j, "node", evidence_node_name(v->ev, o->spans.at[k].node));
			number(j, "from_ns", o->spans.at[k].from_ns);
			number(j, "to_ns", o->spans.at[k].to_ns);
			close_(j, '}');
		}
		close_(j, ']');
		close_(j, '}');
	}
	close_(j, ']');
}

static void streams(struct json_out *j, const struct verdict *v)
{
	open_(j, "streams", '[');
	for (size_t i = 0; i < v->m->streams.n; i++) {
		const struct stream_figures *s = &v->m->streams.at[i];

		open_(j, NULL, '{');
		text(j, "traffic", s->traffic->name);
		number(j, "sent", s->sent);
		number(j, "lost", s->lost);
		number(j, "longest_silence_ns", s->longest.length_ns);
		number(j, "loss_derived_ns", s->loss_derived_ns);
		number(j, "rate_derived_ns", s->rate_derived_ns);
		close_(j, '}');
	}
	close_(j, ']');
}

static void checks(struct json_out *j, const struct verdict *v)
{
	open_(j, "checks", '[');
	for (unsigned i = 0; i < v->n_checks; i++) {
		const struct finding *f = &v->findings[i];

		open_(j, NULL, '{');
		text(j, "check", v->checks[i]->text);
		text(j, "kind", check_kind_name(v->checks[i]->kind));
		number(j, "line", v->checks[i]->pos.line);
		text(j, "result", judge_result_name(f->result));
		text(j, "finding", f->text);
		open_(j, "evidence", '[');
		for (unsigned k = 0; k < f->n_refs; k++)
			text(j, NULL, ref_text(v, f->refs[k]));
		close_(j, ']');
		close_(j, '}');
	}
	close_(j, ']');
}

static void flaws(struct json_out *j, const struct verdict *v)
{
	open_(j, "flaws", '[');
	for (size_t i = 0; i < v->ev->flaws.n; i++)
		text(j, NULL, v->ev->flaws.at[i].text);
	close_(j, ']');
}

void verdict_json(const struct verdict *v, struct buf *out)
{
	struct json_out j = {.b = out, .first = true};
	const struct ev_start *s = &v->ev->start;

	open_(&j, NULL, '{');
	text(&j, "scenario", v->ev->scenario->name);
	text(&j, "result", judge_result_name(v->result));
	next(&j, "seed");
	buf_printf(out, "%llu", (unsigned long long)(s->seen ? s->seed : v->ev->scenario->seed));
	text(&j, "director", s->seen ? s->director : "");
	text(&j, "ground", s->seen ? s->ground : "");
	text(&j, "clock", s->seen ? s->clock : "");
	text(&j, "kernel", s->seen ? s->kernel : "");
	number(&j, "end_ns", v->ev->end_ns);
	open_(&j, "counts", '{');
	number(&j, "pass", v->n_pass);
	number(&j, "fail", v->n_fail);
	number(&j, "unknown", v->n_unknown);
	close_(&j, '}');
	flaws(&j, v);
	checks(&j, v);
	open_(&j, "changes", '[');
	for (size_t i = 0; i < v->m->changes.n; i++)
		change(&j, v, &v->m->changes.at[i]);
	close_(&j, ']');
	owners(&j, v);
	streams(&j, v);
	close_(&j, '}');
	buf_putc(out, '\n');
}
