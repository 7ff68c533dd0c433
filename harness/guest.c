/* pid 1 of the lab's guest.
 *
 * It starts with this machine's file system as a read-only root, three descriptors on the console,
 * and nothing else. It mounts what programs expect, memory where they write, and the run's folder,
 * and then works as the run loop does anywhere. What it tells the harness goes over the console.
 */
#include "harness/guest.h"

#include "harness/run/run.h"
#include "harness/watch.h"
#include "netns/private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEEP_MAX 8

bool guest_here(void)
{
	return getpid() == 1 && getenv("VIPDRILL_GUEST") != NULL;
}

void guest_out_dir(char *path, size_t bytes)
{
	const char *p = getenv("VIPDRILL_OUT");
	size_t n = 0;

	for (; p && *p && n + 1 < bytes; p++) {
		char hex[3] = {0};

		if (*p == '%' && p[1] && p[2]) {
			memcpy(hex, p + 1, 2);
			path[n++] = (char)strtol(hex, NULL, 16);
			p += 2;
		} else {
			path[n++] = *p;
		}
	}
	path[n] = '\0';
}

_Noreturn void guest_end(int err, const char *why)
{
	watch_tell_end(1, err, why);
	sync();
	reboot(RB_POWER_OFF);
	_exit(1); /* pid 1 may not go on: the kernel panics, and the harness sees that */
}

/* Failures here are not fatal: what is missing shows where it is needed. */
static void make_dev(void)
{
	static const struct {
		const char *path, *target;
	} links[] = {
		{"/dev/fd", "/proc/self/fd"},
		{"/dev/stdin", "/proc/self/fd/0"},
		{"/dev/stdout", "/proc/self/fd/1"},
		{"/dev/stderr", "/proc/self/fd/2"},
	};

	/* The kernel mounts it over /dev by itself, unless it was built otherwise. */
	if (access("/dev/null", F_OK) < 0)
		mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755");
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlink(links[i].target, links[i].path) < 0 && errno != EEXIST)
			fprintf(stderr, "%s: %s\n", links[i].path, strerror(errno));
	mkdir("/dev/pts", 0755);
	mkdir("/dev/shm", 01777);
	mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "ptmxmode=0666,mode=0620");
}

static int mount_out(char *why, size_t why_bytes)
{
	char dir[PATH_MAX];

	guest_out_dir(dir, sizeof(dir));
	const char *name = getenv("VIPDRILL_MOUNT");

	if (!dir[0] || !name)
		return 0;
	int err = private_make_parents(GUEST_OUT "/");

	if (!err && mount("none", GUEST_OUT, "hostfs", MS_NOSUID | MS_NODEV, name) < 0)
		err = -errno;
	if (err)
		snprintf(why, why_bytes, "the run's folder %.300s: %s", dir, strerror(-err));
	return err;
}

static void set_environment(void)
{
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("LANG", "C", 1);
	setenv("TZ", "UTC", 1);
	umask(022);
	if (chdir("/") < 0)
		fprintf(stderr, "/: %s\n", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
}

static int put_back(const char *const *keep, const int *trees, char *why, size_t why_bytes)
{
	int err = 0;

	for (int i = 0; i < KEEP_MAX && keep[i]; i++) {
		if (trees[i] < 0)
			continue;
		if (!err && access(keep[i], F_OK) < 0)
			err = private_put(trees[i], keep[i]);
		if (err && !*why)
			snprintf(why, why_bytes, "%s: %s", keep[i], strerror(-err));
		close(trees[i]);
	}
	return err;
}

int guest_prepare(const char *const *keep, char *why, size_t why_bytes)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	int trees[KEEP_MAX];
	const char *where = "";

	*why = '\0';
	set_environment();
	if (mount("proc", "/proc", "proc", flags, NULL) < 0 ||
	    mount("sysfs", "/sys", "sysfs", flags, NULL) < 0) {
		int err = -errno;

		snprintf(why, why_bytes, "/proc and /sys: %s", strerror(-err));
		return err;
	}
	mount("cgroup2", "/sys/fs/cgroup", "cgroup2", flags, NULL);
	make_dev();
	if (sethostname("lab", 3) < 0)
		fprintf(stderr, "host name: %s\n", strerror(errno));
	for (int i = 0; i < KEEP_MAX && keep[i]; i++)
		trees[i] = private_covers(keep[i]) ? private_take(keep[i]) : -1;
	int err = private_mount(&where);

	if (err) {
		snprintf(why, why_bytes, "%s: %s", where, strerror(-err));
		return err;
	}
	err = put_back(keep, trees, why, why_bytes);
	if (!err)
		err = mount_out(why, why_bytes);
	struct nl *nl = NULL;

	if (!err && nl_open(&nl) == 0)
		nl_link_set_up(nl, 1, true);
	nl_release(nl);
	return err;
}

static void tell(void *ctx, const struct ground_progress *p)
{
	(void)ctx;
	watch_tell_progress(1, p);
}

/* A path below the run's folder, as it is named here. */
static const char *path_here(struct arena *a, const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return path;
	return arena_printf(a, GUEST_OUT "%s", path + n);
}

/* A system under test, brought to one place whatever its path on this machine is: each step of a
 * longer way there would read the clock once more, and a run is the same wherever its programs lie.
 */
struct program {
	const char *
		*path; /* of the order; NULL there: the system's own, at the same place for all */
	const char *here;
	int tree;
};

static int bring(struct program *p, char *why, size_t why_bytes)
{
	if (!*p->path)
		return 0;
	int err = p->tree < 0 ? p->tree : private_put(p->tree, p->here);

	if (err)
		snprintf(why, why_bytes, "%.300s: %s", *p->path, strerror(-err));
	*p->path = p->here;
	return err;
}

static int run(char *why, size_t why_bytes)
{
	static const char *const nothing[] = {NULL};
	struct arena *a = arena_new();
	struct run_order order = {0};
	struct program programs[] = {
		{&order.vipd_path, GUEST_PROGRAMS "/vipd", -1},
		{&order.keepalived_path, GUEST_PROGRAMS "/keepalived", -1},
	};
	char dir[PATH_MAX];

	/* Read before its folder may be covered. */
	guest_out_dir(dir, sizeof(dir));
	int err = run_order_read(dir, a, &order);

	if (err) {
		snprintf(why, why_bytes, "%.300s/inputs/run.json: %s", dir, strerror(-err));
		return err;
	}
	for (int i = 0; i < 2; i++)
		if (*programs[i].path)
			programs[i].tree = private_take(*programs[i].path);
	err = guest_prepare(nothing, why, why_bytes);
	for (int i = 0; i < 2; i++) {
		if (!err)
			err = bring(&programs[i], why, why_bytes);
		if (programs[i].tree >= 0)
			close(programs[i].tree);
	}
	if (err)
		return err;
	order.scenario_path = path_here(a, order.scenario_path, order.dir);
	order.dir = GUEST_OUT;
	return run_order_execute(&order, "", tell, NULL, why, why_bytes);
}

_Noreturn void guest_main(void)
{
	char why[512] = "";
	const char *task = getenv("VIPDRILL_GUEST");
	int err;

	if (task && strcmp(task, "run") == 0) {
		err = run(why, sizeof(why));
	} else {
		const char *const nothing[] = {NULL};

		err = guest_prepare(nothing, why, sizeof(why));
	}
	guest_end(err, why);
}
