/* `traffic NAME { ... }` -> struct scn_traffic. Which keywords fit which kind of traffic is checked
 * at the end of the block, as they may stand in any order. */
#include "harness/scenario/load.h"

#include "lib/base/mono.h"

#include <string.h>

#define SESSIONS_MAX 10000

void *scn_set_traffic(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scenario *scn = object;
	struct scn_traffic *t = arena_new_object(b->arena, struct scn_traffic);

	if (!scn_check_name(b, &s->word[1], "traffic", SCN_NAME_MAX_BYTES))
		return NULL;
	for (struct scn_traffic *o = scn->traffics; o; o = o->next) {
		if (strcmp(o->name, s->word[1].text) == 0) {
			conf_error(b->report, s->word[1].pos,
				   "traffic '%s' again; the first is in line %d", o->name,
				   o->pos.line);
			return NULL;
		}
	}
	t->name = s->word[1].text;
	scn_load(b)->traffic_has_kind = false;
	scn_load(b)->traffic_has_from = false;
	t->pos = s->word[1].pos;
	scn_append(scn->traffics, t);
	return t;
}

static void *set_from(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;

	scn_load(b)->traffic_has_from = true;
	t->from = scn_find_node(b, &s->word[1]);
	return NULL;
}

/* The three kinds exclude each other. */
static bool take_kind(struct conf_bind *b, const struct conf_stmt *s, struct scn_traffic *t)
{
	if (scn_load(b)->traffic_has_kind) {
		conf_error(b->report, s->word[0].pos,
			   "traffic '%s' is %s already: one kind for each traffic", t->name,
			   t->kind == SCN_TRAFFIC_HTTP	? "http"
			   : t->kind == SCN_TRAFFIC_UDP ? "udp"
							: "icmp");
		return false;
	}
	scn_load(b)->traffic_has_kind = true;
	t->kind = (enum scn_traffic_kind)conf_bind_row(b)->arg;
	return true;
}

static void *set_http(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const char scheme[] = "http://";
	struct scn_traffic *t = object;
	const char *url = s->word[1].text;

	if (!take_kind(b, s, t))
		return NULL;
	if (strncmp(url, scheme, strlen(scheme)) != 0) {
		conf_error(b->report, s->word[1].pos,
			   "expected a URL such as http://192.0.2.1:80/path, found '%.80s'", url);
		return NULL;
	}
	const char *host = url + strlen(scheme), *path = strchr(host, '/');
	struct conf_word w = {.text = path ? arena_strndup(b->arena, host, (size_t)(path - host))
					   : host,
			      .pos = s->word[1].pos};

	w.pos.col += (int)strlen(scheme);
	t->port = 80;
	t->path = path ? path : "/";
	if (!scn_get_endpoint(b, &w, &t->to, &t->port))
		t->to.family = 0;
	return NULL;
}

static void *set_udp(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;

	t->port = 7;
	if (take_kind(b, s, t) && !scn_get_endpoint(b, &s->word[1], &t->to, &t->port))
		t->to.family = 0;
	return NULL;
}

static void *set_icmp(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;
	struct scn_phrase p = scn_phrase_start(b, s);

	if (take_kind(b, s, t))
		scn_phrase_ip(&p, &t->to);
	if (p.failed)
		t->to.family = 0;
	return NULL;
}

static void *set_sessions(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;
	int64_t n = 0;

	if (conf_get_int(b, &s->word[1], 1, SESSIONS_MAX, &n))
		t->sessions = (unsigned)n;
	return NULL;
}

static void *set_every(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;

	if (conf_get_duration(b, &s->word[1], &t->every_ns) && t->every_ns < NS_PER_MS)
		conf_error(b->report, s->word[1].pos, "the least pause is 1ms, found '%s'",
			   s->word[1].text);
	return NULL;
}

static void *set_timeout(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;

	if (conf_get_duration(b, &s->word[1], &t->timeout_ns) && t->timeout_ns == 0)
		conf_error(b->report, s->word[1].pos, "a timeout of nothing lets no answer come");
	return NULL;
}

static void *set_start(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;
	struct scn_phrase p = scn_phrase_start(b, s);

	scn_phrase_time(&p, &t->start_ns);
	return NULL;
}

static void *set_stop(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;
	struct scn_phrase p = scn_phrase_start(b, s);

	scn_phrase_time(&p, &t->stop_ns);
	return NULL;
}

void scn_end_traffic(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct scn_traffic *t = object;
	bool http = t->kind == SCN_TRAFFIC_HTTP;

	(void)s;
	if (!scn_load(b)->traffic_has_from)
		conf_error(b->report, t->pos,
			   "traffic '%s' does not say whom it is from: from NODE", t->name);
	if (!scn_load(b)->traffic_has_kind)
		conf_error(b->report, t->pos,
			   "traffic '%s' needs one of: http URL, udp IP:PORT, icmp IP", t->name);
	if (!t->to.family)
		return;
	if (!http && (t->sessions || t->timeout_ns))
		conf_error(b->report, t->pos, "traffic '%s': '%s' is for http only", t->name,
			   t->sessions ? "sessions" : "timeout");
	if (t->stop_ns && t->start_ns >= t->stop_ns)
		conf_error(b->report, t->pos, "traffic '%s' stops before it starts", t->name);
	if (http && !t->sessions)
		t->sessions = 1;
	if (http && !t->timeout_ns)
		t->timeout_ns = 5 * NS_PER_S;
	if (!t->every_ns)
		t->every_ns = http ? NS_PER_S : 10 * NS_PER_MS;
}

const struct conf_keyword scn_traffic_keywords[] = {
	{.name = "from",
	 .args = "NODE",
	 .help = "the node that sends",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_from},
	{.name = "http",
	 .args = "URL",
	 .help = "sessions with keep-alive and cookies; a session whose cookie a server does not "
		 "know any more, or whose connection breaks, is counted",
	 .example = "http http://172.16.28.65/",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_http,
	 .arg = SCN_TRAFFIC_HTTP},
	{.name = "udp",
	 .args = "IP:PORT",
	 .help = "a stream of numbered datagrams to an echo server; port 7 by default",
	 .example = "udp 172.16.28.65:5000",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_udp,
	 .arg = SCN_TRAFFIC_UDP},
	{.name = "icmp",
	 .args = "IP",
	 .help = "a stream of numbered echo requests",
	 .example = "icmp 172.16.28.65",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_icmp,
	 .arg = SCN_TRAFFIC_ICMP},
	{.name = "sessions",
	 .args = "N",
	 .help = "http: how many, each with its own connection and cookies; 1 by default",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_sessions},
	{.name = "every",
	 .args = "TIME",
	 .help = "http: the pause between two requests of a session, 1s by default; udp and icmp: "
		 "the spacing, 10ms by default",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_every},
	{.name = "timeout",
	 .args = "TIME",
	 .help = "http: a request without an answer for so long has failed; 5s by default",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_timeout},
	{.name = "start",
	 .args = "TIME",
	 .help = "when it begins; at once by default",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_start},
	{.name = "stop",
	 .args = "TIME",
	 .help = "when it ends; with the run by default",
	 .min_args = 1,
	 .max_args = 1,
	 .set = set_stop},
	{0}};
