/* What keepalived.conf says, as structs. Filled once by conf_load, const from then on: the run-time
 * structs of vrrp/, track/, check/ and lvs/ point here and copy nothing. A reload makes a new one.
 *
 * Times are nanoseconds. Lists are linked in the order of the file. All memory belongs to the
 * arena.
 */
#ifndef DAEMON_CONF_VIPD_CONF_H
#define DAEMON_CONF_VIPD_CONF_H

#include "daemon/conf/conf_track.h"
#include "lib/conf/conf.h"
#include "lib/ipvs/ipvs.h"
#include "lib/nl/route.h"
#include "lib/wire/wire.h"

#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#define CONF_FOR_EVER UINT32_MAX

struct conf_vip {
	struct wire_ip ip;
	uint8_t prefix_len;
	char ifname[IFNAMSIZ]; /* "": the instance's interface */
	char label[IFNAMSIZ];
	uint8_t scope;	/* RT_SCOPE_* */
	bool no_track;	/* its interface does not matter for FAULT, nor that it is removed */
	unsigned flags; /* NL_ADDR_HOME, MNGTMPADDR, NOPREFIXROUTE, AUTOJOIN */
	/* IPv6 only */
	bool dad;		  /* -nodad: duplicate address detection stays on */
	uint32_t preferred_s;	  /* preferred_lft; CONF_FOR_EVER, 0: deprecated, never a source */
	struct wire_ip broadcast; /* family 0: none */
	struct wire_ip peer;	  /* family 0: none */
	struct conf_vip *next;
};

/* As the kernel is to know it; text: as the print says it, equal texts are equal routes. */
struct conf_route {
	struct nl_whole_route route;
	struct conf_pos pos;
	const char *text;
	const char *key; /* nl_route_key */
	bool no_track;
	struct conf_route *next;
};

struct conf_rule {
	struct nl_whole_rule rule;
	struct conf_pos pos;
	const char *text;
	bool no_track;
	struct conf_rule *next;
};

/* track_group: instances that need the interfaces of static items. */
struct conf_track_group {
	const char *name;
	struct conf_pos pos;
	struct conf_track_member *members;
	struct conf_track_need *needs;
	struct conf_track_group *next;
};

struct conf_track_member {
	const char *name; /* of the instance */
	struct conf_track_member *next;
};

/* What a static item of the group needs. item: its conf_vip, conf_route or conf_rule. */
struct conf_track_need {
	const void *item;
	const char *ifname;
	struct conf_track_need *next;
};

struct conf_track_if {
	char ifname[IFNAMSIZ];
	int weight; /* 0: fault; -254..254 */
	bool reverse;
	struct conf_track_if *next;
};

struct conf_unicast_peer {
	struct wire_ip ip;
	uint8_t min_ttl, max_ttl; /* of what it sends, when it arrives; 0, 255 */
	struct conf_unicast_peer *next;
};

struct conf_notify {
	struct conf_script master, backup, fault, stop, any;
	struct conf_script deleted; /* of instances; none: a removed one reports FAULT */
	bool deleted_set;
	struct conf_script lower_priority; /* of instances: a master hears a weaker one */
};

enum conf_auth { CONF_AUTH_NONE, CONF_AUTH_PASS, CONF_AUTH_AH };

#define CONF_HMAC_KEY_MIN 32
#define CONF_HMAC_KEY_MAX 64

struct conf_hmac_key {
	uint8_t id; /* 1..255 */
	uint8_t n_bytes;
	uint8_t bytes[CONF_HMAC_KEY_MAX];
	const char *text; /* as it was written */
	struct conf_hmac_key *next;
};

/* Enforce: a trailer must be there. Permissive: sends one, and takes adverts without. Receive-only:
 * as permissive, and sends none. One that is there is always checked. */
enum conf_hmac_mode { CONF_HMAC_ENFORCE, CONF_HMAC_PERMISSIVE, CONF_HMAC_RECEIVE_ONLY };

struct conf_hmac { /* auth_hmac */
	enum conf_hmac_mode mode;
	bool monotonic;	   /* anti_replay: not by time */
	unsigned window_s; /* time_window */
	const struct conf_hmac_key *active;
	struct conf_hmac_key *keys;
};

/* Before 1.3.7 keepalived summed the multicast group in place of the peer (version 3 unicast over
 * IPv4). Who sends so is answered so. */
enum conf_old_checksum { CONF_OLD_SUM_DETECT, CONF_OLD_SUM_ALWAYS, CONF_OLD_SUM_NEVER };

struct conf_instance {
	const char *name;
	struct conf_pos pos;
	uint8_t version; /* 2 or 3 */
	sa_family_t family;
	char ifname[IFNAMSIZ];
	uint8_t vrid;
	uint8_t priority;	     /* 1..255; 255: address owner */
	bool state_master;	     /* `state MASTER` */
	int64_t advert_ns;	     /* already rounded to what the version can carry */
	unsigned down_timer_adverts; /* 3 */
	bool nopreempt;
	int64_t preempt_delay_ns;
	bool accept;
	bool dont_track_primary;
	enum conf_auth auth;
	uint8_t auth_data[VRRP_AUTH_BYTES];
	struct conf_hmac *hmac;	    /* NULL: none */
	struct wire_ip mcast_group; /* 224.0.0.18 or the configured group */
	struct wire_ip source;	    /* mcast_src_ip or unicast_src_ip; family 0: the interface's */
	uint8_t unicast_ttl;
	bool check_unicast_src;	   /* only peers are heard */
	bool fault_no_peer;	   /* unicast was asked for, without peers: FAULT */
	bool owner_ignore_adverts; /* priority 255 hears nobody */
	enum conf_old_checksum old_checksum;
	struct conf_unicast_peer *peers; /* NULL: multicast */
	struct conf_vip *vips;		 /* in adverts */
	struct conf_vip *vips_excluded;	 /* not in adverts */
	unsigned n_vips;		 /* of vips */
	/* gratuitous ARP */
	unsigned garp_repeat;		 /* garp_master_repeat, 5 */
	int64_t garp_delay_ns;		 /* second burst after; garp_master_delay, 5 s; 0: none */
	int64_t garp_refresh_ns;	 /* 0: none */
	unsigned garp_refresh_repeat;	 /* 1 */
	unsigned garp_lower_prio_repeat; /* as garp_repeat */
	int64_t garp_lower_prio_delay_ns;
	bool lower_prio_no_advert;
	bool higher_prio_send_advert;
	bool skip_check_adv_addr;
	bool v3_checksum_as_v2;
	struct conf_route *routes; /* while MASTER */
	struct conf_rule *rules;
	struct conf_track_if *track_ifs;
	struct conf_track *tracks;
	struct conf_track_if *static_ifs; /* by its track_group */
	struct conf_notify notify;
	bool notify_priority_changes;	     /* to the FIFOs */
	const struct conf_sync_group *group; /* NULL: none */
	struct conf_instance *next;
};

struct conf_sync_member {
	const struct conf_instance *instance;
	struct conf_sync_member *next;
};

struct conf_sync_group {
	const char *name;
	struct conf_pos pos;
	struct conf_sync_member *members;
	unsigned n_members;
	struct conf_track_if *track_ifs; /* apply to each member */
	struct conf_track *tracks;	 /* too */
	bool tracking_weight;		 /* members keep weighted trackers of their own */
	struct conf_notify notify;
	struct conf_sync_group *next;
};

enum conf_check_kind { CONF_CHECK_TCP, CONF_CHECK_HTTP };

struct conf_url {
	const char *path;
	const char *digest;	       /* 32 hex digits; NULL: not checked */
	uint16_t status_lo, status_hi; /* 200..299 by default */
	const char *virtualhost;       /* NULL: as the check */
	struct conf_url *next;
};

struct conf_check {
	enum conf_check_kind kind;
	struct conf_pos pos;
	struct wire_ip ip; /* family 0: the real server's */
	uint16_t port;	   /* 0: the real server's */
	struct wire_ip bind_ip;
	uint16_t bind_port;
	int64_t connect_timeout_ns; /* 5 s */
	unsigned retry;		    /* failures after the first before it counts */
	int64_t delay_before_retry_ns;
	int64_t delay_loop_ns;
	int64_t warmup_ns;
	bool http_1_1;
	const char *virtualhost;
	struct conf_url *urls;
	struct conf_check *next;
};

struct conf_real_server {
	struct conf_pos pos;
	struct wire_ip ip;
	uint16_t port;
	enum ipvs_method method; /* the service's unless overridden */
	int weight;
	uint32_t upper_threshold, lower_threshold;
	bool inhibit_on_failure;
	bool alpha; /* starts down */
	const char *virtualhost;
	struct conf_script notify_up, notify_down;
	struct conf_check *checks;
	struct conf_real_server *next;
};

struct conf_virtual_server {
	struct conf_pos pos;
	struct ipvs_service service; /* as the kernel is to know it */
	enum ipvs_method method;
	int64_t delay_loop_ns;
	bool ha_suspend;
	bool alpha, omega;
	unsigned quorum;     /* 1 */
	unsigned hysteresis; /* 0 */
	struct conf_script quorum_up, quorum_down;
	const char *virtualhost;
	struct conf_real_server *sorry; /* NULL: none */
	bool sorry_inhibit;
	struct conf_real_server *servers;
	struct conf_virtual_server *next;
};

struct conf_lvs_sync {
	bool set;
	char ifname[IFNAMSIZ];
	const struct conf_instance *instance; /* NULL: master and backup at once */
	uint8_t syncid;
	uint16_t maxlen_bytes;
	uint16_t port;
	uint8_t ttl;
	struct wire_ip group;
};

struct conf_nft {	   /* where no_accept puts its rules */
	const char *table; /* vipd */
	int priority;	   /* -1 */
	bool counters;
};

struct conf_task { /* how the process is to be run */
	bool nice_set;
	int nice;	   /* -20..19 */
	int rt_priority;   /* SCHED_RR 1..99; 0: no */
	int64_t rttime_us; /* RLIMIT_RTTIME; with rt_priority */
	cpu_set_t cpus;	   /* none: all */
	bool no_swap;	   /* mlockall */
	const char *name;  /* NULL: as it is */
};

struct conf_process {
	struct conf_task vrrp;	  /* what keepalived says of its VRRP process */
	struct conf_task checker; /* ... of its checker: for a vipd without VRRP (-C) */
	bool data_use_instance, use_pid_dir;
	unsigned json_version;				 /* 1 or 2 */
	const char *state_file, *stats_file, *json_file; /* NULL: the default */
	const char *instance, *namespace;		 /* NULL: none */
};

struct conf_global {
	struct conf_process process;
	struct conf_nft nft;
	const char *router_id;
	int64_t startup_delay_ns;  /* vrrp_startup_delay */
	bool strict;		   /* vrrp_strict */
	bool check_unicast_src;	   /* for all instances */
	bool owner_ignore_adverts; /* likewise */
	bool skip_check_adv_addr;
	uint8_t version; /* vrrp_version, 2 */
	struct wire_ip mcast_group4;
	int64_t garp_interval_ns; /* vrrp_garp_interval: pause between two on one interface */
	int64_t gna_interval_ns;  /* vrrp_gna_interval: the same for neighbour advertisements */
	bool lvs_flush;
	struct conf_lvs_sync lvs_sync;
	const char *script_user,
		*script_group; /* NULL: keepalived_script if there is one, else we */
	bool script_security;
	bool dynamic_interfaces;
	struct conf_fifo fifo, vrrp_fifo; /* notify_fifo, vrrp_notify_fifo */
	bool fifo_states_on_reload;	  /* fifo_write_vrrp_states_on_reload */
};

struct vipd_conf {
	struct arena *arena;
	struct conf_global global;
	struct conf_instance *instances;
	unsigned n_instances;
	struct conf_sync_group *groups;
	struct conf_tracked *tracked; /* scripts, files and processes */
	struct conf_if_delay *if_delays;
	struct conf_virtual_server *services;
	struct conf_vip *static_addrs; /* each with its ifname */
	struct conf_route *static_routes;
	struct conf_rule *static_rules;
	struct conf_track_group *track_groups;
};

/* Reads a file. NULL where an error (not only warnings) was reported. The caller frees the result
 * with vipd_conf_free. config_id: NULL for the host name. */
struct vipd_conf *vipd_conf_load(const char *path, const char *config_id, struct conf_report *r);
/* The same from text, for tests. */
struct vipd_conf *vipd_conf_parse(const char *name, const char *text, struct conf_report *r);
void vipd_conf_free(struct vipd_conf *conf);
/* Canonical keepalived.conf of what was understood, defaults spelled out (vipd -t -d). */
void vipd_conf_print(const struct vipd_conf *conf, struct buf *out);
/* The root keyword table: all 840 words of keepalived 2.4.3. */
extern const struct conf_keyword vipd_conf_keywords[];

#endif
