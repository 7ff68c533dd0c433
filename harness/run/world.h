/* A run in progress: the network that was built, the loop that turns it, and the way everything
 * that happens is written down. Shared by all of harness/run; nobody else includes it.
 *
 * One thread, one libevent loop. Nothing here waits by asking again: what is waited for is a
 * descriptor or a timer, because in virtual time every needless wake-up costs real time.
 */
#ifndef HARNESS_RUN_WORLD_H
#define HARNESS_RUN_WORLD_H

#include "harness/history.h"
#include "harness/run/run.h"
#include "harness/run/timeline.h"
#include "lib/base/vec.h"

#include <event2/event.h>

struct capture;
struct monitor;
struct program;
struct snapshot;
struct traffic;
struct arp_probe;

struct world_segment {
	const struct scn_segment *scn;
	struct netns_segment *ns;
	int ifindex; /* the bridge, in the wire namespace */
};

/* A port of a node and its far end in the wire. */
struct world_port {
	const struct scn_port *scn; /* NULL: a port of the observer */
	struct world_node *node;
	struct world_segment *segment;
	char ifname[IFNAMSIZ];
	uint8_t mac[WIRE_MAC_BYTES];
	int ifindex;	  /* in the node */
	int wire_ifindex; /* the far end */
	bool running;	  /* the node sees a carrier */
	bool wire_running;
	bool cut;   /* a link fault took the far end down */
	bool netem; /* a netem fault is in force */
};

struct world_node {
	const struct scn_node *scn; /* NULL: the observer */
	const char *name;
	struct netns_node *ns;
	struct event *exits; /* the agent tells of ended programs */
	bool proto112;	     /* a protocol 112 filter is in force */
};

/* A program that was started in a node and whose end somebody waits for. */
struct world_job {
	struct world_node *node;
	pid_t pid;
	void (*ended)(void *ctx, int wait_status);
	void *ctx;
};

struct world {
	const struct run_order *order;
	const struct scenario *scn;
	const char *ground;
	struct arena *arena;
	struct event_base *base;
	struct event *clock; /* readable when timeline_next is due */
	struct event *sigterm, *sigint;
	int clock_fd;
	mono_t armed; /* what clock_fd is set to */
	bool ringing; /* timeline_run is at work */
	struct timeline timeline;

	struct netns *net;
	struct world_segment *segments;
	size_t n_segments;
	struct world_node *nodes; /* the scenario's, in order; then the observer, if there is one */
	size_t n_nodes;
	struct world_port *ports;
	size_t n_ports;
	VEC(struct world_job) jobs;

	struct history *history;
	bool started; /* t = 0 is past */
	bool over;    /* the duration is past */
	mono_t zero;
	int64_t epoch_ns;
	VEC(struct {
		mono_t at;
		const char *ev;
		json_t *fields;
	})
	early; /* what happened before t = 0, whose time is not known yet */

	struct program **programs;
	size_t n_programs;
	struct capture *capture;
	struct monitor *monitor;
	struct traffic *traffic;
	struct arp_probe *arp_probe;
	struct snapshot *snapshot;

	void (*progress)(void *ctx, const struct ground_progress *p);
	void *progress_ctx;
	char last[160]; /* what happened last, for the progress line */
	char *why;
	size_t why_bytes;
	int error; /* the run cannot go on: -errno, why is filled */
};

/* ---- the loop ------------------------------------------------------------------------------ */

int world_open(struct world *w);
void world_close(struct world *w);
/* Turns the loop until done says so, the bound has passed or the run has failed. True: done. */
bool world_wait(struct world *w, bool (*done)(struct world *w), int64_t bound_ns);
void world_timer_set(struct world *w, struct timeline_timer *timer, mono_t at);
void world_timer_cancel(struct world *w, struct timeline_timer *timer);
/* The monotonic time of a time of the run. Only after t = 0. */
mono_t world_at(const struct world *w, int64_t t_ns);
int64_t world_t(const struct world *w, mono_t at);
/* Watches a descriptor for reading until the run ends or event_free. */
struct event *world_watch(struct world *w, int fd, event_callback_fn fn, void *ctx);

/* ---- what happens -------------------------------------------------------------------------- */

/* Writes a line of history with the time of now. fields is taken over; NULL (json_pack refuses text
 * that is not UTF-8) fails the run. */
void world_event(struct world *w, const char *ev, json_t *fields);
/* From here on times are known: t = 0 is now. */
void world_start_clock(struct world *w);
/* What the progress line shows. */
void world_say(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The run cannot go on. Returns err. Only the first is kept. */
int world_fail(struct world *w, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A step has been done; result NULL: "ok". */
void world_step_done(struct world *w, const struct scn_step *step, const char *result);

/* ---- the network --------------------------------------------------------------------------- */

struct world_node *world_node_of(struct world *w, const struct scn_node *scn);
struct world_port *world_port_of(struct world *w, const struct scn_port *scn);
struct world_port *world_port_by_wire(struct world *w, int wire_ifindex);
struct world_port *world_port_by_mac(struct world *w, const uint8_t mac[WIRE_MAC_BYTES]);
/* Opens a socket inside a node (NULL: the wire). A descriptor or -errno. */
int world_socket(struct world *w, struct world_node *node, int domain, int type, int protocol);
/* Reads a file of the node's network below /proc/net ("tcp", "ip_vs_conn"). */
int world_proc_net(struct world *w, struct world_node *node, const char *name, struct buf *out);
/* Starts a program in a node; ended is called once. 0 or -errno. */
int world_spawn(struct world *w, struct world_node *node, const struct netns_spawn *what,
		void (*ended)(void *ctx, int wait_status), void *ctx, pid_t *pid);

#endif
