/* The heap of timers against a plain list: order, ties, moving, cancelling. */
#include "harness/run/timeline.h"

#include "lib/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

struct ring {
	struct timeline *tl;
	int order[64];
	int n;
};

struct item {
	struct timeline_timer timer;
	struct ring *ring;
	int name;
	int again_ms; /* sets itself again so much later, once */
};

static void rang(void *ctx, mono_t at)
{
	struct item *item = ctx;

	item->ring->order[item->ring->n++] = item->name;
	if (item->again_ms) {
		int64_t ns = item->again_ms * NS_PER_MS;

		item->again_ms = 0;
		timeline_set(item->ring->tl, &item->timer, mono_add(at, ns));
	}
}

static void test_ties_in_order_of_setting(void **state)
{
	struct timeline tl = {0};
	struct ring ring = {.tl = &tl};
	struct item items[5];

	(void)state;
	for (int i = 0; i < 5; i++) {
		items[i] = (struct item){.ring = &ring, .name = i};
		items[i].timer.fn = rang;
		items[i].timer.ctx = &items[i];
		timeline_set(&tl, &items[i].timer, (mono_t){7});
	}
	timeline_set(&tl, &items[1].timer, (mono_t){7}); /* now the last of them */
	timeline_cancel(&tl, &items[3].timer);
	assert_false(timeline_is_set(&items[3].timer));
	timeline_run(&tl, (mono_t){6});
	assert_int_equal(ring.n, 0);
	assert_int_equal(timeline_next(&tl).ns, 7);
	timeline_run(&tl, (mono_t){7});
	assert_int_equal(ring.n, 4);
	assert_int_equal(ring.order[0], 0);
	assert_int_equal(ring.order[1], 2);
	assert_int_equal(ring.order[2], 4);
	assert_int_equal(ring.order[3], 1);
	assert_true(mono_is_never(timeline_next(&tl)));
	timeline_clear(&tl);
}

static void test_sets_itself_while_running(void **state)
{
	struct timeline tl = {0};
	struct ring ring = {.tl = &tl};
	struct item late = {.ring = &ring, .name = 2, .timer = {.fn = rang}};
	struct item early = {.ring = &ring, .name = 1, .again_ms = 3, .timer = {.fn = rang}};

	(void)state;
	late.timer.ctx = &late;
	early.timer.ctx = &early;
	timeline_set(&tl, &late.timer, (mono_t){2 * NS_PER_MS});
	timeline_set(&tl, &early.timer, (mono_t){0});
	timeline_run(&tl, (mono_t){10 * NS_PER_MS});
	assert_int_equal(ring.n, 3);
	assert_int_equal(ring.order[0], 1);
	assert_int_equal(ring.order[1], 2);
	assert_int_equal(ring.order[2], 1);
	timeline_clear(&tl);
}

#define MANY 200

static void never(void *ctx, mono_t at)
{
	(void)ctx;
	(void)at;
}

static void test_against_a_list(void **state)
{
	struct timeline tl = {0};
	struct timeline_timer timers[MANY] = {0};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 4);
	for (int round = 0; round < 5000; round++) {
		struct timeline_timer *t = &timers[rng_below(&rng, MANY)];

		t->fn = never;
		if (rng_chance(&rng, 300))
			timeline_cancel(&tl, t);
		else
			timeline_set(&tl, t, (mono_t){rng_range(&rng, 1, 1000)});
		int64_t first = INT64_MAX;

		for (int i = 0; i < MANY; i++)
			if (timeline_is_set(&timers[i]) && timers[i].at.ns < first)
				first = timers[i].at.ns;
		assert_int_equal(timeline_next(&tl).ns, first);
	}
	timeline_clear(&tl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ties_in_order_of_setting),
		cmocka_unit_test(test_sets_itself_while_running),
		cmocka_unit_test(test_against_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
