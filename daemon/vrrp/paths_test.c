/* Plans for routes and rules, as text: what is removed before the addresses change, what is added
 * after it.
 */
#include "daemon/vrrp/paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <string.h>

#define INSTANCE(lists)                                                                            \
	"vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n"                                 \
	"virtual_ipaddress {\n203.0.113.9\n}\n" lists "}\n"

static struct vipd_conf *parse(const char *lists)
{
	struct conf_report *r = conf_report_new();
	struct buf text = {0};

	buf_printf(&text, INSTANCE("%s"), lists);
	struct vipd_conf *conf = vipd_conf_parse("test", buf_text(&text), r);

	assert_non_null(conf);
	conf_report_free(r);
	buf_free(&text);
	return conf;
}

static void expect(const char *before, const char *after, const char *plan)
{
	struct vipd_conf *a = parse(before), *b = parse(after);
	path_list old = {0}, new = {0};
	path_ops ops = {0};
	struct buf out = {0};

	paths_want(&old, a->instances->routes, a->instances->rules);
	paths_want(&new, b->instances->routes, b->instances->rules);
	paths_diff(&old, &new, &ops);
	for (size_t i = 0; i < ops.n; i++) {
		paths_print(&ops.at[i], &out);
		buf_putc(&out, '\n');
	}
	assert_string_equal(buf_text(&out), plan);
	vec_free(&old);
	vec_free(&new);
	vec_free(&ops);
	buf_free(&out);
	vipd_conf_free(a);
	vipd_conf_free(b);
}

#define BOTH                                                                                       \
	"virtual_routes {\n10.1.0.0/16 via 203.0.113.1\n10.2.0.0/16 dev eth0\n}\n"                 \
	"virtual_rules {\nfrom 10.1.0.0/16 table 5 priority 5\n}\n"

static void test_coming_and_going(void **state)
{
	(void)state;
	expect("", BOTH,
	       "add route 10.1.0.0/16 via 203.0.113.1\nadd route 10.2.0.0/16 dev eth0\n"
	       "add rule inet from 10.1.0.0/16 priority 5 table 5\n");
	expect(BOTH, "",
	       "del rule inet from 10.1.0.0/16 priority 5 table 5\n"
	       "del route 10.1.0.0/16 via 203.0.113.1\ndel route 10.2.0.0/16 dev eth0\n");
}

static void test_what_stays_is_added_again(void **state)
{
	(void)state;
	expect(BOTH, BOTH,
	       "add route 10.1.0.0/16 via 203.0.113.1 (if it has gone)\n"
	       "add route 10.2.0.0/16 dev eth0 (if it has gone)\n"
	       "add rule inet from 10.1.0.0/16 priority 5 table 5 (if it has gone)\n");
}

static void test_another_way_replaces(void **state)
{
	(void)state;
	expect("virtual_routes {\ndefault via 203.0.113.1\n}\n",
	       "virtual_routes {\ndefault via 203.0.113.2 mtu 1400\n}\n",
	       "replace route default via 203.0.113.2 mtu 1400\n");
	/* two of one key: the kernel would replace the first that it finds */
	expect("virtual_routes {\ndefault via 203.0.113.1\ndefault via 203.0.113.2\n}\n",
	       "virtual_routes {\ndefault via 203.0.113.1\ndefault via 203.0.113.3\n}\n",
	       "del route default via 203.0.113.2\n"
	       "add route default via 203.0.113.1 (if it has gone)\n"
	       "add route default via 203.0.113.3\n");
	expect("virtual_routes {\ndefault via 203.0.113.1 metric 5\n}\n",
	       "virtual_routes {\ndefault via 203.0.113.1 metric 6\n}\n",
	       "del route default metric 5 via 203.0.113.1\n"
	       "add route default metric 6 via 203.0.113.1\n");
}

static void test_twins_count_once(void **state)
{
	(void)state;
	expect("", "virtual_routes {\n10.1.0.0/16 dev eth0\n10.1.0.0/16 oif eth0\n}\n",
	       "add route 10.1.0.0/16 dev eth0\n");
	expect("virtual_routes {\n10.1.0.0/16 dev eth0\n10.1.0.0/16 oif eth0\n}\n", "",
	       "del route 10.1.0.0/16 dev eth0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_coming_and_going),
		cmocka_unit_test(test_what_stays_is_added_again),
		cmocka_unit_test(test_another_way_replaces),
		cmocka_unit_test(test_twins_count_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
