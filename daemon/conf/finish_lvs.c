/* Services: from what the file says to what holds. Real servers inherit from their service, checks
 * from their real server; then the rules that join several keywords, corrected with a warning as
 * keepalived corrects them.
 */
#include "daemon/conf/draft.h"

#include <string.h>

#define PERSISTENCE_DEFAULT_S 360
#define SCHEDULER_DEFAULT     "wlc"

static const struct draft_value *first_set(const struct draft_value *a, const struct draft_value *b,
					   const struct draft_value *c)
{
	return a->set ? a : b->set ? b : c;
}

/* ---- checks -----------------------------------------------------------------------------------
 */

static void finish_check(struct draft_check *c, const struct draft_server *rs,
			 const struct draft_service *vs)
{
	struct conf_check *out = c->out;
	const struct draft_check_defaults *a = &c->timing, *b = &rs->timing, *v = &vs->timing;
	int64_t delay_s = out->kind == CONF_CHECK_HTTP ? 3 : 1;

#define TIMING(member, otherwise)                                                                  \
	draft_or(first_set(&a->member, &b->member, &v->member), (otherwise))
	out->retry = (unsigned)TIMING(retry, 1);
	out->delay_before_retry_ns = TIMING(delay_before_retry, delay_s * CONF_SECOND_NS);
	out->connect_timeout_ns = TIMING(connect_timeout, 5 * CONF_SECOND_NS);
	out->delay_loop_ns = TIMING(delay_loop, 60 * CONF_SECOND_NS);
	out->warmup_ns = TIMING(warmup, out->delay_loop_ns);
#undef TIMING
}

/* ---- real servers -----------------------------------------------------------------------------
 */

static bool server_same(const struct conf_real_server *a, const struct conf_real_server *b)
{
	return wire_ip_equal(&a->ip, &b->ip) && a->port == b->port;
}

/* Only NAT can change the port; a service by mark has none to change to. */
static void finish_port(const struct draft_service *v, struct conf_real_server *s,
			struct conf_report *r)
{
	uint16_t port = v->out->service.port;
	char text[INET6_ADDRSTRLEN];

	wire_ip_text(&s->ip, text);
	if (v->out->service.fwmark) {
		if (s->method != IPVS_NAT && s->port) {
			conf_warning(r, s->pos,
				     "a service by fwmark forwards to the port that was asked for: "
				     "port %u of %s is ignored",
				     s->port, text);
			s->port = 0;
		}
		return;
	}
	if (s->port == 0)
		s->port = port;
	if (s->method != IPVS_NAT && s->port != port) {
		conf_warning(r, s->pos,
			     "only NAT can change the port: %s gets port %u of the virtual_server",
			     text, port);
		s->port = port;
	}
}

/* False: dropped, which was reported. */
static bool finish_server(const struct draft_service *v, struct draft_server *from, bool sorry,
			  struct conf_report *r)
{
	struct conf_real_server *s = from->out;
	char text[INET6_ADDRSTRLEN];

	s->method = (enum ipvs_method)draft_or(&from->method, v->out->method);
	if (s->method != IPVS_TUN && s->ip.family != v->out->service.family) {
		conf_warning(r, s->pos,
			     "%s %s is not of the family of virtual_server %s: it is "
			     "ignored",
			     sorry ? "sorry_server" : "real_server", wire_ip_text(&s->ip, text),
			     v->name);
		return false;
	}
	finish_port(v, s, r);
	s->weight = (int)draft_or(first_set(&from->weight, &v->weight, &v->weight), 1);
	s->inhibit_on_failure = draft_or(&from->inhibit, draft_on(&v->inhibit));
	s->alpha = draft_or(&from->alpha, draft_on(&v->alpha));
	s->upper_threshold = (uint32_t)draft_or(&from->upper, 0);
	s->lower_threshold = (uint32_t)draft_or(&from->lower, 0);
	if (!s->virtualhost)
		s->virtualhost = v->out->virtualhost;
	for (struct draft_check *c = from->checks; c; c = c->next) {
		finish_check(c, from, v);
		if (!c->bad)
			DRAFT_APPEND(s->checks, c->out);
	}
	return true;
}

static void finish_servers(struct draft_service *v, struct conf_report *r)
{
	struct conf_virtual_server *out = v->out;
	char text[INET6_ADDRSTRLEN];

	for (struct draft_server *from = v->servers; from; from = from->next) {
		const struct conf_real_server *s;

		if (!finish_server(v, from, false, r))
			continue;
		for (s = out->servers; s && !server_same(s, from->out); s = s->next)
			;
		if (s)
			conf_warning(r, from->out->pos,
				     "real_server %s %u is in virtual_server %s already (line %d): "
				     "this one is ignored",
				     wire_ip_text(&s->ip, text), s->port, v->name, s->pos.line);
		else
			DRAFT_APPEND(out->servers, from->out);
	}
}

static void finish_sorry(struct draft_service *v, struct conf_report *r)
{
	struct conf_virtual_server *out = v->out;
	const struct conf_real_server *s = out->servers;

	out->sorry_inhibit = draft_on(&v->sorry_inhibit);
	if (!v->sorry)
		return;
	v->sorry->method = v->sorry_method;
	if (!finish_server(v, v->sorry, true, r))
		return;
	out->sorry = v->sorry->out;
	out->sorry->weight = 1;
	out->sorry->inhibit_on_failure = out->sorry_inhibit;
	while (s && !server_same(s, out->sorry))
		s = s->next;
	if (s && s->inhibit_on_failure != out->sorry_inhibit) {
		conf_warning(r, out->sorry->pos,
			     "sorry_server is one of the real servers, whose inhibit_on_failure is "
			     "%s: it is taken for the sorry server too",
			     s->inhibit_on_failure ? "on" : "off");
		out->sorry_inhibit = s->inhibit_on_failure;
		out->sorry->inhibit_on_failure = s->inhibit_on_failure;
	}
}

/* ---- services ---------------------------------------------------------------------------------
 */

/* A service by mark takes its family from what says it first. */
static void finish_family(struct draft_service *v)
{
	struct ipvs_service *s = &v->out->service;

	if (!s->fwmark)
		return;
	s->family = v->family.set ? (sa_family_t)v->family.v
		    : v->servers  ? v->servers->out->ip.family
				  : AF_INET;
}

static void finish_protocol(struct draft_service *v, struct conf_report *r)
{
	struct conf_virtual_server *out = v->out;
	struct ipvs_service *s = &out->service;

	s->persistence_timeout_s =
		(uint32_t)draft_or(&v->persistence, v->granularity.set ? PERSISTENCE_DEFAULT_S : 0);
	s->one_packet = draft_on(&v->ops);
	out->ha_suspend = draft_on(&v->ha_suspend);
	if (s->fwmark) {
		if (v->protocol.set)
			conf_warning(r, v->protocol.at,
				     "a service by fwmark has no protocol: it is ignored");
		if (out->ha_suspend)
			conf_warning(r, v->ha_suspend.at,
				     "ha_suspend needs an address, not a fwmark: it is ignored");
		out->ha_suspend = false;
		return;
	}
	s->protocol = (uint16_t)draft_or(&v->protocol, IPPROTO_UDP);
	if (!v->protocol.set)
		conf_warning(r, out->pos, "virtual_server %s has no protocol: UDP is used",
			     v->name);
	if (s->one_packet && s->protocol != IPPROTO_UDP) {
		conf_warning(r, v->ops.at, "ops needs protocol UDP: it is ignored");
		s->one_packet = false;
	}
	if (s->port == 0 && !s->persistence_timeout_s) {
		conf_warning(r, out->pos,
			     "virtual_server %s: port 0 needs persistence: persistence_timeout %d "
			     "is used",
			     v->name, PERSISTENCE_DEFAULT_S);
		s->persistence_timeout_s = PERSISTENCE_DEFAULT_S;
	}
}

static bool method_missing(const struct draft_service *v)
{
	const struct draft_server *s = v->servers;

	while (s && s->method.set)
		s = s->next;
	return s || (v->sorry && !v->sorry_method.set);
}

static void finish_method(struct draft_service *v, struct conf_report *r)
{
	struct conf_virtual_server *out = v->out;

	if (!out->service.scheduler[0]) {
		conf_warning(r, out->pos, "virtual_server %s has no lvs_sched: %s is used", v->name,
			     SCHEDULER_DEFAULT);
		snprintf(out->service.scheduler, sizeof(out->service.scheduler), "%s",
			 SCHEDULER_DEFAULT);
	}
	if (!v->method.set && method_missing(v))
		conf_warning(r, out->pos, "virtual_server %s has no lvs_method: NAT is used",
			     v->name);
	out->method = (enum ipvs_method)draft_or(&v->method, IPVS_NAT);
}

static void finish_quorum(struct draft_service *v, struct conf_report *r)
{
	struct conf_virtual_server *out = v->out;
	uint64_t sum = 0;

	for (const struct conf_real_server *s = out->servers; s; s = s->next)
		sum += (unsigned)s->weight;
	out->quorum = (unsigned)draft_or(&v->quorum, 1);
	out->hysteresis = (unsigned)draft_or(&v->hysteresis, 0);
	if (out->quorum > sum) {
		conf_warning(r, v->quorum.set ? v->quorum.at : out->pos,
			     "quorum %u is more than all real servers of virtual_server %s weigh: "
			     "%u is used",
			     out->quorum, v->name, (unsigned)sum);
		out->quorum = (unsigned)sum;
	}
	if (out->hysteresis && out->hysteresis >= out->quorum) {
		unsigned was = out->hysteresis;

		out->hysteresis = out->quorum ? out->quorum - 1 : 0;
		conf_warning(r, v->hysteresis.at,
			     "hysteresis %u is not below quorum %u: %u is used", was, out->quorum,
			     out->hysteresis);
	}
}

static bool service_same(const struct ipvs_service *a, const struct ipvs_service *b)
{
	if (a->fwmark || b->fwmark)
		return a->fwmark == b->fwmark && a->family == b->family;
	return a->protocol == b->protocol && a->port == b->port && wire_ip_equal(&a->ip, &b->ip);
}

static void check_twins(const struct draft *d, struct conf_report *r)
{
	for (const struct conf_virtual_server *a = d->conf->services; a; a = a->next)
		for (const struct conf_virtual_server *b = d->conf->services; b != a; b = b->next)
			if (service_same(&a->service, &b->service))
				conf_error(r, a->pos, "this virtual_server is at line %d already",
					   b->pos.line);
}

void draft_finish_lvs(struct draft *d, struct conf_report *r)
{
	for (struct draft_service *v = d->services; v; v = v->next) {
		finish_family(v);
		finish_method(v, r);
		finish_protocol(v, r);
		v->out->delay_loop_ns = draft_or(&v->timing.delay_loop, 60 * CONF_SECOND_NS);
		v->out->alpha = draft_on(&v->alpha);
		v->out->omega = draft_on(&v->omega);
		finish_servers(v, r);
		finish_sorry(v, r);
		finish_quorum(v, r);
		DRAFT_APPEND(d->conf->services, v->out);
	}
	check_twins(d, r);
}
