/* lib/ipvs against a real kernel and against ipvsadm, an independent witness: what we write it
 * prints, what it writes we read, and the fake answers every operation as the kernel does.
 *
 * IPVS belongs to a network namespace, so all of this happens in a new one and the machine's own
 * table is never touched. Where that cannot be had (no IPVS in the kernel, no capability in the
 * first user namespace, no ipvsadm) the tests are skipped and say why; in the lab kernel they run:
 * see tools/proofs/ipvs-kernel.
 */
#include "lib/base/buf.h"
#include "lib/base/rng.h"
#include "lib/base/vec.h"
#include "lib/ipvs/ipvs.h"
#include "lib/ipvs/witness.h"

#include <arpa/inet.h>
#include <errno.h>

/* ---- our table in ipvsadm's words ----------------------------------------------------------- */

static const char *key_words(const struct ipvs_service *s, char *out)
{
	char text[IPVS_TEXT_BYTES];

	if (s->fwmark)
		snprintf(out, 128, "-f %u%s", s->fwmark, s->family == AF_INET6 ? " -6" : "");
	else
		snprintf(out, 128, "%s %s",
			 s->protocol == IPPROTO_TCP   ? "-t"
			 : s->protocol == IPPROTO_UDP ? "-u"
						      : "--sctp-service",
			 strchr(ipvs_service_text(s, text), ' ') + 1);
	return out;
}

static void service_words(const struct ipvs_service *s, struct buf *out)
{
	char key[128], mask[INET_ADDRSTRLEN];

	buf_printf(out, "-A %s -s %s", key_words(s, key), s->scheduler);
	if (s->persistence_timeout_s)
		buf_printf(out, " -p %u", s->persistence_timeout_s);
	if (s->persistence_timeout_s && s->family == AF_INET6 && s->granularity6 != 128)
		buf_printf(out, " -M %u", s->granularity6);
	if (s->persistence_timeout_s && s->family == AF_INET && s->granularity.s_addr != ~0u)
		buf_printf(out, " -M %s", inet_ntop(AF_INET, &s->granularity, mask, sizeof(mask)));
	if (s->one_packet)
		buf_puts(out, " -o");
	buf_putc(out, '\n');
}

static void dest_words(const struct ipvs_service *s, const struct ipvs_dest *d, struct buf *out)
{
	static const char *const methods[] = {
		[IPVS_NAT] = "-m", [IPVS_DR] = "-g", [IPVS_TUN] = "-i"};
	char key[128], text[IPVS_TEXT_BYTES];

	buf_printf(out, "-a %s -r %s %s -w %u%s\n", key_words(s, key), ipvs_dest_text(d, text),
		   methods[d->method], d->weight, d->method == IPVS_TUN ? " --tun-type ipip" : "");
}

struct table {
	VEC(struct ipvs_service) services;
	const struct ipvs_service *now;
	struct buf *out;
	struct buf *thresholds; /* which `ipvsadm -S` leaves out: "10.0.0.1:80 20 10" */
};

static void keep_service(void *ctx, const struct ipvs_service *s)
{
	struct table *t = ctx;

	*vec_push(&t->services) = *s;
}

static void put_dest(void *ctx, const struct ipvs_dest *d)
{
	struct table *t = ctx;
	char text[IPVS_TEXT_BYTES];

	dest_words(t->now, d, t->out);
	buf_printf(t->thresholds, "%s %u %u\n", ipvs_dest_text(d, text), d->upper_threshold,
		   d->lower_threshold);
}

static void read_table(struct ipvs *v, struct buf *out, struct buf *thresholds)
{
	struct table t = {.out = out, .thresholds = thresholds};

	assert_int_equal(ipvs_service_each(v, keep_service, &t), 0);
	for (size_t i = 0; i < t.services.n; i++) {
		service_words(&t.services.at[i], out);
		t.now = &t.services.at[i];
		assert_int_equal(ipvs_dest_each(v, t.now, put_dest, &t), 0);
	}
	vec_free(&t.services);
	sort_lines(out);
	sort_lines(thresholds);
}

static void their_thresholds(struct buf *out)
{
	struct buf text = {0};
	char *save = NULL, dest[64], upper[16], lower[16];

	assert_int_equal(ipvsadm("-Ln --thresholds", &text), 0);
	for (char *l = strtok_r(text.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (sscanf(l, " -> %63s %15[0-9] %15[0-9]", dest, upper, lower) == 3)
			buf_printf(out, "%s %s %s\n", dest, upper, lower);
	buf_free(&text);
	sort_lines(out);
}

/* What we read is what ipvsadm prints. */
static void assert_witness_agrees(struct ipvs *v)
{
	struct buf ours = {0}, theirs = {0}, limits = {0}, their_limits = {0};

	read_table(v, &ours, &limits);
	assert_int_equal(ipvsadm("-Sn", &theirs), 0);
	sort_lines(&theirs);
	their_thresholds(&their_limits);
	assert_string_equal(buf_text(&ours), buf_text(&theirs));
	assert_string_equal(buf_text(&limits), buf_text(&their_limits));
	buf_free(&ours);
	buf_free(&theirs);
	buf_free(&limits);
	buf_free(&their_limits);
}

/* ---- the tests ------------------------------------------------------------------------------ */

static const char *const lines[] = {
	"-A -t 172.16.28.65:80 -s rr",
	"-a -t 172.16.28.65:80 -r 10.10.204.63:8080 -m -w 1",
	"-a -t 172.16.28.65:80 -r 10.10.204.64:80 -g -w 65535 -x 1000 -y 900",
	"-a -t 172.16.28.65:80 -r 10.10.204.65:80 -i -w 0 --tun-type ipip",
	"-A -t 172.16.28.65:443 -s wlc -p 360",
	"-A -u 172.16.28.65:53 -s wrr -o",
	"-a -u 172.16.28.65:53 -r 10.10.204.63:53 -g -w 3",
	"-A --sctp-service 172.16.28.65:99 -s lc",
	"-A -f 7 -s sh -p 50 -M 255.255.255.0",
	"-a -f 7 -r 10.10.204.63:0 -g -w 1",
	"-A -f 7 -6 -s mh -p 50 -M 64",
	"-a -f 7 -6 -r [2001:db8::63]:0 -g -w 1",
	"-A -t [2001:db8::1]:80 -s dh -p 2678400",
	"-a -t [2001:db8::1]:80 -r [2001:db8::63]:80 -i -w 1 --tun-type ipip",
	"-a -t 172.16.28.65:443 -r [2001:db8::63]:443 -i -w 1 --tun-type ipip",
};

/* The same table as lines, through our own functions. */
static struct ipvs_service service_of(const char *line)
{
	struct ipvs_service s = {.family = AF_INET, .protocol = IPPROTO_TCP};
	char words[256], *argv[32] = {0}, *save = NULL;
	int n = 0;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok_r(words, " ", &save); w && n < 31; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	for (int i = 1; i + 1 <= n; i++) {
		const char *value = i + 1 < n ? argv[i + 1] : "";

		if (strcmp(argv[i], "-t") == 0 || strcmp(argv[i], "-u") == 0 ||
		    strcmp(argv[i], "--sctp-service") == 0) {
			char addr[64];
			const char *colon = strrchr(value, ':');
			bool six = value[0] == '[';

			snprintf(addr, sizeof(addr), "%.*s", (int)(colon - value) - (six ? 2 : 0),
				 value + six);
			s.ip = ip(addr);
			s.family = s.ip.family;
			s.port = (uint16_t)strtoul(colon + 1, NULL, 10);
			s.protocol = argv[i][1] == 't'	 ? IPPROTO_TCP
				     : argv[i][1] == 'u' ? IPPROTO_UDP
							 : IPPROTO_SCTP;
		} else if (strcmp(argv[i], "-f") == 0) {
			s.fwmark = (uint32_t)strtoul(value, NULL, 10);
		} else if (strcmp(argv[i], "-6") == 0) {
			s.family = AF_INET6;
		} else if (strcmp(argv[i], "-s") == 0) {
			snprintf(s.scheduler, sizeof(s.scheduler), "%s", value);
		} else if (strcmp(argv[i], "-p") == 0) {
			s.persistence_timeout_s = (uint32_t)strtoul(value, NULL, 10);
		} else if (strcmp(argv[i], "-o") == 0) {
			s.one_packet = true;
		} else if (strcmp(argv[i], "-M") == 0 && s.family == AF_INET6) {
			s.granularity6 = (uint8_t)strtoul(value, NULL, 10);
		} else if (strcmp(argv[i], "-M") == 0) {
			s.granularity = ip(value).v4;
		}
	}
	return s;
}

static struct ipvs_dest dest_of(const char *line)
{
	struct ipvs_dest d = {0};
	const char *at = strstr(line, "-r ") + 3, *x = strstr(line, "-x "),
		   *y = strstr(line, "-y ");
	bool six = *at == '[';
	const char *end = strchr(at, ' '), *colon = end;
	char addr[64];

	while (*colon != ':')
		colon--;
	snprintf(addr, sizeof(addr), "%.*s", (int)(colon - at) - (six ? 2 : 0), at + six);
	d.ip = ip(addr);
	d.port = (uint16_t)strtoul(colon + 1, NULL, 10);
	d.method = end[2] == 'm' ? IPVS_NAT : end[2] == 'g' ? IPVS_DR : IPVS_TUN;
	d.weight = (uint32_t)strtoul(strstr(line, "-w ") + 3, NULL, 10);
	d.upper_threshold = x ? (uint32_t)strtoul(x + 3, NULL, 10) : 0;
	d.lower_threshold = y ? (uint32_t)strtoul(y + 3, NULL, 10) : 0;
	return d;
}

/* A line as `ipvsadm -S` saves it: without thresholds. */
static void put_saved(struct buf *out, const char *line)
{
	const char *end = strstr(line, " -x");

	buf_printf(out, "%.*s\n", end ? (int)(end - line) : (int)strlen(line), line);
}

static void test_we_write_it_prints(void **state)
{
	struct ipvs *v;
	struct buf want = {0}, theirs = {0};
	uint32_t version;

	(void)state;
	ENTER_OR_SKIP(v);
	assert_int_equal(ipvs_version(v, &version), 0);
	assert_int_equal(version, 0x010201);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct ipvs_service s = service_of(lines[i]);

		if (lines[i][1] == 'A') {
			assert_int_equal(ipvs_service_add(v, &s), 0);
		} else {
			struct ipvs_dest d = dest_of(lines[i]);

			assert_int_equal(ipvs_dest_add(v, &s, &d), 0);
		}
		put_saved(&want, lines[i]);
		assert_witness_agrees(v);
	}
	assert_int_equal(ipvsadm("-Sn", &theirs), 0);
	sort_lines(&theirs);
	sort_lines(&want);
	assert_string_equal(buf_text(&theirs), buf_text(&want));
	buf_free(&theirs);
	buf_free(&want);
	ipvs_close(v);
}

static void test_it_writes_we_read(void **state)
{
	struct ipvs *v;
	struct buf want = {0}, ours = {0}, limits = {0};

	(void)state;
	ENTER_OR_SKIP(v);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(ipvsadm(lines[i], &ours), 0);
		put_saved(&want, lines[i]);
	}
	assert_string_equal(buf_text(&ours), "");
	sort_lines(&want);
	read_table(v, &ours, &limits);
	assert_non_null(strstr(buf_text(&limits), "10.10.204.64:80 1000 900\n"));
	buf_free(&limits);
	assert_string_equal(buf_text(&ours), buf_text(&want));
	buf_free(&want);
	buf_free(&ours);
	ipvs_close(v);
}

static void test_edits(void **state)
{
	struct ipvs *v;
	struct ipvs_service s = service_of(lines[0]);
	struct ipvs_dest d = dest_of(lines[1]);

	(void)state;
	ENTER_OR_SKIP(v);
	assert_int_equal(ipvs_service_add(v, &s), 0);
	assert_int_equal(ipvs_dest_add(v, &s, &d), 0);
	snprintf(s.scheduler, sizeof(s.scheduler), "wlc");
	s.persistence_timeout_s = 77;
	s.granularity.s_addr = htonl(0xffff0000);
	assert_int_equal(ipvs_service_edit(v, &s), 0);
	d.weight = 9;
	d.method = IPVS_DR;
	d.upper_threshold = 5;
	assert_int_equal(ipvs_dest_edit(v, &s, &d), 0);
	assert_witness_agrees(v);
	/* All back, also the flags. */
	s = service_of(lines[0]);
	d = dest_of(lines[1]);
	assert_int_equal(ipvs_service_edit(v, &s), 0);
	assert_int_equal(ipvs_dest_edit(v, &s, &d), 0);
	assert_witness_agrees(v);
	/* Scheduler flags that somebody set are cleared by our edit. */
	snprintf(s.scheduler, sizeof(s.scheduler), "sh");
	struct buf out = {0};

	assert_int_equal(ipvsadm("-E -t 172.16.28.65:80 -s sh -b sh-port", &out), 0);
	assert_int_equal(ipvs_service_edit(v, &s), 0);
	assert_witness_agrees(v);
	buf_free(&out);
	assert_int_equal(ipvs_dest_del(v, &s, &d), 0);
	assert_witness_agrees(v);
	assert_int_equal(ipvs_service_del(v, &s), 0);
	assert_witness_agrees(v);
	ipvs_close(v);
}

/* The same random operations on the kernel and on the fake: the same answers, the same table. */
static int do_random(struct ipvs *v, uint64_t bits, const struct ipvs_service *s,
		     const struct ipvs_dest *d)
{
	switch (bits % 7) {
	case 0:
	case 1:
		return ipvs_service_add(v, s);
	case 2:
		return ipvs_service_edit(v, s);
	case 3:
		return bits % 5 == 0 ? ipvs_service_del(v, s) : ipvs_dest_del(v, s, d);
	case 4:
	case 5:
		return ipvs_dest_add(v, s, d);
	default:
		return ipvs_dest_edit(v, s, d);
	}
}

static void test_the_fake_is_as_the_kernel(void **state)
{
	static const char *const schedulers[] = {"rr", "wlc", "sh", "nonesuch", ""};
	struct ipvs *v, *fake;
	struct buf ours = {0}, theirs = {0}, limits = {0}, fake_limits = {0};
	struct rng rng;

	(void)state;
	ENTER_OR_SKIP(v);
	rng_seed(&rng, 1);
	assert_int_equal(ipvs_open_fake(&fake), 0);
	for (int i = 0; i < 4000; i++) {
		struct ipvs_service s = service_of(lines[rng_below(&rng, 15)]);
		struct ipvs_dest d = dest_of(lines[1 + rng_below(&rng, 3)]);
		uint64_t bits = rng_u64(&rng);

		if (rng_chance(&rng, 100))
			d = dest_of(lines[13]);
		if (s.scheduler[0] == '\0' || rng_chance(&rng, 300))
			snprintf(s.scheduler, sizeof(s.scheduler), "%s",
				 schedulers[rng_below(&rng, rng_chance(&rng, 100) ? 5 : 3)]);
		d.weight = (uint32_t)rng_below(&rng, 5);
		d.upper_threshold = (uint32_t)rng_below(&rng, 3);
		d.lower_threshold = (uint32_t)rng_below(&rng, 3);
		int kernel = do_random(v, bits, &s, &d), model = do_random(fake, bits, &s, &d);

		if (kernel != model)
			fail_msg("operation %d (%d, %s): the kernel says %s, the fake %s", i,
				 (int)(bits % 7), s.scheduler, strerror(-kernel), strerror(-model));
	}
	read_table(v, &ours, &limits);
	read_table(fake, &theirs, &fake_limits);
	assert_string_equal(buf_text(&ours), buf_text(&theirs));
	assert_string_equal(buf_text(&limits), buf_text(&fake_limits));
	assert_true(ours.len > 100 && limits.len > 20);
	buf_free(&limits);
	buf_free(&fake_limits);
	buf_free(&ours);
	buf_free(&theirs);
	ipvs_close(fake);
	ipvs_close(v);
}

static void put_sync(void *ctx, const struct ipvs_sync *s)
{
	char group[INET6_ADDRSTRLEN];

	buf_printf(ctx,
		   "%s sync daemon (mcast=%s, syncid=%u, maxlen=%u, group=%s, port=%u, ttl=%u)\n",
		   s->role == IPVS_SYNC_MASTER ? "master" : "backup", s->ifname, s->syncid,
		   s->maxlen_bytes, wire_ip_text(&s->group, group), s->port, s->ttl);
}

static void test_sync_daemons(void **state)
{
	struct ipvs *v;
	struct ipvs_sync plain = {.role = IPVS_SYNC_MASTER, .ifname = "sync0", .syncid = 51};
	struct ipvs_sync full = {.role = IPVS_SYNC_BACKUP,
				 .ifname = "sync0",
				 .syncid = 255,
				 .maxlen_bytes = 1400,
				 .group = ip("224.0.0.82"),
				 .port = 8849,
				 .ttl = 3};
	struct buf ours = {0}, theirs = {0};

	(void)state;
	ENTER_OR_SKIP(v);
	assert_int_equal(ipvs_sync_stop(v, IPVS_SYNC_MASTER, &plain), -ESRCH);
	assert_int_equal(ipvs_sync_start(v, &plain), 0);
	assert_int_equal(ipvs_sync_start(v, &plain), -EEXIST);
	assert_int_equal(ipvs_sync_start(v, &full), 0);
	assert_int_equal(ipvs_sync_each(v, put_sync, &ours), 0);
	assert_string_equal(
		buf_text(&ours),
		"master sync daemon (mcast=sync0, syncid=51, maxlen=1472, group=224.0.0.81, "
		"port=8848, ttl=1)\n"
		"backup sync daemon (mcast=sync0, syncid=255, maxlen=1400, group=224.0.0.82, "
		"port=8849, ttl=3)\n");
	assert_int_equal(ipvsadm("-L --daemon", &theirs), 0);
	sort_lines(&ours);
	sort_lines(&theirs);
	assert_string_equal(buf_text(&ours), buf_text(&theirs));
	assert_int_equal(ipvs_sync_stop(v, IPVS_SYNC_MASTER, &plain), 0);
	assert_int_equal(ipvs_sync_stop(v, IPVS_SYNC_BACKUP, &full), 0);
	snprintf(plain.ifname, sizeof(plain.ifname), "nonesuch");
	assert_int_equal(ipvs_sync_start(v, &plain), -ENODEV);
	buf_free(&ours);
	buf_free(&theirs);
	ipvs_close(v);
}

/* ---- connections ---------------------------------------------------------------------------- */

static void keep_dest(void *ctx, const struct ipvs_dest *d)
{
	*(struct ipvs_dest *)ctx = *d;
}

static void put_conn(void *ctx, const struct ipvs_conn *c)
{
	char client[INET6_ADDRSTRLEN], vip[INET6_ADDRSTRLEN], server[INET6_ADDRSTRLEN];

	buf_printf(ctx, "%s %s:%u %s:%u %s:%u\n", c->state, wire_ip_text(&c->client, client),
		   c->client_port, wire_ip_text(&c->vip, vip), c->vip_port,
		   wire_ip_text(&c->server, server), c->server_port);
}

/* Every field of `ipvsadm -Lcn`'s lines but the time: "TCP 00:59 STATE client vip server". */
static void their_connections(struct buf *out)
{
	struct buf text = {0};
	char *save = NULL, state[32], client[64], vip[64], server[64];

	assert_int_equal(ipvsadm("-Lcn", &text), 0);
	for (char *l = strtok_r(text.data, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (sscanf(l, "TCP %*s %31s %63s %63s %63s", state, client, vip, server) == 4)
			buf_printf(out, "%s %s %s %s\n", state, client, vip, server);
	buf_free(&text);
}

static void test_connections(void **state)
{
	struct ipvs *v;
	struct ipvs_service s = service_of("-A -t 10.0.0.1:80 -s rr");
	struct ipvs_dest d = dest_of("-a -t x -r 127.0.0.1:8080 -m -w 1"), got = {0};
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(8080)};
	struct buf ours = {0}, theirs = {0};
	int one = 1, listener, client[3];

	(void)state;
	ENTER_OR_SKIP(v);
	assert_int_equal(ipvs_service_add(v, &s), 0);
	assert_int_equal(ipvs_dest_add(v, &s, &d), 0);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	at.sin_addr.s_addr = htonl(INADDR_ANY);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 8), 0);
	at.sin_port = htons(80);
	at.sin_addr.s_addr = inet_addr("10.0.0.1");
	for (int i = 0; i < 3; i++) {
		client[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(client[i], (struct sockaddr *)&at, sizeof(at)), 0);
	}
	assert_int_equal(ipvs_dest_each(v, &s, keep_dest, &got), 0);
	assert_int_equal(got.active_connections, 3);
	assert_int_equal(got.inactive_connections, 0);
	assert_int_equal(ipvs_conn_each_file("/proc/thread-self/net/ip_vs_conn", put_conn, &ours),
			 0);
	their_connections(&theirs);
	sort_lines(&ours);
	sort_lines(&theirs);
	assert_string_equal(buf_text(&ours), buf_text(&theirs));
	assert_non_null(strstr(buf_text(&ours), " 10.0.0.1:80 127.0.0.1:8080\n"));
	for (int i = 0; i < 3; i++)
		close(client[i]);
	close(listener);
	assert_int_equal(ipvs_flush(v), 0);
	buf_free(&ours);
	buf_free(&theirs);
	ipvs_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_we_write_it_prints),
		cmocka_unit_test(test_it_writes_we_read),
		cmocka_unit_test(test_edits),
		cmocka_unit_test(test_the_fake_is_as_the_kernel),
		cmocka_unit_test(test_sync_daemons),
		cmocka_unit_test(test_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
