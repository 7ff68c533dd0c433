/* The turn: the one place where the clock is read for timers and where routers are stepped.
 *
 * The timer is a timerfd with an absolute time of CLOCK_MONOTONIC, armed in nanoseconds from the
 * earliest deadline of all routers: libevent only tells that it is readable, so nothing is rounded
 * to its microseconds.
 *
 * Before a backup acts on silence, and before anything acts late (this process was stopped, or
 * starved), what has arrived meanwhile is read: whoever was asleep listens before it speaks.
 */
#include "daemon/vrrp/run_state.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* ---- steps --------------------------------------------------------------------------------- */

/* Writing a line may take its time (a slow console): like all work it comes after the adverts. */
static void queue_log(struct vrrp_run *run, const struct unit *u, enum vrrp_state state)
{
	struct work w = {.kind = WORK_LOG,
			 .who = u->number,
			 .state = state,
			 .priority = u->router.priority,
			 .cause = VRRP_EV_STOP};

	if (run->cause_unit == u)
		w.cause = run->cause->kind;
	if (w.cause == VRRP_EV_ADVERT) {
		w.sender = run->cause->advert.src;
		w.sender_priority = run->cause->advert.priority;
	}
	run_work_queue(run, w);
}

static void perform(void *ctx, struct vrrp_router *router, const struct vrrp_actions *actions)
{
	struct vrrp_run *run = ctx;
	struct unit *u = (struct unit *)router; /* its first member */

	for (unsigned i = 0; i < actions->n; i++)
		if (actions->at[i].kind == VRRP_ACT_NOTIFY)
			queue_log(run, u, actions->at[i].state);
	for (unsigned i = 0; i < actions->n; i++) {
		const struct vrrp_action *a = &actions->at[i];

		switch (a->kind) {
		case VRRP_ACT_SEND_ADVERT:
			run_send_advert(run, u, a->priority);
			break;
		case VRRP_ACT_ADD_VIPS:
			run_work_queue(run, (struct work){.kind = WORK_ADD_VIPS, .who = u->number});
			break;
		case VRRP_ACT_DEL_VIPS:
			if (!run->keep_vips)
				run_work_queue(run, (struct work){.kind = WORK_DEL_VIPS,
								  .who = u->number});
			break;
		case VRRP_ACT_ANNOUNCE:
			run_work_queue(run, (struct work){.kind = WORK_ANNOUNCE,
							  .who = u->number,
							  .repeat = a->repeat});
			break;
		case VRRP_ACT_ANNOUNCE_GROUP:
			break; /* group.c has done it */
		case VRRP_ACT_NOTIFY:
			u->n_complaints = 0;
			run_work_queue(run, (struct work){.kind = WORK_NOTIFY,
							  .who = u->number,
							  .state = a->state,
							  .deleted = run->keep_vips,
							  .priority = u->router.priority});
			break;
		case VRRP_ACT_COUNT:
			u->stats.count[a->counter]++;
			break;
		}
	}
}

static void team_settled(struct vrrp_run *run, size_t number)
{
	struct team *team = &run->t.teams[number];
	const struct vrrp_router *const *seen = (const struct vrrp_router *const *)team->members;
	enum vrrp_state state = vrrp_group_state(seen, team->n);

	for (unsigned i = 0; i < team->n; i++)
		due_set(&run->due, ((struct unit *)team->members[i])->number,
			vrrp_deadline(team->members[i]));
	if (!team->conf || state == team->state)
		return;
	/* on the way (not all started, or some stopped) is no state of the group */
	if (state != VRRP_INIT)
		run_work_queue(
			run,
			(struct work){.kind = WORK_NOTIFY_GROUP, .who = number, .state = state});
	team->state = state;
}

void vrrp_run_step(struct vrrp_run *run, struct unit *u, const struct vrrp_event *e)
{
	struct team *team = &run->t.teams[u->team];
	unsigned which = 0;

	while (team->members[which] != &u->router)
		which++;
	run->cause = e;
	run->cause_unit = u;
	vrrp_group_step(team->members, team->n, which, e, perform, run);
	team_settled(run, u->team);
}

/* ---- the turn ------------------------------------------------------------------------------ */

static void begin(struct vrrp_run *run, size_t number)
{
	due_set(&run->due, number, MONO_NEVER);
	run->started = true;
	run_judge(run);
}

static bool listen_first(const struct unit *u, mono_t at, mono_t now)
{
	return u->router.state == VRRP_BACKUP || mono_diff(now, at) > u->conf->advert_ns;
}

static void step_due(struct vrrp_run *run)
{
	mono_t now = mono_now();
	bool listened = false;
	size_t i = 0;

	for (;;) {
		mono_t at = due_next(&run->due, &i);

		if (mono_before(now, at))
			return;
		if (i < run->t.n_units) {
			struct unit *u = &run->t.units[i];

			if (!listened && listen_first(u, at, now)) {
				for (size_t g = 0; g < run->t.n_gates; g++)
					run_receive(&run->t.gates[g]);
				listened = true;
				continue;
			}
			vrrp_run_step(run, u,
				      &(struct vrrp_event){.kind = VRRP_EV_TIMEOUT, .now = now});
		} else if (i < run->t.n_units + run->t.n_gates) {
			run_announce_next(run, &run->t.gates[i - run->t.n_units]);
		} else if (i == run->t.n_units + run->t.n_gates) {
			begin(run, i);
		} else {
			run_judge(run);
		}
	}
}

static void arm(struct vrrp_run *run)
{
	size_t number;
	mono_t at = due_next(&run->due, &number);
	struct itimerspec ts = {0};

	if (at.ns == run->armed.ns)
		return;
	if (!mono_is_never(at)) {
		ts.it_value.tv_sec = at.ns / NS_PER_S;
		ts.it_value.tv_nsec = at.ns % NS_PER_S;
	}
	must(timerfd_settime(run->timer_fd, TFD_TIMER_ABSTIME, &ts, NULL) == 0);
	run->armed = at;
}

void vrrp_run_turn(struct vrrp_run *run)
{
	do {
		step_due(run);
		run_flush(run);
	} while (run_work_next(run));
	arm(run);
}

static void on_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct vrrp_run *run = ctx;
	uint64_t expirations;

	(void)what;
	if (read(fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		log_error(run->log, "timer: %s", strerror(errno));
	run->armed = MONO_NEVER; /* it has fired: arm it anew even for the same time */
	vrrp_run_turn(run);
}

/* ---- start, reload, end -------------------------------------------------------------------- */

static int open_timer(struct vrrp_run *run)
{
	run->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (run->timer_fd < 0)
		return -errno;
	run->timer = event_new(run->o.base, run->timer_fd, EV_READ | EV_PERSIST, on_timer, run);
	must(run->timer != NULL);
	event_add(run->timer, NULL);
	run->armed = MONO_NEVER;
	return 0;
}

void run_init_due(struct vrrp_run *run)
{
	const struct table *t = &run->t;

	due_free(&run->due);
	due_init(&run->due, t->n_units + t->n_gates + 2);
	for (size_t i = 0; i < t->n_units; i++)
		due_set(&run->due, i, vrrp_deadline(&t->units[i].router));
	if (!run->started)
		due_set(&run->due, t->n_units + t->n_gates, run->start_at);
}

static void release(struct vrrp_run *run)
{
	track_watch_free(run->watch);
	vec_free(&run->delays);
	table_free(&run->t);
	due_free(&run->due);
	run_work_free(run);
	if (run->timer)
		event_free(run->timer);
	if (run->timer_fd >= 0)
		close(run->timer_fd);
	run_kernel_close(run);
	links_free(&run->links);
	free(run);
}

static void warn_of_strange_sources(struct vrrp_run *run)
{
	for (size_t i = 0; i < run->t.n_units; i++) {
		const struct conf_instance *c = run->t.units[i].conf;
		char ip[INET6_ADDRSTRLEN];

		if (c->source.family && !links_has_addr(&run->links, 0, &c->source))
			log_warning(run->log,
				    "(%s) source address %s is on no interface of this host",
				    c->name, wire_ip_text(&c->source, ip));
	}
}

static void on_tracked(void *ctx)
{
	struct vrrp_run *run = ctx;

	run_judge(run);
	vrrp_run_turn(run);
}

static void open_watch(struct vrrp_run *run)
{
	struct track_watch_options o = {.base = run->o.base,
					.log = run->log,
					.notify = run->o.notify,
					.changed = on_tracked,
					.ctx = run};

	run->watch = track_watch_new(run->t.conf, &o);
}

int vrrp_run_start(struct vrrp_run **out, const struct vipd_conf *conf,
		   const struct vrrp_run_options *o)
{
	struct vrrp_run *run = calloc(1, sizeof(*run));

	*out = NULL;
	must(run != NULL);
	run->o = *o;
	run->log = o->log;
	run->timer_fd = run->packet_fd = -1;
	run->start_at = mono_add(mono_now(), conf->global.startup_delay_ns);
	int err = run_kernel_open(run);

	if (!err) {
		table_build(&run->t, run, conf);
		err = table_check_interfaces(&run->t, run);
	}
	if (!err)
		err = table_open_gates(&run->t);
	if (!err)
		err = open_timer(run);
	if (err) {
		release(run);
		return err;
	}
	warn_of_strange_sources(run);
	run_remove_leftovers(run);
	run_watch_paths(run, conf);
	run_set_static(run, true);
	if (conf->global.startup_delay_ns)
		log_info(run->log, "Delaying startup for %lld ms",
			 (long long)(conf->global.startup_delay_ns / NS_PER_MS));
	run_delay_configure(run, conf);
	run_init_due(run);
	open_watch(run);
	vrrp_run_turn(run);
	*out = run;
	return 0;
}

void vrrp_run_abandon(struct vrrp_run *run)
{
	release(run);
}

void vrrp_run_stop(struct vrrp_run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->t.n_units; i++)
		vrrp_run_step(run, &run->t.units[i],
			      &(struct vrrp_event){.kind = VRRP_EV_STOP, .now = mono_now()});
	for (size_t i = 0; i < run->t.n_teams; i++)
		if (run->t.teams[i].conf)
			run_work_queue(run, (struct work){.kind = WORK_NOTIFY_GROUP,
							  .who = i,
							  .state = VRRP_INIT});
	vrrp_run_turn(run);
	run_set_static(run, false);
	run_firewall_close(run, run->t.conf);
	release(run);
}
