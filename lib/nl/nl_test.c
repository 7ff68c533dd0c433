/* Against a real kernel, in a network namespace of its own (made with a user namespace where the
 * test is not root); iproute2 is the independent witness of what was made.
 */
#include "lib/base/buf.h"
#include "lib/nl/nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const uint8_t mac_a[6] = {2, 0x76, 0x64, 0, 0, 1};
static const uint8_t mac_b[6] = {2, 0x76, 0x64, 0, 0, 2};
static const uint8_t mac_br[6] = {2, 0x76, 0x64, 0, 1, 0};

/* Root of a user namespace, so that the programs started here may do what the test may. */
static void become_root(unsigned uid, unsigned gid)
{
	char map[64];

	for (int i = 0; i < 3; i++) {
		const char *const paths[] = {"/proc/self/setgroups", "/proc/self/uid_map",
					     "/proc/self/gid_map"};
		int n = i == 0 ? snprintf(map, sizeof(map), "deny")
			       : snprintf(map, sizeof(map), "0 %u 1", i == 1 ? uid : gid);
		int fd = open(paths[i], O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, map, (size_t)n) < 0)
			print_message("%s: %s\n", paths[i], strerror(errno));
		if (fd >= 0)
			close(fd);
	}
}

/* A fresh network namespace for every test: nothing of the test before is in it. */
static int set_up(void **state)
{
	struct nl *nl = NULL;

	unsigned uid = geteuid(), gid = getegid();

	if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0)
		become_root(uid, gid);
	*state = NULL;
	if (nl_open(&nl) == 0 && nl_link_set_up(nl, 1, true) == 0)
		*state = nl;
	else
		nl_release(nl);
	return 0;
}

static int tear_down(void **state)
{
	nl_release(*state);
	return 0;
}

static struct nl *have(void **state)
{
	if (!*state) {
		print_message("no network namespace is permitted here: ");
		skip();
	}
	return *state;
}

static struct wire_ip ip4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	struct wire_ip ip = {.family = AF_INET};
	const uint8_t bytes[4] = {a, b, c, d};

	memcpy(ip.bytes, bytes, 4);
	return ip;
}

static struct wire_ip ip6(uint8_t last)
{
	struct wire_ip ip = {.family = AF_INET6};

	ip.bytes[0] = 0x20;
	ip.bytes[1] = 0x01;
	ip.bytes[2] = 0x0d;
	ip.bytes[3] = 0xb8;
	ip.bytes[15] = last;
	return ip;
}

/* What a command prints. */
static void output_of(struct buf *out, const char *const *argv)
{
	int pipe_fds[2];

	buf_clear(out);
	assert_int_equal(pipe(pipe_fds), 0);
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(pipe_fds[1], 1);
		dup2(pipe_fds[1], 2);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(pipe_fds[1]);
	char chunk[4096];
	ssize_t n;

	while ((n = read(pipe_fds[0], chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)n);
	close(pipe_fds[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define witness(out, ...) output_of((out), (const char *const[]){__VA_ARGS__, NULL})

static void assert_has(const struct buf *out, const char *text)
{
	if (!strstr(buf_text(out), text))
		fail_msg("'%s' is not in:\n%s", text, buf_text(out));
}

static void make_pair(struct nl *nl)
{
	struct nl_veth_end a = {.ifname = "left", .netns_fd = -1};
	struct nl_veth_end b = {.ifname = "right", .netns_fd = -1};

	memcpy(a.mac, mac_a, 6);
	memcpy(b.mac, mac_b, 6);
	assert_int_equal(nl_veth_add(nl, &a, &b), 0);
	assert_int_equal(nl_link_set_up(nl, nl_link_index(nl, "left"), true), 0);
	assert_int_equal(nl_link_set_up(nl, nl_link_index(nl, "right"), true), 0);
}

static void test_links(void **state)
{
	struct nl *nl = have(state);
	struct buf out = {0};

	make_pair(nl);
	assert_int_equal(nl_bridge_add(nl, "br", mac_br, false), 0);
	assert_int_equal(nl_link_set_master(nl, nl_link_index(nl, "left"), nl_link_index(nl, "br")),
			 0);
	assert_int_equal(nl_link_set_mtu(nl, nl_link_index(nl, "right"), 1400), 0);
	witness(&out, "ip", "-d", "-o", "link");
	assert_has(&out, "left@right");
	assert_has(&out, "02:76:64:00:00:01");
	assert_has(&out, "master br");
	assert_has(&out, "mtu 1400");
	assert_has(&out, "forward_delay 0 ");
	assert_has(&out, "stp_state 0 ");
	assert_has(&out, "ageing_time 30000 ");
	assert_has(&out, "mcast_snooping 0 ");
	assert_has(&out, "02:76:64:00:01:00");
	assert_int_equal(nl_link_set_mac(nl, nl_link_index(nl, "right"), mac_br), 0);
	assert_int_equal(nl_link_set_master(nl, nl_link_index(nl, "left"), 0), 0);
	assert_int_equal(nl_link_set_up(nl, nl_link_index(nl, "right"), false), 0);
	assert_int_equal(nl_link_rename(nl, nl_link_index(nl, "right"), "wrong"), 0);
	assert_int_equal(nl_link_index(nl, "right"), -ENODEV);
	witness(&out, "ip", "-d", "-o", "link", "show", "wrong");
	assert_has(&out, "02:76:64:00:01:00");
	assert_int_equal(nl_bridge_add(nl, "br", mac_br, true), -EEXIST);
	assert_int_equal(nl_link_delete(nl, nl_link_index(nl, "wrong")), 0);
	assert_int_equal(nl_link_index(nl, "left"), -ENODEV);
	assert_int_equal(nl_link_set_up(nl, 999, true), -ENODEV);
	buf_free(&out);
}

static void test_snooping_bridge(void **state)
{
	struct nl *nl = have(state);
	struct buf out = {0};

	assert_int_equal(nl_bridge_add(nl, "br", mac_br, true), 0);
	witness(&out, "ip", "-d", "-o", "link", "show", "br");
	assert_has(&out, "mcast_snooping 1 ");
	buf_free(&out);
}

static void test_veth_born_in_two_namespaces(void **state)
{
	struct nl *nl = have(state);
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct nl *far_nl = NULL;

	/* A third namespace makes a pair between the first two. */
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	int far = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_int_equal(nl_open(&far_nl), 0);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	struct nl *third = NULL;
	struct nl_veth_end a = {.ifname = "eth0", .netns_fd = here};
	struct nl_veth_end b = {.ifname = "eth0", .netns_fd = far};

	memcpy(a.mac, mac_a, 6);
	memcpy(b.mac, mac_b, 6);
	assert_int_equal(nl_open(&third), 0);
	assert_int_equal(nl_veth_add(third, &a, &b), 0);
	assert_int_equal(nl_link_index(third, "eth0"), -ENODEV);
	assert_true(nl_link_index(nl, "eth0") > 0);
	assert_true(nl_link_index(far_nl, "eth0") > 0);
	nl_release(third);
	nl_release(far_nl);
	close(here);
	close(far);
}

struct seen {
	struct buf text;
};

static void see_addr(void *ctx, const struct nl_addr *a)
{
	struct seen *seen = ctx;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(a->ip.family, a->ip.bytes, text, sizeof(text));
	buf_printf(&seen->text, "%d %s/%u\n", a->ifindex, text, a->prefix_len);
}

static void test_addresses(void **state)
{
	struct nl *nl = have(state);
	struct wire_ip v4 = ip4(192, 0, 2, 1), v6 = ip6(1);
	struct buf out = {0};
	struct seen seen = {0};

	make_pair(nl);
	int left = nl_link_index(nl, "left");

	assert_int_equal(nl_addr_add(nl, left, &v4, 24, 0), 0);
	assert_int_equal(nl_addr_add(nl, left, &v4, 24, 0), -EEXIST);
	assert_int_equal(nl_addr_add(nl, left, &v6, 64, NL_ADDR_NODAD), 0);
	witness(&out, "ip", "-o", "addr", "show", "left");
	assert_has(&out, "inet 192.0.2.1/24 scope global left");
	assert_has(&out, "inet6 2001:db8::1/64 scope global nodad");
	if (strstr(buf_text(&out), "global tentative"))
		fail_msg("the address waits for duplicate address detection");
	assert_int_equal(nl_addr_each(nl, AF_INET, see_addr, &seen), 0);
	assert_has(&seen.text, "192.0.2.1/24");
	assert_null(strstr(buf_text(&seen.text), "2001:db8"));
	buf_clear(&seen.text);
	assert_int_equal(nl_addr_each(nl, AF_UNSPEC, see_addr, &seen), 0);
	assert_has(&seen.text, "2001:db8::1/64");
	assert_int_equal(nl_addr_del(nl, left, &v6, 64), 0);
	assert_int_equal(nl_addr_del(nl, left, &v6, 64), -EADDRNOTAVAIL);
	assert_int_equal(nl_addr_del(nl, left, &v4, 24), 0);
	assert_int_equal(nl_addr_del(nl, left, &v4, 24), -EADDRNOTAVAIL);
	buf_free(&out);
	buf_free(&seen.text);
}

struct outcomes {
	size_t n;
	int err[400];
};

static void note_outcome(void *ctx, size_t which, int err)
{
	struct outcomes *o = ctx;

	assert_int_equal(which, o->n); /* in their order */
	o->err[o->n++] = err;
}

static void count_addr(void *ctx, const struct nl_addr *a)
{
	size_t *n = ctx;

	*n += a->ip.bytes[0] == 10;
}

/* More than fit into one datagram, with one in their midst that the kernel refuses. */
static void test_addresses_in_batches(void **state)
{
	struct nl *nl = have(state);
	struct outcomes o = {0};
	size_t there = 0;

	for (size_t i = 0; i < 400; i++) {
		uint8_t k = (uint8_t)(i == 150 ? 149 % 250 : i % 250);
		struct nl_new_addr addr = {.ip = ip4(10, (uint8_t)(i / 250), 0, k),
					   .prefix_len = 32};

		nl_later(nl, &(struct nl_later){.done = note_outcome, .ctx = &o, .which = i});
		assert_int_equal(nl_addr_add_whole(nl, 1, &addr), 0);
		nl_later(nl, NULL);
	}
	assert_true(o.n < 400); /* the last ones wait */
	assert_int_equal(nl_addr_each(nl, AF_INET, count_addr, &there), 0);
	assert_int_equal(o.n, 400); /* but not behind a request that came after them */
	assert_int_equal(there, 399);
	for (size_t i = 0; i < 400; i++)
		assert_int_equal(o.err[i], i == 150 ? -EEXIST : 0);
	nl_flush(nl);
	assert_int_equal(o.n, 400);
	assert_int_equal(nl_addr_add(nl, 1, &(struct wire_ip){.family = AF_INET}, 32, 0), 0);
}

static void test_routes_and_rules(void **state)
{
	struct nl *nl = have(state);
	struct wire_ip v4 = ip4(192, 0, 2, 1), v6 = ip6(1), from = ip4(192, 0, 2, 163);
	struct buf out = {0};

	make_pair(nl);
	int left = nl_link_index(nl, "left");

	assert_int_equal(nl_addr_add(nl, left, &v4, 24, 0), 0);
	assert_int_equal(nl_addr_add(nl, left, &v6, 64, NL_ADDR_NODAD), 0);
	struct nl_route any = {.dst = {.family = AF_INET}, .via = ip4(192, 0, 2, 65)};
	struct nl_route tabled = {
		.dst = {.family = AF_INET}, .via = ip4(192, 0, 2, 66), .table = 66};
	struct nl_route link = {
		.dst = ip4(198, 51, 100, 0), .prefix_len = 24, .ifindex = left, .src = v4};
	struct nl_route any6 = {
		.dst = {.family = AF_INET6}, .via = ip6(65), .ifindex = left, .table = 1000};

	assert_int_equal(nl_route_add(nl, &any), 0);
	assert_int_equal(nl_route_add(nl, &any), -EEXIST);
	assert_int_equal(nl_route_add(nl, &tabled), 0);
	assert_int_equal(nl_route_add(nl, &link), 0);
	assert_int_equal(nl_route_add(nl, &any6), 0);
	assert_int_equal(nl_rule_add(nl, &from, 32, 66), 0);
	witness(&out, "ip", "route", "show", "table", "all");
	assert_has(&out, "default via 192.0.2.65 dev left proto static");
	assert_has(&out, "default via 192.0.2.66 dev left table 66 proto static");
	assert_has(&out, "198.51.100.0/24 dev left proto static scope link src 192.0.2.1");
	witness(&out, "ip", "-6", "route", "show", "table", "1000");
	assert_has(&out, "default via 2001:db8::41 dev left proto static");
	witness(&out, "ip", "rule");
	assert_has(&out, "from 192.0.2.163 lookup 66");
	assert_int_equal(nl_route_del(nl, &tabled), 0);
	assert_int_equal(nl_route_del(nl, &link), 0);
	assert_int_equal(nl_route_del(nl, &any6), 0);
	assert_int_equal(nl_route_del(nl, &any), 0);
	assert_int_equal(nl_route_del(nl, &any), -ESRCH);
	any.via = ip4(203, 0, 113, 1);
	assert_int_equal(nl_route_add(nl, &any), -ENETUNREACH);
	any.via = ip6(1);
	assert_int_equal(nl_route_add(nl, &any), -EAFNOSUPPORT);
	buf_free(&out);
}

static void test_neighbours_are_flushed(void **state)
{
	struct nl *nl = have(state);
	struct buf out = {0};

	make_pair(nl);
	witness(&out, "ip", "neigh", "add", "192.0.2.9", "lladdr", "02:00:00:00:00:09", "dev",
		"left", "nud", "reachable");
	witness(&out, "ip", "neigh", "add", "192.0.2.10", "lladdr", "02:00:00:00:00:0a", "dev",
		"left", "nud", "permanent");
	witness(&out, "ip", "neigh");
	assert_has(&out, "192.0.2.9 ");
	assert_int_equal(nl_neigh_flush(nl, nl_link_index(nl, "left")), 0);
	witness(&out, "ip", "neigh");
	assert_null(strstr(buf_text(&out), "192.0.2.9 "));
	assert_has(&out, "192.0.2.10 ");
	buf_free(&out);
}

/* ---- the monitor --------------------------------------------------------------------------- */

static void on_link(void *ctx, const struct nl_link *link)
{
	struct seen *seen = ctx;

	buf_printf(&seen->text, "link %s%s%s%s\n", link->ifname, link->up ? " up" : "",
		   link->running ? " running" : "", link->gone ? " gone" : "");
}

static void on_addr(void *ctx, const struct nl_addr *addr, bool gone)
{
	struct seen *seen = ctx;
	char text[INET6_ADDRSTRLEN];

	inet_ntop(addr->ip.family, addr->ip.bytes, text, sizeof(text));
	buf_printf(&seen->text, "addr %s/%u%s\n", text, addr->prefix_len, gone ? " gone" : "");
}

static void on_neigh(void *ctx, const struct nl_neigh *neigh)
{
	struct seen *seen = ctx;
	char text[INET6_ADDRSTRLEN] = "-";

	if (neigh->family != AF_BRIDGE)
		inet_ntop(neigh->family, neigh->ip.bytes, text, sizeof(text));
	buf_printf(&seen->text, "%s %s %02x%s\n", neigh->family == AF_BRIDGE ? "forward" : "neigh",
		   text, neigh->mac[5], neigh->gone ? " gone" : "");
}

static void on_lost(void *ctx)
{
	struct seen *seen = ctx;

	buf_puts(&seen->text, "lost\n");
}

static const struct nl_monitor_ops monitor_ops = {
	.link = on_link, .addr = on_addr, .neigh = on_neigh, .lost = on_lost};

static void test_monitor(void **state)
{
	struct nl *nl = have(state);
	struct nl_monitor *m = NULL;
	struct wire_ip v4 = ip4(192, 0, 2, 1);
	struct seen seen = {0};
	struct buf out = {0};

	assert_int_equal(nl_monitor_open(&m, &monitor_ops, &seen), 0);
	make_pair(nl);
	assert_int_equal(nl_addr_add(nl, nl_link_index(nl, "left"), &v4, 24, 0), 0);
	assert_int_equal(nl_addr_del(nl, nl_link_index(nl, "left"), &v4, 24), 0);
	witness(&out, "ip", "neigh", "add", "192.0.2.9", "lladdr", "02:00:00:00:00:09", "dev",
		"left");
	witness(&out, "ip", "neigh", "del", "192.0.2.9", "dev", "left");
	assert_int_equal(nl_bridge_add(nl, "br", mac_br, false), 0);
	assert_int_equal(
		nl_link_set_master(nl, nl_link_index(nl, "right"), nl_link_index(nl, "br")), 0);
	assert_int_equal(nl_monitor_read(m), 0);
	assert_has(&seen.text, "link left up running\n");
	assert_has(&seen.text, "addr 192.0.2.1/24\n");
	assert_has(&seen.text, "addr 192.0.2.1/24 gone\n");
	assert_has(&seen.text, "neigh 192.0.2.9 09\n");
	assert_has(&seen.text, "neigh 192.0.2.9 00 gone\n");
	assert_has(&seen.text, "forward - 02\n");
	buf_clear(&seen.text);
	assert_int_equal(nl_link_set_up(nl, nl_link_index(nl, "left"), false), 0);
	assert_int_equal(nl_monitor_read(m), 0);
	assert_has(&seen.text, "link left\n");
	/* Its carrier went; the kernel tells that later, from a work queue. */
	struct pollfd pfd = {.fd = nl_monitor_fd(m), .events = POLLIN};

	while (!strstr(buf_text(&seen.text), "link right up\n") && poll(&pfd, 1, 5000) > 0)
		assert_int_equal(nl_monitor_read(m), 0);
	assert_has(&seen.text, "link right up\n");
	buf_clear(&seen.text);
	/* Leaving a bridge is not the end of the port. */
	assert_int_equal(nl_link_set_master(nl, nl_link_index(nl, "right"), 0), 0);
	assert_int_equal(nl_monitor_read(m), 0);
	assert_null(strstr(buf_text(&seen.text), "link right up gone"));
	assert_int_equal(nl_link_delete(nl, nl_link_index(nl, "right")), 0);
	assert_int_equal(nl_monitor_read(m), 0);
	assert_has(&seen.text, "link right gone\n");
	nl_monitor_close(m);
	buf_free(&seen.text);
	buf_free(&out);
}

static void test_monitor_tells_of_losses(void **state)
{
	struct nl *nl = have(state);
	struct nl_monitor *m = NULL;
	struct seen seen = {0};
	int small_bytes = 4096;

	assert_int_equal(nl_monitor_open(&m, &monitor_ops, &seen), 0);
	assert_int_equal(setsockopt(nl_monitor_fd(m), SOL_SOCKET, SO_RCVBUF, &small_bytes,
				    sizeof(small_bytes)),
			 0);
	make_pair(nl);
	for (int i = 0; i < 50; i++)
		assert_int_equal(nl_link_set_up(nl, nl_link_index(nl, "left"), i % 2), 0);
	assert_int_equal(nl_monitor_read(m), 0);
	assert_has(&seen.text, "lost\n");
	nl_monitor_close(m);
	buf_free(&seen.text);
}

static void test_netem(void **state)
{
	struct nl *nl = have(state);
	struct nl_netem netem = {.delay_us = 10000,
				 .jitter_us = 1000,
				 .loss_ppm = 50000,
				 .duplicate_ppm = 10000,
				 .corrupt_ppm = 1000,
				 .reorder_ppm = 10000};
	struct buf out = {0};

	make_pair(nl);
	int left = nl_link_index(nl, "left");
	int err = nl_netem_set(nl, left, &netem);

	if (err == -ENOENT) {
		print_message("this kernel has no netem (the lab kernel has): ");
		skip();
	}
	assert_int_equal(err, 0);
	witness(&out, "tc", "qdisc", "show", "dev", "left");
	assert_has(&out, "netem");
	assert_has(&out,
		   "limit 10000 delay 10ms  1ms loss 5% duplicate 1% reorder 1% corrupt 0.1%");
	netem = (struct nl_netem){.delay_us = 8};
	assert_int_equal(nl_netem_set(nl, left, &netem), 0);
	witness(&out, "tc", "qdisc", "show", "dev", "left");
	assert_has(&out, "limit 10000 delay 8us");
	assert_null(strstr(buf_text(&out), "loss"));
	assert_int_equal(nl_qdisc_clear(nl, left), 0);
	assert_int_equal(nl_qdisc_clear(nl, left), 0);
	witness(&out, "tc", "qdisc", "show", "dev", "left");
	assert_null(strstr(buf_text(&out), "netem"));
	netem = (struct nl_netem){.reorder_ppm = 5};
	assert_int_equal(nl_netem_set(nl, left, &netem), -EINVAL);
	buf_free(&out);
}

#define test_in_namespace(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_in_namespace(test_links),
		test_in_namespace(test_snooping_bridge),
		test_in_namespace(test_veth_born_in_two_namespaces),
		test_in_namespace(test_addresses),
		test_in_namespace(test_addresses_in_batches),
		test_in_namespace(test_routes_and_rules),
		test_in_namespace(test_neighbours_are_flushed),
		test_in_namespace(test_monitor),
		test_in_namespace(test_monitor_tells_of_losses),
		test_in_namespace(test_netem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
