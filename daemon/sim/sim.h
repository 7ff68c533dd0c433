/* The simulator: a few directors on one virtual clock, joined by segments that lose, delay and cut,
 * and the promises that must hold whatever happens to them. One seed is one plan is one run, the
 * same on every machine.
 *
 * What runs is the daemon's own code from a received message to the actions: advert.c, core.c,
 * election.c, group.c. What is simulated: time, links, the kernel's addresses, one client on each
 * segment that believes the last announcement it heard.
 */
#ifndef DAEMON_SIM_SIM_H
#define DAEMON_SIM_SIM_H

#include "daemon/vrrp/core.h"
#include "lib/base/buf.h"

#define SIM_NODES_MAX  5
#define SIM_LEGS_MAX   3 /* segments; virtual router n lives on segment n */
#define SIM_FAULTS_MAX 10

enum sim_fault_kind {
	SIM_CUT_BOTH,  /* side | the rest: neither hears the other */
	SIM_CUT_ONE,   /* what side sends does not reach the rest */
	SIM_LOSS,      /* permille of all frames of the segment */
	SIM_LINK_DOWN, /* of one node; it notices after a moment */
	SIM_PAUSE,     /* a node's process stands still; what it receives waits */
	SIM_CRASH,     /* a node vanishes without a word, and starts again */
	SIM_STOP,      /* a node's daemon ends, and starts again */
	SIM_WEAKEN,    /* a tracked weight takes some of a node's priority */
	SIM_RELOAD     /* the same configuration again */
};

struct sim_fault {
	enum sim_fault_kind kind;
	mono_t from, to;
	unsigned leg;	/* SIM_LEGS_MAX: all */
	unsigned node;	/* of those that have one */
	unsigned side;	/* CUT: bits of nodes; bit n_nodes: the client */
	unsigned value; /* LOSS: permille; WEAKEN: by how much */
};

struct sim_plan {
	uint64_t seed;
	unsigned n_nodes, n_legs;
	unsigned n_grouped; /* the first so many segments' routers are one sync group, or 0 */
	struct conf_sync_group group;
	struct conf_instance conf[SIM_NODES_MAX][SIM_LEGS_MAX];
	struct conf_vip vip[SIM_LEGS_MAX];
	struct wire_ip address[SIM_NODES_MAX][SIM_LEGS_MAX];
	mono_t start[SIM_NODES_MAX];
	int64_t delay_min_ns, delay_max_ns; /* of a frame */
	int64_t late_max_ns;		    /* how late a node's timers fire */
	int64_t down_max_ns;		    /* the longest master-down interval there is */
	int64_t preempt_max_ns;
	struct sim_fault fault[SIM_FAULTS_MAX];
	unsigned n_faults;
	bool exam_stops; /* the last fault of all: the master stops, or it crashes */
};

/* plan points into itself: do not copy it. */
void sim_plan_make(struct sim_plan *plan, uint64_t seed);
void sim_plan_print(const struct sim_plan *plan, struct buf *out);
const char *sim_fault_text(enum sim_fault_kind kind);

struct sim_verdict {
	bool failed;
	char invariant[24];
	mono_t at;
	char text[200];
	unsigned long steps;	 /* of the core */
	unsigned exams;		 /* takeovers that were measured */
	unsigned clients;	 /* client entries that were judged */
	unsigned clients_waived; /* ... and those that nobody can be blamed for */
};

/* log: NULL, or what happened, line by line. */
void sim_run(const struct sim_plan *plan, struct sim_verdict *verdict, struct buf *log);

#endif
