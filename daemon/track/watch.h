/* The shell around what is tracked: runs scripts, reads files, counts processes, and says when
 * something is good or bad, or a number has changed. One for the whole daemon: a script that ten
 * instances track runs once.
 *
 * Processes are counted every second by reading /proc, a few entries a turn of the loop; the end of
 * one that counts is seen at once (pidfd). The kernel's process connector would tell of births at
 * once too, but it speaks only in the first network namespace and only to root: vipd in a namespace
 * or with reduced capabilities would be blind, and every fork of a busy director would wake it.
 */
#ifndef DAEMON_TRACK_WATCH_H
#define DAEMON_TRACK_WATCH_H

#include "daemon/conf/vipd_conf.h"
#include "daemon/notify/notify.h"
#include "lib/base/log.h"

#include <event2/event.h>

struct track_watch;

struct track_watch_options {
	struct event_base *base;
	const struct log *log;
	struct notify *notify;	    /* runs the scripts */
	void (*changed)(void *ctx); /* from the event loop, never from a call into here */
	void *ctx;
};

struct track_status {
	bool known; /* a script has ended once, processes were counted */
	bool good;  /* scripts and processes */
	int value;  /* files */
};

/* Never NULL. Files are read before it returns; the rest begins with the event loop. */
struct track_watch *track_watch_new(const struct vipd_conf *conf,
				    const struct track_watch_options *o);
/* Goes over to another configuration: results of scripts with the same name, command and user, and
 * of processes and files with the same name stay. Running scripts are ended. */
void track_watch_reload(struct track_watch *w, const struct vipd_conf *conf);
/* Running scripts are ended. NULL is allowed. */
void track_watch_free(struct track_watch *w);
/* what belongs to the configuration that is in force. */
struct track_status track_watch_status(const struct track_watch *w,
				       const struct conf_tracked *what);

#endif
