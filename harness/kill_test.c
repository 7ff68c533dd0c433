/* The harness is killed (SIGKILL) at twenty random moments, on both grounds. After the next start
 * no process, namespace, mount or file of it is left.
 *
 * All happens in a pid and mount namespace with a /run, a /tmp and a /dev/shm of its own, so that
 * everything that is found is ours, and nothing else of this machine counts.
 */
#include "harness/ground.h"
#include "lib/base/buf.h"
#include "lib/base/rng.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KILLS	    20
#define RUNS	    "/run/runs"
#define SCENARIO    "scenarios/master-killed.scn"
#define UNTIL_MS    900 /* a run in the lab takes about that long */
#define END_WAIT_MS 5000

/* ---- a place of our own -------------------------------------------------------------------- */

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool enter_namespaces(void)
{
	char map[64];
	unsigned uid = geteuid(), gid = getegid();

	if (unshare(CLONE_NEWNS | CLONE_NEWPID) == 0)
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0)
		return false;
	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", map))
		return false;
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return write_text("/proc/self/gid_map", map);
}

static bool mount_place(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("proc", "/proc", "proc", 0, NULL) == 0 &&
	       mount("tmpfs", "/run", "tmpfs", 0, NULL) == 0 &&
	       mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL) == 0 && mkdir(RUNS, 0755) == 0;
}

/* ---- what is left -------------------------------------------------------------------------- */

/* Everything but what is always there, a line each. */
static void list_folder(const char *path, const char *except, struct buf *out)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    (!except || strcmp(entry->d_name, except) != 0))
			buf_printf(out, "%s/%s\n", path, entry->d_name);
	if (dir)
		closedir(dir);
}

static void list_processes(struct buf *out)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		long pid = strtol(entry->d_name, NULL, 10);
		char path[64];
		struct buf comm = {0};

		if (pid <= 0 || pid == getpid())
			continue;
		snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
		if (buf_read_file(&comm, path, 4096) == 0)
			buf_printf(out, "process %ld %s", pid, buf_text(&comm));
		buf_free(&comm);
	}
	if (proc)
		closedir(proc);
}

/* Those that are not among the mounts from before (covered ones of this machine show here too). */
static void list_mounts(const char *before, struct buf *out)
{
	struct buf mounts = {0};

	buf_read_file(&mounts, "/proc/self/mounts", 1 << 20);
	for (const char *line = buf_text(&mounts); *line;) {
		const char *end = strchrnul(line, '\n');
		char text[1024];

		snprintf(text, sizeof(text), "mount %.*s\n", (int)(end - line), line);
		if (!strstr(before, text))
			buf_puts(out, text);
		line = *end ? end + 1 : end;
	}
	buf_free(&mounts);
}

static void list_all(const char *mounts_before, struct buf *out)
{
	buf_clear(out);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		; /* orphans come to us: we are pid 1 here */
	list_processes(out);
	list_mounts(mounts_before, out);
	list_folder("/run", "runs", out);
	list_folder("/dev/shm", NULL, out);
	list_folder(RUNS, "master-killed-1", out);
}

/* ---- the harness --------------------------------------------------------------------------- */

struct place {
	char root[PATH_MAX];
	char vipdrill[PATH_MAX];
};

static pid_t start(const struct place *p, const char *ground)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		setsid();
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
		if (chdir(p->root) == 0)
			execl(p->vipdrill, "vipdrill", "run", "--ground", ground, "--runs", RUNS,
			      SCENARIO, NULL);
		_exit(127);
	}
	return pid;
}

static int end_of(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* As pid 1 of the place. 0, or a line to out. */
static int drill(const struct place *p, struct buf *out)
{
	bool lab = !ground_lab.missing();
	struct buf mounts = {0};
	struct rng rng;

	list_mounts("", &mounts);
	rng_seed(&rng, 20);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = start(p, lab && i % 2 == 0 ? "lab" : "host");

		poll(NULL, 0, (int)rng_range(&rng, 0, UNTIL_MS));
		kill(pid, SIGKILL);
		end_of(pid);
	}
	/* The next start. On the host, where a run takes its real time, it is soon ended. */
	pid_t pid = start(p, lab ? "lab" : "host");

	if (!lab) {
		poll(NULL, 0, 2000);
		kill(pid, SIGTERM);
	}
	int status = end_of(pid);

	if (lab && !(WIFEXITED(status) && WEXITSTATUS(status) == 0)) {
		buf_printf(out, "the run after the kills ended with status %d\n", status);
		return 1;
	}
	for (int ms = 0; ms < END_WAIT_MS; ms += 50) {
		list_all(buf_text(&mounts), out);
		if (!out->len)
			return 0;
		poll(NULL, 0, 50);
	}
	return 1;
}

static void test_nothing_is_left_after_twenty_kills(void **state)
{
	struct place p;
	struct buf out = {0};
	int fds[2];
	char chunk[4096];
	ssize_t n = readlink("/proc/self/exe", p.vipdrill, sizeof(p.vipdrill) - 1);

	(void)state;
	assert_true(n > 0);
	p.vipdrill[n] = '\0';
	for (int i = 0; i < 2; i++) /* build/VARIANT/harness/kill_test */
		*strrchr(p.vipdrill, '/') = '\0';
	memcpy(p.root, p.vipdrill, strlen(p.vipdrill) + 1);
	for (int i = 0; i < 2; i++)
		*strrchr(p.root, '/') = '\0';
	assert_true(strlen(p.vipdrill) < PATH_MAX - 10);
	strncat(p.vipdrill, "/vipdrill", 10);
	if (access(p.vipdrill, X_OK) < 0 || ground_host.missing()) {
		print_message("%s: ", ground_host.missing() ? ground_host.missing()
							    : "vipdrill is not built");
		skip();
	}
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();

	if (pid == 0) {
		if (!enter_namespaces())
			_exit(2);
		pid_t first = fork();

		if (first == 0) {
			struct buf left = {0};

			unsetenv("XDG_RUNTIME_DIR");
			if (!mount_place())
				_exit(3);
			int failed = drill(&p, &left);

			if (left.len && write(fds[1], left.data, left.len) < 0)
				_exit(4);
			_exit(failed);
		}
		int status = end_of(first);

		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 5);
	}
	close(fds[1]);
	while ((n = read(fds[0], chunk, sizeof(chunk))) > 0)
		buf_add(&out, chunk, (size_t)n);
	close(fds[0]);
	int status = end_of(pid);

	if (status != 0)
		fail_msg("status %d; left:\n%s", WEXITSTATUS(status), buf_text(&out));
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_left_after_twenty_kills),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
