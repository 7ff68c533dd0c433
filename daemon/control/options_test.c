/* Command lines in, what was understood (or the one line of complaint) out. */
#include "daemon/control/options.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#define ARGS_MAX 16

static bool parse(const char *line, struct vipd_options *o, struct buf *error)
{
	static char copy[256]; /* options point into it */
	char *argv[ARGS_MAX + 1] = {0};
	int argc = 0;
	char *save = NULL;

	snprintf(copy, sizeof(copy), "vipd %s", line);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		assert_true(argc < ARGS_MAX);
		argv[argc++] = w;
	}
	return vipd_options_parse(argc, argv, o, error);
}

static void expect_error(const char *line, const char *want)
{
	struct vipd_options o;
	struct buf error = {0};

	assert_false(parse(line, &o, &error));
	assert_string_equal(buf_text(&error), want);
	buf_free(&error);
}

static void test_good(void **state)
{
	struct vipd_options o;
	struct buf e = {0};

	(void)state;
	assert_true(parse("", &o, &e));
	assert_int_equal(o.command, VIPD_RUN);
	assert_string_equal(o.pid_path, "/run/vipd.pid");
	assert_int_equal(o.facility, LOG_DAEMON);
	assert_string_equal(o.control_path, "/run/vipd/control");
	assert_null(o.metrics);
	assert_true(parse("-nlDf a.conf -p /x/y --config-id lb1 -S local3", &o, &e));
	assert_true(o.foreground && o.log_console && o.log_detail && !o.no_vrrp && !o.no_check);
	assert_string_equal(o.conf_path, "a.conf");
	assert_string_equal(o.pid_path, "/x/y");
	assert_string_equal(o.control_path, "none");
	assert_true(parse("-p /x/y --control /x/c --metrics 9100", &o, &e));
	assert_string_equal(o.control_path, "/x/c");
	assert_string_equal(o.metrics, "9100");
	assert_true(parse("-nlDf a.conf -p /x/y --config-id lb1 -S local3", &o, &e));
	assert_string_equal(o.config_id, "lb1");
	assert_int_equal(o.facility, LOG_LOCAL3);
	assert_true(parse("-t", &o, &e));
	assert_int_equal(o.command, VIPD_CONFIG_TEST);
	assert_null(o.test_log);
	assert_true(parse("--config-test=/tmp/x -d", &o, &e));
	assert_int_equal(o.command, VIPD_DUMP_CONF);
	assert_string_equal(o.test_log, "/tmp/x");
	assert_true(parse("-P", &o, &e));
	assert_true(o.no_check && !o.no_vrrp);
	assert_true(parse("-P -C -RB --all", &o, &e));
	assert_false(o.no_check || o.no_vrrp);
	assert_true(parse("--signum=RELOAD -u 027", &o, &e));
	assert_int_equal(o.command, VIPD_SIGNUM);
	assert_int_equal(o.signum, SIGHUP);
	assert_int_equal(o.umask, 027);
	assert_true(parse("--signum=JSON", &o, &e));
	assert_int_equal(o.signum, SIGRTMIN + 2);
	assert_true(parse("--signum=STATS_CLEAR", &o, &e));
	assert_int_equal(o.signum, SIGRTMAX - 1);
	assert_true(parse("-Xmag --ignore-sigint --flush-log-file", &o, &e));
	assert_true(o.core_dump && o.address_monitoring && o.ignore_sigint);
	assert_string_equal(o.log_file, "/tmp/vipd.log");
	assert_true(parse("--log-file=/x/log", &o, &e));
	assert_string_equal(o.log_file, "/x/log");
	assert_int_equal(e.len, 0);
}

static void test_bad(void **state)
{
	(void)state;
	expect_error("--dont-frok", "unknown option --dont-frok; is --dont-fork meant?");
	expect_error("--zzz", "unknown option --zzz");
	expect_error("-nZ", "unknown option -Z");
	expect_error("-f", "-f needs an argument");
	expect_error("--pid", "--pid needs an argument");
	expect_error("-x", "keepalived's option --snmp is not supported: there is no SNMP agent; "
			   "--metrics serves "
			   "figures");
	expect_error(
		"--core-dump-pattern=x",
		"keepalived's option --core-dump-pattern is not supported: it changes the whole "
		"machine; set kernel.core_pattern with sysctl");
	expect_error("a.conf", "unexpected argument a.conf; a configuration is named with -f FILE");
	expect_error("-S local9", "--log-facility local9: expected 0-7, local0-local7, user or "
				  "daemon");
	expect_error("--signum=TDUMP", "--signum TDUMP: expected STOP, RELOAD, DATA, STATS, "
				       "STATS_CLEAR or JSON");
	expect_error("-u 01000", "--umask 01000: expected a number from 0 to 0777");
}

static void test_help_names_every_option(void **state)
{
	struct buf help = {0};

	(void)state;
	vipd_options_help(&help);
	assert_non_null(strstr(help.data, "-f, --use-file=FILE"));
	assert_non_null(strstr(help.data, "-t, --config-test[=FILE]"));
	assert_non_null(strstr(help.data, "    --dry-run"));
	buf_free(&help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_help_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
