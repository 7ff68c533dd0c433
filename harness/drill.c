/* From a scenario file to a verdict: load, look what is missing here, make the run's folder, let
 * the ground run it, put the folder in its place. What the reports look like is in cmd_present.c.
 */
#include "harness/drill.h"

#include "harness/project.h"
#include "harness/run/run.h"
#include "harness/rundir.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether one of the scenario's programs is, or may be, this driver. */
static bool runs_driver(const struct scenario *s, const char *director, const char *driver)
{
	for (const struct scn_node *n = s->nodes; n; n = n->next)
		for (const struct scn_program *p = n->programs; p; p = p->next)
			if (!strcmp(p->driver, driver) ||
			    (!strcmp(p->driver, "director") && strstr(director, driver)))
				return true;
	return false;
}

static void add_missing(struct buf *out, const char *what)
{
	buf_printf(out, "%s%s", out->len ? ", " : "", what);
}

void drill_missing(const struct scenario *s, const struct ground *g, struct run_order *o,
		   struct buf *out)
{
	const char *why = g->missing();

	if (why) {
		buf_printf(out, "the %s ground: %s", g->name, why);
		return;
	}
	unsigned lacks = s->needs & ~g->has();

	for (int i = 0; scn_need_names[i]; i++)
		if (lacks & 1U << i)
			add_missing(out, scn_need_names[i]);
	if (runs_driver(s, o->director, "vipd") && !o->vipd_path)
		add_missing(out, "the program vipd (make builds it)");
	if (runs_driver(s, o->director, "keepalived") && !o->keepalived_path)
		add_missing(out, "the program keepalived");
	struct arena *a = arena_new();

	if (runs_driver(s, o->director, "nginx") && !project_program(a, "nginx"))
		add_missing(out, "the program nginx");
	arena_free(a);
}

const char *drill_director(const struct scenario *s, const char *wanted)
{
	if (!wanted)
		return s->directors && s->directors[0] ? s->directors[0] : "vipd";
	for (int i = 0; s->directors && s->directors[i]; i++)
		if (!strcmp(s->directors[i], wanted))
			return wanted;
	return NULL;
}

const char *drill_name(struct arena *a, const struct scenario *s, const char *director,
		       uint64_t seed)
{
	if (!strcmp(director, drill_director(s, NULL)))
		return arena_printf(a, "%s-%llu", s->name, (unsigned long long)seed);
	return arena_printf(a, "%s-%s-%llu", s->name, director, (unsigned long long)seed);
}

/* The ground's own words for how it ended, where that was not well. */
static bool has_evidence(const struct rundir *dir)
{
	struct arena *a = arena_new();
	bool has = access(arena_printf(a, "%s/history.jsonl", dir->work), R_OK) == 0;

	arena_free(a);
	return has;
}

enum ground_result drill_execute(const struct drill *d, struct run_order *o, struct rundir *dir,
				 const struct drill_ear *ear)
{
	enum ground_result result =
		d->ground->run(o, ear->progress, ear->ctx, ear->why, ear->why_bytes);

	if (result == GROUND_INTERRUPTED || (result == GROUND_FAILED && !has_evidence(dir))) {
		rundir_remove(dir->work);
		dir->work = NULL;
		return result;
	}
	int err = rundir_finish(dir);

	if (err) {
		snprintf(ear->why, ear->why_bytes, "cannot put the run into %s: %s", dir->final,
			 strerror(-err));
		return GROUND_FAILED;
	}
	struct arena *a = arena_new();

	o->dir = dir->final;
	o->scenario_path = arena_printf(a, "%s/inputs/scenario.scn", dir->final);
	run_order_write(o); /* where it is now; for people only */
	o->scenario_path = NULL;
	arena_free(a);
	return result;
}
