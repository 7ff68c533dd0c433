/* How a guest ends when it does not end by itself: time that stands still, a panic, signals to the
 * harness, a harness that is killed. This program is its own guest. Skipped, visibly, where the lab
 * kernel is not built.
 */
#include "harness/lab_test.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

/* ---- inside -------------------------------------------------------------------------------- */

static void tell(int64_t ns, const char *text)
{
	struct ground_progress p = {.virtual_ns = ns, .text = text};

	watch_tell_progress(1, &p);
}

static int task_spin(void)
{
	tell(1500000000, "about to spin");
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, "greedy one");
		for (volatile unsigned long n = 0;; n++)
			;
	}
	waitpid(pid, NULL, 0);
	return 0;
}

static _Noreturn void be_guest(const char *task)
{
	if (strcmp(task, "panic") == 0)
		_exit(7);
	if (strcmp(task, "sleep") == 0) {
		tell(0, "asleep");
		for (;;)
			pause();
	}
	guest_end(strcmp(task, "spin") == 0 ? task_spin() : -EINVAL, "");
}

/* ---- outside ------------------------------------------------------------------------------- */

/* Processes of this user whose command line holds the text. */
static int count_processes(const char *text)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int n = 0;

	while ((entry = readdir(proc))) {
		char path[300];
		struct buf line = {0};

		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
		    buf_read_file(&line, path, 1 << 20) == 0 && line.len) {
			for (size_t i = 0; i + 1 < line.len; i++)
				if (!line.data[i])
					line.data[i] = ' ';
			n += strstr(buf_text(&line), text) != NULL;
		}
		buf_free(&line);
	}
	closedir(proc);
	return n;
}

static void test_time_that_stands_still_names_the_process(void **state)
{
	struct lab_test *t = *state;

	lab_need_lab();
	assert_int_equal(lab_boot(t, "spin", "1"), GROUND_STUCK);
	if (!strstr(t->why, "the process `greedy one` (pid ") ||
	    !strstr(t->why, "at 1.500 s of the run"))
		fail_msg("why: %s", t->why);
	/* Nothing goes on spinning. */
	for (int i = 0; i < 50 && count_processes("VIPDRILL_GUEST=spin"); i++)
		poll(NULL, 0, 100);
	assert_int_equal(count_processes("VIPDRILL_GUEST=spin"), 0);
}

static void test_a_guest_that_panics_says_why(void **state)
{
	struct lab_test *t = *state;

	lab_need_lab();
	assert_int_equal(lab_boot(t, "panic", "1"), GROUND_FAILED);
	if (!strstr(t->why,
		    "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000700"))
		fail_msg("why: %s", t->why);
}

static void count_line(void *ctx, const char *line)
{
	(void)line;
	++*(int *)ctx;
}

static int guest_folders(void)
{
	int n = 0;
	const char *const bases[] = {"/dev/shm", "/tmp"};

	for (int i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/vipdrill-%u", bases[i], (unsigned)geteuid());
		DIR *dir = opendir(path);
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			n += strncmp(entry->d_name, "guest-", 6) == 0;
		if (dir)
			closedir(dir);
	}
	return n;
}

/* A harness of its own, so that it can be killed. Returns when its guest is up. */
static pid_t start_harness(struct lab_test *t, int *done_fd)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();

	if (pid == 0) {
		close(fds[0]);
		unsetenv("XDG_RUNTIME_DIR"); /* where guest_folders() looks */
		enum ground_result result = lab_boot(t, "sleep", "1");

		_exit(result == GROUND_INTERRUPTED ? 42 : 1);
	}
	close(fds[1]);
	for (int i = 0; i < 100 && count_processes("VIPDRILL_GUEST=sleep") < 1; i++)
		poll(NULL, 0, 20);
	poll(NULL, 0, 200);
	*done_fd = fds[0];
	return pid;
}

static void wait_for_no_process(void)
{
	for (int i = 0; i < 100 && count_processes("VIPDRILL_GUEST=sleep"); i++)
		poll(NULL, 0, 50);
	assert_int_equal(count_processes("VIPDRILL_GUEST=sleep"), 0);
}

static void test_nothing_is_left_of_a_killed_harness(void **state)
{
	struct lab_test *t = *state;
	int fd, status, swept = 0;

	lab_need_lab();
	unsetenv("XDG_RUNTIME_DIR");
	lab_state_sweep(NULL, NULL);
	int before = guest_folders();
	pid_t pid = start_harness(t, &fd);

	assert_int_equal(guest_folders(), before + 1);
	assert_int_equal(lab_state_sweep(count_line, &swept), 0); /* it lives */
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	wait_for_no_process();
	close(fd);
	assert_int_equal(lab_state_sweep(count_line, &swept), 1);
	assert_int_equal(swept, 1);
	assert_int_equal(guest_folders(), before);
}

static void test_an_interrupted_harness_clears_up(void **state)
{
	struct lab_test *t = *state;
	const int signals[] = {SIGINT, SIGTERM};

	lab_need_lab();
	unsetenv("XDG_RUNTIME_DIR");
	int before = guest_folders();

	for (int i = 0; i < 2; i++) {
		int fd, status;
		pid_t pid = start_harness(t, &fd);

		kill(pid, signals[i]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
		close(fd);
		wait_for_no_process();
		assert_int_equal(guest_folders(), before);
	}
}

int main(void)
{
	const char *task = getenv("VIPDRILL_GUEST");

	if (guest_here() && task)
		be_guest(task);
	const struct CMUnitTest tests[] = {
		lab_unit(test_time_that_stands_still_names_the_process),
		lab_unit(test_a_guest_that_panics_says_why),
		lab_unit(test_nothing_is_left_of_a_killed_harness),
		lab_unit(test_an_interrupted_harness_clears_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
