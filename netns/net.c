/* The network: nodes, the wire namespace with its bridges, and the cables between them.
 *
 * The thread that calls moves into a namespace (setns) only for the moment in which something is
 * opened there; sockets stay where they were made. MAC addresses: a port's own is the caller's; its
 * far end in the wire namespace has the same with the bit 0x04 of the first byte turned over (it
 * never sends); bridge N has 06:76:64:ff:00:N.
 */
#include "lib/base/must.h"
#include "netns/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int inside(int home_fd, int net_fd, int (*fn)(void *ctx), void *ctx)
{
	if (setns(net_fd, CLONE_NEWNET) < 0)
		return -errno;
	int result = fn(ctx);

	must(setns(home_fd, CLONE_NEWNET) == 0);
	return result;
}

int netns_inside(struct netns *net, struct netns_node *node, int (*fn)(void *ctx), void *ctx)
{
	return inside(net->home_fd, node ? node->net_fd : net->wire_fd, fn, ctx);
}

static int open_nl(void *ctx)
{
	return nl_open(ctx);
}

struct nl *netns_nl(struct netns *net, struct netns_node *node)
{
	struct nl **nl = node ? &node->nl : &net->wire_nl;

	if (!*nl && netns_inside(net, node, open_nl, nl) < 0)
		*nl = NULL;
	return *nl;
}

/* ---- the wire ------------------------------------------------------------------------------ */

static void write_if_there(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	close(fd);
}

/* In the new namespace. */
static int prepare_wire(struct netns *net)
{
	net->wire_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net->wire_fd < 0)
		return -errno;
	/* Bridges and far ends only carry: no address, no router solicitation of their own. */
	write_if_there("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_if_there("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	return nl_open(&net->wire_nl);
}

static int open_wire(struct netns *net)
{
	net->home_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (net->home_fd < 0)
		return -errno;
	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	int err = prepare_wire(net);

	must(setns(net->home_fd, CLONE_NEWNET) == 0);
	if (!err)
		err = netns_name_add(net->prefix, NETNS_WIRE_NAME, net->wire_fd);
	net->wire_named = !err;
	return err;
}

int netns_open(struct netns **out, const char *name_prefix)
{
	if (strlen(name_prefix) >= NETNS_PREFIX_MAX)
		return -ENAMETOOLONG;
	struct netns *net = calloc(1, sizeof(*net));
	int err = 0;

	must(net != NULL);
	snprintf(net->prefix, sizeof(net->prefix), "%s", name_prefix);
	net->home_fd = net->wire_fd = net->owner_fd = -1;
	if (*name_prefix) {
		net->owner_fd = netns_owner_add(name_prefix);
		err = net->owner_fd < 0 ? net->owner_fd : 0;
	}
	if (!err)
		err = open_wire(net);
	if (err) {
		netns_close(net);
		return err;
	}
	*out = net;
	return 0;
}

static void free_node(struct netns_node *node)
{
	nl_release(node->nl);
	if (node->named)
		netns_name_remove(node->net->prefix, node->name);
	netns_agent_end(node);
	while (node->ports) {
		struct netns_port *port = node->ports;

		node->ports = port->next;
		free(port);
	}
	free(node);
}

void netns_close(struct netns *net)
{
	if (!net)
		return;
	while (net->nodes) {
		struct netns_node *node = net->nodes;

		net->nodes = node->next;
		free_node(node);
	}
	while (net->segments) {
		struct netns_segment *segment = net->segments;

		net->segments = segment->next;
		free(segment);
	}
	nl_release(net->wire_nl);
	if (net->wire_named)
		netns_name_remove(net->prefix, NETNS_WIRE_NAME);
	netns_names_clear();
	if (net->wire_fd >= 0)
		close(net->wire_fd);
	if (net->home_fd >= 0)
		close(net->home_fd);
	if (net->owner_fd >= 0)
		netns_owner_remove(net->prefix, net->owner_fd);
	free(net);
}

int netns_segment_add(struct netns *net, const char *name, bool mcast_snooping,
		      struct netns_segment **out)
{
	uint8_t mac[WIRE_MAC_BYTES] = {6, 0x76, 0x64, 0xff, 0, 0};
	char ifname[IFNAMSIZ];
	unsigned number = net->n_segments + 1;

	if (strlen(name) >= sizeof((*out)->name) || number > 255)
		return -ENAMETOOLONG;
	mac[5] = (uint8_t)number;
	snprintf(ifname, sizeof(ifname), "%.15s", name);
	int err = nl_bridge_add(net->wire_nl, ifname, mac, mcast_snooping);

	if (err == -EEXIST && strlen(name) >= IFNAMSIZ) {
		snprintf(ifname, sizeof(ifname), "%.11s~%u", name, number);
		err = nl_bridge_add(net->wire_nl, ifname, mac, mcast_snooping);
	}
	int ifindex = err ? err : nl_link_index(net->wire_nl, ifname);

	if (ifindex < 0)
		return ifindex;
	err = nl_link_set_up(net->wire_nl, ifindex, true);
	if (err)
		return err;
	struct netns_segment *segment = calloc(1, sizeof(*segment));

	must(segment != NULL);
	segment->net = net;
	segment->ifindex = ifindex;
	snprintf(segment->name, sizeof(segment->name), "%s", name);
	segment->next = net->segments;
	net->segments = segment;
	net->n_segments = number;
	*out = segment;
	return 0;
}

int netns_segment_ifindex(const struct netns_segment *segment)
{
	return segment->ifindex;
}

/* ---- nodes and their ports ----------------------------------------------------------------- */

int netns_node_add(struct netns *net, const char *name, struct netns_node **out)
{
	if (strlen(name) >= sizeof((*out)->name) || strchr(name, '/'))
		return -ENAMETOOLONG;
	for (struct netns_node *n = net->nodes; n; n = n->next)
		if (strcmp(n->name, name) == 0)
			return -EEXIST;
	struct netns_node *node = calloc(1, sizeof(*node));

	must(node != NULL);
	node->net = net;
	node->control_fd = node->events_fd = node->net_fd = -1;
	snprintf(node->name, sizeof(node->name), "%s", name);
	int err = netns_agent_start(node);

	if (!err)
		err = netns_name_add(net->prefix, node->name, node->net_fd);
	node->named = !err;
	if (err) {
		free_node(node);
		return err;
	}
	node->next = net->nodes;
	net->nodes = node;
	*out = node;
	return 0;
}

static bool wire_has(struct netns *net, const char *ifname)
{
	return nl_link_index(net->wire_nl, ifname) > 0;
}

/* NODE-IFNAME where it fits and is free, else the beginning of it and a number. */
static void name_far_end(struct netns *net, const struct netns_node *node, const char *ifname,
			 char far[IFNAMSIZ])
{
	char whole[sizeof(node->name) + IFNAMSIZ + 1];

	snprintf(whole, sizeof(whole), "%s-%s", node->name, ifname);
	snprintf(far, IFNAMSIZ, "%.15s", whole);
	for (unsigned n = 1; n < 1000 && (strlen(whole) >= IFNAMSIZ || wire_has(net, far)); n++) {
		snprintf(far, IFNAMSIZ, "%.11s~%u", whole, n);
		if (!wire_has(net, far))
			break;
	}
}

int netns_port_add(struct netns_node *node, const char *ifname, struct netns_segment *segment,
		   const uint8_t mac[WIRE_MAC_BYTES])
{
	struct netns *net = node->net;
	char far[IFNAMSIZ];

	if (strlen(ifname) >= IFNAMSIZ)
		return -ENAMETOOLONG;
	name_far_end(net, node, ifname, far);
	struct nl_veth_end near_end = {.ifname = ifname, .netns_fd = node->net_fd};
	struct nl_veth_end far_end = {.ifname = far, .netns_fd = -1};

	memcpy(near_end.mac, mac, WIRE_MAC_BYTES);
	memcpy(far_end.mac, mac, WIRE_MAC_BYTES);
	far_end.mac[0] ^= 0x04;
	int err = nl_veth_add(net->wire_nl, &far_end, &near_end);

	if (err)
		return err;
	int ifindex = nl_link_index(net->wire_nl, far);

	err = ifindex < 0 ? ifindex : nl_link_set_master(net->wire_nl, ifindex, segment->ifindex);
	if (!err)
		err = nl_link_set_up(net->wire_nl, ifindex, true);
	struct nl *nl = netns_nl(net, node);

	if (!err)
		err = nl ? nl_link_set_up(nl, nl_link_index(nl, ifname), true) : -EIO;
	if (err)
		return err;
	struct netns_port *port = calloc(1, sizeof(*port));

	must(port != NULL);
	snprintf(port->ifname, sizeof(port->ifname), "%s", ifname);
	port->wire_ifindex = ifindex;
	port->next = node->ports;
	node->ports = port;
	return 0;
}

int netns_wire_ifindex(struct netns_node *node, const char *ifname)
{
	for (struct netns_port *port = node->ports; port; port = port->next)
		if (strcmp(port->ifname, ifname) == 0)
			return port->wire_ifindex;
	return -ENODEV;
}
