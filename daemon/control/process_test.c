/* The pid file: its lock ends with the process, not with the file. */
#include "daemon/control/process.h"

#include "lib/base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_pid_file(void **state)
{
	char dir[] = "/tmp/process_test.XXXXXX", path[64], want[32];
	struct buf got = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pid", dir);
	int fd = process_pid_take(path);

	assert_true(fd >= 0);
	assert_int_equal(process_pid_take(path), -EEXIST);
	snprintf(want, sizeof(want), "%ld\n", (long)getpid());
	assert_int_equal(buf_read_file(&got, path, 64), 0);
	assert_string_equal(buf_text(&got), want);
	process_pid_release(fd, path);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(process_pid_take("/nonexistent/pid"), -ENOENT);
	buf_free(&got);
	rmdir(dir);
}

static void test_killed_holder(void **state)
{
	char dir[] = "/tmp/process_test.XXXXXX", path[64];
	int ready[2];
	char c;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/pid", dir);
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();

	if (child == 0) {
		if (process_pid_take(path) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(process_pid_take(path), -EEXIST);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	int fd = process_pid_take(path);

	assert_true(fd >= 0);
	process_pid_release(fd, path);
	close(ready[0]);
	close(ready[1]);
	rmdir(dir);
}

static void test_detach_tells_how_it_went(void **state)
{
	(void)state;
	for (int code = 0; code < 7; code += 2) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			process_ready(process_detach(), code);
			_exit(99); /* the daemon's own end does not matter any more */
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pid_file),
		cmocka_unit_test(test_killed_holder),
		cmocka_unit_test(test_detach_tells_how_it_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
