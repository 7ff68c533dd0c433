/* The promises. Each has a name, which a failing run prints:
 *
 *	two-masters  a master that hears a better one for an interval is still master
 *	no-master    nobody is master though somebody could have been for a master-down interval
 *	usurper      a backup took over from a master that it must have heard and had to follow
 *	best         at rest, somebody better would preempt and does not
 *	unrest       something changes although nothing has happened for long
 *	rhythm       at rest, adverts do not come at their times
 *	successor    the master went, and not the best one followed, or not at the right time
 *	client       at rest, the client believes somebody who is not master, and could know better
 *	vip          a node has the address and is not master, or the reverse
 *	group        members of a sync group are not in one state
 *	entry        master from nowhere; or without an advert before its address
 *	notify       a new state without its notification, or the reverse
 *	deadline     a step leaves a deadline behind it
 *	codec        an advert that advert.c does not take back (world.c)
 *
 * "Must have heard" is counted from the configuration and the faults alone, never from what the
 *core says of itself.
 */
#include "daemon/sim/world.h"

#include "lib/base/must.h"

#include <stdarg.h>
#include <stdio.h>

#define PRIORITY_OWNER 255

void sim_fail(struct sim_world *w, const char *invariant, const char *fmt, ...)
{
	struct sim_verdict *v = w->verdict;
	va_list ap;

	must(fmt != NULL);
	if (v->failed)
		return;
	v->failed = true;
	v->at = w->now;
	snprintf(v->invariant, sizeof(v->invariant), "%s", invariant);
	va_start(ap, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, on the line above */
	vsnprintf(v->text, sizeof(v->text), fmt, ap);
	va_end(ap);
	sim_log(w, "BROKEN %s: %s", invariant, v->text);
}

static mono_t later(mono_t a, mono_t b)
{
	return mono_before(a, b) ? b : a;
}

static const struct sim_seat *seat_of(const struct sim_world *w, unsigned node, unsigned leg)
{
	must(node < w->plan->n_nodes && leg < w->plan->n_legs);
	return &w->node[node].seat[leg];
}

/* Late timers and slow frames, at most. */
static int64_t slack_ns(const struct sim_world *w)
{
	must(w->plan->delay_max_ns > 0);
	return w->plan->delay_max_ns + w->plan->late_max_ns;
}

/* The formula of the RFCs, written a second time. */
static int64_t reference_skew_ns(const struct conf_instance *c, int64_t advert_ns)
{
	must(c->version == 2 || c->version == 3);
	return (c->version == 2 ? NS_PER_S : advert_ns) * (256 - c->priority) / 256;
}

/* ---- after each step ----------------------------------------------------------------------- */

/* A backup of version 3 counts in the interval of whom it heard last. Where a third one with a
 * shorter interval has spoken since, its advert may have come last, and the backup may rightly
 * count in too short a time: no router can know that better. */
static bool confused(const struct sim_world *w, unsigned node, unsigned master, unsigned leg)
{
	const struct sim_seat *m = seat_of(w, master, leg);

	for (unsigned i = 0; i < w->plan->n_nodes; i++) {
		const struct sim_seat *s = seat_of(w, i, leg);

		if (i != node && i != master &&
		    s->router.conf->advert_ns < m->router.conf->advert_ns &&
		    mono_diff(w->now, s->sent_at) < w->plan->down_max_ns)
			return true;
	}
	return false;
}

/* Has node been obliged to follow a living master of this segment? */
static void check_usurper(struct sim_world *w, unsigned node, unsigned leg)
{
	const struct sim_seat *me = seat_of(w, node, leg);
	const struct conf_instance *c = me->router.conf;

	must(me->router.state == VRRP_MASTER);
	for (unsigned m = 0; m < w->plan->n_nodes; m++) {
		const struct sim_seat *other = seat_of(w, m, leg);
		mono_t heard = w->clean[leg][m][node];
		bool follow;

		if (m == node || other->router.state != VRRP_MASTER || mono_is_never(heard))
			continue;
		heard = later(heard, later(other->since, me->since));
		heard = mono_add(heard, other->router.conf->advert_ns + slack_ns(w));
		follow = other->router.priority >= me->router.priority || c->nopreempt ||
			 mono_diff(w->now, me->since) < c->preempt_delay_ns;
		if (me->router.priority == PRIORITY_OWNER &&
		    other->router.priority < PRIORITY_OWNER)
			follow = false;
		if (follow && mono_before(heard, w->now) && !confused(w, node, m, leg))
			sim_fail(w, "usurper", "node %u/%u takes over from node %u", node, leg, m);
	}
}

static void check_taken(struct sim_world *w, unsigned node, unsigned leg)
{
	must(w->examined);
	if (!w->examined_leg[leg] || w->exam_taken[leg])
		return;
	w->exam_taken[leg] = true;
	if (mono_before(w->now, w->exam_from[node][leg]) || mono_before(w->exam_to[leg], w->now))
		sim_fail(w, "successor",
			 "node %u/%u is the next master at %.9fs; its own time is %.9fs, the best "
			 "one's is over at %.9fs",
			 node, leg, (double)w->now.ns / 1e9,
			 (double)w->exam_from[node][leg].ns / 1e9,
			 (double)w->exam_to[leg].ns / 1e9);
}

static void check_entry(struct sim_world *w, unsigned node, unsigned leg,
			const struct vrrp_actions *actions)
{
	const struct sim_seat *s = seat_of(w, node, leg);

	must(s->router.state == VRRP_MASTER);
	if (s->seen != VRRP_BACKUP && s->router.priority != PRIORITY_OWNER)
		sim_fail(w, "entry", "node %u/%u is master straight from %s", node, leg,
			 vrrp_state_text(s->seen));
	if (actions->n < 2 || actions->at[0].kind != VRRP_ACT_SEND_ADVERT ||
	    actions->at[1].kind != VRRP_ACT_ADD_VIPS)
		sim_fail(w, "entry", "node %u/%u does not begin with an advert", node, leg);
	check_usurper(w, node, leg);
	if (w->examined)
		check_taken(w, node, leg);
}

/* From the first advert of the calm on, each comes a whole number of intervals later, give or take
 * the lateness of a timer. */
static void check_rhythm(struct sim_world *w, unsigned node, unsigned leg)
{
	struct sim_seat *s = &w->node[node].seat[leg];
	int64_t off;

	must(s->router.conf->advert_ns > 0);
	if (mono_before(w->now, w->calm) || w->examined)
		return;
	if (mono_is_never(s->anchor))
		s->anchor = w->now;
	off = mono_diff(w->now, s->anchor) % s->router.conf->advert_ns;
	if (off > s->router.conf->advert_ns / 2)
		off = s->router.conf->advert_ns - off;
	if (off > w->plan->late_max_ns)
		sim_fail(w, "rhythm", "node %u/%u: an advert is %.9fs off", node, leg,
			 (double)off / 1e9);
}

void sim_check_actions(struct sim_world *w, unsigned node, unsigned leg,
		       const struct vrrp_actions *actions)
{
	const struct sim_seat *s = seat_of(w, node, leg);
	unsigned notified = 0;

	must(actions->n <= VRRP_ACTIONS_MAX);
	for (unsigned i = 0; i < actions->n; i++) {
		if (actions->at[i].kind == VRRP_ACT_SEND_ADVERT)
			check_rhythm(w, node, leg);
		if (actions->at[i].kind != VRRP_ACT_NOTIFY)
			continue;
		notified++;
		if (actions->at[i].state != s->router.state)
			sim_fail(w, "notify", "node %u/%u notifies of another state", node, leg);
	}
	if (notified != (s->seen != s->router.state))
		sim_fail(w, "notify", "node %u/%u: %u notifications from %s to %s", node, leg,
			 notified, vrrp_state_text(s->seen), vrrp_state_text(s->router.state));
	if (s->vip != (s->router.state == VRRP_MASTER))
		sim_fail(w, "vip", "node %u/%u is %s and has %s address", node, leg,
			 vrrp_state_text(s->router.state), s->vip ? "the" : "no");
	if (s->seen == s->router.state)
		return;
	if (!mono_before(w->now, w->calm) && !w->examined)
		sim_fail(w, "unrest", "node %u/%u goes from %s to %s", node, leg,
			 vrrp_state_text(s->seen), vrrp_state_text(s->router.state));
	if (s->router.state == VRRP_MASTER)
		check_entry(w, node, leg, actions);
}

void sim_check_deadline(struct sim_world *w, unsigned node, unsigned leg, mono_t before,
			bool timeout)
{
	mono_t after = vrrp_deadline(&seat_of(w, node, leg)->router);

	must(!mono_is_never(w->now));
	if (mono_before(after, mono_min(before, w->now)) ||
	    (timeout && !mono_before(w->now, after)))
		sim_fail(w, "deadline", "node %u/%u: its deadline lies %.9fs back", node, leg,
			 (double)mono_diff(w->now, after) / 1e9);
}

/* ---- after each event ---------------------------------------------------------------------- */

static bool better(const struct vrrp_router *a, const struct vrrp_router *b)
{
	must(a != b);
	if (a->priority != b->priority)
		return a->priority > b->priority;
	return wire_ip_compare(&a->primary, &b->primary) > 0;
}

static void check_pair(struct sim_world *w, unsigned leg, unsigned a, unsigned b)
{
	const struct sim_seat *x = seat_of(w, a, leg), *y = seat_of(w, b, leg);
	bool first = better(&x->router, &y->router);
	const struct sim_seat *win = first ? x : y;
	mono_t since = first ? w->clean[leg][a][b] : w->clean[leg][b][a];

	must(a != b);
	if (mono_is_never(since))
		return;
	since = later(since, later(x->since, y->since));
	if (mono_diff(w->now, since) > win->router.conf->advert_ns + slack_ns(w))
		sim_fail(w, "two-masters", "nodes %u/%u and %u/%u are both master for %.9fs", a,
			 leg, b, leg, (double)mono_diff(w->now, since) / 1e9);
}

static void check_leg(struct sim_world *w, unsigned leg)
{
	unsigned masters = 0, eligible = 0;

	must(leg < w->plan->n_legs);
	for (unsigned a = 0; a < w->plan->n_nodes; a++) {
		eligible += sim_eligible(w, a, leg);
		if (seat_of(w, a, leg)->router.state != VRRP_MASTER)
			continue;
		masters++;
		for (unsigned b = 0; b < a; b++) {
			if (seat_of(w, b, leg)->router.state == VRRP_MASTER)
				check_pair(w, leg, a, b);
		}
	}
	if (eligible && !masters &&
	    mono_diff(w->now, w->quiet) > w->plan->down_max_ns + 3 * slack_ns(w))
		sim_fail(w, "no-master", "segment %u has had no master since %.9fs", leg,
			 (double)w->quiet.ns / 1e9);
}

static void check_group(struct sim_world *w, unsigned node)
{
	must(node < w->plan->n_nodes);
	for (unsigned leg = 1; leg < w->plan->n_grouped; leg++) {
		enum vrrp_state a = seat_of(w, node, 0)->router.state;
		enum vrrp_state b = seat_of(w, node, leg)->router.state;

		if (a != b)
			sim_fail(w, "group", "node %u: %s on segment 0, %s on segment %u", node,
				 vrrp_state_text(a), vrrp_state_text(b), leg);
	}
}

void sim_check_whole(struct sim_world *w)
{
	must(w->plan->n_legs > 0);
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++)
		check_leg(w, leg);
	for (unsigned node = 0; node < w->plan->n_nodes; node++)
		check_group(w, node);
}

/* ---- at rest, and the exam ----------------------------------------------------------------- */

void sim_check_rest(struct sim_world *w)
{
	must(!mono_before(w->now, w->calm));
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		unsigned master = 0, n = sim_masters(w, leg, &master);
		unsigned eligible = 0;

		for (unsigned i = 0; i < w->plan->n_nodes; i++)
			eligible += sim_eligible(w, i, leg);
		if (!eligible)
			continue;
		if (n != 1) {
			sim_fail(w, n ? "two-masters" : "no-master", "segment %u: %u at rest", leg,
				 n);
			return;
		}
		for (unsigned i = 0; i < w->plan->n_nodes; i++) {
			const struct vrrp_router *r = &seat_of(w, i, leg)->router;

			if (sim_eligible(w, i, leg) && !r->conf->nopreempt &&
			    r->priority > seat_of(w, master, leg)->router.priority)
				sim_fail(w, "best", "node %u/%u is master, not node %u", master,
					 leg, i);
		}
		w->verdict->clients++;
		w->verdict->clients_waived += w->waived[leg];
		if (w->client[leg] != master && !w->waived[leg])
			sim_fail(w, "client", "segment %u: node %u is master, the client uses %u",
				 leg, master, w->client[leg]);
	}
}

/* When a node would take over from the master of a segment: after its master-down time since the
 * last advert, counted in the master's interval; after priority 0, after its skew. At rest
 * everybody follows the master, so nothing else is left to know. */
static mono_t turn_of(const struct sim_world *w, unsigned node, unsigned master, unsigned leg)
{
	const struct sim_seat *m = seat_of(w, master, leg);
	int64_t advert_ns = m->router.conf->advert_ns;
	int64_t skew_ns = reference_skew_ns(&w->plan->conf[node][leg], advert_ns);

	must(node != master);
	return w->plan->exam_stops ? mono_add(w->now, skew_ns)
				   : mono_add(m->sent_at, 3 * advert_ns + skew_ns);
}

/* In a group it is the slowest member's turn that counts. */
static mono_t group_turn(const struct sim_world *w, unsigned node, unsigned master, unsigned leg)
{
	mono_t at = turn_of(w, node, master, leg);

	for (unsigned i = 0; leg < w->plan->n_grouped && i < w->plan->n_grouped; i++)
		at = later(at, turn_of(w, node, master, i));
	return at;
}

void sim_check_expect(struct sim_world *w, unsigned node)
{
	must(node < w->plan->n_nodes);
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		w->exam_to[leg] = MONO_NEVER;
		if (seat_of(w, node, leg)->router.state != VRRP_MASTER)
			continue;
		for (unsigned i = 0; i < w->plan->n_nodes; i++) {
			mono_t *from = &w->exam_from[i][leg];

			if (i == node || !sim_eligible(w, i, leg))
				continue;
			*from = group_turn(w, i, node, leg);
			w->exam_to[leg] = mono_min(w->exam_to[leg], *from);
		}
		w->examined_leg[leg] = !mono_is_never(w->exam_to[leg]);
		w->exam_to[leg] = mono_add(w->exam_to[leg], slack_ns(w));
		w->verdict->exams += w->examined_leg[leg];
	}
}

void sim_check_exam(struct sim_world *w)
{
	must(w->examined);
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		if (w->examined_leg[leg] && !w->exam_taken[leg])
			sim_fail(w, "successor", "segment %u: nobody followed", leg);
	}
}
