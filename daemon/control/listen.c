/* Unix sockets that listen: a dead predecessor's is replaced, a living one's is not. The socket is
 * made under another name and moved into its place once its permissions are right.
 */
#include "daemon/control/control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 16

static int address(const char *path, struct sockaddr_un *out)
{
	int n;

	*out = (struct sockaddr_un){.sun_family = AF_UNIX};
	n = snprintf(out->sun_path, sizeof(out->sun_path), "%s", path);
	return n > 0 && (size_t)n < sizeof(out->sun_path) ? 0 : -ENAMETOOLONG;
}

static void make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	mkdir(folder, 0755); /* what is wrong with it bind will say */
}

/* 0: nothing is there, or what nobody listens at any more. */
static int check_predecessor(const char *path, const struct sockaddr_un *at)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EADDRINUSE;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	int err = connect(fd, (const struct sockaddr *)at, sizeof(*at)) < 0 ? errno : 0;

	close(fd);
	return err == ECONNREFUSED ? 0 : -EADDRINUSE;
}

static int bind_fresh(int fd, const char *path, unsigned mode)
{
	struct sockaddr_un fresh;
	char name[sizeof(fresh.sun_path) + 8];
	int err;

	snprintf(name, sizeof(name), "%s.new", path);
	err = address(name, &fresh);
	if (err)
		return err;
	unlink(name);
	if (bind(fd, (struct sockaddr *)&fresh, sizeof(fresh)) < 0)
		return -errno;
	if (chmod(name, (mode_t)mode) < 0 || listen(fd, BACKLOG) < 0 || rename(name, path) < 0) {
		err = -errno;
		unlink(name);
	}
	return err;
}

int control_listen(const char *path, unsigned mode)
{
	struct sockaddr_un at;
	int err = address(path, &at);

	if (err)
		return err;
	make_folder(path);
	err = check_predecessor(path, &at);
	if (err)
		return err;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	err = bind_fresh(fd, path, mode);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}
