/* Answers small questions about the evidence: whose an address is, whether a link was up. Pure;
 * loading is in judge.c, ev_history.c and ev_capture.c, and nothing here judges. */
#include "harness/judge/evidence.h"

#include "lib/base/mono.h"

static bool is_director(const struct scn_node *node)
{
	for (const struct scn_program *p = node->programs; p; p = p->next)
		if (scn_program_is_director(p))
			return true;
	return false;
}

struct wire_ip evidence_ip(const struct conf_ip *ip)
{
	struct wire_ip out = {.family = ip->family};

	memcpy(out.bytes, ip->bytes, ip->family == AF_INET ? 4 : sizeof(out.bytes));
	return out;
}

unsigned evidence_vip(const struct evidence *ev, const struct wire_ip *ip)
{
	for (size_t i = 0; i < ev->vips.n; i++)
		if (wire_ip_equal(&ev->vips.at[i], ip))
			return (unsigned)i;
	return EV_NOBODY;
}

unsigned evidence_vip_add(struct evidence *ev, const struct wire_ip *ip)
{
	unsigned i = evidence_vip(ev, ip);

	if (i != EV_NOBODY)
		return i;
	*vec_push(&ev->vips) = *ip;
	return (unsigned)ev->vips.n - 1;
}

static void add_named_address(struct evidence *ev, const struct conf_ip *ip)
{
	struct wire_ip address = evidence_ip(ip);

	if (ip->family)
		evidence_vip_add(ev, &address);
}

/* What the scenario names, before any evidence. An address of a port is no virtual address, though
 * traffic may go to it. */
void evidence_index_scenario(struct evidence *ev)
{
	for (const struct scn_node *n = ev->scenario->nodes; n; n = n->next)
		*vec_push(&ev->nodes) =
			(struct ev_node){.name = n->name, .scn = n, .director = is_director(n)};
	for (const struct scn_check *c = ev->scenario->checks; c; c = c->next)
		add_named_address(ev, &c->ip);
	for (const struct scn_traffic *t = ev->scenario->traffics; t; t = t->next)
		add_named_address(ev, &t->to);
}

void evidence_free(struct evidence *ev)
{
	if (!ev)
		return;
	vec_free(&ev->nodes);
	vec_free(&ev->ports);
	vec_free(&ev->vips);
	vec_free(&ev->adverts);
	vec_free(&ev->arps);
	vec_free(&ev->packets);
	vec_free(&ev->syns);
	vec_free(&ev->steps);
	vec_free(&ev->programs);
	vec_free(&ev->links);
	vec_free(&ev->addresses);
	vec_free(&ev->neighbours);
	vec_free(&ev->forwards);
	vec_free(&ev->requests);
	vec_free(&ev->streams);
	vec_free(&ev->snapshots);
	vec_free(&ev->captures);
	vec_free(&ev->flaws);
	if (ev->scenario)
		scenario_free(ev->scenario);
	arena_free(ev->arena);
	free(ev);
}

bool evidence_time_sane(int64_t t_ns)
{
	return t_ns > -10000000 * NS_PER_S && t_ns < 10000000 * NS_PER_S;
}

struct ev_flaw *evidence_flaw(struct evidence *ev, struct ev_ref ref, const char *fmt, ...)
{
	struct ev_flaw *flaw = vec_push(&ev->flaws);
	struct buf text = {0};
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	*flaw = (struct ev_flaw){.text = arena_strdup(ev->arena, buf_text(&text)), .ref = ref};
	buf_free(&text);
	return flaw;
}

unsigned evidence_node(const struct evidence *ev, const char *name)
{
	for (size_t i = 0; i < ev->nodes.n; i++)
		if (!strcmp(ev->nodes.at[i].name, name))
			return (unsigned)i;
	return EV_NOBODY;
}

const char *evidence_node_name(const struct evidence *ev, unsigned node)
{
	return node < ev->nodes.n ? ev->nodes.at[node].name : "nobody";
}

unsigned evidence_mac_node(const struct evidence *ev, const uint8_t mac[WIRE_MAC_BYTES],
			   int64_t t_ns)
{
	unsigned node = EV_NOBODY;

	for (size_t i = 0; i < ev->ports.n; i++)
		if (!memcmp(ev->ports.at[i].mac, mac, WIRE_MAC_BYTES))
			return ev->ports.at[i].node;
	for (size_t i = 0; i < ev->forwards.n && ev->forwards.at[i].t_ns <= t_ns; i++)
		if (!memcmp(ev->forwards.at[i].mac, mac, WIRE_MAC_BYTES))
			node = ev->forwards.at[i].node;
	return node;
}

bool evidence_link_running(const struct evidence *ev, unsigned node, const char *ifname,
			   int64_t t_ns)
{
	bool running = true;

	for (size_t i = 0; i < ev->links.n && ev->links.at[i].t_ns <= t_ns; i++)
		if (ev->links.at[i].node == node && !strcmp(ev->links.at[i].ifname, ifname))
			running = ev->links.at[i].running;
	return running;
}
