/* The top of keepalived.conf: its blocks, and the small ones among them. Where each word of the
 * language is known: rows of tables for words that start a statement, struct kw_word for words
 * inside one (kw_words.c keeps the list of those).
 */
#include "daemon/conf/draft.h"

static void *global_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft *d = object;

	(void)b;
	(void)s;
	return &d->global;
}

static void *root_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)b;
	(void)s;
	return object;
}

#define NAMED .min_args = 1, .max_args = 1, .repeats = true
static void *root_word(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	return kw_store_string(b, s, &((struct draft *)object)->global);
}

static void *root_flag(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft *d = object;

	(void)b;
	d->global.process.use_pid_dir =
		(struct draft_value){.set = true, .v = 1, .at = s->word[0].pos};
	return NULL;
}

#define ONE_ARG .min_args = 1, .max_args = 1

const struct conf_keyword vipd_conf_keywords[] = {
	KW("global_defs", "", "daemon-wide settings", .repeats = true, .set = global_open,
	   .block = kw_global_defs),
	KW("net_namespace", "NAME", "run everything inside a named network namespace", ONE_ARG,
	   .set = root_word, .arg = offsetof(struct draft_global, process.namespace)),
	KW_PLANNED("net_namespace_ipvs", "[NAME]",
		   "put IPVS configuration in another network namespace"),
	KW_PLANNED("namespace_with_ipsets", "",
		   "allow ipsets inside a namespace on pre-3.13 kernels"),
	KW("use_pid_dir", "", "keep pid files in RUNDIR/vipd/", .set = root_flag),
	KW("instance", "NAME", "instance name; suffixes the pid file and the control socket",
	   ONE_ARG, .set = root_word, .arg = offsetof(struct draft_global, process.instance)),
	KW_PLANNED("child_wait_time", "SECS (uint)",
		   "how long the parent waits for children at shutdown"),
	KW_PLANNED("linkbeat_use_polling", "", "poll media state on all VRRP interfaces"),
	KW_PLANNED("linkbeat_interfaces", "{ IFNAME [MII|ETHTOOL|IOCTL] ... }",
		   "interfaces whose link is polled"),
	KW("interface_up_down_delays", "", "debounce interface state changes", .repeats = true,
	   .set = root_open, .block = kw_if_delays),
	KW("static_ipaddress", "", "addresses installed permanently, independent of VRRP state",
	   .repeats = true, .set = kw_open_list, .block = kw_static_addresses),
	KW("static_routes", "", "routes installed permanently", .repeats = true,
	   .set = kw_open_list, .block = kw_static_routes),
	KW("static_rules", "", "policy rules installed permanently", .repeats = true,
	   .set = kw_open_list, .block = kw_static_rules),
	KW("track_group", "NAME", "VRRP instances that watch tagged static items", .min_args = 1,
	   .max_args = 1, .repeats = true, .set = kw_new_track_group, .block = kw_track_group),
	KW("track_file", "NAME", "named file whose integer content is tracked", NAMED,
	   .set = kw_new_track_file, .block = kw_track_file),
	KW("vrrp_track_file", "NAME", "alias of track_file", NAMED, .set = kw_new_track_file,
	   .block = kw_track_file),
	KW("vrrp_track_process", "NAME", "named process count monitor", NAMED,
	   .set = kw_new_track_process, .block = kw_track_process),
	KW("vrrp_script", "NAME", "named periodic check script", NAMED, .set = kw_new_script,
	   .block = kw_script),
	KW("vrrp_sync_group", "NAME", "instances that change state together", .min_args = 1,
	   .max_args = 1, .repeats = true, .set = kw_new_group, .block = kw_sync_group),
	KW_PLANNED_BLOCK("garp_group", "", "rate limit for gratuitous ARP and NA per interface",
			 kw_garp_group),
	KW("vrrp_instance", "NAME", "one virtual router", .min_args = 1, .max_args = 1,
	   .repeats = true, .set = kw_new_instance, .block = kw_instance),
	KW_PLANNED_BLOCK("bfd_instance", "NAME (<32 chars)", "one BFD session", kw_bfd),
	KW_PLANNED_BLOCK("SSL", "", "TLS client material shared by SSL_GET checkers", kw_ssl),
	KW_PLANNED("virtual_server_group", "NAME { ENTRY ... }",
		   "named set of virtual addresses and firewall marks"),
	KW("virtual_server", "IPADDR [PORT] | fwmark N | group NAME", "one IPVS virtual service",
	   .min_args = 1, .max_args = 2, .repeats = true, .set = kw_new_service,
	   .block = kw_virtual_server, .end = kw_end_service),
	KW_END,
};

const struct conf_keyword kw_ssl[] = {
	KW_PLANNED("password", "STRING", "pass phrase of the key"),
	KW_PLANNED("ca", "PATH", "CA file for peer verification"),
	KW_PLANNED("certificate", "PATH", "client certificate"),
	KW_PLANNED("key", "PATH", "client private key"),
	KW_END,
};
