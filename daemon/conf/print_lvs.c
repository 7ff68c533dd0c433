/* The services of struct vipd_conf as keepalived.conf: the second half of print.c. */
#include "daemon/conf/draft.h"

#include <arpa/inet.h>

static const char *method_text(enum ipvs_method method)
{
	switch (method) {
	case IPVS_NAT:
		return "NAT";
	case IPVS_DR:
		return "DR";
	case IPVS_TUN:
		return "TUN";
	}
	return "";
}

static const char *protocol_text(uint16_t protocol)
{
	return protocol == IPPROTO_TCP ? "TCP" : protocol == IPPROTO_SCTP ? "SCTP" : "UDP";
}

static void print_seconds(struct buf *out, const char *tabs, const char *name, int64_t ns)
{
	char text[32];

	buf_printf(out, "%s%s %s\n", tabs, name, conf_seconds_text(ns, text));
}

static void print_script(struct buf *out, const char *tabs, const char *name,
			 const struct conf_script *script)
{
	if (!script->argv)
		return;
	buf_printf(out, "%s%s ", tabs, name);
	conf_script_print(script, out);
	buf_putc(out, '\n');
}

static void print_string(struct buf *out, const char *tabs, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(out, "%s%s ", tabs, name);
	conf_print_word(value, out);
	buf_putc(out, '\n');
}

static void print_url(struct buf *out, const struct conf_url *u)
{
	buf_puts(out, "\t\t\turl {\n");
	print_string(out, "\t\t\t\t", "path", u->path);
	print_string(out, "\t\t\t\t", "digest", u->digest);
	buf_printf(out, "\t\t\t\tstatus_code %u-%u\n", u->status_lo, u->status_hi);
	print_string(out, "\t\t\t\t", "virtualhost", u->virtualhost);
	buf_puts(out, "\t\t\t}\n");
}

static void print_check(struct buf *out, const struct conf_check *c)
{
	static const char tabs[] = "\t\t\t";
	char text[INET6_ADDRSTRLEN];
	bool http = c->kind == CONF_CHECK_HTTP;

	buf_printf(out, "\t\t%s {\n", http ? "HTTP_GET" : "TCP_CHECK");
	if (c->ip.family)
		buf_printf(out, "%sconnect_ip %s\n", tabs, wire_ip_text(&c->ip, text));
	if (c->port)
		buf_printf(out, "%sconnect_port %u\n", tabs, c->port);
	if (c->bind_ip.family)
		buf_printf(out, "%sbindto %s\n", tabs, wire_ip_text(&c->bind_ip, text));
	if (c->bind_port)
		buf_printf(out, "%sbind_port %u\n", tabs, c->bind_port);
	print_seconds(out, tabs, "connect_timeout", c->connect_timeout_ns);
	buf_printf(out, "%sretry %u\n", tabs, c->retry);
	print_seconds(out, tabs, "delay_before_retry", c->delay_before_retry_ns);
	print_seconds(out, tabs, "delay_loop", c->delay_loop_ns);
	print_seconds(out, tabs, "warmup", c->warmup_ns);
	if (http) {
		buf_printf(out, "%shttp_protocol %s\n", tabs, c->http_1_1 ? "1.1" : "1.0");
		print_string(out, tabs, "virtualhost", c->virtualhost);
		for (const struct conf_url *u = c->urls; u; u = u->next)
			print_url(out, u);
	}
	buf_puts(out, "\t\t}\n");
}

static void print_server(struct buf *out, const struct conf_real_server *s)
{
	char text[INET6_ADDRSTRLEN];

	buf_printf(out, "\treal_server %s %u {\n", wire_ip_text(&s->ip, text), s->port);
	buf_printf(out, "\t\tweight %d\n", s->weight);
	buf_printf(out, "\t\tlvs_method %s\n", method_text(s->method));
	buf_printf(out, "\t\tuthreshold %u\n", s->upper_threshold);
	buf_printf(out, "\t\tlthreshold %u\n", s->lower_threshold);
	buf_printf(out, "\t\tinhibit_on_failure %s\n", s->inhibit_on_failure ? "true" : "false");
	buf_printf(out, "\t\talpha %s\n", s->alpha ? "true" : "false");
	print_string(out, "\t\t", "virtualhost", s->virtualhost);
	print_script(out, "\t\t", "notify_up", &s->notify_up);
	print_script(out, "\t\t", "notify_down", &s->notify_down);
	for (const struct conf_check *c = s->checks; c; c = c->next)
		print_check(out, c);
	buf_puts(out, "\t}\n");
}

static void print_persistence(struct buf *out, const struct ipvs_service *s)
{
	char text[INET_ADDRSTRLEN];

	if (!s->persistence_timeout_s)
		return;
	buf_printf(out, "\tpersistence_timeout %u\n", s->persistence_timeout_s);
	if (s->family == AF_INET6)
		buf_printf(out, "\tpersistence_granularity %u\n", s->granularity6);
	else
		buf_printf(out, "\tpersistence_granularity %s\n",
			   inet_ntop(AF_INET, &s->granularity, text, sizeof(text)));
}

static void print_sorry(struct buf *out, const struct conf_virtual_server *v)
{
	char text[INET6_ADDRSTRLEN];

	if (!v->sorry)
		return;
	buf_printf(out, "\tsorry_server %s %u\n", wire_ip_text(&v->sorry->ip, text),
		   v->sorry->port);
	buf_printf(out, "\tsorry_server_lvs_method %s\n", method_text(v->sorry->method));
	if (v->sorry_inhibit)
		buf_puts(out, "\tsorry_server_inhibit\n");
}

static void print_service(struct buf *out, const struct conf_virtual_server *v)
{
	const struct ipvs_service *s = &v->service;
	char text[INET6_ADDRSTRLEN];

	if (s->fwmark)
		buf_printf(out, "virtual_server fwmark %u {\n\tip_family %s\n", s->fwmark,
			   s->family == AF_INET6 ? "inet6" : "inet");
	else
		buf_printf(out, "virtual_server %s %u {\n\tprotocol %s\n",
			   wire_ip_text(&s->ip, text), s->port, protocol_text(s->protocol));
	print_seconds(out, "\t", "delay_loop", v->delay_loop_ns);
	buf_printf(out, "\tlvs_sched %s\n", s->scheduler);
	buf_puts(out, s->one_packet ? "\tops\n" : "");
	buf_printf(out, "\tlvs_method %s\n", method_text(v->method));
	print_persistence(out, s);
	buf_puts(out, v->ha_suspend ? "\tha_suspend\n" : "");
	buf_puts(out, v->alpha ? "\talpha\n" : "");
	buf_puts(out, v->omega ? "\tomega\n" : "");
	if (v->quorum)
		buf_printf(out, "\tquorum %u\n", v->quorum);
	buf_printf(out, "\thysteresis %u\n", v->hysteresis);
	print_string(out, "\t", "virtualhost", v->virtualhost);
	print_script(out, "\t", "quorum_up", &v->quorum_up);
	print_script(out, "\t", "quorum_down", &v->quorum_down);
	print_sorry(out, v);
	for (const struct conf_real_server *r = v->servers; r; r = r->next)
		print_server(out, r);
	buf_puts(out, "}\n");
}

void draft_print_lvs(const struct vipd_conf *conf, struct buf *out)
{
	for (const struct conf_virtual_server *v = conf->services; v; v = v->next)
		print_service(out, v);
}
