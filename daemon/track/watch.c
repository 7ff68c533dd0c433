/* One timer for all that is tracked, and the runs of scripts. What a result means for a router is
 * vrrp/track.c's to say; when a script runs and whether it counts as good is script.c's.
 */
#include "daemon/track/watch_state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES_AGAIN_NS (1 * NS_PER_S)

/* ---- scripts --------------------------------------------------------------------------------- */

static void log_result(const struct item *i, enum track_script_run was, int status, bool good)
{
	const struct log *log = i->watch->o.log;
	const char *name = i->conf->name;

	if (good)
		log_info(log, "VRRP_Script(%s) succeeded", name);
	else if (was != TRACK_SCRIPT_RUNNING)
		log_info(log, "VRRP_Script(%s) timed_out", name);
	else if (WIFEXITED(status))
		log_info(log, "VRRP_Script(%s) failed (exited with status %d)", name,
			 WEXITSTATUS(status));
	else
		log_info(log, "VRRP_Script(%s) failed (due to signal %d)", name, WTERMSIG(status));
}

static void on_script_end(void *ctx, int status)
{
	struct item *i = ctx;
	struct track_watch *w = i->watch;
	enum track_script_run was = i->script.run;
	bool success = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	/* what the script has left behind goes with it */
	if (was != TRACK_SCRIPT_RUNNING)
		kill(-i->pid, SIGKILL);
	i->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) != i->last_status) {
		i->last_status = WEXITSTATUS(status);
		log_info(w->o.log, "Script `%s` now returning %d", i->conf->name, i->last_status);
	}
	bool changed = track_script_ended(&i->script, success);

	if (changed)
		log_result(i, was, status, track_script_good(&i->script));
	watch_arm(w);
	if (changed)
		w->o.changed(w->o.ctx);
}

/* False: it did not start, which counts as a failed run. */
static bool start_script(struct item *i)
{
	pid_t pid = notify_start(i->watch->o.notify, &i->conf->script.command, on_script_end, i);

	i->pid = pid > 0 ? pid : 0;
	return pid > 0;
}

/* True: something that others should know has changed. */
static bool tick_script(struct item *i, mono_t now)
{
	bool changed = false;

	for (;;) {
		switch (track_script_tick(&i->script, now)) {
		case TRACK_SCRIPT_WAIT:
			return changed;
		case TRACK_SCRIPT_START:
			if (!start_script(i))
				changed |= track_script_ended(&i->script, false);
			break;
		case TRACK_SCRIPT_SKIP:
			log_info(i->watch->o.log,
				 "Track script %s is still running: this run is skipped",
				 i->conf->name);
			break;
		case TRACK_SCRIPT_TERM:
			kill(-i->pid, SIGTERM);
			break;
		case TRACK_SCRIPT_KILL:
			kill(-i->pid, SIGKILL);
			break;
		}
	}
}

static void end_runs(struct track_watch *w)
{
	for (size_t i = 0; i < w->n_items; i++) {
		if (!w->items[i].pid)
			continue;
		notify_forget(w->o.notify, &w->items[i]);
		kill(-w->items[i].pid, SIGTERM);
		w->items[i].pid = 0;
	}
}

/* ---- the timer ------------------------------------------------------------------------------- */

static mono_t deadline(const struct track_watch *w)
{
	mono_t at = w->has_processes && !w->proc ? w->scan_at : MONO_NEVER;

	if (w->unwatched)
		at = mono_min(at, w->look_at);
	for (size_t i = 0; i < w->n_items; i++) {
		const struct item *item = &w->items[i];

		if (item->conf->kind == CONF_TRACKED_SCRIPT)
			at = mono_min(at, track_script_deadline(&item->script));
		else if (item->conf->kind == CONF_TRACKED_PROCESS)
			at = mono_min(at, item->process.settle_at);
	}
	return at;
}

void watch_arm(struct track_watch *w)
{
	struct itimerspec ts = {0};
	mono_t at = deadline(w);

	if (!mono_is_never(at)) {
		at.ns = at.ns > 0 ? at.ns : 1;
		ts.it_value.tv_sec = at.ns / NS_PER_S;
		ts.it_value.tv_nsec = at.ns % NS_PER_S;
	}
	must(timerfd_settime(w->timer_fd, TFD_TIMER_ABSTIME, &ts, NULL) == 0);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct track_watch *w = ctx;
	uint64_t expirations;
	mono_t now = mono_now();
	bool changed = false;

	(void)what;
	if (read(fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		log_error(w->o.log, "timer: %s", strerror(errno));
	for (size_t i = 0; i < w->n_items; i++) {
		struct item *item = &w->items[i];

		if (item->conf->kind == CONF_TRACKED_SCRIPT)
			changed |= tick_script(item, now);
		else if (item->conf->kind == CONF_TRACKED_PROCESS)
			changed |= track_process_tick(&item->process, now);
	}
	if (w->unwatched && !mono_before(now, w->look_at)) {
		w->look_at = mono_add(now, FILES_AGAIN_NS);
		changed |= watch_files_read(w);
	}
	watch_processes_tick(w, now);
	watch_arm(w);
	if (changed)
		w->o.changed(w->o.ctx);
}

/* ---- start, reload, end ---------------------------------------------------------------------- */

struct item *watch_item(struct track_watch *w, enum conf_tracked_kind kind, const char *name)
{
	for (size_t i = 0; i < w->n_items; i++)
		if (w->items[i].conf->kind == kind && !strcmp(w->items[i].conf->name, name))
			return &w->items[i];
	return NULL;
}

static void build(struct track_watch *w, const struct vipd_conf *conf)
{
	size_t n = 0;

	for (const struct conf_tracked *t = conf->tracked; t; t = t->next)
		n++;
	w->items = calloc(n + 1, sizeof(*w->items));
	must(w->items != NULL);
	w->n_items = n;
	n = 0;
	for (const struct conf_tracked *t = conf->tracked; t; t = t->next) {
		struct item *i = &w->items[n++];

		i->watch = w;
		i->conf = t;
		i->last_status = -1;
		if (t->kind == CONF_TRACKED_SCRIPT)
			track_script_init(&i->script, &t->script, mono_now());
		if (t->kind == CONF_TRACKED_PROCESS)
			track_process_init(&i->process, &t->process);
	}
}

static void open_watch(struct track_watch *w)
{
	w->look_at = mono_add(mono_now(), FILES_AGAIN_NS);
	watch_files_open(w);
	watch_files_read(w);
	watch_processes_open(w);
	watch_arm(w);
}

struct track_watch *track_watch_new(const struct vipd_conf *conf,
				    const struct track_watch_options *o)
{
	struct track_watch *w = calloc(1, sizeof(*w));

	must(w != NULL);
	w->o = *o;
	w->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	must(w->timer_fd >= 0);
	w->timer = event_new(o->base, w->timer_fd, EV_READ | EV_PERSIST, on_timer, w);
	must(w->timer && event_add(w->timer, NULL) == 0);
	build(w, conf);
	for (size_t i = 0; i < w->n_items; i++)
		if (w->items[i].conf->kind == CONF_TRACKED_FILE)
			watch_file_init(w, w->items[i].conf);
	open_watch(w);
	return w;
}

static void inherit(struct item *i, const struct item *old)
{
	switch (i->conf->kind) {
	case CONF_TRACKED_SCRIPT:
		if (!track_script_alike(&i->conf->script, &old->conf->script))
			return;
		track_script_inherit(&i->script, &old->script);
		i->last_status = old->last_status;
		return;
	case CONF_TRACKED_FILE:
		i->value = old->value;
		return;
	case CONF_TRACKED_PROCESS:
		i->process.known = old->process.known;
		i->process.good = old->process.good;
		i->process.count = old->process.count;
		return;
	}
}

void track_watch_reload(struct track_watch *w, const struct vipd_conf *conf)
{
	struct track_watch old = *w;

	end_runs(w);
	watch_files_close(w);
	watch_processes_close(w);
	old.proc = NULL;
	build(w, conf);
	for (size_t i = 0; i < w->n_items; i++) {
		struct item *now = &w->items[i];
		const struct item *was = watch_item(&old, now->conf->kind, now->conf->name);

		if (was)
			inherit(now, was);
		else if (now->conf->kind == CONF_TRACKED_FILE)
			watch_file_init(w, now->conf);
	}
	free(old.items);
	open_watch(w);
}

void track_watch_free(struct track_watch *w)
{
	if (!w)
		return;
	end_runs(w);
	watch_files_close(w);
	watch_processes_close(w);
	event_free(w->timer);
	close(w->timer_fd);
	free(w->items);
	free(w);
}

struct track_status track_watch_status(const struct track_watch *w, const struct conf_tracked *what)
{
	for (size_t n = 0; n < w->n_items; n++) {
		const struct item *i = &w->items[n];

		if (i->conf != what)
			continue;
		switch (what->kind) {
		case CONF_TRACKED_SCRIPT:
			return (struct track_status){.known = i->script.known,
						     .good = track_script_good(&i->script)};
		case CONF_TRACKED_FILE:
			return (struct track_status){.known = true, .value = i->value};
		case CONF_TRACKED_PROCESS:
			return (struct track_status){.known = i->process.known,
						     .good = i->process.good};
		}
	}
	return (struct track_status){.known = false};
}
