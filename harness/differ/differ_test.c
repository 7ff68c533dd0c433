/* Two runs made by hand, held against each other; and rules that cannot be read. */
#include "harness/differ/differ.h"
#include "lib/base/mono.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct pair {
	struct seen_run first, second;
	struct differ_rules rules;
	struct differ d;
};

static void begin(struct pair *p)
{
	*p = (struct pair){.first.arena = NULL};
}

static void advert(struct seen_run *run, int64_t t_ms, const char *node, const char *priority)
{
	seen_put(seen_add(run, t_ms * NS_PER_MS, SEEN_ADVERT, node, "eth0 vrid 51"), "priority",
		 priority);
}

static void compare(struct pair *p, const char *rules)
{
	char why[128] = "";

	assert_int_equal(differ_rules_parse(&p->rules, rules, why, sizeof(why)), 0);
	differ_compare(&p->d, &p->first, &p->second, &p->rules);
}

static void end(struct pair *p)
{
	vec_free(&p->first.all);
	vec_free(&p->second.all);
	differ_rules_free(&p->rules);
	differ_free(&p->d);
}

/* Within a millisecond is the same time; the order in which a run was read does not matter. */
static void test_same(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	advert(&p.first, 1000, "lb1", "100");
	advert(&p.first, 2000, "lb1", "100");
	advert(&p.second, 2001, "lb1", "100");
	advert(&p.second, 999, "lb1", "100");
	compare(&p, "");
	assert_int_equal(p.d.all.n, 0);
	assert_int_equal(p.d.count[SEEN_ADVERT].same, 2);
	end(&p);
}

/* Later, of another node, or with another field: each is a difference. */
static void test_differences(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	advert(&p.first, 1000, "lb1", "100");
	advert(&p.second, 1002, "lb1", "100");
	advert(&p.first, 5000, "lb2", "100");
	advert(&p.second, 5000, "lb2", "101");
	advert(&p.second, 6000, "lb3", "100");
	compare(&p, "");
	assert_int_equal(p.d.all.n, 4);
	assert_int_equal(p.d.unknown, 4);
	assert_string_equal(p.d.all.at[2].field, "priority");
	assert_string_equal(p.d.all.at[2].second_value, "101");
	end(&p);
}

/* A rule covers its own kind, node, side, field and time only; one that nothing needs is counted.
 */
static void test_rules(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	advert(&p.first, 1000, "lb1", "100");
	advert(&p.second, 3000, "lb1", "100");
	advert(&p.first, 5000, "lb2", "100");
	advert(&p.second, 5000, "lb2", "101");
	compare(&p, "# what is known\n"
		    "late advert lb1 only first from 0.9s to 1.1s\n"
		    "late advert lb1 only second to 3s # 3s is not in it\n"
		    "number advert lb2 field priority\n"
		    "other garp lb2\n");
	assert_int_equal(p.d.all.n, 3);
	assert_int_equal(p.d.unknown, 1);
	assert_ptr_equal(p.d.all.at[1].rule, NULL);
	assert_int_equal(p.d.unused, 2);
	end(&p);
}

/* A shift moves what the second run saw of one node, within its window of the first run's time. */
static void test_shift(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	advert(&p.first, 1000, "lb1", "100");
	advert(&p.second, 1250, "lb1", "100");
	advert(&p.first, 9000, "lb1", "100");
	advert(&p.second, 9000, "lb1", "100");
	advert(&p.first, 1000, "lb2", "100");
	advert(&p.second, 1000, "lb2", "100");
	compare(&p, "late shift lb1 250ms to 5s\n");
	assert_int_equal(p.d.all.n, 0);
	assert_int_equal(p.d.unused, 0);
	end(&p);
}

static void test_unreadable(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} rows[] = {
		{"a advert lb1\nb\n", 2},
		{"a word lb1", 1},
		{"a advert", 1},
		{"a shift lb1", 1},
		{"a shift lb1 5", 1},
		{"a advert lb1 only third", 1},
		{"a advert lb1 from 5x", 1},
		{"a advert lb1 to", 1},
		{"a shift lb1 5s only first", 1},
		{"\n\na advert lb1 nonsense", 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct differ_rules rules = {0};
		char why[128] = "";

		assert_int_equal(differ_rules_parse(&rules, rows[i].text, why, sizeof(why)),
				 rows[i].line);
		assert_true(why[0] != '\0');
		differ_rules_free(&rules);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),	   cmocka_unit_test(test_differences),
		cmocka_unit_test(test_rules),	   cmocka_unit_test(test_shift),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
