/* Packets as text: fixtures/wire/ holds packets in hex, and under each what the decoders make of
 * it (lines that start with "="). Every packet that decodes is also encoded again and must give the
 * same bytes, and every shorter piece of it, in a buffer of exactly its size, must be refused.
 *
 *	vrrp SRC > DST [as-v2]     then lines of hex: a VRRP message
 *	frame                      an Ethernet frame
 */
#include "lib/base/buf.h"
#include "lib/base/golden.h"
#include "lib/base/rng.h"
#include "lib/wire/wire.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct item {
	bool is_frame;
	bool as_v2;
	struct wire_ip src, dst;
	uint8_t bytes[WIRE_FRAME_MAX];
	size_t n;
};

static const char *ip_text(const struct wire_ip *ip, char *out)
{
	return wire_ip_text(ip, out);
}

static void print_advert(const struct vrrp_advert *a, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];

	buf_printf(out, "= version %u type %u vrid %u priority %u interval %u ms checksum %04x",
		   a->version, a->type, a->vrid, a->priority, a->interval_ms, a->checksum);
	if (a->version == 2) {
		buf_printf(out, " auth %u ", a->auth_type);
		for (size_t i = 0; i < VRRP_AUTH_BYTES; i++)
			buf_printf(out, "%02x", a->auth[i]);
	}
	buf_putc(out, '\n');
	for (size_t i = 0; i < a->n_addrs; i++)
		buf_printf(out, "= address %s\n", ip_text(&a->addr[i], text));
}

/* A copy in memory of exactly n bytes, so that the sanitizer sees a read behind it. */
static uint8_t *exact(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	return copy;
}

static void check_vrrp_truncated(const struct item *it)
{
	static struct vrrp_advert a;

	for (size_t n = 0; n < it->n; n++) {
		uint8_t *copy = exact(it->bytes, n);

		assert_int_equal(vrrp_decode(copy, n, &it->src, &it->dst, it->as_v2, &a),
				 VRRP_SHORT);
		free(copy);
	}
}

static void check_vrrp_again(const struct item *it, const struct vrrp_advert *a)
{
	uint8_t again[WIRE_FRAME_MAX];
	size_t n = vrrp_encode(a, &it->src, &it->dst, it->as_v2, again, sizeof(again));

	assert_int_equal(n, it->n);
	assert_memory_equal(again, it->bytes, n);
	assert_int_equal(vrrp_encode(a, &it->src, &it->dst, it->as_v2, again, n - 1), 0);
	assert_int_equal(vrrp_encode(a, &it->src, &it->dst, it->as_v2, again, n), n);
}

static void print_vrrp(const struct item *it, struct buf *out)
{
	static struct vrrp_advert a;
	uint8_t *copy = exact(it->bytes, it->n);
	enum vrrp_decode res = vrrp_decode(copy, it->n, &it->src, &it->dst, it->as_v2, &a);

	free(copy);
	buf_printf(out, "= %s\n", vrrp_decode_text(res));
	if (res != VRRP_SHORT && res != VRRP_VERSION)
		print_advert(&a, out);
	if (res == VRRP_OK) {
		check_vrrp_again(it, &a);
		check_vrrp_truncated(it);
	}
}

static void print_arp(const struct item *it, const struct wire_frame *f, struct buf *out)
{
	char sm[18], tm[18], text[INET6_ADDRSTRLEN];
	uint8_t again[64], *copy;
	struct wire_arp arp;
	struct wire_ip ip = {.family = AF_INET};

	if (!wire_arp_decode(f->payload, f->payload_len, &arp)) {
		buf_puts(out, "= arp refused\n");
		return;
	}
	ip.v4 = arp.sender_ip;
	buf_printf(out, "= arp op %u sender %s %s", arp.op, wire_mac_text(arp.sender_mac, sm),
		   ip_text(&ip, text));
	ip.v4 = arp.target_ip;
	buf_printf(out, " target %s %s%s\n", wire_mac_text(arp.target_mac, tm), ip_text(&ip, text),
		   wire_arp_is_gratuitous(&arp) ? " gratuitous" : "");
	for (size_t n = 0; n < 28; n++) {
		copy = exact(f->payload, n);
		assert_false(wire_arp_decode(copy, n, &arp));
		free(copy);
	}
	assert_true(wire_arp_decode(f->payload, f->payload_len, &arp));
	if (f->vlan)
		return;
	assert_int_equal(wire_arp_encode(f->dst, &arp, again, sizeof(again)), 42);
	assert_memory_equal(again, it->bytes, WIRE_MAC_BYTES);
	assert_memory_equal(again + 6, arp.sender_mac, WIRE_MAC_BYTES);
	assert_memory_equal(again + 12, it->bytes + 12, 42 - 12);
	assert_int_equal(wire_arp_encode(f->dst, &arp, again, 41), 0);
}

/* No piece of a frame with IP inside decodes, but for the padding behind it. */
static void check_frame_truncated(const struct item *it, const struct wire_frame *f)
{
	size_t whole = f->ip_src.family ? (size_t)(f->payload - it->bytes) + f->payload_len : 14;
	struct wire_frame part;

	for (size_t n = 0; n < it->n; n++) {
		uint8_t *copy = exact(it->bytes, n);

		assert_int_equal(wire_frame_decode(copy, n, &part),
				 n >= whole && !(f->vlan && n < 18));
		free(copy);
	}
}

/* Ours are unsolicited, from the target, and carry the sender's MAC: those come out the same. */
static void check_na_again(const struct item *it, const struct wire_frame *f,
			   const struct wire_na *na)
{
	uint8_t again[128];

	if (na->solicited || !na->has_mac || f->payload_len != 32 ||
	    !wire_ip_equal(&f->ip_src, &na->target) || memcmp(na->mac, f->src, WIRE_MAC_BYTES) != 0)
		return;
	assert_int_equal(wire_na_encode(na, again, sizeof(again)), it->n);
	assert_memory_equal(again, it->bytes, it->n);
	assert_int_equal(wire_na_encode(na, again, it->n - 1), 0);
}

static void print_na(const struct item *it, const struct wire_frame *f, struct buf *out)
{
	char text[INET6_ADDRSTRLEN], mac[18];
	struct wire_frame part = *f;
	struct wire_na na;

	if (!wire_na_decode(f, &na)) {
		buf_puts(out, "= neighbour advertisement refused\n");
		return;
	}
	buf_printf(out, "= neighbour advertisement %s is at %s%s%s%s\n", ip_text(&na.target, text),
		   na.has_mac ? wire_mac_text(na.mac, mac) : "-", na.router ? " router" : "",
		   na.solicited ? " solicited" : "", na.override ? " override" : "");
	check_na_again(it, f, &na);
	for (size_t n = 0; n < f->payload_len; n++) {
		uint8_t *copy = exact(f->payload, n);

		part.payload = copy;
		part.payload_len = n;
		assert_false(wire_na_decode(&part, &na));
		free(copy);
	}
}

static void print_frame(const struct item *it, struct buf *out)
{
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];
	struct wire_frame f, packet;
	struct item inner = {.n = 0};

	if (!wire_frame_decode(it->bytes, it->n, &f)) {
		buf_puts(out, "= refused\n");
		return;
	}
	check_frame_truncated(it, &f);
	buf_printf(out, "= ethernet %s > %s type %04x", wire_mac_text(f.src, a),
		   wire_mac_text(f.dst, b), f.ethertype);
	if (f.vlan)
		buf_printf(out, " vlan %u", f.vlan);
	buf_printf(out, " payload %zu\n", f.payload_len);
	if (f.ethertype == 0x0806)
		print_arp(it, &f, out);
	if (!f.ip_src.family)
		return;
	buf_printf(out, "= ip %s > %s protocol %u ttl %u%s\n", ip_text(&f.ip_src, a),
		   ip_text(&f.ip_dst, b), f.ip_protocol, f.ip_ttl,
		   f.ip_fragment ? " fragment" : "");
	if (!f.vlan) {
		assert_true(wire_ip_decode(it->bytes + 14, it->n - 14, &packet));
		assert_ptr_equal(packet.payload, f.payload);
		assert_int_equal(packet.payload_len, f.payload_len);
	}
	if (f.ip_protocol == IPPROTO_ICMPV6 && f.payload_len && f.payload[0] == 136)
		print_na(it, &f, out);
	if (f.ip_protocol != VRRP_PROTOCOL || f.ip_fragment)
		return;
	inner.src = f.ip_src;
	inner.dst = f.ip_dst;
	inner.n = f.payload_len;
	memcpy(inner.bytes, f.payload, f.payload_len);
	print_vrrp(&inner, out);
}

static void finish(struct item *it, bool *open, struct buf *out)
{
	if (!*open)
		return;
	*open = false;
	if (it->is_frame)
		print_frame(it, out);
	else
		print_vrrp(it, out);
}

static void read_item(const char *line, struct item *it)
{
	char src[64] = "", dst[64] = "", flag[16] = "";

	memset(it, 0, sizeof(*it));
	it->is_frame = strncmp(line, "frame", 5) == 0;
	if (it->is_frame)
		return;
	assert_true(sscanf(line, "vrrp %63s > %63s %15s", src, dst, flag) >= 2);
	assert_true(wire_ip_parse(src, &it->src) && wire_ip_parse(dst, &it->dst));
	it->as_v2 = strcmp(flag, "as-v2") == 0;
}

/* Pairs of hex digits; blanks do not matter. */
static size_t hex_bytes(const char *line, uint8_t *out, size_t cap)
{
	size_t n = 0;

	while (*(line += strspn(line, " "))) {
		char two[3] = {line[0], line[1], '\0'}, *end;

		out[n++] = (uint8_t)strtoul(two, &end, 16);
		assert_true(end == two + 2 && n < cap);
		line += 2;
	}
	return n;
}

static void replay(const char *path)
{
	static struct item it;
	struct buf in = {0}, out = {0};
	bool open = false;

	assert_int_equal(buf_read_file(&in, path, 1 << 20), 0);
	for (char *line = in.data, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		assert_non_null(next);
		*next++ = '\0';
		if (line[0] == '=')
			continue;
		if (!strchr("0123456789abcdef", line[0]) || line[0] == '\0' ||
		    strncmp(line, "frame", 5) == 0) {
			finish(&it, &open, &out);
			if (line[0] == 'v' || line[0] == 'f') {
				read_item(line, &it);
				open = true;
			}
		} else {
			it.n += hex_bytes(line, it.bytes + it.n, sizeof(it.bytes) - it.n);
		}
		buf_printf(&out, "%s\n", line);
	}
	finish(&it, &open, &out);
	if (!golden_matches(path, buf_text(&out)))
		fail_msg("%s differs", path);
	buf_free(&in);
	buf_free(&out);
}

static void test_packets(void **state)
{
	glob_t g;

	(void)state;
	assert_int_equal(glob("fixtures/wire/*.txt", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= 4);
	for (size_t i = 0; i < g.gl_pathc; i++)
		replay(g.gl_pathv[i]);
	globfree(&g);
}

static void random_advert(struct rng *r, sa_family_t family, struct vrrp_advert *a)
{
	memset(a, 0, sizeof(*a));
	a->version = family == AF_INET && rng_chance(r, 500) ? 2 : 3;
	a->type = 1;
	a->vrid = (uint8_t)rng_range(r, 1, 255);
	a->priority = (uint8_t)rng_below(r, 256);
	a->n_addrs = (uint8_t)rng_below(r, 256);
	a->interval_ms =
		(uint32_t)(a->version == 2 ? rng_below(r, 256) * 1000 : rng_below(r, 4096) * 10);
	a->auth_type = a->version == 2 ? (uint8_t)rng_below(r, 2) : 0;
	for (size_t i = 0; a->version == 2 && i < VRRP_AUTH_BYTES; i++)
		a->auth[i] = (uint8_t)rng_u64(r);
	for (size_t n = 0; n < a->n_addrs; n++) {
		a->addr[n].family = family;
		for (size_t i = 0; i < (family == AF_INET ? 4u : 16u); i++)
			a->addr[n].bytes[i] = (uint8_t)rng_u64(r);
	}
}

/* What is encoded decodes to the same; one flipped bit never passes as the same message. */
static void test_round_trips(void **state)
{
	static struct vrrp_advert a, b;
	struct wire_ip src[2], dst[2];
	uint8_t bytes[WIRE_FRAME_MAX];
	struct rng r;

	(void)state;
	rng_seed(&r, 1);
	assert_true(wire_ip_parse("10.0.0.1", &src[0]) && wire_ip_parse("224.0.0.18", &dst[0]));
	assert_true(wire_ip_parse("fe80::1", &src[1]) && wire_ip_parse("ff02::12", &dst[1]));
	for (int round = 0; round < 500; round++) {
		int f = round & 1;
		bool as_v2 = rng_chance(&r, 200);
		size_t n, bit;

		random_advert(&r, src[f].family, &a);
		n = vrrp_encode(&a, &src[f], &dst[f], as_v2, bytes, sizeof(bytes));
		assert_true(n >= 8);
		assert_int_equal(vrrp_decode(bytes, n, &src[f], &dst[f], as_v2, &b), VRRP_OK);
		a.checksum = b.checksum;
		assert_memory_equal(&a, &b, sizeof(a));
		bit = (size_t)rng_below(&r, n * 8);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_true(vrrp_decode(bytes, n, &src[f], &dst[f], as_v2, &b) != VRRP_OK);
	}
}

/* Bytes without any meaning are read to their end and no further. */
static void test_noise(void **state)
{
	static const uint8_t starts[2][3] = {{0x08, 0x00, 0x45}, {0x86, 0xdd, 0x60}};
	static struct vrrp_advert a;
	struct wire_ip src, dst;
	struct wire_frame f;
	struct wire_arp arp;
	struct rng r;

	(void)state;
	rng_seed(&r, 2);
	assert_true(wire_ip_parse("10.0.0.1", &src) && wire_ip_parse("224.0.0.18", &dst));
	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)rng_below(&r, 120);
		uint8_t *bytes = malloc(n ? n : 1);

		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)rng_u64(&r);
		if (n > 20 && round % 2) /* steer it into the deeper branches */
			memcpy(bytes + 12, starts[round % 4 == 1], 3);
		if (n > 20 && round % 3 == 0)
			bytes[20] = (uint8_t)(rng_below(&r, 4) ? 0 : 43);
		if (wire_frame_decode(bytes, n, &f)) {
			assert_true(f.payload >= bytes && f.payload + f.payload_len <= bytes + n);
			wire_arp_decode(f.payload, f.payload_len, &arp);
		}
		if (n) {
			bytes[0] = round % 2 ? 0x21 : 0x31;
			vrrp_decode(bytes, n, &src, &dst, false, &a);
		}
		free(bytes);
	}
}

static void test_addresses(void **state)
{
	struct wire_ip a, b, none = {0};
	char text[INET6_ADDRSTRLEN], mac_text[18];
	uint8_t mac[WIRE_MAC_BYTES];

	(void)state;
	assert_true(wire_ip_parse("10.0.0.9", &a) && wire_ip_parse("10.0.0.10", &b));
	assert_true(wire_ip_compare(&a, &b) < 0 && wire_ip_compare(&b, &a) > 0);
	assert_true(wire_ip_parse("200.0.0.1", &b)); /* unsigned: 200 is above 10 */
	assert_true(wire_ip_compare(&a, &b) < 0);
	assert_true(wire_ip_equal(&a, &a) && !wire_ip_equal(&a, &none));
	assert_true(wire_ip_compare(&none, &a) < 0);
	assert_true(wire_ip_parse("2001:db8::1", &b) && wire_ip_compare(&a, &b) < 0);
	assert_string_equal(wire_ip_text(&b, text), "2001:db8::1");
	assert_string_equal(wire_ip_text(&none, text), "-");
	assert_false(wire_ip_parse("10.0.0", &a));
	assert_false(wire_ip_parse("", &a));
	assert_int_equal(a.family, 0);
	assert_true(wire_mac_parse("02:00:5E:00:01:fa", mac));
	assert_string_equal(wire_mac_text(mac, mac_text), "02:00:5e:00:01:fa");
	assert_false(wire_mac_parse("02:00:5e:00:01", mac));
	assert_false(wire_mac_parse("02:00:5e:00:01:fa:", mac));
	assert_false(wire_mac_parse("", mac));
}

/* RFC 1071, section 3: the example's sum is ddf2, and an odd byte counts as the high one. */
static void test_sum(void **state)
{
	static const uint8_t rfc[8] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	uint16_t want = htons((uint16_t)~0xddf2);

	(void)state;
	assert_int_equal(wire_sum_fold(wire_sum(rfc, 8, 0)), want);
	assert_int_equal(wire_sum_fold(wire_sum(rfc, 7, 0)), htons((uint16_t)~0xdcfb));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packets), cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_noise),	cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
