/* The course of a run, told once from top to bottom: build, settle, start the servers, t = 0, the
 * directors, the steps at their times, the end, and what is undone behind it.
 *
 *	network ---- settle ---- servers ---- t = 0 .......... duration ---- drain ---- heal, stop
 *	                                      directors, steps, traffic      answers    no evidence
 *
 * At the duration nothing new is asked; what was asked may still be answered (drain). There the
 * evidence ends: captures and monitors are closed, and only then are the faults healed and the
 * programs stopped, so that neither the healing nor the goodbyes can be taken for the run. */
#include "harness/run/run.h"

#include "harness/run/arp_probe.h"
#include "harness/run/build.h"
#include "harness/run/capture.h"
#include "harness/run/fault.h"
#include "harness/run/monitor.h"
#include "harness/run/program.h"
#include "harness/run/snapshot.h"
#include "harness/run/traffic.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define BEAT_NS	     (100 * NS_PER_MS)
#define DRAIN_MAX_NS (60 * NS_PER_S)

struct beat {
	struct world *w;
	struct timeline_timer timer;
};

struct step_timer {
	struct world *w;
	const struct scn_step *step;
	struct timeline_timer timer;
};

/* Ten times a second of the run: empties the capture and tells how far the run is. */
static void on_beat(void *ctx, mono_t at)
{
	struct beat *b = ctx;
	struct world *w = b->w;
	struct ground_progress p = {
		.virtual_ns = w->started ? world_t(w, at) : 0,
		.text = w->last,
	};

	if (w->capture)
		capture_read(w);
	if (w->progress)
		w->progress(w->progress_ctx, &p);
	world_timer_set(w, &b->timer, mono_add(at, BEAT_NS));
}

static void on_step(void *ctx, mono_t at)
{
	struct step_timer *s = ctx;
	const struct fault *fault = fault_find(s->step->fault);
	char why[200] = "", moment[32];

	(void)at;
	must(fault != NULL);
	snprintf(moment, sizeof(moment), "before step %u", s->step->id);
	snapshot_take(s->w, moment);
	int err = fault->inject(s->w, s->step, why, sizeof(why));

	if (err != -EINPROGRESS)
		world_step_done(s->w, s->step, err ? why : NULL);
	snapshot_take_after(s->w, s->step);
}

static void set_steps(struct world *w)
{
	for (const struct scn_step *s = w->scn->steps; s; s = s->next) {
		struct step_timer *timer = arena_new_object(w->arena, struct step_timer);

		timer->w = w;
		timer->step = s;
		timer->timer = (struct timeline_timer){.fn = on_step, .ctx = timer};
		world_timer_set(w, &timer->timer, world_at(w, s->at_ns));
	}
}

static void tell_start(struct world *w)
{
	struct utsname uts = {0};
	json_t *programs = json_array();

	uname(&uts);
	for (size_t i = 0; i < w->n_programs; i++)
		json_array_append_new(programs, json_pack("{s:s, s:s, s:s}", "node",
							  w->programs[i]->node->name, "driver",
							  w->programs[i]->driver->name, "version",
							  w->programs[i]->version));
	/* By definition at 0, whatever building the line took. */
	history_write(w->history, 0, "start",
		      json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:o}", "scenario",
				w->scn->name, "seed", (json_int_t)w->order->seed, "epoch_ns",
				(json_int_t)w->epoch_ns, "ground", w->ground, "clock",
				w->order->virtual_time ? "virtual" : "real", "kernel", uts.release,
				"director", w->order->director, "programs", programs));
}

/* ---- the phases, each 0 or world_fail's ---------------------------------------------------- */

static int prepare(struct world *w, const char *netns_prefix)
{
	size_t n_segments = 0;

	for (const struct scn_segment *s = w->scn->segments; s; s = s->next)
		n_segments++;
	bool *probed = arena_array(w->arena, n_segments + 1, sizeof(bool));

	arp_probe_plan(w->scn, probed);
	world_say(w, "building the network");
	int err = build_network(w, netns_prefix, probed);

	if (!err)
		err = capture_open(w);
	if (!err)
		err = monitor_open_nodes(w);
	if (!err)
		err = program_prepare_all(w);
	if (!err)
		err = snapshot_open(w);
	if (!err)
		err = program_read_versions(w);
	if (!err)
		err = build_settle(w);
	world_say(w, "starting the servers");
	if (!err)
		err = program_start_servers(w);
	return err;
}

static bool is_over(struct world *w)
{
	return w->over;
}

static bool is_drained(struct world *w)
{
	return !traffic_is_busy(w);
}

static void over(void *ctx, mono_t at)
{
	struct world *w = ctx;

	(void)at;
	w->over = true;
	traffic_stop(w);
}

static int perform(struct world *w)
{
	struct timeline_timer end = {.fn = over, .ctx = w};

	world_start_clock(w);
	tell_start(w);
	int err = traffic_open(w);

	if (!err)
		err = program_start_directors(w);
	if (!err)
		err = arp_probe_start(w);
	if (err)
		return err;
	set_steps(w);
	world_timer_set(w, &end, world_at(w, w->scn->duration_ns));
	world_wait(w, is_over, w->scn->duration_ns + NS_PER_S);
	world_wait(w, is_drained, DRAIN_MAX_NS);
	world_timer_cancel(w, &end);
	if (!w->error)
		snapshot_take(w, "end");
	return w->error;
}

/* From here on nothing is evidence any more. */
static void finish(struct world *w)
{
	traffic_close(w);
	arp_probe_stop(w);
	snapshot_close(w);
	monitor_close(w);
	capture_close(w);
	if (!w->net)
		return;
	for (const struct fault *const *f = fault_table; *f; f++)
		(*f)->heal(w);
	world_say(w, "stopping the programs");
	program_stop_all(w);
}

static int run_world(struct world *w, const char *netns_prefix)
{
	struct beat beat = {.w = w, .timer = {.fn = on_beat, .ctx = &beat}};
	int err = world_open(w);

	if (err)
		return err;
	err = history_open(&w->history, w->order->dir);
	if (err)
		return world_fail(w, err, "history.jsonl: %s", strerror(-err));
	world_timer_set(w, &beat.timer, mono_add(mono_now(), BEAT_NS));
	err = prepare(w, netns_prefix);
	if (!err)
		perform(w);
	if (!w->started)
		world_start_clock(w); /* so that what led here is written */
	finish(w);
	world_event(w, "end", json_pack("{s:s}", "reason", w->error ? w->why : "done"));
	world_timer_cancel(w, &beat.timer);
	return w->error;
}

static int load(struct world *w)
{
	struct conf_report *report = conf_report_new();
	struct scenario *scn = scenario_load(w->order->scenario_path, report);
	int err = 0;

	if (!scn) {
		struct buf text = {0};

		conf_report_print(report, &text);
		err = world_fail(w, -EINVAL, "%s", buf_text(&text));
		buf_free(&text);
	}
	w->scn = scn;
	conf_report_free(report);
	return err;
}

int run_order_execute(const struct run_order *order, const char *netns_prefix,
		      void (*progress)(void *ctx, const struct ground_progress *p), void *ctx,
		      char *why, size_t why_bytes)
{
	struct world w = {
		.order = order,
		.ground = netns_prefix[0] ? "host" : "lab",
		.arena = arena_new(),
		.progress = progress,
		.progress_ctx = ctx,
		.why = why,
		.why_bytes = why_bytes,
	};
	int err = load(&w);

	if (!err)
		err = run_world(&w, netns_prefix);
	program_free_all(&w);
	netns_close(w.net);
	int written = history_close(w.history);

	if (written && !err)
		err = world_fail(&w, written, "history.jsonl: %s", strerror(-written));
	world_close(&w);
	scenario_free((struct scenario *)(uintptr_t)w.scn);
	arena_free(w.arena);
	return err;
}
