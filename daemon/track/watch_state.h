/* What the files of the tracking shell share. Nobody else includes it. */
#ifndef DAEMON_TRACK_WATCH_STATE_H
#define DAEMON_TRACK_WATCH_STATE_H

#include "daemon/track/file.h"
#include "daemon/track/process.h"
#include "daemon/track/script.h"
#include "daemon/track/watch.h"
#include "lib/base/vec.h"

#include <dirent.h>

struct item {
	struct track_watch *watch;
	const struct conf_tracked *conf;
	struct track_script script;
	pid_t pid;	 /* of the script's run; 0: none */
	int last_status; /* exit status of its last run, -1: none yet */
	int value;	 /* of the file */
	struct track_process process;
	unsigned counting; /* matches of the scan that is under way */
};

struct held_process { /* one that counts: its end is seen at once */
	int fd;
	struct event *ended;
};

struct track_watch {
	struct track_watch_options o;
	struct item *items;
	size_t n_items;
	int timer_fd;
	struct event *timer;
	/* files */
	int inotify_fd;
	struct event *inotify;
	bool unwatched; /* some folder does not exist: look again later */
	mono_t look_at; /* for files, then */
	/* processes */
	bool has_processes;
	DIR *proc;	    /* a scan is under way */
	struct event *scan; /* its next piece */
	mono_t scan_at;	    /* the next one begins */
	VEC(struct held_process) held;
};

/* watch_file.c */
void watch_files_open(struct track_watch *w);
void watch_files_close(struct track_watch *w);
/* Watches what can be watched, reads all. True: a value has changed. */
bool watch_files_read(struct track_watch *w);
/* init_file of a configuration that is new. */
void watch_file_init(struct track_watch *w, const struct conf_tracked *conf);

/* watch_process.c */
void watch_processes_open(struct track_watch *w);
void watch_processes_close(struct track_watch *w);
/* Starts a scan where one is due. */
void watch_processes_tick(struct track_watch *w, mono_t now);

/* watch.c */
void watch_arm(struct track_watch *w);
struct item *watch_item(struct track_watch *w, enum conf_tracked_kind kind, const char *name);

#endif
