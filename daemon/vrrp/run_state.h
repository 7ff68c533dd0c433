/* What the files of the shell (run*.c) share. Nobody else includes it.
 *
 * A *unit* is one virtual router at run time: the pure router and what the world needs around it. A
 * *gate* is one interface for one address family: its socket, its routers, its queue of
 * announcements. A *team* is a sync group, or a single router.
 *
 * One turn (vrrp_run_turn) steps every router that is due, sends the adverts of all of them in
 * batches, and then does the queued work on the kernel piece by piece, looking at the clock again
 * after each: a thousand addresses to add never make an advert late.
 */
#ifndef DAEMON_VRRP_RUN_STATE_H
#define DAEMON_VRRP_RUN_STATE_H

#include "daemon/track/delay.h"
#include "daemon/vrrp/advert.h"
#include "daemon/vrrp/auth.h"
#include "daemon/vrrp/core.h"
#include "daemon/vrrp/due.h"
#include "daemon/vrrp/group.h"
#include "daemon/vrrp/links.h"
#include "daemon/vrrp/paths.h"
#include "daemon/vrrp/plan.h"
#include "daemon/vrrp/port.h"
#include "daemon/vrrp/run.h"
#include "daemon/vrrp/track.h"
#include "lib/nl/nl.h"

#include <linux/if_packet.h>

#define VRID_N	  256
#define UNIT_NONE SIZE_MAX

#define COMPLAINTS_MAX	   8
#define COMPLAINT_FLAG_BIT 24

struct vrrp_stats {
	uint64_t received, sent;
	uint64_t other_addrs; /* adverts with another number or list of addresses, obeyed */
	uint64_t dropped[VRRP_DROP_N];
	uint64_t count[VRRP_CNT_N];
};

struct complaint {
	struct wire_ip sender;
	uint32_t said; /* bits of enum vrrp_drop, and from COMPLAINT_FLAG_BIT vrrp_advert_flag */
};

enum unit_health { UNIT_UNJUDGED, UNIT_WELL, UNIT_ILL };

struct unit {
	struct vrrp_router router; /* first: a router's address is its unit's */
	const struct conf_instance *conf;
	size_t number;
	size_t gate; /* of its interface */
	size_t team;
	size_t next_of_vrid; /* another unit of the same gate and VRID, or UNIT_NONE */
	enum unit_health health;
	struct wire_ip primary; /* source of adverts; family 0: none */
	bool vips;		/* the kernel was given its addresses */
	unsigned vips_waiting;	/* work about its addresses that is not done yet */
	uint16_t ip_id;
	struct vrrp_auth auth;
	bool old_sum;	/* a peer sums as keepalived did before 1.3.7: so do we */
	int send_error; /* the last one, which was logged; 0: sending works */
	struct vrrp_stats stats;
	bool handing_over; /* it has resigned, and nobody was heard yet */
	mono_t resigned_at;
	mono_t entered_at;	    /* its state */
	int64_t entered_wall_ns;    /* the same on the wall clock, for people; 0: never */
	uint8_t ordered_priority;   /* in place of the configured one (vipctl priority); 0: none */
	struct wire_ip last_master; /* who was heard last, and with what; family 0: nobody */
	uint8_t last_master_priority;
	/* what was logged about packets since the state changed; further senders are only counted
	 */
	struct complaint *complaints; /* room for COMPLAINTS_MAX; NULL: never needed */
	unsigned n_complaints;
	/* the weaker master that was answered last, and in which reading */
	struct wire_ip answered;
	uint64_t answered_in;
};

struct announcement {
	size_t unit;
	struct wire_ip ip;
};

struct gate {
	struct vrrp_run *run;
	size_t number;
	char ifname[IFNAMSIZ];
	sa_family_t family;
	bool forwards; /* IPv6: it was a router's interface when last looked at */
	bool speaks;   /* routers use it; otherwise it only carries addresses */
	struct port port;
	struct event *readable;
	/* for packets with an AH, which a VRRP socket does not get; closed where none is wanted */
	struct port ah_port;
	struct event *ah_readable;
	int open_error;			/* the last one, which was logged */
	size_t first_of_vrid[VRID_N];	/* UNIT_NONE: no router */
	VEC(struct announcement) queue; /* waiting for vrrp_garp_interval */
	size_t queue_head;
	mono_t announce_at; /* not before */
};

struct team {
	const struct conf_sync_group *conf; /* NULL: a single router */
	struct vrrp_router **members;
	unsigned n;
	enum vrrp_state state; /* as its notify scripts were told */
};

enum work_kind {
	WORK_LOG, /* that a state was entered, and why */
	WORK_ADD_VIPS,
	WORK_DEL_VIPS,
	WORK_ANNOUNCE,
	WORK_ANNOUNCE_AGAIN, /* all but the first time */
	WORK_NOTIFY,
	WORK_NOTIFY_GROUP,
	WORK_NOTIFY_EVENT
};

/* What scripts and FIFOs hear of besides states. */
enum run_event {
	RUN_HEARD_WEAKER, /* a master has heard a weaker one */
	RUN_PRIORITY_CHANGED
};

struct work {
	enum work_kind kind;
	size_t who; /* unit, or team */
	unsigned repeat;
	enum vrrp_state state;
	uint8_t priority;
	bool deleted;	      /* NOTIFY: the router is gone from the configuration */
	enum run_event event; /* NOTIFY_EVENT */
	/* LOG: the event that led there; kind STOP: nothing to say about it */
	enum vrrp_event_kind cause;
	uint8_t sender_priority;
	struct wire_ip sender;
};

struct work_queue {
	VEC(struct work) work;
	size_t head;
};

#define ANNOUNCE_BATCH	     64
#define ANNOUNCE_FRAME_BYTES 128

/* Announcements that leave together. */
struct announce_frame {
	size_t unit, gate;
	struct wire_ip ip;
	struct sockaddr_ll to;
	size_t len;
	uint8_t bytes[ANNOUNCE_FRAME_BYTES];
};

struct announce_box {
	unsigned n;
	struct announce_frame at[ANNOUNCE_BATCH];
};

/* An operation on the kernel that was sent and whose outcome is not known yet. */
struct op_sent {
	struct plan_op op;
	const char *whose;
};

struct vip_of {
	struct wire_ip ip;
	size_t unit;
};

/* All that is made of one configuration. */
struct table {
	const struct vipd_conf *conf;
	size_t n_units, n_gates, n_teams;
	struct unit *units;
	struct gate *gates;
	struct team *teams;
	struct vrrp_router **members; /* of all teams */
	struct vip_of *vips;	      /* of all units, sorted by address, then unit */
	size_t n_vips;
};

struct run_delay {
	char ifname[IFNAMSIZ];
	struct track_delay delay;
};

struct vrrp_run {
	struct vrrp_run_options o;
	const struct log *log;
	struct nl *nl;
	struct nl_monitor *monitor;
	struct event *monitor_readable;
	struct links links;
	struct track_watch *watch;
	VEC(struct run_delay) delays;
	bool addrs_stale; /* an address that is not ours has changed: read them anew */
	int timer_fd;
	struct event *timer;
	mono_t armed;
	int packet_fd; /* AF_PACKET, for announcements */
	int announce_error;
	struct announce_box announcing;

	struct table t;

	/* numbers: units, then gates (their announcements), then the start */
	struct due due;
	mono_t start_at; /* routers begin then (vrrp_startup_delay) */
	bool started;
	bool firewall;	  /* the table of no_accept is there */
	bool keep_vips;	  /* DEL_VIPS means nothing: a reload plans all addresses together */
	mono_t heard_at;  /* when packets were last read */
	uint64_t reading; /* counts calls of run_receive */
	/* what is being stepped, for the log */
	const struct vrrp_event *cause;
	const struct unit *cause_unit;

	/* in the order of their urgency, see run_work.c */
	struct work_queue work_announce, work_vips, work_again, work_tell;
	VEC(struct op_sent) ops_sent; /* to the kernel, and not answered yet */
	bool ops_wait;		      /* several units are to share one request */
	struct port_outbox outbox;
	struct port_inbox inbox;
};

/* run.c */
/* Does all that is due and all that is queued, arms the timer for the rest. */
void vrrp_run_turn(struct vrrp_run *run);
/* Steps a unit through its team, queues what follows, notes its new deadlines. */
void vrrp_run_step(struct vrrp_run *run, struct unit *u, const struct vrrp_event *e);
/* The deadlines of a new table. */
void run_init_due(struct vrrp_run *run);

/* run_work.c */
void run_work_queue(struct vrrp_run *run, struct work w);
/* Does one piece of what is queued; false: nothing was. */
bool run_work_next(struct vrrp_run *run);
void run_work_free(struct vrrp_run *run);
/* Writes the states of all to the FIFOs (fifo_write_vrrp_states_on_reload). */
void run_repeat_states(struct vrrp_run *run);

/* run_packet.c */
void run_send_advert(struct vrrp_run *run, struct unit *u, uint8_t priority);
void run_flush(struct vrrp_run *run);
/* Takes what waits at a gate, at most a bounded number of packets. */
void run_receive(struct gate *gate);
void run_receive_port(struct gate *gate, const struct port *port);
void run_readable(evutil_socket_t fd, short what, void *gate);

/* run_kernel.c */
int run_kernel_open(struct vrrp_run *run);
void run_kernel_close(struct vrrp_run *run);
void run_apply(struct vrrp_run *run, const plan_addrs *old, const plan_addrs *new,
	       const char *whose);
/* Between these two, operations on the kernel are collected; the end sends them together and logs
 * what failed. */
void run_apply_begin(struct vrrp_run *run);
void run_apply_end(struct vrrp_run *run);
void run_set_vips(struct vrrp_run *run, struct unit *u, bool wanted);
void run_remove_leftovers(struct vrrp_run *run);

/* run_announce.c */
int announce_open(struct vrrp_run *run);
void announce_close(struct vrrp_run *run);
/* Those that need not wait for their turn are collected: they leave with the flush. */
void run_announce(struct vrrp_run *run, struct unit *u, unsigned repeat);
void run_announce_flush(struct vrrp_run *run);
/* Tells the peers of a unicast router where its own address is: a master that could not reach us
 * for a while would first have to ask. */
void run_announce_source(struct vrrp_run *run, const struct unit *u);
/* A gate's queue of announcements has waited long enough. */
void run_announce_next(struct vrrp_run *run, struct gate *gate);

/* run_auth.c */
struct vrrp_auth_env run_auth_env(void);
/* Opens what a gate needs for AH once its port is open. 0 or -errno. */
int run_auth_open(const struct table *t, struct gate *g);
void run_auth_close(struct gate *g);
/* An advert was accepted: a master steps past the sequence of a weaker one. */
void run_auth_heard(struct unit *u, const struct vrrp_advert *advert);
/* run_paths.c */
/* One half of the plan between two lists: the removals, or the rest. */
void run_change_paths(struct vrrp_run *run, const path_list *old, const path_list *new,
		      bool removals, const char *whose);
void run_set_paths(struct vrrp_run *run, const struct unit *u, bool wanted);
void run_remove_left_paths(struct vrrp_run *run);
/* Static items: all that a configuration wants; putting them there, and taking them away. */
void run_want_static(const struct vipd_conf *conf, plan_addrs *addrs, path_list *paths);
void run_set_static(struct vrrp_run *run, bool wanted);
void run_paths_again(struct vrrp_run *run);
void run_watch_paths(struct vrrp_run *run, const struct vipd_conf *conf);
/* Somebody else has removed something of a master's. */
void run_lost(struct vrrp_run *run, struct unit *u, const char *what);
void run_static_gone(struct vrrp_run *run, const struct nl_addr *addr);
void run_on_route(void *run, const struct nl_route_seen *seen, uint32_t cause);
void run_on_rule(void *run, const struct nl_whole_rule *rule, bool gone, uint32_t cause);

/* run_firewall.c */
/* A unit's addresses are about to be set (or were removed): drops packets to them, or not. */
void run_firewall_set(struct vrrp_run *run, const struct unit *u, bool wanted);
/* All of run->t anew, in one step. before: the configuration that the rules are of. */
void run_firewall_reload(struct vrrp_run *run, const struct vipd_conf *before);
/* Removes what a dead predecessor has left; there may be nothing, and no nftables. */
void run_firewall_forget(struct vrrp_run *run);
void run_firewall_close(struct vrrp_run *run, const struct vipd_conf *conf);

/* run_table.c */
/* Units, gates (closed) and teams of a configuration. The gates belong to run. */
void table_build(struct table *t, struct vrrp_run *run, const struct vipd_conf *conf);
/* Closes what is open. */
void table_free(struct table *t);
/* NULL: there is none. */
struct gate *table_gate(const struct table *t, const char *ifname, sa_family_t family);
/* The first row of t->vips with this address; t->n_vips: none. */
size_t table_vip(const struct table *t, const struct wire_ip *ip);
/* Whether it is a virtual address of ours; run is a struct vrrp_run (for links_primary). */
bool run_is_vip(void *run, const struct wire_ip *ip);
/* Opens, closes and reopens the sockets of t as the interfaces are now. 0, or the first -errno;
 * logs each error once. */
int table_open_gates(struct table *t);
/* -ENODEV, logged, where an interface that is needed does not exist and may not come later. */
int table_check_interfaces(const struct table *t, struct vrrp_run *run);

/* run_control.c */
/* A state was entered: when, and whether that ends a hand-over. */
void run_control_entered(struct vrrp_run *run, struct unit *u, enum vrrp_state state);
/* An advert was accepted. */
void run_control_heard(struct vrrp_run *run, struct unit *u, const struct wire_ip *src,
		       uint8_t priority);
/* What vipctl made of the priority that tracking left. */
uint8_t run_control_priority(const struct unit *u, uint8_t tracked);

/* run_delay.c */
void run_delay_configure(struct vrrp_run *run, const struct vipd_conf *conf);
/* Whether an interface counts as up. */
bool run_delay_is_up(struct vrrp_run *run, const char *ifname);
/* Notes when the next change that is waited for counts: then everything is judged again. */
void run_delay_arm(struct vrrp_run *run);

/* run_judge.c */
/* Judges the health of every unit after something about interfaces changed, and tells routers. */
void run_judge(struct vrrp_run *run);

#endif
