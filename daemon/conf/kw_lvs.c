/* virtual_server and real_server. Values that inherit (weight, method, retry, ...) stay drafts
 * until finish_lvs.c has the whole service. Services by group are known by name only so far.
 */
#include "daemon/conf/draft.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#define WEIGHT_MAX INT32_MAX

/* ---- services ---------------------------------------------------------------------------------
 */

static bool service_address(struct conf_bind *b, const struct conf_stmt *s, struct draft_service *v)
{
	struct ipvs_service *out = &v->out->service;
	static const struct kw_value port = {.kind = KW_INT, .lo = 0, .hi = 65535};
	struct draft_value n = {0};
	char text[INET6_ADDRSTRLEN];

	if (!kw_ip(b, &s->word[1], &out->ip))
		return false;
	out->family = out->ip.family;
	if (s->n_words > 2 && !kw_store_word(b, &s->word[2], "port", &port, &n))
		return false;
	out->port = (uint16_t)n.v;
	v->name = arena_printf(b->arena, "%s %u", wire_ip_text(&out->ip, text), out->port);
	return true;
}

static bool service_fwmark(struct conf_bind *b, const struct conf_stmt *s, struct draft_service *v)
{
	static const struct kw_value mark = {.kind = KW_INT, .lo = 1, .hi = UINT32_MAX};
	struct draft_value n = {0};

	if (s->n_words < 3) {
		conf_error(b->report, s->word[1].pos, "fwmark needs a number behind it");
		return false;
	}
	if (!kw_store_word(b, &s->word[2], "fwmark", &mark, &n))
		return false;
	v->out->service.fwmark = (uint32_t)n.v;
	v->name = arena_printf(b->arena, "fwmark %u", v->out->service.fwmark);
	return true;
}

void *kw_new_service(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_service *v = arena_new_object(arena_scratch(b->arena), struct draft_service);

	(void)object;
	v->out = arena_new_object(b->arena, struct conf_virtual_server);
	v->out->pos = s->word[0].pos;
	v->out->service.granularity.s_addr = INADDR_BROADCAST;
	v->out->service.granularity6 = 128;
	if (!strcmp(s->word[1].text, "group")) {
		kw_warn_planned(b, &s->word[1], "this virtual_server is ignored");
		return NULL;
	}
	if (!strcmp(s->word[1].text, "fwmark") ? !service_fwmark(b, s, v)
					       : !service_address(b, s, v))
		return NULL;
	return v;
}

void kw_end_service(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft *d = kw_draft(b);
	struct draft_service *v = object;

	if (v->servers)
		DRAFT_APPEND(d->services, v);
	else
		conf_warning(b->report, s->word[0].pos,
			     "virtual_server %s has no real_server: it is ignored", v->name);
}

static void *family_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const char *const names[] = {"inet", "inet6", NULL};
	struct draft_service *v = object;
	int n;

	if (conf_get_choice(b, &s->word[1], names, &n))
		v->family = (struct draft_value){
			.set = true, .v = n ? AF_INET6 : AF_INET, .at = s->word[1].pos};
	return NULL;
}

static void *scheduler_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_service *v = object;
	const struct conf_word *w = &s->word[1];

	if (!kw_word_find(kw_words_scheduler, w->text)) {
		conf_warning(b->report, w->pos, "unknown scheduler '%s': it is ignored", w->text);
		return NULL;
	}
	v->scheduler_at = (struct draft_value){.set = true, .at = w->pos};
	snprintf(v->out->service.scheduler, sizeof(v->out->service.scheduler), "%s", w->text);
	return NULL;
}

/* NAT|DR|TUN [options]; arg: offset of the draft_value. */
static void *method_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_value *out = (struct draft_value *)((char *)object + conf_bind_row(b)->arg);
	const struct conf_word *w = &s->word[1];
	int64_t method = !strcmp(w->text, "NAT")   ? IPVS_NAT
			 : !strcmp(w->text, "DR")  ? IPVS_DR
			 : !strcmp(w->text, "TUN") ? IPVS_TUN
						   : -1;

	if (method < 0) {
		conf_warning(b->report, w->pos,
			     "forwarding method '%s' is none of NAT, DR, TUN: it is ignored",
			     w->text);
		return NULL;
	}
	for (int at = 2; at < s->n_words;)
		kw_option(b, kw_words_method, s, &at, s->word[0].text);
	*out = (struct draft_value){.set = true, .v = method, .at = w->pos};
	return NULL;
}

static void *protocol_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_service *v = object;
	const struct conf_word *w = &s->word[1];
	int64_t protocol = !strcasecmp(w->text, "TCP")	  ? IPPROTO_TCP
			   : !strcasecmp(w->text, "UDP")  ? IPPROTO_UDP
			   : !strcasecmp(w->text, "SCTP") ? IPPROTO_SCTP
							  : 0;

	if (protocol)
		v->protocol = (struct draft_value){.set = true, .v = protocol, .at = w->pos};
	else
		conf_warning(b->report, w->pos, "unknown protocol '%s': it is ignored", w->text);
	return NULL;
}

static void *persistence_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	static const struct kw_value range = {
		.kind = KW_INT, .lo = 1, .hi = 2678400, .outside = KW_IGNORE};
	struct draft_service *v = object;

	if (s->n_words > 1)
		kw_store_word(b, &s->word[1], s->word[0].text, &range, &v->persistence);
	else
		v->persistence = (struct draft_value){.set = true, .v = 360, .at = s->word[0].pos};
	return NULL;
}

/* A netmask for IPv4, a prefix length for IPv6. */
static void *granularity_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_service *v = object;
	struct ipvs_service *out = &v->out->service;
	const struct conf_word *w = &s->word[1];
	int64_t len;

	if (out->family != AF_INET6 && strchr(w->text, '.')) {
		if (inet_pton(AF_INET, w->text, &out->granularity) != 1)
			conf_error(b->report, w->pos, "'%s' is not a netmask", w->text);
	} else if (out->family == AF_INET) {
		conf_error(b->report, w->pos, "'%s' is not a netmask such as 255.255.255.0",
			   w->text);
	} else if (conf_get_int(b, w, 1, 128, &len)) {
		out->granularity6 = (uint8_t)len;
	}
	v->granularity = (struct draft_value){.set = true, .at = w->pos};
	return NULL;
}

/* ---- real servers -----------------------------------------------------------------------------
 */

static struct draft_server *new_server(struct conf_bind *b, const struct conf_stmt *s)
{
	static const struct kw_value port = {.kind = KW_INT, .lo = 0, .hi = 65535};
	struct draft_server *server =
		arena_new_object(arena_scratch(b->arena), struct draft_server);
	struct draft_value n = {0};

	server->out = arena_new_object(b->arena, struct conf_real_server);
	server->out->pos = s->word[0].pos;
	if (!kw_ip(b, &s->word[1], &server->out->ip))
		return NULL;
	if (s->n_words > 2 && !kw_store_word(b, &s->word[2], "port", &port, &n))
		return NULL;
	server->out->port = (uint16_t)n.v;
	return server;
}

static void *server_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_service *v = object;
	struct draft_server *server = new_server(b, s);

	if (server)
		DRAFT_APPEND(v->servers, server);
	return server;
}

static void *sorry_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_service *v = object;

	v->sorry = new_server(b, s);
	return NULL;
}

static void *vs_virtualhost_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_service *v = object;

	(void)b;
	v->out->virtualhost = s->word[1].text;
	return NULL;
}

static void *rs_virtualhost_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_server *server = object;

	(void)b;
	server->out->virtualhost = s->word[1].text;
	return NULL;
}

/* ---- tables -----------------------------------------------------------------------------------
 */

#define ONE_ARG	  .min_args = 1, .max_args = 1
#define VS(...)	  KW_STORE(struct draft_service, __VA_ARGS__)
#define RS(...)	  KW_STORE(struct draft_server, __VA_ARGS__)
#define ANY_TIME  .kind = KW_DECIMAL, .hi = 4294967 * CONF_SECOND_NS, .outside = KW_IGNORE
#define SOME_TIME ANY_TIME, .lo = 1000
#define METHOD(type, member)                                                                       \
	.min_args = 1, .max_args = CONF_ANY, .set = method_store, .arg = offsetof(type, member)
#define SCRIPT(type, member)                                                                       \
	.min_args = 1, .max_args = CONF_ANY, .set = kw_store_script, .arg = offsetof(type, member)
#define CHECK(table, kind_)                                                                        \
	.repeats = true, .set = kw_new_check, .block = (table), .end = kw_end_check, .arg = (kind_)

const struct conf_keyword kw_virtual_server[] = {
	KW("ip_family", "inet|inet6",
	   "family of a firewall mark service (default from real servers)", ONE_ARG,
	   .set = family_store),
	KW("delay_loop", "DECIMAL SECS > 0", "default time between checks (60)", ONE_ARG,
	   VS(timing.delay_loop, SOME_TIME)),
	KW("lb_algo", "SCHEDULER", "alias of lvs_sched (default wlc)", ONE_ARG,
	   .set = scheduler_store),
	KW("lvs_sched", "SCHEDULER", "IPVS scheduler (default wlc)", ONE_ARG,
	   .set = scheduler_store),
	KW("hashed", "", "accepted, has no effect", .set = kw_store_nothing),
	KW("ops", "", "one-packet scheduling for UDP", VS(ops, .kind = KW_FLAG)),
	KW_PLANNED("flag-1", "after lvs_sched", "generic scheduler flag 1"),
	KW_PLANNED("flag-2", "after lvs_sched", "generic scheduler flag 2"),
	KW_PLANNED("flag-3", "after lvs_sched", "generic scheduler flag 3"),
	KW_PLANNED("sh-port", "after lvs_sched sh", "include source port in sh hash"),
	KW_PLANNED("sh-fallback", "after lvs_sched sh",
		   "sh picks another server when the first is unusable"),
	KW_PLANNED("mh-port", "after lvs_sched mh", "include source port in mh hash"),
	KW_PLANNED("mh-fallback", "after lvs_sched mh",
		   "mh picks another server when the first is unusable"),
	KW("lb_kind", "NAT|DR|TUN [tunnel options]", "alias of lvs_method (default NAT)",
	   METHOD(struct draft_service, method)),
	KW("lvs_method", "NAT|DR|TUN [tunnel options]", "default forwarding method",
	   METHOD(struct draft_service, method)),
	KW_PLANNED("persistence_engine", "NAME", "IPVS persistence engine such as sip"),
	KW("persistence_timeout", "[SECS 1..2678400]",
	   "sticky client timeout (default off; 360 when bare)", .max_args = 1,
	   .set = persistence_store),
	KW("persistence_granularity", "IPv4 NETMASK | PREFIXLEN 1..128",
	   "client prefix treated as one client (default /32 or /128)", ONE_ARG,
	   .set = granularity_store),
	KW("protocol", "TCP|UDP|SCTP", "transport protocol (default UDP, with warning)", ONE_ARG,
	   .set = protocol_store),
	KW("ha_suspend", "", "pause checks while address is absent here",
	   VS(ha_suspend, .kind = KW_FLAG)),
	KW_PLANNED("smtp_alert", "[BOOL]", "mail on quorum changes"),
	KW("virtualhost", "STRING", "default Host header for HTTP checks", ONE_ARG,
	   .set = vs_virtualhost_store),
	KW_PLANNED("snmp_name", "STRING", "name shown through SNMP"),
	KW("alpha", "", "real servers start down until checked", VS(alpha, .kind = KW_FLAG)),
	KW("omega", "", "treat daemon stop as servers and quorum down", VS(omega, .kind = KW_FLAG)),
	KW("quorum_up", "CMDLINE [USER [[:]GROUP]]", "command on quorum gain",
	   SCRIPT(struct conf_virtual_server, quorum_up)),
	KW("quorum_down", "CMDLINE [USER [[:]GROUP]]", "command on quorum loss",
	   SCRIPT(struct conf_virtual_server, quorum_down)),
	KW("quorum", "WEIGHT >= 1", "total live weight needed (default 1)", ONE_ARG,
	   VS(quorum, .kind = KW_INT, .lo = 1, .hi = UINT32_MAX, .outside = KW_USE, .use = 1)),
	KW("hysteresis", "WEIGHT >= 0, below quorum", "margin around the quorum (default 0)",
	   ONE_ARG, VS(hysteresis, .kind = KW_INT, .hi = UINT32_MAX, .outside = KW_IGNORE)),
	KW("weight", "1..2147483647", "default real server weight", ONE_ARG,
	   VS(weight, .kind = KW_INT, .lo = 1, .hi = WEIGHT_MAX, .outside = KW_IGNORE)),
	KW("inhibit_on_failure", "", "weight 0 instead of removal on failure",
	   VS(inhibit, .kind = KW_FLAG)),
	KW("retry", "1..4294967295", "default retries before failure", ONE_ARG,
	   VS(timing.retry, .kind = KW_INT, .lo = 1, .hi = UINT32_MAX, .outside = KW_IGNORE)),
	KW("delay_before_retry", "DECIMAL SECS", "default wait between retries", ONE_ARG,
	   VS(timing.delay_before_retry, ANY_TIME)),
	KW("warmup", "DECIMAL SECS", "default upper bound of random start delay", ONE_ARG,
	   VS(timing.warmup, ANY_TIME)),
	KW("connect_timeout", "DECIMAL SECS", "default connection timeout", ONE_ARG,
	   VS(timing.connect_timeout, SOME_TIME)),
	KW("sorry_server", "IPADDR [PORT]", "server of last resort without quorum", .min_args = 1,
	   .max_args = 2, .set = sorry_store),
	KW("sorry_server_inhibit", "", "inhibit instead of remove the sorry server",
	   VS(sorry_inhibit, .kind = KW_FLAG)),
	KW("sorry_server_lvs_method", "NAT|DR|TUN [tunnel options]",
	   "forwarding method of sorry server (default that of the service)",
	   METHOD(struct draft_service, sorry_method)),
	KW("real_server", "IPADDR [PORT]", "one backend (default port that of the service)",
	   .min_args = 1, .max_args = 2, .repeats = true, .set = server_open,
	   .block = kw_real_server),
	KW_END,
};

const struct conf_keyword kw_real_server[] = {
	KW("weight", "0..2147483647", "IPVS weight (default that of the service)", ONE_ARG,
	   RS(weight, .kind = KW_INT, .hi = WEIGHT_MAX, .outside = KW_IGNORE)),
	KW("lvs_method", "NAT|DR|TUN [tunnel options]",
	   "forwarding method of this server (default that of the service)",
	   METHOD(struct draft_server, method)),
	KW("uthreshold", "UINT", "upper connection limit (default 0)", ONE_ARG,
	   RS(upper, .kind = KW_INT, .hi = UINT32_MAX, .outside = KW_IGNORE)),
	KW("lthreshold", "UINT", "lower connection limit that reopens the server (default 0)",
	   ONE_ARG, RS(lower, .kind = KW_INT, .hi = UINT32_MAX, .outside = KW_IGNORE)),
	KW("inhibit_on_failure", "[BOOL]",
	   "weight 0 instead of removal on failure (default that of the service)", .max_args = 1,
	   RS(inhibit, .kind = KW_BOOL)),
	KW("notify_up", "CMDLINE [USER [[:]GROUP]]", "command when server comes up",
	   SCRIPT(struct conf_real_server, notify_up)),
	KW("notify_down", "CMDLINE [USER [[:]GROUP]]", "command when server goes down",
	   SCRIPT(struct conf_real_server, notify_down)),
	KW("alpha", "[BOOL]", "start down until checked (default that of the service)",
	   .max_args = 1, RS(alpha, .kind = KW_BOOL)),
	KW("retry", "1..4294967295", "default retries for its checkers", ONE_ARG,
	   RS(timing.retry, .kind = KW_INT, .lo = 1, .hi = UINT32_MAX, .outside = KW_IGNORE)),
	KW("delay_before_retry", "DECIMAL SECS", "default retry spacing for its checkers", ONE_ARG,
	   RS(timing.delay_before_retry, ANY_TIME)),
	KW("warmup", "DECIMAL SECS", "default random start delay bound", ONE_ARG,
	   RS(timing.warmup, ANY_TIME)),
	KW("connect_timeout", "DECIMAL SECS", "default connection timeout for its checkers",
	   ONE_ARG, RS(timing.connect_timeout, SOME_TIME)),
	KW("delay_loop", "DECIMAL SECS > 0", "default check period for its checkers", ONE_ARG,
	   RS(timing.delay_loop, SOME_TIME)),
	KW_PLANNED("smtp_alert", "[BOOL]", "mail on server changes"),
	KW("virtualhost", "STRING", "Host header for its HTTP checks (default that of the service)",
	   ONE_ARG, .set = rs_virtualhost_store),
	KW_PLANNED("snmp_name", "STRING", "name shown through SNMP"),
	KW("TCP_CHECK", "", "plain TCP connect check", CHECK(kw_tcp_check, CONF_CHECK_TCP)),
	KW("HTTP_GET", "", "HTTP request check", CHECK(kw_http_get, CONF_CHECK_HTTP)),
	KW_PLANNED_BLOCK("SSL_GET", "", "HTTPS request check", kw_ssl_get),
	KW_PLANNED_BLOCK("MISC_CHECK", "", "external command check", kw_misc_check),
	KW_PLANNED_BLOCK("SMTP_CHECK", "", "SMTP dialogue check", kw_smtp_check),
	KW_PLANNED_BLOCK("DNS_CHECK", "", "DNS query check", kw_dns_check),
	KW_PLANNED_BLOCK("UDP_CHECK", "", "UDP probe check", kw_udp_check),
	KW_PLANNED_BLOCK("PING_CHECK", "", "ICMP echo check", kw_ping_check),
	KW_PLANNED_BLOCK("FILE_CHECK", "", "tracked file decides state or weight", kw_file_check),
	KW_PLANNED_BLOCK("BFD_CHECK", "", "BFD session decides state", kw_bfd_check),
	KW_END,
};

const struct kw_word kw_words_scheduler[] = {
	KW_WORD("rr", "", "round robin", 0),
	KW_WORD("wrr", "", "weighted round robin", 0),
	KW_WORD("lc", "", "least connections", 0),
	KW_WORD("wlc", "", "weighted least connections", 0),
	KW_WORD("sh", "", "source hash", 0),
	KW_WORD("mh", "", "maglev hash", 0),
	KW_WORD("dh", "", "destination hash", 0),
	KW_WORD("lblc", "", "locality based least connections", 0),
	KW_WORD("lblcr", "", "locality based with replication", 0),
	KW_WORD("sed", "", "shortest expected delay", 0),
	KW_WORD("nq", "", "never queue", 0),
	KW_WORD("fo", "", "weighted failover", 0),
	KW_WORD("ovf", "", "weighted overflow", 0),
	KW_WORD("twos", "", "power of two choices", 0),
	KW_END,
};

const struct kw_word kw_words_method[] = {
	KW_WORD("NAT", "", "masquerading", 0),
	KW_WORD("DR", "", "direct routing", 0),
	KW_WORD("TUN", "", "IP tunnelling", 0),
	KW_WORD_PLANNED("type", "ipip|gue|gre", "tunnel encapsulation for TUN", 1),
	KW_WORD_PLANNED("port", "1..65535 (required for gue)", "GUE destination port", 1),
	KW_WORD("nocsum", "", "no GUE/GRE checksum", 0),
	KW_WORD_PLANNED("csum", "", "GUE/GRE checksum", 0),
	KW_WORD_PLANNED("remcsum", "gue only", "GUE remote checksum offload", 0),
	KW_END,
};
