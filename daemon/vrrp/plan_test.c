/* Addresses that are wanted before and after, as text; the plan, as text. */
#include "daemon/vrrp/plan.h"

#include "lib/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "eth0 10.0.0.5/24, eth1 10.0.0.6/32" */
static void read_list(struct arena *a, const char *text, plan_addrs *list)
{
	char *copy = arena_strdup(a, text);
	char *save = NULL;

	for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		struct conf_vip *vip = arena_new_object(a, struct conf_vip);
		char *ifname = arena_alloc(a, IFNAMSIZ);
		char ip[INET6_ADDRSTRLEN];
		char bits[4];

		assert_int_equal(sscanf(w, "%15s %45[^/]/%3s", ifname, ip, bits), 3);
		assert_true(wire_ip_parse(ip, &vip->ip));
		vip->prefix_len = (uint8_t)strtoul(bits, NULL, 10);
		*vec_push(list) = (struct plan_addr){.ifname = ifname, .vip = vip};
	}
}

static void expect(const char *old_text, const char *new_text, const char *want)
{
	struct arena *a = arena_new();
	plan_addrs old = {0}, new = {0};
	plan_ops ops = {0};
	struct buf out = {0};

	read_list(a, old_text, &old);
	read_list(a, new_text, &new);
	plan_diff(&old, &new, &ops);
	for (size_t i = 0; i < ops.n; i++) {
		plan_print(&ops.at[i], &out);
		buf_putc(&out, '\n');
	}
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
	vec_free(&ops);
	vec_free(&old);
	vec_free(&new);
	arena_free(a);
}

static void test_plans(void **state)
{
	(void)state;
	expect("", "", "");
	expect("", "e0 10.0.0.5/32, e0 10.0.0.6/32",
	       "add 10.0.0.5/32 dev e0\nadd 10.0.0.6/32 dev e0\n");
	expect("e0 10.0.0.5/32, e0 10.0.0.6/32", "",
	       "del 10.0.0.5/32 dev e0\ndel 10.0.0.6/32 dev e0\n");
	expect("e0 10.0.0.5/32, e0 10.0.0.6/32", "e0 10.0.0.6/32, e0 10.0.0.5/32", "");
	expect("e0 10.0.0.5/32", "e1 10.0.0.5/32",
	       "del 10.0.0.5/32 dev e0\nadd 10.0.0.5/32 dev e1\n");
	expect("e0 10.0.0.5/32", "e0 10.0.0.5/24",
	       "del 10.0.0.5/32 dev e0\nadd 10.0.0.5/24 dev e0\n");
	expect("", "e0 10.0.0.5/32, e0 10.0.0.5/32", "add 10.0.0.5/32 dev e0\n");
	expect("e0 10.0.0.5/32, e0 10.0.0.5/32", "", "del 10.0.0.5/32 dev e0\n");
	expect("e0 2001:db8::5/64", "e0 2001:db8::6/64",
	       "del 2001:db8::5/64 dev e0\nadd 2001:db8::6/64 dev e0\n");
}

/* The kernel makes the second address of a subnet secondary to the first and removes it along. */
static void test_secondaries(void **state)
{
	(void)state;
	expect("e0 10.0.0.5/24, e0 10.0.0.6/24, e0 10.0.1.7/24, e1 10.0.0.8/24",
	       "e0 10.0.0.6/24, e0 10.0.1.7/24, e1 10.0.0.8/24",
	       "del 10.0.0.5/24 dev e0\nadd 10.0.0.6/24 dev e0 (if it has gone)\n");
	expect("e0 10.0.0.5/20, e0 10.0.15.6/20, e0 10.0.16.6/20",
	       "e0 10.0.15.6/20, e0 10.0.16.6/20",
	       "del 10.0.0.5/20 dev e0\nadd 10.0.15.6/20 dev e0 (if it has gone)\n");
	expect("e0 10.0.0.5/32, e0 10.0.0.6/32", "e0 10.0.0.6/32", "del 10.0.0.5/32 dev e0\n");
}

static void test_want_takes_both_lists(void **state)
{
	struct conf_vip excluded = {.ifname = "e9"};
	struct conf_vip in_advert = {.prefix_len = 32};
	struct conf_instance conf = {
		.ifname = "e0", .vips = &in_advert, .vips_excluded = &excluded};
	plan_addrs list = {0};

	(void)state;
	plan_want(&list, &conf);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.at[0].ifname, "e0");
	assert_string_equal(list.at[1].ifname, "e9");
	vec_free(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),
		cmocka_unit_test(test_secondaries),
		cmocka_unit_test(test_want_takes_both_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
