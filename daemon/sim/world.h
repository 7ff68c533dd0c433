/* Inside of the simulator: what a run consists of. Used by world.c, bus.c and check.c only. */
#ifndef DAEMON_SIM_WORLD_H
#define DAEMON_SIM_WORLD_H

#include "daemon/sim/sim.h"
#include "lib/base/rng.h"
#include "lib/base/vec.h"

#define SIM_ENDS_MAX   (SIM_NODES_MAX + 1) /* nodes, and the client: end n_nodes */
#define SIM_FRAME_MAX  40
#define SIM_NOT_BEFORE INT64_MIN

/* Something on its way to an end: a frame, or a notice of its own kernel that a link or a weight
 * changed. */
struct sim_mail {
	mono_t at;
	uint64_t number; /* order among equals */
	bool notice;
	bool last_word; /* an advert with which a master left */
	unsigned from, to, leg;
	uint8_t len;
	uint8_t bytes[SIM_FRAME_MAX]; /* none: an announcement */
};

/* One node's router on one segment. */
struct sim_seat {
	struct vrrp_router router;
	enum vrrp_state seen; /* as of its last step */
	mono_t since;	      /* in that state */
	bool vip;
	mono_t due, fire_at; /* its deadline, and when its late timer fires */
	mono_t sent_at;	     /* the last advert */
	unsigned link_down;  /* so many faults hold the link down */
	unsigned weakened;
	mono_t anchor; /* check.c: the advert from which the rhythm is counted */
};

struct sim_node {
	struct sim_seat seat[SIM_LEGS_MAX];
	unsigned away;	 /* so many reasons not to run */
	unsigned paused; /* so many reasons to stand still */
	bool booted;
	VEC(struct sim_mail) waiting;
};

struct sim_world {
	const struct sim_plan *plan;
	struct rng rng;
	mono_t now;
	mono_t quiet; /* the last time that a fault began or ended */
	mono_t calm;  /* from here on nothing may change any more, until the exam */
	mono_t exam_at;
	mono_t end;
	bool examined;
	unsigned examined_node;
	bool examined_leg[SIM_LEGS_MAX];	       /* of which it was the master */
	mono_t exam_from[SIM_NODES_MAX][SIM_LEGS_MAX]; /* nobody follows before its own time ... */
	mono_t exam_to[SIM_LEGS_MAX];		       /* ... somebody has followed by this one */
	bool exam_taken[SIM_LEGS_MAX];
	struct sim_node node[SIM_NODES_MAX];
	unsigned cut[SIM_LEGS_MAX][SIM_ENDS_MAX][SIM_ENDS_MAX];
	unsigned loss[SIM_LEGS_MAX];
	mono_t clean[SIM_LEGS_MAX][SIM_ENDS_MAX]
		    [SIM_ENDS_MAX]; /* since when from a to b; NEVER: not */
	mono_t arrives[SIM_LEGS_MAX][SIM_ENDS_MAX][SIM_ENDS_MAX]; /* frames do not overtake */
	unsigned client[SIM_LEGS_MAX]; /* which node the client believes; n_nodes: none */
	bool waived[SIM_LEGS_MAX];     /* it may be wrong, and no router can know */
	VEC(struct sim_mail) mail;     /* a heap */
	uint64_t n_mails;
	struct sim_verdict *verdict;
	struct buf *log;
};

/* bus.c */
void sim_bus_send(struct sim_world *w, unsigned from, unsigned leg, const uint8_t *bytes,
		  size_t len, bool last_word);
void sim_bus_announce(struct sim_world *w, unsigned from, unsigned leg, unsigned repeat);
void sim_bus_notice(struct sim_world *w, unsigned node, unsigned leg);
mono_t sim_bus_next(const struct sim_world *w);
struct sim_mail sim_bus_take(struct sim_world *w);
/* False: nothing gets from a to b at all. */
bool sim_bus_joined(const struct sim_world *w, unsigned leg, unsigned a, unsigned b);
/* Brings clean up to date after a fault. */
void sim_bus_survey(struct sim_world *w);
/* The paths to and from a node count as clean from now on only. */
void sim_bus_unsettle(struct sim_world *w, unsigned node, unsigned leg);

/* world.c */
bool sim_eligible(const struct sim_world *w, unsigned node, unsigned leg);
/* How many masters a segment has; *which: the last of them. */
unsigned sim_masters(const struct sim_world *w, unsigned leg, unsigned *which);
void sim_log(struct sim_world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* check.c: each ends the run through sim_fail where a promise is broken. */
void sim_fail(struct sim_world *w, const char *invariant, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* After each step: what the router did, and what it did not. */
void sim_check_actions(struct sim_world *w, unsigned node, unsigned leg,
		       const struct vrrp_actions *actions);
void sim_check_deadline(struct sim_world *w, unsigned node, unsigned leg, mono_t before,
			bool timeout);
/* After each event: the whole. */
void sim_check_whole(struct sim_world *w);
/* At rest: before the exam and at the end. */
void sim_check_rest(struct sim_world *w);
/* The exam: the master of segment 0 is about to go; who follows it, and when? */
void sim_check_expect(struct sim_world *w, unsigned node);
void sim_check_exam(struct sim_world *w);

#endif
