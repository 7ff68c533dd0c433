/* Interfaces tracked by a router (keepalived.conf(5), track_interface).
 *
 * Weight 0: the router is in FAULT while the interface is down (reverse: while it is up). A
 * positive weight is added to the priority while the interface is up, a negative one while it is
 * down (reverse: the other way round). The sum stays within 1..254; an address owner keeps 255, so
 * its weighted trackers say nothing.
 *
 * In a sync group a member's own weights count as 0: priorities that move on one leg only would
 * make the legs' elections disagree. The group's own trackers apply to each member, weights too.
 */
#include "daemon/vrrp/track.h"

#include "lib/base/must.h"

#include <string.h>

#define PRIORITY_OWNER 255
#define WEIGHT_MAX     253

static int clamp(int v, int lo, int hi)
{
	must(lo <= hi);
	return v < lo ? lo : v > hi ? hi : v;
}

struct sum {
	const struct conf_instance *conf;
	vrrp_track_up_fn *is_up;
	void *ctx;
	bool fault;
	int weights;
};

static void add_list(struct sum *s, const struct conf_track_if *list)
{
	must(s->is_up != NULL);
	for (const struct conf_track_if *t = list; t; t = t->next) {
		bool good = s->is_up(s->ctx, t->ifname) != t->reverse;
		int weight = clamp(t->weight, -WEIGHT_MAX, WEIGHT_MAX);

		if (weight != 0 && s->conf->priority == PRIORITY_OWNER)
			continue;
		if (s->conf->group && list == s->conf->track_ifs)
			weight = 0;
		if (weight == 0)
			s->fault |= !good;
		else if (good == (weight > 0))
			s->weights += weight;
	}
}

static void add_own(struct sum *s)
{
	const struct conf_instance *c = s->conf;
	const struct conf_vip *lists[] = {c->vips, c->vips_excluded};

	must(s->is_up != NULL);
	if (!c->dont_track_primary)
		s->fault |= !s->is_up(s->ctx, c->ifname);
	for (size_t i = 0; i < 2; i++) {
		for (const struct conf_vip *v = lists[i]; v; v = v->next) {
			if (v->ifname[0] && !v->no_track && strcmp(v->ifname, c->ifname) != 0)
				s->fault |= !s->is_up(s->ctx, v->ifname);
		}
	}
}

struct vrrp_track vrrp_track_judge(const struct conf_instance *conf, vrrp_track_up_fn *is_up,
				   void *ctx)
{
	struct sum s = {.conf = conf, .is_up = is_up, .ctx = ctx};
	struct vrrp_track out;

	must(conf->priority != 0);
	add_own(&s);
	add_list(&s, conf->track_ifs);
	if (conf->group)
		add_list(&s, conf->group->track_ifs);
	out.fault = s.fault;
	out.priority = conf->priority;
	if (conf->priority != PRIORITY_OWNER)
		out.priority = (uint8_t)clamp(conf->priority + s.weights, 1, 254);
	return out;
}
