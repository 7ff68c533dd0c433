/* The work that follows from steps: addresses, announcements, and at last what is told to people
 * and scripts. Adverts have left before any of it.
 *
 * It is done piece by piece, and the turn looks at the clock after each. A piece is a batch: the
 * kernel gets many addresses in one request, and these are announced once before the next batch, so
 * that of thousands that move at once none waits for the log lines, the scripts and the repeated
 * announcements of others.
 */
#include "daemon/vrrp/run_state.h"

#define UNITS_AT_ONCE 64

static struct work_queue *queue_of(struct vrrp_run *run, enum work_kind kind)
{
	switch (kind) {
	case WORK_ADD_VIPS:
	case WORK_DEL_VIPS:
		return &run->work_vips;
	case WORK_ANNOUNCE:
		return &run->work_announce;
	case WORK_ANNOUNCE_AGAIN:
		return &run->work_again;
	case WORK_LOG:
	case WORK_NOTIFY:
	case WORK_NOTIFY_GROUP:
	case WORK_NOTIFY_EVENT:
		return &run->work_tell;
	}
	must(!"a kind of work");
	return NULL;
}

void run_work_queue(struct vrrp_run *run, struct work w)
{
	struct work_queue *q = queue_of(run, w.kind);

	if (q == &run->work_vips)
		run->t.units[w.who].vips_waiting++;
	*vec_push(&q->work) = w;
}

/* False: the queue is empty, and its memory is free for the next round. */
static bool take(struct work_queue *q, struct work *out)
{
	if (q->head == q->work.n) {
		q->head = 0;
		vec_free(&q->work);
		return false;
	}
	*out = q->work.at[q->head++];
	return true;
}

void run_work_free(struct vrrp_run *run)
{
	vec_free(&run->work_vips.work);
	vec_free(&run->work_announce.work);
	vec_free(&run->work_again.work);
	vec_free(&run->work_tell.work);
}

/* ---- addresses and announcements ----------------------------------------------------------- */

/* A router that was beaten while its work waited must not announce itself any more: the better
 * master has answered its last advert, and clients would believe whom they hear last. */
static bool is_stale(const struct vrrp_run *run, const struct work *w)
{
	return w->kind != WORK_DEL_VIPS && run->t.units[w->who].router.state != VRRP_MASTER;
}

static bool change_vips(struct vrrp_run *run)
{
	struct work w;
	unsigned n = 0;

	run_apply_begin(run);
	while (n < UNITS_AT_ONCE && take(&run->work_vips, &w)) {
		struct unit *u = &run->t.units[w.who];

		u->vips_waiting--;
		if (!is_stale(run, &w))
			run_set_vips(run, u, w.kind == WORK_ADD_VIPS);
		n++;
	}
	run_apply_end(run);
	return n > 0;
}

/* Each once; the repeats come when all others had their turn. */
static bool announce(struct vrrp_run *run)
{
	const struct work_queue *q = &run->work_announce;
	struct work w;
	unsigned n = 0;

	while (n < UNITS_AT_ONCE && q->head < q->work.n &&
	       run->t.units[q->work.at[q->head].who].vips_waiting == 0 &&
	       take(&run->work_announce, &w)) {
		n++;
		if (is_stale(run, &w))
			continue;
		run_announce(run, &run->t.units[w.who], w.repeat ? 1 : 0);
		w.kind = WORK_ANNOUNCE_AGAIN;
		if (w.repeat > 1)
			run_work_queue(run, w);
	}
	run_announce_flush(run);
	return n > 0;
}

static bool announce_again(struct vrrp_run *run)
{
	struct work w;
	unsigned n = 0;

	while (n < UNITS_AT_ONCE && take(&run->work_again, &w)) {
		n++;
		if (!is_stale(run, &w))
			run_announce(run, &run->t.units[w.who], w.repeat - 1);
	}
	run_announce_flush(run);
	return n > 0;
}

/* ---- people and scripts -------------------------------------------------------------------- */

static void log_entered(struct vrrp_run *run, const struct work *w)
{
	const char *name = run->t.units[w->who].conf->name;
	char src[INET6_ADDRSTRLEN];

	if (w->state == VRRP_MASTER && w->cause == VRRP_EV_TIMEOUT)
		log_info(run->log, "(%s) Receive advertisement timeout", name);
	if (w->state == VRRP_BACKUP && w->cause == VRRP_EV_ADVERT)
		log_info(run->log,
			 "(%s) Master received advert from %s with higher priority %u, ours %u",
			 name, wire_ip_text(&w->sender, src), w->sender_priority, w->priority);
	if (w->state == VRRP_INIT)
		log_info(run->log, "(%s) stopped", name);
	else
		log_info(run->log, "(%s) Entering %s STATE", name, vrrp_state_text(w->state));
}

static void notify_unit(struct vrrp_run *run, struct unit *u, const struct work *w)
{
	struct notify_subject who = {.name = u->conf->name, .priority = w->priority};

	run_control_entered(run, u, w->state);
	if (w->deleted)
		notify_removed(run->o.notify, &u->conf->notify, &who);
	else
		notify_state(run->o.notify, &u->conf->notify, &who, w->state);
	if (run->o.role)
		run->o.role(run->o.ctx, u->conf, w->state == VRRP_MASTER);
	if (run->o.entered)
		run->o.entered(run->o.ctx, u->conf, w->state, w->priority);
}

static void notify_team(struct vrrp_run *run, const struct team *team, enum vrrp_state state)
{
	struct notify_subject who = {.group = true, .name = team->conf->name};

	if (state != VRRP_INIT)
		log_info(run->log, "VRRP_Group(%s) Syncing instances to %s state", team->conf->name,
			 vrrp_state_text(state));
	notify_state(run->o.notify, &team->conf->notify, &who, state);
}

static void notify_happened(struct vrrp_run *run, const struct unit *u, const struct work *w)
{
	struct notify_subject who = {.name = u->conf->name, .priority = w->priority};

	switch (w->event) {
	case RUN_HEARD_WEAKER:
		notify_event(run->o.notify, &u->conf->notify.lower_priority, &who,
			     "MASTER_RX_LOWER_PRI");
		break;
	case RUN_PRIORITY_CHANGED:
		notify_event(run->o.notify, NULL, &who,
			     w->state == VRRP_MASTER ? "MASTER_PRIORITY" : "BACKUP_PRIORITY");
		break;
	}
}

void run_repeat_states(struct vrrp_run *run)
{
	for (size_t i = 0; i < run->t.n_units; i++) {
		const struct vrrp_router *r = &run->t.units[i].router;
		struct notify_subject who = {.name = r->conf->name, .priority = r->priority};

		if (r->state != VRRP_INIT)
			notify_repeat(run->o.notify, &who, r->state);
	}
	for (size_t i = 0; i < run->t.n_teams; i++) {
		const struct team *team = &run->t.teams[i];
		struct notify_subject who = {.group = true};

		if (!team->conf || team->state == VRRP_INIT)
			continue;
		who.name = team->conf->name;
		notify_repeat(run->o.notify, &who, team->state);
	}
}

static bool tell(struct vrrp_run *run)
{
	struct work w;

	if (!take(&run->work_tell, &w))
		return false;
	if (w.kind == WORK_LOG)
		log_entered(run, &w);
	else if (w.kind == WORK_NOTIFY)
		notify_unit(run, &run->t.units[w.who], &w);
	else if (w.kind == WORK_NOTIFY_EVENT)
		notify_happened(run, &run->t.units[w.who], &w);
	else
		notify_team(run, &run->t.teams[w.who], w.state);
	return true;
}

bool run_work_next(struct vrrp_run *run)
{
	return announce(run) || change_vips(run) || announce_again(run) || tell(run);
}
