/* The host ground: what it says it has, and that a run that cannot begin fails with a reason and
 * leaves nothing. Runs that go well are the scenarios' affair.
 */
#include "harness/ground.h"
#include "harness/run/run.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void need_host(void)
{
	if (ground_host.missing()) {
		print_message("%s: ", ground_host.missing());
		skip();
	}
}

static void test_it_has_no_virtual_time(void **state)
{
	struct run_order order = {.dir = "/nonexistent", .virtual_time = true};
	char why[256] = "";

	(void)state;
	need_host();
	assert_int_equal(ground_host.has() & SCN_NEED_VIRTUAL_TIME, 0);
	assert_int_equal(ground_host.run(&order, NULL, NULL, why, sizeof(why)), GROUND_FAILED);
	assert_string_equal(why, "the host ground has no virtual time");
}

/* Asked twice it says the same: the probing leaves nothing that the next one trips over. */
static void test_what_it_has_is_the_same_each_time(void **state)
{
	(void)state;
	need_host();
	unsigned has = ground_host.has();

	assert_int_equal(ground_host.has(), has);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void test_a_run_that_cannot_begin_says_why(void **state)
{
	char dir[] = "/tmp/vipdrill-host-test-XXXXXX", scenario[64], why[256] = "";
	struct run_order order = {.dir = dir, .scenario_path = scenario, .director = "keepalived"};

	(void)state;
	need_host();
	assert_non_null(mkdtemp(dir));
	snprintf(scenario, sizeof(scenario), "%s/absent.scn", dir);
	assert_int_equal(ground_host.run(&order, NULL, NULL, why, sizeof(why)), GROUND_FAILED);
	assert_true(strlen(why) > 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	DIR *left = opendir(dir);
	struct dirent *entry;
	char path[400];

	while (left && (entry = readdir(left))) {
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	if (left)
		closedir(left);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_has_no_virtual_time),
		cmocka_unit_test(test_what_it_has_is_the_same_each_time),
		cmocka_unit_test(test_a_run_that_cannot_begin_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
