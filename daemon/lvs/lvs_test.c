/* The load-balancing half as a whole: a configuration as text, a table in memory, real servers on
 * the loopback interface, the real event loop. Times are tenths of a second. */
#include "daemon/lvs/lvs.h"

#include "daemon/check/loopback.h"
#include "daemon/lvs/apply.h"
#include "lib/base/mono.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PATIENCE_NS (5 * NS_PER_S)
#define ANSWER	    "HTTP/1.0 200 OK\r\n\r\nhello"

struct bench {
	struct event_base *base;
	struct ipvs *ipvs;
	struct log log;
	struct buf lines;   /* of the log */
	struct buf scripts; /* that were run, with the table as they saw it */
	struct lvs *lvs;
	struct vipd_conf *conf;
	struct loopback a, b;
};

static void on_log(void *ctx, enum log_level level, const char *line)
{
	struct bench *t = ctx;

	if (level != LOG_LEVEL_DETAIL)
		buf_printf(&t->lines, "%s\n", line);
}

static void put_table(struct bench *t, struct buf *out)
{
	struct lvs_table table = {0};

	assert_int_equal(lvs_read(t->ipvs, &table), 0);
	lvs_table_print(&table, out);
	lvs_table_free(&table);
}

static void on_run(void *ctx, const struct conf_script *script)
{
	struct bench *t = ctx;

	buf_printf(&t->scripts, "%s\n", script->argv[0]);
	put_table(t, &t->scripts);
}

static struct bench *setup(void)
{
	struct bench *t = test_calloc(1, sizeof(*t));

	t->base = event_base_new();
	log_to_sink(&t->log, "test", on_log, t);
	assert_int_equal(ipvs_open_fake(&t->ipvs), 0);
	assert_true(loopback_start(&t->a, t->base, "127.0.1.2", 0, LOOPBACK_ANSWER, ANSWER));
	assert_true(
		loopback_start(&t->b, t->base, "127.0.1.3", t->a.port, LOOPBACK_ANSWER, ANSWER));
	return t;
}

static void teardown(struct bench *t)
{
	loopback_stop(&t->a);
	loopback_stop(&t->b);
	vipd_conf_free(t->conf);
	ipvs_close(t->ipvs);
	event_base_free(t->base);
	buf_free(&t->lines);
	buf_free(&t->scripts);
	test_free(t);
}

/* The text with every "PORT" replaced by the servers' port. */
static struct vipd_conf *parse(const struct bench *t, const char *text)
{
	struct buf b = {0}, problems = {0};
	struct conf_report *r = conf_report_new();

	for (const char *at; (at = strstr(text, "PORT")) != NULL; text = at + 4) {
		buf_add(&b, text, (size_t)(at - text));
		buf_printf(&b, "%u", t->a.port);
	}
	buf_puts(&b, text);
	struct vipd_conf *conf = vipd_conf_parse("test.conf", buf_text(&b), r);

	conf_report_print(r, &problems);
	if (!conf)
		fail_msg("%s", buf_text(&problems));
	conf_report_free(r);
	buf_free(&b);
	buf_free(&problems);
	return conf;
}

static void start(struct bench *t, const char *text)
{
	struct lvs_options o = {.base = t->base,
				.log = &t->log,
				.run = on_run,
				.ctx = t,
				.ipvs = t->ipvs,
				.retry_ns = 100 * NS_PER_MS};

	t->conf = parse(t, text);
	assert_int_equal(lvs_start(&t->lvs, t->conf, &o), 0);
}

static void reload(struct bench *t, const char *text)
{
	struct vipd_conf *fresh = parse(t, text);

	assert_int_equal(lvs_reload(t->lvs, fresh), 0);
	vipd_conf_free(t->conf);
	t->conf = fresh;
}

static bool table_has(struct bench *t, const char *what)
{
	struct buf b = {0};

	put_table(t, &b);
	bool has = strstr(buf_text(&b), what) != NULL;

	buf_free(&b);
	return has;
}

static void on_tick(evutil_socket_t fd, short events, void *arg)
{
	(void)fd;
	(void)events;
	(void)arg;
}

/* Runs the loop for a while. */
static void run_for(struct bench *t, int64_t ns)
{
	mono_t end = mono_add(mono_now(), ns);
	struct timeval tick = {.tv_usec = 5000};

	while (mono_before(mono_now(), end)) {
		event_base_once(t->base, -1, EV_TIMEOUT, on_tick, NULL, &tick);
		event_base_loop(t->base, EVLOOP_ONCE);
	}
}

static void run_until(struct bench *t, const char *what, bool present)
{
	mono_t end = mono_add(mono_now(), PATIENCE_NS);

	while (table_has(t, what) != present && mono_before(mono_now(), end))
		run_for(t, 5 * NS_PER_MS);
	if (table_has(t, what) != present) {
		struct buf b = {0};

		lvs_dump(t->lvs, &b);
		fail_msg("%s never %s:\n%s%s", what, present ? "came" : "went", buf_text(&b),
			 buf_text(&t->lines));
	}
}

#define SERVER(ip, more)                                                                           \
	"real_server " ip " PORT {\n weight 1\n" more                                              \
	"TCP_CHECK {\n connect_timeout 0.3\n retry 1\n delay_before_retry 0.05\n }\n }\n"
#define SERVICE(more)                                                                              \
	"virtual_server 10.0.0.1 80 {\n delay_loop 0.1\n lb_algo rr\n lb_kind NAT\n protocol "     \
	"TCP\n" more "}\n"

static void test_down_and_up(void **state)
{
	struct bench *t = setup();
	uint16_t port = t->b.port;

	(void)state;
	start(t,
	      SERVICE("quorum_up /bin/q-up\n quorum_down /bin/q-down\n sorry_server 10.9.9.9 80\n"
		      "quorum 2\n" SERVER("127.0.1.2", "")
			      SERVER("127.0.1.3", "notify_down /bin/down\nnotify_up /bin/up\n")));
	assert_true(table_has(t, "127.0.1.2"));
	assert_true(table_has(t, "127.0.1.3"));
	assert_non_null(strstr(buf_text(&t->scripts), "/bin/q-up\nTCP 10.0.0.1:80 rr\n"));
	buf_clear(&t->scripts);
	loopback_stop(&t->b);
	run_until(t, "127.0.1.3", false);
	/* Both scripts saw the table after the change. */
	char want[256];

	snprintf(want, sizeof(want),
		 "/bin/down\nTCP 10.0.0.1:80 rr\n\t10.9.9.9:80 NAT weight 1\n"
		 "/bin/q-down\nTCP 10.0.0.1:80 rr\n\t10.9.9.9:80 NAT weight 1\n");
	assert_string_equal(buf_text(&t->scripts), want);
	assert_true(loopback_start(&t->b, t->base, "127.0.1.3", port, LOOPBACK_ANSWER, ANSWER));
	run_until(t, "127.0.1.3", true);
	assert_false(table_has(t, "10.9.9.9"));
	lvs_stop(t->lvs);
	assert_false(table_has(t, "10.0.0.1"));
	teardown(t);
}

static void run_until_request(struct bench *t, const char *text)
{
	mono_t end = mono_add(mono_now(), PATIENCE_NS);

	while (strcmp(t->a.request, text) != 0 && mono_before(mono_now(), end))
		run_for(t, NS_PER_MS);
	assert_string_equal(t->a.request, text);
}

static void run_until_connected(struct bench *t, unsigned more_than)
{
	mono_t end = mono_add(mono_now(), PATIENCE_NS);

	while (t->a.connections <= more_than && mono_before(mono_now(), end))
		run_for(t, NS_PER_MS);
	assert_true(t->a.connections > more_than);
}

static void test_http(void **state)
{
	struct bench *t = setup();

	(void)state;
	start(t, SERVICE("real_server 127.0.1.2 PORT {\n weight 1\n HTTP_GET {\n"
			 "url {\n path /a\n digest 5d41402abc4b2a76b9719d911017c592\n }\n"
			 "url {\n path /b\n status_code 200\n virtualhost b.example\n }\n"
			 "connect_timeout 0.3\n retry 0\n delay_before_retry 0.05\n }\n }\n"
			 "virtualhost v.example\n"));
	run_until_request(t, "GET /a HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\n"
			     "Host: v.example\r\n\r\n");
	run_until_request(t, "GET /b HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\n"
			     "Host: b.example\r\n\r\n");
	t->a.text = "HTTP/1.0 200 OK\r\n\r\nhallo";
	run_until(t, "127.0.1.2", false);
	assert_non_null(strstr(buf_text(&t->lines), "wrong digest: digest "));
	t->a.text = ANSWER;
	run_until(t, "127.0.1.2", true);
	lvs_stop(t->lvs);
	teardown(t);
}

static void test_alpha(void **state)
{
	struct bench *t = setup();

	(void)state;
	t->b.manner = LOOPBACK_CLOSE;
	start(t, SERVICE("alpha\n" SERVER("127.0.1.2", "") SERVER("127.0.1.4", "")));
	assert_false(table_has(t, "127.0.1"));
	run_until(t, "127.0.1.2", true);
	run_for(t, 200 * NS_PER_MS);
	assert_false(table_has(t, "127.0.1.4"));
	lvs_stop(t->lvs);
	teardown(t);
}

/* A reload keeps what failed down, also when its check changes, and what goes on going on. */
static void test_reload(void **state)
{
	struct bench *t = setup();

	(void)state;
	start(t, SERVICE(SERVER("127.0.1.2", "") SERVER("127.0.1.4", "")));
	assert_true(table_has(t, "127.0.1.4"));
	run_until(t, "127.0.1.4", false);
	reload(t, SERVICE(SERVER("127.0.1.2", "") SERVER("127.0.1.4", "") SERVER("127.0.1.3", "")));
	assert_false(table_has(t, "127.0.1.4"));
	assert_true(table_has(t, "127.0.1.3"));
	unsigned before = t->a.connections;

	reload(t, "virtual_server 10.0.0.1 80 {\n delay_loop 0.2\n lb_algo wlc\n lb_kind NAT\n"
		  "protocol TCP\n" SERVER("127.0.1.2", "lthreshold 1\n uthreshold 9\n")
			  SERVER("127.0.1.4", "") "}\n");
	assert_true(table_has(t, "10.0.0.1:80 wlc"));
	assert_true(table_has(t, "thresholds 1 9"));
	assert_false(table_has(t, "127.0.1.4"));
	assert_false(table_has(t, "127.0.1.3"));
	run_until_connected(t, before + 1);
	assert_false(table_has(t, "127.0.1.4"));
	/* Without its check it is up. */
	reload(t, SERVICE("real_server 127.0.1.4 PORT {\n weight 3\n }\n"));
	assert_true(table_has(t, "NAT weight 3"));
	/* Nothing at all: nothing of ours is left. */
	reload(t, "global_defs {\n router_id x\n}\n");
	assert_false(table_has(t, "10.0.0.1"));
	lvs_stop(t->lvs);
	teardown(t);
}

/* The kernel refuses: it is logged, seen in the dump, and done at the next occasion. */
static void test_refused(void **state)
{
	struct bench *t = setup();
	struct buf dump = {0};
	const char *text = SERVICE(SERVER("127.0.1.2", ""));

	(void)state;
	ipvs_fake_refuse(t->ipvs, 2, ENOMEM);
	start(t, text);
	assert_false(table_has(t, "127.0.1.2"));
	lvs_dump(t->lvs, &dump);
	assert_non_null(strstr(buf_text(&dump), "failed operations: 1\n"));
	assert_non_null(strstr(buf_text(&t->lines), "Cannot allocate memory; will be tried again"));
	run_until(t, "127.0.1.2", true);
	buf_clear(&dump);
	lvs_dump(t->lvs, &dump);
	assert_non_null(strstr(buf_text(&dump), "failed operations: 0\n"));
	assert_non_null(strstr(buf_text(&dump), "TCP_CHECK 127.0.1.2:"));
	buf_free(&dump);
	lvs_stop(t->lvs);
	teardown(t);
}

static void test_ha_suspend(void **state)
{
	struct bench *t = setup();
	struct wire_ip vip;

	(void)state;
	assert_true(wire_ip_parse("10.0.0.1", &vip));
	start(t, SERVICE("ha_suspend\n" SERVER("127.0.1.2", "")));
	run_for(t, 200 * NS_PER_MS);
	assert_int_equal(t->a.connections, 0);
	lvs_address(t->lvs, &vip, true);
	run_until_connected(t, 0);
	lvs_address(t->lvs, &vip, false);
	run_for(t, 20 * NS_PER_MS);
	unsigned before = t->a.connections;

	run_for(t, 200 * NS_PER_MS);
	assert_int_equal(t->a.connections, before);
	lvs_stop(t->lvs);
	teardown(t);
}

#define INSTANCE(name, vrid)                                                                       \
	"vrrp_instance " name " {\n interface lo\n virtual_router_id " vrid                        \
	"\n priority 100\n virtual_ipaddress {\n 10.0.0.1\n }\n }\n"

static void test_sync(void **state)
{
	struct bench *t = setup();

	(void)state;
	start(t, "global_defs {\n lvs_sync_daemon eth1 inst B\n}\n" INSTANCE("A", "1")
			 INSTANCE("B", "52"));
	assert_true(table_has(t, "sync backup eth1 id 52"));
	lvs_router_state(t->lvs, t->conf->instances, true); /* A: not ours to follow */
	assert_true(table_has(t, "sync backup eth1 id 52"));
	lvs_router_state(t->lvs, t->conf->instances->next, true);
	assert_true(table_has(t, "sync master eth1 id 52"));
	assert_false(table_has(t, "backup"));
	/* What was told stays told, also of an instance that is followed from now on. */
	reload(t, "global_defs {\n lvs_sync_daemon eth1 inst A id 9\n}\n" INSTANCE("A", "1")
			  INSTANCE("B", "52"));
	assert_true(table_has(t, "sync master eth1 id 9"));
	lvs_router_state(t->lvs, t->conf->instances, false);
	assert_true(table_has(t, "sync backup eth1 id 9"));
	assert_false(table_has(t, "master"));
	reload(t, "global_defs {\n lvs_sync_daemon eth1\n}\n");
	assert_true(table_has(t, "sync master eth1 id 0"));
	assert_true(table_has(t, "sync backup eth1 id 0"));
	lvs_stop(t->lvs);
	assert_false(table_has(t, "sync"));
	teardown(t);
}

static void test_nothing_needs_no_ipvs(void **state)
{
	struct bench *t = setup();
	struct lvs_options o = {.base = t->base, .log = &t->log};

	(void)state;
	t->conf = parse(t, INSTANCE("A", "1"));
	assert_int_equal(lvs_start(&t->lvs, t->conf, &o), 0);
	lvs_router_state(t->lvs, t->conf->instances, true);
	lvs_stop(t->lvs);
	lvs_stop(NULL);
	lvs_abandon(NULL);
	teardown(t);
}

static void test_flush_and_abandon(void **state)
{
	struct bench *t = setup();
	struct ipvs_service other = {
		.family = AF_INET, .fwmark = 5, .scheduler = "rr", .persistence_timeout_s = 9};

	(void)state;
	assert_int_equal(ipvs_service_add(t->ipvs, &other), 0);
	start(t, SERVICE(SERVER("127.0.1.2", "")));
	assert_true(table_has(t, "FWM 5"));
	lvs_abandon(t->lvs);
	vipd_conf_free(t->conf);
	assert_true(table_has(t, "127.0.1.2"));
	start(t, "global_defs {\n lvs_flush\n}\n" SERVICE(SERVER("127.0.1.2", "")));
	assert_false(table_has(t, "FWM 5"));
	assert_true(table_has(t, "127.0.1.2"));
	lvs_stop(t->lvs);
	teardown(t);
}

static void test_dry_run(void **state)
{
	struct bench *t = setup();
	struct buf out = {0};

	(void)state;
	t->conf = parse(t, SERVICE("real_server 10.1.1.1 8080 {\n weight 2\n }\n"));
	assert_int_equal(lvs_dry_run(t->conf, NULL, &out), 0);
	assert_string_equal(buf_text(&out), "add TCP 10.0.0.1:80 rr\n"
					    "add TCP 10.0.0.1:80 -> 10.1.1.1:8080 NAT weight 2\n");
	buf_clear(&out);
	assert_int_equal(lvs_dry_run(t->conf, t->ipvs, &out), 0);
	assert_false(table_has(t, "10.0.0.1"));
	buf_free(&out);
	teardown(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_down_and_up),
		cmocka_unit_test(test_http),
		cmocka_unit_test(test_alpha),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_ha_suspend),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_nothing_needs_no_ipvs),
		cmocka_unit_test(test_flush_and_abandon),
		cmocka_unit_test(test_dry_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
