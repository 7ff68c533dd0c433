/* The shell on a real kernel: one router on one end of a veth pair in a network namespace of its
 * own, the test on the other end, seeing every frame. Where no namespace is permitted, skipped.
 *
 * The clock is real, so the tests wait for what must come (up to PATIENCE) and judge order and
 * content, never durations.
 */
#include "daemon/vrrp/run.h"

#include "lib/base/mono.h"
#include "lib/nl/nl.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_NS (10 * NS_PER_S)
#define ONE	    "10.9.0.100/32"
#define TWO	    "10.9.0.100/32\n10.9.0.101/32"

struct world {
	struct nl *nl;
	int wire; /* sees what leaves v0 */
	struct event_base *base;
	struct log log;
	struct buf said;
	struct notify *notify;
	struct vipd_conf *conf;
	struct vrrp_run *run;
	struct buf seen; /* the frames, a line each */
};

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		print_message("%s not written\n", path);
	if (fd >= 0)
		close(fd);
}

static bool enter_namespace(void)
{
	char map[32];
	unsigned uid = geteuid(), gid = getegid();

	if (unshare(CLONE_NEWNET) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
		return false;
	put_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1\n", uid);
	put_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1\n", gid);
	put_file("/proc/self/gid_map", map);
	return true;
}

static void keep(void *ctx, enum log_level level, const char *line)
{
	(void)level;
	buf_printf(ctx, "%s\n", line);
}

static int open_wire(int ifindex)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = ifindex};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static struct vipd_conf *parse(const char *vips, const char *more)
{
	struct conf_report *report = conf_report_new();
	struct buf text = {0};
	struct vipd_conf *conf;

	buf_printf(&text,
		   "vrrp_instance R {\n interface v0\n version 3\n advert_int 0.02\n"
		   "virtual_router_id 51\n priority 100\n garp_master_repeat 2\n"
		   "garp_master_delay 0\n virtual_ipaddress {\n%s\n}\n%s\n}\n",
		   vips, more);
	conf = vipd_conf_parse("test.conf", buf_text(&text), report);
	conf_report_free(report);
	buf_free(&text);
	assert_non_null(conf);
	return conf;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct nl_veth_end a = {.ifname = "v0", .netns_fd = -1, .mac = {2, 0, 0, 0, 0, 1}};
	struct nl_veth_end b = {.ifname = "v1", .netns_fd = -1, .mac = {2, 0, 0, 0, 0, 2}};
	struct wire_ip ip;

	*state = NULL;
	if (!enter_namespace() || nl_open(&w->nl) < 0 || nl_veth_add(w->nl, &a, &b) < 0) {
		nl_release(w->nl);
		free(w);
		return 0;
	}
	assert_true(wire_ip_parse("10.9.0.1", &ip));
	assert_int_equal(nl_addr_add(w->nl, (int)if_nametoindex("v0"), &ip, 24, 0), 0);
	assert_int_equal(nl_link_set_up(w->nl, (int)if_nametoindex("v1"), true), 0);
	assert_int_equal(nl_link_set_up(w->nl, (int)if_nametoindex("v0"), true), 0);
	w->wire = open_wire((int)if_nametoindex("v1"));
	w->base = event_base_new();
	log_to_sink(&w->log, "t", keep, &w->said);
	w->notify = notify_new(&w->log);
	w->conf = parse(ONE, "");
	struct vrrp_run_options o = {.base = w->base, .log = &w->log, .notify = w->notify};

	assert_int_equal(vrrp_run_start(&w->run, w->conf, &o), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	if (!w)
		return 0;
	vrrp_run_stop(w->run);
	notify_free(w->notify);
	event_base_free(w->base);
	vipd_conf_free(w->conf);
	nl_release(w->nl);
	close(w->wire);
	buf_free(&w->said);
	buf_free(&w->seen);
	free(w);
	return 0;
}

static struct world *have(void **state)
{
	if (!*state) {
		print_message("no network namespace is permitted here: ");
		skip();
	}
	return *state;
}

/* Adverts and gratuitous ARP only: multicast reports and IPv6 come and go as they like. */
static void see_frame(struct world *w, const uint8_t *bytes, size_t n)
{
	struct wire_frame f;
	struct vrrp_advert a;
	struct wire_arp arp;
	char ip[INET6_ADDRSTRLEN];

	if (!wire_frame_decode(bytes, n, &f))
		return;
	if (f.ip_protocol == VRRP_PROTOCOL && f.ip_src.family == AF_INET) {
		assert_int_equal(
			vrrp_decode(f.payload, f.payload_len, &f.ip_src, &f.ip_dst, false, &a),
			VRRP_OK);
		assert_int_equal(f.ip_ttl, 255);
		buf_printf(&w->seen, "advert %u addresses %u\n", a.priority, a.n_addrs);
	} else if (f.ethertype == ETH_P_ARP && wire_arp_decode(f.payload, f.payload_len, &arp) &&
		   wire_arp_is_gratuitous(&arp)) {
		struct wire_ip who = {.family = AF_INET, .v4 = arp.sender_ip};

		buf_printf(&w->seen, "announce %s\n", wire_ip_text(&who, ip));
	}
}

static void look(struct world *w)
{
	uint8_t frame[WIRE_FRAME_MAX];
	ssize_t n;

	while ((n = recv(w->wire, frame, sizeof(frame), 0)) > 0)
		see_frame(w, frame, (size_t)n);
}

static unsigned count(const struct buf *b, const char *what)
{
	unsigned n = 0;

	for (const char *p = buf_text(b); (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

/* Runs the loop until what was seen n times in b. */
static void await(struct world *w, const struct buf *b, const char *what, unsigned n)
{
	mono_t give_up = mono_add(mono_now(), PATIENCE_NS);

	while (count(b, what) < n) {
		event_base_loop(w->base, EVLOOP_NONBLOCK);
		look(w);
		if (mono_before(give_up, mono_now()))
			fail_msg("waited in vain for %u times '%s'; seen:\n%ssaid:\n%s", n, what,
				 buf_text(&w->seen), buf_text(&w->said));
		usleep(500);
	}
}

struct search {
	const char *ip;
	bool found;
};

static void find_addr(void *ctx, const struct nl_addr *a)
{
	struct search *s = ctx;
	char ip[INET6_ADDRSTRLEN];

	s->found |= strcmp(wire_ip_text(&a->ip, ip), s->ip) == 0;
}

static bool has_addr(struct world *w, const char *ip)
{
	struct search s = {.ip = ip};

	assert_int_equal(nl_addr_each(w->nl, AF_INET, find_addr, &s), 0);
	return s.found;
}

static void reload(struct world *w, const char *vips, const char *more)
{
	struct vipd_conf *fresh = parse(vips, more);

	assert_int_equal(vrrp_run_reload(w->run, fresh), 0);
	vipd_conf_free(w->conf);
	w->conf = fresh;
}

static void test_master_advertises_before_it_announces(void **state)
{
	struct world *w = have(state);
	const char *want = "advert 100 addresses 1\nannounce 10.9.0.100\n"
			   "announce 10.9.0.100\nadvert 100 addresses 1\n";

	assert_false(has_addr(w, "10.9.0.100"));
	await(w, &w->seen, "advert", 2);
	assert_true(has_addr(w, "10.9.0.100"));
	/* a busy machine may have let more adverts pass: the beginning counts */
	assert_int_equal(strncmp(buf_text(&w->seen), want, strlen(want)), 0);
}

static void test_reload_without_change_is_not_seen(void **state)
{
	struct world *w = have(state);

	await(w, &w->seen, "advert", 2);
	buf_clear(&w->said);
	look(w);
	buf_clear(&w->seen);
	mono_t start = mono_now();

	for (int i = 0; i < 20; i++)
		reload(w, ONE, "notify /bin/true");
	look(w);
	/* those that were due, and not one more */
	assert_true(count(&w->seen, "advert") <=
		    1 + mono_diff(mono_now(), start) / (20 * NS_PER_MS));
	await(w, &w->seen, "advert", 3);
	assert_int_equal(count(&w->seen, "announce"), 0);
	assert_string_equal(buf_text(&w->said), "");
	assert_true(has_addr(w, "10.9.0.100"));
}

static void test_reload_with_another_address(void **state)
{
	struct world *w = have(state);

	await(w, &w->said, "MASTER", 1);
	reload(w, TWO, "");
	assert_true(has_addr(w, "10.9.0.100") && has_addr(w, "10.9.0.101"));
	await(w, &w->seen, "advert 100 addresses 2", 1);
	await(w, &w->seen, "announce 10.9.0.101", 2);
	reload(w, "10.9.0.101/32", "");
	assert_true(!has_addr(w, "10.9.0.100") && has_addr(w, "10.9.0.101"));
	assert_int_equal(count(&w->said, "Entering"), 2); /* BACKUP and MASTER, at the start */
}

static void test_lost_link(void **state)
{
	struct world *w = have(state);
	int far = (int)if_nametoindex("v1");

	await(w, &w->said, "MASTER", 1);
	assert_int_equal(nl_link_set_up(w->nl, far, false), 0);
	await(w, &w->said, "Entering FAULT STATE", 1);
	event_base_loop(w->base, EVLOOP_NONBLOCK);
	assert_false(has_addr(w, "10.9.0.100"));
	assert_int_equal(nl_link_set_up(w->nl, far, true), 0);
	await(w, &w->said, "Entering MASTER STATE", 2);
	assert_true(has_addr(w, "10.9.0.100"));
}

static void test_removed_address_comes_back(void **state)
{
	struct world *w = have(state);
	struct wire_ip vip;

	await(w, &w->seen, "announce", 2);
	assert_true(wire_ip_parse("10.9.0.100", &vip));
	assert_int_equal(nl_addr_del(w->nl, (int)if_nametoindex("v0"), &vip, 32), 0);
	await(w, &w->seen, "announce", 3);
	assert_true(has_addr(w, "10.9.0.100"));
}

static void test_farewell(void **state)
{
	struct world *w = have(state);

	await(w, &w->said, "MASTER", 1);
	vrrp_run_stop(w->run);
	w->run = NULL;
	look(w);
	assert_int_equal(count(&w->seen, "advert 0 "), 1);
	const char *last = strstr(buf_text(&w->seen), "advert 0 ");

	assert_string_equal(last, "advert 0 addresses 1\n");
	assert_false(has_addr(w, "10.9.0.100"));
}

static void test_leftovers_are_removed(void **state)
{
	struct world *w = have(state);
	struct vrrp_run_options o = {.base = w->base, .log = &w->log, .notify = w->notify};

	await(w, &w->said, "MASTER", 1);
	vrrp_run_abandon(w->run); /* as if it had been killed */
	assert_true(has_addr(w, "10.9.0.100"));
	assert_int_equal(vrrp_run_start(&w->run, w->conf, &o), 0);
	assert_false(has_addr(w, "10.9.0.100"));
	assert_int_equal(count(&w->said, "predecessor"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_master_advertises_before_it_announces, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_reload_without_change_is_not_seen, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_reload_with_another_address, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_lost_link, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_removed_address_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_farewell, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leftovers_are_removed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
