/* The VRRP state machine (RFC 9568, section 6.4; the same for version 2 in RFC 3768).
 *
 *	state    event                            actions                              next
 *	INIT     START                            notify BACKUP                        BACKUP
 *	INIT     START as owner without a group   see "becoming master"                MASTER
 *	BACKUP   advert to follow                 -                                    BACKUP
 *	BACKUP   priority 0                       count; wait skew only                BACKUP
 *	BACKUP   TIMEOUT (in a group: its order)  advert, add vips, announce, notify   MASTER
 *	MASTER   TIMEOUT                          advert, or the second burst          MASTER
 *	MASTER   weaker advert, or priority 0     advert, announce                     MASTER
 *	MASTER   better advert                    del vips, one last advert, notify    BACKUP
 *	any      FAULT                            (MASTER: priority 0, del vips) notify  FAULT
 *	MASTER   HANDOVER                         priority 0, del vips, notify         BACKUP
 *	FAULT    RECOVER (in a group: its order)  as START                             BACKUP,
 *MASTER any      STOP                             (MASTER: priority 0, del vips) notify  INIT
 *
 * What it does beyond the RFC, and why:
 *
 * The last advert. Two masters have met, as after a cut both ways that heals. If the better one's
 * advert arrives first, the RFC lets the weaker one become backup without a word; the better one
 * never learns that there was another, does not announce itself again, and clients stay with the
 * backup that they were told of. So a master that is beaten always answers with one advert of its
 * own: it is the weaker one, and hearing a weaker advert makes a master announce itself.
 *(keepalived does this with vrrp_higher_prio_send_advert, off by default; here it needs no word.)
 *The addresses go first, so that they are gone when the answer to the advert comes. If that one
 *frame is lost too, garp_master_refresh is what is left.
 *
 * A master that its sync group pulls down has not been beaten: it leaves with priority 0, as for
 * FAULT. An advert of its own priority might beat the master on the other side, pull that whole
 * group down, and so for ever. A master that hears priority 0 announces itself too: the one that
 * left was a master, so clients may know its address.
 *
 * A backup believes priority 0 only of the master that it heard last. Of two masters that have met
 *one resigns and the other answers; should the answer come first, the resignation is old news, and
 *a backup that still shortened its wait would take over from a living master.
 *
 * Adverts that advert.c refuses never come here, so they restart no timer. (In keepalived any
 *packet restarts a master's advert timer, so that a stream of bad ones silences it.)
 */
#include "daemon/vrrp/core.h"

#include "daemon/vrrp/election.h"
#include "lib/base/must.h"

#include <string.h>

#define PRIORITY_OWNER 255

static struct vrrp_action *act(struct vrrp_actions *a, enum vrrp_action_kind kind)
{
	must(a->n < VRRP_ACTIONS_MAX);
	a->at[a->n] = (struct vrrp_action){.kind = kind};
	return &a->at[a->n++];
}

static void count(struct vrrp_actions *a, enum vrrp_counter counter)
{
	must(counter < VRRP_CNT_N);
	act(a, VRRP_ACT_COUNT)->counter = counter;
}

static void send_advert(struct vrrp_actions *a, uint8_t priority)
{
	must(a != NULL);
	act(a, VRRP_ACT_SEND_ADVERT)->priority = priority;
	if (priority == 0)
		count(a, VRRP_CNT_PRIORITY_ZERO_SENT);
}

/* A burst now, unless it was configured away, and another one after delay_ns: the first may have
 * been lost, or come before the switches had settled. A burst that is pending already is not put
 * off, or a stream of weaker adverts could put it off for ever. */
static void announce(struct vrrp_router *r, mono_t now, unsigned repeat, int64_t delay_ns,
		     struct vrrp_actions *a)
{
	must(r->state == VRRP_MASTER);
	if (repeat == 0)
		return;
	act(a, VRRP_ACT_ANNOUNCE)->repeat = repeat;
	if (delay_ns == 0)
		return;
	if (mono_is_never(r->announce_at) || mono_before(mono_add(now, delay_ns), r->announce_at)) {
		r->announce_at = mono_add(now, delay_ns);
		r->announce_repeat = repeat;
	}
}

static void no_timers(struct vrrp_router *r)
{
	must(r->conf != NULL);
	r->wants_master = r->yielded = false;
	r->down_at = r->advert_at = r->preempt_at = MONO_NEVER;
	r->announce_at = r->refresh_at = MONO_NEVER;
	memset(&r->master, 0, sizeof(r->master));
}

static void become_backup(struct vrrp_router *r, mono_t now, int64_t master_advert_ns,
			  struct vrrp_actions *a)
{
	must(r->state != VRRP_BACKUP);
	no_timers(r);
	r->state = VRRP_BACKUP;
	r->master_advert_ns = master_advert_ns;
	r->down_at = mono_add(now, vrrp_down_ns(r));
	act(a, VRRP_ACT_NOTIFY)->state = VRRP_BACKUP;
}

/* The advert first: it ends what other masters there are, and it costs nothing, while addresses and
 * announcements may take their time. */
static void become_master(struct vrrp_router *r, mono_t now, struct vrrp_actions *a)
{
	const struct conf_instance *c = r->conf;

	must(r->state != VRRP_MASTER);
	no_timers(r);
	r->state = VRRP_MASTER;
	r->master_advert_ns = c->advert_ns;
	r->advert_at = mono_add(now, c->advert_ns);
	send_advert(a, r->priority);
	act(a, VRRP_ACT_ADD_VIPS);
	announce(r, now, c->garp_repeat, c->garp_delay_ns, a);
	if (c->garp_refresh_ns)
		r->refresh_at = mono_add(now, c->garp_refresh_ns);
	act(a, VRRP_ACT_NOTIFY)->state = VRRP_MASTER;
	count(a, VRRP_CNT_BECAME_MASTER);
}

/* FAULT and INIT: neither speaks nor listens. A master says so with priority 0 (6.4.3). */
static void leave(struct vrrp_router *r, enum vrrp_state to, struct vrrp_actions *a)
{
	must(to == VRRP_FAULT || to == VRRP_INIT);
	if (r->state == VRRP_MASTER) {
		send_advert(a, 0);
		act(a, VRRP_ACT_DEL_VIPS);
		count(a, VRRP_CNT_RELEASED_MASTER);
	}
	no_timers(r);
	r->state = to;
	act(a, VRRP_ACT_NOTIFY)->state = to;
}

/* From INIT, or from FAULT when all is well (6.4.1). An owner is master at once, but never
 * ahead of its group. `state MASTER` waits for one advert only: the configuration says that no one
 * else is likely to be there. */
static void enter(struct vrrp_router *r, mono_t now, bool starting, struct vrrp_actions *a)
{
	const struct conf_instance *c = r->conf;

	must(r->state == VRRP_INIT || r->state == VRRP_FAULT);
	if (r->priority == PRIORITY_OWNER && !c->group) {
		become_master(r, now, a);
		return;
	}
	become_backup(r, now, c->advert_ns, a);
	if (c->group)
		r->wants_master = r->priority == PRIORITY_OWNER;
	else if (starting && c->state_master)
		r->down_at = mono_add(
			now, c->advert_ns + vrrp_skew_ns(c->version, PRIORITY_OWNER, c->advert_ns));
}

/* 6.4.2. What is not followed leaves the timer alone: that is how a backup preempts. */
static void backup_advert(struct vrrp_router *r, const struct vrrp_event *e, struct vrrp_actions *a)
{
	must(r->state == VRRP_BACKUP);
	if (e->advert.priority == 0) {
		count(a, VRRP_CNT_PRIORITY_ZERO_RECEIVED);
		if (r->master.family == 0 || wire_ip_equal(&r->master, &e->advert.src))
			r->down_at = mono_add(e->now, vrrp_skew_ns(r->conf->version, r->priority,
								   r->master_advert_ns));
		return;
	}
	r->master = e->advert.src;
	if (!vrrp_election_follows(r, e->advert.priority, e->now))
		return;
	r->wants_master = false;
	if (r->conf->version == 3)
		r->master_advert_ns = e->advert.interval_ns;
	r->down_at = mono_add(e->now, vrrp_down_ns(r));
}

/* Another master is or was there: say who is master, to it, to the bridges (6.4.3) and to
 * clients; to those of the group's other members too, since the other side's group moves as one and
 * may leave without a word. */
static void assert_master(struct vrrp_router *r, mono_t now, bool advert, struct vrrp_actions *a)
{
	must(r->state == VRRP_MASTER);
	if (advert) {
		send_advert(a, r->priority);
		r->advert_at = mono_add(now, r->conf->advert_ns);
	}
	announce(r, now, r->conf->garp_lower_prio_repeat, r->conf->garp_lower_prio_delay_ns, a);
	if (r->conf->group)
		act(a, VRRP_ACT_ANNOUNCE_GROUP);
}

/* 6.4.3 */
static void master_advert(struct vrrp_router *r, const struct vrrp_event *e, struct vrrp_actions *a)
{
	int64_t interval_ns = r->conf->version == 3 ? e->advert.interval_ns : r->conf->advert_ns;

	must(r->state == VRRP_MASTER);
	if (e->advert.priority == 0) {
		count(a, VRRP_CNT_PRIORITY_ZERO_RECEIVED);
		assert_master(r, e->now, true, a);
	} else if (!vrrp_election_beats(r, e->advert.priority, &e->advert.src)) {
		assert_master(r, e->now, !r->conf->lower_prio_no_advert, a);
	} else {
		act(a, VRRP_ACT_DEL_VIPS);
		send_advert(a, r->priority);
		count(a, VRRP_CNT_RELEASED_MASTER);
		become_backup(r, e->now, interval_ns, a);
	}
}

static void advert(struct vrrp_router *r, const struct vrrp_event *e, struct vrrp_actions *a)
{
	must(e->advert.interval_ns > 0);
	switch (r->state) {
	case VRRP_BACKUP:
		r->heard = true;
		backup_advert(r, e, a);
		return;
	case VRRP_MASTER:
		r->heard = true;
		master_advert(r, e, a);
		return;
	case VRRP_INIT:
	case VRRP_FAULT:
		return;
	}
}

/* The next of a series of points in time: from the one that was due, so that it does not drift; but
 * if that one is missed too, from now: what was missed is not made up for in a burst. */
static mono_t next_due(mono_t due, int64_t interval_ns, mono_t now)
{
	mono_t next = mono_add(due, interval_ns);

	must(interval_ns > 0);
	return mono_before(now, next) ? next : mono_add(now, interval_ns);
}

static void master_timeout(struct vrrp_router *r, mono_t now, struct vrrp_actions *a)
{
	const struct conf_instance *c = r->conf;

	must(r->state == VRRP_MASTER);
	if (!mono_before(now, r->advert_at)) {
		send_advert(a, r->priority);
		r->advert_at = next_due(r->advert_at, c->advert_ns, now);
	}
	if (!mono_before(now, r->announce_at)) {
		r->announce_at = MONO_NEVER;
		act(a, VRRP_ACT_ANNOUNCE)->repeat = r->announce_repeat;
	}
	if (!mono_before(now, r->refresh_at)) {
		act(a, VRRP_ACT_ANNOUNCE)->repeat = c->garp_refresh_repeat;
		r->refresh_at = next_due(r->refresh_at, c->garp_refresh_ns, now);
	}
}

static void timeout(struct vrrp_router *r, mono_t now, struct vrrp_actions *a)
{
	must(!mono_is_never(now));
	if (r->state == VRRP_MASTER)
		master_timeout(r, now, a);
	if (r->state != VRRP_BACKUP || mono_before(now, r->down_at))
		return;
	if (!r->conf->group) {
		become_master(r, now, a);
		return;
	}
	/* the wish stands until a master is heard; the timer only keeps the deadline ahead */
	r->wants_master = true;
	r->down_at = mono_add(now, vrrp_down_ns(r));
}

static void fault(struct vrrp_router *r, struct vrrp_actions *a)
{
	must(r->conf != NULL);
	r->faulted = true;
	if (r->state != VRRP_FAULT)
		leave(r, VRRP_FAULT, a);
}

static void recover(struct vrrp_router *r, const struct vrrp_event *e, struct vrrp_actions *a)
{
	must(e->primary.family != 0);
	r->faulted = false;
	r->primary = e->primary;
	if (r->state == VRRP_FAULT && !r->conf->group)
		enter(r, e->now, false, a);
}

/* A backup's running timer moves by the difference in skew, it does not start again; a master says
 * it with its next advert. */
static void priority(struct vrrp_router *r, const struct vrrp_event *e)
{
	int64_t before_ns = vrrp_down_ns(r);
	mono_t moved;

	must(e->priority != 0);
	r->priority = e->priority;
	if (r->state != VRRP_BACKUP)
		return;
	moved = mono_add(r->down_at, vrrp_down_ns(r) - before_ns);
	r->down_at = mono_before(moved, e->now) ? mono_min(r->down_at, e->now) : moved;
}

static void group_order(struct vrrp_router *r, const struct vrrp_event *e, struct vrrp_actions *a)
{
	must(r->conf->group && r->state != VRRP_INIT && r->state != e->group_to);
	switch (e->group_to) {
	case VRRP_FAULT:
		leave(r, VRRP_FAULT, a);
		return;
	case VRRP_MASTER:
		must(r->state == VRRP_BACKUP);
		become_master(r, e->now, a);
		return;
	case VRRP_BACKUP:
		if (r->state == VRRP_FAULT) {
			enter(r, e->now, false, a);
			return;
		}
		send_advert(a, 0);
		act(a, VRRP_ACT_DEL_VIPS);
		count(a, VRRP_CNT_RELEASED_MASTER);
		become_backup(r, e->now, r->conf->advert_ns, a);
		return;
	case VRRP_INIT:
		must(!"a group orders nobody into INIT");
	}
}

static void handover(struct vrrp_router *r, mono_t now, struct vrrp_actions *a)
{
	must(r->state == VRRP_MASTER);
	send_advert(a, 0);
	act(a, VRRP_ACT_DEL_VIPS);
	count(a, VRRP_CNT_RELEASED_MASTER);
	become_backup(r, now, r->conf->advert_ns, a);
	r->yielded = true;
	r->down_at = mono_add(now, vrrp_handover_ns(r));
}

static void lost(struct vrrp_router *r, mono_t now, struct vrrp_actions *a)
{
	must(r->conf != NULL);
	if (r->state != VRRP_MASTER)
		return;
	send_advert(a, 0);
	act(a, VRRP_ACT_DEL_VIPS);
	count(a, VRRP_CNT_RELEASED_MASTER);
	become_backup(r, now, r->conf->advert_ns, a);
	r->down_at = mono_add(now, vrrp_skew_ns(r->conf->version, r->priority, r->conf->advert_ns));
}

/* The new configuration is in force at once: a master says it (interval, addresses), and announces
 * all addresses, twice, since some may be new; a backup's timer moves by the difference. */
static void reload(struct vrrp_router *r, const struct vrrp_event *e, struct vrrp_actions *a)
{
	const struct conf_instance *old = r->conf;
	int64_t before_ns = vrrp_down_ns(r);

	must(e->conf->vrid == old->vrid && e->conf->advert_ns > 0);
	r->conf = e->conf;
	if (r->master_advert_ns == old->advert_ns || e->conf->version == 2)
		r->master_advert_ns = e->conf->advert_ns;
	r->wants_master = r->wants_master && e->conf->group;
	if (r->state == VRRP_BACKUP) {
		mono_t moved = mono_add(r->down_at, vrrp_down_ns(r) - before_ns);

		r->down_at = mono_before(moved, e->now) ? mono_min(r->down_at, e->now) : moved;
		r->preempt_at = MONO_NEVER;
	}
	if (r->state != VRRP_MASTER)
		return;
	send_advert(a, r->priority);
	r->advert_at = mono_add(e->now, e->conf->advert_ns);
	act(a, VRRP_ACT_ADD_VIPS);
	announce(r, e->now, e->conf->garp_repeat, e->conf->garp_delay_ns, a);
	r->refresh_at =
		e->conf->garp_refresh_ns ? mono_add(e->now, e->conf->garp_refresh_ns) : MONO_NEVER;
}

void vrrp_router_init(struct vrrp_router *r, const struct conf_instance *conf)
{
	must(conf->priority != 0 && conf->advert_ns > 0 && conf->down_timer_adverts > 0);
	memset(r, 0, sizeof(*r));
	r->conf = conf;
	r->priority = conf->priority;
	r->master_advert_ns = conf->advert_ns;
	no_timers(r);
}

void vrrp_step(struct vrrp_router *r, const struct vrrp_event *e, struct vrrp_actions *actions)
{
	actions->n = 0;
	switch (e->kind) {
	case VRRP_EV_START:
		must(r->state == VRRP_INIT && e->primary.family != 0);
		r->primary = e->primary;
		enter(r, e->now, true, actions);
		break;
	case VRRP_EV_STOP:
		r->faulted = false;
		if (r->state != VRRP_INIT)
			leave(r, VRRP_INIT, actions);
		break;
	case VRRP_EV_ADVERT:
		advert(r, e, actions);
		break;
	case VRRP_EV_TIMEOUT:
		timeout(r, e->now, actions);
		break;
	case VRRP_EV_FAULT:
		fault(r, actions);
		break;
	case VRRP_EV_RECOVER:
		recover(r, e, actions);
		break;
	case VRRP_EV_PRIORITY:
		priority(r, e);
		break;
	case VRRP_EV_GROUP:
		group_order(r, e, actions);
		break;
	case VRRP_EV_ANNOUNCE:
		if (r->state == VRRP_MASTER)
			announce(r, e->now, r->conf->garp_lower_prio_repeat,
				 r->conf->garp_lower_prio_delay_ns, actions);
		break;
	case VRRP_EV_HANDOVER:
		if (r->state == VRRP_MASTER)
			handover(r, e->now, actions);
		break;
	case VRRP_EV_LOST:
		lost(r, e->now, actions);
		break;
	case VRRP_EV_RELOAD:
		reload(r, e, actions);
		break;
	}
	must(e->kind != VRRP_EV_TIMEOUT || mono_before(e->now, vrrp_deadline(r)));
}

mono_t vrrp_deadline(const struct vrrp_router *r)
{
	switch (r->state) {
	case VRRP_BACKUP:
		return r->down_at;
	case VRRP_MASTER:
		return mono_min(r->advert_at, mono_min(r->announce_at, r->refresh_at));
	case VRRP_INIT:
	case VRRP_FAULT:
		return MONO_NEVER;
	}
	must(!"a state");
	return MONO_NEVER;
}

int64_t vrrp_skew_ns(uint8_t version, uint8_t prio, int64_t interval_ns)
{
	must(interval_ns > 0 && interval_ns <= 256 * NS_PER_S);
	return (256 - prio) * (version == 2 ? NS_PER_S : interval_ns) / 256;
}

int64_t vrrp_down_ns(const struct vrrp_router *r)
{
	must(r->conf->down_timer_adverts > 0);
	return r->conf->down_timer_adverts * r->master_advert_ns +
	       vrrp_skew_ns(r->conf->version, r->priority, r->master_advert_ns);
}

enum vrrp_handover vrrp_handover_check(const struct vrrp_router *r)
{
	if (r->state != VRRP_MASTER)
		return VRRP_HANDOVER_NOT_MASTER;
	return r->heard ? VRRP_HANDOVER_CAN : VRRP_HANDOVER_ALONE;
}

/* Priority 1 has the longest skew; ours comes on top, so that it is not first by a hair. */
int64_t vrrp_handover_ns(const struct vrrp_router *r)
{
	return vrrp_down_ns(r) + vrrp_skew_ns(r->conf->version, 1, r->conf->advert_ns);
}

const char *vrrp_state_text(enum vrrp_state s)
{
	switch (s) {
	case VRRP_INIT:
		return "INIT";
	case VRRP_BACKUP:
		return "BACKUP";
	case VRRP_MASTER:
		return "MASTER";
	case VRRP_FAULT:
		return "FAULT";
	}
	must(!"a state");
	return "";
}
