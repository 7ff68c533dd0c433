/* Instances and sync groups: from what the file says to what holds. Defaults come from global_defs,
 * wherever in the file that stands; then the rules that join several keywords, in keepalived's
 * order: what keepalived corrects is corrected with a warning, what ends it is an error.
 * RFC 9568 section 5.2 (fields), 6.1 (parameters); RFC 3768 for version 2.
 */
#include "daemon/conf/draft.h"

#include <string.h>

#include <arpa/inet.h>

#define PRIORITY_OWNER	 255
#define PRIORITY_DEFAULT 100
#define V2_ADVERT_MAX_NS (255 * CONF_SECOND_NS)
#define V3_UNIT_NS	 INT64_C(10000000)
#define V3_ADVERT_MAX_NS (4095 * V3_UNIT_NS)

struct finish {
	const struct draft *d;
	const struct draft_instance *from;
	struct conf_instance *i;
	struct conf_report *r;
	bool strict;
};

/* An instance's own value, else that of global_defs, else a default. */
static int64_t inherited(const struct finish *f, size_t offset, int64_t otherwise)
{
	const struct draft_value *own =
		(const struct draft_value *)((const char *)&f->from->vrrp + offset);
	const struct draft_value *global =
		(const struct draft_value *)((const char *)&f->d->global.vrrp + offset);

	return own->set ? own->v : draft_or(global, otherwise);
}

#define INHERITED(f, member, otherwise)                                                            \
	inherited((f), offsetof(struct draft_vrrp, member), (otherwise))

/* ---- family, version, state -------------------------------------------------------------------
 */

static void finish_family(struct finish *f)
{
	struct conf_instance *i = f->i;
	const struct draft_value *version = &f->from->vrrp.version;

	i->family = i->vips			      ? i->vips->ip.family
		    : i->source.family		      ? i->source.family
		    : i->peers			      ? i->peers->ip.family
		    : draft_on(&f->from->native_ipv6) ? AF_INET6
						      : AF_INET;
	if (i->family == AF_INET6)
		i->version = (uint8_t)draft_or(version, 3);
	else
		i->version = (uint8_t)INHERITED(f, version, 2);
	if (i->family == AF_INET6 && i->version == 2 && f->strict) {
		conf_warning(f->r, version->at, "IPv6 needs version 3 in strict mode: 3 is used");
		i->version = 3;
	}
}

static void finish_state(struct finish *f)
{
	struct conf_instance *i = f->i;
	const struct draft_value *state = &f->from->state;
	int64_t unset = draft_on(state) ? PRIORITY_OWNER : PRIORITY_DEFAULT;

	i->priority = (uint8_t)draft_or(&f->from->priority, unset);
	i->state_master = state->set ? state->v : i->priority == PRIORITY_OWNER;
	if (f->strict && i->state_master != (i->priority == PRIORITY_OWNER)) {
		i->state_master = i->priority == PRIORITY_OWNER;
		conf_warning(f->r, state->at,
			     "strict mode: state MASTER goes with priority 255 only: %s is used",
			     i->state_master ? "MASTER" : "BACKUP");
	}
}

/* A master goes on from the sequence that it has heard: it must hear one first. */
static void finish_ah(struct finish *f)
{
	struct conf_instance *i = f->i;

	if (i->auth != CONF_AUTH_AH || !i->state_master || i->priority == PRIORITY_OWNER)
		return;
	i->state_master = false;
	conf_warning(f->r, f->from->state.at,
		     "state MASTER does not go with auth_type AH: BACKUP is used");
}

static void finish_auth(struct finish *f)
{
	struct conf_instance *i = f->i;
	struct conf_pos at = f->from->auth_type.at;

	i->auth = f->from->auth_type.set ? (enum conf_auth)f->from->auth_type.v : CONF_AUTH_NONE;
	if (i->auth == CONF_AUTH_NONE) {
		memset(i->auth_data, 0, sizeof(i->auth_data));
		return;
	}
	if (f->strict)
		conf_warning(f->r, at, "strict mode has no authentication: it is ignored");
	else if (i->version == 3)
		conf_warning(f->r, at, "VRRP version 3 has no authentication: it is ignored");
	else if (!i->auth_data[0])
		conf_warning(f->r, at, "authentication without auth_pass: it is ignored");
	else if (i->family == AF_INET6)
		conf_warning(f->r, at, "IPv6 instances have no authentication: it is ignored");
	else {
		finish_ah(f);
		return;
	}
	i->auth = CONF_AUTH_NONE;
	memset(i->auth_data, 0, sizeof(i->auth_data));
}

/* ---- addresses --------------------------------------------------------------------------------
 */

static void finish_source(struct finish *f)
{
	struct conf_instance *i = f->i;
	struct conf_unicast_peer **peer = &i->peers;
	char text[INET6_ADDRSTRLEN];
	bool unicast;

	if (i->source.family && i->source.family != i->family) {
		conf_warning(f->r, f->from->source_at,
			     "the source address is not of the instance's family: it is ignored");
		i->source.family = 0;
	}
	while (*peer) {
		if ((*peer)->ip.family == i->family) {
			peer = &(*peer)->next;
			continue;
		}
		conf_warning(f->r, f->from->unicast.at,
			     "unicast_peer %s is not of the instance's family: it is ignored",
			     wire_ip_text(&(*peer)->ip, text));
		*peer = (*peer)->next;
	}
	unicast = i->peers != NULL;
	if (f->from->unicast.set && !unicast)
		conf_warning(f->r, f->from->unicast.at, "instance %s has no unicast peer: %s",
			     i->name,
			     draft_on(&f->from->unicast_fault_no_peer) ? "it stays in FAULT"
								       : "multicast is used");
	if (f->from->unicast_ttl.set && !unicast)
		conf_warning(f->r, f->from->unicast_ttl.at,
			     "unicast_ttl without unicast_peer: it is ignored");
	i->unicast_ttl =
		unicast ? (uint8_t)draft_or(&f->from->unicast_ttl, i->family == AF_INET ? 255 : 64)
			: 255;
}

static void finish_mcast(struct finish *f)
{
	struct conf_instance *i = f->i;
	const struct draft_global *g = &f->d->global;
	const struct wire_ip *own = &f->from->mcast_dst;
	const struct wire_ip *global = i->family == AF_INET ? &g->mcast4 : &g->mcast6;

	if (own->family && i->peers)
		conf_warning(f->r, f->from->mcast_dst_at,
			     "mcast_dst_ip with unicast_peer: it is ignored");
	else if (own->family && own->family != i->family)
		conf_warning(f->r, f->from->mcast_dst_at,
			     "mcast_dst_ip is not of the instance's family: it is ignored");
	if (own->family == i->family && !i->peers)
		i->mcast_group = *own;
	else if (global->family)
		i->mcast_group = *global;
	else
		must(wire_ip_parse(i->family == AF_INET ? "224.0.0.18" : "ff02::12",
				   &i->mcast_group));
}

/* A count of addresses is 8 bits wide in an advert: what is beyond is installed, not announced. */
static void finish_vips(struct finish *f)
{
	struct conf_instance *i = f->i;
	struct conf_vip *last = NULL, *beyond;

	for (struct conf_vip *v = i->vips; v; v = v->next) {
		i->n_vips++;
		if (i->n_vips == VRRP_ADDRS_MAX)
			last = v;
	}
	if (i->n_vips > VRRP_ADDRS_MAX) {
		must(last != NULL);
		beyond = last->next;
		conf_warning(f->r, i->pos,
			     "instance %s has %u addresses, an advert carries %d: the others are "
			     "taken as virtual_ipaddress_excluded",
			     i->name, i->n_vips, VRRP_ADDRS_MAX);
		last->next = NULL;
		i->n_vips = VRRP_ADDRS_MAX;
		DRAFT_APPEND(i->vips_excluded, beyond);
	}
	if (i->n_vips == 0 && !draft_on(&f->from->no_vip)) {
		if (i->version == 3 || i->family == AF_INET6 || f->strict)
			conf_error(f->r, i->pos, "instance %s has no virtual_ipaddress", i->name);
		else
			conf_warning(f->r, i->pos, "instance %s has no virtual_ipaddress", i->name);
	}
	if (i->family == AF_INET6 && i->vips && !i->peers &&
	    !IN6_IS_ADDR_LINKLOCAL(&i->vips->ip.v6))
		conf_warning(f->r, i->pos, "instance %s: the first IPv6 address %s be link-local",
			     i->name, f->strict ? "must" : "should");
}

/* ---- timers, preemption, announcements --------------------------------------------------------
 */

/* The interval as its version can carry it: whole seconds, or units of 10 ms. */
static void finish_advert(struct finish *f)
{
	struct conf_instance *i = f->i;
	int64_t unit = i->version == 2 ? CONF_SECOND_NS : V3_UNIT_NS;
	int64_t max = i->version == 2 ? V2_ADVERT_MAX_NS : V3_ADVERT_MAX_NS;
	int64_t asked = draft_or(&f->from->advert, CONF_SECOND_NS);
	int64_t v = (asked + unit / 2) / unit * unit;
	char was[32], is[32];

	v = v < unit ? unit : v > max ? max : v;
	i->advert_ns = v;
	if (v != asked)
		conf_warning(f->r, f->from->advert.at,
			     "advert_int %s: VRRP version %u carries %s: %s is used",
			     conf_seconds_text(asked, was), i->version,
			     i->version == 2 ? "whole seconds from 1 to 255"
					     : "0.01 to 40.95 seconds in steps of 0.01",
			     conf_seconds_text(v, is));
}

static void finish_preempt(struct finish *f)
{
	struct conf_instance *i = f->i;
	const struct draft_value *preempt = &f->from->preempt, *delay = &f->from->preempt_delay;
	const char *why;

	i->nopreempt = preempt->set && !preempt->v;
	if (i->nopreempt && (i->priority == PRIORITY_OWNER || i->state_master)) {
		conf_warning(f->r, preempt->at, "nopreempt does not go with %s: it is ignored",
			     i->priority == PRIORITY_OWNER ? "priority 255" : "state MASTER");
		i->nopreempt = false;
	}
	i->preempt_delay_ns = draft_or(delay, 0);
	why = i->state_master ? "state MASTER"
	      : f->strict     ? "strict mode"
	      : i->nopreempt  ? "nopreempt"
			      : NULL;
	if (i->preempt_delay_ns && why) {
		conf_warning(f->r, delay->at, "preempt_delay does not go with %s: it is ignored",
			     why);
		i->preempt_delay_ns = 0;
	}
	i->down_timer_adverts = (unsigned)INHERITED(f, down_timer_adverts, 3);
	if (f->strict && i->down_timer_adverts != 3) {
		conf_warning(f->r, i->pos, "strict mode: down_timer_adverts 3 is used");
		i->down_timer_adverts = 3;
	}
}

static void finish_garp(struct finish *f)
{
	struct conf_instance *i = f->i;
	bool min = draft_on(&f->d->global.min_garp);
	int64_t repeat = min ? 1 : 5, delay_ns = min ? 0 : 5 * CONF_SECOND_NS;
	const struct draft_vrrp *own = &f->from->vrrp, *global = &f->d->global.vrrp;
	const struct draft_value *yields = own->higher_prio_send_advert.set
						   ? &own->higher_prio_send_advert
						   : &global->higher_prio_send_advert;

	i->garp_repeat = (unsigned)INHERITED(f, garp_repeat, repeat);
	i->garp_delay_ns = INHERITED(f, garp_delay, delay_ns);
	i->garp_refresh_ns = INHERITED(f, garp_refresh, 0);
	i->garp_refresh_repeat = (unsigned)INHERITED(f, garp_refresh_repeat, 1);
	/* By default as global_defs has it for a new master, not as this instance has. */
	i->garp_lower_prio_repeat =
		(unsigned)INHERITED(f, garp_lower_repeat, draft_or(&global->garp_repeat, repeat));
	i->garp_lower_prio_delay_ns =
		INHERITED(f, garp_lower_delay, draft_or(&global->garp_delay, delay_ns));
	i->lower_prio_no_advert = INHERITED(f, lower_prio_no_advert, false);
	/* The core always does; see its essay. */
	i->higher_prio_send_advert = true;
	if (yields->set && !yields->v)
		conf_warning(f->r, yields->at,
			     "a master that yields always sends one last advert: this does not "
			     "switch it off");
	if (!f->strict)
		return;
	if ((own->garp_lower_repeat.set && own->garp_lower_repeat.v) ||
	    (own->garp_lower_delay.set && own->garp_lower_delay.v) ||
	    (own->lower_prio_no_advert.set && !own->lower_prio_no_advert.v))
		conf_warning(f->r, i->pos,
			     "strict mode: a weaker advert is neither answered nor announced "
			     "against: other values are ignored");
	i->garp_lower_prio_repeat = 0;
	i->garp_lower_prio_delay_ns = 0;
	i->lower_prio_no_advert = true;
}

/* An address owner always accepts (RFC 9568, 6.1); version 2 leaves no choice, it never does. */
static void finish_accept(struct finish *f)
{
	struct conf_instance *i = f->i;
	const struct draft_value *own = &f->from->accept;

	i->accept = i->priority == PRIORITY_OWNER || draft_or(own, !f->strict);
	if (i->accept && f->strict && i->version == 2 && i->priority != PRIORITY_OWNER) {
		conf_warning(f->r, own->at,
			     "strict mode: version 2 has no accept: no_accept is used");
		i->accept = false;
	}
	if (own->set && !own->v && i->accept)
		conf_warning(f->r, own->at, "no_accept does not go with priority %d: it is ignored",
			     PRIORITY_OWNER);
}

/* An owner's priority never changes, and its own interface is watched anyway. */
static void finish_tracks(struct finish *f)
{
	struct conf_track_if **at = &f->i->track_ifs;

	while (*at) {
		const struct conf_track_if *t = *at;
		const char *why = !strcmp(t->ifname, f->i->ifname) ? "it is the instance's own"
				  : t->weight && f->i->priority == PRIORITY_OWNER
					  ? "priority 255 never changes"
					  : NULL;

		if (!why) {
			at = &(*at)->next;
			continue;
		}
		conf_warning(f->r, f->i->pos, "instance %s: track_interface %s is ignored: %s",
			     f->i->name, t->ifname, why);
		*at = t->next;
	}
}

/* ---- all of them ------------------------------------------------------------------------------
 */

static void finish_instance(struct draft *d, struct draft_instance *from, struct conf_report *r)
{
	struct conf_instance *i = from->out;
	struct finish f = {.d = d, .from = from, .i = i, .r = r};

	f.strict = INHERITED(&f, strict, false);
	if (!i->ifname[0] && !from->ifname_at.line)
		conf_error(r, i->pos, "instance %s has no interface", i->name);
	if (!from->vrid.set && !from->vrid_bad)
		conf_error(r, i->pos, "instance %s has no virtual_router_id", i->name);
	i->vrid = (uint8_t)from->vrid.v;
	i->dont_track_primary = draft_on(&from->dont_track_primary);
	i->skip_check_adv_addr = INHERITED(&f, skip_check_adv_addr, false);
	i->v3_checksum_as_v2 = INHERITED(&f, v3_checksum_as_v2, false);
	finish_family(&f);
	finish_state(&f);
	finish_auth(&f);
	finish_source(&f);
	finish_mcast(&f);
	finish_vips(&f);
	finish_preempt(&f);
	finish_accept(&f);
	finish_garp(&f);
	finish_advert(&f);
	draft_finish_cast(d, from, f.strict, r);
	draft_finish_hmac(from, f.strict, r);
	finish_tracks(&f);
}

static bool same_router(const struct conf_instance *a, const struct conf_instance *b)
{
	if (a->vrid != b->vrid || a->family != b->family || strcmp(a->ifname, b->ifname) != 0 ||
	    !a->peers != !b->peers)
		return false;
	if (!a->peers)
		return wire_ip_equal(&a->mcast_group, &b->mcast_group);
	return !a->source.family || !b->source.family || wire_ip_equal(&a->source, &b->source);
}

static void check_vrids(const struct draft *d, struct conf_report *r)
{
	for (const struct draft_instance *a = d->instances; a; a = a->next)
		for (const struct draft_instance *b = d->instances; b != a; b = b->next)
			if (a->vrid.set && a->out->ifname[0] && same_router(a->out, b->out))
				conf_error(r, a->vrid.at,
					   "virtual_router_id %u on %s is used by instance %s "
					   "already (line %d)",
					   a->out->vrid, a->out->ifname, b->out->name,
					   b->vrid.at.line);
}

void draft_finish_vrrp(struct draft *d, struct conf_report *r)
{
	for (struct draft_instance *i = d->instances; i; i = i->next) {
		finish_instance(d, i, r);
		DRAFT_APPEND(d->conf->instances, i->out);
		d->conf->n_instances++;
	}
	check_vrids(d, r);
}

/* ---- sync groups ------------------------------------------------------------------------------
 */

static void member_add(struct draft *d, struct draft_group *g, const struct draft_name *name,
		       struct conf_report *r)
{
	struct conf_sync_member *m;
	struct conf_instance *i = d->conf->instances;

	while (i && strcmp(i->name, name->text) != 0)
		i = i->next;
	if (!i) {
		conf_warning(r, name->at, "there is no vrrp_instance %s: it is ignored",
			     name->text);
		return;
	}
	if (i->group) {
		conf_warning(r, name->at,
			     "instance %s is in group %s already: it is not put into %s", i->name,
			     i->group->name, g->out->name);
		return;
	}
	i->group = g->out;
	m = arena_new_object(d->conf->arena, struct conf_sync_member);
	m->instance = i;
	DRAFT_APPEND(g->out->members, m);
	g->out->n_members++;
	/* Members move together: a priority that one member's interface changes would part them. */
	for (struct conf_track_if *t = i->track_ifs; t && !g->out->tracking_weight; t = t->next)
		if (t->weight) {
			conf_warning(r, name->at,
				     "instance %s is in a sync group: weight %d of track_interface "
				     "%s is taken as 0 (fault)",
				     i->name, t->weight, t->ifname);
			t->weight = 0;
		}
}

void draft_finish_groups(struct draft *d, struct conf_report *r)
{
	for (struct draft_group *g = d->groups; g; g = g->next) {
		g->out->tracking_weight = draft_on(&g->tracking_weight);
		for (const struct draft_name *n = g->members; n; n = n->next)
			member_add(d, g, n, r);
		if (!g->out->members) {
			conf_warning(r, g->out->pos,
				     "vrrp_sync_group %s has no members: it is "
				     "ignored",
				     g->out->name);
			continue;
		}
		if (g->out->n_members == 1)
			conf_warning(r, g->out->pos, "vrrp_sync_group %s has only one member",
				     g->out->name);
		DRAFT_APPEND(d->conf->groups, g->out);
	}
}
