/* The codec against golden bytes, the public functions over the fake, the parser of connections
 * against the kernel's own text, and random bytes against every decoder. The same functions against
 * the real kernel: kernel_test.c. */
#include "lib/ipvs/ipvs.h"

#include "lib/base/buf.h"
#include "lib/base/golden.h"
#include "lib/base/rng.h"
#include "lib/ipvs/codec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct wire_ip ip(const char *text)
{
	struct wire_ip out;

	assert_true(wire_ip_parse(text, &out));
	return out;
}

static const struct ipvs_service *services(size_t *n)
{
	static struct ipvs_service s[4];

	s[0] = (struct ipvs_service){.family = AF_INET,
				     .protocol = IPPROTO_TCP,
				     .ip = ip("172.16.28.65"),
				     .port = 80,
				     .scheduler = "rr"};
	s[1] = (struct ipvs_service){.family = AF_INET6,
				     .protocol = IPPROTO_UDP,
				     .ip = ip("2001:db8::1"),
				     .port = 53,
				     .scheduler = "wlc",
				     .one_packet = true};
	s[2] = (struct ipvs_service){
		.family = AF_INET, .fwmark = 7, .scheduler = "sh", .persistence_timeout_s = 360};
	s[2].granularity.s_addr = htonl(0xffffff00);
	s[3] = (struct ipvs_service){.family = AF_INET6,
				     .fwmark = 0xfffffffe,
				     .scheduler = "mh",
				     .persistence_timeout_s = 2678400,
				     .granularity6 = 64};
	*n = 4;
	return s;
}

static const struct ipvs_dest *dests(size_t *n)
{
	static struct ipvs_dest d[3];

	d[0] = (struct ipvs_dest){
		.ip = ip("10.10.204.63"), .port = 8080, .method = IPVS_NAT, .weight = 1};
	d[1] = (struct ipvs_dest){.ip = ip("10.10.204.64"),
				  .port = 80,
				  .method = IPVS_DR,
				  .weight = 65535,
				  .upper_threshold = 1000,
				  .lower_threshold = 900};
	d[2] = (struct ipvs_dest){
		.ip = ip("2001:db8::63"), .port = 80, .method = IPVS_TUN, .weight = 0};
	*n = 3;
	return d;
}

static const struct ipvs_sync *syncs(size_t *n)
{
	static struct ipvs_sync s[3];

	s[0] = (struct ipvs_sync){.role = IPVS_SYNC_MASTER, .ifname = "eth1", .syncid = 51};
	s[1] = (struct ipvs_sync){.role = IPVS_SYNC_BACKUP,
				  .ifname = "a23456789012345",
				  .syncid = 255,
				  .maxlen_bytes = 1400,
				  .group = ip("224.0.0.82"),
				  .port = 8849,
				  .ttl = 3};
	s[2] = (struct ipvs_sync){
		.role = IPVS_SYNC_BACKUP, .ifname = "eth0", .group = ip("ff02::81")};
	*n = 3;
	return s;
}

static void hex(struct buf *out, const struct ipvs_attrs *m)
{
	for (size_t i = 0; i < m->len; i++)
		buf_printf(out, "%s%02x",
			   i % 32 == 0	? "\n\t"
			   : i % 4 == 0 ? " "
					: "",
			   m->bytes[i]);
	buf_putc(out, '\n');
}

static void test_golden_bytes(void **state)
{
	struct buf out = {0};
	struct ipvs_attrs m;
	char text[IPVS_TEXT_BYTES];
	size_t n_services, n_dests, n_syncs;
	const struct ipvs_service *s = services(&n_services);
	const struct ipvs_dest *d = dests(&n_dests);
	const struct ipvs_sync *y = syncs(&n_syncs);

	(void)state;
	for (size_t i = 0; i < n_services; i++) {
		ipvs_encode_service(&m, &s[i], true);
		buf_printf(&out, "service %s %s", ipvs_service_text(&s[i], text), s[i].scheduler);
		hex(&out, &m);
	}
	ipvs_encode_service(&m, &s[0], false);
	buf_printf(&out, "identity %s", ipvs_service_text(&s[0], text));
	hex(&out, &m);
	for (size_t i = 0; i < n_dests; i++) {
		ipvs_encode_dest(&m, &s[0], &d[i], true);
		buf_printf(&out, "destination %s %s %u", ipvs_dest_text(&d[i], text),
			   ipvs_method_text(d[i].method), d[i].weight);
		hex(&out, &m);
	}
	for (size_t i = 0; i < n_syncs; i++) {
		ipvs_encode_sync(&m, &y[i]);
		buf_printf(&out, "sync %s %u", y[i].ifname, y[i].syncid);
		hex(&out, &m);
	}
	assert_true(golden_matches("fixtures/ipvs/codec.txt", buf_text(&out)));
	buf_free(&out);
}

static void test_what_is_written_is_read_back(void **state)
{
	struct ipvs_attrs m;
	size_t n_services, n_dests, n_syncs;
	const struct ipvs_service *s = services(&n_services);
	const struct ipvs_dest *d = dests(&n_dests);
	const struct ipvs_sync *y = syncs(&n_syncs);

	(void)state;
	for (size_t i = 0; i < n_services; i++) {
		struct ipvs_service got;

		ipvs_encode_service(&m, &s[i], true);
		assert_true(ipvs_decode_service(m.bytes, m.len, &got));
		assert_true(ipvs_service_equal(&s[i], &got));
		for (size_t j = 0; j < n_services; j++)
			assert_int_equal(ipvs_service_same(&s[j], &got), i == j);
	}
	for (size_t i = 0; i < n_dests; i++) {
		struct ipvs_dest want = d[i], got;

		want.active_connections = 12;
		want.inactive_connections = 34;
		ipvs_encode_dest_answer(&m, &want);
		assert_true(ipvs_decode_dest(m.bytes, m.len, AF_INET, &got));
		assert_true(ipvs_dest_equal(&want, &got));
		assert_int_equal(got.active_connections, 12);
		assert_int_equal(got.inactive_connections, 34);
	}
	for (size_t i = 0; i < n_syncs; i++) {
		struct ipvs_sync got;

		ipvs_encode_sync(&m, &y[i]);
		assert_true(ipvs_decode_sync(m.bytes, m.len, &got));
		assert_int_equal(got.role, y[i].role);
		assert_string_equal(got.ifname, y[i].ifname);
		assert_int_equal(got.syncid, y[i].syncid);
		assert_int_equal(got.maxlen_bytes, y[i].maxlen_bytes);
		assert_int_equal(got.port, y[i].port);
		assert_int_equal(got.ttl, y[i].ttl);
		assert_int_equal(got.group.family, y[i].group.family);
	}
}

/* Every prefix of a good message, and good messages with bytes changed: read within bounds (the
 * sanitizers watch) and never read as a different object's kind. */
static void test_bad_bytes_are_survived(void **state)
{
	struct rng rng;
	struct ipvs_attrs good;
	size_t n_services, n_dests;
	const struct ipvs_service *s = services(&n_services);
	const struct ipvs_dest *d = dests(&n_dests);
	struct ipvs_service got;
	struct ipvs_dest got_dest;
	struct ipvs_sync got_sync;
	uint32_t version;

	(void)state;
	rng_seed(&rng, 1);
	ipvs_encode_service(&good, &s[0], false);
	for (size_t len = 0; len < good.len - 3; len++)
		assert_false(ipvs_decode_service(good.bytes, len, &got));
	assert_false(ipvs_decode_dest(good.bytes, good.len, AF_INET, &got_dest));
	assert_false(ipvs_decode_sync(good.bytes, good.len, &got_sync));
	for (int round = 0; round < 20000; round++) {
		struct ipvs_attrs m;

		ipvs_encode_dest(&m, &s[rng_below(&rng, n_services)], &d[rng_below(&rng, n_dests)],
				 true);
		for (uint64_t k = rng_below(&rng, 8); k-- > 0;)
			m.bytes[rng_below(&rng, m.len)] = (uint8_t)rng_u64(&rng);
		size_t len = rng_below(&rng, m.len + 1);
		uint8_t *copy = test_malloc(len + 1); /* ends where the message ends */

		memcpy(copy, m.bytes, len);
		ipvs_decode_service(copy, len, &got);
		ipvs_decode_dest(copy, len, AF_INET6, &got_dest);
		ipvs_decode_sync(copy, len, &got_sync);
		ipvs_decode_info(copy, len, &version);
		test_free(copy);
	}
}

static void count_service(void *ctx, const struct ipvs_service *s)
{
	(void)s;
	++*(unsigned *)ctx;
}

static void keep_dest(void *ctx, const struct ipvs_dest *d)
{
	*(struct ipvs_dest *)ctx = *d;
}

static void keep_sync(void *ctx, const struct ipvs_sync *s)
{
	((struct ipvs_sync *)ctx)[s->role] = *s;
}

static void test_fake_answers_as_the_kernel(void **state)
{
	struct ipvs *v;
	size_t n;
	const struct ipvs_service *s = services(&n);
	struct ipvs_service odd = s[0];
	struct ipvs_dest d = dests(&n)[0], got = {0};
	unsigned count = 0;
	uint32_t version = 0;

	(void)state;
	assert_int_equal(ipvs_open_fake(&v), 0);
	assert_int_equal(ipvs_version(v, &version), 0);
	assert_int_equal(version, 0x010201);
	assert_int_equal(ipvs_service_edit(v, &s[0]), -ESRCH);
	assert_int_equal(ipvs_service_del(v, &s[0]), -ESRCH);
	assert_int_equal(ipvs_dest_add(v, &s[0], &d), -ESRCH);
	strncpy(odd.scheduler, "nonesuch", sizeof(odd.scheduler) - 1);
	assert_int_equal(ipvs_service_add(v, &odd), -ENOENT);
	assert_int_equal(ipvs_service_add(v, &s[0]), 0);
	assert_int_equal(ipvs_service_add(v, &s[0]), -EEXIST);
	assert_int_equal(ipvs_service_add(v, &s[3]), 0);
	assert_int_equal(ipvs_dest_edit(v, &s[0], &d), -ENOENT);
	assert_int_equal(ipvs_dest_del(v, &s[0], &d), -ENOENT);
	assert_int_equal(ipvs_dest_add(v, &s[0], &d), 0);
	assert_int_equal(ipvs_dest_add(v, &s[0], &d), -EEXIST);
	d.weight = 7;
	assert_int_equal(ipvs_dest_edit(v, &s[0], &d), 0);
	assert_int_equal(ipvs_dest_each(v, &s[0], keep_dest, &got), 0);
	assert_true(ipvs_dest_equal(&d, &got));
	d.lower_threshold = 1;
	assert_int_equal(ipvs_dest_edit(v, &s[0], &d), -ERANGE);
	d.lower_threshold = 0;
	d.ip = ip("2001:db8::9");
	assert_int_equal(ipvs_dest_add(v, &s[0], &d), -EINVAL);
	d.method = IPVS_TUN;
	assert_int_equal(ipvs_dest_add(v, &s[0], &d), 0);
	assert_int_equal(ipvs_service_each(v, count_service, &count), 0);
	assert_int_equal(count, 2);
	ipvs_fake_refuse(v, 2, ENOMEM);
	assert_int_equal(ipvs_service_add(v, &s[1]), 0);
	assert_int_equal(ipvs_service_del(v, &s[1]), -ENOMEM);
	assert_int_equal(ipvs_service_del(v, &s[1]), 0);
	assert_int_equal(ipvs_flush(v), 0);
	count = 0;
	assert_int_equal(ipvs_service_each(v, count_service, &count), 0);
	assert_int_equal(count, 0);
	ipvs_close(v);
}

static void test_fake_sync_daemons(void **state)
{
	struct ipvs *v;
	size_t n;
	const struct ipvs_sync *y = syncs(&n);
	struct ipvs_sync got[3] = {0};

	(void)state;
	assert_int_equal(ipvs_open_fake(&v), 0);
	assert_int_equal(ipvs_sync_stop(v, IPVS_SYNC_MASTER, &y[0]), -ESRCH);
	assert_int_equal(ipvs_sync_start(v, &y[0]), 0);
	assert_int_equal(ipvs_sync_start(v, &y[0]), -EEXIST);
	assert_int_equal(ipvs_sync_start(v, &y[1]), 0);
	assert_int_equal(ipvs_sync_each(v, keep_sync, got), 0);
	assert_int_equal(got[IPVS_SYNC_MASTER].port, 8848);
	assert_int_equal(got[IPVS_SYNC_MASTER].syncid, 51);
	assert_string_equal(got[IPVS_SYNC_BACKUP].ifname, "a23456789012345");
	assert_int_equal(got[IPVS_SYNC_BACKUP].maxlen_bytes, 1400);
	assert_int_equal(ipvs_sync_stop(v, IPVS_SYNC_MASTER, &y[1]), 0);
	memset(got, 0, sizeof(got));
	assert_int_equal(ipvs_sync_each(v, keep_sync, got), 0);
	assert_int_equal(got[IPVS_SYNC_MASTER].role, 0);
	assert_int_equal(got[IPVS_SYNC_BACKUP].role, IPVS_SYNC_BACKUP);
	ipvs_close(v);
}

static void print_conn(void *ctx, const struct ipvs_conn *c)
{
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN], d[INET6_ADDRSTRLEN];

	buf_printf(ctx, "%u %s %u > %s %u > %s %u %s %u\n", c->protocol,
		   wire_ip_text(&c->client, a), c->client_port, wire_ip_text(&c->vip, b),
		   c->vip_port, wire_ip_text(&c->server, d), c->server_port, c->state,
		   c->expires_s);
}

static void test_connections(void **state)
{
	static const char heading[] =
		"Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";
	struct buf out = {0}, text = {0};

	(void)state;
	buf_puts(&text, heading);
	buf_puts(&text, "TCP AC10001C A8BC AC101C41 0050 0A0ACC3F 1F90 ESTABLISHED     899\n"
			"IP  AC100000 0000 00000007 0000 0A0ACC3F 0000 NONE            359\n"
			"UDP 20010db8000000000000000000000002 0001 x\n");
	assert_int_equal(ipvs_conn_each_text(buf_text(&text), print_conn, &out), -EPROTO);
	assert_string_equal(
		buf_text(&out),
		"6 172.16.0.28 43196 > 172.16.28.65 80 > 10.10.204.63 8080 ESTABLISHED 899\n"
		"0 172.16.0.0 0 > 0.0.0.7 0 > 10.10.204.63 0 NONE 359\n");
	buf_clear(&out);
	assert_int_equal(
		ipvs_conn_each_text(
			"UDP 2001:0db8:0000:0000:0000:0000:0000:0002 0035 "
			"2001:0db8:0000:0000:0000:0000:0000:0001 0035 "
			"2001:0db8:0000:0000:0000:0000:0000:0063 0035 UDP             300 sip x y",
			print_conn, &out),
		0);
	assert_string_equal(buf_text(&out),
			    "17 2001:db8::2 53 > 2001:db8::1 53 > 2001:db8::63 53 UDP 300\n");
	assert_int_equal(ipvs_conn_each_file("/nonexistent", print_conn, &out), -ENOENT);
	buf_free(&out);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden_bytes),
		cmocka_unit_test(test_what_is_written_is_read_back),
		cmocka_unit_test(test_bad_bytes_are_survived),
		cmocka_unit_test(test_fake_answers_as_the_kernel),
		cmocka_unit_test(test_fake_sync_daemons),
		cmocka_unit_test(test_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
