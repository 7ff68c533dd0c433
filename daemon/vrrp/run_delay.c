/* Interfaces with interface_up_down_delays: what the kernel tells about them counts when it has
 * lasted (track/delay.c). All other interfaces count as they are. One that disappears has no socket
 * any more, which needs no delay to be known.
 */
#include "daemon/vrrp/run_state.h"

#include <string.h>

static struct run_delay *find(struct vrrp_run *run, const char *ifname)
{
	for (size_t i = 0; i < run->delays.n; i++)
		if (strcmp(run->delays.at[i].ifname, ifname) == 0)
			return &run->delays.at[i];
	return NULL;
}

void run_delay_configure(struct vrrp_run *run, const struct vipd_conf *conf)
{
	VEC(struct run_delay) fresh = {0};

	for (const struct conf_if_delay *c = conf->if_delays; c; c = c->next) {
		const struct run_delay *old = find(run, c->ifname);
		struct run_delay *d = vec_push(&fresh);

		memcpy(d->ifname, c->ifname, IFNAMSIZ);
		track_delay_init(&d->delay, c->down_ns, c->up_ns);
		if (!old)
			continue;
		d->delay.known = old->delay.known;
		d->delay.up = old->delay.up;
	}
	vec_free(&run->delays);
	run->delays.at = fresh.at;
	run->delays.n = fresh.n;
	run->delays.cap = fresh.cap;
}

bool run_delay_is_up(struct vrrp_run *run, const char *ifname)
{
	bool up = links_is_up(&run->links, ifname);
	struct run_delay *d = find(run, ifname);

	return d ? track_delay_see(&d->delay, up, mono_now()) : up;
}

void run_delay_arm(struct vrrp_run *run)
{
	mono_t at = MONO_NEVER;

	for (size_t i = 0; i < run->delays.n; i++)
		at = mono_min(at, run->delays.at[i].delay.settle_at);
	due_set(&run->due, run->t.n_units + run->t.n_gates + 1, at);
}
