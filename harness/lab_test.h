/* What the tests of the lab share: a run's folder at the worst place (below /tmp, odd characters in
 * its name), and guests in which the test program itself is pid 1. For harness/{guest,lab}_test.c.
 */
#ifndef HARNESS_LAB_TEST_H
#define HARNESS_LAB_TEST_H

#include "harness/guest.h"
#include "harness/lab.h"
#include "lib/base/mono.h"

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

struct lab_test {
	char init[PATH_MAX];
	char base[64];
	char dir[128]; /* with a blank in it, below /tmp: the worst place */
	char why[512];
	struct buf console;
	char last[128]; /* the last text of progress */
};

static inline int lab_set_up(void **state)
{
	struct lab_test *t = calloc(1, sizeof(*t));
	ssize_t n = readlink("/proc/self/exe", t->init, sizeof(t->init) - 1);

	assert_true(n > 0);
	snprintf(t->base, sizeof(t->base), "/tmp/vipdrill-lab-test-XXXXXX");
	assert_non_null(mkdtemp(t->base));
	snprintf(t->dir, sizeof(t->dir), "%s/a run,100%% \"odd\"", t->base);
	assert_int_equal(mkdir(t->dir, 0755), 0);
	*state = t;
	return 0;
}

static inline void lab_remove_all(const char *path)
{
	const char *const argv[] = {"rm", "-rf", "--", path, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static inline int lab_tear_down(void **state)
{
	struct lab_test *t = *state;

	lab_remove_all(t->base);
	buf_free(&t->console);
	free(t);
	return 0;
}

static inline void lab_need_lab(void)
{
	const char *missing = ground_lab.missing();

	if (missing) {
		print_message("%s: ", missing);
		skip();
	}
}

static inline void lab_take_progress(void *ctx, const struct ground_progress *p)
{
	struct lab_test *t = ctx;

	snprintf(t->last, sizeof(t->last), "%lld %s", (long long)p->virtual_ns, p->text);
}

static inline enum ground_result lab_boot(struct lab_test *t, const char *task, const char *seed)
{
	struct lab_guest guest = {
		.init = t->init,
		.task = task,
		.out_dir = t->dir,
		.seed = seed,
		.virtual_time = true,
		.watchdog_ms = strcmp(task, "spin") == 0 ? 1500 : 30000,
		.progress = lab_take_progress,
		.progress_ctx = t,
		.console = &t->console,
	};

	buf_clear(&t->console);
	return lab_guest_run(&guest, t->why, sizeof(t->why));
}

static inline void lab_assert_done(struct lab_test *t, enum ground_result result)
{
	if (result != GROUND_DONE)
		fail_msg("result %d, why: %s\nconsole:\n%s", result, t->why, buf_text(&t->console));
}

static inline void lab_read_out(struct lab_test *t, const char *name, struct buf *out)
{
	char path[256];

	buf_clear(out);
	snprintf(path, sizeof(path), "%s/%s", t->dir, name);
	assert_int_equal(buf_read_file(out, path, 1 << 20), 0);
}

#define lab_unit(fn) cmocka_unit_test_setup_teardown(fn, lab_set_up, lab_tear_down)

#endif
