/* Real scripts: what they are given, as whom, in which order, and what is said when they fail. */
#include "daemon/notify/notify.h"

#include "lib/base/buf.h"

#include <errno.h>
#include <fcntl.h>
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

#define WAIT_NS (5 * NS_PER_S)

struct world {
	struct log log;
	struct buf said;
	struct notify *notify;
	char dir[32];
	char out[64];
};

static void keep(void *ctx, enum log_level level, const char *line)
{
	(void)level;
	buf_printf(ctx, "%s\n", line);
}

static void open_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	log_to_sink(&w->log, "t", keep, &w->said);
	w->notify = notify_new(&w->log);
	snprintf(w->dir, sizeof(w->dir), "/tmp/notify_test.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->out, sizeof(w->out), "%s/out", w->dir);
}

static void close_world(struct world *w)
{
	notify_free(w->notify);
	buf_free(&w->said);
	unlink(w->out);
	rmdir(w->dir);
}

/* A script of one line of shell, with the file to write to as $0. */
static struct conf_script shell(struct world *w, char *argv[5], const char *line)
{
	argv[0] = (char *)(uintptr_t) "/bin/sh";
	argv[1] = (char *)(uintptr_t) "-c";
	argv[2] = (char *)(uintptr_t)line;
	argv[3] = w->out;
	argv[4] = NULL;
	return (struct conf_script){.argv = argv};
}

static void expect_out(struct world *w, const char *want)
{
	struct buf got = {0};

	assert_int_equal(buf_read_file(&got, w->out, 4096), 0);
	assert_string_equal(buf_text(&got), want);
	buf_free(&got);
}

static void test_arguments_and_environment(void **state)
{
	struct world w;
	char *state_argv[5], *any_argv[5];
	struct notify_subject who = {.name = "VI_1", .priority = 150};

	(void)state;
	open_world(&w);
	setenv("IFS", "x", 1);
	setenv("LD_LIBRARY_PATH", "/nowhere", 1);
	/* each waits for its turn: both are started at once */
	struct conf_notify scripts = {
		.master = shell(&w, state_argv,
				"echo \"$# ${LD_LIBRARY_PATH-none}\" >$0.1; mv $0.1 $0"),
		.any = shell(&w, any_argv,
			     "while ! [ -e $0 ]; do sleep 0.01; done; echo \"$@\" >>$0")};

	notify_state(w.notify, &scripts, &who, VRRP_MASTER);
	notify_finish(w.notify, WAIT_NS);
	expect_out(&w, "0 none\nINSTANCE VI_1 MASTER 150\n");
	unlink(w.out);
	scripts.any = shell(&w, any_argv, "echo \"$@\" >$0");
	who = (struct notify_subject){.group = true, .name = "G"};
	notify_state(w.notify, &scripts, &who, VRRP_INIT);
	notify_finish(w.notify, WAIT_NS);
	expect_out(&w, "GROUP G STOP 0\n");
	assert_string_equal(buf_text(&w.said), "");
	unsetenv("IFS");
	unsetenv("LD_LIBRARY_PATH");
	close_world(&w);
}

static void test_failures_are_said(void **state)
{
	struct world w;
	char *argv[5], *none[] = {(char *)(uintptr_t) "/nonexistent/script", NULL};
	struct conf_script script;

	(void)state;
	open_world(&w);
	script = (struct conf_script){.argv = none};
	notify_run(w.notify, &script, NULL);
	notify_finish(w.notify, WAIT_NS);
	script = shell(&w, argv, "exit 3");
	notify_run(w.notify, &script, NULL);
	notify_finish(w.notify, WAIT_NS);
	script = (struct conf_script){.argv = NULL};
	notify_run(w.notify, &script, NULL);
	assert_string_equal(buf_text(&w.said),
			    "Script /nonexistent/script could not be run (exit 127)\n"
			    "Script /bin/sh exited with status 3\n");
	assert_int_equal(notify_set_policy(w.notify, "no-such-user-here", NULL, false), -ENOENT);
	close_world(&w);
}

static void test_slow_script_is_ended(void **state)
{
	struct world w;
	char *argv[5];
	struct conf_script script;

	(void)state;
	open_world(&w);
	/* its child too: the whole group is ended */
	script = shell(&w, argv, "trap '' TERM; sleep 60 & wait; sleep 60");
	mono_t start = mono_now();

	notify_run(w.notify, &script, NULL);
	notify_finish(w.notify, 20 * NS_PER_MS);
	assert_true(mono_diff(mono_now(), start) < 5 * NS_PER_S);
	assert_string_equal(buf_text(&w.said), "Script /bin/sh was ended by signal 9\n");
	close_world(&w);
}

/* As root: a script of a user is run by that user; one of a user who does not exist is not. */
static void test_user(void **state)
{
	struct world w;
	char *argv[5];
	struct conf_script script;

	(void)state;
	if (geteuid() != 0)
		skip();
	open_world(&w);
	assert_int_equal(chmod(w.dir, 0777), 0);
	script = shell(&w, argv, "id -un >$0; id -gn >>$0");
	script.user = "nobody";
	script.group = "daemon";
	notify_run(w.notify, &script, NULL);
	notify_finish(w.notify, WAIT_NS);
	expect_out(&w, "nobody\ndaemon\n");
	assert_int_equal(unlink(w.out), 0);
	script.user = NULL;
	assert_int_equal(notify_set_policy(w.notify, "daemon", ":nogroup", false), 0);
	notify_run(w.notify, &script, NULL);
	notify_finish(w.notify, WAIT_NS);
	expect_out(&w, "daemon\nnogroup\n");
	assert_string_equal(buf_text(&w.said), "");
	assert_int_equal(notify_set_policy(w.notify, "daemon", NULL, false), 0);
	script.user = "no-such-user-here";
	script.group = NULL;
	notify_run(w.notify, &script, NULL);
	notify_run(w.notify, &script, NULL);
	assert_string_equal(buf_text(&w.said),
			    "Script /bin/sh is never run: there is no user or group "
			    "no-such-user-here\n");
	close_world(&w);
}

/* With script security root does not run what others can write, nor anything by default. */
static void test_security(void **state)
{
	struct world w;
	char program[64], *argv[] = {program, NULL};
	struct conf_script script = {.argv = argv};
	FILE *f;

	(void)state;
	if (geteuid() != 0)
		skip();
	open_world(&w);
	snprintf(program, sizeof(program), "%s/p", w.dir);
	f = fopen(program, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\necho ran >%s\n", w.out);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(program, 0757), 0);
	assert_int_equal(notify_set_policy(w.notify, "root", NULL, true), 0);
	notify_run(w.notify, &script, NULL);
	notify_finish(w.notify, WAIT_NS);
	assert_int_equal(access(w.out, F_OK), -1);
	assert_non_null(strstr(buf_text(&w.said), "others can change"));
	/* written by root only: it may run */
	assert_int_equal(chmod(program, 0755), 0);
	notify_run(w.notify, &script, NULL);
	notify_finish(w.notify, WAIT_NS);
	expect_out(&w, "ran\n");
	assert_int_equal(unlink(w.out), 0);
	/* a folder on the way that others can write */
	assert_int_equal(chmod(w.dir, 0777), 0);
	notify_run(w.notify, &script, NULL);
	notify_finish(w.notify, WAIT_NS);
	assert_int_equal(access(w.out, F_OK), -1);
	unlink(program);
	close_world(&w);
}

static void expect_line(int fd, const char *want)
{
	char got[128];
	ssize_t n = read(fd, got, sizeof(got) - 1);

	assert_true(n >= 0);
	got[n] = '\0';
	assert_string_equal(got, want);
}

/* A FIFO is made, written to by each kind of news, kept over a reload, and removed; what is no FIFO
 * is not touched. */
static void test_fifo(void **state)
{
	struct world w;
	char path[64], plain[64];
	struct conf_global conf = {.vrrp_fifo = {.path = path}};
	struct conf_notify none = {0}, deleted = {.deleted_set = true};
	struct notify_subject who = {.name = "VI_1", .priority = 90};

	(void)state;
	open_world(&w);
	snprintf(path, sizeof(path), "%s/fifo", w.dir);
	snprintf(plain, sizeof(plain), "%s/plain", w.dir);
	notify_set_fifos(w.notify, &conf);
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	assert_true(fd >= 0);
	notify_state(w.notify, &none, &who, VRRP_MASTER);
	expect_line(fd, "INSTANCE \"VI_1\" MASTER 90\n");
	notify_event(w.notify, NULL, &who, "MASTER_PRIORITY");
	expect_line(fd, "INSTANCE \"VI_1\" MASTER_PRIORITY 90\n");
	notify_removed(w.notify, &none, &who);
	expect_line(fd, "INSTANCE \"VI_1\" FAULT 90\n");
	notify_removed(w.notify, &deleted, &who);
	expect_line(fd, "INSTANCE \"VI_1\" DELETED 90\n");
	notify_set_fifos(w.notify, &conf); /* the same: it stays */
	notify_repeat(w.notify, &who, VRRP_BACKUP);
	expect_line(fd, "INSTANCE \"VI_1\" BACKUP 90\n");
	notify_finish(w.notify, 0);
	expect_line(fd, "");
	assert_int_equal(access(path, F_OK), -1);
	close(fd);
	fd = open(plain, O_WRONLY | O_CREAT, 0644);
	assert_true(fd >= 0);
	conf.vrrp_fifo.path = plain;
	notify_set_fifos(w.notify, &conf);
	notify_state(w.notify, &none, &who, VRRP_MASTER);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	assert_non_null(strstr(buf_text(&w.said), "not used"));
	close(fd);
	unlink(plain);
	close_world(&w);
}

/* The reader of a FIFO gets its path, and what is written. */
static void test_fifo_reader(void **state)
{
	struct world w;
	char path[64], *argv[5];
	struct conf_global conf = {.fifo = {.path = path}};
	struct conf_notify none = {0};
	struct notify_subject who = {.group = true, .name = "G"};

	(void)state;
	open_world(&w);
	snprintf(path, sizeof(path), "%s/fifo", w.dir);
	conf.fifo.script = shell(&w, argv, "cat $1 >$0");
	notify_set_fifos(w.notify, &conf);
	notify_state(w.notify, &none, &who, VRRP_FAULT);
	for (int i = 0; i < 500 && access(w.out, F_OK) < 0; i++)
		usleep(10000);
	usleep(50000);
	notify_finish(w.notify, WAIT_NS);
	expect_out(&w, "GROUP \"G\" FAULT 0\n");
	assert_string_equal(buf_text(&w.said), "");
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments_and_environment),
		cmocka_unit_test(test_failures_are_said),
		cmocka_unit_test(test_slow_script_is_ended),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_security),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_fifo_reader),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
