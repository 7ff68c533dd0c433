/* The checks of a real server that are supported: TCP_CHECK and HTTP_GET. The other kinds are in
 * kw_checks_planned.c.
 */
#include "daemon/conf/draft.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void *kw_new_check(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_server *server = object;
	struct draft_check *c = arena_new_object(arena_scratch(b->arena), struct draft_check);

	c->out = arena_new_object(b->arena, struct conf_check);
	c->out->kind = (enum conf_check_kind)conf_bind_row(b)->arg;
	c->out->pos = s->word[0].pos;
	DRAFT_APPEND(server->checks, c);
	return c;
}

void kw_end_check(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_check *c = object;

	for (struct conf_url **at = &c->out->urls; *at;)
		if ((*at)->path)
			at = &(*at)->next;
		else
			*at = (*at)->next;
	if (c->out->kind == CONF_CHECK_HTTP && !c->out->urls) {
		conf_warning(b->report, s->word[0].pos, "HTTP_GET has no url: it is ignored");
		c->bad = true;
	}
}

static void *check_ip_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_check *c = object;
	bool bind = !strcmp(s->word[0].text, "bindto");

	kw_ip(b, &s->word[1], bind ? &c->out->bind_ip : &c->out->ip);
	return NULL;
}

static void *check_port_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_check *c = object;
	bool bind = !strcmp(s->word[0].text, "bind_port");

	conf_get_port(b, &s->word[1], bind ? &c->out->bind_port : &c->out->port);
	return NULL;
}

/* ---- HTTP_GET ---------------------------------------------------------------------------------
 */

static void *check_virtualhost_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_check *c = object;

	(void)b;
	c->out->virtualhost = s->word[1].text;
	return NULL;
}

static void *http_protocol_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_check *c = object;
	const struct conf_word *w = &s->word[1];

	if (!strcmp(w->text, "1.0") || !strcmp(w->text, "1.1"))
		c->out->http_1_1 = w->text[2] == '1';
	else if (!strcasecmp(w->text, "1.0C"))
		kw_warn_planned(b, w, "1.0 is used");
	else
		conf_warning(b->report, w->pos, "unknown http_protocol '%s': it is ignored",
			     w->text);
	return NULL;
}

static void *url_open(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct draft_check *c = object;
	struct conf_url *url = arena_new_object(b->arena, struct conf_url);

	(void)s;
	url->status_lo = 200;
	url->status_hi = 299;
	DRAFT_APPEND(c->out->urls, url);
	return url;
}

static void url_end(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct conf_url *url = object;

	if (!url->path)
		conf_warning(b->report, s->word[0].pos, "url has no path: it is ignored");
}

static void *digest_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct conf_url *url = object;
	const struct conf_word *w = &s->word[1];
	char *digest;

	if (strlen(w->text) != 32 || strspn(w->text, "0123456789abcdefABCDEF") != 32) {
		conf_error(b->report, w->pos, "digest '%s' is not 32 hexadecimal digits", w->text);
		return NULL;
	}
	digest = arena_strdup(b->arena, w->text);
	for (char *c = digest; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	url->digest = digest;
	return NULL;
}

/* N or N-M of 100..599. */
static bool status_parse(const char *text, uint16_t *lo, uint16_t *hi)
{
	char *end;
	unsigned long a = strtoul(text, &end, 10), b = a;

	if (*end == '-')
		b = strtoul(end + 1, &end, 10);
	*lo = (uint16_t)a;
	*hi = (uint16_t)b;
	return isdigit((unsigned char)text[0]) && !*end && a >= 100 && a <= b && b <= 599;
}

static void *status_store(struct conf_bind *b, const struct conf_stmt *s, void *object)
{
	struct conf_url *url = object;
	const struct conf_word *w = &s->word[1];
	uint16_t lo, hi;

	if (status_parse(w->text, &lo, &hi)) {
		url->status_lo = lo;
		url->status_hi = hi;
	} else {
		conf_warning(b->report, w->pos,
			     "'%s' is not a status code or a range of 100..599: it is ignored",
			     w->text);
	}
	if (s->n_words > 2)
		conf_warning(b->report, s->word[2].pos,
			     "a second status_code is not supported yet: only %s is accepted",
			     w->text);
	return NULL;
}

#define ONE_ARG	  .min_args = 1, .max_args = 1
#define C(...)	  KW_STORE(struct draft_check, __VA_ARGS__)
#define ANY_TIME  .kind = KW_DECIMAL, .hi = 4294967 * CONF_SECOND_NS, .outside = KW_IGNORE
#define SOME_TIME ANY_TIME, .lo = 1000
#define RETRY	  .kind = KW_INT, .hi = UINT32_MAX, .outside = KW_IGNORE

const struct conf_keyword kw_tcp_check[] = {
	KW("connect_ip", "IPADDR", "address to probe (default real server address)", ONE_ARG,
	   .set = check_ip_store),
	KW("connect_port", "1..65535", "port to probe (default real server port)", ONE_ARG,
	   .set = check_port_store),
	KW("bindto", "IPADDR", "local address of the probe", ONE_ARG, .set = check_ip_store),
	KW("bind_port", "1..65535", "local port of the probe", ONE_ARG, .set = check_port_store),
	KW_PLANNED("bind_if", "IFNAME", "interface of the probe (for link-local)"),
	KW("connect_timeout", "DECIMAL SECS > 0",
	   "time limit of one probe (default that of the real server, else 5)", ONE_ARG,
	   C(timing.connect_timeout, SOME_TIME)),
	KW_PLANNED("fwmark", "UINT32", "firewall mark of probe packets"),
	KW("retry", "UINT32 >= 0",
	   "extra attempts before failure (default that of the real server, else 1)", ONE_ARG,
	   C(timing.retry, RETRY)),
	KW("delay_before_retry", "DECIMAL SECS",
	   "wait between attempts (default that of the real server, else 1)", ONE_ARG,
	   C(timing.delay_before_retry, ANY_TIME)),
	KW("warmup", "DECIMAL SECS",
	   "upper bound of random start delay (default that of the real server, else delay_loop)",
	   ONE_ARG, C(timing.warmup, ANY_TIME)),
	KW("delay_loop", "DECIMAL SECS > 0",
	   "period of this checker (default that of the real server, else 60)", ONE_ARG,
	   C(timing.delay_loop, SOME_TIME)),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW_END,
};

static const struct conf_keyword url_table[] = {
	KW("path", "STRING", "request path (required)", ONE_ARG, .set = kw_store_string,
	   .arg = offsetof(struct conf_url, path)),
	KW("digest", "32 HEX digits", "expected MD5 of the body", ONE_ARG, .set = digest_store),
	KW("status_code", "N|N-M ... (100..599)", "accepted status codes (default 200-299)",
	   .min_args = 1, .max_args = CONF_ANY, .set = status_store),
	KW("virtualhost", "STRING", "Host header of this request (default checker value)", ONE_ARG,
	   .set = kw_store_string, .arg = offsetof(struct conf_url, virtualhost)),
	KW_PLANNED("regex", "STRING", "pattern the reply must match"),
	KW_PLANNED("regex_no_match", "", "reply must not match instead"),
	KW_PLANNED("regex_options", "NAME ...", "PCRE2 compile options"),
	KW_PLANNED("regex_min_offset", "UINT", "search starts at this byte"),
	KW_PLANNED("regex_max_offset", "UINT", "search ends before this byte"),
	KW_PLANNED("regex_stack", "START MAX (bytes)", "JIT stack sizes"),
	KW_END,
};

const struct conf_keyword kw_http_get[] = {
	KW("connect_ip", "IPADDR", "address to probe (default real server address)", ONE_ARG,
	   .set = check_ip_store),
	KW("connect_port", "1..65535", "port to probe (default real server port)", ONE_ARG,
	   .set = check_port_store),
	KW("bindto", "IPADDR", "local address of the probe", ONE_ARG, .set = check_ip_store),
	KW("bind_port", "1..65535", "local port of the probe", ONE_ARG, .set = check_port_store),
	KW_PLANNED("bind_if", "IFNAME", "interface of the probe (for link-local)"),
	KW("connect_timeout", "DECIMAL SECS > 0",
	   "time limit of one probe (default that of the real server, else 5)", ONE_ARG,
	   C(timing.connect_timeout, SOME_TIME)),
	KW_PLANNED("fwmark", "UINT32", "firewall mark of probe packets"),
	KW("retry", "UINT32 >= 0",
	   "extra attempts before failure (default that of the real server, else 1)", ONE_ARG,
	   C(timing.retry, RETRY)),
	KW("delay_before_retry", "DECIMAL SECS",
	   "wait between attempts (default that of the real server, else 3)", ONE_ARG,
	   C(timing.delay_before_retry, ANY_TIME)),
	KW("warmup", "DECIMAL SECS",
	   "upper bound of random start delay (default that of the real server, else delay_loop)",
	   ONE_ARG, C(timing.warmup, ANY_TIME)),
	KW("delay_loop", "DECIMAL SECS > 0",
	   "period of this checker (default that of the real server, else 60)", ONE_ARG,
	   C(timing.delay_loop, SOME_TIME)),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW("nb_get_retry", "UINT32", "alias of retry", ONE_ARG, C(timing.retry, RETRY)),
	KW("virtualhost", "STRING", "Host header of its requests (default that of the real server)",
	   ONE_ARG, .set = check_virtualhost_store),
	KW("http_protocol", "1.0|1.0C|1.0c|1.1",
	   "request version; C or 1.1 adds Connection: close (default 1.0)", ONE_ARG,
	   .set = http_protocol_store),
	KW_PLANNED("enable_sni", "[BOOL]", "send TLS server name"),
	KW_PLANNED("sni_name", "STRING", "explicit TLS server name"),
	KW_PLANNED("fast_recovery", "[BOOL]", "probe all URLs quickly after recovery"),
	KW("url", "", "one request to make (required)", .repeats = true, .set = url_open,
	   .block = url_table, .end = url_end),
	KW_END,
};
