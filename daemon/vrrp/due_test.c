/* The heap against a linear search, over random changes. */
#include "daemon/vrrp/due.h"

#include "lib/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N 37

static mono_t slow_next(const mono_t at[N], size_t *number)
{
	mono_t best = MONO_NEVER;

	for (size_t i = 0; i < N; i++) {
		if (!mono_before(at[i], best))
			continue;
		best = at[i];
		*number = i;
	}
	return best;
}

static void test_against_linear_search(void **state)
{
	struct due d = {0};
	mono_t at[N];
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	due_init(&d, N);
	for (size_t i = 0; i < N; i++)
		at[i] = MONO_NEVER;
	for (int step = 0; step < 20000; step++) {
		size_t i = (size_t)rng_below(&rng, N);
		size_t got = N, want = N;

		/* few different times, so that ties are common */
		at[i] = rng_chance(&rng, 200) ? MONO_NEVER : (mono_t){rng_range(&rng, 0, 50)};
		due_set(&d, i, at[i]);
		assert_int_equal(due_next(&d, &got).ns, slow_next(at, &want).ns);
		assert_int_equal(got, want);
	}
	due_free(&d);
}

static void test_empty(void **state)
{
	struct due d = {0};
	size_t number = 5;

	(void)state;
	due_init(&d, 0);
	assert_true(mono_is_never(due_next(&d, &number)));
	assert_int_equal(number, 5);
	due_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_against_linear_search),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
