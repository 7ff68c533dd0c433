/* The doctor's tables. What the machine has is its own affair: the test looks at the shape, and at
 * agreement with the grounds.
 */
#include "harness/doctor.h"

#include "harness/ground.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_every_row_is_there(void **state)
{
	struct buf out = {0};
	static const char *const rows[] = {"ground         lab                    host\n",
					   "\nusable ",
					   "\nkernel ",
					   "\nclock ",
					   "\nCPUs ",
					   "\nnamespaces ",
					   "\nIPVS ",
					   "\nnetem ",
					   "\nvlan ",
					   "\nbond ",
					   "\nvrf ",
					   "\nnftables "};

	(void)state;
	bool well = doctor_print(&out, NULL, 0);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strstr(buf_text(&out), rows[i]))
			fail_msg("'%s' is not in:\n%s", rows[i], buf_text(&out));
	assert_int_equal(well, !ground_lab.missing() || !ground_host.missing());
	buf_free(&out);
}

static void test_a_scenario_is_told_what_is_missing(void **state)
{
	struct buf out = {0};
	struct scenario plain = {.name = "plain"};
	struct scenario timed = {.name = "timed", .needs = SCN_NEED_VIRTUAL_TIME};
	struct scenario *both[] = {&plain, &timed};

	(void)state;
	doctor_print(&out, both, 2);
	if (!ground_host.missing()) {
		const char *text = strstr(buf_text(&out), "\ntimed\n");

		assert_non_null(text);
		assert_non_null(strstr(text, "  host  missing: virtual-time\n"));
		assert_non_null(strstr(buf_text(&out), "  host  can run\n"));
	}
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_is_there),
		cmocka_unit_test(test_a_scenario_is_told_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
