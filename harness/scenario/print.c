/* struct scenario -> a scenario file with all defaults spelled out. What it prints reads back to
 * the same print: the tests hold it to that. Includes and definitions are gone by now. */
#include "harness/scenario/load.h"

#include "lib/base/mono.h"

#include <inttypes.h>
#include <string.h>

/* The largest unit that leaves a whole number. */
static void print_time(int64_t ns, struct buf *out)
{
	static const struct {
		int64_t ns;
		const char *unit;
	} units[] = {{NS_PER_S, "s"}, {NS_PER_MS, "ms"}, {NS_PER_US, "us"}, {1, "ns"}};
	int i = 0;

	while (ns % units[i].ns != 0)
		i++;
	buf_printf(out, "%" PRId64 "%s", ns / units[i].ns, units[i].unit);
}

static void print_ip(const struct conf_ip *ip, bool prefix, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	buf_puts(out, conf_ip_text(ip, text));
	if (prefix)
		buf_printf(out, "/%u", ip->prefix_len);
}

static void print_endpoint(const struct conf_ip *ip, uint16_t port, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	buf_printf(out, ip->family == AF_INET6 ? "[%s]:%u" : "%s:%u", conf_ip_text(ip, text), port);
}

static void print_ports(const struct scn_node *n, struct buf *out)
{
	for (const struct scn_port *p = n->ports; p; p = p->next) {
		buf_printf(out, "\t\ton %s", p->segment->name);
		for (const struct scn_addr *a = p->addrs; a; a = a->next) {
			buf_putc(out, ' ');
			print_ip(&a->ip, true, out);
		}
		buf_printf(out, " as %s\n", p->ifname);
	}
}

static void print_routes(const struct scn_node *n, struct buf *out)
{
	for (const struct scn_dev_addr *a = n->addrs; a; a = a->next) {
		buf_printf(out, "\t\taddress %s ", a->ifname);
		print_ip(&a->ip, true, out);
		buf_putc(out, '\n');
	}
	for (const struct scn_route *r = n->routes; r; r = r->next) {
		buf_puts(out, "\t\troute ");
		print_ip(&r->dst, true, out);
		if (r->via.family) {
			buf_puts(out, " via ");
			print_ip(&r->via, false, out);
		}
		if (r->ifname[0])
			buf_printf(out, " dev %s", r->ifname);
		buf_printf(out, " table %u\n", r->table);
	}
	for (const struct scn_rule *r = n->rules; r; r = r->next) {
		buf_puts(out, "\t\trule from ");
		print_ip(&r->from, true, out);
		buf_printf(out, " table %u\n", r->table);
	}
}

/* $$ stands for a dollar sign. */
static void print_text(const char *text, struct buf *out)
{
	for (; *text; text++)
		buf_puts(out, *text == '$' ? "$$" : (const char[]){*text, '\0'});
}

static void print_node(const struct scn_node *n, struct buf *out)
{
	buf_printf(out, "\tnode %s {\n", n->name);
	print_ports(n, out);
	print_routes(n, out);
	for (const struct scn_sysctl *s = n->sysctls; s; s = s->next)
		buf_printf(out, "\t\tsysctl %s %s\n", s->name, s->value);
	for (const struct scn_program *p = n->programs; p; p = p->next) {
		buf_printf(out, "\t\trun %s", p->driver);
		if (p->config)
			buf_printf(out, " \"%s\"", p->config);
		for (const char *const *arg = p->args; *arg; arg++) {
			buf_puts(out, " \"");
			print_text(*arg, out);
			buf_putc(out, '"');
		}
		buf_putc(out, '\n');
	}
	buf_puts(out, "\t}\n");
}

static void print_traffic(const struct scn_traffic *t, struct buf *out)
{
	buf_printf(out, "\ttraffic %s {\n\t\tfrom %s\n", t->name, t->from->name);
	switch (t->kind) {
	case SCN_TRAFFIC_HTTP:
		buf_puts(out, "\t\thttp \"http://");
		print_endpoint(&t->to, t->port, out);
		buf_printf(out, "%s\"\n\t\tsessions %u\n\t\ttimeout ", t->path, t->sessions);
		print_time(t->timeout_ns, out);
		break;
	case SCN_TRAFFIC_UDP:
		buf_puts(out, "\t\tudp ");
		print_endpoint(&t->to, t->port, out);
		break;
	case SCN_TRAFFIC_ICMP:
		buf_puts(out, "\t\ticmp ");
		print_ip(&t->to, false, out);
		break;
	}
	buf_puts(out, "\n\t\tevery ");
	print_time(t->every_ns, out);
	buf_puts(out, "\n\t\tstart ");
	print_time(t->start_ns, out);
	if (t->stop_ns) {
		buf_puts(out, "\n\t\tstop ");
		print_time(t->stop_ns, out);
	}
	buf_puts(out, "\n\t}\n");
}

static bool has_choice(const struct scenario *s)
{
	for (const struct scn_node *n = s->nodes; n; n = n->next)
		for (const struct scn_program *p = n->programs; p; p = p->next)
			if (strcmp(p->driver, "director") == 0)
				return true;
	return false;
}

static void print_settings(const struct scenario *s, struct buf *out)
{
	buf_printf(out, "\tseed %" PRIu64 "\n", s->seed);
	if (s->needs)
		buf_puts(out, "\tneeds");
	for (int i = 0; scn_need_names[i]; i++)
		if (s->needs & (1U << i))
			buf_printf(out, " %s", scn_need_names[i]);
	buf_puts(out, s->needs ? "\n\tduration " : "\tduration ");
	print_time(s->duration_ns, out);
	buf_putc(out, '\n');
	if (!has_choice(s))
		return;
	buf_puts(out, "\tdirectors");
	for (const char *const *d = s->directors; *d; d++)
		buf_printf(out, " %s", *d);
	buf_putc(out, '\n');
}

void scenario_print(const struct scenario *s, struct buf *out)
{
	if (s->summary[0])
		buf_printf(out, "# %s\n", s->summary);
	buf_printf(out, "scenario %s {\n", s->name);
	print_settings(s, out);
	for (const struct scn_segment *seg = s->segments; seg; seg = seg->next) {
		buf_printf(out, "\tsegment %s", seg->name);
		if (seg->prefix4.family) {
			buf_putc(out, ' ');
			print_ip(&seg->prefix4, true, out);
		}
		if (seg->prefix6.family) {
			buf_putc(out, ' ');
			print_ip(&seg->prefix6, true, out);
		}
		buf_printf(out, " { snooping %s }\n", seg->mcast_snooping ? "on" : "off");
	}
	for (const struct scn_node *n = s->nodes; n; n = n->next)
		print_node(n, out);
	for (const struct scn_traffic *t = s->traffics; t; t = t->next)
		print_traffic(t, out);
	for (const struct scn_step *step = s->steps; step; step = step->next) {
		buf_puts(out, "\tat ");
		print_time(step->at_ns, out);
		buf_puts(out, " { ");
		print_text(step->text, out);
		buf_puts(out, " }\n");
	}
	buf_puts(out, "\texpect {\n");
	for (const struct scn_check *c = s->checks; c; c = c->next)
		buf_printf(out, "\t\t%s\n", c->text);
	buf_puts(out, "\t}\n}\n");
}
