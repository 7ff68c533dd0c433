/* nearest.c: slips are recognised, other words are not. */
#include "lib/base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_words(void **state)
{
	static const char *const names[] = {"run",    "judge",	"check", "list",
					    "doctor", "--seed", NULL};

	(void)state;
	assert_string_equal(nearest_word("run", names), "run");
	assert_string_equal(nearest_word("rnu", names), "run");
	assert_string_equal(nearest_word("jugde", names), "judge");
	assert_string_equal(nearest_word("docter", names), "doctor");
	assert_string_equal(nearest_word("--sed", names), "--seed");
	assert_null(nearest_word("", names));
	assert_null(nearest_word("x", names));
	assert_null(nearest_word("virtual_router", names));
	assert_null(nearest_word(
		"0123456789012345678901234567890123456789012345678901234567890123456789", names));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
