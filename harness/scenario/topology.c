/* Segments and nodes: `segment` and `node` blocks -> structs.
 *
 * Host parts (.11, ::12) become full addresses here, so that nobody else needs to know them. What
 * refers to several statements of a node (gateways, interfaces) is checked at the end of its block.
 */
#include "harness/scenario/load.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* ---- segments ------------------------------------------------------------------------------ */

static bool is_network(const struct conf_ip *ip)
{
	int bits = ip->family == AF_INET ? 32 : 128;

	for (int bit = ip->prefix_len; bit < bits; bit++)
		if (ip->bytes[bit / 8] & (0x80 >> (bit % 8)))
			return false;
	return true;
}

static bool prefixes_overlap(const struct conf_ip *a, const struct conf_ip *b)
{
	return scn_ip_in(a, b) || scn_ip_in(b, a);
}

static void add_prefix(struct conf_bind *b, struct scn_segment *seg, const struct conf_word *w)
{
	struct conf_ip ip;

	if (!conf_get_ip(b, w, &ip))
		return;
	struct conf_ip *slot = ip.family == AF_INET ? &seg->prefix4 : &seg->prefix6;

	if (!ip.has_prefix || !is_network(&ip)) {
		conf_error(b->report, w->pos,
			   "expected the address of a network such as 192.0.2.0/24, found '%.80s'",
			   w->text);
		return;
	}
	if (slot->family) {
		conf_error(b->report, w->pos, "a segment has one IPv4 and one IPv6 network");
		return;
	}
	for (struct scn_segment *o = scn_load(b)->s->segments; o; o = o->next)
		if (prefixes_overlap(&ip, &o->prefix4) || prefixes_overlap(&ip, &o->prefix6))
			conf_error(b->report, w->pos, "%s overlaps the network of segment '%s'",
				   w->text, o->name);
	*slot = ip;
}

void *scn_set_segment(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scenario *scn = object;
	struct scn_segment *seg = arena_new_object(b->arena, struct scn_segment);

	if (!scn_check_name(b, &s->word[1], "segment", SCN_SEGMENT_MAX_BYTES))
		return NULL;
	for (struct scn_segment *o = scn->segments; o; o = o->next) {
		if (strcmp(o->name, s->word[1].text) == 0) {
			conf_error(b->report, s->word[1].pos,
				   "segment '%s' again; the first is in line %d", o->name,
				   o->pos.line);
			return NULL;
		}
	}
	seg->name = s->word[1].text;
	seg->pos = s->word[1].pos;
	for (int i = 2; i < s->n_words; i++)
		add_prefix(b, seg, &s->word[i]);
	scn_append(scn->segments, seg);
	return seg;
}

static void *set_snooping(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_segment *seg = object;

	conf_get_bool(b, &s->word[1], &seg->mcast_snooping);
	return NULL;
}

const struct conf_keyword scn_segment_keywords[] = {
	{.name = "snooping",
	 .args = "on|off",
	 .help = "whether the bridge forwards multicast only to ports that joined; off by default",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_snooping},
	{0}};

/* ---- ports --------------------------------------------------------------------------------- */

/* ".11" or ".2.11": the last bytes of the segment's IPv4 network replaced. */
static bool host_part4(const struct scn_segment *seg, const char *text, struct conf_ip *ip)
{
	char full[INET_ADDRSTRLEN + 4];
	int n_dots = 0, skip = 0;

	for (const char *p = text; *p; p++)
		n_dots += *p == '.';
	if (n_dots > 3 || strlen(text) > 12 || seg->prefix4.family != AF_INET)
		return false;
	/* Keep as many bytes of the network as the host part leaves. */
	skip = snprintf(full, sizeof(full), "%d", seg->prefix4.bytes[0]);
	for (int i = 1; i < 4 - n_dots; i++)
		skip += snprintf(full + skip, sizeof(full) - (size_t)skip, ".%d",
				 seg->prefix4.bytes[i]);
	snprintf(full + skip, sizeof(full) - (size_t)skip, "%s", text);
	ip->family = AF_INET;
	return inet_pton(AF_INET, full, ip->bytes) == 1;
}

/* "::12": the host bits behind the segment's IPv6 network. */
static bool host_part6(const struct scn_segment *seg, const char *text, struct conf_ip *ip)
{
	if (seg->prefix6.family != AF_INET6 || inet_pton(AF_INET6, text, ip->bytes) != 1)
		return false;
	for (int i = 0; i < 16; i++)
		ip->bytes[i] |= seg->prefix6.bytes[i];
	ip->family = AF_INET6;
	return true;
}

static bool get_host(struct conf_bind *b, const struct scn_segment *seg, const struct conf_word *w,
		     struct conf_ip *ip)
{
	bool v4 = w->text[0] == '.', v6 = strncmp(w->text, "::", 2) == 0;

	*ip = (struct conf_ip){0};
	if (v4 || v6) {
		const struct conf_ip *net = v4 ? &seg->prefix4 : &seg->prefix6;

		if (!net->family) {
			conf_error(b->report, w->pos, "segment '%s' has no %s network for '%.80s'",
				   seg->name, v4 ? "IPv4" : "IPv6", w->text);
			return false;
		}
		if (!(v4 ? host_part4(seg, w->text, ip) : host_part6(seg, w->text, ip))) {
			conf_error(b->report, w->pos,
				   "expected a host part such as .11 or ::11, found '%.80s'",
				   w->text);
			return false;
		}
	} else if (!conf_get_ip(b, w, ip)) {
		return false;
	}
	const struct conf_ip *net = ip->family == AF_INET ? &seg->prefix4 : &seg->prefix6;

	if (!scn_ip_in(ip, net)) {
		conf_error(b->report, w->pos, "%s is not in the network of segment '%s'", w->text,
			   seg->name);
		return false;
	}
	if (!ip->has_prefix)
		ip->prefix_len = net->prefix_len;
	ip->has_prefix = true;
	if (ip->prefix_len == net->prefix_len && conf_ip_equal(ip, net)) {
		conf_error(b->report, w->pos, "%s is the network itself, not a host in it",
			   w->text);
		return false;
	}
	return true;
}

/* Says who has an address already. NULL: nobody. */
static const struct scn_node *owner_of(const struct scenario *scn, const struct scn_node *last,
				       const struct scn_port *extra, const struct conf_ip *ip)
{
	for (const struct scn_addr *a = extra->addrs; a; a = a->next)
		if (conf_ip_equal(&a->ip, ip))
			return last;
	for (const struct scn_node *n = scn->nodes; n; n = n->next)
		for (const struct scn_port *p = n->ports; p; p = p->next)
			for (const struct scn_addr *a = p->addrs; a; a = a->next)
				if (conf_ip_equal(&a->ip, ip))
					return n;
	return NULL;
}

static void add_address(struct conf_bind *b, struct scn_node *node, struct scn_port *port,
			const struct conf_word *w)
{
	struct scn_addr *addr = arena_new_object(b->arena, struct scn_addr);

	if (!get_host(b, port->segment, w, &addr->ip))
		return;
	const struct scn_node *owner = owner_of(scn_load(b)->s, node, port, &addr->ip);
	char text[INET6_ADDRSTRLEN];

	if (owner)
		conf_error(b->report, w->pos, "%s already belongs to node '%s'",
			   conf_ip_text(&addr->ip, text), owner->name);
	else
		scn_append(port->addrs, addr);
}

static bool ifname_taken(const struct scn_node *node, const char *ifname)
{
	for (const struct scn_port *p = node->ports; p; p = p->next)
		if (strcmp(p->ifname, ifname) == 0)
			return true;
	return strcmp(ifname, "lo") == 0;
}

static bool name_port(struct conf_bind *b, const struct scn_node *node, struct scn_port *port,
		      const struct conf_word *as)
{
	if (!as) {
		unsigned i = 0;

		do {
			snprintf(port->ifname, sizeof(port->ifname), "eth%u", i++);
		} while (ifname_taken(node, port->ifname));
		return true;
	}
	if (!scn_check_name(b, as, "port", IFNAMSIZ - 1))
		return false;
	if (ifname_taken(node, as->text)) {
		conf_error(b->report, as->pos, "node '%s' already has a port '%s'", node->name,
			   as->text);
		return false;
	}
	snprintf(port->ifname, sizeof(port->ifname), "%s", as->text);
	return true;
}

static void *set_on(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_node *node = object;
	struct scn_port *port = arena_new_object(b->arena, struct scn_port);
	const struct conf_word *as = NULL;
	int n = s->n_words;

	port->segment = scn_find_segment(b, &s->word[1]);
	if (!port->segment)
		return NULL;
	port->pos = s->word[0].pos;
	port->index = ++scn_load(b)->n_ports;
	if (n > 3 && strcmp(s->word[n - 2].text, "as") == 0) {
		as = &s->word[n - 1];
		n -= 2;
	}
	if (!name_port(b, node, port, as))
		return NULL;
	for (int i = 2; i < n; i++)
		add_address(b, node, port, &s->word[i]);
	scn_append(node->ports, port);
	return NULL;
}

/* ---- addresses, routes, rules, sysctls ----------------------------------------------------- */

static bool get_ifname(struct conf_bind *b, const struct conf_word *w, char out[IFNAMSIZ])
{
	if (!scn_check_name(b, w, "port", IFNAMSIZ - 1))
		return false;
	snprintf(out, IFNAMSIZ, "%s", w->text);
	return true;
}

static void *set_address(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_node *node = object;
	struct scn_dev_addr *addr = arena_new_object(b->arena, struct scn_dev_addr);

	if (get_ifname(b, &s->word[1], addr->ifname) && conf_get_ip(b, &s->word[2], &addr->ip))
		scn_append(node->addrs, addr);
	return NULL;
}

static void phrase_table(struct scn_phrase *p, uint32_t *out)
{
	const struct conf_word *w = scn_phrase_word(p);
	int64_t table = 0;

	if (w && conf_get_int(p->b, w, 1, UINT32_MAX, &table))
		*out = (uint32_t)table;
	else
		p->failed = true;
}

static void *set_route(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_node *node = object;
	struct scn_route *r = arena_new_object(b->arena, struct scn_route);
	struct scn_phrase p = scn_phrase_start(b, s);
	bool is_default = scn_phrase_maybe(&p, "default");

	r->table = 254; /* main */
	if (!is_default && !conf_get_ip(b, scn_phrase_word(&p), &r->dst))
		return NULL;
	if (scn_phrase_maybe(&p, "via"))
		scn_phrase_ip(&p, &r->via);
	if (scn_phrase_maybe(&p, "dev")) {
		const struct conf_word *w = scn_phrase_word(&p);

		if (w && !get_ifname(b, w, r->ifname))
			return NULL;
	}
	if (scn_phrase_maybe(&p, "table"))
		phrase_table(&p, &r->table);
	if (!scn_phrase_end(&p))
		return NULL;
	if (is_default)
		r->dst.family = r->via.family ? r->via.family : AF_INET;
	r->dst.has_prefix = true;
	if (!r->via.family && !r->ifname[0])
		conf_error(b->report, s->word[0].pos, "a route needs 'via IP' or 'dev IFNAME'");
	else if (r->via.family && r->via.family != r->dst.family)
		conf_error(b->report, s->word[0].pos,
			   "the gateway is not of the same family as the destination");
	else
		scn_append(node->routes, r);
	return NULL;
}

static void *set_rule(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_node *node = object;
	struct scn_rule *r = arena_new_object(b->arena, struct scn_rule);
	struct scn_phrase p = scn_phrase_start(b, s);

	scn_phrase_must(&p, "from");
	const struct conf_word *w = scn_phrase_word(&p);

	if (w && !conf_get_ip(b, w, &r->from))
		return NULL;
	scn_phrase_must(&p, "table");
	if (!p.failed)
		phrase_table(&p, &r->table);
	if (scn_phrase_end(&p))
		scn_append(node->rules, r);
	return NULL;
}

static void *set_sysctl(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_node *node = object;
	struct scn_sysctl *sysctl = arena_new_object(b->arena, struct scn_sysctl);
	struct buf value = {0};

	sysctl->name = s->word[1].text;
	for (int i = 2; i < s->n_words; i++)
		buf_printf(&value, "%s%s", i > 2 ? " " : "", s->word[i].text);
	sysctl->value = arena_strdup(b->arena, buf_text(&value));
	buf_free(&value);
	if (strncmp(sysctl->name, "net.", 4) != 0 || strchr(sysctl->name, '/') ||
	    strstr(sysctl->name, ".."))
		conf_error(b->report, s->word[1].pos,
			   "only net.* settings belong to a node, found '%.80s'", sysctl->name);
	else
		scn_append(node->sysctls, sysctl);
	return NULL;
}

/* ---- programs ------------------------------------------------------------------------------ */

struct driver {
	const char *name;
	bool takes_config;
	bool is_director;
};

static const struct driver drivers[] = {{"director", true, true},   {"vipd", true, true},
					{"keepalived", true, true}, {"nginx", true, false},
					{"echo", false, false},	    {0}};
static const char *const driver_names[] = {"director", "vipd", "keepalived", "nginx", "echo", NULL};
const char *const scn_director_drivers[] = {"vipd", "keepalived", NULL};

bool scn_program_is_director(const struct scn_program *p)
{
	for (const struct driver *d = drivers; d->name; d++)
		if (strcmp(d->name, p->driver) == 0)
			return d->is_director;
	return false;
}

/* A path as written is looked for in the scenario's folder, in each folder above it, and in the
 * current one: it may be written relative to the scenario or to the project. NULL: not there. */
static const char *find_file(struct conf_bind *b, const char *path)
{
	const char *folder = scn_load(b)->folder;
	size_t n = strlen(folder);
	const char *copy =
		arena_printf(b->arena, "%s/%s", folder, scenario_input_name(b->arena, path));

	if (access(copy, R_OK) == 0)
		return copy;
	if (path[0] == '/')
		return access(path, R_OK) == 0 ? path : NULL;
	while (n > 0) {
		const char *try = arena_printf(b->arena, "%.*s/%s", (int)n, folder, path);

		if (access(try, R_OK) == 0)
			return try;
		while (n > 0 && folder[n - 1] != '/')
			n--;
		while (n > 0 && folder[n - 1] == '/')
			n--;
	}
	return access(path, R_OK) == 0 ? path : NULL;
}

static bool check_echo(struct conf_bind *b, const struct conf_stmt *s)
{
	uint16_t port = 0;

	if (s->n_words == 4 && strcmp(s->word[2].text, "udp") == 0)
		return conf_get_port(b, &s->word[3], &port);
	conf_error(b->report, s->word[1].pos, "expected: run echo udp PORT");
	return false;
}

static void *set_run(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_node *node = object;
	struct scn_program *prog = arena_new_object(b->arena, struct scn_program);
	int which = 0, first_arg = 2;

	if (!conf_get_choice(b, &s->word[1], driver_names, &which))
		return NULL;
	*prog = (struct scn_program){
		.driver = s->word[1].text, .pos = s->word[1].pos, .node = node};
	if (!drivers[which].takes_config && !check_echo(b, s))
		return NULL;
	if (drivers[which].takes_config) {
		if (s->n_words < 3) {
			conf_error(b->report, s->word[1].pos,
				   "'%s' needs its configuration file: run %s FILE", prog->driver,
				   prog->driver);
			return NULL;
		}
		prog->config = s->word[first_arg++].text;
		prog->config_path = find_file(b, prog->config);
		if (!prog->config_path) {
			conf_error(b->report, s->word[2].pos,
				   "cannot find or read '%s' in the scenario's folder or above",
				   prog->config);
			return NULL;
		}
	}
	for (struct scn_program *o = node->programs; o && drivers[which].is_director; o = o->next)
		if (scn_program_is_director(o))
			conf_error(b->report, s->word[1].pos,
				   "node '%s' already runs a director (line %d)", node->name,
				   o->pos.line);
	const char **args = arena_array(b->arena, (size_t)s->n_words, sizeof(*args));

	for (int i = first_arg; i < s->n_words; i++)
		args[i - first_arg] = s->word[i].text;
	prog->args = args;
	scn_append(node->programs, prog);
	return NULL;
}

/* ---- nodes --------------------------------------------------------------------------------- */

void *scn_set_node(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scenario *scn = object;
	struct scn_node *node = arena_new_object(b->arena, struct scn_node);
	const char *name = s->word[1].text;

	if (!scn_check_name(b, &s->word[1], "node", SCN_NAME_MAX_BYTES))
		return NULL;
	if (strcmp(name, "wire") == 0 || strcmp(name, "observer") == 0) {
		conf_error(b->report, s->word[1].pos, "the name '%s' is taken by vipdrill itself",
			   name);
		return NULL;
	}
	for (struct scn_node *o = scn->nodes; o; o = o->next) {
		if (strcmp(o->name, name) == 0) {
			conf_error(b->report, s->word[1].pos,
				   "node '%s' again; the first is in line %d", name, o->pos.line);
			return NULL;
		}
	}
	node->name = name;
	node->pos = s->word[1].pos;
	node->index = scn->n_nodes++;
	scn_append(scn->nodes, node);
	return node;
}

static bool reaches(const struct scn_node *node, const struct conf_ip *gateway)
{
	for (const struct scn_port *p = node->ports; p; p = p->next)
		if (scn_ip_in(gateway, &p->segment->prefix4) ||
		    scn_ip_in(gateway, &p->segment->prefix6))
			return true;
	return false;
}

void scn_end_node(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_node *node = object;
	char text[INET6_ADDRSTRLEN];

	(void)s;
	if (!node->ports)
		conf_error(b->report, node->pos, "node '%s' is on no segment", node->name);
	for (const struct scn_dev_addr *a = node->addrs; a; a = a->next)
		if (!ifname_taken(node, a->ifname))
			conf_error(b->report, node->pos, "node '%s' has no port '%s' for %s",
				   node->name, a->ifname, conf_ip_text(&a->ip, text));
	for (const struct scn_route *r = node->routes; r; r = r->next) {
		if (r->via.family && !reaches(node, &r->via))
			conf_error(b->report, node->pos,
				   "the gateway %s is in no network of node '%s'",
				   conf_ip_text(&r->via, text), node->name);
		if (r->ifname[0] && !ifname_taken(node, r->ifname))
			conf_error(b->report, node->pos, "node '%s' has no port '%s' for its route",
				   node->name, r->ifname);
	}
}

const struct conf_keyword scn_node_keywords[] = {
	{.name = "on",
	 .args = "SEGMENT ADDRESS... [as IFNAME]",
	 .help = "a port on a segment; an address is a host part (.11, ::11) or in full; ports are "
		 "named eth0, eth1, ... unless named here",
	 .example = "on inner .12 ::12 as eth1",
	 .min_args = 1,
	 .max_args = CONF_ANY,
	 .repeats = true,
	 .set = set_on},
	{.name = "address",
	 .args = "IFNAME IP[/LEN]",
	 .help = "a further address on a port or on lo (virtual addresses of direct routing)",
	 .example = "address lo 172.16.28.65/32",
	 .min_args = 2,
	 .max_args = 2,
	 .repeats = true,
	 .set = set_address},
	{.name = "route",
	 .args = "PREFIX|default [via IP] [dev IFNAME] [table N]",
	 .help = "a route; table 254 (main) by default",
	 .example = "route default via 10.10.204.66 table 66",
	 .min_args = 3,
	 .max_args = 7,
	 .repeats = true,
	 .set = set_route},
	{.name = "rule",
	 .args = "from PREFIX table N",
	 .help = "a routing rule: what comes from these addresses uses that table",
	 .example = "rule from 10.10.204.163/32 table 66",
	 .min_args = 4,
	 .max_args = 4,
	 .repeats = true,
	 .set = set_rule},
	{.name = "sysctl",
	 .args = "NAME VALUE...",
	 .help = "a net.* setting of the node",
	 .example = "sysctl net.ipv4.ip_forward 1",
	 .min_args = 2,
	 .max_args = CONF_ANY,
	 .repeats = true,
	 .set = set_sysctl},
	{.name = "run",
	 .args = "DRIVER [FILE] [WORD...]",
	 .help = "a program: director (the one that --director chooses), vipd, keepalived or "
		 "nginx with its configuration file and further arguments, or `echo udp PORT`, "
		 "which answers each datagram with it and the node's name",
	 .example = "run director fixtures/link-down/lb1.conf",
	 .min_args = 1,
	 .max_args = CONF_ANY,
	 .repeats = true,
	 .set = set_run},
	{0}};
