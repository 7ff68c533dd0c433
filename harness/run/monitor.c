/* One netlink monitor in each node and one in the wire. Only what the kernel reports is written,
 * and only what it changed: it is asked for its links once, at the start, so that the names of
 * interfaces are known.
 *
 * Left out: neighbours that are no neighbours (multicast, loopback: NUD_NOARP), and the bridge's
 * own permanent entries. If the kernel dropped messages the run fails: evidence with holes is none.
 */
#include "harness/run/monitor.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gone { /* an entry that went; its line is not written yet */
	const char *ev;
	json_t *fields;
	char key[80];
};

struct watched_link {
	int ifindex;
	char ifname[IFNAMSIZ];
	bool up, running;
};

/* A namespace that is watched. */
struct watched {
	struct world *w;
	struct world_node *node; /* NULL: the wire */
	struct nl_monitor *monitor;
	struct event *readable;
	VEC(struct watched_link) links;
	VEC(struct gone) gone;
};

struct monitor {
	struct watched *all;
	size_t n;
};

static struct watched_link *find_link(struct watched *m, int ifindex)
{
	for (size_t i = 0; i < m->links.n; i++)
		if (m->links.at[i].ifindex == ifindex)
			return &m->links.at[i];
	return NULL;
}

static const char *link_name(struct watched *m, int ifindex)
{
	const struct watched_link *l = find_link(m, ifindex);

	return l ? l->ifname : "";
}

static void note_port(struct watched *m, const struct nl_link *link)
{
	bool running = link->up && link->running && !link->gone;

	for (size_t i = 0; i < m->w->n_ports; i++) {
		struct world_port *p = &m->w->ports[i];

		if (!m->node && p->wire_ifindex == link->ifindex)
			p->wire_running = running;
		if (m->node && p->node == m->node && p->ifindex == link->ifindex)
			p->running = running;
	}
}

/* True where up or running is not what it was. */
static bool note_link(struct watched *m, const struct nl_link *link)
{
	struct watched_link *l = find_link(m, link->ifindex);
	bool is_new = l == NULL;

	note_port(m, link);
	if (!l)
		l = vec_push(&m->links);
	bool changed = is_new || link->gone || l->up != link->up || l->running != link->running;

	l->ifindex = link->ifindex;
	snprintf(l->ifname, sizeof(l->ifname), "%s", link->ifname);
	l->up = link->up;
	l->running = link->running;
	if (link->gone)
		*l = m->links.at[--m->links.n];
	return changed;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct gone *)a)->key, ((const struct gone *)b)->key);
}

static void write_gone(struct watched *m)
{
	if (m->gone.n)
		qsort(m->gone.at, m->gone.n, sizeof(m->gone.at[0]), by_key);
	for (size_t i = 0; i < m->gone.n; i++)
		world_event(m->w, m->gone.at[i].ev, m->gone.at[i].fields);
	m->gone.n = 0;
}

/* Everything else is written at once, behind what went before it. */
static void write_event(struct watched *m, const char *ev, json_t *fields)
{
	write_gone(m);
	world_event(m->w, ev, fields);
}

static void keep_gone(struct watched *m, const char *ev, json_t *fields, const char *key)
{
	const char *ifname = json_string_value(json_object_get(fields, "ifname"));
	struct gone *g = vec_push(&m->gone);

	g->ev = ev;
	g->fields = fields;
	snprintf(g->key, sizeof(g->key), "%s %s", key, ifname);
}

static void first_link(void *ctx, const struct nl_link *link)
{
	note_link(ctx, link);
}

static void on_link(void *ctx, const struct nl_link *link)
{
	struct watched *m = ctx;

	/* The wire's side of a cable is the harness's own doing and told by its steps. */
	if (!note_link(m, link) || !m->node || !m->node->scn)
		return;
	write_event(m, "link",
		    json_pack("{s:s, s:s, s:b, s:b}", "node", m->node->name, "ifname", link->ifname,
			      "up", link->up && !link->gone, "running",
			      link->running && !link->gone));
}

static void on_addr(void *ctx, const struct nl_addr *addr, bool gone)
{
	struct watched *m = ctx;
	char ip[INET6_ADDRSTRLEN];

	if (!m->node->scn)
		return;
	write_event(m, "address",
		    json_pack("{s:s, s:s, s:s, s:i, s:s}", "node", m->node->name, "ifname",
			      link_name(m, addr->ifindex), "ip", wire_ip_text(&addr->ip, ip),
			      "prefix", (int)addr->prefix_len, "what", gone ? "del" : "add"));
}

static const char *state_name(const struct nl_neigh *n)
{
	static const struct {
		uint16_t state;
		const char *name;
	} names[] = {{NUD_INCOMPLETE, "INCOMPLETE"}, {NUD_REACHABLE, "REACHABLE"},
		     {NUD_STALE, "STALE"},	     {NUD_DELAY, "DELAY"},
		     {NUD_PROBE, "PROBE"},	     {NUD_FAILED, "FAILED"},
		     {NUD_PERMANENT, "PERMANENT"}};

	if (n->gone)
		return "none";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (n->state & names[i].state)
			return names[i].name;
	return "none";
}

static void on_neigh(void *ctx, const struct nl_neigh *n)
{
	static const uint8_t no_mac[WIRE_MAC_BYTES];
	struct watched *m = ctx;
	char ip[INET6_ADDRSTRLEN], mac[18];

	if ((n->state & NUD_NOARP) || (n->family != AF_INET && n->family != AF_INET6) ||
	    !m->node->scn)
		return;
	bool has_mac = !n->gone && memcmp(n->mac, no_mac, sizeof(no_mac)) != 0;

	json_t *fields =
		json_pack("{s:s, s:s, s:s, s:s, s:s}", "node", m->node->name, "ifname",
			  link_name(m, n->ifindex), "ip", wire_ip_text(&n->ip, ip), "mac",
			  has_mac ? wire_mac_text(n->mac, mac) : "", "state", state_name(n));

	if (n->gone)
		keep_gone(m, "neighbour", fields, ip);
	else
		write_event(m, "neighbour", fields);
}

static void on_forward(void *ctx, const struct nl_neigh *n)
{
	struct watched *m = ctx;
	char mac[18];

	if (n->family != AF_BRIDGE || (n->state & (NUD_PERMANENT | NUD_NOARP)))
		return;
	const struct world_port *p = world_port_by_wire(m->w, n->ifindex);

	if (!p)
		return;
	json_t *fields = json_pack("{s:s, s:s, s:s, s:s}", "segment", p->segment->scn->name, "mac",
				   wire_mac_text(n->mac, mac), "node", n->gone ? "" : p->node->name,
				   "ifname", n->gone ? "" : p->ifname);

	if (n->gone)
		keep_gone(m, "forward", fields, mac);
	else
		write_event(m, "forward", fields);
}

static void on_lost(void *ctx)
{
	struct watched *m = ctx;

	world_fail(m->w, -ENOBUFS, "the kernel lost messages about %s",
		   m->node ? m->node->name : "the wire");
}

static const struct nl_monitor_ops node_ops = {
	.link = on_link, .addr = on_addr, .neigh = on_neigh, .lost = on_lost};
static const struct nl_monitor_ops wire_ops = {
	.link = on_link, .neigh = on_forward, .lost = on_lost};

static int open_inside(void *ctx)
{
	struct watched *m = ctx;

	return nl_monitor_open(&m->monitor, m->node ? &node_ops : &wire_ops, m);
}

static void monitor_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct watched *m = ctx;
	int err = nl_monitor_read(m->monitor);

	write_gone(m);
	(void)fd;
	(void)what;
	if (err && err != -EAGAIN)
		world_fail(m->w, err, "watching %s: %s", m->node ? m->node->name : "the wire",
			   strerror(-err));
}

static int watch(struct world *w, struct world_node *node)
{
	struct watched *m = &w->monitor->all[w->monitor->n];
	struct netns_node *ns = node ? node->ns : NULL;

	m->w = w;
	m->node = node;
	int err = netns_inside(w->net, ns, open_inside, m);

	if (!err) {
		w->monitor->n++;
		m->readable = world_watch(w, nl_monitor_fd(m->monitor), monitor_readable, m);
		/* After subscribing, so that no change falls between. */
		err = nl_link_each(netns_nl(w->net, ns), first_link, m);
	}
	if (err)
		return world_fail(w, err, "watching %s: %s", node ? node->name : "the wire",
				  strerror(-err));
	return 0;
}

int monitor_open_wire(struct world *w)
{
	struct monitor *monitor = arena_new_object(w->arena, struct monitor);

	/* The wire, the scenario's nodes, the observer. */
	monitor->all = arena_array(w->arena, w->scn->n_nodes + 2, sizeof(struct watched));
	w->monitor = monitor;
	return watch(w, NULL);
}

int monitor_open_nodes(struct world *w)
{
	int err = 0;

	for (size_t i = 0; i < w->n_nodes && !err; i++)
		err = watch(w, &w->nodes[i]);
	return err;
}

void monitor_close(struct world *w)
{
	for (size_t i = 0; w->monitor && i < w->monitor->n; i++) {
		struct watched *m = &w->monitor->all[i];

		event_free(m->readable);
		nl_monitor_close(m->monitor);
		vec_free(&m->links);
		vec_free(&m->gone);
	}
	w->monitor = NULL;
}
