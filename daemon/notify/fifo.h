/* A FIFO that changes of state are written to.
 */
#ifndef DAEMON_NOTIFY_FIFO_H
#define DAEMON_NOTIFY_FIFO_H

#include "daemon/conf/vipd_conf.h"

struct fifo {
	int fd;	    /* -1: there is none */
	char *path; /* our copy */
	bool created;
};

/* Makes it where it does not exist (0644, owner as configured) and opens it; read and write, so
 * that no reader is needed. 0 or -errno; -EPERM: it is not a FIFO of ours. */
int fifo_open(struct fifo *f, const struct conf_fifo *conf);
/* A reader sees its end; the file is removed if we made it. */
void fifo_close(struct fifo *f);
/* A line; lost where the reader is too slow, as keepalived's. 0 or -errno. */
int fifo_write(const struct fifo *f, const char *line, size_t len);

#endif
