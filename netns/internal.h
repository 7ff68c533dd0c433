/* What the files of netns share about a network. */
#ifndef NETNS_INTERNAL_H
#define NETNS_INTERNAL_H

#include "netns/agent.h"
#include "netns/netns.h"

#include <limits.h>
#include <net/if.h>

#define NETNS_NAMES_DIR	  "/run/netns"
#define NETNS_OWNERS_DIR  "/run/vipdrill"
#define NETNS_OWNER_NAME  "owner"
#define NETNS_PREFIX_MAX  32
#define NETNS_NAME_BYTES  (NETNS_PREFIX_MAX + 64)
#define NETNS_WIRE_NAME	  "wire"
#define NETNS_PREFIX_MARK "vd-"

struct netns_port {
	char ifname[IFNAMSIZ];
	int wire_ifindex;
	struct netns_port *next;
};

struct netns_node {
	struct netns *net;
	char name[64];
	pid_t agent; /* 0: gone */
	int control_fd;
	int events_fd;
	int net_fd;
	bool named;
	struct nl *nl; /* opened when first asked for */
	struct netns_port *ports;
	struct netns_node *next;
	struct agent_request request; /* large: kept here, not on the stack */
};

struct netns_segment {
	struct netns *net;
	char name[64];
	int ifindex;
	struct netns_segment *next;
};

struct netns {
	char prefix[NETNS_PREFIX_MAX];
	int owner_fd; /* locked as long as the owner lives; -1: no prefix, nothing to sweep */
	int home_fd;
	int wire_fd;
	bool wire_named;
	struct nl *wire_nl;
	struct netns_node *nodes;
	struct netns_segment *segments;
	unsigned n_segments;
};

/* Marks prefix as owned by this process: a locked descriptor, or -errno. */
int netns_owner_add(const char *prefix);
void netns_owner_remove(const char *prefix, int owner_fd);
/* Puts a name for a namespace below /run/netns. */
int netns_name_add(const char *prefix, const char *name, int net_fd);
int netns_name_remove(const char *prefix, const char *name);
/* Takes the folder of names away if nobody has one. */
void netns_names_clear(void);

/* Starts a node's agent and waits until it is ready. 0 or -errno; the reason goes to stderr. */
int netns_agent_start(struct netns_node *node);
void netns_agent_end(struct netns_node *node);

#endif
