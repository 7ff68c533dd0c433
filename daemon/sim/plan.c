/* From a seed to a plan: the configurations of two to five directors, and what will go wrong, when.
 * Nothing is drawn later but frame delays, losses and the lateness of timers.
 *
 * Configurations are those that make sense: in a sync group a node has one priority on all segments
 * (crossed priorities let two groups beat each other), and all intervals of a run are of one order
 * of magnitude, so that a run has thousands of events and not millions.
 */
#include "daemon/sim/sim.h"

#include "lib/base/must.h"
#include "lib/base/rng.h"

#include <stdio.h>
#include <string.h>

static int64_t pick_scale(struct rng *r)
{
	static const int64_t ms[] = {10, 20, 50, 100, 250, 1000, 1000, 1000, 3000};

	return ms[rng_below(r, sizeof(ms) / sizeof(ms[0]))] * NS_PER_MS;
}

static uint8_t pick_priority(struct rng *r, bool owner)
{
	static const uint8_t usual[] = {1, 50, 90, 100, 100, 101, 150, 200, 254};

	if (owner)
		return 255;
	if (rng_chance(r, 500))
		return usual[rng_below(r, sizeof(usual))];
	return (uint8_t)rng_range(r, 1, 254);
}

/* What the nodes of one segment have in common. */
static void make_leg(struct sim_plan *p, struct rng *r, unsigned leg, int64_t scale_ns)
{
	bool v2 = scale_ns >= NS_PER_S && rng_chance(r, 500);
	bool own_intervals = !v2 && rng_chance(r, 300);
	int64_t advert_ns = scale_ns * rng_range(r, 1, 3);
	bool password = v2 && rng_chance(r, 500);
	/* no chance of its own, so that seeds of old keep their schedules */
	bool six = (p->seed + leg) % 4 == 3;

	must(leg < p->n_legs);
	p->vip[leg].prefix_len = six ? 64 : 24;
	wire_ip_parse(six ? "fe80::64" : "10.0.0.100", &p->vip[leg].ip);
	p->vip[leg].ip.bytes[2] = (uint8_t)leg;
	for (unsigned n = 0; n < p->n_nodes; n++) {
		struct conf_instance *c = &p->conf[n][leg];

		c->version = v2 ? 2 : 3;
		c->family = six ? AF_INET6 : AF_INET;
		c->vrid = (uint8_t)(51 + leg);
		c->advert_ns = own_intervals ? scale_ns * (1LL << rng_below(r, 3)) : advert_ns;
		c->down_timer_adverts = 3;
		c->auth = password && !six ? CONF_AUTH_PASS : CONF_AUTH_NONE;
		memcpy(c->auth_data, password && !six ? "secret" : "\0\0\0\0\0", 6);
		c->vips = &p->vip[leg];
		c->n_vips = 1;
		c->garp_repeat = (unsigned)rng_range(r, 1, 5);
		c->garp_delay_ns = rng_chance(r, 700) ? 5 * scale_ns : 0;
		c->garp_lower_prio_repeat = (unsigned)rng_range(r, 1, 5);
		c->garp_lower_prio_delay_ns = c->garp_delay_ns;
		c->garp_refresh_ns = rng_chance(r, 200) ? 7 * scale_ns : 0;
		c->garp_refresh_repeat = 1;
		c->group = leg < p->n_grouped ? &p->group : NULL;
		wire_ip_parse(six ? "fe80::1" : "10.0.0.1", &p->address[n][leg]);
		p->address[n][leg].bytes[2] = (uint8_t)leg;
		p->address[n][leg].bytes[six ? 15 : 3] = (uint8_t)(10 + n);
	}
}

/* How one node stands in the elections: the same on all segments of a group. */
static void make_roles(struct sim_plan *p, struct rng *r, unsigned node, int64_t scale_ns)
{
	bool equal = rng_chance(r, 150) && node > 0;

	must(node < p->n_nodes);
	for (unsigned leg = 0; leg < p->n_legs; leg++) {
		struct conf_instance *c = &p->conf[node][leg];

		if (leg > 0 && leg < p->n_grouped) {
			c->priority = p->conf[node][0].priority;
			c->nopreempt = p->conf[node][0].nopreempt;
			c->preempt_delay_ns = p->conf[node][0].preempt_delay_ns;
			continue;
		}
		c->priority = pick_priority(r, rng_chance(r, 80));
		if (equal)
			c->priority = p->conf[node - 1][leg].priority;
		c->state_master = rng_chance(r, 100);
		c->nopreempt = c->priority < 255 && !c->state_master && rng_chance(r, 250);
		if (!c->nopreempt && !c->state_master && rng_chance(r, 250))
			c->preempt_delay_ns = scale_ns * rng_range(r, 2, 12);
	}
}

static void measure(struct sim_plan *p)
{
	int64_t longest_ns = 0;

	for (unsigned n = 0; n < p->n_nodes; n++) {
		for (unsigned leg = 0; leg < p->n_legs; leg++) {
			const struct conf_instance *c = &p->conf[n][leg];

			longest_ns = c->advert_ns > longest_ns ? c->advert_ns : longest_ns;
			if (c->preempt_delay_ns > p->preempt_max_ns)
				p->preempt_max_ns = c->preempt_delay_ns;
		}
	}
	p->down_max_ns = 4 * longest_ns;
	if (longest_ns < NS_PER_S) /* the skew of version 2 does not shrink */
		return;
	p->down_max_ns = 3 * longest_ns + (longest_ns > NS_PER_S ? longest_ns : NS_PER_S);
}

static unsigned pick_side(const struct sim_plan *p, struct rng *r)
{
	unsigned all = (1U << (p->n_nodes + 1)) - 1;

	must(p->n_nodes >= 2);
	return (unsigned)rng_range(r, 1, all - 1);
}

static void make_fault(struct sim_plan *p, struct rng *r, struct sim_fault *f, bool gentle)
{
	static const enum sim_fault_kind kinds[] = {
		SIM_CUT_BOTH, SIM_CUT_BOTH, SIM_CUT_ONE, SIM_LOSS,   SIM_LINK_DOWN, SIM_LINK_DOWN,
		SIM_PAUSE,    SIM_CRASH,    SIM_STOP,	 SIM_WEAKEN, SIM_RELOAD,
	};
	int64_t length_ns = p->down_max_ns / 20 << rng_below(r, 7);

	f->kind = gentle ? SIM_CUT_BOTH : kinds[rng_below(r, sizeof(kinds) / sizeof(kinds[0]))];
	f->from = (mono_t){rng_range(r, 0, 12 * p->down_max_ns)};
	f->to = mono_add(f->from, rng_range(r, length_ns / 2, length_ns));
	f->node = (unsigned)rng_below(r, p->n_nodes);
	f->leg = rng_chance(r, 300) ? SIM_LEGS_MAX : (unsigned)rng_below(r, p->n_legs);
	f->side = pick_side(p, r);
	f->value = (unsigned)(f->kind == SIM_WEAKEN ? rng_range(r, 1, 253) : rng_range(r, 50, 900));
	must(mono_before(f->from, f->to));
}

void sim_plan_make(struct sim_plan *p, uint64_t seed)
{
	struct rng r;
	int64_t scale_ns;
	bool gentle;

	memset(p, 0, sizeof(*p));
	rng_seed(&r, seed);
	p->seed = seed;
	p->n_nodes = (unsigned)rng_range(&r, 2, SIM_NODES_MAX);
	p->n_legs = (unsigned)rng_range(&r, 1, SIM_LEGS_MAX);
	if (p->n_legs > 1 && rng_chance(&r, 600))
		p->n_grouped = (unsigned)rng_range(&r, 2, p->n_legs);
	p->group.name = "group";
	scale_ns = pick_scale(&r);
	for (unsigned leg = 0; leg < p->n_legs; leg++)
		make_leg(p, &r, leg, scale_ns);
	for (unsigned n = 0; n < p->n_nodes; n++)
		make_roles(p, &r, n, scale_ns);
	measure(p);
	p->delay_min_ns = 20 * NS_PER_US;
	p->delay_max_ns = rng_range(&r, 30 * NS_PER_US, scale_ns / 20);
	p->late_max_ns = rng_chance(&r, 500) ? scale_ns / 100 : 0;
	for (unsigned n = 0; n < p->n_nodes; n++)
		p->start[n] = (mono_t){rng_chance(&r, 500) ? 0 : rng_range(&r, 0, p->down_max_ns)};
	gentle = rng_chance(&r, 300);
	p->n_faults = (unsigned)rng_range(&r, gentle ? 1 : 0, gentle ? 2 : SIM_FAULTS_MAX);
	for (unsigned i = 0; i < p->n_faults; i++)
		make_fault(p, &r, &p->fault[i], gentle);
	p->exam_stops = rng_chance(&r, 500);
}

const char *sim_fault_text(enum sim_fault_kind kind)
{
	switch (kind) {
	case SIM_CUT_BOTH:
		return "cut both ways";
	case SIM_CUT_ONE:
		return "cut one way";
	case SIM_LOSS:
		return "loss";
	case SIM_LINK_DOWN:
		return "link down";
	case SIM_PAUSE:
		return "pause";
	case SIM_CRASH:
		return "crash";
	case SIM_STOP:
		return "stop";
	case SIM_WEAKEN:
		return "weaken";
	case SIM_RELOAD:
		return "reload";
	}
	must(!"a kind of fault");
	return "";
}

static double seconds(int64_t ns)
{
	return (double)ns / 1e9;
}

static void print_conf(const struct conf_instance *c, struct buf *out)
{
	buf_printf(out, "v%u%s prio %u adv %gs", c->version, c->family == AF_INET6 ? " IPv6" : "",
		   c->priority, seconds(c->advert_ns));
	if (c->nopreempt)
		buf_puts(out, " nopreempt");
	if (c->preempt_delay_ns)
		buf_printf(out, " preempt_delay %gs", seconds(c->preempt_delay_ns));
	if (c->state_master)
		buf_puts(out, " state_master");
	if (c->group)
		buf_puts(out, " group");
}

static void print_fault(const struct sim_plan *p, const struct sim_fault *f, struct buf *out)
{
	buf_printf(out, "at %.6fs..%.6fs %s", seconds(f->from.ns), seconds(f->to.ns),
		   sim_fault_text(f->kind));
	if (f->kind == SIM_CUT_BOTH || f->kind == SIM_CUT_ONE) {
		buf_puts(out, ":");
		for (unsigned n = 0; n < p->n_nodes; n++)
			if (f->side >> n & 1)
				buf_printf(out, " node %u", n);
		if (f->side >> p->n_nodes & 1)
			buf_puts(out, " client");
		buf_puts(out, f->kind == SIM_CUT_ONE ? " > the others" : " | the others");
	} else if (f->kind == SIM_LOSS) {
		buf_printf(out, " %u per mille", f->value);
	} else {
		buf_printf(out, " node %u", f->node);
	}
	if (f->kind == SIM_WEAKEN)
		buf_printf(out, " by %u", f->value);
	if (f->leg == SIM_LEGS_MAX)
		buf_puts(out, ", all segments\n");
	else
		buf_printf(out, ", segment %u\n", f->leg);
}

void sim_plan_print(const struct sim_plan *p, struct buf *out)
{
	must(p->n_nodes > 0);
	buf_printf(out,
		   "seed %llu: %u nodes, %u segments, delay %.6f..%.6fs, timers up to %.6fs late\n",
		   (unsigned long long)p->seed, p->n_nodes, p->n_legs, seconds(p->delay_min_ns),
		   seconds(p->delay_max_ns), seconds(p->late_max_ns));
	for (unsigned n = 0; n < p->n_nodes; n++) {
		buf_printf(out, "node %u starts at %.6fs", n, seconds(p->start[n].ns));
		for (unsigned leg = 0; leg < p->n_legs; leg++) {
			buf_printf(out, " ; segment %u: ", leg);
			print_conf(&p->conf[n][leg], out);
		}
		buf_putc(out, '\n');
	}
	for (unsigned i = 0; i < p->n_faults; i++)
		print_fault(p, &p->fault[i], out);
	buf_printf(out, "at the end the master of segment 0 %s\n",
		   p->exam_stops ? "stops" : "crashes");
}
