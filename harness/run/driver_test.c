/* Who is meant by `director`, and what every row of the table must have. */
#include "harness/run/driver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *director(const char *order, unsigned n)
{
	const struct driver *d = driver_director(order, n);

	return d ? d->name : "none";
}

static void test_director(void **state)
{
	(void)state;
	assert_string_equal(director("vipd", 0), "vipd");
	assert_string_equal(director("vipd", 5), "vipd");
	assert_string_equal(director("vipd+keepalived", 0), "vipd");
	assert_string_equal(director("vipd+keepalived", 1), "keepalived");
	assert_string_equal(director("vipd+keepalived", 2), "vipd");
	assert_string_equal(director("keepalived+vipd+vipd", 2), "vipd");
	assert_string_equal(director("keepalived+vipd+vipd", 3), "keepalived");
	assert_string_equal(director("nginx", 0), "none"); /* no director */
	assert_string_equal(director("vip", 0), "none");
	assert_string_equal(director("vipd2", 0), "none");
	assert_string_equal(director("", 0), "none");
	assert_string_equal(director("vipd+", 1), "none");
}

static void test_table(void **state)
{
	(void)state;
	for (const struct driver *const *d = driver_table; *d; d++) {
		assert_ptr_equal(driver_find((*d)->name), *d);
		assert_true((*d)->synopsis && (*d)->help);
		/* A program of its own, or a part of the harness. */
		assert_true(((*d)->binary != NULL) != ((*d)->open != NULL));
		assert_true(((*d)->open != NULL) == ((*d)->close != NULL));
		if ((*d)->binary)
			assert_true((*d)->options && (*d)->version_options && (*d)->config_path);
	}
	assert_null(driver_find("director"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_director),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
