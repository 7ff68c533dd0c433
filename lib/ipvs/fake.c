/* IPVS in memory: takes the same bytes as the kernel, keeps the same tables, and answers with the
 * same errno (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_sync.c). With it everything but the transport
 * is tested where the kernel has no IPVS.
 *
 * It forwards no packet: counts of connections stay 0. Lists keep the order of adding; the
 * kernel's own order is that of its hash table, so no caller may depend on it.
 */
#include "lib/base/must.h"
#include "lib/base/vec.h"
#include "lib/ipvs/codec.h"
#include "lib/ipvs/ipvs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ip_vs.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_VERSION	  0x010201
#define FAKE_MAXLEN_BYTES 1472 /* MTU 1500 less the headers of IP and UDP */

struct fake_service {
	struct ipvs_service conf;
	VEC(struct ipvs_dest) dests;
};

struct fake {
	VEC(struct fake_service) services;
	bool sync_runs[3]; /* by role */
	struct ipvs_sync sync[3];
	unsigned refuse_in; /* 0: refuse nothing */
	int refuse_err;
};

static const char *const schedulers[] = {"rr", "wrr", "lc", "wlc",  "lblc", "lblcr", "dh",  "sh",
					 "mh", "sed", "nq", "none", "fo",   "ovf",   "twos"};

static bool scheduler_known(const char *name)
{
	for (size_t i = 0; i < sizeof(schedulers) / sizeof(schedulers[0]); i++)
		if (strcmp(schedulers[i], name) == 0)
			return true;
	return false;
}

static size_t find_service(const struct fake *f, const struct ipvs_service *s)
{
	size_t i = 0;

	while (i < f->services.n && !ipvs_service_same(&f->services.at[i].conf, s))
		i++;
	return i;
}

static size_t find_dest(const struct fake_service *s, const struct ipvs_dest *d)
{
	size_t i = 0;

	while (i < s->dests.n && !ipvs_dest_same(&s->dests.at[i], d))
		i++;
	return i;
}

static void free_service(struct fake_service *s)
{
	vec_free(&s->dests);
}

static void flush(struct fake *f)
{
	for (size_t i = 0; i < f->services.n; i++)
		free_service(&f->services.at[i]);
	f->services.n = 0;
}

static int check_service(const struct ipvs_service *s)
{
	if (!scheduler_known(s->scheduler))
		return -ENOENT;
	if (s->family == AF_INET6 && (s->granularity6 < 1 || s->granularity6 > 128))
		return -EINVAL;
	return 0;
}

static int service_new(struct fake *f, const struct ipvs_service *s)
{
	int err = check_service(s);

	if (find_service(f, s) < f->services.n)
		return -EEXIST;
	if (err)
		return err;
	struct fake_service *new = vec_push(&f->services);

	new->conf = *s;
	return 0;
}

static int service_set(struct fake *f, const struct ipvs_service *s)
{
	size_t at = find_service(f, s);
	int err = check_service(s);

	if (at == f->services.n)
		return -ESRCH;
	if (!err)
		f->services.at[at].conf = *s;
	return err;
}

static int service_del(struct fake *f, const struct ipvs_service *s)
{
	size_t at = find_service(f, s);

	if (at == f->services.n)
		return -ESRCH;
	free_service(&f->services.at[at]);
	f->services.n--;
	memmove(&f->services.at[at], &f->services.at[at + 1],
		(f->services.n - at) * sizeof(f->services.at[0]));
	return 0;
}

static int check_dest(const struct fake *f, const struct fake_service *s, const struct ipvs_dest *d)
{
	/* The two families meet in a tunnel only, and never beside a sync daemon. */
	if (d->ip.family != s->conf.family &&
	    (d->method != IPVS_TUN || f->sync_runs[IPVS_SYNC_MASTER] ||
	     f->sync_runs[IPVS_SYNC_BACKUP]))
		return -EINVAL;
	if (d->weight > INT32_MAX || d->lower_threshold > d->upper_threshold)
		return -ERANGE;
	return 0;
}

static int change_dest(struct fake *f, uint8_t cmd, const struct ipvs_attrs *m)
{
	struct ipvs_service key;
	struct ipvs_dest d;

	if (!ipvs_decode_service(m->bytes, m->len, &key))
		return -EINVAL;
	size_t at = find_service(f, &key);

	if (at == f->services.n)
		return -ESRCH;
	struct fake_service *s = &f->services.at[at];

	if (!ipvs_decode_dest(m->bytes, m->len, key.family, &d))
		return -EINVAL;
	size_t i = find_dest(s, &d);
	bool there = i < s->dests.n;
	int err = cmd == IPVS_CMD_DEL_DEST ? 0 : check_dest(f, s, &d);

	if (err)
		return err;
	if (cmd == IPVS_CMD_NEW_DEST && there)
		return -EEXIST;
	if (cmd != IPVS_CMD_NEW_DEST && !there)
		return -ENOENT;
	if (cmd == IPVS_CMD_NEW_DEST) {
		*vec_push(&s->dests) = d;
	} else if (cmd == IPVS_CMD_SET_DEST) {
		s->dests.at[i] = d;
	} else {
		s->dests.n--;
		memmove(&s->dests.at[i], &s->dests.at[i + 1],
			(s->dests.n - i) * sizeof(s->dests.at[0]));
	}
	return 0;
}

static int change_sync(struct fake *f, uint8_t cmd, const struct ipvs_attrs *m)
{
	struct ipvs_sync sync;

	if (!ipvs_decode_sync(m->bytes, m->len, &sync))
		return -EINVAL;
	if (cmd == IPVS_CMD_DEL_DAEMON) {
		if (!f->sync_runs[sync.role])
			return -ESRCH;
		f->sync_runs[sync.role] = false;
		return 0;
	}
	if (f->sync_runs[sync.role])
		return -EEXIST;
	if (!sync.maxlen_bytes)
		sync.maxlen_bytes = FAKE_MAXLEN_BYTES;
	if (!sync.group.family)
		wire_ip_parse("224.0.0.81", &sync.group);
	if (!sync.port)
		sync.port = 8848;
	if (!sync.ttl)
		sync.ttl = 1;
	f->sync_runs[sync.role] = true;
	f->sync[sync.role] = sync;
	return 0;
}

static int change(struct fake *f, uint8_t cmd, const struct ipvs_attrs *m)
{
	struct ipvs_service s;

	if (f->refuse_in && --f->refuse_in == 0)
		return -f->refuse_err;
	switch (cmd) {
	case IPVS_CMD_FLUSH:
		flush(f);
		return 0;
	case IPVS_CMD_NEW_SERVICE:
	case IPVS_CMD_SET_SERVICE:
	case IPVS_CMD_DEL_SERVICE:
		if (!ipvs_decode_service(m->bytes, m->len, &s))
			return -EINVAL;
		if (cmd == IPVS_CMD_DEL_SERVICE)
			return service_del(f, &s);
		return cmd == IPVS_CMD_NEW_SERVICE ? service_new(f, &s) : service_set(f, &s);
	case IPVS_CMD_NEW_DEST:
	case IPVS_CMD_SET_DEST:
	case IPVS_CMD_DEL_DEST:
		return change_dest(f, cmd, m);
	case IPVS_CMD_NEW_DAEMON:
	case IPVS_CMD_DEL_DAEMON:
		return change_sync(f, cmd, m);
	default:
		return -EOPNOTSUPP;
	}
}

static int dump(const struct fake *f, uint8_t cmd, const struct ipvs_attrs *m,
		ipvs_answer_fn *answer, void *ctx)
{
	struct ipvs_service key;
	struct ipvs_attrs reply;

	if (cmd == IPVS_CMD_GET_SERVICE) {
		for (size_t i = 0; i < f->services.n; i++) {
			ipvs_encode_service(&reply, &f->services.at[i].conf, true);
			answer(ctx, reply.bytes, reply.len);
		}
	} else if (cmd == IPVS_CMD_GET_DAEMON) {
		for (int role = IPVS_SYNC_MASTER; role <= IPVS_SYNC_BACKUP; role++) {
			if (!f->sync_runs[role])
				continue;
			ipvs_encode_sync(&reply, &f->sync[role]);
			answer(ctx, reply.bytes, reply.len);
		}
	} else if (cmd == IPVS_CMD_GET_DEST) {
		/* As the kernel: no such service is an empty answer, not an error. */
		if (!ipvs_decode_service(m->bytes, m->len, &key))
			return 0;
		size_t at = find_service(f, &key);

		for (size_t i = 0; at < f->services.n && i < f->services.at[at].dests.n; i++) {
			ipvs_encode_dest_answer(&reply, &f->services.at[at].dests.at[i]);
			answer(ctx, reply.bytes, reply.len);
		}
	} else {
		return -EOPNOTSUPP;
	}
	return 0;
}

static int request(void *state, uint8_t cmd, bool is_dump, const struct ipvs_attrs *m,
		   ipvs_answer_fn *answer, void *ctx)
{
	struct ipvs_attrs reply;

	if (is_dump)
		return dump(state, cmd, m, answer, ctx);
	if (cmd != IPVS_CMD_GET_INFO)
		return change(state, cmd, m);
	ipvs_encode_info(&reply, FAKE_VERSION);
	answer(ctx, reply.bytes, reply.len);
	return 0;
}

static void fake_close(void *state)
{
	struct fake *f = state;

	flush(f);
	vec_free(&f->services);
	free(f);
}

static const struct ipvs_transport fake_transport = {request, fake_close};

int ipvs_open_fake(struct ipvs **out)
{
	struct ipvs *v = calloc(1, sizeof(*v));
	struct fake *f = calloc(1, sizeof(*f));

	must(v != NULL && f != NULL);
	v->transport = &fake_transport;
	v->state = f;
	*out = v;
	return 0;
}

void ipvs_fake_refuse(struct ipvs *v, unsigned n, int err)
{
	must(v->transport == &fake_transport);
	struct fake *f = v->state;

	f->refuse_in = n;
	f->refuse_err = err;
}
