/* Packets against configurations: fixtures/vrrp/advert*.txt holds instances and packets in hex, and
 * under each packet what advert.c says of it (lines that start with "=").
 *
 *	instance SETTING...             v2 v3 v6 vrid N adv MS pass WORD ah as-v2 owner old-never
 *					check-src ttl-range MIN vips IP... peers IP...
 *	packet SRC > DST [ttl N] [ours] then lines of hex: a VRRP message. ours: the instance
 *itself, at SRC, would send the same bytes with that priority
 */
#include "daemon/vrrp/advert.h"
#include "lib/base/golden.h"
#include "lib/base/mono.h"
#include "lib/base/must.h"
#include "lib/base/rng.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIST_MAX 8

struct script {
	struct conf_instance conf;
	struct conf_vip vip[LIST_MAX];
	struct conf_unicast_peer peer[LIST_MAX];
	unsigned n_peers;
	uint8_t min_ttl; /* of the peers; with a maximum of 254 */
	struct vrrp_packet packet;
	uint8_t bytes[2048];
	bool open, ours;
	struct buf out;
	unsigned seen[VRRP_DROP_N];
};

static struct wire_ip ip(const char *text)
{
	struct wire_ip out;

	must(wire_ip_parse(text, &out));
	return out;
}

static long number(const char *text)
{
	must(text != NULL);
	return strtol(text, NULL, 10);
}

static void read_instance(struct script *s, char *line)
{
	char *save = NULL;
	int list = 0;

	memset(&s->conf, 0, sizeof(s->conf));
	memset(s->vip, 0, sizeof(s->vip));
	memset(s->peer, 0, sizeof(s->peer));
	s->n_peers = 0;
	s->min_ttl = 0;
	s->conf.mcast_group = ip("224.0.0.18");
	s->conf.family = AF_INET;
	s->conf.priority = 100;
	strtok_r(line, " ", &save);
	for (char *w = strtok_r(NULL, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (strcmp(w, "v2") == 0 || strcmp(w, "v3") == 0)
			s->conf.version = (uint8_t)(w[1] - '0');
		else if (strcmp(w, "v6") == 0)
			s->conf.family = AF_INET6;
		else if (strcmp(w, "vrid") == 0)
			s->conf.vrid = (uint8_t)number(strtok_r(NULL, " ", &save));
		else if (strcmp(w, "adv") == 0)
			s->conf.advert_ns = number(strtok_r(NULL, " ", &save)) * NS_PER_MS;
		else if (strcmp(w, "check-src") == 0)
			s->conf.check_unicast_src = true;
		else if (strcmp(w, "ttl-range") == 0)
			s->min_ttl = (uint8_t)number(strtok_r(NULL, " ", &save));
		else if (strcmp(w, "owner") == 0)
			s->conf.owner_ignore_adverts = true;
		else if (strcmp(w, "old-never") == 0)
			s->conf.old_checksum = CONF_OLD_SUM_NEVER;
		else if (strcmp(w, "as-v2") == 0)
			s->conf.v3_checksum_as_v2 = true;
		else if (strcmp(w, "ah") == 0)
			s->conf.auth = CONF_AUTH_AH;
		else if (strcmp(w, "pass") == 0) {
			char *pass = strtok_r(NULL, " ", &save);

			s->conf.auth = CONF_AUTH_PASS;
			memcpy(s->conf.auth_data, pass, strnlen(pass, VRRP_AUTH_BYTES));
		} else if (strcmp(w, "vips") == 0) {
			list = 1;
		} else if (strcmp(w, "peers") == 0) {
			list = 2;
		} else if (list == 1) {
			struct conf_vip *v = &s->vip[s->conf.n_vips++];

			must(s->conf.n_vips <= LIST_MAX);
			v->ip = ip(w);
			if (v == s->vip)
				s->conf.vips = v;
			else
				v[-1].next = v;
		} else {
			struct conf_unicast_peer *p = &s->peer[s->n_peers++];

			must(list == 2 && s->n_peers <= LIST_MAX);
			p->ip = ip(w);
			p->min_ttl = s->min_ttl;
			p->max_ttl = s->min_ttl ? 254 : 255;
			if (p == s->peer)
				s->conf.peers = p;
			else
				p[-1].next = p;
		}
	}
}

static void check_ours(struct script *s, const struct vrrp_advert *a)
{
	uint8_t bytes[VRRP_ADVERT_BYTES_MAX];
	size_t n = vrrp_advert_encode(&s->conf, a->priority, &s->packet.src, &s->packet.dst, bytes,
				      sizeof(bytes));

	assert_int_equal(n, s->packet.len);
	assert_memory_equal(bytes, s->bytes, n);
	assert_int_equal(vrrp_advert_encode(&s->conf, a->priority, &s->packet.src, &s->packet.dst,
					    bytes, n - 1),
			 0);
}

static void finish(struct script *s)
{
	static struct vrrp_advert a;
	struct wire_ip primary = ip(s->conf.family == AF_INET6 ? "fe80::1" : "10.0.0.1");
	enum vrrp_drop drop;
	unsigned flags;
	uint8_t *copy;

	if (!s->open)
		return;
	s->open = false;
	copy = malloc(s->packet.len ? s->packet.len : 1);
	must(copy != NULL);
	memcpy(copy, s->bytes, s->packet.len);
	s->packet.bytes = copy;
	drop = vrrp_advert_check(&s->conf, &primary, &s->packet, &a, &flags);
	free(copy);
	s->seen[drop]++;
	buf_printf(&s->out, "= %s", vrrp_drop_text(drop));
	if (drop == VRRP_DROP_NONE) {
		buf_printf(&s->out, ": prio %u interval %u ms", a.priority, a.interval_ms);
		if (flags & VRRP_ADVERT_VIP_COUNT)
			buf_puts(&s->out, ", another number of addresses");
		if (flags & VRRP_ADVERT_VIP_LIST)
			buf_puts(&s->out, ", other addresses");
		if (flags & VRRP_ADVERT_INTERVAL)
			buf_puts(&s->out, ", another interval");
		if (flags & VRRP_ADVERT_OLD_SUM)
			buf_puts(&s->out, ", an old checksum");
		if (s->ours)
			check_ours(s, &a);
	}
	buf_putc(&s->out, '\n');
}

static void read_packet(struct script *s, const char *line)
{
	char src[64], dst[64], rest[64] = "";
	const char *ttl;

	must(sscanf(line, "packet %63s > %63s %63[^\n]", src, dst, rest) >= 2);
	s->packet = (struct vrrp_packet){.src = ip(src), .dst = ip(dst), .ttl = 255};
	ttl = strstr(rest, "ttl ");
	if (ttl)
		s->packet.ttl = (uint8_t)number(ttl + 4);
	s->ours = strstr(rest, "ours") != NULL;
	s->open = true;
}

/* Pairs of hex digits; blanks do not matter. */
static size_t hex_bytes(const char *line, uint8_t *out, size_t cap)
{
	size_t n = 0;

	while (*(line += strspn(line, " "))) {
		char two[3] = {line[0], line[1], '\0'}, *end;

		out[n++] = (uint8_t)strtoul(two, &end, 16);
		must(end == two + 2 && n < cap);
		line += 2;
	}
	return n;
}

static void replay(struct script *s, const char *path)
{
	struct buf in = {0};

	must(buf_read_file(&in, path, 1 << 20) == 0);
	for (char *line = in.data, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		must(next != NULL);
		*next++ = '\0';
		if (line[0] == '=')
			continue;
		if (line[0] == '\0' || !strchr("0123456789abcdef", line[0]))
			finish(s);
		buf_printf(&s->out, "%s\n", line);
		if (strncmp(line, "instance", 8) == 0)
			read_instance(s, line);
		else if (strncmp(line, "packet", 6) == 0)
			read_packet(s, line);
		else if (line[0] && line[0] != '#')
			s->packet.len += hex_bytes(line, s->bytes + s->packet.len,
						   sizeof(s->bytes) - s->packet.len);
	}
	finish(s);
	assert_true(golden_matches(path, buf_text(&s->out)));
	buf_free(&in);
	buf_free(&s->out);
}

static void test_packets(void **state)
{
	static struct script s;
	glob_t g;

	(void)state;
	assert_int_equal(glob("fixtures/vrrp/advert*.txt", 0, NULL, &g), 0);
	for (size_t i = 0; i < g.gl_pathc; i++)
		replay(&s, g.gl_pathv[i]);
	globfree(&g);
	/* each reason there is has its packet; those of auth.c are its own test's */
	for (unsigned i = 0; i < VRRP_DROP_AUTH_MISSING; i++)
		assert_true(s.seen[i] > 0);
}

/* Random bytes, made plausible, are judged without a read behind them, and never accepted. */
static void test_noise(void **state)
{
	static struct vrrp_advert a;
	struct conf_instance conf = {.family = AF_INET,
				     .version = 3,
				     .vrid = 51,
				     .priority = 100,
				     .advert_ns = NS_PER_S};
	struct wire_ip primary = ip("10.0.0.1");
	unsigned flags, accepted = 0;
	struct rng r;

	(void)state;
	rng_seed(&r, 3);
	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)rng_below(&r, 64);
		uint8_t *bytes = malloc(n ? n : 1);
		struct vrrp_packet p = {.src = ip("10.0.0.2"),
					.dst = ip("224.0.0.18"),
					.ttl = 255,
					.bytes = bytes,
					.len = n};

		must(bytes != NULL);
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)rng_u64(&r);
		if (n > 4)
			memcpy(bytes, (const uint8_t[]){0x31, 0x33, 0x64}, 3);
		if (n > 4 && round % 2)
			bytes[3] &= 3;
		conf.version = round % 3 ? 3 : 2;
		accepted += vrrp_advert_check(&conf, &primary, &p, &a, &flags) == VRRP_DROP_NONE;
		free(bytes);
	}
	assert_true(accepted < 4); /* a checksum has 16 bits */
	assert_int_equal(vrrp_advert_vrid((const uint8_t *)"\x31", 1), 0);
	assert_int_equal(vrrp_advert_vrid((const uint8_t *)"\x31\x33", 2), 51);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
