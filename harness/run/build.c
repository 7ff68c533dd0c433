/* From a scenario to a network: segments, nodes, ports with their fixed MAC addresses, addresses
 * (without duplicate address detection, so that they can be used at once), routes, rules, sysctls.
 *
 * The observer is a node of the harness's own, with a port on each segment where somebody must ask
 * for a VIP (arp_probe.c). It has no addresses, speaks no IPv6, and so says nothing by itself.
 *
 * Carrier takes its own time (the kernel reports some links only once a second); nothing that is
 * measured may begin before, so build_settle waits for it, told by the link monitor. */
#include "harness/run/build.h"

#include "harness/run/monitor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OBSERVER	"observer"
#define OBSERVER_INDEX	0xff0000u /* ports are counted from here, for their MAC addresses */
#define SETTLE_BOUND_NS (10 * NS_PER_S)

static struct wire_ip wire_ip_of(const struct conf_ip *ip)
{
	struct wire_ip out = {.family = ip->family};

	memcpy(out.bytes, ip->bytes, sizeof(out.bytes));
	return out;
}

static int fail_node(struct world *w, int err, const struct scn_node *node, const char *what)
{
	return world_fail(w, err, "node %s: %s: %s", node->name, what, strerror(-err));
}

/* Settings of "all" and "default" go before the ports are made, those of ports behind; which is
 * which is not asked: what does not exist yet is tried again. */
static int set_sysctls(struct world *w, struct world_node *node, bool ports_exist)
{
	for (const struct scn_sysctl *s = node->scn->sysctls; s; s = s->next) {
		int err = netns_sysctl(node->ns, s->name, s->value);

		if (err && (ports_exist || err != -ENOENT))
			return fail_node(w, err, node->scn, s->name);
	}
	return 0;
}

static int add_port(struct world *w, struct world_port *port)
{
	struct nl *nl = netns_nl(w->net, port->node->ns);
	struct nl *wire = netns_nl(w->net, NULL);
	int err = netns_port_add(port->node->ns, port->ifname, port->segment->ns, port->mac);

	if (err)
		return err;
	port->ifindex = nl_link_index(nl, port->ifname);
	port->wire_ifindex = netns_wire_ifindex(port->node->ns, port->ifname);
	if (port->ifindex < 0 || port->wire_ifindex < 0)
		return -ENODEV;
	err = nl_link_set_up(wire, port->wire_ifindex, true);
	if (!err)
		err = nl_link_set_up(nl, port->ifindex, true);
	for (const struct scn_addr *a = port->scn ? port->scn->addrs : NULL; a && !err;
	     a = a->next) {
		struct wire_ip ip = wire_ip_of(&a->ip);

		err = nl_addr_add(nl, port->ifindex, &ip, a->ip.prefix_len, NL_ADDR_NODAD);
	}
	return err;
}

static int add_ports(struct world *w, struct world_node *node)
{
	for (const struct scn_port *p = node->scn->ports; p; p = p->next) {
		struct world_port *port = &w->ports[w->n_ports++];

		port->scn = p;
		port->node = node;
		snprintf(port->ifname, sizeof(port->ifname), "%s", p->ifname);
		scn_port_mac(p, port->mac);
		for (size_t i = 0; i < w->n_segments; i++)
			if (w->segments[i].scn == p->segment)
				port->segment = &w->segments[i];
		must(port->segment != NULL);
		int err = add_port(w, port);

		if (err)
			return fail_node(w, err, node->scn, p->ifname);
	}
	return 0;
}

static int add_addresses(struct world *w, struct world_node *node)
{
	struct nl *nl = netns_nl(w->net, node->ns);

	for (const struct scn_dev_addr *a = node->scn->addrs; a; a = a->next) {
		struct wire_ip ip = wire_ip_of(&a->ip);
		int ifindex = nl_link_index(nl, a->ifname);
		int err = ifindex < 0
				  ? ifindex
				  : nl_addr_add(nl, ifindex, &ip, a->ip.prefix_len, NL_ADDR_NODAD);

		if (err)
			return fail_node(w, err, node->scn, a->ifname);
	}
	return 0;
}

static int add_routes(struct world *w, struct world_node *node)
{
	struct nl *nl = netns_nl(w->net, node->ns);

	for (const struct scn_route *r = node->scn->routes; r; r = r->next) {
		struct nl_route route = {.dst = wire_ip_of(&r->dst),
					 .prefix_len = r->dst.prefix_len,
					 .via = wire_ip_of(&r->via),
					 .table = r->table};
		char to[INET6_ADDRSTRLEN];

		if (r->ifname[0])
			route.ifindex = nl_link_index(nl, r->ifname);
		int err = route.ifindex < 0 ? route.ifindex : nl_route_add(nl, &route);

		if (err)
			return world_fail(w, err, "node %s: route to %s/%u: %s", node->name,
					  conf_ip_text(&r->dst, to), r->dst.prefix_len,
					  strerror(-err));
	}
	for (const struct scn_rule *r = node->scn->rules; r; r = r->next) {
		struct wire_ip from = wire_ip_of(&r->from);
		int err = nl_rule_add(nl, &from, r->from.prefix_len, r->table);

		if (err)
			return fail_node(w, err, node->scn, "rule");
	}
	return 0;
}

static int add_node(struct world *w, const struct scn_node *scn)
{
	struct world_node *node = &w->nodes[w->n_nodes++];

	node->scn = scn;
	node->name = scn->name;
	int err = netns_node_add(w->net, scn->name, &node->ns);

	if (err)
		return fail_node(w, err, scn, "cannot be made");
	err = set_sysctls(w, node, false);
	if (!err)
		err = add_ports(w, node);
	if (!err)
		err = set_sysctls(w, node, true);
	if (!err)
		err = add_addresses(w, node);
	if (!err)
		err = add_routes(w, node);
	return err;
}

static int add_observer(struct world *w, const bool *probed)
{
	static const char *const silent[] = {"net.ipv6.conf.all.disable_ipv6",
					     "net.ipv6.conf.default.disable_ipv6"};
	struct world_node *node = NULL;
	int err = 0;

	for (size_t i = 0; i < w->n_segments && !err; i++) {
		if (!probed[i])
			continue;
		if (!node) {
			node = &w->nodes[w->n_nodes++];
			node->name = OBSERVER;
			err = netns_node_add(w->net, OBSERVER, &node->ns);
			/* Where there is no IPv6 at all it is silent anyhow. */
			for (size_t k = 0; k < 2 && !err; k++)
				netns_sysctl(node->ns, silent[k], "1");
		}
		struct scn_port mac_of = {.index = OBSERVER_INDEX + (unsigned)i + 1};
		struct world_port *port = &w->ports[w->n_ports];

		port->node = node;
		port->segment = &w->segments[i];
		snprintf(port->ifname, sizeof(port->ifname), "eth%u", (unsigned)i);
		scn_port_mac(&mac_of, port->mac);
		if (!err)
			err = add_port(w, port);
		w->n_ports++;
	}
	return err ? world_fail(w, err, "the observer: %s", strerror(-err)) : 0;
}

static int add_segments(struct world *w)
{
	for (const struct scn_segment *s = w->scn->segments; s; s = s->next) {
		struct world_segment *segment = &w->segments[w->n_segments++];
		int err = netns_segment_add(w->net, s->name, s->mcast_snooping, &segment->ns);

		if (err)
			return world_fail(w, err, "segment %s: %s", s->name, strerror(-err));
		segment->scn = s;
		segment->ifindex = netns_segment_ifindex(segment->ns);
	}
	return 0;
}

static void tell_ports(struct world *w)
{
	for (size_t i = 0; i < w->n_ports; i++) {
		const struct world_port *p = &w->ports[i];
		char mac[18];

		world_event(w, "port",
			    json_pack("{s:s, s:s, s:s, s:s}", "node", p->node->name, "ifname",
				      p->ifname, "segment", p->segment->scn->name, "mac",
				      wire_mac_text(p->mac, mac)));
	}
}

int build_network(struct world *w, const char *netns_prefix, const bool *probed)
{
	size_t n_segments = 0, n_ports = 0;

	for (const struct scn_segment *s = w->scn->segments; s; s = s->next)
		n_segments++;
	for (const struct scn_node *node = w->scn->nodes; node; node = node->next)
		for (const struct scn_port *p = node->ports; p; p = p->next)
			n_ports++;
	w->segments = arena_array(w->arena, n_segments + 1, sizeof(struct world_segment));
	w->nodes = arena_array(w->arena, w->scn->n_nodes + 1, sizeof(struct world_node));
	w->ports = arena_array(w->arena, n_ports + n_segments + 1, sizeof(struct world_port));
	int err = netns_open(&w->net, netns_prefix);

	if (err)
		return world_fail(w, err, "no network namespaces: %s", strerror(-err));
	err = add_segments(w);
	if (!err)
		err = monitor_open_wire(w);
	for (const struct scn_node *node = w->scn->nodes; node && !err; node = node->next)
		err = add_node(w, node);
	if (!err)
		err = add_observer(w, probed);
	if (!err)
		tell_ports(w);
	return err;
}

static bool all_run(struct world *w)
{
	for (size_t i = 0; i < w->n_ports; i++)
		if (!w->ports[i].running || !w->ports[i].wire_running)
			return false;
	return true;
}

int build_settle(struct world *w)
{
	if (world_wait(w, all_run, SETTLE_BOUND_NS))
		return 0;
	for (size_t i = 0; i < w->n_ports; i++) {
		const struct world_port *p = &w->ports[i];

		if (!p->running || !p->wire_running)
			world_fail(w, -ETIMEDOUT, "%s of node %s got no carrier", p->ifname,
				   p->node->name);
	}
	return w->error;
}
