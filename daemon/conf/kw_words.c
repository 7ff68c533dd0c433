/* Which words stand inside which statement, and whether any word of the language is known: the
 * list of the small tables of words (struct kw_word), and the look-up by place and name that
 * tools/keywords and the tests ask.
 */
#include "daemon/conf/draft.h"
#include "daemon/conf/keywords.h"

#include <string.h>

/* What lib/conf does itself, before any keyword is looked at. */
static const struct kw_word parser[] = {
	KW_WORD("#", "text to end of line", "comment start outside double quotes", 1),
	KW_WORD("!", "text to end of line", "comment start outside double quotes", 1),
	KW_WORD("{", "", "opens a block, on keyword line or the next line", 0),
	KW_WORD("}", "", "closes a block; may share a line with other words", 0),
	KW_WORD("(double quotes)", "STRING",
		"double quotes keep blanks and comment characters in one word", 0),
	KW_WORD("(single quotes)", "STRING",
		"single quotes group words, honoured only for scripts and regex", 0),
	KW_WORD("\\# or \\!", "", "backslash stops a comment character starting a comment", 0),
	KW_WORD("\\ESC", "\\a \\b \\E \\f \\n \\r \\t \\v \\NNN \\xHH \\cC",
		"escape sequences decoded inside script and regex strings", 1),
	KW_WORD("include", "PATH|GLOB (wildcards, {a,b} braces)",
		"read more config files; missing ones are silently tolerated", 1),
	KW_WORD("includer", "PATH|GLOB",
		"include; unreadable, directory or executable match is an error", 1),
	KW_WORD("includem", "PATH|GLOB", "include; error when a literal name matches nothing", 1),
	KW_WORD("includew", "PATH|GLOB", "include; error when even a wildcard matches nothing", 1),
	KW_WORD("includeb", "PATH|GLOB", "include; error when any brace alternative is missing", 1),
	KW_WORD("includea", "PATH|GLOB", "include with every strictness check switched on", 1),
	KW_WORD("@ID", "@ID rest-of-line", "keep the line only when the config id equals ID", 1),
	KW_WORD("@^ID", "@^ID rest-of-line",
		"keep the line only when the config id differs from ID", 1),
	KW_WORD("$NAME=", "$NAME=VALUE (name [A-Za-z_][A-Za-z0-9_]*)",
		"define or redefine a text variable, expanded at use time", 1),
	KW_WORD("$NAME= \\", "lines each ending in backslash except the last",
		"define a multi-line variable; use must end its line", 1),
	KW_WORD("$NAME", "followed by blank, comma, ) or end of line",
		"substitute a variable; undefined names are left untouched", 1),
	KW_WORD("${NAME}", "", "substitute a variable anywhere in a line, recursively", 0),
	KW_WORD("${_PWD}", "", "directory of the config file being read", 0),
	KW_WORD("${_INSTANCE}", "", "current config id", 0),
	KW_WORD("${_RANDOM}", "${_RANDOM [MIN [MAX]]}", "random integer, decided at each use", 1),
	KW_WORD("${_ENV}", "${_ENV VARNAME}", "value of an environment variable", 1),
	KW_WORD("${_HASH}", "", "literal hash sign", 0),
	KW_WORD("${_BANG}", "", "literal exclamation mark", 0),
	KW_WORD("~SEQ", "~SEQ(VAR,[START,[STEP,]]END) text",
		"repeat text with VAR stepping through integers", 1),
	KW_WORD("~SEQx", "~SEQx(VAR,[START,[STEP,]]END) text, non-negative",
		"like ~SEQ but VAR is written in hex", 1),
	KW_WORD("~LST", "~LST(VAR,V1,V2,...) text", "repeat text once per listed value of VAR", 1),
	KW_WORD("~LST({})", "~LST({A,B},{a1,b1},{a2,b2}) text; missing values empty",
		"repeat text assigning several variables together", 1),
	KW_END,
};

static const struct kw_word lvs_timeouts[] = {
	KW_WORD_PLANNED("tcp", "SECS 0..2678400", "established TCP timeout", 1),
	KW_WORD_PLANNED("tcpfin", "SECS 0..2678400", "TCP FIN-WAIT timeout", 1),
	KW_WORD_PLANNED("udp", "SECS 0..2678400", "UDP timeout", 1),
	KW_END,
};
static const struct kw_word email[] = {
	KW_WORD_PLANNED("(address)", "EMAIL or Name <EMAIL>, several per line", "one recipient", 0),
	KW_END,
};
static const struct kw_word all[] = {
	KW_WORD_PLANNED("all", "", "include non-VMAC interfaces too", 0),
	KW_END,
};
static const struct kw_word linkbeat[] = {
	KW_WORD_PLANNED("(entry)", "IFNAME [MII|ETHTOOL|IOCTL]",
			"interface and preferred polling method", 0),
	KW_END,
};
static const struct kw_word use_vmac[] = {
	KW_WORD_PLANNED("(ifname)", "IFNAME", "name of the macvlan", 0),
	KW_WORD_PLANNED("name", "IFNAME", "name, when it collides with an option word", 1),
	KW_WORD_PLANNED("(mac)", "5 or 6 hex octets; 5 appends VRID", "override the MAC address",
			0),
	KW_WORD_PLANNED("netlink_notify_msg", "", "force a link message for the parent", 0),
	KW_WORD_PLANNED("group", "NUMBER|NAME", "interface group of the macvlan", 1),
	KW_END,
};
static const struct kw_word use_ipvlan[] = {
	KW_WORD_PLANNED("(ifname)", "IFNAME", "name of the ipvlan", 0),
	KW_WORD_PLANNED("name", "IFNAME", "name, when it collides with an option word", 1),
	KW_WORD_PLANNED("(address)", "IPADDR[/PREFIX]", "own address on the ipvlan", 0),
	KW_WORD_PLANNED("bridge", "", "bridge mode", 0),
	KW_WORD_PLANNED("private", "", "private mode", 0),
	KW_WORD_PLANNED("vepa", "", "VEPA mode", 0),
	KW_WORD_PLANNED("group", "NUMBER|NAME", "interface group of the ipvlan", 1),
	KW_END,
};
static const struct kw_word tracked_bfd[] = {
	KW_WORD_PLANNED("(entry)", "BFD_NAME [weight N [reverse|noreverse]]", "one tracked object",
			0),
	KW_WORD_PLANNED("weight", "-253..253", "priority adjustment instead of FAULT", 1),
	KW_WORD_PLANNED("reverse", "after weight", "swap the direction of the adjustment", 0),
	KW_WORD_PLANNED("noreverse", "after weight", "cancel a reverse set on the object", 0),
	KW_END,
};
static const struct kw_word notify_user[] = {
	KW_WORD("(user)", "USER [GROUP | :GROUP | :]", "run as; colon adds supplementary groups",
		0),
	KW_END,
};
static const struct kw_word excluded[] = {
	KW_WORD("(entry)", "same grammar as virtual_ipaddress",
		"one unadvertised address, may be other family", 0),
	KW_END,
};
static const struct kw_word group_entry[] = {
	KW_WORD_PLANNED("(address)", "IP[-LAST|-IP|/MASK] [PORT]",
			"single address or range, optionally with port", 0),
	KW_WORD_PLANNED("fwmark", "UINT32 [inet|inet6]", "firewall mark entry", 1),
	KW_END,
};
static const struct kw_word method_options[] = {
	KW_WORD_PLANNED("(options)", "same grammar as virtual_server.lvs_method",
			"sorry server tunnel options", 0),
	KW_END,
};
static const struct kw_word file_weight[] = {
	KW_WORD_PLANNED("reverse", "", "swap the direction of the adjustment", 0),
	KW_WORD_PLANNED("noreverse", "", "cancel a reverse set on the file", 0),
	KW_END,
};
static const struct kw_word regex[] = {
	KW_WORD_PLANNED("allow_empty_class", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("alt_bsux", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("auto_callout", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("caseless", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("dollar_endonly", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("dotall", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("dupnames", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("extended", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("firstline", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("match_unset_backref", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("multiline", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("never_ucp", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("never_utf", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("no_auto_capture", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("no_auto_possess", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("no_dotstar_anchor", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("no_start_optimize", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("ucp", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("ungreedy", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("utf", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("never_backslash_c", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("alt_circumflex", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("alt_verbnames", "", "PCRE2 option of that name", 0),
	KW_WORD_PLANNED("use_offset_limit", "", "PCRE2 option of that name", 0),
	KW_END,
};

static const struct {
	const char *path;
	const struct kw_word *words;
} places[] = {
	{"(parser)", parser},
	{"global_defs.lvs_sync_daemon", kw_words_syncd},
	{"global_defs.lvs_timeouts", lvs_timeouts},
	{"global_defs.notification_email", email},
	{"global_defs.dynamic_interfaces", kw_words_dynamic},
	{"global_defs.vrrp_garp_extra_if", all},
	{"linkbeat_interfaces", linkbeat},
	{"interface_up_down_delays", kw_words_if_delay},
	{"track_file.weight", kw_words_reverse},
	{"track_file.init_file", kw_words_init_file},
	{"bfd_instance.weight", kw_words_reverse},
	{"vrrp_script.weight", kw_words_reverse},
	{"vrrp_track_process.param_match", kw_words_param_match},
	{"vrrp_track_process.weight", kw_words_reverse},
	{"vrrp_sync_group.track_interface", kw_words_track_if},
	{"vrrp_sync_group.track_script", kw_words_tracked},
	{"vrrp_sync_group.track_file", kw_words_tracked},
	{"vrrp_sync_group.track_process", kw_words_tracked},
	{"vrrp_sync_group.track_bfd", tracked_bfd},
	{"vrrp_instance.auth_hmac.key", kw_words_hmac_key},
	{"vrrp_instance.track_interface", kw_words_track_if},
	{"vrrp_instance.track_script", kw_words_tracked},
	{"vrrp_instance.track_file", kw_words_tracked},
	{"vrrp_instance.track_process", kw_words_tracked},
	{"vrrp_instance.track_bfd", tracked_bfd},
	{"vrrp_instance.unicast_peer", kw_words_peer},
	{"vrrp_instance.use_vmac", use_vmac},
	{"vrrp_instance.use_ipvlan", use_ipvlan},
	{"vrrp_instance.garp_extra_if", all},
	{"vrrp_instance.old_unicast_checksum", kw_words_old_checksum},
	{"vrrp_instance.notify*", notify_user},
	{"vrrp_instance.virtual_ipaddress", kw_words_address},
	{"vrrp_instance.virtual_ipaddress_excluded", excluded},
	{"static_ipaddress", kw_words_static_address},
	{"vrrp_instance.virtual_routes", kw_words_routes},
	{"vrrp_instance.virtual_routes.nexthop", kw_words_nexthop},
	{"vrrp_instance.virtual_routes.encap", kw_words_encap},
	{"vrrp_instance.virtual_routes.encap.ip", kw_words_encap_ip},
	{"vrrp_instance.virtual_routes.encap.ip6", kw_words_encap_ip6},
	{"static_routes", kw_words_static_path},
	{"vrrp_instance.virtual_rules", kw_words_rules},
	{"static_rules", kw_words_static_path},
	{"virtual_server_group", group_entry},
	{"virtual_server.lvs_sched", kw_words_scheduler},
	{"virtual_server.lvs_method", kw_words_method},
	{"virtual_server.sorry_server_lvs_method", method_options},
	{"virtual_server.real_server.lvs_method", method_options},
	{"virtual_server.real_server.FILE_CHECK.weight", file_weight},
	{"virtual_server.real_server.HTTP_GET.url.regex_options", regex},
	{"virtual_server.real_server.SSL_GET.url.regex_options", method_options},
};

const struct kw_word *kw_words_at(size_t n, const char **path)
{
	if (n >= sizeof(places) / sizeof(places[0]))
		return NULL;
	*path = places[n].path;
	return places[n].words;
}

static const struct conf_keyword *row_find(const struct conf_keyword *table, const char *name,
					   size_t len)
{
	for (; table && table->name; table++)
		if (strlen(table->name) == len && !memcmp(table->name, name, len))
			return table;
	return NULL;
}

/* The table of the block at path, NULL if it has none; planned: a block on the way has no effect.
 */
static const struct conf_keyword *table_find(const char *path, bool *planned)
{
	const struct conf_keyword *table = vipd_conf_keywords;

	if (!strcmp(path, "(root)"))
		return table;
	while (table && *path) {
		size_t len = strcspn(path, ".");
		const struct conf_keyword *row = row_find(table, path, len);

		if (row && row->support != CONF_SUPPORTED)
			*planned = true;
		table = row ? row->block : NULL;
		path += len + (path[len] == '.');
	}
	return table;
}

bool vipd_keyword_find(const char *path, const char *name, enum conf_support *support)
{
	bool planned = false;
	const struct conf_keyword *row = row_find(table_find(path, &planned), name, strlen(name));
	const struct kw_word *word = NULL;

	for (size_t i = 0; !row && !word && i < sizeof(places) / sizeof(places[0]); i++)
		if (!strcmp(places[i].path, path))
			word = kw_word_find(places[i].words, name);
	if (!row && !word)
		return false;
	*support = planned ? CONF_PLANNED : row ? row->support : word->support;
	return true;
}
