/* Dump files. What monitoring reads of keepalived it must find here under the same names, so the
 * forms are keepalived's: keepalived.stats line by line, keepalived.json member by member. What
 * vipd does not tell apart (a malformed HMAC trailer is a missing one) is 0.
 */
#include "daemon/control/dump.h"

#include "lib/base/mono.h"
#include "lib/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- where --------------------------------------------------------------------------------- */

static const char *configured(enum dump_kind kind, const struct conf_process *p)
{
	switch (kind) {
	case DUMP_STATE:
	case DUMP_SERVERS:
		return p->state_file;
	case DUMP_STATS:
		return p->stats_file;
	case DUMP_JSON:
		return p->json_file;
	}
	must_fail("a dump", __FILE__, __LINE__);
}

void dump_path(enum dump_kind kind, const struct conf_process *p, const char *namespace,
	       const char *tmpdir, struct buf *out)
{
	static const char *const names[] = {[DUMP_STATE] = "keepalived",
					    [DUMP_SERVERS] = "keepalived_check",
					    [DUMP_STATS] = "keepalived",
					    [DUMP_JSON] = "keepalived"};
	static const char *const ends[] = {[DUMP_STATE] = ".data",
					   [DUMP_SERVERS] = ".data",
					   [DUMP_STATS] = ".stats",
					   [DUMP_JSON] = ".json"};
	const char *path = configured(kind, p);
	size_t len = path ? strlen(path) : 0;

	if (len && path[len - 1] != '/') {
		buf_puts(out, path);
		buf_puts(out, kind == DUMP_SERVERS ? "_check" : "");
		return;
	}
	if (len)
		buf_puts(out, path);
	else
		buf_printf(out, "%s/", tmpdir && tmpdir[0] == '/' ? tmpdir : "/tmp");
	buf_puts(out, names[kind]);
	if (p->data_use_instance && (namespace || p->instance))
		buf_printf(out, ".%s%s%s", namespace ? namespace : "",
			   namespace && p->instance ? "_" : "", p->instance ? p->instance : "");
	buf_puts(out, ends[kind]);
}

int dump_write(const char *path, const struct buf *text)
{
	struct buf fresh = {0};
	int err = 0;

	buf_printf(&fresh, "%s.%ld", path, (long)getpid());
	unlink(buf_text(&fresh));
	int fd = open(buf_text(&fresh), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		err = -errno;
	if (fd >= 0 && write(fd, buf_text(text), text->len) != (ssize_t)text->len)
		err = errno ? -errno : -EIO;
	if (fd >= 0)
		close(fd);
	if (!err && rename(buf_text(&fresh), path) < 0)
		err = -errno;
	if (err)
		unlink(buf_text(&fresh));
	buf_free(&fresh);
	return err;
}

/* ---- statistics ---------------------------------------------------------------------------- */

enum counter {
	RECEIVED,
	SENT,
	BECAME,
	RELEASED,
	LENGTH,
	TTL,
	TYPE,
	INTERVAL,
	ADDRESSES,
	AUTH_TYPE,
	AUTH_MISMATCH,
	AUTH_FAILURE,
	EXT_MISSING,
	EXT_MALFORMED,
	EXT_KEY,
	EXT_HMAC,
	EXT_STALE,
	EXT_REPLAY,
	ZERO_RECEIVED,
	ZERO_SENT,
	N_COUNTERS
};

struct row {
	const char *heading; /* a line before it; NULL: none */
	const char *label;   /* in keepalived.stats */
	const char *member;  /* in keepalived.json */
};

/* The JSON has interval and TTL the other way round. */
static const struct row rows[N_COUNTERS] = {
	[RECEIVED] = {"  Advertisements:", "    Received", "advert_rcvd"},
	[SENT] = {NULL, "    Sent", "advert_sent"},
	[BECAME] = {NULL, "  Became master", "become_master"},
	[RELEASED] = {NULL, "  Released master", "release_master"},
	[LENGTH] = {"  Packet Errors:", "    Length", "packet_len_err"},
	[TTL] = {NULL, "    TTL", "ip_ttl_err"},
	[TYPE] = {NULL, "    Invalid Type", "invalid_type_rcvd"},
	[INTERVAL] = {NULL, "    Advertisement Interval", "advert_interval_err"},
	[ADDRESSES] = {NULL, "    Address List", "addr_list_err"},
	[AUTH_TYPE] = {"  Authentication Errors:", "    Invalid Type", "invalid_authtype"},
	[AUTH_MISMATCH] = {NULL, "    Type Mismatch", "authtype_mismatch"},
	[AUTH_FAILURE] = {NULL, "    Failure", "auth_failure"},
	[EXT_MISSING] = {"  Authentication Extension Errors:", "    Missing", "auth_ext_missing"},
	[EXT_MALFORMED] = {NULL, "    Malformed", "auth_ext_malformed"},
	[EXT_KEY] = {NULL, "    Unknown Key", "auth_ext_unknown_key"},
	[EXT_HMAC] = {NULL, "    Invalid HMAC", "auth_ext_invalid_hmac"},
	[EXT_STALE] = {NULL, "    Stale", "auth_ext_stale"},
	[EXT_REPLAY] = {NULL, "    Replay", "auth_ext_replay"},
	[ZERO_RECEIVED] = {"  Priority Zero:", "    Received", "pri_zero_rcvd"},
	[ZERO_SENT] = {NULL, "    Sent", "pri_zero_sent"},
};

static void count(const struct vrrp_info *i, uint64_t n[N_COUNTERS])
{
	memset(n, 0, N_COUNTERS * sizeof(*n));
	n[RECEIVED] = i->received;
	n[SENT] = i->sent;
	n[BECAME] = i->count[VRRP_CNT_BECAME_MASTER];
	n[RELEASED] = i->count[VRRP_CNT_RELEASED_MASTER];
	n[LENGTH] = i->dropped[VRRP_DROP_LENGTH];
	n[TTL] = i->dropped[VRRP_DROP_TTL];
	n[TYPE] = i->dropped[VRRP_DROP_TYPE];
	n[INTERVAL] = i->dropped[VRRP_DROP_INTERVAL];
	n[ADDRESSES] = i->other_addrs;
	n[AUTH_MISMATCH] = i->dropped[VRRP_DROP_AUTH_TYPE];
	n[AUTH_FAILURE] = i->dropped[VRRP_DROP_AUTH_PASS];
	n[EXT_MISSING] = i->dropped[VRRP_DROP_AUTH_MISSING];
	n[EXT_KEY] = i->dropped[VRRP_DROP_AUTH_KEY];
	n[EXT_HMAC] = i->dropped[VRRP_DROP_AUTH_FORGED];
	n[EXT_STALE] = i->dropped[VRRP_DROP_AUTH_STALE];
	n[EXT_REPLAY] = i->dropped[VRRP_DROP_AUTH_REPLAY];
	n[ZERO_RECEIVED] = i->count[VRRP_CNT_PRIORITY_ZERO_RECEIVED];
	n[ZERO_SENT] = i->count[VRRP_CNT_PRIORITY_ZERO_SENT];
}

void dump_stats(const struct vrrp_run *run, struct buf *out)
{
	for (size_t at = 0; at < vrrp_run_count(run); at++) {
		uint64_t n[N_COUNTERS];
		struct vrrp_info info;

		vrrp_run_info(run, at, &info);
		count(&info, n);
		buf_printf(out, "VRRP Instance: %s\n", info.conf->name);
		for (int c = 0; c < N_COUNTERS; c++) {
			if (rows[c].heading)
				buf_printf(out, "%s\n", rows[c].heading);
			buf_printf(out, "%s: %llu\n", rows[c].label, (unsigned long long)n[c]);
		}
	}
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static void put(json_t *o, const char *name, json_t *value)
{
	must(json_object_set_new(o, name, value) == 0);
}

static void put_int(json_t *o, const char *name, int64_t value)
{
	put(o, name, json_integer((json_int_t)value));
}

static void put_seconds(json_t *o, const char *name, int64_t ns)
{
	put(o, name, json_real((double)ns / (double)NS_PER_S));
}

static void put_script(json_t *o, const char *name, const struct conf_script *s)
{
	struct buf text = {0};

	for (char **w = s->argv; w && *w; w++)
		buf_printf(&text, "%s%s", w == s->argv ? "" : " ", *w);
	if (s->argv)
		put(o, name, json_string(buf_text(&text)));
	buf_free(&text);
}

static void put_addresses(json_t *o, const char *name, const struct vrrp_info *i,
			  const struct conf_vip *v)
{
	json_t *list = v ? json_array() : NULL;

	for (; v; v = v->next) {
		char ip[INET6_ADDRSTRLEN];
		struct buf text = {0};

		buf_printf(&text, "%s/%u dev %s", wire_ip_text(&v->ip, ip), v->prefix_len,
			   v->ifname[0] ? v->ifname : i->conf->ifname);
		if (v->label[0])
			buf_printf(&text, " label %s", v->label);
		must(json_array_append_new(list, json_string(buf_text(&text))) == 0);
		buf_free(&text);
	}
	if (list)
		put(o, name, list);
}

static void put_timers(json_t *o, const struct vrrp_info *i)
{
	const struct conf_instance *c = i->conf;

	put_seconds(o, "garp_delay", c->garp_delay_ns);
	put_int(o, "garp_refresh", c->garp_refresh_ns / NS_PER_S);
	put_int(o, "garp_rep", c->garp_repeat);
	put_int(o, "garp_refresh_rep", c->garp_refresh_repeat);
	put_int(o, "garp_lower_prio_delay", c->garp_lower_prio_delay_ns / NS_PER_S);
	put_int(o, "garp_lower_prio_rep", c->garp_lower_prio_repeat);
	put_int(o, "lower_prio_no_advert", c->lower_prio_no_advert);
	put_int(o, "higher_prio_send_advert", c->higher_prio_send_advert);
	put_int(o, "vrid", c->vrid);
	put_int(o, "base_priority", c->priority);
	put_int(o, "effective_priority", i->router->priority);
	put(o, "vipset", json_boolean(i->vips));
	put(o, "promote_secondaries", json_false());
	put_seconds(o, "adver_int", c->advert_ns);
	put_seconds(o, "master_adver_int", i->router->master_advert_ns);
	put_int(o, "accept", c->accept);
	put(o, "nopreempt", json_boolean(c->nopreempt));
	put_int(o, "preempt_delay", c->preempt_delay_ns / NS_PER_S);
}

static json_t *data_of(const struct vrrp_info *i, bool strict)
{
	const struct conf_instance *c = i->conf;
	json_t *o = json_object();

	put(o, "iname", json_string(c->name));
	put_int(o, "dont_track_primary", c->dont_track_primary);
	put_int(o, "skip_check_adv_addr", c->skip_check_adv_addr);
	put_int(o, "strict_mode", strict);
	put(o, "vmac_ifname", json_string(""));
	if (c->ifname[0])
		put(o, "ifp_ifname", json_string(c->ifname));
	put_int(o, "master_priority", i->last_master_priority);
	put_seconds(o, "last_transition", i->entered_wall_ns);
	put_timers(o, i);
	put_int(o, "state", i->router->state);
	put_int(o, "wantstate", i->router->state);
	put_int(o, "version", c->version);
	put(o, "smtp_alert", json_false());
	put(o, "notify_deleted", json_false());
	put_script(o, "script_backup", &c->notify.backup);
	put_script(o, "script_master", &c->notify.master);
	put_script(o, "script_fault", &c->notify.fault);
	put_script(o, "script_stop", &c->notify.stop);
	put_script(o, "script", &c->notify.any);
	put_addresses(o, "vips", i, c->vips);
	put_addresses(o, "evips", i, c->vips_excluded);
	if (c->track_ifs) {
		json_t *list = json_array();

		for (const struct conf_track_if *t = c->track_ifs; t; t = t->next)
			must(json_array_append_new(list, json_string(t->ifname)) == 0);
		put(o, "track_ifp", list);
	}
	put_int(o, "auth_type", c->auth);
	if (c->auth != CONF_AUTH_NONE)
		put(o, "auth_data", json_string("********"));
	return o;
}

static json_t *stats_of(const struct vrrp_info *i)
{
	/* keepalived's order */
	static const enum counter order[] = {
		RECEIVED,      SENT,	     BECAME,	  RELEASED,	 LENGTH,
		INTERVAL,      TTL,	     TYPE,	  ADDRESSES,	 AUTH_TYPE,
		AUTH_MISMATCH, AUTH_FAILURE, EXT_MISSING, EXT_MALFORMED, EXT_KEY,
		EXT_HMAC,      EXT_STALE,    EXT_REPLAY,  ZERO_RECEIVED, ZERO_SENT};
	json_t *o = json_object();
	uint64_t n[N_COUNTERS];

	count(i, n);
	for (size_t c = 0; c < N_COUNTERS; c++)
		put_int(o, rows[order[c]].member, (int64_t)n[order[c]]);
	return o;
}

void dump_json(const struct vrrp_run *run, const struct conf_global *g, struct buf *out)
{
	json_t *list = json_array();
	json_t *top = g->process.json_version == 2 ? json_pack("{s:o}", "vrrp", list) : list;

	for (size_t at = 0; at < vrrp_run_count(run); at++) {
		struct vrrp_info info;

		vrrp_run_info(run, at, &info);
		must(json_array_append_new(list, json_pack("{s:o, s:o}", "data",
							   data_of(&info, g->strict), "stats",
							   stats_of(&info))) == 0);
	}
	char *text = json_dumps(top, JSON_COMPACT);

	must(text != NULL);
	buf_printf(out, "%s\n", text);
	free(text);
	json_decref(top);
}
