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

int netns_owner_add(const char *prefix)
{
	char path[PATH_BYTES];

	if (mkdir(NETNS_OWNERS_DIR, 0755) < 0 && errno != EEXIST)
		return -errno;
	owner_path(path, prefix);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
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
}

int netns_name_add(const char *prefix, const char *name, int net_fd)
{
	char path[PATH_BYTES], from[64];

	if (mkdir(NETNS_NAMES_DIR, 0755) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), NETNS_NAMES_DIR "/%s%s", prefix, name);
	int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd < 0)
		return -errno;
	close(fd);
	snprintf(from, sizeof(from), "/proc/self/fd/%d", net_fd);
	if (mount(from, path, "none", MS_BIND, NULL) < 0) {
		int err = -errno;

		unlink(path);
		return err;
	}
	return 0;
}

void netns_name_remove(const char *prefix, const char *name)
{
	char path[PATH_BYTES];

	snprintf(path, sizeof(path), NETNS_NAMES_DIR "/%s%s", prefix, name);
	umount2(path, MNT_DETACH);
	unlink(path);
}

struct sweep {
	void (*log)(void *ctx, const char *line);
	void *ctx;
	int removed;
};

static void remove_names(struct sweep *s, const char *prefix)
{
	DIR *dir = opendir(NETNS_NAMES_DIR);
	struct dirent *entry;
	char line[PATH_BYTES + 64];

	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
			continue;
		netns_name_remove("", entry->d_name);
		snprintf(line, sizeof(line), "removed " NETNS_NAMES_DIR "/%s", entry->d_name);
		if (s->log)
			s->log(s->ctx, line);
		s->removed++;
	}
	if (dir)
		closedir(dir);
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

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		char prefix[NETNS_PREFIX_MAX];

		if (!prefix_of(entry->d_name, prefix))
			continue;
		int fd = openat(dirfd(dir), entry->d_name, O_RDWR | O_CLOEXEC);

		/* Another user's: not ours to sweep. */
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			remove_names(&s, prefix);
			unlinkat(dirfd(dir), entry->d_name, 0);
		}
		close(fd);
	}
	closedir(dir);
	return s.removed;
}
