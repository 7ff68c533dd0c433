/* Two lists of instances, written "NAME VRID IFNAME", and which one continues which. */
#include "daemon/vrrp/reload.h"

#include "lib/base/arena.h"
#include "lib/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_MAX 8

static size_t read_list(struct arena *a, const char *text, const struct conf_instance **list)
{
	char *copy = arena_strdup(a, text);
	char *save = NULL;
	size_t n = 0;

	for (char *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		struct conf_instance *c = arena_new_object(a, struct conf_instance);
		char *name = arena_alloc(a, 16);
		char vrid[4], family[2];

		assert_int_equal(sscanf(w, "%15s %3s %15s %1s", name, vrid, c->ifname, family), 4);
		c->name = name;
		c->vrid = (uint8_t)strtoul(vrid, NULL, 10);
		c->family = family[0] == '6' ? AF_INET6 : AF_INET;
		assert_true(n < N_MAX);
		list[n++] = c;
	}
	return n;
}

static void expect(const char *before_text, const char *after_text, const char *want)
{
	struct arena *a = arena_new();
	const struct conf_instance *before[N_MAX], *after[N_MAX];
	size_t from[N_MAX];
	struct buf out = {0};
	size_t n_before = read_list(a, before_text, before);
	size_t n_after = read_list(a, after_text, after);

	reload_match(before, n_before, after, n_after, from);
	for (size_t i = 0; i < n_after; i++)
		buf_printf(&out, "%s%s<%s", i ? " " : "", after[i]->name,
			   from[i] == RELOAD_NONE ? "-" : before[from[i]]->name);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
	arena_free(a);
}

static void test_match(void **state)
{
	(void)state;
	expect("", "", "");
	expect("a 1 e0 4,b 2 e0 4", "a 1 e0 4,b 2 e0 4", "a<a b<b");
	expect("a 1 e0 4,b 2 e0 4", "b 2 e0 4,a 1 e0 4", "b<b a<a");
	expect("a 1 e0 4", "renamed 1 e0 4", "renamed<a");
	expect("a 1 e0 4", "a 1 e1 4,b 1 e0 6,c 2 e0 4", "a<- b<- c<-");
	expect("a 1 e0 4,b 2 e0 4,c 3 e0 4", "c 3 e0 4,d 4 e0 4", "c<c d<-");
	/* names swapped between two routers: the router counts, not the name */
	expect("a 1 e0 4,b 2 e0 4", "b 1 e0 4,a 2 e0 4", "b<a a<b");
	/* the same identity twice: told apart by name, and no one is continued twice */
	expect("a 1 e0 4,b 1 e0 4", "b 1 e0 4,a 1 e0 4", "b<b a<a");
	expect("a 1 e0 4,b 1 e0 4", "x 1 e0 4,b 1 e0 4,y 1 e0 4", "x<a b<b y<-");
}

static void test_alike(void **state)
{
	struct conf_vip vip = {.prefix_len = 32}, other_vip = {.prefix_len = 24};
	struct conf_unicast_peer peer = {.next = NULL};
	struct conf_instance a = {.advert_ns = 1, .vips = &vip}, b = a;

	(void)state;
	b.priority = 7; /* told on its own */
	assert_true(reload_alike(&a, &b));
	b.vips = &other_vip;
	assert_false(reload_alike(&a, &b));
	b = a;
	b.vips_excluded = &vip;
	assert_false(reload_alike(&a, &b));
	b = a;
	b.advert_ns = 2;
	assert_false(reload_alike(&a, &b));
	b = a;
	b.peers = &peer;
	assert_false(reload_alike(&a, &b));
	b = a;
	b.auth_data[7] = 1;
	assert_false(reload_alike(&a, &b));
	b = a;
	b.garp_refresh_ns = 1;
	assert_false(reload_alike(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_match),
					   cmocka_unit_test(test_alike)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
