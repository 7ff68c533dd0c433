/* Log lines: levels, the detail switch, lines longer than the buffer. */
#include "lib/base/log.h"

#include "lib/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void keep(void *ctx, enum log_level level, const char *line)
{
	buf_printf(ctx, "%d %s\n", (int)level, line);
}

static void test_levels(void **state)
{
	struct log log = {0};
	struct buf b = {0};

	(void)state;
	log_to_sink(&log, "t", keep, &b);
	log_error(&log, "e %d", 1);
	log_warning(&log, "w");
	log_info(&log, "100%%");
	log_detail(&log, "not said");
	log.detail = true;
	log_detail(&log, "said");
	assert_string_equal(buf_text(&b), "0 e 1\n1 w\n2 100%\n3 said\n");
	buf_free(&b);
}

static void test_long_line(void **state)
{
	struct log log = {0};
	struct buf b = {0};

	(void)state;
	log_to_sink(&log, "t", keep, &b);
	log_info(&log, "%0*d", 5000, 7);
	assert_int_equal(b.len, 2 + 1023 + 1);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
