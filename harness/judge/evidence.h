/* The evidence of one run, loaded and indexed: what the history says and what the captures hold.
 *
 * Loading (judge.c, ev_history.c, ev_capture.c) is the only part of judging that reads files.
 * All else (meter, checks, verdict) is a function of this struct. What is missing, cut or dropped
 * is recorded as a flaw, never guessed.
 *
 * Times are nanoseconds of the run (t = 0: its start). All lists are in order of time, equal times
 * in order of file. Everything belongs to the evidence's arena or vectors.
 */
#ifndef HARNESS_JUDGE_EVIDENCE_H
#define HARNESS_JUDGE_EVIDENCE_H

#include "harness/scenario/scenario.h"
#include "lib/base/arena.h"
#include "lib/base/vec.h"
#include "lib/wire/wire.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#define EV_NOBODY   UINT_MAX
#define EV_HISTORY  0 /* ev_ref.file: 0 is history.jsonl, i + 1 is captures.at[i] */
#define EV_REFS_MAX 8

/* Where something stands: a line of history.jsonl or a packet of a capture; number 0: nowhere. */
struct ev_ref {
	unsigned file;
	uint64_t number;
};

struct ev_node {
	const char *name;
	const struct scn_node *scn; /* NULL: the harness's own observer */
	bool director;		    /* runs vipd, keepalived or `director` */
};

struct ev_port {
	unsigned node;
	const char *ifname;
	unsigned segment;
	uint8_t mac[WIRE_MAC_BYTES];
};

/* A VRRP advertisement that a node sent and its segment carried. */
struct ev_advert {
	int64_t t_ns;
	unsigned node;
	uint8_t version;
	uint8_t vrid;
	uint8_t priority;
	int64_t interval_ns;
	unsigned n_addrs;
	const struct wire_ip *addrs;
	struct ev_ref ref;
};

enum ev_arp_kind { EV_ARP_ANSWER, EV_ARP_GRATUITOUS };

/* A node said that an address is at a MAC address: an answer to a request, or unasked
 * (gratuitous ARP, unsolicited neighbour advertisement). Requests are not kept. */
struct ev_arp {
	int64_t t_ns;
	enum ev_arp_kind kind;
	unsigned node; /* who sent it into the segment */
	unsigned segment;
	struct wire_ip ip;
	uint8_t mac[WIRE_MAC_BYTES];
	struct ev_ref ref;
};

/* An IP packet to or from a virtual address, at a port that the segment handed it to. */
struct ev_packet {
	int64_t t_ns;
	unsigned vip;  /* index into evidence.vips */
	unsigned node; /* who got it */
	bool to_vip;   /* false: from it */
	struct ev_ref ref;
};

/* The first segment of a TCP connection to a virtual address, as its client sent it. */
struct ev_syn {
	int64_t t_ns;
	struct wire_ip client, vip;
	uint16_t cport, vport;
	struct ev_ref ref;
};

struct ev_step {
	int64_t t_ns;
	unsigned id;
	const char *text;
	unsigned node;
	bool ok;
	const char *result;
	struct ev_ref ref;
};

struct ev_program {
	int64_t t_ns;
	unsigned node;
	const char *driver;
	bool start; /* false: it ended */
	const char *status;
	struct ev_ref ref;
};

struct ev_link {
	int64_t t_ns;
	unsigned node;
	const char *ifname;
	bool running;
	struct ev_ref ref;
};

struct ev_address {
	int64_t t_ns;
	unsigned node;
	const char *ifname;
	struct wire_ip ip;
	bool add;
	struct ev_ref ref;
};

struct ev_neighbour {
	int64_t t_ns;
	unsigned node;
	const char *ifname;
	struct wire_ip ip;
	bool valid; /* it points somewhere: has a MAC address and has not failed */
	uint8_t mac[WIRE_MAC_BYTES];
	const char *state;
	struct ev_ref ref;
};

struct ev_forward {
	int64_t t_ns;
	unsigned segment;
	uint8_t mac[WIRE_MAC_BYTES];
	unsigned node; /* EV_NOBODY: gone */
	struct ev_ref ref;
};

struct ev_request {
	int64_t t_ns; /* it ended */
	const struct scn_traffic *traffic;
	int64_t session, n;
	int64_t sent_ns;
	bool ok;
	const char *result;
	const char *server;
	bool kept; /* on a connection that had been used before */
	const char *sid;
	struct ev_ref ref;
};

struct ev_stream {
	int64_t t_ns;
	const struct scn_traffic *traffic;
	int64_t first, last;
	bool ok;
	const char *server;
	struct ev_ref ref;
};

struct ev_server {
	const char *ip;
	int64_t port;
	const char *method;
	int64_t weight;
};

struct ev_service {
	const char *protocol;
	const char *ip;
	int64_t port;
	int64_t fwmark;
	const char *scheduler;
	const char *flags;
	int64_t timeout;
	unsigned n_servers;
	const struct ev_server *servers;
};

struct ev_connection {
	const char *protocol;
	struct wire_ip client, vip, server;
	int64_t cport, vport, sport;
	const char *state;
};

struct ev_ipvs {
	int64_t t_ns;
	unsigned node;
	const char *why;
	unsigned n_services;
	const struct ev_service *services;
	unsigned n_connections;
	const struct ev_connection *connections;
	struct ev_ref ref;
};

struct ev_capture {
	const char *segment;
	const char *file; /* its name in the run's folder */
	int64_t frames;	  /* as the history says; -1: it says nothing */
	int64_t dropped;
	uint64_t frames_read;
};

/* What is wrong with the evidence itself. */
struct ev_flaw {
	bool captures_only; /* what does not rest on captures can still be judged */
	bool run_only;	    /* all can be judged, but the run was not what the scenario says */
	const char *text;
	struct ev_ref ref;
};

struct ev_start {
	bool seen;
	uint64_t seed;
	int64_t epoch_ns;
	const char *ground, *clock, *kernel, *director;
	struct ev_ref ref;
};

struct evidence {
	struct arena *arena;
	struct scenario *scenario;
	struct ev_start start;
	bool ended; /* the history has its last line */
	int64_t end_ns;
	VEC(struct ev_node) nodes;
	VEC(struct ev_port) ports;
	VEC(struct wire_ip) vips; /* every address that an advert named, a check or traffic names */
	VEC(struct ev_advert) adverts;
	VEC(struct ev_arp) arps;
	VEC(struct ev_packet) packets;
	VEC(struct ev_syn) syns;
	VEC(struct ev_step) steps;
	VEC(struct ev_program) programs;
	VEC(struct ev_link) links;
	VEC(struct ev_address) addresses;
	VEC(struct ev_neighbour) neighbours;
	VEC(struct ev_forward) forwards;
	VEC(struct ev_request) requests;
	VEC(struct ev_stream) streams;
	VEC(struct ev_ipvs) snapshots;
	VEC(struct ev_capture) captures;
	VEC(struct ev_flaw) flaws;
};

/* Loads DIR/inputs/scenario.scn, DIR/history.jsonl and the captures. NULL and a line in why where
 * there is no scenario to judge by; everything else that is wrong becomes a flaw. */
struct evidence *evidence_load(const char *dir, char *why, size_t why_bytes);
void evidence_free(struct evidence *ev);

/* EV_NOBODY where there is none. */
unsigned evidence_node(const struct evidence *ev, const char *name);
unsigned evidence_vip(const struct evidence *ev, const struct wire_ip *ip);
const char *evidence_node_name(const struct evidence *ev, unsigned node); /* "nobody" */
/* Whose a MAC address is at t: the port's that has it, else where the bridge last saw it. */
unsigned evidence_mac_node(const struct evidence *ev, const uint8_t mac[WIRE_MAC_BYTES],
			   int64_t t_ns);
/* Whether a port had carrier at t (true where the history says nothing of it). */
bool evidence_link_running(const struct evidence *ev, unsigned node, const char *ifname,
			   int64_t t_ns);
struct wire_ip evidence_ip(const struct conf_ip *ip);

/* Used by the loaders. */
/* Takes the nodes and addresses that the scenario names, before any evidence. */
void evidence_index_scenario(struct evidence *ev);
/* Within some months of the run's start: anything else is damage, and arithmetic with it unsafe. */
bool evidence_time_sane(int64_t t_ns);
struct ev_flaw *evidence_flaw(struct evidence *ev, struct ev_ref ref, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
unsigned evidence_vip_add(struct evidence *ev, const struct wire_ip *ip);
void ev_history_load(struct evidence *ev, const char *dir);
void ev_capture_load(struct evidence *ev, const char *dir);

#endif
