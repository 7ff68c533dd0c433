/* Scenario files: wrong ones give exactly the errors beside them (fixtures/scenario/bad), good ones
 * print as beside them and read back the same (fixtures/scenario/good); docs/scenario.md is what
 * the tables say; every scenario of the project loads. */
#include "harness/scenario/scenario.h"
#include "lib/base/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <glob.h>

/* Calls check with each file and the same path with another ending; counts what was wrong. */
static int for_each(const char *pattern, const char *ending,
		    bool (*check)(const char *path, const char *golden), size_t at_least)
{
	glob_t g = {0};
	int bad = 0;

	assert_int_equal(glob(pattern, 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= at_least);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct buf golden = {0};
		const char *path = g.gl_pathv[i];

		buf_printf(&golden, "%.*s%s", (int)(strrchr(path, '.') - path), path, ending);
		bad += check(path, golden.data) ? 0 : 1;
		buf_free(&golden);
	}
	globfree(&g);
	return bad;
}

static bool check_bad(const char *path, const char *golden)
{
	struct conf_report *r = conf_report_new();
	struct scenario *s = scenario_load(path, r);
	struct buf err = {0};

	conf_report_print(r, &err);
	bool ok = golden_matches(golden, buf_text(&err));

	if (s) {
		fprintf(stderr, "%s was accepted\n", path);
		ok = false;
	}
	scenario_free(s);
	conf_report_free(r);
	buf_free(&err);
	return ok;
}

static void test_bad(void **state)
{
	(void)state;
	assert_int_equal(for_each("fixtures/scenario/bad/*.scn", ".err", check_bad, 25), 0);
}

/* The print of a scenario; an empty text where it was refused. */
static void print_again(const char *name, const char *text, struct buf *out)
{
	struct conf_report *r = conf_report_new();
	struct scenario *s = text ? scenario_parse(name, text, r) : scenario_load(name, r);

	if (s)
		scenario_print(s, out);
	else
		conf_report_print(r, out);
	scenario_free(s);
	conf_report_free(r);
}

static bool check_good(const char *path, const char *golden)
{
	struct buf first = {0}, second = {0};

	print_again(path, NULL, &first);
	bool ok = golden_matches(golden, buf_text(&first));

	print_again(path, buf_text(&first), &second);
	if (strcmp(buf_text(&first), buf_text(&second)) != 0) {
		fprintf(stderr, "%s: the print does not read back:\n%s", path, buf_text(&second));
		ok = false;
	}
	buf_free(&first);
	buf_free(&second);
	return ok;
}

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(for_each("fixtures/scenario/good/*.scn", ".print", check_good, 2), 0);
}

static bool check_loads(const char *path, const char *golden)
{
	struct conf_report *r = conf_report_new();
	struct scenario *s = scenario_load(path, r);
	struct buf text = {0};
	bool ok = s && s->summary[0];

	(void)golden;
	conf_report_print(r, &text);
	if (!ok)
		fprintf(stderr, "%s%s\n", buf_text(&text), s ? ": no summary" : "");
	scenario_free(s);
	conf_report_free(r);
	buf_free(&text);
	return ok;
}

static void test_project(void **state)
{
	(void)state;
	assert_int_equal(for_each("scenarios/*.scn", "", check_loads, 1), 0);
}

static void test_doc(void **state)
{
	struct buf doc = {0};

	(void)state;
	scenario_doc_markdown(&doc);
	assert_true(golden_matches("docs/scenario.md", buf_text(&doc)));
	buf_free(&doc);
}

static void test_mac(void **state)
{
	static const uint8_t want[6] = {0x02, 0x76, 0x64, 0x01, 0x02, 0x03};
	const struct scn_port port = {.index = 0x010203};
	uint8_t mac[6];

	(void)state;
	scn_port_mac(&port, mac);
	assert_memory_equal(mac, want, sizeof(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),	cmocka_unit_test(test_good),
		cmocka_unit_test(test_project), cmocka_unit_test(test_doc),
		cmocka_unit_test(test_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
