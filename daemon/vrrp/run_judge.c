/* Health: from the picture of the interfaces to FAULT, RECOVER, PRIORITY and a new source address.
 * What an interface means for a router is track.c's to say; here only changes are told.
 */
#include "daemon/vrrp/run_state.h"

#include <string.h>

static bool is_up(void *ctx, const char *ifname)
{
	return run_delay_is_up(ctx, ifname);
}

static struct track_status status(void *ctx, const struct conf_tracked *what)
{
	const struct vrrp_run *run = ctx;

	return track_watch_status(run->watch, what);
}

/* The source of a unit's adverts: what is configured, else the interface's first address that is
 * not one of our own virtual ones. */
static struct wire_ip source_of(struct vrrp_run *run, const struct unit *u)
{
	const struct gate *g = &run->t.gates[u->gate];
	const struct nl_link *link = links_find(&run->links, g->ifname);
	struct wire_ip ip = u->conf->source;

	if (!ip.family && link)
		links_primary(&run->links, link->ifindex, u->conf->family, run_is_vip, run, &ip);
	/* an address owner's own address is its virtual one (RFC 9568, 1.7) */
	if (!ip.family && link && u->conf->priority == 255)
		links_primary(&run->links, link->ifindex, u->conf->family, NULL, NULL, &ip);
	return ip;
}

static void tell(struct vrrp_run *run, struct unit *u, struct vrrp_event e)
{
	e.now = mono_now();
	vrrp_run_step(run, u, &e);
}

static void fall_ill(struct vrrp_run *run, struct unit *u, const struct vrrp_track *track,
		     const struct wire_ip *source)
{
	if (u->conf->fault_no_peer)
		log_info(run->log, "(%s) Cannot use unicast without any peers", u->conf->name);
	else if (track->fault)
		log_info(run->log, "(%s) %s %s has failed", u->conf->name, track->culprit_kind,
			 track->culprit);
	else if (!source->family)
		log_info(run->log, "(%s) no %s address on %s to send from", u->conf->name,
			 u->conf->family == AF_INET ? "IPv4" : "link-local IPv6", u->conf->ifname);
	u->health = UNIT_ILL;
	tell(run, u, (struct vrrp_event){.kind = VRRP_EV_FAULT});
}

static void get_well(struct vrrp_run *run, struct unit *u)
{
	bool first = u->router.state == VRRP_INIT;
	bool faulted = u->router.state == VRRP_FAULT;

	u->health = UNIT_WELL;
	tell(run, u,
	     (struct vrrp_event){.kind = first ? VRRP_EV_START : VRRP_EV_RECOVER,
				 .primary = u->primary});
	if (faulted && u->router.state != VRRP_FAULT && u->conf->peers)
		run_announce_source(run, u);
}

static void tell_priority(struct vrrp_run *run, struct unit *u, uint8_t priority)
{
	if (u->health != UNIT_UNJUDGED)
		log_info(run->log, "(%s) Changing effective priority from %u to %u", u->conf->name,
			 u->router.priority, priority);
	tell(run, u, (struct vrrp_event){.kind = VRRP_EV_PRIORITY, .priority = priority});
	if (u->conf->notify_priority_changes && u->health != UNIT_UNJUDGED)
		run_work_queue(run, (struct work){.kind = WORK_NOTIFY_EVENT,
						  .who = u->number,
						  .event = RUN_PRIORITY_CHANGED,
						  .state = u->router.state,
						  .priority = priority});
}

static void judge_unit(struct vrrp_run *run, struct unit *u)
{
	struct vrrp_track_eyes eyes = {.is_up = is_up, .status = status, .ctx = run};
	struct vrrp_track track = vrrp_track_judge(u->conf, &eyes);
	struct wire_ip source = source_of(run, u);
	bool moved = !wire_ip_equal(&source, &u->primary);
	bool well = !u->conf->fault_no_peer && !track.fault && source.family &&
		    run->t.gates[u->gate].port.fd >= 0;

	track.priority = run_control_priority(u, track.priority);
	if (track.priority != u->router.priority)
		tell_priority(run, u, track.priority);
	if (!well && u->health != UNIT_ILL)
		fall_ill(run, u, &track, &source); /* the farewell still bears the old source */
	u->primary = source;
	/* nobody begins before what may forbid it is known; later the last word counts */
	if (u->health == UNIT_UNJUDGED && track.held)
		return;
	if (well && u->health != UNIT_WELL)
		get_well(run, u);
	else if (well && moved)
		tell(run, u, (struct vrrp_event){.kind = VRRP_EV_RECOVER, .primary = source});
}

void run_judge(struct vrrp_run *run)
{
	if (!run->started)
		return;
	for (size_t i = 0; i < run->t.n_units; i++)
		judge_unit(run, &run->t.units[i]);
	run_delay_arm(run);
}
