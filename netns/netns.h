/* Nodes and segments: a network of namespaces on one kernel, built over netlink from one process.
 *
 * A node is a process of its own (the node's agent, pid 1 of its pid namespace) that holds a
 * network, mount, UTS, IPC and pid namespace. Programs of the node are started by the agent; when
 * the agent dies, the kernel ends them all, and when the harness dies, the agent dies
 * (PR_SET_PDEATHSIG): a SIGKILL of the harness leaves no process behind. A segment is a bridge in a
 * namespace of its own, "wire", which holds nothing else: one packet socket there sees every frame
 * of the network.
 *
 * Everything gets a fixed MAC address. Functions return 0 or -errno.
 */
#ifndef NETNS_NETNS_H
#define NETNS_NETNS_H

#include "lib/nl/nl.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct netns; /* the whole network */
struct netns_node;
struct netns_segment;

/* name_prefix: put before each name below /run/netns ("" in the lab, "vd-PID-" on the host), so
 * that `ip netns exec` finds the nodes. */
int netns_open(struct netns **out, const char *name_prefix);
/* Ends all processes, removes all namespaces and names. NULL is allowed. */
void netns_close(struct netns *net);
/* Removes what a harness that died left on this machine; prints a line for each thing to log (NULL:
 * silently). How many things, or -errno. */
int netns_sweep(void (*log)(void *ctx, const char *line), void *ctx);

int netns_segment_add(struct netns *net, const char *name, bool mcast_snooping,
		      struct netns_segment **out);

/* hostname: the node's name. Private tmpfs over /run, /tmp, /var/log, /var/tmp, /var/lib, /dev/shm
 * and, with an overlay, a writable /etc; all else is read-only. Fresh /proc and /sys. lo is up;
 * net.ipv6 duplicate address detection is off. */
int netns_node_add(struct netns *net, const char *name, struct netns_node **out);
/* The far end, in the wire namespace, is named NODE-IFNAME (cut to 15 bytes, unique). Both ends are
 * up. */
int netns_port_add(struct netns_node *node, const char *ifname, struct netns_segment *segment,
		   const uint8_t mac[WIRE_MAC_BYTES]);

/* Runs fn with the calling thread inside the node's (NULL: the wire's) network namespace. What it
 * opens stays there. Returns what fn returned. */
int netns_inside(struct netns *net, struct netns_node *node, int (*fn)(void *ctx), void *ctx);
/* An open netlink handle of the node (NULL: of the wire namespace). Belongs to the network. */
struct nl *netns_nl(struct netns *net, struct netns_node *node);
/* The index of the far end of a port in the wire namespace; -ENODEV. */
int netns_wire_ifindex(struct netns_node *node, const char *ifname);
/* The index of a segment's bridge in the wire namespace. */
int netns_segment_ifindex(const struct netns_segment *segment);
/* Writes a sysctl of the node: "net.ipv4.ip_forward". */
int netns_sysctl(struct netns_node *node, const char *name, const char *value);
/* Copies a file of the harness's file system into the node's private one (0644), making the folders
 * above it. */
int netns_copy_in(struct netns_node *node, const char *from_path, const char *to_path);
int netns_write_in(struct netns_node *node, const char *to_path, const void *bytes, size_t n);

/* ---- processes ----------------------------------------------------------------------------- */

struct netns_spawn {
	/* argv[0] is a path or found in PATH (/usr/local/sbin ... /bin). A path that one of the
	 * node's private folders hides (a program below /tmp) is brought along. */
	const char *const *argv;
	int stdout_fd; /* -1: /dev/null; the caller's copy stays the caller's */
	int stderr_fd;
};

/* Starts a program in the node, in a session of its own, with /dev/null as its input and a fixed
 * environment (PATH, HOME=/root, LANG=C, TZ=UTC, the options of sanitizers). *pid counts in the
 * node's pid namespace. -errno of the exec where it fails. */
int netns_spawn(struct netns_node *node, const struct netns_spawn *what, pid_t *pid);
/* Sends a signal to one process of the node (and, with group, to its process group). */
int netns_signal(struct netns_node *node, pid_t pid, int sig, bool group);
/* Readable when a program that was spawned has ended. */
int netns_node_fd(const struct netns_node *node);
/* The next end that was not told yet: 1 and pid and wait status, 0: none, or -errno. */
int netns_node_exit(struct netns_node *node, pid_t *pid, int *status);

#endif
