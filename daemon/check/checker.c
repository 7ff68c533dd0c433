/* Runs one check: wakes at the engine's deadline, starts a probe, hands its outcome to the engine,
 * tells what changed. All rules are the engine's, all talking is the probe's.
 */
#include "daemon/check/checker.h"

#include "daemon/check/probe.h"
#include "lib/base/must.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

struct checker {
	const struct checker_env *env;
	struct checker_place place;
	struct check check;
	struct event *timer;
	struct probe *probe;
	struct buf request; /* of the run that goes on */
};

/* ---- what to ask ---------------------------------------------------------------------------- */

static struct ipvs_dest endpoint(const struct checker_place *p)
{
	struct ipvs_dest d = {.ip = p->conf->ip.family ? p->conf->ip : p->server->ip,
			      .port = p->conf->port ? p->conf->port : p->server->port};

	if (!d.port)
		d.port = p->service->service.port;
	return d;
}

static const struct conf_url *nth_url(const struct conf_check *conf, unsigned n)
{
	const struct conf_url *u = conf->urls;

	while (n-- > 0 && u)
		u = u->next;
	must(u != NULL);
	return u;
}

static const char *host_of(const struct checker_place *p, const struct conf_url *u)
{
	const char *by_rank[] = {u->virtualhost, p->conf->virtualhost, p->server->virtualhost,
				 p->service->virtualhost};

	for (size_t i = 0; i < sizeof(by_rank) / sizeof(by_rank[0]); i++)
		if (by_rank[i])
			return by_rank[i];
	return NULL;
}

void checker_http_request(const struct checker_place *place, unsigned url, struct buf *out)
{
	const struct conf_url *u = nth_url(place->conf, url);
	const char *host = host_of(place, u);
	char text[IPVS_TEXT_BYTES];
	struct ipvs_dest d = endpoint(place);

	buf_printf(out, "GET %s HTTP/1.%d\r\nUser-Agent: KeepAliveClient\r\n%sHost: %s\r\n\r\n",
		   u->path, place->conf->http_1_1 ? 1 : 0,
		   place->conf->http_1_1 ? "Connection: close\r\n" : "",
		   host ? host : ipvs_dest_text(&d, text));
}

static struct probe_target target(const struct checker_place *p)
{
	struct ipvs_dest d = endpoint(p);
	const struct conf_check *conf = p->conf;

	return (struct probe_target){.ip = d.ip,
				     .port = d.port,
				     .bind_ip = conf->bind_ip,
				     .bind_port = conf->bind_port,
				     .timeout_ns = conf->connect_timeout_ns,
				     .timeout_whole_ns =
					     conf->delay_loop_ns > conf->connect_timeout_ns
						     ? conf->delay_loop_ns
						     : conf->connect_timeout_ns};
}

/* ---- running -------------------------------------------------------------------------------- */

static void name(const struct checker *c, struct buf *out)
{
	char service[IPVS_TEXT_BYTES], at[IPVS_TEXT_BYTES];
	struct ipvs_dest d = endpoint(&c->place);
	struct ipvs_dest server = {.ip = c->place.server->ip, .port = c->place.server->port};

	ipvs_service_text(&c->place.service->service, service);
	buf_printf(out, "check of %s -> %s", service, ipvs_dest_text(&server, at));
	if (!ipvs_dest_same(&d, &server))
		buf_printf(out, " (at %s)", ipvs_dest_text(&d, at));
}

/* Success without a change says nothing. */
static void tell(const struct checker *c, enum check_outcome outcome, const char *detail,
		 enum check_change change)
{
	struct buf text = {0};
	const char *colon = *detail ? ": " : "";
	unsigned left = check_retries_left(&c->check);

	if (outcome == CHECK_OK && change == CHECK_SAME && !*detail)
		return;
	name(c, &text);
	buf_printf(&text, ": %s%s%s", check_outcome_text(outcome), colon, detail);
	if (change == CHECK_WENT_UP)
		log_info(c->env->log, "%s; it is up", buf_text(&text));
	else if (change == CHECK_WENT_DOWN)
		log_warning(c->env->log, "%s; it is down", buf_text(&text));
	else if (outcome == CHECK_LOCAL)
		log_error(c->env->log, "%s", buf_text(&text));
	else if (outcome != CHECK_OK && c->check.up)
		log_info(c->env->log, "%s; %u more before it is down", buf_text(&text), left);
	else
		log_detail(c->env->log, "%s", buf_text(&text));
	buf_free(&text);
}

static void arm(struct checker *c)
{
	mono_t at = check_deadline(&c->check);

	event_del(c->timer);
	if (mono_is_never(at))
		return;
	int64_t ns = mono_diff(at, mono_now());

	if (ns < 0)
		ns = 0;
	/* Upwards: waking before the deadline would arm it again for nothing. */
	ns += NS_PER_US - 1;
	struct timeval tv = {.tv_sec = (time_t)(ns / NS_PER_S),
			     .tv_usec = (suseconds_t)(ns % NS_PER_S / NS_PER_US)};

	event_add(c->timer, &tv);
}

static void on_done(void *ctx, enum check_outcome outcome, const char *detail)
{
	struct checker *c = ctx;
	enum check_change change = check_done(&c->check, mono_now(), outcome);

	c->probe = NULL;
	tell(c, outcome, detail, change);
	arm(c);
	if (change != CHECK_SAME)
		c->env->change(c->env->ctx, c->place.owner, c->place.server_index,
			       change == CHECK_WENT_UP);
}

static void start_http(struct checker *c, const struct probe_target *t)
{
	const struct conf_url *u = nth_url(c->place.conf, c->check.url);

	buf_clear(&c->request);
	checker_http_request(&c->place, c->check.url, &c->request);
	struct http_probe_request request = {.text = buf_text(&c->request),
					     .status_lo = u->status_lo,
					     .status_hi = u->status_hi,
					     .digest = u->digest};

	c->probe = http_probe_start(c->env->base, t, &request, on_done, c);
}

static void on_timer(evutil_socket_t fd, short events, void *arg)
{
	struct checker *c = arg;
	mono_t now = mono_now();
	struct probe_target t = target(&c->place);

	(void)fd;
	(void)events;
	if (mono_before(now, check_deadline(&c->check))) {
		arm(c);
		return;
	}
	check_begin(&c->check, now);
	switch (c->place.conf->kind) {
	case CONF_CHECK_TCP:
		c->probe = tcp_probe_start(c->env->base, &t, on_done, c);
		return;
	case CONF_CHECK_HTTP:
		start_http(c, &t);
		return;
	}
	must(!"a kind of check");
}

struct checker *checker_new(const struct checker_env *env, const struct checker_place *place,
			    bool down, bool enabled, unsigned index, unsigned n)
{
	struct checker *c = calloc(1, sizeof(*c));

	must(c != NULL);
	c->env = env;
	c->place = *place;
	c->timer = probe_event_new(env->base, -1, 0, on_timer, c);
	check_init(&c->check, place->conf, down, mono_now(), index, n);
	c->check.enabled = enabled;
	arm(c);
	return c;
}

void checker_free(struct checker *c)
{
	if (!c)
		return;
	probe_cancel(c->probe);
	event_free(c->timer);
	buf_free(&c->request);
	free(c);
}

void checker_enable(struct checker *c, bool enabled)
{
	mono_t now = mono_now();

	if (!enabled && c->probe) {
		probe_cancel(c->probe);
		c->probe = NULL;
		check_cancel(&c->check, now);
	}
	check_enable(&c->check, now, enabled);
	arm(c);
}

bool checker_up(const struct checker *c)
{
	return c->check.up;
}

void checker_print(const struct checker *c, struct buf *out)
{
	char at[IPVS_TEXT_BYTES];
	struct ipvs_dest d = endpoint(&c->place);

	buf_printf(out, "%s %s %s, last: %s",
		   c->place.conf->kind == CONF_CHECK_TCP ? "TCP_CHECK" : "HTTP_GET",
		   ipvs_dest_text(&d, at), c->check.up ? "up" : "down",
		   check_outcome_text(c->check.last));
	if (!c->check.enabled)
		buf_puts(out, ", suspended");
	if (c->check.failures)
		buf_printf(out, ", %u failures in a row", c->check.failures);
}

/* ---- a reload ------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_url(const struct checker_place *p, const struct conf_url *a,
		     const struct checker_place *q, const struct conf_url *b)
{
	return same_text(a->path, b->path) && same_text(a->digest, b->digest) &&
	       a->status_lo == b->status_lo && a->status_hi == b->status_hi &&
	       same_text(host_of(p, a), host_of(q, b));
}

static bool same_times(const struct conf_check *a, const struct conf_check *b)
{
	return a->connect_timeout_ns == b->connect_timeout_ns && a->retry == b->retry &&
	       a->delay_before_retry_ns == b->delay_before_retry_ns &&
	       a->delay_loop_ns == b->delay_loop_ns && a->warmup_ns == b->warmup_ns;
}

bool checker_same(const struct checker *c, const struct checker_place *place)
{
	const struct conf_check *a = c->place.conf, *b = place->conf;
	struct ipvs_dest at = endpoint(&c->place), to = endpoint(place);
	const struct conf_url *u = a->urls, *v = b->urls;

	if (a->kind != b->kind || !ipvs_dest_same(&at, &to) ||
	    !wire_ip_equal(&a->bind_ip, &b->bind_ip) || a->bind_port != b->bind_port ||
	    a->http_1_1 != b->http_1_1 || !same_times(a, b))
		return false;
	while (u && v && same_url(&c->place, u, place, v)) {
		u = u->next;
		v = v->next;
	}
	return !u && !v;
}

void checker_move(struct checker *c, const struct checker_place *place)
{
	bool runs = c->probe != NULL;

	/* A run of the old configuration points into it. */
	if (runs) {
		probe_cancel(c->probe);
		c->probe = NULL;
		check_cancel(&c->check, mono_now());
	}
	c->place = *place;
	check_reconf(&c->check, place->conf);
	if (runs)
		arm(c);
}
