/* Detaching, pid files, namespaces.
 *
 * The pid file is locked with an open-file-description lock: it ends with the process, however that
 * ends, so a file that a killed vipd left never stands in the way. Scripts do not inherit it
 * (O_CLOEXEC).
 */
#include "daemon/control/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- detaching ----------------------------------------------------------------------------- */

/* The parent's part: the child's word, or its end, decides our exit code. */
_Noreturn static void await_child(pid_t child, int fd)
{
	unsigned char code;
	int status;
	ssize_t n;

	do
		n = read(fd, &code, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(code);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int process_detach(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid_t child = fork();

	if (child < 0) {
		int err = errno;

		close(ends[0]);
		close(ends[1]);
		return -err;
	}
	if (child > 0) {
		close(ends[1]);
		await_child(child, ends[0]);
	}
	close(ends[0]);
	setsid();
	if (chdir("/") < 0)
		return -errno;
	return ends[1];
}

void process_ready(int fd, int exit_code)
{
	unsigned char code = (unsigned char)exit_code;

	if (fd < 0)
		return;
	if (write(fd, &code, 1) < 0) { /* the parent was killed: nobody waits any more */
	}
	close(fd);
	int null = exit_code == 0 ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;

	for (int i = 0; i <= 2 && null >= 0; i++)
		dup2(null, i);
	if (null > 2)
		close(null);
}

/* ---- pid files ----------------------------------------------------------------------------- */

static int write_pid(int fd)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return errno ? -errno : -EIO;
	return 0;
}

/* Whether path still names the file that fd is: it may have been removed between open and lock. */
static int is_still(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino &&
	       ours.st_dev == there.st_dev;
}

int process_pid_take(const char *path)
{
	for (;;) {
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		int err = 0;

		if (fd < 0)
			return -errno;
		if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
			err = errno == EAGAIN || errno == EACCES ? -EEXIST : -errno;
		if (!err && !is_still(fd, path)) {
			close(fd);
			continue;
		}
		if (!err)
			err = write_pid(fd);
		if (!err)
			return fd;
		close(fd);
		return err;
	}
}

void process_pid_release(int fd, const char *path)
{
	if (fd < 0)
		return;
	unlink(path); /* before the lock goes: afterwards it may be another's */
	close(fd);
}

int process_pid_copy(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	int err;

	if (fd < 0)
		return -errno;
	err = write_pid(fd);
	close(fd);
	return err;
}

/* ---- systemd ------------------------------------------------------------------------------- */

void process_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;

	if ((len == 0 || len >= sizeof(at.sun_path)) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(at.sun_path, path, len);
	if (path[0] == '@') /* an abstract name */
		at.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	/* nobody listens: there is nobody to tell */
	if (fd >= 0 && sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) < 0)
		errno = 0;
	if (fd >= 0)
		close(fd);
}

/* ---- namespaces ---------------------------------------------------------------------------- */

int process_enter_namespace(const char *name)
{
	char path[256];
	int err = 0;
	int n = snprintf(path, sizeof(path), "/run/netns/%s", name);

	if (strchr(name, '/') || n < 0 || (size_t)n >= sizeof(path))
		return -EINVAL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET) < 0)
		err = -errno;
	close(fd);
	return err;
}
