/* The public face of lib/ipvs: each function is one command of the kernel's IPVS family, encoded by
 * codec.c and carried by a transport (genl.c or fake.c). It keeps no table and decides nothing.
 */
#include "lib/ipvs/ipvs.h"

#include "lib/base/must.h"
#include "lib/ipvs/codec.h"

#include <errno.h>
#include <linux/ip_vs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ipvs_close(struct ipvs *v)
{
	if (!v)
		return;
	v->transport->close(v->state);
	free(v);
}

static int change(struct ipvs *v, uint8_t cmd, const struct ipvs_attrs *m)
{
	return v->transport->request(v->state, cmd, false, m, NULL, NULL);
}

struct version_answer {
	uint32_t version;
	bool seen;
};

static void on_version(void *ctx, const uint8_t *bytes, size_t len)
{
	struct version_answer *a = ctx;

	a->seen = ipvs_decode_info(bytes, len, &a->version);
}

int ipvs_version(struct ipvs *v, uint32_t *out)
{
	struct version_answer a = {0};
	struct ipvs_attrs none = {0};
	int err = v->transport->request(v->state, IPVS_CMD_GET_INFO, false, &none, on_version, &a);

	if (err)
		return err;
	*out = a.version;
	return a.seen ? 0 : -EPROTO;
}

int ipvs_flush(struct ipvs *v)
{
	struct ipvs_attrs none = {0};

	return change(v, IPVS_CMD_FLUSH, &none);
}

int ipvs_service_add(struct ipvs *v, const struct ipvs_service *s)
{
	struct ipvs_attrs m;

	ipvs_encode_service(&m, s, true);
	return change(v, IPVS_CMD_NEW_SERVICE, &m);
}

int ipvs_service_edit(struct ipvs *v, const struct ipvs_service *s)
{
	struct ipvs_attrs m;

	ipvs_encode_service(&m, s, true);
	return change(v, IPVS_CMD_SET_SERVICE, &m);
}

int ipvs_service_del(struct ipvs *v, const struct ipvs_service *s)
{
	struct ipvs_attrs m;

	ipvs_encode_service(&m, s, false);
	return change(v, IPVS_CMD_DEL_SERVICE, &m);
}

int ipvs_dest_add(struct ipvs *v, const struct ipvs_service *s, const struct ipvs_dest *d)
{
	struct ipvs_attrs m;

	ipvs_encode_dest(&m, s, d, true);
	return change(v, IPVS_CMD_NEW_DEST, &m);
}

int ipvs_dest_edit(struct ipvs *v, const struct ipvs_service *s, const struct ipvs_dest *d)
{
	struct ipvs_attrs m;

	ipvs_encode_dest(&m, s, d, true);
	return change(v, IPVS_CMD_SET_DEST, &m);
}

int ipvs_dest_del(struct ipvs *v, const struct ipvs_service *s, const struct ipvs_dest *d)
{
	struct ipvs_attrs m;

	ipvs_encode_dest(&m, s, d, false);
	return change(v, IPVS_CMD_DEL_DEST, &m);
}

int ipvs_sync_start(struct ipvs *v, const struct ipvs_sync *sync)
{
	struct ipvs_attrs m;

	ipvs_encode_sync(&m, sync);
	return change(v, IPVS_CMD_NEW_DAEMON, &m);
}

int ipvs_sync_stop(struct ipvs *v, enum ipvs_sync_role role, const struct ipvs_sync *sync)
{
	struct ipvs_sync of_role = *sync;
	struct ipvs_attrs m;

	of_role.role = role;
	ipvs_encode_sync(&m, &of_role);
	return change(v, IPVS_CMD_DEL_DAEMON, &m);
}

struct service_walk {
	void (*each)(void *ctx, const struct ipvs_service *s);
	void *ctx;
	int err;
};

static void on_service(void *ctx, const uint8_t *bytes, size_t len)
{
	struct service_walk *w = ctx;
	struct ipvs_service s;

	if (ipvs_decode_service(bytes, len, &s))
		w->each(w->ctx, &s);
	else
		w->err = -EPROTO;
}

int ipvs_service_each(struct ipvs *v, void (*each)(void *ctx, const struct ipvs_service *s),
		      void *ctx)
{
	struct service_walk w = {each, ctx, 0};
	struct ipvs_attrs none = {0};
	int err =
		v->transport->request(v->state, IPVS_CMD_GET_SERVICE, true, &none, on_service, &w);

	return err ? err : w.err;
}

struct dest_walk {
	void (*each)(void *ctx, const struct ipvs_dest *d);
	void *ctx;
	sa_family_t family;
	int err;
};

static void on_dest(void *ctx, const uint8_t *bytes, size_t len)
{
	struct dest_walk *w = ctx;
	struct ipvs_dest d;

	if (ipvs_decode_dest(bytes, len, w->family, &d))
		w->each(w->ctx, &d);
	else
		w->err = -EPROTO;
}

int ipvs_dest_each(struct ipvs *v, const struct ipvs_service *s,
		   void (*each)(void *ctx, const struct ipvs_dest *d), void *ctx)
{
	struct dest_walk w = {each, ctx, s->family, 0};
	struct ipvs_attrs m;

	ipvs_encode_service(&m, s, false);
	int err = v->transport->request(v->state, IPVS_CMD_GET_DEST, true, &m, on_dest, &w);

	return err ? err : w.err;
}

struct sync_walk {
	void (*each)(void *ctx, const struct ipvs_sync *sync);
	void *ctx;
	int err;
};

static void on_sync(void *ctx, const uint8_t *bytes, size_t len)
{
	struct sync_walk *w = ctx;
	struct ipvs_sync sync;

	if (ipvs_decode_sync(bytes, len, &sync))
		w->each(w->ctx, &sync);
	else
		w->err = -EPROTO;
}

int ipvs_sync_each(struct ipvs *v, void (*each)(void *ctx, const struct ipvs_sync *sync), void *ctx)
{
	struct sync_walk w = {each, ctx, 0};
	struct ipvs_attrs none = {0};
	int err = v->transport->request(v->state, IPVS_CMD_GET_DAEMON, true, &none, on_sync, &w);

	return err ? err : w.err;
}

/* ---- comparing and naming ------------------------------------------------------------------ */

bool ipvs_service_same(const struct ipvs_service *a, const struct ipvs_service *b)
{
	if (a->family != b->family || a->fwmark != b->fwmark)
		return false;
	return a->fwmark ||
	       (a->protocol == b->protocol && a->port == b->port && wire_ip_equal(&a->ip, &b->ip));
}

static uint32_t granularity(const struct ipvs_service *s)
{
	if (s->family == AF_INET6)
		return s->granularity6 ? s->granularity6 : 128;
	return s->granularity.s_addr ? s->granularity.s_addr : ~0u;
}

bool ipvs_service_equal(const struct ipvs_service *a, const struct ipvs_service *b)
{
	return ipvs_service_same(a, b) && a->one_packet == b->one_packet &&
	       a->persistence_timeout_s == b->persistence_timeout_s &&
	       granularity(a) == granularity(b) &&
	       strncmp(a->scheduler, b->scheduler, sizeof(a->scheduler)) == 0;
}

bool ipvs_dest_same(const struct ipvs_dest *a, const struct ipvs_dest *b)
{
	return a->port == b->port && wire_ip_equal(&a->ip, &b->ip);
}

bool ipvs_dest_equal(const struct ipvs_dest *a, const struct ipvs_dest *b)
{
	return ipvs_dest_same(a, b) && a->method == b->method && a->weight == b->weight &&
	       a->upper_threshold == b->upper_threshold && a->lower_threshold == b->lower_threshold;
}

static const char *addr_text(const char *prefix, const struct wire_ip *ip, uint16_t port, char *out)
{
	char text[INET6_ADDRSTRLEN];

	wire_ip_text(ip, text);
	if (ip->family == AF_INET6)
		snprintf(out, IPVS_TEXT_BYTES, "%s[%s]:%u", prefix, text, port);
	else
		snprintf(out, IPVS_TEXT_BYTES, "%s%s:%u", prefix, text, port);
	return out;
}

const char *ipvs_service_text(const struct ipvs_service *s, char *out)
{
	char prefix[16];

	if (s->fwmark) {
		snprintf(out, IPVS_TEXT_BYTES, "FWM %u%s", s->fwmark,
			 s->family == AF_INET6 ? " IPv6" : "");
		return out;
	}
	switch (s->protocol) {
	case IPPROTO_TCP:
		return addr_text("TCP ", &s->ip, s->port, out);
	case IPPROTO_UDP:
		return addr_text("UDP ", &s->ip, s->port, out);
	case IPPROTO_SCTP:
		return addr_text("SCTP ", &s->ip, s->port, out);
	default:
		snprintf(prefix, sizeof(prefix), "PROTO%u ", s->protocol);
		return addr_text(prefix, &s->ip, s->port, out);
	}
}

const char *ipvs_dest_text(const struct ipvs_dest *d, char *out)
{
	return addr_text("", &d->ip, d->port, out);
}

const char *ipvs_method_text(enum ipvs_method m)
{
	switch (m) {
	case IPVS_NAT:
		return "NAT";
	case IPVS_DR:
		return "DR";
	case IPVS_TUN:
		return "TUN";
	}
	must(!"a forwarding method");
	return "";
}
