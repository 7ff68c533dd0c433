/* The evidence format: what is written comes back, in order and byte for byte; what is broken is
 * refused with its line. */
#include "harness/history.h"

#include "lib/base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct seen {
	struct buf text;
	int stop_after; /* lines; 0: never */
	int lines;
};

static bool collect(void *ctx, int64_t t_ns, const char *ev, const json_t *fields)
{
	struct seen *s = ctx;
	const char *node = json_string_value(json_object_get(fields, "node"));

	buf_printf(&s->text, "%lld %s %s\n", (long long)t_ns, ev, node ? node : "-");
	s->lines++;
	return s->lines != s->stop_after;
}

static void make_dir(char *dir)
{
	memcpy(dir, "/tmp/history_test.XXXXXX", 25);
	assert_non_null(mkdtemp(dir));
}

static void remove_dir(const char *dir)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/history.jsonl", dir);
	unlink(path);
	rmdir(dir);
}

static void put_file(const char *dir, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/history.jsonl", dir);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void test_round_trip(void **state)
{
	char dir[32], path[64];
	struct history *h = NULL;
	struct seen seen = {0};
	struct buf file = {0};
	int line = 0;

	(void)state;
	make_dir(dir);
	assert_int_equal(history_open(&h, dir), 0);
	history_write(h, -5, "port",
		      json_pack("{s:s, s:s}", "node", "lb1", "mac", "02:76:64:00:00:01"));
	history_write(h, 10000000000, "step", json_pack("{s:i, s:s}", "id", 1, "node", "lb2"));
	history_write(h, INT64_C(10000000001), "end", NULL);
	assert_int_equal(history_close(h), 0);

	snprintf(path, sizeof(path), "%s/history.jsonl", dir);
	assert_int_equal(buf_read_file(&file, path, 10000), 0);
	assert_string_equal(
		buf_text(&file),
		"{\"t\":-5,\"ev\":\"port\",\"node\":\"lb1\",\"mac\":\"02:76:64:00:00:01\"}\n"
		"{\"t\":10000000000,\"ev\":\"step\",\"id\":1,\"node\":\"lb2\"}\n"
		"{\"t\":10000000001,\"ev\":\"end\"}\n");
	assert_int_equal(history_read(dir, collect, &seen, &line), 0);
	assert_int_equal(line, 3);
	assert_string_equal(buf_text(&seen.text),
			    "-5 port lb1\n10000000000 step lb2\n10000000001 end -\n");
	buf_free(&seen.text);
	buf_free(&file);
	remove_dir(dir);
}

static void test_reader_may_stop(void **state)
{
	char dir[32];
	struct seen seen = {.stop_after = 1};
	int line = 0;

	(void)state;
	make_dir(dir);
	put_file(dir, "{\"t\":1,\"ev\":\"a\"}\n{\"t\":2,\"ev\":\"b\"}\n");
	assert_int_equal(history_read(dir, collect, &seen, &line), 0);
	assert_int_equal(line, 1);
	assert_string_equal(buf_text(&seen.text), "1 a -\n");
	buf_free(&seen.text);
	remove_dir(dir);
}

static void test_broken_lines(void **state)
{
	static const char *const broken[] = {
		"not json\n",  "{\"t\":1,\"ev\":\"cut", "[1]\n", "{\"t\":\"1\",\"ev\":\"a\"}\n",
		"{\"t\":1}\n", "{\"t\":1,\"ev\":2}\n",	"\n"};
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		char dir[32], text[128];
		struct seen seen = {0};
		int line = 0;

		make_dir(dir);
		snprintf(text, sizeof(text), "{\"t\":0,\"ev\":\"start\"}\n%s", broken[i]);
		put_file(dir, text);
		assert_int_equal(history_read(dir, collect, &seen, &line), -EBADMSG);
		assert_int_equal(line, 2);
		buf_free(&seen.text);
		remove_dir(dir);
	}
}

static void test_missing_folder(void **state)
{
	struct history *h = NULL;
	int line = 0;

	(void)state;
	assert_int_equal(history_open(&h, "/nonexistent/run"), -ENOENT);
	assert_int_equal(history_read("/nonexistent/run", collect, NULL, &line), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_reader_may_stop),
		cmocka_unit_test(test_broken_lines),
		cmocka_unit_test(test_missing_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
