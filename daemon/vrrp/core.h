/* The VRRP state machine of one virtual router (RFC 9568 section 6, RFC 3768 section 6), pure.
 *
 * Two functions: vrrp_step takes one event and gives a bounded list of actions; vrrp_deadline says
 * when the router wants a TIMEOUT event. There is no action that sets a timer: the deadline is
 * derived from state, so a timer that somebody forgot to cancel cannot exist.
 *
 * Time comes in with each event and never goes back. The router keeps no pointer to anything but
 * its const configuration. Shells step members of sync groups through group.h, which steps the
 * other members where the group asks for it, and lone routers too.
 *
 * What a shell promises: packets that can be read are stepped before a TIMEOUT that is due (a
 * process that was stopped listens before it acts); actions are carried out in their order.
 */
#ifndef DAEMON_VRRP_CORE_H
#define DAEMON_VRRP_CORE_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/mono.h"
#include "lib/wire/wire.h"

enum vrrp_state { VRRP_INIT, VRRP_BACKUP, VRRP_MASTER, VRRP_FAULT };

enum vrrp_event_kind {
	VRRP_EV_START,	 /* INIT: the interface and everything tracked with weight 0 is well */
	VRRP_EV_STOP,	 /* the daemon or the instance ends: back to INIT */
	VRRP_EV_ADVERT,	 /* a valid advert (advert.c accepted it) */
	VRRP_EV_TIMEOUT, /* the deadline has come; too early does nothing */
	VRRP_EV_FAULT,	 /* something that the router cannot do without has failed; from INIT too */
	VRRP_EV_RECOVER, /* ... and all of it is well again; elsewhere: a new primary address */
	VRRP_EV_PRIORITY, /* tracked weights changed the effective priority */
	VRRP_EV_GROUP,	  /* the sync group orders this member into a state (group.c) */
	VRRP_EV_ANNOUNCE, /* MASTER: clients may be misled, announce again (group.c; or a shell that
			     had to restore an address) */
	VRRP_EV_HANDOVER, /* MASTER: let another take over, and do not preempt it; see below */
	VRRP_EV_LOST,	  /* MASTER: somebody has removed what it had set. It steps down with
			     priority 0 and is back after its skew time, unless a peer is first */
	VRRP_EV_RELOAD /* the configuration was replaced by one for the same router. The effective
			  priority stays: a PRIORITY follows where it changed */
};

struct vrrp_event {
	enum vrrp_event_kind kind;
	mono_t now;
	union {
		struct {
			uint8_t priority;
			int64_t interval_ns; /* the sender's */
			struct wire_ip src;
		} advert;
		uint8_t priority;		  /* PRIORITY: new effective priority, 1..255 */
		enum vrrp_state group_to;	  /* GROUP: MASTER, BACKUP or FAULT */
		const struct conf_instance *conf; /* RELOAD */
		struct wire_ip primary; /* START, RECOVER: the source address of adverts */
	};
};

enum vrrp_action_kind {
	VRRP_ACT_SEND_ADVERT,	 /* priority */
	VRRP_ACT_ADD_VIPS,	 /* from now on the addresses of conf are wanted */
	VRRP_ACT_DEL_VIPS,	 /* from now on none are */
	VRRP_ACT_ANNOUNCE,	 /* gratuitous ARP / NA for all VIPs, repeat times */
	VRRP_ACT_ANNOUNCE_GROUP, /* ANNOUNCE events for the other members (group.c does it; a shell
				    has nothing to do) */
	VRRP_ACT_NOTIFY,	 /* state; VRRP_INIT: stopped */
	VRRP_ACT_COUNT		 /* counter */
};

enum vrrp_counter {
	VRRP_CNT_BECAME_MASTER,
	VRRP_CNT_RELEASED_MASTER,
	VRRP_CNT_PRIORITY_ZERO_RECEIVED,
	VRRP_CNT_PRIORITY_ZERO_SENT,
	VRRP_CNT_N
};

struct vrrp_action {
	enum vrrp_action_kind kind;
	union {
		uint8_t priority;
		unsigned repeat;
		enum vrrp_state state;
		enum vrrp_counter counter;
	};
};

#define VRRP_ACTIONS_MAX 12

struct vrrp_actions {
	unsigned n;
	struct vrrp_action at[VRRP_ACTIONS_MAX];
};

struct vrrp_router {
	const struct conf_instance *conf;
	enum vrrp_state state;
	bool faulted;		  /* by its own failure; in FAULT without it: by its group's */
	bool wants_master;	  /* BACKUP in a group: its master is silent, it would take over */
	bool heard;		  /* another router spoke for this VRID since we began */
	bool yielded;		  /* BACKUP: it has handed over, and follows whoever is master */
	uint8_t priority;	  /* effective */
	struct wire_ip primary;	  /* our source address, for ties */
	int64_t master_advert_ns; /* the interval that the master-down timer counts in */
	struct wire_ip master;	  /* BACKUP: who was heard last as master; family 0: nobody */
	mono_t down_at;		  /* BACKUP: when the master counts as dead */
	mono_t advert_at;	  /* MASTER: when the next advert is due */
	mono_t preempt_at;  /* BACKUP: until then a weaker master is followed; NEVER: it has not
			       been heard yet */
	mono_t announce_at; /* MASTER: the second burst, or MONO_NEVER */
	unsigned announce_repeat; /* of the second burst */
	mono_t refresh_at;	  /* MASTER: the next refreshing announcement, or MONO_NEVER */
};

/* In INIT, with the configured priority. */
void vrrp_router_init(struct vrrp_router *r, const struct conf_instance *conf);
/* actions is emptied first. */
void vrrp_step(struct vrrp_router *r, const struct vrrp_event *e, struct vrrp_actions *actions);
/* When the router wants VRRP_EV_TIMEOUT, or MONO_NEVER. After a TIMEOUT it lies ahead. */
mono_t vrrp_deadline(const struct vrrp_router *r);

/* A planned hand-over: the master resigns with priority 0 and follows its successor, even a weaker
 * one, until that one falls silent. When nobody speaks for as long as the slowest backup that has
 * missed the resignation may take (vrrp_handover_ns), it takes over again: an address that nobody
 * owns is worse than a hand-over that failed. Backups are silent, so a master that was never
 * anything else knows of none: that is VRRP_HANDOVER_ALONE, to be insisted on or not. */
enum vrrp_handover { VRRP_HANDOVER_CAN, VRRP_HANDOVER_NOT_MASTER, VRRP_HANDOVER_ALONE };
enum vrrp_handover vrrp_handover_check(const struct vrrp_router *r);
int64_t vrrp_handover_ns(const struct vrrp_router *r);

/* Skew_Time in ns: v2 (256 - priority) / 256 s; v3 (256 - priority) * interval / 256. */
int64_t vrrp_skew_ns(uint8_t version, uint8_t priority, int64_t interval_ns);
/* Master_Down_Interval in ns: down_timer_adverts * interval + skew. */
int64_t vrrp_down_ns(const struct vrrp_router *r);
const char *vrrp_state_text(enum vrrp_state s); /* "MASTER" */

#endif
