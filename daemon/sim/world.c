/* A run: events in the order of their time, each stepped through the core, its actions carried out
 * on the simulated segments and kernels, and after each of them the promises checked.
 *
 * What a shell promises to the core is kept here too: a node that stood still reads what waits for
 * it before it looks at its timers.
 *
 *	start ... faults ... last fault over | calm: nothing changes | exam: the master goes | end
 */
#include "daemon/sim/world.h"

#include "daemon/vrrp/advert.h"
#include "daemon/vrrp/group.h"
#include "lib/base/must.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct wire_ip mcast_group4 = {.family = AF_INET, .bytes = {224, 0, 0, 18}};
static const struct wire_ip mcast_group6 = {
	.family = AF_INET6, .bytes = {0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12}};

struct performer {
	struct sim_world *w;
	unsigned node;
};

void sim_log(struct sim_world *w, const char *fmt, ...)
{
	va_list ap;

	must(fmt != NULL);
	if (!w->log)
		return;
	buf_printf(w->log, "%.9fs ", (double)w->now.ns / 1e9);
	va_start(ap, fmt);
	buf_vprintf(w->log, fmt, ap);
	va_end(ap);
	buf_putc(w->log, '\n');
}

bool sim_eligible(const struct sim_world *w, unsigned node, unsigned leg)
{
	const struct sim_node *n = &w->node[node];

	must(leg < w->plan->n_legs);
	if (n->away || n->paused || n->seat[leg].link_down)
		return false;
	for (unsigned i = 0; leg < w->plan->n_grouped && i < w->plan->n_grouped; i++) {
		if (n->seat[i].link_down)
			return false;
	}
	return true;
}

unsigned sim_masters(const struct sim_world *w, unsigned leg, unsigned *which)
{
	unsigned n = 0;

	must(leg < w->plan->n_legs);
	for (unsigned i = 0; i < w->plan->n_nodes; i++) {
		if (w->node[i].seat[leg].router.state == VRRP_MASTER) {
			*which = i;
			n++;
		}
	}
	return n;
}

static const struct wire_ip *mcast_group(const struct vrrp_router *r)
{
	return r->conf->family == AF_INET ? &mcast_group4 : &mcast_group6;
}

static void send_advert(struct sim_world *w, unsigned node, unsigned leg, uint8_t priority)
{
	struct sim_seat *s = &w->node[node].seat[leg];
	bool last_word = s->seen == VRRP_MASTER && s->router.state != VRRP_MASTER;
	uint8_t bytes[SIM_FRAME_MAX];
	size_t n = vrrp_advert_encode(s->router.conf, priority, &w->plan->address[node][leg],
				      mcast_group(&s->router), bytes, sizeof(bytes));

	must(n > 0);
	s->sent_at = w->now;
	sim_log(w, "node %u/%u sends priority %u", node, leg, priority);
	sim_bus_send(w, node, leg, bytes, n, last_word);
}

static void perform(void *ctx, struct vrrp_router *r, const struct vrrp_actions *actions)
{
	struct performer *p = ctx;
	struct sim_world *w = p->w;
	unsigned leg = (unsigned)(r->conf - w->plan->conf[p->node]);
	struct sim_seat *s = &w->node[p->node].seat[leg];

	must(leg < w->plan->n_legs && r == &s->router);
	w->verdict->steps++;
	for (unsigned i = 0; i < actions->n; i++) {
		const struct vrrp_action *a = &actions->at[i];

		switch (a->kind) {
		case VRRP_ACT_SEND_ADVERT:
			send_advert(w, p->node, leg, a->priority);
			break;
		case VRRP_ACT_ADD_VIPS:
			s->vip = true;
			break;
		case VRRP_ACT_DEL_VIPS:
			s->vip = false;
			break;
		case VRRP_ACT_ANNOUNCE:
			sim_log(w, "node %u/%u announces", p->node, leg);
			sim_bus_announce(w, p->node, leg, a->repeat);
			break;
		case VRRP_ACT_NOTIFY:
			sim_log(w, "node %u/%u is %s", p->node, leg, vrrp_state_text(a->state));
			break;
		case VRRP_ACT_ANNOUNCE_GROUP:
		case VRRP_ACT_COUNT:
			break;
		}
	}
	sim_check_actions(w, p->node, leg, actions);
	if (s->seen != s->router.state) {
		s->seen = s->router.state;
		s->since = w->now;
	}
}

/* The timers of a node fire late; how late is drawn once for each deadline. */
static void rearm(struct sim_world *w, unsigned node)
{
	must(node < w->plan->n_nodes);
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		struct sim_seat *s = &w->node[node].seat[leg];
		mono_t due = vrrp_deadline(&s->router);

		if (due.ns == s->due.ns)
			continue;
		s->due = due;
		s->fire_at = mono_add(due, rng_range(&w->rng, 0, w->plan->late_max_ns));
	}
}

static void step(struct sim_world *w, unsigned node, unsigned leg, struct vrrp_event *e)
{
	struct vrrp_router *members[SIM_LEGS_MAX];
	struct performer p = {.w = w, .node = node};
	mono_t due = vrrp_deadline(&w->node[node].seat[leg].router);

	must(w->node[node].paused == 0);
	e->now = w->now;
	for (unsigned i = 0; i < w->plan->n_grouped; i++)
		members[i] = &w->node[node].seat[i].router;
	if (leg < w->plan->n_grouped) {
		vrrp_group_step(members, w->plan->n_grouped, leg, e, perform, &p);
	} else {
		members[0] = &w->node[node].seat[leg].router;
		vrrp_group_step(members, 1, 0, e, perform, &p);
	}
	sim_check_deadline(w, node, leg, due, e->kind == VRRP_EV_TIMEOUT);
	rearm(w, node);
}

/* The node's kernel says that something changed: links, weights. */
static void notice(struct sim_world *w, unsigned node, unsigned leg)
{
	struct sim_seat *s = &w->node[node].seat[leg];
	unsigned priority = s->router.conf->priority;
	struct vrrp_event e;

	must(w->node[node].booted);
	if ((s->link_down > 0) != s->router.faulted) {
		e = (struct vrrp_event){.kind = s->link_down ? VRRP_EV_FAULT : VRRP_EV_RECOVER};
		e.primary = w->plan->address[node][leg];
		step(w, node, leg, &e);
	}
	if (priority < 255)
		priority = s->weakened < priority ? priority - s->weakened : 1;
	if (priority != s->router.priority) {
		e = (struct vrrp_event){.kind = VRRP_EV_PRIORITY, .priority = (uint8_t)priority};
		sim_bus_unsettle(w, node, leg);
		step(w, node, leg, &e);
	}
}

static void receive(struct sim_world *w, const struct sim_mail *mail)
{
	struct sim_seat *s = &w->node[mail->to].seat[mail->leg];
	struct vrrp_packet packet = {.src = w->plan->address[mail->from][mail->leg],
				     .dst = *mcast_group(&s->router),
				     .ttl = 255,
				     .bytes = mail->bytes,
				     .len = mail->len};
	struct vrrp_event e = {.kind = VRRP_EV_ADVERT};
	static struct vrrp_advert advert;
	unsigned flags;

	if (vrrp_advert_check(s->router.conf, &w->plan->address[mail->to][mail->leg], &packet,
			      &advert, &flags) != VRRP_DROP_NONE) {
		sim_fail(w, "codec", "node %u/%u refuses an advert of node %u", mail->to, mail->leg,
			 mail->from);
		return;
	}
	e.advert.priority = advert.priority;
	e.advert.interval_ns = advert.interval_ms * NS_PER_MS;
	e.advert.src = packet.src;
	step(w, mail->to, mail->leg, &e);
}

static void handle(struct sim_world *w, const struct sim_mail *mail)
{
	must(mail->to < w->plan->n_nodes);
	if (mail->notice)
		notice(w, mail->to, mail->leg);
	else
		receive(w, mail);
}

static void client_hears(struct sim_world *w, const struct sim_mail *mail)
{
	unsigned master = 0;

	must(mail->to == w->plan->n_nodes);
	w->client[mail->leg] = mail->from;
	if (sim_masters(w, mail->leg, &master) == 1 && master == mail->from)
		w->waived[mail->leg] = false;
}

static void deliver(struct sim_world *w)
{
	struct sim_mail mail = sim_bus_take(w);
	struct sim_node *n;

	must(mail.at.ns == w->now.ns);
	if (mail.to == w->plan->n_nodes) {
		client_hears(w, &mail);
		return;
	}
	n = &w->node[mail.to];
	if (!n->booted || (!mail.notice && n->seat[mail.leg].link_down)) {
		w->waived[mail.leg] |= mail.last_word;
		return;
	}
	if (n->paused)
		*vec_push(&n->waiting) = mail;
	else
		handle(w, &mail);
}

/* Once nothing keeps it from it any more. */
static void boot(struct sim_world *w, unsigned node)
{
	if (w->node[node].away || w->node[node].paused || w->node[node].booted)
		return;
	w->node[node].booted = true;
	sim_log(w, "node %u starts", node);
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		struct sim_seat *s = &w->node[node].seat[leg];

		vrrp_router_init(&s->router, &w->plan->conf[node][leg]);
		s->seen = VRRP_INIT;
		s->vip = false;
		s->since = w->now;
	}
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		struct sim_seat *s = &w->node[node].seat[leg];
		struct vrrp_event e = {.kind = s->link_down ? VRRP_EV_FAULT : VRRP_EV_START};

		e.primary = w->plan->address[node][leg];
		step(w, node, leg, &e);
		notice(w, node, leg);
	}
}

/* Politely, with STOP, or from one instant to the next. Whoever believed this node and has no
 * reason to hear of another is not to blame anybody. */
static void leave(struct sim_world *w, unsigned node, bool politely)
{
	struct sim_node *n = &w->node[node];

	must(node < w->plan->n_nodes);
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		struct sim_seat *s = &n->seat[leg];
		struct vrrp_event e = {.kind = VRRP_EV_STOP};

		if (politely && n->paused == 0) {
			step(w, node, leg, &e);
		} else {
			w->waived[leg] |= s->router.state == VRRP_MASTER;
			vrrp_router_init(&s->router, s->router.conf);
			s->seen = VRRP_INIT;
			s->vip = false;
		}
	}
	n->waiting.n = 0;
	n->booted = false;
	rearm(w, node);
}

static void wake(struct sim_world *w, unsigned node)
{
	struct sim_node *n = &w->node[node];

	must(n->paused == 0);
	for (size_t i = 0; i < n->waiting.n; i++) {
		struct sim_mail mail = n->waiting.at[i];

		handle(w, &mail);
	}
	n->waiting.n = 0;
}

static void cut(struct sim_world *w, const struct sim_fault *f, unsigned leg, bool begins)
{
	unsigned ends = w->plan->n_nodes + 1;

	must(f->side != 0);
	for (unsigned i = 0; i < ends * ends; i++) {
		unsigned a = i / ends, b = i % ends;
		bool from_side = f->side >> a & 1, to_side = f->side >> b & 1;
		bool hit = f->kind == SIM_CUT_BOTH ? from_side != to_side : from_side && !to_side;

		if (hit && begins)
			w->cut[leg][a][b]++;
		else if (hit)
			w->cut[leg][a][b]--;
	}
}

static void change_leg(struct sim_world *w, const struct sim_fault *f, unsigned leg, bool begins)
{
	struct sim_seat *s = &w->node[f->node].seat[leg];

	must(leg < w->plan->n_legs);
	if (f->kind == SIM_CUT_BOTH || f->kind == SIM_CUT_ONE) {
		cut(w, f, leg, begins);
	} else if (f->kind == SIM_LOSS) {
		w->loss[leg] += begins ? f->value : -f->value;
	} else if (f->kind == SIM_LINK_DOWN) {
		s->link_down += begins ? 1 : -1U;
		w->waived[leg] |= s->router.state == VRRP_MASTER;
		sim_bus_notice(w, f->node, leg);
	} else if (f->kind == SIM_WEAKEN && leg >= w->plan->n_grouped) {
		s->weakened += begins ? f->value : -f->value;
		sim_bus_notice(w, f->node, leg);
	}
}

static void change_node(struct sim_world *w, const struct sim_fault *f, bool begins)
{
	struct sim_node *n = &w->node[f->node];
	struct vrrp_event e = {.kind = VRRP_EV_RELOAD};

	must(f->node < w->plan->n_nodes);
	if (f->kind == SIM_PAUSE) {
		n->paused += begins ? 1 : -1U;
		if (n->paused == 0 && n->booted)
			wake(w, f->node);
		boot(w, f->node);
	} else if (f->kind == SIM_CRASH || f->kind == SIM_STOP) {
		n->away += begins ? 1 : -1U;
		if (begins && n->away == 1)
			leave(w, f->node, f->kind == SIM_STOP);
		else
			boot(w, f->node);
	} else if (f->kind == SIM_RELOAD && begins && n->booted && n->paused == 0) {
		for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
			e.conf = &w->plan->conf[f->node][leg];
			step(w, f->node, leg, &e);
		}
	}
}

static void change(struct sim_world *w, const struct sim_fault *f, bool begins)
{
	must(f->leg <= SIM_LEGS_MAX);
	sim_log(w, "--- %s %s", sim_fault_text(f->kind), begins ? "begins" : "ends");
	w->quiet = w->now;
	for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
		if (f->leg == SIM_LEGS_MAX || f->leg == leg)
			change_leg(w, f, leg, begins);
	}
	change_node(w, f, begins);
	sim_bus_survey(w);
}

/* When the next planned change is due; *which: 2 * fault + (0 begin, 1 end), or 2 * faults + node.
 */
static mono_t next_change(const struct sim_world *w, const bool *done, unsigned *which)
{
	const struct sim_plan *p = w->plan;
	mono_t first = MONO_NEVER;

	must(p->n_faults <= SIM_FAULTS_MAX);
	for (unsigned i = 0; i < 2 * p->n_faults + p->n_nodes; i++) {
		mono_t at = i >= 2 * p->n_faults ? p->start[i - 2 * p->n_faults]
			    : i % 2		 ? p->fault[i / 2].to
						 : p->fault[i / 2].from;

		if (!done[i] && mono_before(at, first)) {
			first = at;
			*which = i;
		}
	}
	return first;
}

static mono_t next_timer(const struct sim_world *w, unsigned *node, unsigned *leg)
{
	mono_t first = MONO_NEVER;

	must(w->plan->n_legs <= SIM_LEGS_MAX);
	for (unsigned n = 0; n < w->plan->n_nodes; n++) {
		if (w->node[n].away || w->node[n].paused)
			continue;
		for (unsigned l = 0; l < w->plan->n_legs; l++) {
			if (mono_before(w->node[n].seat[l].fire_at, first)) {
				first = w->node[n].seat[l].fire_at;
				*node = n;
				*leg = l;
			}
		}
	}
	return first;
}

static void exam(struct sim_world *w)
{
	unsigned master = 0;

	w->examined = true;
	sim_check_rest(w);
	if (w->verdict->failed)
		return;
	must(sim_masters(w, 0, &master) == 1);
	sim_log(w, "--- exam: node %u %s", master, w->plan->exam_stops ? "stops" : "crashes");
	sim_check_expect(w, master);
	w->examined_node = master;
	leave(w, master, w->plan->exam_stops);
	w->node[master].away++;
	w->quiet = w->now;
	sim_bus_survey(w);
}

/* One event: the earliest of all. Changes come before frames, frames before timers. */
static void turn(struct sim_world *w, bool *done)
{
	unsigned which = 0, node = 0, leg = 0;
	struct vrrp_event e = {.kind = VRRP_EV_TIMEOUT};
	mono_t change_at = next_change(w, done, &which);
	mono_t timer_at = next_timer(w, &node, &leg);
	mono_t mail_at = sim_bus_next(w);
	mono_t exam_at = w->examined ? MONO_NEVER : w->exam_at;
	mono_t at = mono_min(mono_min(change_at, exam_at), mono_min(mail_at, timer_at));

	if (mono_before(w->now, at))
		w->now = at;
	if (mono_before(w->end, w->now))
		return;
	if (change_at.ns == at.ns) {
		done[which] = true;
		if (which < 2 * w->plan->n_faults) {
			change(w, &w->plan->fault[which / 2], which % 2 == 0);
			return;
		}
		node = which - 2 * w->plan->n_faults;
		w->quiet = w->now;
		w->node[node].away--;
		boot(w, node);
		sim_bus_survey(w);
	} else if (exam_at.ns == at.ns) {
		exam(w);
	} else if (mail_at.ns == at.ns) {
		deliver(w);
	} else {
		step(w, node, leg, &e);
	}
}

/* When everything is over, so that only the protocol's own time passes; then a while of rhythm. */
static void set_times(struct sim_world *w)
{
	const struct sim_plan *p = w->plan;
	int64_t slack_ns = 20 * (p->delay_max_ns + p->late_max_ns);
	mono_t last = {0};

	must(p->down_max_ns > 0);
	for (unsigned n = 0; n < p->n_nodes; n++)
		last = mono_before(last, p->start[n]) ? p->start[n] : last;
	for (unsigned i = 0; i < p->n_faults; i++)
		last = mono_before(last, p->fault[i].to) ? p->fault[i].to : last;
	w->calm = mono_add(last, 4 * p->down_max_ns + p->preempt_max_ns + slack_ns);
	w->exam_at = mono_add(w->calm, 3 * p->down_max_ns + rng_range(&w->rng, 0, p->down_max_ns));
	w->end = mono_add(w->exam_at, 4 * p->down_max_ns + p->preempt_max_ns + slack_ns);
}

static void set_up(struct sim_world *w)
{
	must(w->plan->n_nodes >= 2);
	rng_seed(&w->rng, ~w->plan->seed);
	set_times(w);
	for (unsigned n = 0; n < w->plan->n_nodes; n++) {
		w->node[n].away = 1;
		for (unsigned leg = 0; leg < w->plan->n_legs; leg++) {
			struct sim_seat *s = &w->node[n].seat[leg];

			vrrp_router_init(&s->router, &w->plan->conf[n][leg]);
			s->due = s->fire_at = s->anchor = MONO_NEVER;
			w->client[leg] = w->plan->n_nodes;
		}
	}
	sim_bus_survey(w);
}

void sim_run(const struct sim_plan *plan, struct sim_verdict *verdict, struct buf *log)
{
	struct sim_world *w = calloc(1, sizeof(*w));
	bool done[2 * SIM_FAULTS_MAX + SIM_NODES_MAX] = {false};

	must(w != NULL);
	memset(verdict, 0, sizeof(*verdict));
	w->plan = plan;
	w->verdict = verdict;
	w->log = log;
	set_up(w);
	while (!verdict->failed) {
		turn(w, done);
		if (mono_before(w->end, w->now))
			break;
		sim_check_whole(w);
	}
	if (!verdict->failed) {
		w->now = w->end;
		sim_check_rest(w);
		sim_check_exam(w);
	}
	for (unsigned n = 0; n < plan->n_nodes; n++)
		vec_free(&w->node[n].waiting);
	vec_free(&w->mail);
	free(w);
}
