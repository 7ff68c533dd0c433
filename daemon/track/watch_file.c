/* Tracked files: their folders are watched (inotify), so that a file may come, go and be replaced;
 * a folder that does not exist is looked for again every second. On any change there all files are
 * read anew: they are few and small.
 */
#include "daemon/track/watch_state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES 128
#define EVENTS                                                                                     \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF)

/* 0 where there is no file, or nothing in it. */
static int read_value(const struct item *i)
{
	int fd = open(i->conf->file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[READ_BYTES];
	struct stat st;
	ssize_t n = 0;
	int value = i->value;

	if (fd >= 0) {
		if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
			n = read(fd, text, sizeof(text));
		close(fd);
	}
	if (!track_file_value(text, n > 0 ? (size_t)n : 0, &value))
		log_warning(i->watch->o.log,
			    "Tracked file %s: its number does not fit: it is ignored",
			    i->conf->name);
	return value;
}

static bool watch_folder(struct track_watch *w, const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", slash == path ? 1 : (int)(slash - path),
			 path);
	else
		snprintf(folder, sizeof(folder), ".");
	return inotify_add_watch(w->inotify_fd, folder, EVENTS) >= 0;
}

bool watch_files_read(struct track_watch *w)
{
	bool changed = false;

	w->unwatched = false;
	for (size_t n = 0; n < w->n_items; n++) {
		struct item *i = &w->items[n];

		if (i->conf->kind != CONF_TRACKED_FILE)
			continue;
		if (!watch_folder(w, i->conf->file.path))
			w->unwatched = true;
		int value = read_value(i);

		if (value == i->value)
			continue;
		log_info(w->o.log, "Tracked file %s has changed from %d to %d", i->conf->name,
			 i->value, value);
		i->value = value;
		changed = true;
	}
	return changed;
}

static void on_inotify(evutil_socket_t fd, short what, void *ctx)
{
	struct track_watch *w = ctx;
	char events[4096];

	(void)what;
	while (read(fd, events, sizeof(events)) > 0)
		continue;
	bool changed = watch_files_read(w);

	watch_arm(w);
	if (changed)
		w->o.changed(w->o.ctx);
}

void watch_files_open(struct track_watch *w)
{
	w->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->inotify_fd < 0) {
		log_error(w->o.log, "inotify: %s: tracked files are read every second",
			  strerror(errno));
		return;
	}
	w->inotify = event_new(w->o.base, w->inotify_fd, EV_READ | EV_PERSIST, on_inotify, w);
	must(w->inotify && event_add(w->inotify, NULL) == 0);
}

void watch_files_close(struct track_watch *w)
{
	if (w->inotify)
		event_free(w->inotify);
	w->inotify = NULL;
	if (w->inotify_fd >= 0)
		close(w->inotify_fd);
	w->inotify_fd = -1;
}

void watch_file_init(struct track_watch *w, const struct conf_tracked *conf)
{
	const struct conf_tracked_file *f = &conf->file;
	int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (f->overwrite ? O_TRUNC : O_EXCL);
	char text[16];

	if (!f->init)
		return;
	int fd = open(f->path, how, 0644);

	if (fd < 0 && errno == EEXIST && !f->overwrite)
		return;
	int len = snprintf(text, sizeof(text), "%d\n", f->init_value);

	if (fd < 0 || write(fd, text, (size_t)len) != len)
		log_error(w->o.log, "Tracked file %s: %s not written: %s", conf->name, f->path,
			  strerror(errno));
	if (fd >= 0)
		close(fd);
}
