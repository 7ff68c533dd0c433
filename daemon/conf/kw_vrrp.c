/* vrrp_instance: its keywords, and the words of its address and peer lists. Nothing is judged here
 * that needs a second keyword: finish_vrrp.c does that when the whole file is known.
 */
#include "daemon/conf/draft.h"

#include <string.h>

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

void *kw_new_instance(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft *d = object;
	struct draft_instance *i;

	for (i = d->instances; i; i = i->next)
		if (!strcmp(i->out->name, s->word[1].text)) {
			conf_warning(b->report, s->word[1].pos,
				     "vrrp_instance %s is defined at line %d already: this one is "
				     "ignored",
				     i->out->name, i->out->pos.line);
			return NULL;
		}
	i = arena_new_object(arena_scratch(b->arena), struct draft_instance);
	i->out = arena_new_object(b->arena, struct conf_instance);
	i->out->name = s->word[1].text;
	i->out->pos = s->word[1].pos;
	DRAFT_APPEND(d->instances, i);
	return i;
}

static void *state_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	const struct conf_word *w = &s->word[1];
	bool master = !strcmp(w->text, "MASTER");

	if (!master && strcmp(w->text, "BACKUP") != 0)
		conf_warning(b->report, w->pos,
			     "state '%s' is neither MASTER nor BACKUP: BACKUP is used", w->text);
	i->state = (struct draft_value){.set = true, .v = master, .at = w->pos};
	return NULL;
}

static void *interface_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;

	i->ifname_at = s->word[1].pos;
	kw_ifname(b, &s->word[1], i->out->ifname);
	return NULL;
}

static void *vrid_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const struct kw_value range = {.kind = KW_INT, .lo = 1, .hi = 255};
	struct draft_instance *i = object;

	i->vrid_bad = !kw_store_word(b, &s->word[1], s->word[0].text, &range, &i->vrid);
	return NULL;
}

static void *source_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;

	if (!strcmp(s->word[0].text, "unicast_src_ip"))
		i->unicast = (struct draft_value){.set = true, .at = s->word[0].pos};
	i->source_at = s->word[1].pos;
	kw_ip(b, &s->word[1], &i->out->source);
	return NULL;
}

static void *mcast_dst_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	struct wire_ip ip;

	if (!kw_ip(b, &s->word[1], &ip))
		return NULL;
	i->mcast_dst_at = s->word[1].pos;
	if (wire_ip_multicast(&ip))
		i->mcast_dst = ip;
	else
		conf_warning(b->report, s->word[1].pos,
			     "'%s' is not a multicast address: it is ignored", s->word[1].text);
	return NULL;
}

static void *syncd_interface_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	struct draft_global *g = &kw_draft(b)->global;
	char ifname[IFNAMSIZ];

	if (!kw_ifname(b, &s->word[1], ifname))
		return NULL;
	if (g->sync_ifname.text) {
		conf_warning(b->report, s->word[0].pos,
			     "lvs_sync_daemon is set already: this one is ignored");
		return NULL;
	}
	g->sync_ifname = (struct draft_name){.text = s->word[1].text, .at = s->word[1].pos};
	g->sync_instance = (struct draft_name){.text = i->out->name, .at = s->word[0].pos};
	return NULL;
}

/* ---- authentication ---------------------------------------------------------------------------
 */

static void *authentication_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;

	(void)b;
	i->authentication = true;
	i->auth_type.at = s->word[0].pos;
	return i;
}

static void *auth_type_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	const struct conf_word *w = &s->word[1];
	int64_t type = !strcmp(w->text, "PASS") ? CONF_AUTH_PASS
		       : !strcmp(w->text, "AH") ? CONF_AUTH_AH
						: CONF_AUTH_NONE;

	if (type == CONF_AUTH_NONE)
		conf_warning(b->report, w->pos,
			     "auth_type '%s' is neither PASS nor AH: it is ignored", w->text);
	i->auth_type = (struct draft_value){.set = true, .v = type, .at = w->pos};
	return NULL;
}

static void *auth_pass_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	const struct conf_word *w = &s->word[1];
	size_t len = strlen(w->text);

	if (len > VRRP_AUTH_BYTES) {
		conf_warning(b->report, w->pos,
			     "auth_pass is longer than %d characters: it is cut to %d",
			     VRRP_AUTH_BYTES, VRRP_AUTH_BYTES);
		len = VRRP_AUTH_BYTES;
	}
	memset(i->out->auth_data, 0, VRRP_AUTH_BYTES);
	memcpy(i->out->auth_data, w->text, len);
	return NULL;
}

static const struct conf_keyword authentication[] = {
	KW("auth_type", "PASS|AH", "plain password or IPsec AH", .min_args = 1, .max_args = 1,
	   .set = auth_type_store),
	KW("auth_pass", "STRING, first 8 bytes used", "shared secret", .min_args = 1, .max_args = 1,
	   .set = auth_pass_store),
	KW_END,
};

/* ---- lists ------------------------------------------------------------------------------------
 */

static void *inner_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)b;
	(void)s;
	return object;
}

static void *peers_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;

	(void)b;
	i->unicast = (struct draft_value){.set = true, .at = s->word[0].pos};
	return i;
}

static void *track_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;

	(void)b;
	(void)s;
	return &i->out->track_ifs;
}

static void *deleted_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;
	struct conf_notify *n = &i->out->notify;

	n->deleted_set = true;
	return s->n_words > 1 ? kw_store_script(b, s, &n) : NULL;
}

static void *tracks_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_instance *i = object;

	(void)b;
	(void)s;
	return &i->tracks;
}

#define ONE_ARG	     .min_args = 1, .max_args = 1
#define BLOCK(table) .repeats = true, .block = (table)
#define SCRIPT(member)                                                                             \
	.min_args = 1, .max_args = CONF_ANY, .set = kw_store_script,                               \
	.arg = offsetof(struct conf_instance, member)
#define STORE(...) KW_STORE(struct draft_instance, __VA_ARGS__)

const struct conf_keyword kw_instance[] = {
	KW("state", "MASTER|BACKUP",
	   "preferred initial state (default MASTER if priority 255, else BACKUP)", ONE_ARG,
	   .set = state_store),
	KW("interface", "IFNAME", "interface carrying adverts (required)", ONE_ARG,
	   .set = interface_store),
	KW("virtual_router_id", "1..255", "VRID (required)", ONE_ARG, .set = vrid_store),
	KW("priority", "1..255", "election priority (default 100 (255 if state MASTER))", ONE_ARG,
	   STORE(priority, .kind = KW_INT, .lo = 1, .hi = 255, .outside = KW_USE, .use = 100)),
	KW("advert_int", "DECIMAL SECS 0.01..255 (v3 max 40.95, v2 whole)",
	   "advert interval (default 1)", ONE_ARG,
	   STORE(advert, .kind = KW_DECIMAL, .lo = 10000000, .hi = 255 * CONF_SECOND_NS,
		 .outside = KW_IGNORE)),
	KW("version", "2|3", "VRRP protocol version (default vrrp_version; 3 for IPv6)", ONE_ARG,
	   STORE(vrrp.version, .kind = KW_INT, .lo = 2, .hi = 3, .outside = KW_IGNORE)),
	KW("authentication", "", "VRRPv2 authentication", BLOCK(authentication),
	   .set = authentication_open),
	KW("auth_hmac", "", "keepalived-only HMAC trailer on adverts", BLOCK(kw_auth_hmac),
	   .set = kw_open_hmac),
	KW("virtual_ipaddress", "",
	   "addresses moved with master and listed in adverts (required for v3)",
	   BLOCK(kw_addresses), .set = inner_open),
	KW("virtual_ipaddress_excluded", "", "addresses moved with master but not advertised",
	   BLOCK(kw_addresses_excluded), .set = inner_open),
	KW("no_virtual_ipaddress", "", "permit an instance with no addresses",
	   STORE(no_vip, .kind = KW_FLAG)),
	KW("virtual_routes", "", "routes present only while master", BLOCK(kw_routes),
	   .set = inner_open),
	KW("virtual_rules", "", "policy rules present only while master", BLOCK(kw_rules),
	   .set = inner_open),
	KW("track_interface", "", "extra interfaces to watch", BLOCK(kw_track_interfaces),
	   .set = track_open),
	KW("track_script", "", "scripts to watch", BLOCK(kw_track_scripts), .set = tracks_open),
	KW("track_file", "", "files to watch", BLOCK(kw_track_files), .set = tracks_open),
	KW("track_process", "", "processes to watch", BLOCK(kw_track_processes),
	   .set = tracks_open),
	KW_PLANNED("track_bfd", "{ ENTRY ... }", "BFD sessions to watch"),
	KW("dont_track_primary", "", "ignore faults of own interface",
	   STORE(dont_track_primary, .kind = KW_FLAG)),
	KW("mcast_src_ip", "IPADDR", "source address of adverts (default interface address)",
	   ONE_ARG, .set = source_store),
	KW("unicast_src_ip", "IPADDR",
	   "source address of unicast adverts (default interface address)", ONE_ARG,
	   .set = source_store),
	KW("mcast_dst_ip", "multicast IP; IPv6 link-local scope",
	   "destination group of this instance (default vrrp_mcast_group4/6)", ONE_ARG,
	   .set = mcast_dst_store),
	KW_PLANNED("track_src_ip", "", "FAULT when configured source address disappears"),
	KW("unicast_peer", "", "send adverts to these hosts instead of multicast",
	   BLOCK(kw_unicast_peers), .set = peers_open),
	KW("unicast_ttl", "0..255",
	   "TTL or hop limit of unicast adverts (default 255 (IPv6 kernel default))", ONE_ARG,
	   STORE(unicast_ttl, .kind = KW_INT, .hi = 255, .outside = KW_IGNORE)),
	KW("unicast_fault_no_peer", "", "FAULT, not multicast, when peer list is empty",
	   STORE(unicast_fault_no_peer, .kind = KW_FLAG)),
	KW("check_unicast_src", "", "accept adverts only from configured peers",
	   STORE(check_unicast_src, .kind = KW_FLAG)),
	KW("old_unicast_checksum", "[never]", "pre-1.3.7 VRRPv3 unicast checksum handling",
	   .max_args = 1, .set = kw_store_old_checksum),
	KW("v3_checksum_as_v2", "[BOOL]",
	   "omit IPv4 pseudo header from VRRPv3 checksum (default global value)", .max_args = 1,
	   STORE(vrrp.v3_checksum_as_v2, .kind = KW_BOOL)),
	KW("native_ipv6", "", "force IPv6 and version 3 (deprecated)",
	   STORE(native_ipv6, .kind = KW_FLAG)),
	KW("preempt", "", "take over from a weaker master (default)",
	   STORE(preempt, .kind = KW_FLAG)),
	KW("nopreempt", "", "leave a weaker master in place", STORE(preempt, .kind = KW_UNFLAG)),
	KW("preempt_delay", "DECIMAL SECS 0..1000",
	   "wait before preempting a weaker master (default 0)", ONE_ARG,
	   STORE(preempt_delay, .kind = KW_DECIMAL, .hi = 1000 * CONF_SECOND_NS,
		 .outside = KW_USE)),
	KW("strict_mode", "[BOOL]", "strict RFC behaviour for this instance (default vrrp_strict)",
	   .max_args = 1, STORE(vrrp.strict, .kind = KW_BOOL)),
	KW("skip_check_adv_addr", "[BOOL]",
	   "skip repeated address list check (default vrrp_skip_check_adv_addr)", .max_args = 1,
	   STORE(vrrp.skip_check_adv_addr, .kind = KW_BOOL)),
	KW("accept", "",
	   "answer packets addressed to the virtual addresses (default on unless strict)",
	   STORE(accept, .kind = KW_FLAG)),
	KW("no_accept", "", "drop packets addressed to the virtual addresses",
	   STORE(accept, .kind = KW_UNFLAG)),
	KW_PLANNED("use_vmac", "[[name] IFNAME] [MAC] [netlink_notify_msg] [group GROUP]",
		   "own the VRRP MAC through a macvlan interface"),
	KW_PLANNED("use_vmac_addr", "", "VMACs also for addresses on other interfaces"),
	KW_PLANNED("vmac_xmit_base", "", "exchange adverts on the parent interface"),
	KW_PLANNED("use_ipvlan", "[[name] IFNAME] [IPADDR] [bridge|private|vepa] [group GROUP]",
		   "use an L2 ipvlan interface"),
	KW_PLANNED("vrf", "IFNAME", "VRF for unicast instance without interface"),
	KW_PLANNED("promote_secondaries", "", "set promote_secondaries sysctl on the interface"),
	KW_PLANNED("linkbeat_use_polling", "",
		   "poll own interface (deprecated, see linkbeat_interfaces)"),
	KW("notify_master", "CMDLINE [USER [[:]GROUP]]", "command when becoming MASTER",
	   SCRIPT(notify.master)),
	KW("notify_backup", "CMDLINE [USER [[:]GROUP]]", "command when becoming BACKUP",
	   SCRIPT(notify.backup)),
	KW("notify_fault", "CMDLINE [USER [[:]GROUP]]", "command when entering FAULT",
	   SCRIPT(notify.fault)),
	KW("notify_stop", "CMDLINE [USER [[:]GROUP]]", "command when daemon stops",
	   SCRIPT(notify.stop)),
	KW("notify_deleted", "[CMDLINE [USER [[:]GROUP]]]",
	   "command when removed by a reload; without this word such an instance reports FAULT",
	   .max_args = CONF_ANY, .set = deleted_store,
	   .arg = offsetof(struct conf_notify, deleted)),
	KW("notify", "CMDLINE [USER [[:]GROUP]]", "command for any change; four arguments appended",
	   SCRIPT(notify.any)),
	KW("notify_master_rx_lower_pri", "CMDLINE [USER [[:]GROUP]]",
	   "command when a master hears a weaker one", SCRIPT(notify.lower_priority)),
	KW("notify_priority_changes", "[BOOL]",
	   "write priority changes to FIFOs (default: the group's, vrrp_notify_priority_changes)",
	   .max_args = 1, STORE(notify_priority_changes, .kind = KW_BOOL)),
	KW_PLANNED("smtp_alert", "[BOOL]", "mail on transitions"),
	KW("lvs_sync_daemon_interface", "IFNAME", "alias of global lvs_sync_daemon IFNAME inst",
	   ONE_ARG, .set = syncd_interface_store),
	KW("garp_master_delay", "SECS 0..4294",
	   "pause before second burst (default vrrp_garp_master_delay)", ONE_ARG,
	   STORE(vrrp.garp_delay, .kind = KW_SECS, .hi = 4294, .outside = KW_IGNORE)),
	KW("garp_master_repeat", "N >= 1",
	   "messages per address per burst (default vrrp_garp_master_repeat)", ONE_ARG,
	   STORE(vrrp.garp_repeat, .kind = KW_INT, .lo = 1, .hi = 4294967295, .outside = KW_USE,
		 .use = 1)),
	KW("garp_master_refresh", "SECS",
	   "refresh period while master (default vrrp_garp_master_refresh)", ONE_ARG,
	   STORE(vrrp.garp_refresh, .kind = KW_SECS, .hi = 4294967295, .outside = KW_USE)),
	KW("garp_master_refresh_repeat", "N >= 1",
	   "messages per refresh (default vrrp_garp_master_refresh_repeat)", ONE_ARG,
	   STORE(vrrp.garp_refresh_repeat, .kind = KW_INT, .lo = 1, .hi = 4294967295,
		 .outside = KW_USE, .use = 1)),
	KW("garp_lower_prio_delay", "SECS 0..4294",
	   "second burst pause after a weaker advert (default vrrp_garp_lower_prio_delay)", ONE_ARG,
	   STORE(vrrp.garp_lower_delay, .kind = KW_SECS, .hi = 4294, .outside = KW_IGNORE)),
	KW("garp_lower_prio_repeat", "N >= 0",
	   "messages after a weaker advert; 0 none (default vrrp_garp_lower_prio_repeat)", ONE_ARG,
	   STORE(vrrp.garp_lower_repeat, .kind = KW_INT, .hi = 2147483647, .outside = KW_IGNORE)),
	KW_PLANNED("garp_extra_if", "[all] SECS 0..86400; 0 off",
		   "periodic announcements on extra interfaces"),
	KW_PLANNED("vmac_garp_intvl", "[all] SECS", "alias of garp_extra_if"),
	KW("down_timer_adverts", "1..100",
	   "adverts missed before takeover (default vrrp_down_timer_adverts)", ONE_ARG,
	   STORE(vrrp.down_timer_adverts, .kind = KW_INT, .lo = 1, .hi = 100,
		 .outside = KW_IGNORE)),
	KW_PLANNED("timer_expired_backup", "[1..254]; requires nopreempt",
		   "drop to BACKUP after a long scheduling stall"),
	KW_PLANNED("thread_timer_expired", "[1..254]", "alias of timer_expired_backup"),
	KW("lower_prio_no_advert", "[BOOL]",
	   "do not answer a weaker advert (default vrrp_lower_prio_no_advert)", .max_args = 1,
	   STORE(vrrp.lower_prio_no_advert, .kind = KW_BOOL)),
	KW("higher_prio_send_advert", "[BOOL]",
	   "one last advert before yielding (default vrrp_higher_prio_send_advert)", .max_args = 1,
	   STORE(vrrp.higher_prio_send_advert, .kind = KW_BOOL)),
	KW("owner_ignore_adverts", "[BOOL]", "address owner discards received adverts",
	   .max_args = 1, STORE(owner_ignore_adverts, .kind = KW_BOOL)),
	KW_PLANNED("kernel_rx_buf_size", "BYTES", "receive buffer contribution of this instance"),
	KW("debug", "0..4", "accepted but does nothing (default 0)", ONE_ARG,
	   .set = kw_store_nothing),
	KW_END,
};
