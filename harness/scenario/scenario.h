/* What a scenario file says, as structs: const after reading, all memory in one arena.
 *
 * Times are nanoseconds from the start of the run (t = 0: the network stands, the real servers
 * answer, and the directors are started). Names are as written in the file.
 */
#ifndef HARNESS_SCENARIO_SCENARIO_H
#define HARNESS_SCENARIO_SCENARIO_H

#include "lib/conf/conf.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/* What a ground can lack; `needs ipvs netem`. The names are in scn_need_names. */
enum scn_need {
	SCN_NEED_IPVS = 1 << 0,
	SCN_NEED_NETEM = 1 << 1,
	SCN_NEED_VLAN = 1 << 2,
	SCN_NEED_BOND = 1 << 3,
	SCN_NEED_VRF = 1 << 4,
	SCN_NEED_NFTABLES = 1 << 5,
	SCN_NEED_VIRTUAL_TIME = 1 << 6
};
extern const char *const scn_need_names[]; /* by bit, ends with NULL */

struct scn_segment {
	const char *name;
	struct conf_pos pos;
	struct conf_ip prefix4; /* family 0: none */
	struct conf_ip prefix6;
	bool mcast_snooping; /* `snooping on`; off by default */
	struct scn_segment *next;
};

struct scn_addr {
	struct conf_ip ip;
	struct scn_addr *next;
};

struct scn_port { /* `on SEGMENT ADDRESS... [as IFNAME]` */
	struct scn_segment *segment;
	struct conf_pos pos;
	char ifname[IFNAMSIZ]; /* eth0, eth1 ... in order, unless named */
	struct scn_addr *addrs;
	unsigned index; /* counts all ports of the scenario from 1; makes the MAC address */
	struct scn_port *next;
};

struct scn_dev_addr { /* `address DEV IP/LEN` (dev lo: VIPs of direct routing) */
	char ifname[IFNAMSIZ];
	struct conf_ip ip;
	struct scn_dev_addr *next;
};

struct scn_route {	       /* `route PREFIX|default via IP [table N]` */
	struct conf_ip dst;    /* family set; prefix_len 0 for default */
	struct conf_ip via;    /* family 0: none */
	char ifname[IFNAMSIZ]; /* "": by the gateway */
	uint32_t table;
	struct scn_route *next;
};

struct scn_rule { /* `rule from PREFIX table N` */
	struct conf_ip from;
	uint32_t table;
	struct scn_rule *next;
};

struct scn_sysctl { /* `sysctl net.ipv4.ip_forward 1` */
	const char *name;
	const char *value;
	struct scn_sysctl *next;
};

struct scn_program {	    /* `run DRIVER [FILE] [arguments...]` */
	const char *driver; /* vipd, keepalived, nginx, echo; "director": chosen by --director */
	const char *config; /* path as written, relative to the scenario's folder or one above it;
			       NULL */
	/* Resolved, readable. As the scenario's own folder comes first, a copy of the scenario
	 * finds the copies beside it (DIR/inputs/scenario.scn, DIR/inputs/CONFIG). */
	const char *config_path;
	const char *const *args; /* ends with NULL */
	struct conf_pos pos;
	struct scn_node *node;
	struct scn_program *next;
};

struct scn_node {
	const char *name;
	struct conf_pos pos;
	unsigned index; /* from 0 in the order of the file */
	struct scn_port *ports;
	struct scn_dev_addr *addrs;
	struct scn_route *routes;
	struct scn_rule *rules;
	struct scn_sysctl *sysctls;
	struct scn_program *programs;
	struct scn_node *next;
};

enum scn_traffic_kind {
	SCN_TRAFFIC_HTTP, /* sessions with keep-alive and cookies */
	SCN_TRAFFIC_UDP,  /* numbered datagrams to an echo server */
	SCN_TRAFFIC_ICMP  /* numbered echo requests */
};

struct scn_traffic {
	const char *name;
	struct conf_pos pos;
	enum scn_traffic_kind kind;
	struct scn_node *from;
	struct conf_ip to;
	uint16_t port;	   /* host byte order; HTTP 80, UDP 7 by default */
	const char *path;  /* HTTP: "/" by default */
	unsigned sessions; /* HTTP: each with its own connection and cookie jar */
	int64_t every_ns;  /* HTTP: pause between two requests of a session; UDP, ICMP: spacing */
	int64_t start_ns, stop_ns; /* stop 0: the end of the run */
	int64_t timeout_ns; /* HTTP: a request without an answer for so long has failed; 5 s */
	struct scn_traffic *next;
};

/* Faults by the name of their table row (harness/run/fault_*.c). */
struct scn_step { /* `at 10s { link lb1 outer down }`, one for each statement in the braces */
	int64_t at_ns;
	const char
		*fault; /* "link", "kill", "stop", "cont", "start", "reload", "proto112", "netem" */
	struct scn_node *node;
	struct scn_port *port; /* link, netem: the port; NULL where the fault has none */
	const char *const
		*args; /* the words behind, checked by the fault's table row; ends with NULL */
	struct conf_pos pos;
	const char *text; /* the statement as one line, for reports */
	unsigned id;	  /* from 1, in order of time */
	struct scn_step *next;
};

enum scn_check_kind {
	SCN_CHECK_OWNER, /* owner IP NODE from T to T: adverts, ARP answers and entries all point to
			    NODE */
	SCN_CHECK_FAILOVER,    /* failover under D [excess under D [or D in real time]] [after T] */
	SCN_CHECK_TWO_MASTERS, /* two-masters never longer than D [from T to T] */
	SCN_CHECK_NO_MASTER,   /* no-master never longer than D [from T to T] */
	SCN_CHECK_ANNOUNCED,   /* announced IP by NODE within D after T [count at least N] */
	SCN_CHECK_CLIENT_ENTRY, /* client-entry NODE IP points to NODE within D after T */
	SCN_CHECK_SESSIONS,	/* sessions [TRAFFIC] lost N [broken N] */
	SCN_CHECK_STREAM,	/* stream TRAFFIC lost under D (longest silence) */
	SCN_CHECK_IPVS,		/* ipvs consistent | ipvs synced | ipvs service IP:PORT servers N */
	SCN_CHECK_TRANSITIONS, /* transitions IP NODE... : these owners, in this order, and no other
				*/
	SCN_CHECK_QUIET	       /* quiet from T to T: no change of owner */
};

struct scn_check {
	enum scn_check_kind kind;
	const char *what; /* IPVS: "consistent", "synced", "service"; else NULL */
	struct conf_pos pos;
	const char *text;  /* the line as written, for reports */
	struct conf_ip ip; /* family 0: all addresses */
	uint16_t port;
	struct scn_node *node; /* NULL: none named */
	struct scn_node *client;
	struct scn_traffic *traffic; /* NULL: all */
	struct scn_node **nodes;     /* TRANSITIONS; ends with NULL */
	int64_t from_ns, to_ns;	     /* to_ns -1: the end of the run */
	int64_t limit_ns;	     /* -1: not stated */
	int64_t excess_ns;	     /* -1: not stated */
	int64_t excess_real_ns;	     /* on a real clock; -1: as excess_ns */
	int64_t count;	/* -1: not stated: sessions lost, servers, announcements at least */
	int64_t broken; /* sessions: -1 not stated */
	struct scn_check *next;
};

struct scn_include {	  /* a file that the scenario includes */
	const char *path; /* where it was read */
	const char *name; /* scenario_input_name */
	struct scn_include *next;
};

struct scenario {
	struct arena *arena;
	const struct scn_include *includes;
	const char *name;
	const char *path;    /* as given by the user */
	const char *summary; /* the comment lines above `scenario`, joined */
	uint64_t seed;	     /* `seed N`; 1 by default */
	unsigned needs;	     /* enum scn_need, stated or implied */
	int64_t duration_ns; /* `duration D`; default: 10 s after the last step */
	const char *const
		*directors; /* `directors vipd keepalived vipd+keepalived`; ends with NULL */
	struct scn_segment *segments;
	struct scn_node *nodes;
	unsigned n_nodes;
	struct scn_traffic *traffics;
	struct scn_step *steps; /* in order of time */
	struct scn_check *checks;
};

/* Reads one scenario file. NULL where errors were reported. Free with scenario_free. */
struct scenario *scenario_load(const char *path, struct conf_report *r);
struct scenario *scenario_parse(const char *name, const char *text, struct conf_report *r);
void scenario_free(struct scenario *s);
/* The scenario as a scenario file again, all defaults spelled out; reads back to the same. */
void scenario_print(const struct scenario *s, struct buf *out);
extern const struct conf_keyword scenario_keywords[];
/* The reference of the language (docs/scenario.md), made from the tables. */
void scenario_doc_markdown(struct buf *out);

/* What a file that the scenario names `path` is called below a folder that holds copies of a
 * scenario and of all that it reads: the path itself, where it does not lead out of the folder. */
const char *scenario_input_name(struct arena *a, const char *path);

/* By name; NULL: there is none. */
struct scn_node *scenario_node(const struct scenario *s, const char *name);
/* The segment whose prefix holds an address; NULL: none does. */
struct scn_segment *scenario_segment_of(const struct scenario *s, const struct conf_ip *ip);
/* The node's port on a segment; NULL: it is not there. */
struct scn_port *scn_node_port(const struct scn_node *node, const struct scn_segment *segment);
/* A program that makes a node a director: vipd, keepalived, or whichever is chosen. */
bool scn_program_is_director(const struct scn_program *p);
/* The fixed MAC address of a port: 02:76:64 (locally administered, "vd") and its index. */
void scn_port_mac(const struct scn_port *port, uint8_t mac[6]);

#endif
