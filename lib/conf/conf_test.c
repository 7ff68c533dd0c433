/* The grammar against fixtures/conf/grammar: each .conf (keepalived) or .scn (scenario) file gives
 * the tree in .tree and the problems in .err; then what text files cannot show well. */
#include "lib/base/golden.h"
#include "lib/conf/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the four above */
#include <cmocka.h>

#include <glob.h>

struct sheet {
	struct arena *arena;
	struct conf_report *report;
	struct buf text;
};

static int setup(void **state)
{
	struct sheet *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->arena = arena_new();
	s->report = conf_report_new();
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct sheet *s = *state;

	arena_free(s->arena);
	conf_report_free(s->report);
	buf_free(&s->text);
	free(s);
	return 0;
}

static bool check_file(const char *path, enum conf_dialect dialect)
{
	struct arena *a = arena_new();
	struct conf_report *r = conf_report_new();
	struct conf_options o = {.dialect = dialect, .config_id = "lb1"};
	struct buf tree = {0}, again = {0}, err = {0}, name = {0};
	int stem = (int)(strrchr(path, '.') - path);

	conf_print(conf_parse_file(a, path, &o, r), &tree);
	conf_report_print(r, &err);
	buf_printf(&name, "%.*s.tree", stem, path);
	bool ok = golden_matches(name.data, buf_text(&tree));

	buf_clear(&name);
	buf_printf(&name, "%.*s.err", stem, path);
	ok &= golden_matches(name.data, buf_text(&err));
	/* What was printed reads back as itself. */
	struct conf_report *r2 = conf_report_new();

	conf_print(conf_parse_text(a, "again", buf_text(&tree), &o, r2), &again);
	if (strcmp(buf_text(&tree), buf_text(&again)) != 0) {
		fprintf(stderr, "%s: the print does not read back:\n%s", path, buf_text(&again));
		ok = false;
	}
	conf_report_free(r2);
	conf_report_free(r);
	arena_free(a);
	buf_free(&tree);
	buf_free(&again);
	buf_free(&err);
	buf_free(&name);
	return ok;
}

static void test_files(void **state)
{
	static const char *const patterns[] = {"fixtures/conf/grammar/*.conf",
					       "fixtures/conf/grammar/*.scn"};
	int bad = 0;

	(void)state;
	for (int dialect = CONF_KEEPALIVED; dialect <= CONF_SCENARIO; dialect++) {
		glob_t g = {0};

		assert_int_equal(glob(patterns[dialect], 0, NULL, &g), 0);
		for (size_t i = 0; i < g.gl_pathc; i++)
			bad += check_file(g.gl_pathv[i], (enum conf_dialect)dialect) ? 0 : 1;
		globfree(&g);
	}
	assert_int_equal(bad, 0);
}

static void test_long_line(void **state)
{
	struct sheet *s = *state;
	struct conf_block *tree;

	for (int i = 0; i < 1 << 18; i++)
		buf_puts(&s->text, "word ");
	buf_puts(&s->text, "} after");
	tree = conf_parse_text(s->arena, "long", s->text.data, NULL, s->report);
	assert_int_equal(tree->first->n_words, 1 << 18);
	assert_string_equal(tree->first->next->word[0].text, "after");
	assert_int_equal(conf_report_errors(s->report), 1);
	buf_clear(&s->text);
	conf_report_print(s->report, &s->text);
	assert_true(s->text.len < 400);
	assert_non_null(strstr(s->text.data, "long:1:1310721: error: '}' without a '{' before it"));
	assert_non_null(strstr(s->text.data, "\n    ...word word "));
}

/* Definitions that double each other must not eat the memory or the time. */
static void test_expansion_bomb(void **state)
{
	struct sheet *s = *state;

	buf_puts(&s->text, "$A0=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	for (int i = 1; i < 60; i++)
		buf_printf(&s->text, "$A%d=${A%d} ${A%d}\n", i, i - 1, i - 1);
	buf_puts(&s->text, "use ${A59}\nnext\n");
	struct conf_block *tree = conf_parse_text(s->arena, "bomb", s->text.data, NULL, s->report);

	assert_int_equal(conf_report_errors(s->report), 1);
	assert_string_equal(tree->first->word[0].text, "next");
}

static void test_error_limit(void **state)
{
	struct sheet *s = *state;

	for (int i = 0; i < 60; i++)
		buf_puts(&s->text, "}\n");
	conf_parse_text(s->arena, "many", s->text.data, NULL, s->report);
	assert_int_equal(conf_report_errors(s->report), 60);
	assert_null(conf_report_text(s->report, CONF_ERRORS_MAX, NULL, NULL));
	buf_clear(&s->text);
	conf_report_print(s->report, &s->text);
	assert_non_null(strstr(s->text.data, "\nand 10 more errors\n"));
}

static void test_unreadable(void **state)
{
	struct sheet *s = *state;

	assert_non_null(conf_parse_file(s->arena, "fixtures/no/such.conf", NULL, s->report));
	conf_report_print(s->report, &s->text);
	assert_string_equal(
		s->text.data,
		"fixtures/no/such.conf: error: cannot read: No such file or directory\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test_setup_teardown(test_long_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_expansion_bomb, setup, teardown),
		cmocka_unit_test_setup_teardown(test_error_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unreadable, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
