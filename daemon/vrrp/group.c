/* Sync groups (keepalived.conf(5), vrrp_sync_group; no RFC knows them).
 *
 * The group is a function of its members' states, judged again after each step:
 *
 *	one member has a failure of its own   all of them go to FAULT; masters send priority 0
 *	no failure is left                    those in FAULT go to BACKUP
 *	MASTER and BACKUP are mixed           somebody was beaten, all masters go to BACKUP
 *	all are BACKUP and would take over    all go to MASTER
 *
 * A mixture can only mean "somebody was beaten", because nobody but the group makes a member of a
 * group master, and it makes all of them. Members in INIT are not yet or no longer there; with one
 * of them the group does not become master.
 *
 * Members should have the same order of priorities on all directors. Where they cross, two
 * directors that meet as masters beat each other, each on one leg, and both step back; then the one
 * whose slowest member is the quicker takes all.
 */
#include "daemon/vrrp/group.h"

#include "lib/base/must.h"

/* FAULT, BACKUP and MASTER at most follow from one event, then the group rests. */
#define ROUNDS_MAX 6

bool vrrp_group_decide(const struct vrrp_router *const *members, unsigned n, enum vrrp_state *to)
{
	unsigned in[VRRP_FAULT + 1] = {0}, faulted = 0, wishes = 0;

	must(n > 0);
	for (unsigned i = 0; i < n; i++) {
		in[members[i]->state]++;
		faulted += members[i]->faulted && members[i]->state != VRRP_INIT;
		wishes += members[i]->state == VRRP_BACKUP && members[i]->wants_master;
	}
	if (n == 1 && !members[0]->conf->group)
		return false;
	if (faulted) {
		*to = VRRP_FAULT;
		return in[VRRP_MASTER] + in[VRRP_BACKUP] > 0;
	}
	if (in[VRRP_FAULT] || (in[VRRP_MASTER] && in[VRRP_BACKUP])) {
		*to = VRRP_BACKUP;
		return true;
	}
	*to = VRRP_MASTER;
	return wishes == n;
}

bool vrrp_group_obeys(const struct vrrp_router *member, enum vrrp_state to)
{
	must(to != VRRP_INIT);
	return member->state != VRRP_INIT && member->state != to;
}

enum vrrp_state vrrp_group_state(const struct vrrp_router *const *members, unsigned n)
{
	must(n > 0);
	for (unsigned i = 1; i < n; i++) {
		if (members[i]->state != members[0]->state)
			return VRRP_INIT;
	}
	return members[0]->state;
}

static bool asks_group(const struct vrrp_actions *actions)
{
	must(actions->n <= VRRP_ACTIONS_MAX);
	for (unsigned i = 0; i < actions->n; i++) {
		if (actions->at[i].kind == VRRP_ACT_ANNOUNCE_GROUP)
			return true;
	}
	return false;
}

static void step_others(struct vrrp_router *const *members, unsigned n, unsigned but,
			const struct vrrp_event *e, vrrp_perform_fn *perform, void *ctx)
{
	struct vrrp_actions actions;

	must(but < n);
	for (unsigned i = 0; i < n; i++) {
		if (i == but)
			continue;
		vrrp_step(members[i], e, &actions);
		perform(ctx, members[i], &actions);
	}
}

void vrrp_group_step(struct vrrp_router *const *members, unsigned n, unsigned which,
		     const struct vrrp_event *e, vrrp_perform_fn *perform, void *ctx)
{
	const struct vrrp_router *const *seen = (const struct vrrp_router *const *)members;
	struct vrrp_event order = {.kind = VRRP_EV_GROUP, .now = e->now};
	struct vrrp_event again = {.kind = VRRP_EV_ANNOUNCE, .now = e->now};
	struct vrrp_actions actions;

	must(which < n);
	vrrp_step(members[which], e, &actions);
	perform(ctx, members[which], &actions);
	if (asks_group(&actions))
		step_others(members, n, which, &again, perform, ctx);
	if (e->kind == VRRP_EV_LOST) /* all of them are back as fast as it */
		step_others(members, n, which, e, perform, ctx);
	for (unsigned round = 0; vrrp_group_decide(seen, n, &order.group_to); round++) {
		must(round < ROUNDS_MAX);
		for (unsigned i = 0; i < n; i++) {
			if (!vrrp_group_obeys(members[i], order.group_to))
				continue;
			vrrp_step(members[i], &order, &actions);
			perform(ctx, members[i], &actions);
		}
	}
}
