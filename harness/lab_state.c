/* A guest's folder on this machine: where its kernel puts the socket that we ask it by, and its
 * process number. Nothing of a run's evidence is in it.
 *
 * It lies in $XDG_RUNTIME_DIR/vipdrill, else /dev/shm/vipdrill-UID, else /tmp/vipdrill-UID, so that
 * the next start finds what a killed one left. Its owner holds a lock on a file in it; a lock that
 * can be had means that the owner is dead. Making and sweeping exclude each other by a lock of the
 * folder above.
 */
#include "harness/lab.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUEST_PREFIX "guest-"

/* Makes the folder and sees that it is ours alone. */
static bool own_folder(const char *path)
{
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return false;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & 0022) == 0;
}

/* Without blanks: it goes onto a kernel's command line. Short: a socket's path has 107 bytes. */
static int base_folder(char path[PATH_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (runtime && *runtime == '/' && strlen(runtime) < 40 && !strpbrk(runtime, " \t\"\\")) {
		snprintf(path, PATH_MAX, "%s/vipdrill", runtime);
		if (own_folder(path))
			return 0;
	}
	for (int i = 0; i < 2; i++) {
		snprintf(path, PATH_MAX, "%s/vipdrill-%u", i ? "/tmp" : "/dev/shm",
			 (unsigned)geteuid());
		if (own_folder(path))
			return 0;
	}
	return -EACCES;
}

static int lock_folder(const char *path)
{
	struct stat here, there;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR) {
			int err = -errno;

			close(fd);
			return err;
		}
	/* Its owner may have taken it away while we waited. */
	if (fstat(fd, &here) < 0 || stat(path, &there) < 0 || here.st_ino != there.st_ino) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

/* A lock on the base folder: nobody sweeps while one is made. */
static int lock_base(char base[PATH_MAX])
{
	int fd = -ENOENT;

	for (int i = 0; i < 100 && fd == -ENOENT; i++) {
		fd = base_folder(base);
		if (!fd)
			fd = lock_folder(base);
	}
	return fd;
}

int lab_state_add(struct lab_state *state)
{
	char base[PATH_MAX];
	int base_fd = lock_base(base);
	int err = 0;

	state->lock_fd = -1;
	state->dir[0] = '\0';
	if (base_fd < 0)
		return base_fd;
	if (snprintf(state->dir, PATH_MAX, "%s/" GUEST_PREFIX "XXXXXX", base) >= PATH_MAX)
		err = -ENAMETOOLONG;
	else if (!mkdtemp(state->dir))
		err = -errno;
	if (!err) {
		int dir_fd = open(state->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		state->lock_fd = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (state->lock_fd < 0 || flock(state->lock_fd, LOCK_EX | LOCK_NB) < 0)
			err = -errno;
		if (dir_fd >= 0)
			close(dir_fd);
	}
	close(base_fd);
	if (err)
		lab_state_remove(state);
	return err;
}

/* Removes a folder of known shape: files, and folders of files, nothing deeper. */
static void remove_folder(int parent_fd, const char *name, int depth)
{
	int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) < 0 && errno == EISDIR && depth > 0)
			remove_folder(fd, entry->d_name, depth - 1);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	unlinkat(parent_fd, name, AT_REMOVEDIR);
}

void lab_state_remove(struct lab_state *state)
{
	char base[PATH_MAX];
	int base_fd = state->dir[0] ? lock_base(base) : -1;

	if (state->dir[0])
		remove_folder(AT_FDCWD, state->dir, 2);
	if (state->lock_fd >= 0)
		close(state->lock_fd);
	state->dir[0] = '\0';
	state->lock_fd = -1;
	if (base_fd >= 0) {
		rmdir(base); /* stays where others are */
		close(base_fd);
	}
}

int lab_state_sweep(void (*log)(void *ctx, const char *line), void *ctx)
{
	char base[PATH_MAX], line[PATH_MAX + 300];
	int base_fd = lock_base(base);
	struct dirent *entry;
	int removed = 0;

	if (base_fd < 0)
		return base_fd;
	DIR *dir = fdopendir(base_fd);

	while (dir && (entry = readdir(dir))) {
		char lock_path[300];

		if (strncmp(entry->d_name, GUEST_PREFIX, strlen(GUEST_PREFIX)) != 0)
			continue;
		snprintf(lock_path, sizeof(lock_path), "%s/lock", entry->d_name);
		int fd = openat(base_fd, lock_path, O_RDWR | O_CLOEXEC);

		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0) {
			remove_folder(base_fd, entry->d_name, 2);
			removed++;
			snprintf(line, sizeof(line), "removed %s/%s", base, entry->d_name);
			if (log)
				log(ctx, line);
		}
		if (fd >= 0)
			close(fd);
	}
	rmdir(base); /* stays where others are */
	if (dir)
		closedir(dir);
	else
		close(base_fd);
	return removed;
}
