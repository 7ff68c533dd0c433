/* `expect { ... }` -> struct scn_check. Besides the form, this checks that what is asked for can be
 * seen at all: addresses lie in a segment, owners are directors on that segment, traffic is of the
 * kind that the check counts. */
#include "harness/scenario/load.h"

#include <string.h>

static struct scn_check *new_check(struct conf_bind *b, const struct conf_stmt *s)
{
	struct scn_check *c = arena_new_object(b->arena, struct scn_check);

	*c = (struct scn_check){.kind = (enum scn_check_kind)conf_bind_row(b)->arg,
				.pos = s->word[0].pos,
				.text = scn_stmt_text(b, s),
				.to_ns = -1,
				.limit_ns = -1,
				.excess_ns = -1,
				.excess_real_ns = -1,
				.count = -1,
				.broken = -1};
	return c;
}

static void *finish_check(struct scn_phrase *p, struct scn_check *c)
{
	if (scn_phrase_end(p))
		scn_append(scn_load(p->b)->s->checks, c);
	return NULL;
}

/* ---- addresses and their owners ------------------------------------------------------------ */

/* A virtual address: in a segment's network, and no node's own. */
static void read_vip(struct scn_phrase *p, struct conf_ip *out)
{
	const struct scenario *scn = scn_load(p->b)->s;
	char text[INET6_ADDRSTRLEN];

	scn_phrase_ip(p, out);
	if (p->failed)
		return;
	struct conf_pos at = p->s->word[p->next - 1].pos;

	if (!scenario_segment_of(scn, out)) {
		conf_error(p->b->report, at, "%s is in the network of no segment",
			   conf_ip_text(out, text));
		p->failed = true;
	}
	for (const struct scn_node *n = scn->nodes; n && !p->failed; n = n->next)
		for (const struct scn_port *port = n->ports; port; port = port->next)
			for (const struct scn_addr *a = port->addrs; a; a = a->next)
				if (conf_ip_equal(&a->ip, out)) {
					conf_error(p->b->report, at,
						   "%s is the own address of node '%s', not a "
						   "virtual one",
						   conf_ip_text(out, text), n->name);
					p->failed = true;
				}
}

static bool runs_director(const struct scn_node *n)
{
	for (const struct scn_program *prog = n->programs; prog; prog = prog->next)
		if (scn_program_is_director(prog))
			return true;
	return false;
}

/* A node that can own a virtual address: a director with a port on the address's segment. */
static void read_owner(struct scn_phrase *p, const struct conf_ip *vip, struct scn_node **out)
{
	char text[INET6_ADDRSTRLEN];

	scn_phrase_node(p, out);
	if (p->failed)
		return;
	const struct scn_segment *seg = scenario_segment_of(scn_load(p->b)->s, vip);
	struct conf_pos at = p->s->word[p->next - 1].pos;

	if (!runs_director(*out)) {
		conf_error(p->b->report, at, "node '%s' runs no director", (*out)->name);
		p->failed = true;
	} else if (!scn_node_port(*out, seg)) {
		conf_error(p->b->report, at, "node '%s' is not on segment '%s', where %s is",
			   (*out)->name, seg->name, conf_ip_text(vip, text));
		p->failed = true;
	}
}

/* within TIME after TIME */
static void read_within(struct scn_phrase *p, struct scn_check *c)
{
	scn_phrase_must(p, "within");
	scn_phrase_duration(p, &c->limit_ns);
	scn_phrase_must(p, "after");
	scn_phrase_time(p, &c->from_ns);
}

static void *set_owner(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);

	(void)object;
	read_vip(&p, &c->ip);
	read_owner(&p, &c->ip, &c->node);
	scn_phrase_span(&p, &c->from_ns, &c->to_ns);
	return finish_check(&p, c);
}

static void *set_transitions(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);
	int n = 0;

	(void)object;
	c->nodes = arena_array(b->arena, (size_t)s->n_words, sizeof(struct scn_node *));
	read_vip(&p, &c->ip);
	while (!p.failed && p.next < s->n_words) {
		read_owner(&p, &c->ip, &c->nodes[n]);
		if (!p.failed && n > 0 && c->nodes[n] == c->nodes[n - 1]) {
			conf_error(b->report, s->word[p.next - 1].pos,
				   "'%s' twice in a row is no change of owner", c->nodes[n]->name);
			p.failed = true;
		}
		n++;
	}
	return finish_check(&p, c);
}

static void *set_announced(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);

	(void)object;
	read_vip(&p, &c->ip);
	scn_phrase_must(&p, "by");
	read_owner(&p, &c->ip, &c->node);
	read_within(&p, c);
	if (scn_phrase_maybe(&p, "count")) {
		scn_phrase_must(&p, "at");
		scn_phrase_must(&p, "least");
		scn_phrase_count(&p, &c->count);
	}
	return finish_check(&p, c);
}

static void *set_client_entry(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);
	char text[INET6_ADDRSTRLEN];

	(void)object;
	scn_phrase_node(&p, &c->client);
	read_vip(&p, &c->ip);
	const struct scn_segment *seg =
		p.failed ? NULL : scenario_segment_of(scn_load(b)->s, &c->ip);

	if (!p.failed && !scn_node_port(c->client, seg)) {
		conf_error(b->report, s->word[1].pos,
			   "node '%s' is not on segment '%s', where %s is, and has no entry for it",
			   c->client->name, seg->name, conf_ip_text(&c->ip, text));
		p.failed = true;
	}
	read_owner(&p, &c->ip, &c->node);
	read_within(&p, c);
	return finish_check(&p, c);
}

/* ---- times --------------------------------------------------------------------------------- */

/* [or TIME in real time]: what a machine that computes beside the clock may need. */
static void read_real_time(struct scn_phrase *p, int64_t *out_ns)
{
	if (!scn_phrase_maybe(p, "or"))
		return;
	scn_phrase_duration(p, out_ns);
	scn_phrase_must(p, "in");
	scn_phrase_must(p, "real");
	scn_phrase_must(p, "time");
}

static void *set_failover(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);

	(void)object;
	if (scn_phrase_maybe(&p, "under"))
		scn_phrase_duration(&p, &c->limit_ns);
	if (c->limit_ns < 0 || (p.next < s->n_words && !strcmp(s->word[p.next].text, "excess"))) {
		scn_phrase_must(&p, "excess");
		scn_phrase_must(&p, "under");
		scn_phrase_duration(&p, &c->excess_ns);
		read_real_time(&p, &c->excess_real_ns);
	}
	if (scn_phrase_maybe(&p, "after"))
		scn_phrase_time(&p, &c->from_ns);
	return finish_check(&p, c);
}

/* [IP] never longer than TIME [from TIME] [to TIME] */
static void *set_masters(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);

	(void)object;
	if (strcmp(s->word[1].text, "never") != 0 && strpbrk(s->word[1].text, ".:"))
		read_vip(&p, &c->ip);
	scn_phrase_must(&p, "never");
	scn_phrase_must(&p, "longer");
	scn_phrase_must(&p, "than");
	scn_phrase_duration(&p, &c->limit_ns);
	scn_phrase_span(&p, &c->from_ns, &c->to_ns);
	return finish_check(&p, c);
}

static void *set_quiet(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);

	(void)object;
	scn_phrase_span(&p, &c->from_ns, &c->to_ns);
	return finish_check(&p, c);
}

/* ---- traffic and IPVS ---------------------------------------------------------------------- */

static void *set_sessions(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);
	bool any = false;

	(void)object;
	if (strcmp(s->word[1].text, "lost") != 0) {
		c->traffic = scn_find_traffic(b, scn_phrase_word(&p));
		if (!c->traffic)
			return NULL;
	}
	for (const struct scn_traffic *t = scn_load(b)->s->traffics; t; t = t->next)
		any |= t->kind == SCN_TRAFFIC_HTTP && (!c->traffic || c->traffic == t);
	if (!any) {
		conf_error(b->report, s->word[c->traffic ? 1 : 0].pos,
			   c->traffic
				   ? "traffic '%s' has no sessions: it is not http"
				   : "there is no http traffic whose sessions could be counted%s",
			   c->traffic ? c->traffic->name : "");
		return NULL;
	}
	scn_phrase_must(&p, "lost");
	scn_phrase_count(&p, &c->count);
	if (scn_phrase_maybe(&p, "broken"))
		scn_phrase_count(&p, &c->broken);
	return finish_check(&p, c);
}

static void *set_stream(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);

	(void)object;
	c->traffic = scn_find_traffic(b, scn_phrase_word(&p));
	if (!c->traffic)
		return NULL;
	if (c->traffic->kind == SCN_TRAFFIC_HTTP) {
		conf_error(b->report, s->word[1].pos, "traffic '%s' is no stream: it is http",
			   c->traffic->name);
		return NULL;
	}
	scn_phrase_must(&p, "silent");
	scn_phrase_must(&p, "under");
	scn_phrase_duration(&p, &c->limit_ns);
	return finish_check(&p, c);
}

static void check_two_directors(struct scn_phrase *p)
{
	int n = 0;

	for (const struct scn_node *node = scn_load(p->b)->s->nodes; node; node = node->next)
		n += runs_director(node) ? 1 : 0;
	if (p->failed || n >= 2)
		return;
	conf_error(p->b->report, p->s->word[0].pos, "'%s' compares two directors, there %s %d",
		   p->s->word[1].text, n == 1 ? "is" : "are", n);
	p->failed = true;
}

static void *set_ipvs(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const char *const whats[] = {"consistent", "synced", "service", NULL};
	struct scn_phrase p = scn_phrase_start(b, s);
	struct scn_check *c = new_check(b, s);
	int what = 0;

	(void)object;
	if (!conf_get_choice(b, scn_phrase_word(&p), whats, &what))
		return NULL;
	c->what = whats[what];
	scn_load(b)->s->needs |= SCN_NEED_IPVS;
	if (what < 2) {
		check_two_directors(&p);
		return finish_check(&p, c);
	}
	const struct conf_word *w = scn_phrase_word(&p);

	if (!w || !scn_get_endpoint(b, w, &c->ip, &c->port))
		return NULL;
	if (!c->port) {
		conf_error(b->report, w->pos, "expected IP:PORT, found '%.80s'", w->text);
		return NULL;
	}
	scn_phrase_must(&p, "servers");
	scn_phrase_count(&p, &c->count);
	return finish_check(&p, c);
}

/* ---- the block ----------------------------------------------------------------------------- */

void *scn_set_expect(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)s;
	scn_load(b)->has_expect = true;
	return object;
}

void scn_end_expect(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	(void)object;
	if (!s->block->first)
		conf_error(b->report, s->block->open,
			   "nothing is expected: at least one check is needed");
}

#define CHECK_ROW(NAME, KIND, MIN, MAX, SET)                                                       \
	.name = (NAME), .min_args = (MIN), .max_args = (MAX), .repeats = true, .set = (SET),       \
	.arg = (KIND)

const struct conf_keyword scn_check_keywords[] = {
	{CHECK_ROW("owner", SCN_CHECK_OWNER, 2, 6, set_owner),
	 .args = "IP NODE [from TIME] [to TIME]",
	 .help = "all that time the address belongs to the node alone: adverts, answers to ARP, "
		 "the "
		 "clients' entries and the bridge's all say so",
	 .example = "owner 172.16.28.65 lb2 from 15s to 30s"},
	{CHECK_ROW("transitions", SCN_CHECK_TRANSITIONS, 2, CONF_ANY, set_transitions),
	 .args = "IP NODE...", .help = "the address had these owners, in this order, and no other",
	 .example = "transitions 172.16.28.65 lb1 lb2 lb1"},
	{CHECK_ROW("failover", SCN_CHECK_FAILOVER, 2, 12, set_failover),
	 .args = "[under TIME] [excess under TIME [or TIME in real time]] [after TIME]",
	 .help = "each change of owner after a fault: from the last advert of the old owner to the "
		 "first of the new; excess is what goes beyond the protocol's own floor: in "
		 "virtual time the daemon's own doing, in real time the machine's load too",
	 .example = "failover under 4s excess under 1ms or 50ms in real time"},
	{CHECK_ROW("two-masters", SCN_CHECK_TWO_MASTERS, 4, 9, set_masters),
	 .args = "[IP] never longer than TIME [from TIME] [to TIME]",
	 .help = "for how long two nodes may act as owner at once",
	 .example = "two-masters never longer than 0ms"},
	{CHECK_ROW("no-master", SCN_CHECK_NO_MASTER, 4, 9, set_masters),
	 .args = "[IP] never longer than TIME [from TIME] [to TIME]",
	 .help = "for how long an address may have no owner, once it had one",
	 .example = "no-master never longer than 4s"},
	{CHECK_ROW("announced", SCN_CHECK_ANNOUNCED, 7, 11, set_announced),
	 .args = "IP by NODE within TIME after TIME [count at least N]",
	 .help = "the new owner tells the segment by gratuitous ARP",
	 .example = "announced 172.16.28.65 by lb2 within 4s after 10s count at least 5"},
	{CHECK_ROW("client-entry", SCN_CHECK_CLIENT_ENTRY, 7, 7, set_client_entry),
	 .args = "CLIENT IP NODE within TIME after TIME",
	 .help = "the client's neighbour entry for the address points to the node",
	 .example = "client-entry c1 172.16.28.65 lb2 within 4s after 10s"},
	{CHECK_ROW("sessions", SCN_CHECK_SESSIONS, 2, 5, set_sessions),
	 .args = "[TRAFFIC] lost N [broken N]",
	 .help = "at most so many http sessions were lost (their server changed or forgot them) or "
		 "had a broken connection or a request without answer",
	 .example = "sessions lost 0 broken 0"},
	{CHECK_ROW("stream", SCN_CHECK_STREAM, 4, 4, set_stream),
	 .args = "TRAFFIC silent under TIME",
	 .help = "the longest time without an answer in a udp or icmp stream",
	 .example = "stream ping silent under 4s"},
	{CHECK_ROW("ipvs", SCN_CHECK_IPVS, 1, 4, set_ipvs),
	 .args = "consistent | synced | service IP:PORT servers N",
	 .help = "consistent: all directors have the same services, servers and weights; synced: "
		 "the connections of one are present on the others; service: so many servers take "
		 "part",
	 .example = "ipvs service 172.16.28.65:80 servers 2"},
	{CHECK_ROW("quiet", SCN_CHECK_QUIET, 2, 4, set_quiet), .args = "from TIME [to TIME]",
	 .help = "no change of owner in that time", .example = "quiet from 20s to 30s"},
	{0}};
