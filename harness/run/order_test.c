/* inputs/run.json: what is written comes back; what is not a whole order is refused. */
#include "harness/run/run.h"

#include "lib/base/arena.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void make_dir(char *dir)
{
	char path[64];

	memcpy(dir, "/tmp/order_test.XXXXXX", 23);
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/inputs", dir);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void remove_dir(const char *dir)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/inputs/run.json", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/inputs", dir);
	rmdir(path);
	rmdir(dir);
}

static void test_round_trip(void **state)
{
	char dir[32];
	struct arena *a = arena_new();
	struct run_order out, order = {.scenario_path = "/x/inputs/scenario.scn",
				       .director = "vipd+keepalived",
				       .vipd_path = "/x/with \"quotes\"/vipd",
				       .seed = UINT64_MAX,
				       .virtual_time = true,
				       .watchdog_ms = 20000};

	(void)state;
	make_dir(dir);
	order.dir = dir;
	assert_int_equal(run_order_write(&order), 0);
	assert_int_equal(run_order_read(dir, a, &out), 0);
	assert_string_equal(out.scenario_path, order.scenario_path);
	assert_string_equal(out.dir, dir);
	assert_string_equal(out.director, order.director);
	assert_string_equal(out.vipd_path, order.vipd_path);
	assert_null(out.keepalived_path);
	assert_true(out.seed == UINT64_MAX);
	assert_true(out.virtual_time);
	assert_int_equal(out.watchdog_ms, 20000);
	remove_dir(dir);
	arena_free(a);
}

static void test_refused(void **state)
{
	/* All but a seed that is a number. */
	static const char no_number[] =
		"{\"scenario_path\":\"s\",\"dir\":\"d\",\"director\":\"v\",\"seed\":\"x\","
		"\"virtual_time\":true,\"watchdog_ms\":1}";
	const char *const broken[] = {"", "{}", "[]", "{\"scenario_path\": 1}", no_number};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		char dir[32], path[64];
		struct run_order out;

		make_dir(dir);
		assert_int_equal(run_order_read(dir, a, &out), -ENOENT);
		snprintf(path, sizeof(path), "%s/inputs/run.json", dir);
		FILE *f = fopen(path, "we");

		assert_non_null(f);
		fputs(broken[i], f);
		fclose(f);
		assert_int_equal(run_order_read(dir, a, &out), -EBADMSG);
		remove_dir(dir);
	}
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
