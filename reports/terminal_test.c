/* What people and CI read: the terminal report with and without colour, and junit.xml, from
 * evidence made by hand; goldens in fixtures/reports. */
#include "harness/judge/fixture.h"
#include "harness/judge/verdict.h"
#include "lib/base/golden.h"
#include "reports/junit.h"
#include "reports/terminal.h"

static struct verdict *judge_fixture(const char *name)
{
	char dir[] = "/tmp/vipdrill-report-XXXXXX", why[256] = "";

	assert_non_null(mkdtemp(dir));
	make_run(name, dir);
	struct verdict *v = verdict_load(dir, why, sizeof(why));

	remove_run(dir);
	if (!v)
		fail_msg("%s", why);
	return v;
}

static void compare(const char *name, bool color)
{
	static const struct term plain = {.width = 100}, colored = {.color = true, .width = 100};
	struct verdict *v = judge_fixture(name);
	struct buf out = {0};
	char path[128];

	terminal_print(v, color ? &colored : &plain, &out);
	snprintf(path, sizeof(path), "fixtures/reports/%s%s.txt", name, color ? ".color" : "");
	assert_true(golden_matches(path, buf_text(&out)));
	assert_true(color || !strchr(buf_text(&out), '\033'));
	buf_clear(&out);
	junit_print(v, &out);
	snprintf(path, sizeof(path), "fixtures/reports/%s.xml", name);
	assert_true(golden_matches(path, buf_text(&out)));
	buf_free(&out);
	verdict_free(v);
}

static void test_reports(void **state)
{
	(void)state;
	compare("silence", false);
	compare("answers-twice", false);
	compare("answers-twice", true);
	compare("stream-lost", false);
	compare("sessions-lost", false);
	compare("step-failed", false);
	compare("no-start", false);
	compare("dropped", true);
}

static void test_narrow_and_wide(void **state)
{
	struct verdict *v = judge_fixture("silence");

	(void)state;
	for (int width = 60; width <= 160; width += 20) {
		struct term t = {.width = width};
		struct buf out = {0};

		terminal_timeline(v, &t, &out);
		for (char *line = out.data, *end; line && *line; line = end + 1) {
			end = strchr(line, '\n');
			assert_non_null(end);
			if (strncmp(line + strspn(line, " "), "= runs", 6) != 0)
				assert_true(end - line <= width);
		}
		buf_free(&out);
	}
	verdict_free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_narrow_and_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
