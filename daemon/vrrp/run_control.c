/* The administrator's side of the shell: see run_control.h. What a hand-over means for a router is
 * core.h's to say; here it is only asked for, and its end watched.
 *
 * The gap is measured from our resignation to the first advert of the successor, as this host sees
 * both: what a client misses lies between.
 */
#include "daemon/vrrp/run_control.h"

#include "daemon/vrrp/run_state.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static struct unit *find(struct vrrp_run *run, const char *name)
{
	for (size_t i = 0; i < run->t.n_units; i++)
		if (strcmp(run->t.units[i].conf->name, name) == 0)
			return &run->t.units[i];
	return NULL;
}

static int64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

/* ---- what they are ------------------------------------------------------------------------- */

size_t vrrp_run_count(const struct vrrp_run *run)
{
	return run->t.n_units;
}

void vrrp_run_info(const struct vrrp_run *run, size_t i, struct vrrp_info *out)
{
	const struct unit *u = &run->t.units[i];
	mono_t now = mono_now(), next = vrrp_deadline(&u->router);

	must(i < run->t.n_units);
	*out = (struct vrrp_info){
		.conf = u->conf,
		.router = &u->router,
		.primary = u->primary,
		.vips = u->vips,
		.ordered_priority = u->ordered_priority != 0,
		.in_state_ns = u->entered_wall_ns ? mono_diff(now, u->entered_at) : -1,
		.entered_wall_ns = u->entered_wall_ns,
		.next_ns = mono_is_never(next) ? -1 : mono_diff(next, now),
		.last_master = u->last_master,
		.last_master_priority = u->last_master_priority,
		.received = u->stats.received,
		.sent = u->stats.sent,
		.other_addrs = u->stats.other_addrs,
	};
	memcpy(out->dropped, u->stats.dropped, sizeof(out->dropped));
	memcpy(out->count, u->stats.count, sizeof(out->count));
}

void vrrp_run_clear_stats(struct vrrp_run *run)
{
	for (size_t i = 0; i < run->t.n_units; i++)
		memset(&run->t.units[i].stats, 0, sizeof(run->t.units[i].stats));
}

/* ---- hand-over ----------------------------------------------------------------------------- */

static void end_handover(struct vrrp_run *run, struct unit *u, struct vrrp_handover_end end)
{
	char ip[INET6_ADDRSTRLEN];

	u->handing_over = false;
	end.gap_ns = mono_diff(mono_now(), u->resigned_at);
	if (end.done)
		log_info(run->log, "(%s) handed over to %s, nobody owned the address for %.6f s",
			 u->conf->name, wire_ip_text(&end.owner, ip),
			 (double)end.gap_ns / (double)NS_PER_S);
	else
		log_warning(run->log, "(%s) not handed over: %s for %.6f s, now %s", u->conf->name,
			    "nobody was heard", (double)end.gap_ns / (double)NS_PER_S,
			    vrrp_state_text(end.state));
	if (run->o.handed_over)
		run->o.handed_over(run->o.ctx, u->conf, &end);
}

void run_control_entered(struct vrrp_run *run, struct unit *u, enum vrrp_state state)
{
	u->entered_at = mono_now();
	u->entered_wall_ns = wall_ns();
	if (u->handing_over && state != VRRP_BACKUP)
		end_handover(run, u, (struct vrrp_handover_end){.state = state});
}

void run_control_heard(struct vrrp_run *run, struct unit *u, const struct wire_ip *src,
		       uint8_t priority)
{
	if (priority == 0)
		return;
	u->last_master = *src;
	u->last_master_priority = priority;
	if (u->handing_over)
		end_handover(run, u, (struct vrrp_handover_end){.done = true, .owner = *src});
}

int vrrp_run_handover(struct vrrp_run *run, const char *name, bool force)
{
	struct unit *u = find(run, name);

	if (!u)
		return -ENOENT;
	switch (vrrp_handover_check(&u->router)) {
	case VRRP_HANDOVER_NOT_MASTER:
		return -ENOTCONN;
	case VRRP_HANDOVER_ALONE:
		if (!force)
			return -EHOSTUNREACH;
		break;
	case VRRP_HANDOVER_CAN:
		break;
	}
	log_info(run->log, "(%s) handing over as asked", name);
	u->handing_over = true;
	u->resigned_at = mono_now();
	vrrp_run_step(run, u,
		      &(struct vrrp_event){.kind = VRRP_EV_HANDOVER, .now = u->resigned_at});
	vrrp_run_turn(run);
	return 0;
}

/* ---- priority ------------------------------------------------------------------------------ */

uint8_t run_control_priority(const struct unit *u, uint8_t tracked)
{
	int moved = tracked - u->conf->priority + u->ordered_priority;

	if (!u->ordered_priority)
		return tracked;
	return moved < 1 ? 1 : moved > 254 ? 254 : (uint8_t)moved;
}

int vrrp_run_priority(struct vrrp_run *run, const char *name, uint8_t priority)
{
	struct unit *u = find(run, name);

	must(priority < 255);
	if (!u)
		return -ENOENT;
	if (u->conf->priority == 255)
		return -EPERM;
	if (priority)
		log_info(run->log, "(%s) base priority %u as asked, until the next reload", name,
			 priority);
	else
		log_info(run->log, "(%s) base priority as configured again", name);
	u->ordered_priority = priority;
	run_judge(run);
	vrrp_run_turn(run);
	return 0;
}
