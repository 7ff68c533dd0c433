/* global_defs. The values that instances inherit are kept as drafts and become each instance's own
 * in finish_vrrp.c; lvs_sync_daemon's instance is looked up when all instances are known.
 */
#include "daemon/conf/draft.h"

#include <string.h>

static void *multicast_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_global *g = object;
	bool v4 = !strcmp(s->word[0].text, "vrrp_mcast_group4");
	struct wire_ip ip;

	if (!kw_ip(b, &s->word[1], &ip))
		return NULL;
	if (ip.family != (v4 ? AF_INET : AF_INET6) || !wire_ip_multicast(&ip)) {
		conf_warning(b->report, s->word[1].pos,
			     "'%s' is not an IPv%d multicast address: it is ignored",
			     s->word[1].text, v4 ? 4 : 6);
		return NULL;
	}
	*(v4 ? &g->mcast4 : &g->mcast6) = ip;
	return NULL;
}

static void *dynamic_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_global *g = object;

	g->dynamic_interfaces = (struct draft_value){.set = true, .v = 1, .at = s->word[0].pos};
	for (int i = 1; i < s->n_words;)
		kw_option(b, kw_words_dynamic, s, &i, "dynamic_interfaces");
	return NULL;
}

static void *script_user_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)object;
	struct conf_global *g = &kw_draft(b)->conf->global;

	kw_store_user(s, 1, &g->script_user, &g->script_group);
	return NULL;
}

static void *fifo_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct conf_fifo *f =
		(struct conf_fifo *)((char *)&kw_draft(b)->conf->global + conf_bind_row(b)->arg);

	(void)object;
	f->path = s->word[1].text;
	kw_store_user(s, 2, &f->user, &f->group);
	return NULL;
}

static void *fifo_script_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct conf_global *g = &kw_draft(b)->conf->global;

	(void)object;
	return kw_store_script(b, s, &g);
}

static void *router_id_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)object;
	kw_draft(b)->conf->global.router_id = s->word[1].text;
	return NULL;
}

/* ---- lvs_sync_daemon --------------------------------------------------------------------------
 */

static void syncd_instance(struct conf_bind *b, const struct conf_word *w, struct draft_global *g)
{
	if (g->sync_instance.text)
		conf_warning(b->report, w->pos,
			     "lvs_sync_daemon has instance %s already: '%s' is "
			     "ignored",
			     g->sync_instance.text, w->text);
	else
		g->sync_instance = (struct draft_name){.text = w->text, .at = w->pos};
}

static void syncd_group(struct conf_bind *b, const struct conf_word *w, struct draft_global *g)
{
	struct wire_ip ip;

	if (!kw_ip(b, w, &ip))
		return;
	if (wire_ip_multicast(&ip))
		g->sync_group = ip;
	else
		conf_warning(b->report, w->pos, "'%s' is not a multicast address: it is ignored",
			     w->text);
}

static void syncd_option(struct conf_bind *b, const char *name, const struct conf_word *w,
			 struct draft_global *g)
{
	static const struct {
		const char *name;
		struct kw_value value;
	} numbers[] = {
		{"id", {offsetof(struct draft_global, sync_id), KW_INT, 0, 255, KW_IGNORE, 0}},
		{"maxlen",
		 {offsetof(struct draft_global, sync_maxlen), KW_INT, 1, 65507, KW_IGNORE, 0}},
		{"port",
		 {offsetof(struct draft_global, sync_port), KW_INT, 1, 65535, KW_IGNORE, 0}},
		{"ttl", {offsetof(struct draft_global, sync_ttl), KW_INT, 1, 255, KW_IGNORE, 0}},
	};

	if (!strcmp(name, "inst"))
		syncd_instance(b, w, g);
	else if (!strcmp(name, "group"))
		syncd_group(b, w, g);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(name, numbers[i].name))
			kw_store_word(b, w, name, &numbers[i].value,
				      (struct draft_value *)((char *)g + numbers[i].value.offset));
}

/* IFNAME [[inst] INSTANCE] [id N] ...; the old form is IFNAME INSTANCE [N]. */
static void *syncd_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_global *g = object;
	char ifname[IFNAMSIZ];
	int i = 2;

	if (!kw_ifname(b, &s->word[1], ifname))
		return NULL;
	g->sync_ifname = (struct draft_name){.text = s->word[1].text, .at = s->word[1].pos};
	if (i < s->n_words && !kw_word_find(kw_words_syncd, s->word[i].text)) {
		syncd_instance(b, &s->word[i++], g);
		if (i < s->n_words && !kw_word_find(kw_words_syncd, s->word[i].text))
			syncd_option(b, "id", &s->word[i++], g);
	}
	while (i < s->n_words) {
		const struct conf_word *w = &s->word[i];
		const struct kw_word *o = kw_option(b, kw_words_syncd, s, &i, "lvs_sync_daemon");

		if (o)
			syncd_option(b, o->name, w + 1, g);
	}
	return NULL;
}

const struct kw_word kw_words_syncd[] = {
	KW_WORD("(interface)", "IFNAME (<16)", "interface for sync multicast", 0),
	KW_WORD("inst", "VRRP_INSTANCE", "follow this instance: master or backup daemon", 1),
	KW_WORD("id", "0..255", "sync id", 1),
	KW_WORD("maxlen", "1..65507", "largest sync message", 1),
	KW_WORD("port", "1..65535", "UDP port", 1),
	KW_WORD("ttl", "1..255", "multicast TTL", 1),
	KW_WORD("group", "multicast IP", "multicast group", 1),
	KW_WORD("(VRRP_INSTANCE [SYNC_ID])", "positional", "alias of inst NAME id N", 0),
	KW_END,
};

const struct kw_word kw_words_dynamic[] = {
	KW_WORD_PLANNED("allow_if_changes", "",
			"let an interface return with another type or parent", 0),
	KW_END,
};

/* ---- the table --------------------------------------------------------------------------------
 */

#define ONE_ARG .min_args = 1, .max_args = 1

/* What nft takes as a name without quotes. */
static void *nft_table_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct draft_global *g = object;
	const char *name;

	if (s->n_words < 2)
		return NULL;
	name = s->word[1].text;
	if (strspn(name, letters) == 0 || strlen(name) > 31 ||
	    name[strspn(name, letters) + strspn(name + strspn(name, letters),
						"abcdefghijklmnopqrstuvwxyz"
						"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
		conf_warning(b->report, s->word[1].pos,
			     "nftables '%s' is no name of a table: it is ignored", name);
	else
		g->nft_table = name;
	return NULL;
}

const struct conf_keyword kw_global_defs[] = {
	KW_PLANNED("process_names", "", "give the child processes distinct default names"),
	KW_PLANNED("process_name", "NAME (max 15)", "name of the parent process"),
	KW("vrrp_process_name", "NAME (max 15)", "name of vipd, unless it is run with -C", ONE_ARG,
	   .set = kw_store_process_name, .arg = offsetof(struct draft_global, process.vrrp.name)),
	KW("checker_process_name", "NAME (max 15)", "name of vipd run with -C", ONE_ARG,
	   .set = kw_store_process_name,
	   .arg = offsetof(struct draft_global, process.checker.name)),
	KW("lvs_process_name", "NAME", "alias of checker_process_name", ONE_ARG,
	   .set = kw_store_process_name,
	   .arg = offsetof(struct draft_global, process.checker.name)),
	KW_PLANNED("bfd_process_name", "NAME (max 15)", "name of the BFD child"),
	KW_PLANNED("use_symlink_paths", "[BOOL]",
		   "run scripts by configured path instead of resolving symlinks"),
	KW_PLANNED("set_supplementary_groups", "[BOOL]",
		   "give scripts the supplementary groups of their user"),
	KW("router_id", "STRING", "name of this machine in mails and logs (default host name)",
	   ONE_ARG, .set = router_id_store),
	KW_PLANNED("notification_email_from", "EMAIL", "sender address of alert mails"),
	KW_PLANNED("smtp_server", "IPADDR|HOST [PORT]", "mail relay for alerts"),
	KW_PLANNED("smtp_helo_name", "STRING", "HELO name for alert mails"),
	KW_PLANNED("smtp_connect_timeout", "SECS 1..4294", "mail relay connection timeout"),
	KW_PLANNED("notification_email", "{ EMAIL ... }", "alert mail recipients"),
	KW_PLANNED("smtp_alert", "[BOOL]", "default for every smtp_alert setting"),
	KW_PLANNED("smtp_alert_vrrp", "[BOOL]", "default mail alerting for VRRP objects"),
	KW_PLANNED("smtp_alert_checker", "[BOOL]",
		   "default mail alerting for virtual and real servers"),
	KW_PLANNED("no_email_faults", "", "do not mail when entering FAULT"),
	KW_PLANNED("no_checker_emails", "[BOOL]",
		   "skip mails unless the server itself changes state"),
	KW_PLANNED("checker_log_all_failures", "[BOOL]",
		   "log each failed check, not just the final one"),
	KW_PLANNED("startup_script", "CMDLINE [USER [GROUP]]",
		   "command run once before children start"),
	KW_PLANNED("startup_script_timeout", "SECS 1..1000", "limit for startup_script"),
	KW_PLANNED("shutdown_script", "CMDLINE [USER [GROUP]]",
		   "command run once after children exit"),
	KW_PLANNED("shutdown_script_timeout", "SECS 1..1000", "limit for shutdown_script"),
	KW_PLANNED("max_auto_priority", "[-1..99]; no value = max; -1 = off, silent",
		   "ceiling for automatic realtime priority boosts"),
	KW_PLANNED("min_auto_priority_delay", "USECS 1..10000000",
		   "lateness that triggers a priority boost"),
	KW("dynamic_interfaces", "[allow_if_changes]", "accept interfaces that do not exist yet",
	   .max_args = 1, .set = dynamic_store),
	KW_PLANNED("default_interface", "IFNAME", "interface for static addresses without dev"),
	KW_PLANNED("disable_local_igmp", "", "stop IGMP reports for link-local groups"),
	KW("v3_checksum_as_v2", "", "default: omit IPv4 pseudo header from VRRPv3 checksum",
	   KW_STORE(struct draft_global, vrrp.v3_checksum_as_v2, .kind = KW_FLAG)),
	KW_PLANNED("lvs_timeouts", "[tcp SECS] [tcpfin SECS] [udp SECS], 0..2678400",
		   "IPVS connection timeouts, restored on exit"),
	KW("lvs_flush", "", "clear the IPVS table at startup",
	   KW_STORE(struct draft_global, lvs_flush, .kind = KW_FLAG)),
	KW_PLANNED("lvs_flush_on_stop", "[VS]",
		   "fast removal of services at exit: whole table, or per service"),
	KW_PLANNED("lvs_flush_onstop", "[VS]", "alias of lvs_flush_on_stop"),
	KW("lvs_sync_daemon",
	   "IFNAME [[inst] VRRP_INSTANCE] [id N] [maxlen N] [port N] [ttl N] [group IP]",
	   "run the IPVS connection sync daemon", .min_args = 1, .max_args = CONF_ANY,
	   .set = syncd_store),
	KW("vrrp_mcast_group4", "IPv4 multicast", "default destination for IPv4 adverts", ONE_ARG,
	   .set = multicast_store),
	KW("vrrp_mcast_group6", "IPv6 multicast", "default destination for IPv6 adverts", ONE_ARG,
	   .set = multicast_store),
	KW("vrrp_garp_master_delay", "SECS 0..4294",
	   "default pause before second gratuitous burst, 0 none (5)", ONE_ARG,
	   KW_STORE(struct draft_global, vrrp.garp_delay, .kind = KW_SECS, .hi = 4294,
		    .outside = KW_IGNORE)),
	KW("vrrp_garp_master_repeat", "N >= 1", "default messages per address in each burst (5)",
	   ONE_ARG,
	   KW_STORE(struct draft_global, vrrp.garp_repeat, .kind = KW_INT, .lo = 1,
		    .hi = 4294967295, .outside = KW_USE, .use = 1)),
	KW("vrrp_garp_master_refresh", "SECS",
	   "default period for refreshing neighbours while master, 0 none (0)", ONE_ARG,
	   KW_STORE(struct draft_global, vrrp.garp_refresh, .kind = KW_SECS, .hi = 4294967295,
		    .outside = KW_USE)),
	KW("vrrp_garp_master_refresh_repeat", "N >= 1", "default messages per refresh (1)", ONE_ARG,
	   KW_STORE(struct draft_global, vrrp.garp_refresh_repeat, .kind = KW_INT, .lo = 1,
		    .hi = 4294967295, .outside = KW_USE, .use = 1)),
	KW("vrrp_garp_lower_prio_delay", "SECS 0..4294",
	   "pause before second burst after a weaker advert (default vrrp_garp_master_delay)",
	   ONE_ARG,
	   KW_STORE(struct draft_global, vrrp.garp_lower_delay, .kind = KW_SECS, .hi = 4294,
		    .outside = KW_IGNORE)),
	KW("vrrp_garp_lower_prio_repeat", "N >= 0",
	   "messages per burst after a weaker advert (default vrrp_garp_master_repeat)", ONE_ARG,
	   KW_STORE(struct draft_global, vrrp.garp_lower_repeat, .kind = KW_INT, .hi = 2147483647,
		    .outside = KW_IGNORE)),
	KW("vrrp_down_timer_adverts", "1..100", "default advert count in master down interval (3)",
	   ONE_ARG,
	   KW_STORE(struct draft_global, vrrp.down_timer_adverts, .kind = KW_INT, .lo = 1,
		    .hi = 100, .outside = KW_IGNORE)),
	KW("vrrp_garp_interval", "DECIMAL SECS >= 0.000001",
	   "default spacing of gratuitous ARPs per interface", ONE_ARG,
	   KW_STORE(struct draft_global, garp_interval, .kind = KW_DECIMAL, .lo = 1000,
		    .hi = 4294 * CONF_SECOND_NS, .outside = KW_IGNORE)),
	KW("vrrp_gna_interval", "DECIMAL SECS >= 0.000001",
	   "default spacing of unsolicited NAs per interface", ONE_ARG,
	   KW_STORE(struct draft_global, gna_interval, .kind = KW_DECIMAL, .lo = 1000,
		    .hi = 4294 * CONF_SECOND_NS, .outside = KW_IGNORE)),
	KW("vrrp_min_garp", "[BOOL]",
	   "one gratuitous message per address, no second burst (default false)", .max_args = 1,
	   KW_STORE(struct draft_global, min_garp, .kind = KW_BOOL)),
	KW_PLANNED("vrrp_garp_extra_if", "[all] SECS 1..86400",
		   "periodic announcements on interfaces that carry no adverts"),
	KW_PLANNED("vrrp_vmac_garp_intvl", "[all] SECS", "alias of vrrp_garp_extra_if"),
	KW("vrrp_lower_prio_no_advert", "[BOOL]",
	   "do not answer a weaker advert with our own (default false (true if strict))",
	   .max_args = 1,
	   KW_STORE(struct draft_global, vrrp.lower_prio_no_advert, .kind = KW_BOOL)),
	KW("vrrp_higher_prio_send_advert", "[BOOL]",
	   "send one advert before yielding to a stronger master (default false)", .max_args = 1,
	   KW_STORE(struct draft_global, vrrp.higher_prio_send_advert, .kind = KW_BOOL)),
	KW("vrrp_version", "2|3", "default VRRP version for IPv4 instances (2)", ONE_ARG,
	   KW_STORE(struct draft_global, vrrp.version, .kind = KW_INT, .lo = 2, .hi = 3,
		    .outside = KW_IGNORE)),
	KW_PLANNED("vrrp_iptables", "[IN_CHAIN [OUT_CHAIN]]",
		   "use these iptables chains for drop rules"),
	KW_PLANNED("vrrp_ipsets", "[NAME x 0..6]; none disables", "ipset names used with iptables"),
	KW("nftables", "[TABLE]", "nftables table for drop rules (default vipd)", .max_args = 1,
	   .set = nft_table_store),
	KW("nftables_priority", "INT32", "priority of the nftables base chains (default -1)",
	   .min_args = 1, .max_args = 1,
	   KW_STORE(struct draft_global, nft_priority, .kind = KW_INT, .lo = INT32_MIN,
		    .hi = INT32_MAX, .outside = KW_IGNORE)),
	KW_PLANNED("nftables_ifindex", "", "key IPv6 link-local sets by ifindex, not name"),
	KW_PLANNED("nftables_ipvs", "[TABLE]",
		   "mark group traffic with nftables, one service per group"),
	KW_PLANNED("nftables_ipvs_priority", "INT32", "priority of the IPVS marking chains"),
	KW_PLANNED("nftables_ipvs_start_fwmark", "1..4294967295",
		   "first automatically allocated firewall mark"),
	KW("nftables_counters", "", "add packet counters to generated rules",
	   KW_STORE(struct draft_global, nft_counters, .kind = KW_FLAG)),
	KW("vrrp_check_unicast_src", "", "accept unicast adverts only from configured peers",
	   KW_STORE(struct draft_global, check_unicast_src, .kind = KW_FLAG)),
	KW("vrrp_skip_check_adv_addr", "[BOOL]",
	   "skip repeated address list check for the same master (default false)", .max_args = 1,
	   KW_STORE(struct draft_global, vrrp.skip_check_adv_addr, .kind = KW_BOOL)),
	KW("vrrp_strict", "[BOOL]", "default strict RFC mode", .max_args = 1,
	   KW_STORE(struct draft_global, vrrp.strict, .kind = KW_BOOL)),
	KW("vrrp_priority", "-20..19", "nice value of vipd, unless it is run with -C", ONE_ARG,
	   KW_STORE(struct draft_global, process.vrrp.nice, .kind = KW_INT, .lo = -20, .hi = 19,
		    .outside = KW_IGNORE)),
	KW("vrrp_no_swap", "", "lock vipd, unless it is run with -C in memory",
	   KW_STORE(struct draft_global, process.vrrp.no_swap, .kind = KW_FLAG)),
	KW("vrrp_rt_priority", "1..99", "realtime priority of vipd, unless it is run with -C",
	   ONE_ARG,
	   KW_STORE(struct draft_global, process.vrrp.rt, .kind = KW_INT, .lo = 1, .hi = 99,
		    .outside = KW_CLAMP)),
	KW("vrrp_cpu_affinity", "CPU [CPU ...]", "CPUs for vipd, unless it is run with -C",
	   .min_args = 1, .max_args = CONF_ANY, .set = kw_store_cpus,
	   .arg = offsetof(struct draft_global, process.vrrp.cpus)),
	KW("vrrp_rlimit_rttime", "USECS >= 2",
	   "realtime CPU limit of vipd, unless it is run with -C", ONE_ARG,
	   KW_STORE(struct draft_global, process.vrrp.rttime, .kind = KW_INT, .lo = 2,
		    .hi = 4294967295, .outside = KW_IGNORE)),
	KW("vrrp_rlimit_rtime", "USECS", "alias of vrrp_rlimit_rttime", ONE_ARG,
	   KW_STORE(struct draft_global, process.vrrp.rttime, .kind = KW_INT, .lo = 2,
		    .hi = 4294967295, .outside = KW_IGNORE)),
	KW("checker_priority", "-20..19", "nice value of vipd run with -C", ONE_ARG,
	   KW_STORE(struct draft_global, process.checker.nice, .kind = KW_INT, .lo = -20, .hi = 19,
		    .outside = KW_IGNORE)),
	KW("checker_no_swap", "", "lock vipd run with -C in memory",
	   KW_STORE(struct draft_global, process.checker.no_swap, .kind = KW_FLAG)),
	KW("checker_rt_priority", "1..99", "realtime priority of vipd run with -C", ONE_ARG,
	   KW_STORE(struct draft_global, process.checker.rt, .kind = KW_INT, .lo = 1, .hi = 99,
		    .outside = KW_CLAMP)),
	KW("checker_cpu_affinity", "CPU [CPU ...]", "CPUs for vipd run with -C", .min_args = 1,
	   .max_args = CONF_ANY, .set = kw_store_cpus,
	   .arg = offsetof(struct draft_global, process.checker.cpus)),
	KW("checker_rlimit_rttime", "USECS >= 2", "realtime CPU limit of vipd run with -C", ONE_ARG,
	   KW_STORE(struct draft_global, process.checker.rttime, .kind = KW_INT, .lo = 2,
		    .hi = 4294967295, .outside = KW_IGNORE)),
	KW("checker_rlimit_rtime", "USECS", "alias of checker_rlimit_rttime", ONE_ARG,
	   KW_STORE(struct draft_global, process.checker.rttime, .kind = KW_INT, .lo = 2,
		    .hi = 4294967295, .outside = KW_IGNORE)),
	KW_PLANNED("bfd_priority", "-20..19", "nice value of BFD process"),
	KW_PLANNED("bfd_no_swap", "", "lock BFD process in memory"),
	KW_PLANNED("bfd_rt_priority", "1..99", "realtime priority of BFD process"),
	KW_PLANNED("bfd_cpu_affinity", "CPU [CPU ...]", "CPUs for BFD process"),
	KW_PLANNED("bfd_rlimit_rttime", "USECS >= 2", "realtime CPU limit of BFD process"),
	KW_PLANNED("bfd_rlimit_rtime", "USECS", "alias of bfd_rlimit_rttime"),
	KW("notify_fifo", "PATH [USER [GROUP]]", "FIFO receiving VRRP events", .min_args = 1,
	   .max_args = 3, .set = fifo_store, .arg = offsetof(struct conf_global, fifo)),
	KW("notify_fifo_script", "CMDLINE [USER [GROUP]]",
	   "reader for notify_fifo; FIFO path appended as last argument", .min_args = 1,
	   .max_args = CONF_ANY, .set = fifo_script_store,
	   .arg = offsetof(struct conf_global, fifo.script)),
	KW("vrrp_notify_fifo", "PATH [USER [GROUP]]", "FIFO receiving VRRP events", .min_args = 1,
	   .max_args = 3, .set = fifo_store, .arg = offsetof(struct conf_global, vrrp_fifo)),
	KW("vrrp_notify_fifo_script", "CMDLINE [USER [GROUP]]", "reader for vrrp_notify_fifo",
	   .min_args = 1, .max_args = CONF_ANY, .set = fifo_script_store,
	   .arg = offsetof(struct conf_global, vrrp_fifo.script)),
	KW("vrrp_notify_priority_changes", "[BOOL]", "default: write priority changes to FIFOs",
	   .max_args = 1, KW_STORE(struct draft_global, notify_priority_changes, .kind = KW_BOOL)),
	KW("fifo_write_vrrp_states_on_reload", "", "repeat current states on the FIFO after reload",
	   KW_STORE(struct draft_global, fifo_states_on_reload, .kind = KW_FLAG)),
	KW_PLANNED("lvs_notify_fifo", "PATH [USER [GROUP]]",
		   "FIFO receiving virtual and real server events"),
	KW_PLANNED("lvs_notify_fifo_script", "CMDLINE [USER [GROUP]]",
		   "reader for lvs_notify_fifo"),
	KW_PLANNED("snmp_socket", "ADDR", "where the SNMP master agent listens"),
	KW_PLANNED("enable_traps", "", "emit SNMP traps"),
	KW_PLANNED("enable_snmp_vrrp", "", "serve VRRP part of KEEPALIVED MIB"),
	KW_PLANNED("enable_snmp_keepalived", "", "alias of enable_snmp_vrrp"),
	KW_PLANNED("enable_snmp_rfc", "", "serve both RFC VRRP MIBs"),
	KW_PLANNED("enable_snmp_rfcv2", "", "serve RFC2787 MIB"),
	KW_PLANNED("enable_snmp_rfcv3", "", "serve RFC6527 MIB"),
	KW_PLANNED("enable_snmp_checker", "", "serve LVS part of KEEPALIVED MIB"),
	KW_PLANNED("snmp_vs_stats_update_interval", "TIMER 0.001..30",
		   "cache time of virtual server statistics"),
	KW_PLANNED("snmp_rs_stats_update_interval", "TIMER 0.001..30",
		   "cache time of real server statistics"),
	KW_PLANNED("enable_dbus", "", "expose VRRP state on D-Bus"),
	KW_PLANNED("dbus_service_name", "NAME", "D-Bus service name"),
	KW_PLANNED("dbus_no_interface_name", "NAME",
		   "D-Bus path element for instances without interface"),
	KW("script_user", "USER [[:]GROUP]", "default user running scripts", .min_args = 1,
	   .max_args = 2, .set = script_user_store),
	KW("enable_script_security", "",
	   "refuse root scripts writable by others; forbid root fallback",
	   KW_STORE(struct draft_global, script_security, .kind = KW_FLAG)),
	KW_PLANNED("vrrp_netlink_cmd_rcv_bufs", "BYTES",
		   "receive buffer of VRRP netlink command socket"),
	KW_PLANNED("vrrp_netlink_cmd_rcv_bufs_force", "[BOOL]", "exceed rmem_max for it"),
	KW_PLANNED("vrrp_netlink_monitor_rcv_bufs", "BYTES",
		   "receive buffer of VRRP netlink monitor socket"),
	KW_PLANNED("vrrp_netlink_monitor_rcv_bufs_force", "[BOOL]", "exceed rmem_max for it"),
	KW_PLANNED("process_monitor_rcv_bufs", "BYTES", "receive buffer of process event socket"),
	KW_PLANNED("process_monitor_rcv_bufs_force", "[BOOL]", "exceed rmem_max for it"),
	KW_PLANNED("lvs_netlink_cmd_rcv_bufs", "BYTES",
		   "receive buffer of checker netlink command socket"),
	KW_PLANNED("lvs_netlink_cmd_rcv_bufs_force", "[BOOL]", "exceed rmem_max for it"),
	KW_PLANNED("lvs_netlink_monitor_rcv_bufs", "BYTES",
		   "receive buffer of checker netlink monitor socket"),
	KW_PLANNED("lvs_netlink_monitor_rcv_bufs_force", "[BOOL]", "exceed rmem_max for it"),
	KW_PLANNED("rs_init_notifies", "[BOOL]",
		   "send real server notifications for initial state"),
	KW_PLANNED("vrrp_rx_bufs_policy", "MTU|ADVERT|BYTES",
		   "how to size VRRP socket receive buffers"),
	KW_PLANNED("vrrp_rx_bufs_multiplier", "N >= 1",
		   "multiplier for the MTU and ADVERT policies"),
	KW("vrrp_startup_delay", "TIMER >= 0.001",
	   "ignore adverts and hold VRRP after daemon start (default 0)", ONE_ARG,
	   KW_STORE(struct draft_global, startup_delay, .kind = KW_DECIMAL, .lo = 1000000,
		    .hi = 4294 * CONF_SECOND_NS, .outside = KW_IGNORE)),
	KW_PLANNED("vrrp_delay_after_boot", "TIMER >= 0.001",
		   "hold VRRP until this much system uptime"),
	KW_PLANNED("log_unknown_vrids", "", "log adverts for VRIDs not configured"),
	KW("vrrp_owner_ignore_adverts", "[BOOL]", "priority 255 instances discard received adverts",
	   .max_args = 1, KW_STORE(struct draft_global, owner_ignore_adverts, .kind = KW_BOOL)),
	KW_PLANNED("vmac_prefix", "STRING", "name prefix for generated VMAC interfaces"),
	KW_PLANNED("vmac_addr_prefix", "STRING", "name prefix for per-address VMAC interfaces"),
	KW_PLANNED("umask", "NUMBER | IRUSR|IWGRP|... joined by |",
		   "file creation mask; command line wins"),
	KW_PLANNED("random_seed", "UINT", "seed of ${_RANDOM}"),
	KW_PLANNED("reload_check_config", "[LOGFILE]",
		   "test the new configuration before reloading it"),
	KW_PLANNED("reload_time_file", "PATH", "file holding the time of a scheduled reload"),
	KW_PLANNED("reload_repeat", "", "keep time-only file so reload repeats daily"),
	KW_PLANNED("reload_file", "[PATH]",
		   "marker file present while configuration is being read"),
	KW_PLANNED("include_check", "[[+|-]read|match|wildcard_match|brace_match ...]",
		   "strictness of include directives"),
	KW_PLANNED("config_save_dir", "DIR", "keep copies of configuration around reloads"),
	KW_PLANNED("tmp_config_directory", "DIR",
		   "hold the consolidated configuration copy on disk"),
	KW("data_use_instance", "[BOOL]", "add instance and namespace to dump file names",
	   .max_args = 1,
	   KW_STORE(struct draft_global, process.data_use_instance, .kind = KW_BOOL)),
	KW("json_version", "1|2", "layout of the JSON dump", ONE_ARG,
	   KW_STORE(struct draft_global, process.json_version, .kind = KW_INT, .lo = 1, .hi = 2,
		    .outside = KW_IGNORE)),
	KW_PLANNED("iproute_usr_dir", "DIR", "vendor directory of iproute2 name tables"),
	KW_PLANNED("iproute_etc_dir", "DIR", "override directory of iproute2 name tables"),
	KW("state_dump_file", "PATH; trailing / = directory", "where SIGUSR1 dumps go", ONE_ARG,
	   .set = kw_store_string, .arg = offsetof(struct draft_global, process.state_file)),
	KW("stats_dump_file", "PATH; trailing / = directory", "where SIGUSR2 dumps go", ONE_ARG,
	   .set = kw_store_string, .arg = offsetof(struct draft_global, process.stats_file)),
	KW("json_dump_file", "PATH; trailing / = directory", "where SIGRTMIN+2 dumps go", ONE_ARG,
	   .set = kw_store_string, .arg = offsetof(struct draft_global, process.json_file)),
	KW_END,
};
