/* Signed adverts: one that keepalived 2.2.7 sent with an Authentication Header, one with the
 * trailer of 2.4 (its hash computed by another program, Python's hmac, from the layout), what of
 * them may change on the way and what may not, and when a number is believed.
 */
#include "daemon/vrrp/auth.h"
#include "lib/base/mono.h"
#include "lib/base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WALL_NS (1700000000LL * NS_PER_S)

static const char ah_hex[] = "45c0004000010000ff33129cac101c0be00000127004"
			     "0000ac101c0b0000000110c062e935eb658672d3f29c"
			     "2141960102017e6aac101c410000000000000000";
static const char trailer_hex[] = "31336401006475720a000064010100006553f1008000"
				  "0005d6af57e214d2ba54fc030b211b879939";

static size_t unhex(const char *hex, uint8_t *out)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++) {
		char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

static struct wire_ip ip(const char *text)
{
	struct wire_ip out;

	must(wire_ip_parse(text, &out));
	return out;
}

static struct vrrp_auth_env env_at(int64_t seconds)
{
	return (struct vrrp_auth_env){.md5 = wire_hmac_md5,
				      .sha256 = wire_hmac_sha256,
				      .wall_ns = WALL_NS + seconds * NS_PER_S};
}

/* ---- AH ------------------------------------------------------------------------------------ */

static struct conf_instance ah_conf(void)
{
	struct conf_instance c = {
		.version = 2, .family = AF_INET, .vrid = 65, .auth = CONF_AUTH_AH};

	memcpy(c.auth_data, "secret88", VRRP_AUTH_BYTES);
	return c;
}

static enum vrrp_drop hear_ah(struct vrrp_auth *a, const struct conf_instance *c,
			      const uint8_t *packet, size_t len)
{
	struct vrrp_auth_env env = env_at(0);
	struct vrrp_packet p = {
		.bytes = packet + 44, .len = len - 44, .ip_packet = packet, .ip_len = len};

	return vrrp_auth_check(a, c, &p, &env);
}

static void test_ah_of_keepalived(void **state)
{
	struct conf_instance c = ah_conf();
	struct vrrp_auth a = {0}, b = {0};
	struct vrrp_auth_env env = env_at(0);
	uint8_t theirs[128], ours[128];
	size_t n = unhex(ah_hex, theirs);

	(void)state;
	assert_int_equal(hear_ah(&a, &c, theirs, n), VRRP_DROP_NONE);
	assert_int_equal(a.ah_sequence, 1);
	memcpy(ours, theirs, n);
	memset(ours + 20, 0xee, WIRE_AH_BYTES);
	ours[9] = VRRP_PROTOCOL;
	ours[10] = ours[11] = 0; /* the kernel fills it later */
	vrrp_auth_next(&b, &c, &env);
	assert_int_equal(vrrp_auth_room(&c), WIRE_AH_BYTES);
	vrrp_auth_sign_packet(&b, &c, ours, n, &env);
	ours[10] = theirs[10];
	ours[11] = theirs[11];
	assert_memory_equal(ours, theirs, n);
}

/* TOS, fragment and checksum are rewritten on the way; every other bit is vouched for. */
static void test_ah_each_bit(void **state)
{
	struct conf_instance c = ah_conf();
	uint8_t packet[128];
	size_t n = unhex(ah_hex, packet);

	(void)state;
	for (size_t bit = 0; bit < n * 8; bit++) {
		size_t byte = bit / 8;
		bool mutable = byte == 1 || byte == 6 || byte == 7 || byte == 10 || byte == 11;
		struct vrrp_auth a = {0};

		packet[byte] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(hear_ah(&a, &c, packet, n) == VRRP_DROP_NONE, mutable);
		assert_int_equal(a.ah_sequence, mutable ? 1 : 0);
		packet[byte] ^= (uint8_t)(1u << bit % 8);
	}
}

/* keepalived leaves the TTL out of the hash of unicast packets, which routers lower. */
static void test_ah_unicast(void **state)
{
	struct conf_instance c = ah_conf();
	struct conf_unicast_peer peer = {.ip = ip("172.16.28.12")};
	struct vrrp_auth a = {.ah_sequence = 6}, b = {0};
	struct vrrp_auth_env env = env_at(0);
	uint8_t packet[128];
	size_t n = unhex(ah_hex, packet);

	(void)state;
	c.peers = &peer;
	vrrp_auth_next(&a, &c, &env);
	vrrp_auth_sign_packet(&a, &c, packet, n, &env);
	packet[8] = 250;
	assert_int_equal(hear_ah(&b, &c, packet, n), VRRP_DROP_NONE);
	assert_int_equal(b.ah_sequence, 7);
	c.peers = NULL;
	b.ah_sequence = 0;
	assert_int_equal(hear_ah(&b, &c, packet, n), VRRP_DROP_AUTH_FORGED);
}

static void test_ah_replay(void **state)
{
	struct conf_instance c = ah_conf();
	struct vrrp_auth a = {0};
	uint8_t packet[128];
	size_t n = unhex(ah_hex, packet);

	(void)state;
	assert_int_equal(hear_ah(&a, &c, packet, n), VRRP_DROP_NONE);
	assert_int_equal(hear_ah(&a, &c, packet, n), VRRP_DROP_AUTH_REPLAY);
	a.ah_sequence = 0;
	c.auth_data[7] = 0;
	assert_int_equal(hear_ah(&a, &c, packet, n), VRRP_DROP_AUTH_FORGED);
	packet[20] = 6; /* AH before TCP */
	assert_int_equal(hear_ah(&a, &c, packet, n), VRRP_DROP_AUTH_TYPE);
	for (size_t len = 0; len < n; len++) {
		uint8_t *cut = malloc(len + 1);

		must(cut != NULL);
		memcpy(cut, packet, len);
		uint32_t sequence;

		assert_int_equal(
			wire_ah_check(cut, len, false, c.auth_data, wire_hmac_md5, &sequence),
			WIRE_AH_NONE);
		free(cut);
	}
}

/* ---- the trailer --------------------------------------------------------------------------- */

static const struct conf_hmac_key key9 = {
	.id = 9, .n_bytes = 32, .bytes = "fedcba9876543210fedcba9876543210"};
static const struct conf_hmac_key key1 = {
	.id = 1, .n_bytes = 32, .bytes = "0123456789abcdef0123456789abcdef"};

struct bench {
	struct conf_instance conf;
	struct conf_hmac hmac;
	struct conf_hmac_key keys[2];
	struct vrrp_auth auth;
	struct wire_ip src, dst;
	uint8_t bytes[128];
	size_t n;
};

static void set_up(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->keys[0] = key9;
	b->keys[1] = key1;
	b->keys[0].next = &b->keys[1];
	b->hmac = (struct conf_hmac){.window_s = 5, .keys = b->keys, .active = &b->keys[1]};
	b->conf = (struct conf_instance){
		.version = 3, .family = AF_INET, .vrid = 51, .hmac = &b->hmac};
	b->src = ip("10.0.0.2");
	b->n = unhex(trailer_hex, b->bytes);
}

static enum vrrp_drop hear(struct bench *b, int64_t at_s)
{
	struct vrrp_auth_env env = env_at(at_s);
	struct vrrp_packet p = {.src = b->src, .bytes = b->bytes, .len = b->n};

	return vrrp_auth_check(&b->auth, &b->conf, &p, &env);
}

/* The next packet of another router, at another time. */
static void say(struct bench *b, struct vrrp_auth *speaker, int64_t at_s)
{
	struct vrrp_auth_env env = env_at(at_s);
	struct vrrp_auth_message message = {.src = &b->src,
					    .dst = &b->dst,
					    .bytes = b->bytes,
					    .len = b->conf.family == AF_INET6 ? 24 : 12,
					    .cap = sizeof(b->bytes)};

	vrrp_auth_next(speaker, &b->conf, &env);
	b->n = vrrp_auth_sign_message(speaker, &b->conf, &message, &env);
}

static void test_trailer(void **state)
{
	struct vrrp_auth speaker = {.sent = (1700000000ULL << 32) + 0x80000004};
	uint8_t theirs[128];
	struct bench b;

	(void)state;
	set_up(&b);
	assert_int_equal(hear(&b, 0), VRRP_DROP_NONE);
	assert_int_equal(hear(&b, 0), VRRP_DROP_AUTH_REPLAY);
	memcpy(theirs, b.bytes, b.n);
	say(&b, &speaker, 0); /* the same number again, since its clock stands still */
	assert_int_equal(b.n, 12 + WIRE_TRAILER_BYTES);
	assert_memory_equal(b.bytes, theirs, b.n);
}

static void test_trailer_each_bit(void **state)
{
	struct bench b;

	(void)state;
	set_up(&b);
	for (size_t bit = 0; bit < b.n * 8; bit++) {
		size_t byte = bit / 8;
		bool checksum = byte == 6 || byte == 7;

		if (byte == 3) /* the count: it is where the trailer begins that moves */
			continue;
		memset(&b.auth, 0, sizeof(b.auth));
		b.bytes[byte] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(hear(&b, 0) == VRRP_DROP_NONE, checksum);
		b.bytes[byte] ^= (uint8_t)(1u << bit % 8);
	}
	b.src = ip("10.0.0.3"); /* another sender repeats it */
	assert_int_equal(hear(&b, 0), VRRP_DROP_AUTH_FORGED);
	b.src = ip("10.0.0.2");
	b.conf.vrid = 52; /* into another router with the same key */
	assert_int_equal(hear(&b, 0), VRRP_DROP_AUTH_FORGED);
}

static void test_modes(void **state)
{
	struct vrrp_auth speaker = {0};
	struct bench b;

	(void)state;
	set_up(&b);
	b.n = 12;
	assert_int_equal(hear(&b, 0), VRRP_DROP_AUTH_MISSING);
	b.n = 12 + 34; /* the frame's padding is no trailer */
	assert_int_equal(hear(&b, 0), VRRP_DROP_AUTH_MISSING);
	b.hmac.mode = CONF_HMAC_PERMISSIVE;
	b.n = 12;
	assert_int_equal(hear(&b, 0), VRRP_DROP_NONE);
	say(&b, &speaker, 0);
	assert_int_equal(b.n, 12 + WIRE_TRAILER_BYTES);
	b.bytes[20] ^= 1; /* one that is there must be right */
	assert_int_equal(hear(&b, 0), VRRP_DROP_AUTH_FORGED);
	b.hmac.mode = CONF_HMAC_RECEIVE_ONLY;
	say(&b, &speaker, 0);
	assert_int_equal(b.n, 12);
	set_up(&b);
	b.keys[1].id = 2;
	assert_int_equal(hear(&b, 0), VRRP_DROP_AUTH_KEY);
}

static void test_window(void **state)
{
	struct vrrp_auth speaker = {0};
	struct bench b;

	(void)state;
	set_up(&b);
	assert_int_equal(hear(&b, 6), VRRP_DROP_AUTH_STALE);
	assert_int_equal(hear(&b, -6), VRRP_DROP_AUTH_STALE);
	assert_int_equal(hear(&b, 5), VRRP_DROP_NONE);
	/* its clock is set back by a minute: it is heard again when ours is, too */
	say(&b, &speaker, 100);
	assert_int_equal(hear(&b, 100), VRRP_DROP_NONE);
	say(&b, &speaker, 40);
	assert_int_equal(hear(&b, 100), VRRP_DROP_AUTH_STALE);
	assert_int_equal(hear(&b, 40), VRRP_DROP_NONE);
	/* a step within the window does not turn the numbers back */
	say(&b, &speaker, 38);
	assert_int_equal(hear(&b, 38), VRRP_DROP_NONE);
	assert_int_equal(hear(&b, 38), VRRP_DROP_AUTH_REPLAY);
}

static void test_monotonic(void **state)
{
	struct vrrp_auth speaker = {0};
	struct bench b;

	(void)state;
	set_up(&b);
	b.hmac.monotonic = true;
	assert_int_equal(hear(&b, 100000), VRRP_DROP_NONE); /* the clock does not matter */
	say(&b, &speaker, 100);
	assert_int_equal(hear(&b, 0), VRRP_DROP_NONE);
	say(&b, &speaker, -1000000); /* numbers still grow */
	assert_int_equal(hear(&b, 0), VRRP_DROP_NONE);
	assert_int_equal(hear(&b, 0), VRRP_DROP_AUTH_REPLAY);
}

/* Over IPv6 the checksum counts the trailer; advert.c takes it so. */
static void test_trailer_ip6(void **state)
{
	struct vrrp_auth speaker = {0};
	struct conf_vip vip = {.ip = ip("fe80::65")};
	static struct vrrp_advert advert;
	struct wire_ip own = ip("fe80::1");
	struct bench b;
	unsigned flags;

	(void)state;
	set_up(&b);
	b.conf.family = AF_INET6;
	b.conf.advert_ns = NS_PER_S;
	b.conf.vips = &vip;
	b.conf.n_vips = 1;
	b.src = ip("fe80::2");
	b.dst = ip("ff02::12");
	must(vrrp_advert_encode(&b.conf, 100, &b.src, &b.dst, b.bytes, sizeof(b.bytes)) == 24);
	say(&b, &speaker, 0);
	struct vrrp_packet p = {
		.src = b.src, .dst = b.dst, .ttl = 255, .bytes = b.bytes, .len = b.n};

	assert_int_equal(vrrp_advert_check(&b.conf, &own, &p, &advert, &flags), VRRP_DROP_NONE);
	assert_int_equal(hear(&b, 0), VRRP_DROP_NONE);
	b.bytes[b.n - 1] ^= 1;
	assert_int_equal(vrrp_advert_check(&b.conf, &own, &p, &advert, &flags), VRRP_DROP_CHECKSUM);
}

/* Each sender has numbers of its own; of too many the oldest is forgotten, not the newest. */
static void test_senders(void **state)
{
	struct vrrp_auth speaker[VRRP_AUTH_SENDERS + 1] = {0};
	struct bench b;

	(void)state;
	set_up(&b);
	for (unsigned i = 0; i <= VRRP_AUTH_SENDERS; i++) {
		b.src.bytes[3] = (uint8_t)(10 + i);
		say(&b, &speaker[i], 3 - (int64_t)i / 4);
		assert_int_equal(hear(&b, 3), VRRP_DROP_NONE);
		assert_int_equal(hear(&b, 3), VRRP_DROP_AUTH_REPLAY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ah_of_keepalived),
		cmocka_unit_test(test_ah_each_bit),
		cmocka_unit_test(test_ah_unicast),
		cmocka_unit_test(test_ah_replay),
		cmocka_unit_test(test_trailer),
		cmocka_unit_test(test_trailer_each_bit),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_trailer_ip6),
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_senders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
