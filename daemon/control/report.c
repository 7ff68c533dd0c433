/* Routers as JSON. Names of members are said once, here; vipctl prints them as tables. Times are
 * seconds, since people read them too.
 */
#include "daemon/control/report.h"

#include "lib/base/mono.h"
#include "lib/base/must.h"

#include <string.h>
#include <time.h>

static void put(json_t *o, const char *name, json_t *value)
{
	must(json_object_set_new(o, name, value) == 0);
}

static void put_count(json_t *o, const char *name, uint64_t n)
{
	put(o, name, json_integer((json_int_t)n));
}

static void put_ip(json_t *o, const char *name, const struct wire_ip *ip)
{
	char text[INET6_ADDRSTRLEN];

	put(o, name, ip->family ? json_string(wire_ip_text(ip, text)) : json_null());
}

static void put_seconds(json_t *o, const char *name, int64_t ns)
{
	put(o, name, ns < 0 ? json_null() : json_real((double)ns / (double)NS_PER_S));
}

static json_t *addresses(const struct conf_vip *v)
{
	json_t *list = json_array();

	for (; v; v = v->next) {
		char ip[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 4];

		snprintf(text, sizeof(text), "%s/%u", wire_ip_text(&v->ip, ip), v->prefix_len);
		must(json_array_append_new(list, json_string(text)) == 0);
	}
	return list;
}

static json_t *utc(int64_t wall_ns)
{
	time_t s = (time_t)(wall_ns / NS_PER_S);
	char text[40];
	struct tm tm;

	if (wall_ns == 0)
		return json_null();
	gmtime_r(&s, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

static json_t *instance(const struct vrrp_info *i)
{
	const struct conf_instance *c = i->conf;
	json_t *o = json_object();

	put(o, "name", json_string(c->name));
	put(o, "state", json_string(vrrp_state_text(i->router->state)));
	put_seconds(o, "in_state_s", i->in_state_ns);
	put(o, "since", utc(i->entered_wall_ns));
	put(o, "interface", json_string(c->ifname));
	put_count(o, "vrid", c->vrid);
	put_count(o, "version", c->version);
	put(o, "family", json_string(c->family == AF_INET ? "ipv4" : "ipv6"));
	put_count(o, "priority", i->router->priority);
	put_count(o, "configured_priority", c->priority);
	put(o, "priority_ordered", json_boolean(i->ordered_priority));
	put(o, "yielded", json_boolean(i->router->yielded));
	put_ip(o, "source", &i->primary);
	put_ip(o, "last_master", &i->last_master);
	put_count(o, "last_master_priority", i->last_master_priority);
	put_seconds(o, "next_event_s", i->next_ns);
	put_seconds(o, "advert_interval_s", c->advert_ns);
	put(o, "group", c->group ? json_string(c->group->name) : json_null());
	put(o, "addresses", addresses(c->vips));
	put(o, "excluded_addresses", addresses(c->vips_excluded));
	put(o, "addresses_set", json_boolean(i->vips));
	return o;
}

static json_t *counters(const struct vrrp_info *i)
{
	json_t *o = json_object(), *dropped = json_object();

	put(o, "name", json_string(i->conf->name));
	put_count(o, "received", i->received);
	put_count(o, "sent", i->sent);
	put_count(o, "became_master", i->count[VRRP_CNT_BECAME_MASTER]);
	put_count(o, "released_master", i->count[VRRP_CNT_RELEASED_MASTER]);
	put_count(o, "priority_zero_received", i->count[VRRP_CNT_PRIORITY_ZERO_RECEIVED]);
	put_count(o, "priority_zero_sent", i->count[VRRP_CNT_PRIORITY_ZERO_SENT]);
	put_count(o, "other_addresses", i->other_addrs);
	for (int d = VRRP_DROP_NONE + 1; d < VRRP_DROP_N; d++)
		if (i->dropped[d])
			put_count(dropped, vrrp_drop_text((enum vrrp_drop)d), i->dropped[d]);
	put(o, "ignored", dropped);
	return o;
}

static json_t *each(const struct vrrp_run *run, json_t *(*make)(const struct vrrp_info *))
{
	json_t *list = json_array();

	for (size_t n = 0; n < vrrp_run_count(run); n++) {
		struct vrrp_info info;

		vrrp_run_info(run, n, &info);
		must(json_array_append_new(list, make(&info)) == 0);
	}
	return list;
}

json_t *report_instances(const struct vrrp_run *run)
{
	return each(run, instance);
}

json_t *report_stats(const struct vrrp_run *run)
{
	return each(run, counters);
}

json_t *report_states(const struct vrrp_run *run)
{
	static const char *const names[] = {[VRRP_INIT] = "init",
					    [VRRP_BACKUP] = "backup",
					    [VRRP_MASTER] = "master",
					    [VRRP_FAULT] = "fault"};
	uint64_t in[VRRP_FAULT + 1] = {0};
	json_t *o = json_object();

	for (size_t n = 0; n < vrrp_run_count(run); n++) {
		struct vrrp_info info;

		vrrp_run_info(run, n, &info);
		in[info.router->state]++;
	}
	for (int s = VRRP_INIT; s <= VRRP_FAULT; s++)
		put_count(o, names[s], in[s]);
	return o;
}
