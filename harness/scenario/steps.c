/* `at TIME { FAULT NODE ...; ... }` -> struct scn_step. What the words behind the node mean is
 * known to the fault's own row (harness/run/fault.h), which also checks them. */
#include "harness/run/fault.h"
#include "harness/scenario/load.h"

#include "lib/base/vec.h"

#include <string.h>

void *scn_set_at(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	const struct scenario *scn = object;
	int64_t *at_ns = arena_new_object(b->arena, int64_t);

	if (!conf_get_duration(b, &s->word[1], at_ns))
		return NULL;
	if (scn->duration_ns && *at_ns >= scn->duration_ns) {
		conf_error(b->report, s->word[1].pos,
			   "%s is not before the end of the run, which lasts %gs", s->word[1].text,
			   (double)scn->duration_ns / 1e9);
		return NULL;
	}
	if (!s->block->first)
		conf_error(b->report, s->block->open, "nothing happens in this step");
	return at_ns;
}

static const struct fault *find_fault(struct conf_bind *b, const struct conf_word *w)
{
	const struct fault *f = fault_find(w->text);
	VEC(const char *) names = {0};
	struct buf all = {0};

	if (f)
		return f;
	for (int i = 0; fault_table[i]; i++) {
		*vec_push(&names) = fault_table[i]->name;
		buf_printf(&all, "%s%s", i ? ", " : "", fault_table[i]->name);
	}
	*vec_push(&names) = NULL;
	const char *near = conf_nearest(w->text, names.at);

	if (near)
		conf_error(b->report, w->pos, "unknown fault '%.80s'; did you mean '%s'?", w->text,
			   near);
	else
		conf_error(b->report, w->pos, "unknown fault '%.80s'; there is %s", w->text,
			   buf_text(&all));
	buf_free(&all);
	vec_free(&names);
	return NULL;
}

/* A program may be named by its driver; any director also by `director`. */
static bool check_program(struct conf_bind *b, const struct scn_node *node,
			  const struct conf_word *w)
{
	struct buf all = {0};

	for (const struct scn_program *p = node->programs; p; p = p->next) {
		if (strcmp(p->driver, w->text) == 0 ||
		    (strcmp(w->text, "director") == 0 && scn_program_is_director(p))) {
			buf_free(&all);
			return true;
		}
		buf_printf(&all, "%s%s", all.len ? ", " : "", p->driver);
	}
	conf_error(b->report, w->pos, "node '%s' does not run '%.80s'; it runs %s", node->name,
		   w->text, all.len ? buf_text(&all) : "nothing");
	buf_free(&all);
	return false;
}

static void *set_step(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scenario *scn = scn_load(b)->s;
	struct scn_step *step = arena_new_object(b->arena, struct scn_step);
	const struct fault *f = find_fault(b, &s->word[0]);
	int first = f && f->subject == FAULT_OF_PORT ? 3 : 2;
	char why[160] = "";

	if (!f)
		return NULL;
	if (s->n_words < (f->subject == FAULT_OF_NODE ? 2 : 3)) {
		conf_error(b->report, s->word[0].pos, "'%s' has too few words, expected: %s",
			   f->name, f->synopsis);
		return NULL;
	}
	*step = (struct scn_step){.at_ns = *(const int64_t *)object,
				  .fault = f->name,
				  .node = scn_find_node(b, &s->word[1]),
				  .pos = s->word[0].pos,
				  .text = scn_stmt_text(b, s)};
	if (!step->node)
		return NULL;
	if (f->subject == FAULT_OF_PORT) {
		step->port = scn_find_port(b, step->node, &s->word[2]);
		if (!step->port)
			return NULL;
	}
	if (f->subject == FAULT_OF_PROGRAM && !check_program(b, step->node, &s->word[2]))
		return NULL;
	const char **args = arena_array(b->arena, (size_t)s->n_words, sizeof(*args));

	for (int i = first; i < s->n_words; i++)
		args[i - first] = s->word[i].text;
	step->args = args;
	if (!f->check(args, why, sizeof(why))) {
		conf_error(b->report, s->word[first < s->n_words ? first : s->n_words - 1].pos,
			   "%s; expected: %s", why, f->synopsis);
		return NULL;
	}
	scn->needs |= f->needs;
	/* In order of time; those of one time in the order of the file. */
	struct scn_step **at = &scn->steps;

	while (*at && (*at)->at_ns <= step->at_ns)
		at = &(*at)->next;
	step->next = *at;
	*at = step;
	return NULL;
}

const struct conf_keyword scn_step_keywords[] = {{.name = "*",
						  .args = "FAULT NODE [WORD...]",
						  .help = "one fault, see below",
						  .max_args = CONF_ANY,
						  .repeats = true,
						  .set = set_step},
						 {0}};
