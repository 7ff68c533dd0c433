/* The loop and the book of a run: one libevent base, one timerfd for the whole timeline, and the
 * history. Before t = 0 nobody knows how long the network and the servers will need, so what
 * happens until then is kept with its clock time and written with negative times once t = 0 is
 * known.
 *
 * A turn of the loop is made of as few system calls as can be, for in the lab each of them is
 * traced: libevent reads no clock, and the timerfd is set anew instead of being read.
 *
 * Times are CLOCK_MONOTONIC throughout; the wall clock is read once, at t = 0, so that captures
 * (whose stamps are wall time) can be laid beside the history. */
#include "harness/run/world.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PROC_NET_MAX (64u << 20)

/* ---- the loop ------------------------------------------------------------------------------ */

static void arm(struct world *w)
{
	mono_t next = timeline_next(&w->timeline);

	if (w->ringing || next.ns == w->armed.ns)
		return;
	struct itimerspec spec = {0};

	if (!mono_is_never(next)) {
		/* A time of zero would disarm it. */
		int64_t ns = next.ns > 0 ? next.ns : 1;

		spec.it_value.tv_sec = ns / NS_PER_S;
		spec.it_value.tv_nsec = ns % NS_PER_S;
	}
	must(timerfd_settime(w->clock_fd, TFD_TIMER_ABSTIME, &spec, NULL) == 0);
	w->armed = next;
}

static void clock_rang(evutil_socket_t fd, short what, void *ctx)
{
	struct world *w = ctx;

	(void)fd;
	(void)what;
	w->ringing = true;
	/* Not w->armed: what came in the same turn may have moved it. */
	timeline_run(&w->timeline, mono_now());
	w->ringing = false;
	/* Setting it anew also takes back that it is readable, so it is never read. */
	w->armed = (mono_t){-1};
	arm(w);
}

static void interrupted(evutil_socket_t sig, short what, void *ctx)
{
	(void)what;
	world_fail(ctx, -EINTR, "interrupted by signal %d", (int)sig);
}

int world_open(struct world *w)
{
	struct event_config *config = event_config_new();

	must(config != NULL);
	/* No timer is libevent's, so it need not ask for the time at every turn. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_NO_CACHE_TIME);
	w->base = event_base_new_with_config(config);
	event_config_free(config);
	if (!w->base)
		return world_fail(w, -ENOMEM, "no event loop");
	w->armed = MONO_NEVER;
	w->clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (w->clock_fd < 0)
		return world_fail(w, -errno, "timerfd: %s", strerror(errno));
	w->clock = world_watch(w, w->clock_fd, clock_rang, w);
	w->sigterm = evsignal_new(w->base, SIGTERM, interrupted, w);
	w->sigint = evsignal_new(w->base, SIGINT, interrupted, w);
	must(w->sigterm && w->sigint);
	event_add(w->sigterm, NULL);
	event_add(w->sigint, NULL);
	return 0;
}

void world_close(struct world *w)
{
	for (size_t i = 0; i < w->early.n; i++)
		json_decref(w->early.at[i].fields);
	vec_free(&w->early);
	vec_free(&w->jobs);
	timeline_clear(&w->timeline);
	for (size_t i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].exits)
			event_free(w->nodes[i].exits);
	if (w->clock) {
		event_free(w->clock);
		close(w->clock_fd);
	}
	if (w->sigterm)
		event_free(w->sigterm);
	if (w->sigint)
		event_free(w->sigint);
	if (w->base)
		event_base_free(w->base);
}

static void bound_passed(void *ctx, mono_t at)
{
	(void)at;
	*(bool *)ctx = true;
}

bool world_wait(struct world *w, bool (*done)(struct world *w), int64_t bound_ns)
{
	bool late = false;
	struct timeline_timer bound = {.fn = bound_passed, .ctx = &late};

	world_timer_set(w, &bound, mono_add(mono_now(), bound_ns));
	while (!w->error && !late && !done(w))
		event_base_loop(w->base, EVLOOP_ONCE);
	world_timer_cancel(w, &bound);
	return !w->error && done(w);
}

void world_timer_set(struct world *w, struct timeline_timer *timer, mono_t at)
{
	timeline_set(&w->timeline, timer, at);
	arm(w);
}

void world_timer_cancel(struct world *w, struct timeline_timer *timer)
{
	/* The clock stays armed: a wake-up too many is cheaper than setting it twice. */
	timeline_cancel(&w->timeline, timer);
}

mono_t world_at(const struct world *w, int64_t t_ns)
{
	must(w->started);
	return mono_add(w->zero, t_ns);
}

int64_t world_t(const struct world *w, mono_t at)
{
	must(w->started);
	return mono_diff(at, w->zero);
}

struct event *world_watch(struct world *w, int fd, event_callback_fn fn, void *ctx)
{
	struct event *e = event_new(w->base, fd, EV_READ | EV_PERSIST, fn, ctx);

	must(e != NULL && event_add(e, NULL) == 0);
	return e;
}

/* ---- what happens -------------------------------------------------------------------------- */

void world_event(struct world *w, const char *ev, json_t *fields)
{
	mono_t now = mono_now();

	if (!fields) {
		world_fail(w, -EILSEQ, "a line of history (%s) has text that is not UTF-8", ev);
		return;
	}
	if (w->started) {
		history_write(w->history, mono_diff(now, w->zero), ev, fields);
		return;
	}
	__typeof__(w->early.at) e = vec_push(&w->early);

	e->at = now;
	e->ev = ev;
	e->fields = fields;
}

void world_start_clock(struct world *w)
{
	struct timespec wall;

	w->zero = mono_now();
	clock_gettime(CLOCK_REALTIME, &wall);
	w->epoch_ns = (int64_t)wall.tv_sec * NS_PER_S + wall.tv_nsec;
	w->started = true;
	for (size_t i = 0; i < w->early.n; i++)
		history_write(w->history, mono_diff(w->early.at[i].at, w->zero), w->early.at[i].ev,
			      w->early.at[i].fields);
	w->early.n = 0;
}

void world_say(struct world *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->last, sizeof(w->last), fmt, ap);
	va_end(ap);
}

int world_fail(struct world *w, int err, const char *fmt, ...)
{
	va_list ap;

	must(err < 0);
	if (w->error)
		return err;
	w->error = err;
	va_start(ap, fmt);
	vsnprintf(w->why, w->why_bytes, fmt, ap);
	va_end(ap);
	return err;
}

void world_step_done(struct world *w, const struct scn_step *step, const char *result)
{
	world_event(w, "step",
		    json_pack("{s:i, s:i, s:s, s:s, s:s}", "id", (int)step->id, "line",
			      step->pos.line, "text", step->text, "node",
			      step->node ? step->node->name : "", "result",
			      result ? result : "ok"));
	world_say(w, "%s%s%s", step->text, result ? ": " : "", result ? result : "");
}

/* ---- the network --------------------------------------------------------------------------- */

struct world_node *world_node_of(struct world *w, const struct scn_node *scn)
{
	for (size_t i = 0; i < w->n_nodes; i++)
		if (w->nodes[i].scn == scn)
			return &w->nodes[i];
	must(!"a node of another scenario");
	return NULL;
}

struct world_port *world_port_of(struct world *w, const struct scn_port *scn)
{
	for (size_t i = 0; i < w->n_ports; i++)
		if (w->ports[i].scn == scn)
			return &w->ports[i];
	must(!"a port of another scenario");
	return NULL;
}

struct world_port *world_port_by_wire(struct world *w, int wire_ifindex)
{
	for (size_t i = 0; i < w->n_ports; i++)
		if (w->ports[i].wire_ifindex == wire_ifindex)
			return &w->ports[i];
	return NULL;
}

struct world_port *world_port_by_mac(struct world *w, const uint8_t mac[WIRE_MAC_BYTES])
{
	for (size_t i = 0; i < w->n_ports; i++)
		if (memcmp(w->ports[i].mac, mac, WIRE_MAC_BYTES) == 0)
			return &w->ports[i];
	return NULL;
}

struct socket_args {
	int domain, type, protocol;
};

static int open_socket(void *ctx)
{
	const struct socket_args *a = ctx;
	int fd = socket(a->domain, a->type | SOCK_CLOEXEC | SOCK_NONBLOCK, a->protocol);

	return fd < 0 ? -errno : fd;
}

int world_socket(struct world *w, struct world_node *node, int domain, int type, int protocol)
{
	struct socket_args args = {domain, type, protocol};

	return netns_inside(w->net, node ? node->ns : NULL, open_socket, &args);
}

struct proc_args {
	const char *name;
	struct buf *out;
};

static int read_proc_net(void *ctx)
{
	const struct proc_args *a = ctx;
	char path[64];

	/* thread-self: the namespace of the calling thread, not of the process. */
	snprintf(path, sizeof(path), "/proc/thread-self/net/%s", a->name);
	return buf_read_file(a->out, path, PROC_NET_MAX);
}

int world_proc_net(struct world *w, struct world_node *node, const char *name, struct buf *out)
{
	struct proc_args args = {name, out};

	return netns_inside(w->net, node ? node->ns : NULL, read_proc_net, &args);
}

static void job_ended(struct world *w, struct world_node *node, pid_t pid, int status)
{
	for (size_t i = 0; i < w->jobs.n; i++) {
		struct world_job job = w->jobs.at[i];

		if (job.node != node || job.pid != pid)
			continue;
		memmove(&w->jobs.at[i], &w->jobs.at[i + 1],
			(w->jobs.n - i - 1) * sizeof(w->jobs.at[0]));
		w->jobs.n--;
		job.ended(job.ctx, status);
		return;
	}
}

struct exits_ctx {
	struct world *w;
	struct world_node *node;
};

static void node_has_exits(evutil_socket_t fd, short what, void *ctx)
{
	struct exits_ctx *e = ctx;
	pid_t pid;
	int status, r;

	(void)fd;
	(void)what;
	while ((r = netns_node_exit(e->node->ns, &pid, &status)) == 1)
		job_ended(e->w, e->node, pid, status);
	if (r < 0) {
		event_del(e->node->exits);
		world_fail(e->w, r, "the agent of node %s ended: %s", e->node->name, strerror(-r));
	}
}

int world_spawn(struct world *w, struct world_node *node, const struct netns_spawn *what,
		void (*ended)(void *ctx, int wait_status), void *ctx, pid_t *pid)
{
	if (!node->exits) {
		struct exits_ctx *e = arena_new_object(w->arena, struct exits_ctx);

		*e = (struct exits_ctx){w, node};
		node->exits = world_watch(w, netns_node_fd(node->ns), node_has_exits, e);
	}
	int err = netns_spawn(node->ns, what, pid);

	if (err)
		return err;
	*vec_push(&w->jobs) = (struct world_job){node, *pid, ended, ctx};
	return 0;
}
