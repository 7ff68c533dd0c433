/* The simulator's seeds: those that broke a promise once (fixtures/core/seeds.txt), and 1,000 more.
 * And the simulator itself: the same seed is the same run.
 */
#include "daemon/sim/sim.h"
#include "lib/base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct sim_plan *plan_of(uint64_t seed)
{
	struct sim_plan *p = calloc(1, sizeof(*p));

	must(p != NULL);
	sim_plan_make(p, seed);
	return p;
}

static void run(uint64_t seed, struct sim_verdict *v)
{
	struct sim_plan *p = plan_of(seed);

	sim_run(p, v, NULL);
	free(p);
	if (v->failed)
		fail_msg("vipd-sim --seed %llu: %s: %s", (unsigned long long)seed, v->invariant,
			 v->text);
}

static void test_old_seeds(void **state)
{
	struct buf in = {0};
	unsigned n = 0;

	(void)state;
	must(buf_read_file(&in, "fixtures/core/seeds.txt", 1 << 20) == 0);
	for (char *line = in.data; line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		struct sim_verdict v;
		char *end;
		uint64_t seed = strtoull(line, &end, 10);

		if (end == line)
			continue;
		run(seed, &v);
		n++;
	}
	buf_free(&in);
	assert_true(n > 0);
}

static void test_thousand_seeds(void **state)
{
	unsigned long steps = 0, exams = 0, clients = 0, waived = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 1000; seed++) {
		struct sim_verdict v;

		run(seed, &v);
		steps += v.steps;
		exams += v.exams;
		clients += v.clients;
		waived += v.clients_waived;
	}
	/* what was not looked at cannot have been right */
	assert_true(steps > 500000);
	assert_true(exams > 1000);
	assert_true(waived < clients / 10);
}

static void test_same_seed_same_run(void **state)
{
	static const uint64_t seeds[] = {1, 7, 42, 18399};

	(void)state;
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		struct sim_plan *a = plan_of(seeds[i]), *b = plan_of(seeds[i] + 1);
		struct buf one = {0}, two = {0}, other = {0};
		struct sim_verdict v;

		sim_run(a, &v, &one);
		sim_run(a, &v, &two);
		sim_run(b, &v, &other);
		assert_string_equal(buf_text(&one), buf_text(&two));
		assert_string_not_equal(buf_text(&one), buf_text(&other));
		buf_free(&one);
		buf_free(&two);
		buf_free(&other);
		free(a);
		free(b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_seeds),
		cmocka_unit_test(test_thousand_seeds),
		cmocka_unit_test(test_same_seed_same_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
