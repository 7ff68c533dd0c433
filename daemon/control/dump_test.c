/* Where dump files go, and how they are written. What is in them tools/proofs/dump-files compares
 * with keepalived's.
 */
#include "daemon/control/dump.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void expect_path(enum dump_kind kind, const struct conf_process *p, const char *namespace,
			const char *tmpdir, const char *want)
{
	struct buf path = {0};

	dump_path(kind, p, namespace, tmpdir, &path);
	assert_string_equal(buf_text(&path), want);
	buf_free(&path);
}

static void test_paths(void **state)
{
	struct conf_process p = {.json_version = 1};

	(void)state;
	expect_path(DUMP_STATE, &p, NULL, NULL, "/tmp/keepalived.data");
	expect_path(DUMP_SERVERS, &p, NULL, NULL, "/tmp/keepalived_check.data");
	expect_path(DUMP_STATS, &p, "blue", "/x", "/x/keepalived.stats");
	expect_path(DUMP_JSON, &p, NULL, "relative", "/tmp/keepalived.json");
	p.data_use_instance = true;
	expect_path(DUMP_STATS, &p, NULL, NULL, "/tmp/keepalived.stats");
	expect_path(DUMP_STATS, &p, "blue", NULL, "/tmp/keepalived.blue.stats");
	p.instance = "left";
	expect_path(DUMP_STATE, &p, NULL, NULL, "/tmp/keepalived.left.data");
	expect_path(DUMP_JSON, &p, "blue", NULL, "/tmp/keepalived.blue_left.json");
	p.state_file = "/var/x/";
	p.stats_file = "/var/stats";
	expect_path(DUMP_STATE, &p, NULL, NULL, "/var/x/keepalived.left.data");
	expect_path(DUMP_STATS, &p, NULL, NULL, "/var/stats");
}

static void test_write(void **state)
{
	char folder[] = "/tmp/vipd-dump-test-XXXXXX";
	struct buf path = {0}, text = {0}, got = {0};
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	buf_printf(&path, "%s/a", folder);
	buf_puts(&text, "hello\n");
	/* somebody's link is replaced, not followed */
	assert_int_equal(symlink("/nonexistent/target", buf_text(&path)), 0);
	assert_int_equal(dump_write(buf_text(&path), &text), 0);
	assert_int_equal(lstat(buf_text(&path), &st), 0);
	assert_true(S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0600);
	assert_int_equal(buf_read_file(&got, buf_text(&path), 100), 0);
	assert_string_equal(buf_text(&got), "hello\n");
	unlink(buf_text(&path));
	rmdir(folder);
	assert_int_equal(dump_write(buf_text(&path), &text), -ENOENT);
	buf_free(&path);
	buf_free(&text);
	buf_free(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
