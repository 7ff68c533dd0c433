/* Names of namespaces below /run/netns, and the clearing away of those whose owner has died.
 *
 * An owner is a process that holds a lock on /run/vipdrill/PREFIXowner. The lock goes with the
 * process, however it ends, and a process number that was given out again cannot pretend to it; the
 * file tells pid and start time for people who look. All else of a dead owner is gone by itself:
 * its agents end with it, and with them their namespaces, once no name holds these any more.
 */
#include "lib/base/buf.h"
#include "netns/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512

/* Field 22 of /proc/PID/stat: when the process started, in ticks since boot. */
static unsigned long long start_time(void)
{
	struct buf stat = {0};
	unsigned long long ticks = 0;

	if (buf_read_file(&stat, "/proc/self/stat", 4096) == 0) {
		const char *p = strrchr(buf_text(&stat), ')');

		for (int field = 2; p && field < 22; field++)
			p = strchr(p + 1, ' ');
		if (p)
			ticks = strtoull(p, NULL, 10);
	}
	buf_free(&stat);
	return ticks;
}

static void owner_path(char path[PATH_BYTES], const char *prefix)
{
	snprintf(path, PATH_BYTES, NETNS_OWNERS_DIR "/%s" NETNS_OWNER_NAME, prefix);
}

static int create_owner(const char *path)
{
	/* Again where another harness has just taken the empty folder away. */
	for (int i = 0; i < 3; i++) {
		if (mkdir(NETNS_OWNERS_DIR, 0755) < 0 && errno != EEXIST)
			break;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

		if (fd >= 0)
			return fd;
		if (errno != ENOENT)
			break;
	}
	return -errno;
}

int netns_owner_add(const char *prefix)
{
	char path[PATH_BYTES];

	owner_path(path, prefix);
	int fd = create_owner(path);

	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	if (dprintf(fd, "pid %d started %llu\n", (int)getpid(), start_time()) < 0) {
		close(fd);
		return -EIO;
	}
	return fd;
}

void netns_owner_remove(const char *prefix, int owner_fd)
{
	char path[PATH_BYTES];

	owner_path(path, prefix);
	unlink(path);
	close(owner_fd);
	rmdir(NETNS_OWNERS_DIR); /* stays where others are */
}

/* The folder as `ip netns` wants it: a shared mount of its own. Without that, an `ip netns add`
 * would put one over it, and names from before could never be taken off again. */
static int make_names_dir(void)
{
	if (mkdir(NETNS_NAMES_DIR, 0755) < 0 && errno != EEXIST)
		return -errno;
	if (mount("", NETNS_NAMES_DIR, "none", MS_SHARED | MS_REC, NULL) == 0)
		return 0;
	if (errno != EINVAL ||
	    mount(NETNS_NAMES_DIR, NETNS_NAMES_DIR, "none", MS_BIND | MS_REC, NULL) < 0 ||
	    mount("", NETNS_NAMES_DIR, "none", MS_SHARED | MS_REC, NULL) < 0)
		return -errno;
	return 0;
}

void netns_names_clear(void)
{
	DIR *dir = opendir(NETNS_NAMES_DIR);
	struct dirent *entry;
	bool empty = dir != NULL;

	while (dir && (entry = readdir(dir)))
		empty &= strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	if (dir)
		closedir(dir);
	if (!empty)
		return;
	umount2(NETNS_NAMES_DIR, MNT_DETACH);
	rmdir(NETNS_NAMES_DIR);
}

static int create_name(const char *path)
{
	/* Again where another harness has just taken the empty folder away. */
	for (int i = 0; i < 3; i++) {
		int err = make_names_dir();

		if (err)
			return err;
		int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

		if (fd >= 0) {
			close(fd);
			return 0;
		}
		if (errno != ENOENT)
			break;
	}
	return -errno;
}

int netns_name_add(const char *prefix, const char *name, int net_fd)
{
	char path[PATH_BYTES], from[64];

	snprintf(path, sizeof(path), NETNS_NAMES_DIR "/%s%s", prefix, name);
	int err = create_name(path);

	if (err)
		return err;
	snprintf(from, sizeof(from), "/proc/self/fd/%d", net_fd);
	if (mount(from, path, "none", MS_BIND, NULL) < 0) {
		err = -errno;
		unlink(path);
	}
	return err;
}

int netns_name_remove(const char *prefix, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), NETNS_NAMES_DIR "/%s%s", prefix, name);
	/* Not a mount: it was killed between the two steps, or its mount namespace is gone. */
	if (umount2(path, MNT_DETACH) < 0 && errno != EINVAL)
		return -errno;
	return unlink(path) < 0 ? -errno : 0;
}

struct sweep {
	void (*log)(void *ctx, const char *line);
	void *ctx;
	int removed;
};

/* vd-PID-NAME without the mark vd-PID-owner. */
static bool is_orphan(const char *name)
{
	char prefix[NETNS_PREFIX_MAX], path[PATH_BYTES];
	size_t mark = strlen(NETNS_PREFIX_MARK);
	size_t digits =
		strncmp(name, NETNS_PREFIX_MARK, mark) == 0 ? strspn(name + mark, "0123456789") : 0;

	if (!digits || name[mark + digits] != '-' || mark + digits + 2 > sizeof(prefix))
		return false;
	snprintf(prefix, sizeof(prefix), "%.*s", (int)(mark + digits + 1), name);
	owner_path(path, prefix);
	return access(path, F_OK) < 0 && errno == ENOENT;
}

/* Removes the names that begin with prefix; "": all of ours that have no owner, which none has that
 * is in use (the owner's mark is made before them and removed after them). False: some stayed. */
static bool remove_names(struct sweep *s, const char *prefix)
{
	DIR *dir = opendir(NETNS_NAMES_DIR);
	struct dirent *entry;
	char line[PATH_BYTES + 64];
	bool all = true;

	while (dir && (entry = readdir(dir))) {
		if (*prefix ? strncmp(entry->d_name, prefix, strlen(prefix)) != 0
			    : !is_orphan(entry->d_name))
			continue;
		int err = netns_name_remove("", entry->d_name);

		snprintf(line, sizeof(line), "%s " NETNS_NAMES_DIR "/%s",
			 err ? "cannot remove" : "removed", entry->d_name);
		if (s->log)
			s->log(s->ctx, line);
		s->removed += !err;
		all &= !err;
	}
	if (dir)
		closedir(dir);
	return all;
}

/* True where the file is PREFIXowner; prefix then holds the first part. */
static bool prefix_of(const char *file, char prefix[NETNS_PREFIX_MAX])
{
	size_t n = strlen(file), tail = strlen(NETNS_OWNER_NAME);

	if (strncmp(file, NETNS_PREFIX_MARK, strlen(NETNS_PREFIX_MARK)) != 0 || n <= tail ||
	    n - tail >= NETNS_PREFIX_MAX || strcmp(file + n - tail, NETNS_OWNER_NAME) != 0)
		return false;
	memcpy(prefix, file, n - tail);
	prefix[n - tail] = '\0';
	return true;
}

int netns_sweep(void (*log)(void *ctx, const char *line), void *ctx)
{
	struct sweep s = {.log = log, .ctx = ctx};
	DIR *dir = opendir(NETNS_OWNERS_DIR);
	struct dirent *entry;

	if (!dir && errno != ENOENT)
		return -errno;
	while (dir && (entry = readdir(dir))) {
		char prefix[NETNS_PREFIX_MAX];

		if (!prefix_of(entry->d_name, prefix))
			continue;
		int fd = openat(dirfd(dir), entry->d_name, O_RDWR | O_CLOEXEC);

		/* Another user's: not ours to sweep. */
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && remove_names(&s, prefix))
			unlinkat(dirfd(dir), entry->d_name, 0);
		close(fd);
	}
	if (dir)
		closedir(dir);
	remove_names(&s, "");
	if (s.removed) {
		netns_names_clear();
		rmdir(NETNS_OWNERS_DIR);
	}
	return s.removed;
}
