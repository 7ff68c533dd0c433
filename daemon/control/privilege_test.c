/* In this process itself: what is set is set, a reload takes it back, and what was given up is
 * gone. */
#include "daemon/control/privilege.h"

#include "lib/base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cmocka.h>

static void keep(void *ctx, enum log_level level, const char *line)
{
	(void)level;
	buf_printf(ctx, "%s\n", line);
}

static void expect_name(const char *want)
{
	char name[16] = "";

	prctl(PR_GET_NAME, name);
	assert_string_equal(name, want);
}

static void test_apply(void **state)
{
	struct privilege p = {0};
	struct conf_task task = {
		.nice_set = true, .nice = 3, .rttime_us = 10000, .name = "vip_test"};
	struct conf_task none = {.rttime_us = 10000};
	struct buf said = {0};
	struct log log = {0};
	cpu_set_t before, now;

	char name[16] = "";

	(void)state;
	prctl(PR_GET_NAME, name);
	log_to_sink(&log, "t", keep, &said);
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	for (size_t cpu = 0; CPU_COUNT(&task.cpus) == 0; cpu++)
		if (CPU_ISSET(cpu, &before))
			CPU_SET(cpu, &task.cpus);
	privilege_apply(&p, &task, NULL, &log);
	expect_name("vip_test");
	assert_int_equal(getpriority(PRIO_PROCESS, 0), 3);
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_true(CPU_EQUAL(&now, &task.cpus));
	assert_int_equal(said.len, 0);
	privilege_apply(&p, &none, &task, &log);
	expect_name(name);
	assert_int_equal(sched_getaffinity(0, sizeof(now), &now), 0);
	assert_true(CPU_EQUAL(&now, &before));
	buf_free(&said);
}

static bool has_cap(cap_value_t cap)
{
	cap_t now = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR;

	assert_int_equal(cap_get_flag(now, cap, CAP_PERMITTED, &value), 0);
	cap_free(now);
	return value == CAP_SET;
}

static void test_drop(void **state)
{
	const struct conf_task task = {0}, realtime = {.rt_priority = 1};
	bool admin = has_cap(CAP_NET_ADMIN), nice = has_cap(CAP_SYS_NICE);

	(void)state;
	assert_int_equal(privilege_drop(&realtime), 0);
	assert_int_equal(has_cap(CAP_SYS_NICE), nice);
	assert_int_equal(privilege_drop(&task), 0);
	assert_int_equal(has_cap(CAP_NET_ADMIN), admin);
	assert_false(has_cap(CAP_SYS_NICE) || has_cap(CAP_SYS_ADMIN) || has_cap(CAP_SYS_MODULE) ||
		     has_cap(CAP_DAC_OVERRIDE) || has_cap(CAP_CHOWN) || has_cap(CAP_SYS_PTRACE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_apply),
		cmocka_unit_test(test_drop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
