/* The shell over IPv6 on a real kernel: a router on one end of a veth pair in a network namespace
 * of its own, the test on the other end, seeing every frame. Where no namespace is permitted, or no
 * IPv6, skipped. The clock is real: order and content are judged, never durations.
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

#define PATIENCE_NS (20 * NS_PER_S)
#define OWN	    "fe80::ff:fe00:1"

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

static bool put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
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

static struct vipd_conf *parse(const char *text)
{
	struct conf_report *report = conf_report_new();
	struct vipd_conf *conf = vipd_conf_parse("test.conf", text, report);

	conf_report_free(report);
	assert_non_null(conf);
	return conf;
}

/* dad: v0's own link-local address takes its time to become usable. */
static int set_up(void **state, bool dad)
{
	struct world *w = calloc(1, sizeof(*w));
	struct nl_veth_end a = {.ifname = "v0", .netns_fd = -1, .mac = {2, 0, 0, 0, 0, 1}};
	struct nl_veth_end b = {.ifname = "v1", .netns_fd = -1, .mac = {2, 0, 0, 0, 0, 2}};
	struct wire_ip ip;

	*state = NULL;
	if (!enter_namespace() || nl_open(&w->nl) < 0 || nl_veth_add(w->nl, &a, &b) < 0 ||
	    !put_file("/proc/sys/net/ipv6/conf/v0/accept_dad", dad ? "1" : "0")) {
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
	*state = w;
	return 0;
}

static int set_up_plain(void **state)
{
	return set_up(state, false);
}

static int set_up_dad(void **state)
{
	return set_up(state, true);
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

static struct world *start(void **state, const char *text)
{
	struct world *w = *state;

	if (!w) {
		print_message("no network namespace with IPv6 is permitted here: ");
		skip();
		return NULL;
	}
	struct vrrp_run_options o = {.base = w->base, .log = &w->log, .notify = w->notify};

	w->conf = parse(text);
	assert_int_equal(vrrp_run_start(&w->run, w->conf, &o), 0);
	return w;
}

/* Adverts and unsolicited neighbour advertisements only. */
static void see_frame(struct world *w, const uint8_t *bytes, size_t n)
{
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN], mac[18];
	struct wire_frame f;
	struct vrrp_advert a;
	struct wire_na na;

	if (!wire_frame_decode(bytes, n, &f))
		return;
	if (f.ip_protocol == VRRP_PROTOCOL) {
		assert_int_equal(
			vrrp_decode(f.payload, f.payload_len, &f.ip_src, &f.ip_dst, false, &a),
			VRRP_OK);
		buf_printf(&w->seen, "advert %s > %s ttl %u version %u priority %u addresses %u\n",
			   wire_ip_text(&f.ip_src, src), wire_ip_text(&f.ip_dst, dst), f.ip_ttl,
			   a.version, a.priority, a.n_addrs);
	} else if (wire_na_decode(&f, &na) && !na.solicited) {
		buf_printf(&w->seen, "announce %s at %s%s%s\n", wire_ip_text(&na.target, src),
			   wire_mac_text(na.mac, mac), na.router ? " router" : "",
			   na.override ? " override" : "");
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
	struct nl_addr addr;
};

static void find_addr(void *ctx, const struct nl_addr *a)
{
	struct search *s = ctx;
	char ip[INET6_ADDRSTRLEN];

	if (strcmp(wire_ip_text(&a->ip, ip), s->ip) != 0)
		return;
	s->found = true;
	s->addr = *a;
}

static bool find(struct world *w, const char *ip, struct nl_addr *out)
{
	struct search s = {.ip = ip};

	assert_int_equal(nl_addr_each(w->nl, AF_INET6, find_addr, &s), 0);
	*out = s.addr;
	return s.found;
}

static bool has_usable(struct world *w, const char *ip, bool deprecated)
{
	struct nl_addr a;

	return find(w, ip, &a) && !a.unusable && a.deprecated == deprecated;
}

#define SIX(name, more, vips)                                                                      \
	"vrrp_instance " name " {\n interface v0\n advert_int 0.02\n virtual_router_id 6\n"        \
	"priority 100\n garp_master_repeat 2\n garp_master_delay 0\n" more                         \
	"virtual_ipaddress {\n" vips "\n}\n"

static void test_master(void **state)
{
	const char *want = "advert " OWN " > ff02::12 ttl 255 version 3 priority 100 addresses 2\n"
			   "announce fe80::6 at 02:00:00:00:00:01 override\n"
			   "announce 2001:db8::6 at 02:00:00:00:00:01 override\n"
			   "announce fe80::6 at 02:00:00:00:00:01 override\n"
			   "announce 2001:db8::6 at 02:00:00:00:00:01 override\n"
			   "advert " OWN;
	struct world *w = start(state, SIX("V", "", "fe80::6/64\n2001:db8::6") "}");

	await(w, &w->seen, "advert", 2);
	assert_int_equal(strncmp(buf_text(&w->seen), want, strlen(want)), 0);
	assert_true(has_usable(w, "fe80::6", false));
	assert_true(has_usable(w, "2001:db8::6", true)); /* /128: not for speaking from */
	vrrp_run_stop(w->run);
	w->run = NULL;
	look(w);
	assert_int_equal(count(&w->seen, "priority 0 "), 1);
	assert_false(has_usable(w, "fe80::6", false));
}

static void test_lifetime_and_router(void **state)
{
	struct world *w = *state;

	if (w)
		assert_true(put_file("/proc/sys/net/ipv6/conf/v0/forwarding", "1"));
	w = start(state, SIX("V", "",
			     "fe80::6 preferred_lft forever\n"
			     "2001:db8::6/64 preferred_lft 0") "}");
	await(w, &w->seen, "announce 2001:db8::6 at 02:00:00:00:00:01 router override", 2);
	assert_true(has_usable(w, "fe80::6", false));
	assert_true(has_usable(w, "2001:db8::6", true));
}

/* Both families, one VRID, one interface; the IPv4 router brings an IPv6 address along. */
static void test_beside_ip4(void **state)
{
	struct world *w = start(
		state, SIX("SIX", "", "fe80::6/64") "}" SIX(
			       "FOUR", "version 3\n",
			       "10.9.0.100") "virtual_ipaddress_excluded {\n2001:db8::4/64\n} }");

	await(w, &w->seen, "advert 10.9.0.1 > 224.0.0.18 ttl 255 version 3", 2);
	await(w, &w->seen, "advert " OWN " > ff02::12", 2);
	await(w, &w->seen, "announce 2001:db8::4 at 02:00:00:00:00:01 override", 2);
	assert_int_equal(count(&w->said, "ignored"), 0);
}

/* -nodad: the virtual address itself goes through duplicate address detection. */
static void test_address_with_dad(void **state)
{
	struct world *w = start(state, SIX("V", "", "fe80::6/64\n2001:db8::6/64 -nodad") "}");
	struct nl_addr a;

	await(w, &w->said, "Entering MASTER STATE", 1);
	assert_true(find(w, "2001:db8::6", &a) && a.unusable);
	assert_true(find(w, "fe80::6", &a) && !a.unusable);
}

/* Nothing leaves before the link-local address is known to be ours alone; what is lost is FAULT;
 * another one does as well. */
static void test_source(void **state)
{
	struct world *w = start(state, SIX("V", "", "fe80::6/64") "}");
	struct wire_ip own, other;
	struct nl_addr a;

	assert_true(wire_ip_parse(OWN, &own) && wire_ip_parse("fe80::7", &other));
	assert_true(find(w, OWN, &a) && a.unusable);
	await(w, &w->said, "no link-local IPv6 address on v0 to send from", 1);
	await(w, &w->seen, "advert " OWN, 1);
	assert_true(has_usable(w, OWN, false));
	assert_int_equal(nl_addr_del(w->nl, (int)if_nametoindex("v0"), &own, 64), 0);
	await(w, &w->said, "Entering FAULT STATE", 2);
	assert_int_equal(nl_addr_add(w->nl, (int)if_nametoindex("v0"), &other, 64, NL_ADDR_NODAD),
			 0);
	await(w, &w->seen, "advert fe80::7 > ff02::12", 1);
	assert_int_equal(count(&w->seen, "advert fe80::6 >"), 0);
}

/* A unicast router that was cut off tells its peers where it is, before they have to ask. */
static void test_unicast_source_is_announced(void **state)
{
	struct world *w =
		start(state, SIX("V", "unicast_peer {\nfe80::8\n}\n", "2001:db8::6/64") "}");
	int far = (int)if_nametoindex("v1");

	await(w, &w->said, "Entering MASTER STATE", 1);
	assert_int_equal(nl_link_set_up(w->nl, far, false), 0);
	await(w, &w->said, "Entering FAULT STATE", 1);
	look(w);
	assert_int_equal(count(&w->seen, "announce " OWN), 0);
	assert_int_equal(nl_link_set_up(w->nl, far, true), 0);
	await(w, &w->seen, "announce " OWN " at 02:00:00:00:00:01 override", 1);
	assert_int_equal(count(&w->said, "Entering MASTER STATE"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_master, set_up_plain, tear_down),
		cmocka_unit_test_setup_teardown(test_lifetime_and_router, set_up_plain, tear_down),
		cmocka_unit_test_setup_teardown(test_beside_ip4, set_up_plain, tear_down),
		cmocka_unit_test_setup_teardown(test_unicast_source_is_announced, set_up_plain,
						tear_down),
		cmocka_unit_test_setup_teardown(test_address_with_dad, set_up_dad, tear_down),
		cmocka_unit_test_setup_teardown(test_source, set_up_dad, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
