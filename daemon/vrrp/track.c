/* What is tracked by a router (keepalived.conf(5), track_interface, track_script, track_file,
 * track_process), and what it means.
 *
 * Interfaces, scripts and processes are good or bad. Weight 0: the router is in FAULT while it is
 * bad (reverse: while it is good). A positive weight is added to the priority while it is good, a
 * negative one while it is bad; reverse changes the sign of what is added. The number in a file is
 * multiplied with the weight and added (file.c). The sum stays within 1..254; an address owner
 * keeps 255, so its weighted trackers say nothing.
 *
 * In a sync group a member's own interface weights count as 0, unless the group has
 * sync_group_tracking_weight: priorities that move on one leg only would make the legs' elections
 * disagree (daemon/conf corrects the other kinds). The group's own trackers apply to each member,
 * weights too.
 */
#include "daemon/vrrp/track.h"

#include "daemon/track/file.h"
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
	const struct vrrp_track_eyes *eyes;
	bool held;
	int weights;
	const char *culprit, *culprit_kind;
};

static void blame(struct sum *s, const char *kind, const char *name)
{
	if (s->culprit)
		return;
	s->culprit = name;
	s->culprit_kind = kind;
}

static void add(struct sum *s, bool good, int weight, bool reverse, const char *kind,
		const char *name)
{
	if (weight == 0 && good == reverse)
		blame(s, kind, name);
	else if (weight == 0)
		return;
	else if (good == (weight > 0))
		s->weights += reverse ? -weight : weight;
}

static void add_interfaces(struct sum *s, const struct conf_track_if *list)
{
	const struct conf_sync_group *group = s->conf->group;
	bool weightless = group && list == s->conf->track_ifs && !group->tracking_weight;

	must(s->eyes->is_up != NULL);
	for (const struct conf_track_if *t = list; t; t = t->next) {
		int weight = clamp(t->weight, -WEIGHT_MAX, WEIGHT_MAX);

		if (weight != 0 && s->conf->priority == PRIORITY_OWNER)
			continue;
		add(s, s->eyes->is_up(s->eyes->ctx, t->ifname), weightless ? 0 : weight, t->reverse,
		    "interface", t->ifname);
	}
}

static void add_tracked(struct sum *s, const struct conf_track *list)
{
	for (const struct conf_track *t = list; t; t = t->next) {
		must(s->eyes->status != NULL);
		struct track_status status = s->eyes->status(s->eyes->ctx, t->what);
		int effect;

		if (t->weight != 0 && s->conf->priority == PRIORITY_OWNER)
			continue;
		if (!status.known) {
			s->held |= t->weight == 0;
		} else if (t->what->kind == CONF_TRACKED_FILE) {
			if (track_file_effect(status.value, t->weight, t->reverse, &effect))
				blame(s, "file", t->what->name);
			s->weights += effect;
		} else {
			add(s, status.good, t->weight, t->reverse,
			    t->what->kind == CONF_TRACKED_SCRIPT ? "script" : "process",
			    t->what->name);
		}
	}
}

static void need(struct sum *s, const char *ifname, bool no_track)
{
	must(s->eyes->is_up != NULL);
	if (ifname[0] && !no_track && strcmp(ifname, s->conf->ifname) != 0 &&
	    !s->eyes->is_up(s->eyes->ctx, ifname))
		blame(s, "interface", ifname);
}

static void add_own(struct sum *s)
{
	const struct conf_instance *c = s->conf;
	const struct conf_vip *lists[] = {c->vips, c->vips_excluded};

	must(s->eyes->is_up != NULL);
	for (const struct conf_route *r = c->routes; r; r = r->next)
		need(s, r->route.ifname, r->no_track);
	for (const struct conf_rule *r = c->rules; r; r = r->next) {
		need(s, r->rule.iif, r->no_track);
		need(s, r->rule.oif, r->no_track);
	}
	for (const struct conf_track_if *t = c->static_ifs; t; t = t->next)
		need(s, t->ifname, false);
	if (!c->dont_track_primary && !s->eyes->is_up(s->eyes->ctx, c->ifname))
		blame(s, "interface", c->ifname);
	for (size_t i = 0; i < 2; i++) {
		for (const struct conf_vip *v = lists[i]; v; v = v->next) {
			if (v->ifname[0] && !v->no_track && strcmp(v->ifname, c->ifname) != 0 &&
			    !s->eyes->is_up(s->eyes->ctx, v->ifname))
				blame(s, "interface", v->ifname);
		}
	}
}

struct vrrp_track vrrp_track_judge(const struct conf_instance *conf,
				   const struct vrrp_track_eyes *eyes)
{
	struct sum s = {.conf = conf, .eyes = eyes};
	struct vrrp_track out;

	must(conf->priority != 0);
	add_own(&s);
	add_interfaces(&s, conf->track_ifs);
	add_tracked(&s, conf->tracks);
	if (conf->group) {
		add_interfaces(&s, conf->group->track_ifs);
		add_tracked(&s, conf->group->tracks);
	}
	out.fault = s.culprit != NULL;
	out.culprit = s.culprit;
	out.culprit_kind = s.culprit_kind;
	out.held = s.held;
	out.priority = conf->priority;
	if (conf->priority != PRIORITY_OWNER)
		out.priority = (uint8_t)clamp(conf->priority + s.weights, 1, 254);
	return out;
}
