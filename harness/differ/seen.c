/* Reads a run into sightings: addresses from the history, the lines that `command` steps printed,
 * frames by seen_frames. That the evidence is whole is asked of the judge's loader, which also
 * names the segments and the run's epoch. */
#include "harness/differ/differ.h"
#include "harness/history.h"
#include "harness/judge/evidence.h"

#include <stdio.h>
#include <string.h>

struct seen *seen_add(struct seen_run *run, int64_t t_ns, enum seen_kind kind, const char *node,
		      const char *key)
{
	struct seen *s = vec_push(&run->all);

	must(node && key);
	s->t_ns = t_ns;
	s->kind = kind;
	s->node = node;
	s->key = key;
	s->order = run->all.n;
	return s;
}

void seen_put(struct seen *s, const char *name, const char *value)
{
	must(s->n_fields < SEEN_FIELDS);
	s->field[s->n_fields++] = (struct seen_field){name, value};
}

static const char *text_of(struct seen_run *run, const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return arena_strdup(run->arena, s ? s : "");
}

static bool take_line(void *ctx, int64_t t_ns, const char *ev, const json_t *o)
{
	struct seen_run *run = ctx;

	if (strcmp(ev, "address") != 0)
		return true;
	json_int_t prefix = json_integer_value(json_object_get(o, "prefix"));
	const char *key = arena_printf(run->arena, "%s %s/%lld", text_of(run, o, "ifname"),
				       text_of(run, o, "ip"), (long long)prefix);
	struct seen *s = seen_add(run, t_ns, SEEN_ADDRESS, text_of(run, o, "node"), key);

	seen_put(s, "what", text_of(run, o, "what"));
	return true;
}

/* Each line has the time of the run before it, in seconds. */
static void take_output(struct seen_run *run, const char *dir, const char *node)
{
	struct buf text = {0};
	char *path = arena_printf(run->arena, "%s/logs/%s.command.log", dir, node);
	char *save = NULL, *rest;

	if (buf_read_file(&text, path, 16 << 20) == 0 && text.data)
		for (char *line = strtok_r(text.data, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			double at_s = strtod(line, &rest);
			struct seen *s =
				seen_add(run, (int64_t)(at_s * 1e9), SEEN_OUTPUT, node, "");

			seen_put(s, "line", arena_strdup(run->arena, rest + (*rest == ' ')));
		}
	buf_free(&text);
}

/* What was not captured or not done was not seen: such a run says nothing. */
static bool is_whole(const struct evidence *ev, char *why, size_t why_bytes)
{
	if (!ev->flaws.n && ev->ended)
		return true;
	snprintf(why, why_bytes, "%s",
		 ev->flaws.n ? ev->flaws.at[0].text : "the history does not end");
	return false;
}

struct seen_run *seen_load(const char *dir, char *why, size_t why_bytes)
{
	struct evidence *ev = evidence_load(dir, why, why_bytes);
	int line = 0;

	if (!ev)
		return NULL;
	if (!is_whole(ev, why, why_bytes)) {
		evidence_free(ev);
		return NULL;
	}
	struct seen_run *run = calloc(1, sizeof(*run));

	must(run != NULL);
	run->arena = arena_new();
	run->director = arena_strdup(run->arena, ev->start.director ? ev->start.director : "");
	history_read(dir, take_line, run, &line);
	for (size_t i = 0; i < ev->captures.n; i++)
		seen_frames(run, arena_printf(run->arena, "%s/%s", dir, ev->captures.at[i].file),
			    ev->start.epoch_ns);
	for (size_t i = 0; i < ev->nodes.n; i++)
		take_output(run, dir, arena_strdup(run->arena, ev->nodes.at[i].name));
	evidence_free(ev);
	return run;
}

void seen_free(struct seen_run *run)
{
	if (!run)
		return;
	vec_free(&run->all);
	arena_free(run->arena);
	free(run);
}
