/* What a keepalived.conf says before its defaults are known: each value with "was it set" and
 * "where". The keyword tables (kw_*.c) fill drafts; finish_vrrp.c and finish_lvs.c turn them into
 * the const structs of vipd_conf.h, with keepalived's defaults and corrections. Private to
 * daemon/conf.
 */
#ifndef DAEMON_CONF_DRAFT_H
#define DAEMON_CONF_DRAFT_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/must.h"

#include <sched.h>
#include <stddef.h>

#define CONF_SECOND_NS INT64_C(1000000000)

/* Appends to a list of structs that are linked by next. */
#define DRAFT_APPEND(head, item)                                                                   \
	do {                                                                                       \
		__typeof__(&(head)) draft_at = &(head);                                            \
		while (*draft_at)                                                                  \
			draft_at = &(*draft_at)->next;                                             \
		*draft_at = (item);                                                                \
	} while (0)

struct draft_value { /* numbers, truth values (0, 1) and times in ns */
	bool set;
	int64_t v;
	struct conf_pos at;
};

struct draft_name {
	const char *text; /* NULL: not given */
	struct conf_pos at;
	struct draft_name *next;
};

/* What both global_defs (as defaults) and an instance can say. */
struct draft_vrrp {
	struct draft_value version, strict, down_timer_adverts;
	struct draft_value garp_repeat, garp_delay, garp_refresh, garp_refresh_repeat;
	struct draft_value garp_lower_repeat, garp_lower_delay;
	struct draft_value lower_prio_no_advert, higher_prio_send_advert;
	struct draft_value skip_check_adv_addr, v3_checksum_as_v2;
};

struct draft_task { /* one of keepalived's processes */
	struct draft_value nice, rt, rttime, no_swap;
	cpu_set_t cpus; /* none: not given */
	const char *name;
};

struct draft_process {
	struct draft_task vrrp, checker;
	struct draft_value data_use_instance, json_version, use_pid_dir;
	const char *state_file, *stats_file, *json_file;
	const char *instance, *namespace;
};

struct draft_global {
	struct draft_process process;
	struct draft_vrrp vrrp;
	struct draft_value min_garp;
	const char *nft_table;
	struct draft_value nft_priority, nft_counters;
	struct draft_value check_unicast_src, owner_ignore_adverts;
	struct draft_value startup_delay, garp_interval, gna_interval;
	struct draft_value lvs_flush, dynamic_interfaces;
	struct draft_value script_security, notify_priority_changes, fifo_states_on_reload;
	struct wire_ip mcast4, mcast6; /* family 0: not given */
	struct draft_name sync_ifname, sync_instance;
	struct draft_value sync_id, sync_maxlen, sync_port, sync_ttl;
	struct wire_ip sync_group;
};

/* An entry of track_script, track_file or track_process; finish_track.c finds what it names. */
struct draft_track {
	const char *name;
	struct conf_pos at;
	enum conf_tracked_kind kind;
	struct draft_value weight;
	struct draft_value reverse;
	struct draft_track *next;
};

struct draft_tracked {
	struct conf_tracked *out; /* first: kw_store_script */
	struct draft_value interval, timeout, rise, fall, init_fail;
	struct draft_value quorum, quorum_max, terminate_delay, fork_delay, full_command;
	struct draft_value weight, reverse;
	struct draft_tracked *next;
};

struct draft_instance {
	struct conf_instance *out;
	struct draft_track *tracks;
	struct draft_value notify_priority_changes;
	struct draft_vrrp vrrp;
	struct draft_value state; /* 1: MASTER */
	struct draft_value vrid, priority, advert, preempt, preempt_delay, accept;
	struct draft_value dont_track_primary, no_vip, native_ipv6;
	struct draft_value auth_type; /* enum conf_auth */
	struct draft_value unicast;   /* any unicast word: where */
	struct draft_value unicast_ttl;
	/* finish_cast.c */
	struct draft_value check_unicast_src, unicast_fault_no_peer, owner_ignore_adverts;
	struct draft_value old_checksum; /* enum conf_old_checksum */
	struct wire_ip mcast_dst;
	struct draft_value hmac_active, hmac_window; /* auth_hmac */
	struct conf_pos hmac_at;
	struct conf_pos mcast_dst_at, source_at, ifname_at;
	bool authentication;
	bool vrid_bad; /* reported already */
	struct draft_instance *next;
};

struct draft_group {
	struct conf_sync_group *out;
	struct draft_name *members;
	struct draft_track *tracks;
	struct draft_value tracking_weight, notify_priority_changes;
	struct draft_group *next;
};

/* What a service, a real server and a check can say; each inherits what it does not. */
struct draft_check_defaults {
	struct draft_value retry, delay_before_retry, warmup, connect_timeout, delay_loop;
};

struct draft_check {
	struct conf_check *out;
	struct draft_check_defaults timing;
	bool bad; /* reported: dropped */
	struct draft_check *next;
};

struct draft_server {
	struct conf_real_server *out;
	struct draft_value weight, method, inhibit, alpha, upper, lower;
	struct draft_check_defaults timing;
	struct draft_check *checks;
	struct draft_server *next;
};

struct draft_service {
	struct conf_virtual_server *out;
	const char *name; /* as messages name it */
	struct draft_value family, protocol, method, sorry_method, sorry_inhibit;
	struct draft_value scheduler_at, ops, persistence, granularity;
	struct draft_value ha_suspend, alpha, omega, quorum, hysteresis, weight, inhibit;
	struct draft_check_defaults timing;
	struct draft_server *servers;
	struct draft_server *sorry;
	struct draft_service *next;
};

struct draft {
	struct vipd_conf *conf;
	struct draft_global global;
	struct draft_instance *instances;
	struct draft_group *groups;
	struct draft_service *services;
	struct draft_tracked *tracked;
	unsigned rules_without_priority[2]; /* of IPv4, of IPv6 */
};

/* ---- rows ---------------------------------------------------------------------------------- */

/* Known by name; a warning says that it has no effect. */
#define KW_PLANNED(name_, args_, help_)                                                            \
	{                                                                                          \
		.name = (name_), .args = (args_), .help = (help_), .support = CONF_PLANNED,        \
		.max_args = CONF_ANY, .repeats = true, .block_optional = true                      \
	}
#define KW_PLANNED_BLOCK(name_, args_, help_, table_)                                              \
	{                                                                                          \
		.name = (name_), .args = (args_), .help = (help_), .support = CONF_PLANNED,        \
		.max_args = CONF_ANY, .repeats = true, .block = (table_), .block_optional = true   \
	}
/* Takes effect; the rest of the row are designated initialisers. */
#define KW(name_, args_, help_, ...)                                                               \
	{                                                                                          \
		.name = (name_), .args = (args_), .help = (help_), .support = CONF_SUPPORTED,      \
		__VA_ARGS__                                                                        \
	}
#define KW_END                                                                                     \
	{                                                                                          \
		0                                                                                  \
	}

enum kw_kind {
	KW_FLAG,    /* no argument: 1 */
	KW_UNFLAG,  /* no argument: 0 */
	KW_BOOL,    /* [BOOL], 1 where it is left out */
	KW_INT,	    /* lo..hi */
	KW_SECS,    /* whole seconds, lo..hi in seconds; stored in ns */
	KW_DECIMAL, /* decimal seconds, lo..hi in ns */
};

/* What becomes of a number out of range. keepalived corrects most of them and goes on. */
enum kw_outside { KW_ERROR, KW_IGNORE, KW_CLAMP, KW_USE };

struct kw_value {
	size_t offset; /* of the draft_value in the object */
	enum kw_kind kind;
	int64_t lo, hi;
	enum kw_outside outside;
	int64_t use; /* with KW_USE */
};

#define KW_STORE(type, member, ...)                                                                \
	.set = kw_store, .arg = (intptr_t) & (const struct kw_value)                               \
	{                                                                                          \
		.offset = offsetof(type, member), __VA_ARGS__                                      \
	}

/* ---- words inside a statement --------------------------------------------------------------- */

/* "dev", "weight" and the like. A name in parentheses is a place, not a word: "(address)". */
struct kw_word {
	const char *name;
	const char *args;
	const char *help;
	enum conf_support support;
	uint8_t n_args;
};

#define KW_WORD(name_, args_, help_, n_)                                                           \
	{                                                                                          \
		.name = (name_), .args = (args_), .help = (help_), .support = CONF_SUPPORTED,      \
		.n_args = (n_)                                                                     \
	}
#define KW_WORD_PLANNED(name_, args_, help_, n_)                                                   \
	{                                                                                          \
		.name = (name_), .args = (args_), .help = (help_), .support = CONF_PLANNED,        \
		.n_args = (n_)                                                                     \
	}

/* Reads the option at s->word[*at] and moves *at behind its arguments. NULL: not to be stored;
 * unknown, incomplete and not yet supported ones were reported. The caller's arguments are
 * s->word[was + 1...]. what names the statement in messages. */
const struct kw_word *kw_option(struct conf_bind *b, const struct kw_word *words,
				const struct conf_stmt *s, int *at, const char *what);
/* The n-th statement that has such words ("vrrp_instance.virtual_ipaddress"); NULL: no more. */
const struct kw_word *kw_words_at(size_t n, const char **path);
const struct kw_word *kw_word_find(const struct kw_word *words, const char *name);

/* Warns that a word is known and has no effect; says what happens instead if instead is given. */
void kw_warn_planned(struct conf_bind *b, const struct conf_word *w, const char *instead);

/* ---- setters -------------------------------------------------------------------------------- */

static inline struct draft *kw_draft(const struct conf_bind *b)
{
	return b->root;
}

/* By the row's struct kw_value. */
void *kw_store(struct conf_bind *b, const struct conf_stmt *s, void *object);
/* The same for one word of a statement; name is what messages call it. False: reported. */
bool kw_store_word(struct conf_bind *b, const struct conf_word *w, const char *name,
		   const struct kw_value *k, struct draft_value *out);
/* arg: offset of a const char * in the object. */
void *kw_store_string(struct conf_bind *b, const struct conf_stmt *s, void *object);
/* Accepts and does nothing: words that mean nothing in any version. */
void *kw_store_nothing(struct conf_bind *b, const struct conf_stmt *s, void *object);
/* arg: offset of a struct conf_script in *(void **)object, the draft's out. */
void *kw_store_script(struct conf_bind *b, const struct conf_stmt *s, void *object);
/* Stores "USER [[:]GROUP]" from word w on. */
void kw_store_user(const struct conf_stmt *s, int w, const char **user, const char **group);
/* track_script, track_file and track_process of instances and groups; object is a struct
 * draft_track **. */
void *kw_store_track_script(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_store_track_file(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_store_track_process(struct conf_bind *b, const struct conf_stmt *s, void *object);
/* track_interface of instances and groups; object is a struct conf_track_if **. */
void *kw_store_track_if(struct conf_bind *b, const struct conf_stmt *s, void *object);

/* An address without prefix. False: reported. */
bool kw_ip(struct conf_bind *b, const struct conf_word *w, struct wire_ip *out);
/* An interface name of less than IFNAMSIZ bytes. False: reported. */
bool kw_ifname(struct conf_bind *b, const struct conf_word *w, char out[static IFNAMSIZ]);
bool wire_ip_multicast(const struct wire_ip *ip);

static inline bool draft_on(const struct draft_value *v)
{
	return v->set && v->v;
}

static inline int64_t draft_or(const struct draft_value *v, int64_t otherwise)
{
	return v->set ? v->v : otherwise;
}

/* ---- tables (kw_*.c) ------------------------------------------------------------------------ */

extern const struct conf_keyword kw_global_defs[];
extern const struct conf_keyword kw_instance[];
extern const struct conf_keyword kw_sync_group[];
extern const struct conf_keyword kw_addresses[];
extern const struct conf_keyword kw_addresses_excluded[];
extern const struct conf_keyword kw_unicast_peers[];
extern const struct conf_keyword kw_track_interfaces[];
extern const struct conf_keyword kw_track_scripts[];
extern const struct conf_keyword kw_if_delays[];
extern const struct conf_keyword kw_track_files[];
extern const struct conf_keyword kw_track_processes[];
extern const struct conf_keyword kw_routes[];
extern const struct conf_keyword kw_rules[];
extern const struct conf_keyword kw_static_addresses[];
extern const struct conf_keyword kw_static_routes[];
extern const struct conf_keyword kw_static_rules[];
extern const struct conf_keyword kw_virtual_server[];
extern const struct conf_keyword kw_real_server[];
extern const struct conf_keyword kw_tcp_check[];
extern const struct conf_keyword kw_http_get[];
extern const struct conf_keyword kw_ssl_get[];
extern const struct conf_keyword kw_misc_check[];
extern const struct conf_keyword kw_smtp_check[];
extern const struct conf_keyword kw_dns_check[];
extern const struct conf_keyword kw_udp_check[];
extern const struct conf_keyword kw_ping_check[];
extern const struct conf_keyword kw_file_check[];
extern const struct conf_keyword kw_bfd_check[];
extern const struct conf_keyword kw_garp_group[];
extern const struct conf_keyword kw_track_group[];
extern const struct conf_keyword kw_track_file[];
extern const struct conf_keyword kw_track_process[];
extern const struct conf_keyword kw_script[];
extern const struct conf_keyword kw_bfd[];
extern const struct conf_keyword kw_ssl[];
extern const struct conf_keyword kw_auth_hmac[];

extern const struct kw_word kw_words_address[];
extern const struct kw_word kw_words_static_address[];
extern const struct kw_word kw_words_static_path[];
extern const struct kw_word kw_words_peer[];
extern const struct kw_word kw_words_hmac_key[];
extern const struct kw_word kw_words_old_checksum[];
extern const struct kw_word kw_words_track_if[];
extern const struct kw_word kw_words_tracked[];
extern const struct kw_word kw_words_if_delay[];
extern const struct kw_word kw_words_reverse[];
extern const struct kw_word kw_words_init_file[];
extern const struct kw_word kw_words_param_match[];
extern const struct kw_word kw_words_syncd[];
extern const struct kw_word kw_words_dynamic[];
extern const struct kw_word kw_words_scheduler[];
extern const struct kw_word kw_words_method[];
extern const struct kw_word kw_words_routes[];
extern const struct kw_word kw_words_nexthop[];
extern const struct kw_word kw_words_encap[];
extern const struct kw_word kw_words_encap_ip[];
extern const struct kw_word kw_words_encap_ip6[];
extern const struct kw_word kw_words_rules[];

/* One address with its options; NULL: not to be stored, reported. group: its track_group, which
 * only static addresses have; NULL: none. */
struct conf_vip *kw_vip(struct conf_bind *b, const struct conf_stmt *s, bool is_static,
			const struct conf_word **group);
/* Leaves the draft's object as it is, for the blocks of lists. */
void *kw_open_list(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_new_track_group(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_new_instance(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_store_old_checksum(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_open_hmac(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_new_group(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_new_script(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_new_track_file(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_new_track_process(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_new_service(struct conf_bind *b, const struct conf_stmt *s, void *object);
void kw_end_service(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_new_check(struct conf_bind *b, const struct conf_stmt *s, void *object);
void kw_end_check(struct conf_bind *b, const struct conf_stmt *s, void *object);

/* kw_process.c. arg: offset of a cpu_set_t, or of a const char *, in the object. */
void *kw_store_cpus(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *kw_store_process_name(struct conf_bind *b, const struct conf_stmt *s, void *object);

/* ---- from drafts to structs ------------------------------------------------------------------ */

void draft_finish_vrrp(struct draft *d, struct conf_report *r);
/* auth_hmac of an instance whose other values are known; and its canonical print. */
void draft_finish_cast(const struct draft *d, const struct draft_instance *from, bool strict,
		       struct conf_report *r);
void draft_print_cast(const struct conf_instance *i, struct buf *out);
void draft_finish_hmac(const struct draft_instance *from, bool strict, struct conf_report *r);
void draft_print_hmac(const struct conf_hmac *h, struct buf *out);
void draft_finish_process(struct draft *d);
/* Words of global_defs; and those that stand before it. */
void draft_print_process(const struct conf_process *p, struct buf *out);
void draft_print_daemon(const struct conf_process *p, struct buf *out);
void draft_finish_groups(struct draft *d, struct conf_report *r);
void draft_finish_lvs(struct draft *d, struct conf_report *r);
/* Behind the groups: what is tracked, and by whom. */
void draft_finish_tracks(struct draft *d, struct conf_report *r);
void draft_print_tracked(const struct vipd_conf *conf, struct buf *out);
void draft_print_tracks(const struct conf_track *list, struct buf *out);
/* " USER GROUP" of a script, or nothing. */
void draft_print_user(const struct conf_script *script, struct buf *out);
/* Instances follow the interfaces of the static items in their track_group. */
void draft_finish_static(struct draft *d, struct conf_report *r);
void draft_print_lvs(const struct vipd_conf *conf, struct buf *out);
void draft_print_static(const struct vipd_conf *conf, struct buf *out);
void draft_print_vip(const struct conf_vip *v, const char *ifname, struct buf *out);
void draft_print_paths(const struct conf_route *routes, const struct conf_rule *rules,
		       struct buf *out);
/* "1.25": seconds without needless digits. out holds 32 bytes; returns out. */
const char *conf_seconds_text(int64_t ns, char *out);
/* A command line in quotes that reads back as the same words. */
void conf_script_print(const struct conf_script *script, struct buf *out);

#endif
