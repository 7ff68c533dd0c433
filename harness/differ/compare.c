/* Holds two runs against each other (differ.h says how). Pure. */
#include "harness/differ/differ.h"

#include <string.h>

const char *seen_kind_name(enum seen_kind kind)
{
	switch (kind) {
	case SEEN_ADVERT:
		return "advert";
	case SEEN_GARP:
		return "garp";
	case SEEN_ADDRESS:
		return "address";
	case SEEN_OUTPUT:
		return "output";
	case SEEN_KINDS:
		break;
	}
	must(!"a kind");
	return "";
}

static int seen_row(const struct seen *a, const struct seen *b)
{
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = strcmp(a->node, b->node);
	return c ? c : strcmp(a->key, b->key);
}

static int seen_order(const void *pa, const void *pb)
{
	const struct seen *a = pa, *b = pb;
	int c = seen_row(a, b);

	if (c)
		return c;
	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

static void sort(struct seen_run *run)
{
	if (run->all.n)
		qsort(run->all.at, run->all.n, sizeof(run->all.at[0]), seen_order);
}

static bool in_window(const struct differ_rule *rule, int64_t t_ns)
{
	return t_ns >= rule->from_ns && t_ns < rule->to_ns;
}

static void shift(struct seen_run *run, struct differ_rules *rules)
{
	for (size_t i = 0; i < run->all.n; i++) {
		struct seen *s = &run->all.at[i];

		for (size_t k = 0; k < rules->all.n; k++) {
			struct differ_rule *rule = &rules->all.at[k];
			int64_t moved = s->t_ns - rule->shift_ns;

			if (!rule->shift || s->kind == SEEN_OUTPUT ||
			    strcmp(rule->node, s->node) != 0 || !in_window(rule, moved))
				continue;
			s->t_ns = moved;
			rule->used++;
			break;
		}
	}
}

static bool covers(const struct differ_rule *rule, const struct difference *x)
{
	const struct seen *s = x->first ? x->first : x->second;
	int only = !x->second ? 1 : !x->first ? 2 : 0;

	return !rule->shift && rule->kind == s->kind && !strcmp(rule->node, s->node) &&
	       (!rule->only || rule->only == only) &&
	       (!rule->field || (x->field && !strcmp(rule->field, x->field))) &&
	       (!rule->key || strstr(s->key, rule->key)) && in_window(rule, s->t_ns);
}

static void found(struct differ *d, struct differ_rules *rules, struct difference x)
{
	for (size_t i = 0; i < rules->all.n && !x.rule; i++)
		if (covers(&rules->all.at[i], &x)) {
			rules->all.at[i].used++;
			x.rule = &rules->all.at[i];
		}
	if (!x.rule)
		d->unknown++;
	*vec_push(&d->all) = x;
}

static const char *value(const struct seen *s, unsigned i)
{
	return i < s->n_fields ? s->field[i].value : "";
}

/* One event in both runs. Whether its fields are the same. */
static bool compare_fields(struct differ *d, struct differ_rules *rules, const struct seen *a,
			   const struct seen *b)
{
	bool same = true;

	for (unsigned i = 0; i < a->n_fields; i++) {
		if (!strcmp(value(a, i), value(b, i)))
			continue;
		same = false;
		found(d, rules,
		      (struct difference){.first = a,
					  .second = b,
					  .field = a->field[i].name,
					  .first_value = value(a, i),
					  .second_value = value(b, i)});
	}
	return same;
}

void differ_compare(struct differ *d, struct seen_run *first, struct seen_run *second,
		    struct differ_rules *rules)
{
	size_t i = 0, j = 0;

	shift(second, rules);
	sort(first);
	sort(second);
	for (size_t k = 0; k < first->all.n; k++)
		d->count[first->all.at[k].kind].first++;
	for (size_t k = 0; k < second->all.n; k++)
		d->count[second->all.at[k].kind].second++;
	while (i < first->all.n || j < second->all.n) {
		const struct seen *a = i < first->all.n ? &first->all.at[i] : NULL;
		const struct seen *b = j < second->all.n ? &second->all.at[j] : NULL;
		int row = !a ? 1 : !b ? -1 : seen_row(a, b);

		if (row < 0 || (row == 0 && a->t_ns < b->t_ns - DIFFER_NS)) {
			found(d, rules, (struct difference){.first = a});
			i++;
		} else if (row > 0 || b->t_ns < a->t_ns - DIFFER_NS) {
			found(d, rules, (struct difference){.second = b});
			j++;
		} else {
			d->count[a->kind].same += compare_fields(d, rules, a, b);
			i++;
			j++;
		}
	}
	for (size_t k = 0; k < rules->all.n; k++)
		d->unused += !rules->all.at[k].used && !rules->all.at[k].tie;
}

static void print_one(const struct difference *x, struct buf *out)
{
	const struct seen *s = x->first ? x->first : x->second;

	buf_printf(out, "  %-16s %12.6f s  %s %s %s: ", x->rule ? x->rule->id : "UNKNOWN",
		   (double)s->t_ns / 1e9, seen_kind_name(s->kind), s->node, s->key);
	if (x->field) {
		buf_printf(out, "%s: %s | %s\n", x->field, x->first_value, x->second_value);
		return;
	}
	buf_printf(out, "only in the %s run:", x->first ? "first" : "second");
	for (unsigned i = 0; i < s->n_fields; i++)
		buf_printf(out, " %s=%s", s->field[i].name, s->field[i].value);
	buf_putc(out, '\n');
}

void differ_print(const struct differ *d, const struct differ_rules *rules, bool all,
		  struct buf *out)
{
	buf_printf(out, "%-10s %8s %8s %8s\n", "", "first", "second", "same");
	for (unsigned k = 0; k < SEEN_KINDS; k++)
		buf_printf(out, "%-10s %8u %8u %8u\n", seen_kind_name((enum seen_kind)k),
			   d->count[k].first, d->count[k].second, d->count[k].same);
	for (size_t i = 0; i < d->all.n; i++)
		if (all || !d->all.at[i].rule)
			print_one(&d->all.at[i], out);
	for (size_t i = 0; i < rules->all.n; i++)
		if (!rules->all.at[i].used && !rules->all.at[i].tie)
			buf_printf(out, "  line %u: %s: nothing needs it any more\n",
				   rules->all.at[i].line, rules->all.at[i].id);
}

void differ_free(struct differ *d)
{
	vec_free(&d->all);
}
