/* Mounts that keep a node's programs from changing the machine.
 *
 * The order matters: first all is made read-only, then memory is mounted where programs write. What
 * is needed below such a place (a binary under /tmp) is taken out of the tree before, as a detached
 * mount (open_tree), and put back after (move_mount). A detached mount may cross from one mount
 * namespace into another, which a bind mount may not.
 */
#include "netns/private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char *path;
	const char *options;
} private_folders[] = {
	{"/run", "mode=0755"},	   {"/tmp", "mode=1777"},     {"/var/log", "mode=0755"},
	{"/var/tmp", "mode=1777"}, {"/var/lib", "mode=0755"}, {"/dev/shm", "mode=1777"},
};

#define N_PRIVATE_FOLDERS (sizeof(private_folders) / sizeof(private_folders[0]))
#define ETC_LAYER	  "/run/.etc"

bool private_covers(const char *path)
{
	for (size_t i = 0; i < N_PRIVATE_FOLDERS; i++) {
		size_t n = strlen(private_folders[i].path);

		if (strncmp(path, private_folders[i].path, n) == 0 && path[n] == '/')
			return true;
	}
	return false;
}

int private_take(const char *path)
{
	int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int private_make_parents(const char *path)
{
	char copy[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(copy))
		return -ENAMETOOLONG;
	memcpy(copy, path, n + 1);
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return 0;
}

int private_put(int tree_fd, const char *path)
{
	struct stat st;
	int err = private_make_parents(path);

	if (err)
		return err;
	if (fstat(tree_fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode)) {
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return -errno;
	} else {
		int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

		if (fd < 0)
			return -errno;
		close(fd);
	}
	if (move_mount(tree_fd, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

static int mount_etc(const char **where)
{
	*where = "a writable layer over /etc";
	if (mkdir(ETC_LAYER, 0755) < 0 || mkdir(ETC_LAYER "/upper", 0755) < 0 ||
	    mkdir(ETC_LAYER "/work", 0755) < 0)
		return -errno;
	if (mount("overlay", "/etc", "overlay", 0,
		  "lowerdir=/etc,upperdir=" ETC_LAYER "/upper,workdir=" ETC_LAYER "/work") < 0)
		return -errno;
	return 0;
}

int private_mount(const char **where)
{
	struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};

	*where = "a mount namespace of its own";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	*where = "a read-only file system";
	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &read_only, sizeof(read_only)) < 0)
		return -errno;
	for (size_t i = 0; i < N_PRIVATE_FOLDERS; i++) {
		*where = private_folders[i].path;
		if (mount("tmpfs", *where, "tmpfs", MS_NOSUID | MS_NODEV,
			  private_folders[i].options) < 0 &&
		    errno != ENOENT)
			return -errno;
	}
	*where = "/run/lock";
	if (mkdir("/run/lock", 01777) < 0)
		return -errno;
	return mount_etc(where);
}

int private_mount_kernel(const char **where)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	*where = "/proc";
	if (mount("proc", "/proc", "proc", flags, NULL) < 0 && errno != EPERM)
		return -errno;
	*where = "/sys";
	if (mount("sysfs", "/sys", "sysfs", flags, NULL) < 0 && errno != EPERM)
		return -errno;
	return 0;
}
