/* Making, opening and writing FIFOs. Whoever else can write in the folder may have put something
 * there before: only a FIFO that belongs to us or to its configured user is used.
 */
#include "daemon/notify/fifo.h"

#include "daemon/notify/account.h"
#include "lib/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_checked(const struct fifo *f, const struct account *owner)
{
	int fd = open(f->path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
	    (st.st_uid == geteuid() || (owner->change && st.st_uid == owner->uid)))
		return fd;
	close(fd);
	return -EPERM;
}

int fifo_open(struct fifo *f, const struct conf_fifo *conf)
{
	struct account owner = {.change = false};
	int err = 0;

	*f = (struct fifo){.fd = -1};
	if (!conf->path)
		return 0;
	if (conf->user)
		err = account_find(&owner, conf->user, conf->group);
	if (err)
		return err;
	f->path = strdup(conf->path);
	must(f->path != NULL);
	f->created = mkfifo(f->path, 0644) == 0;
	if (!f->created && errno != EEXIST)
		err = -errno;
	if (f->created && owner.change && chown(f->path, owner.uid, owner.gid) < 0)
		err = -errno;
	if (!err)
		f->fd = open_checked(f, &owner);
	if (f->fd < 0) {
		err = err ? err : f->fd;
		fifo_close(f);
	}
	return err;
}

void fifo_close(struct fifo *f)
{
	/* first the name, so that a reader that opens it again does not find the old one */
	if (f->path && f->created)
		unlink(f->path);
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	*f = (struct fifo){.fd = -1};
}

int fifo_write(const struct fifo *f, const char *line, size_t len)
{
	if (f->fd < 0 || write(f->fd, line, len) >= 0 || errno == EAGAIN)
		return 0;
	return -errno;
}
