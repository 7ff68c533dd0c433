/* Counting processes: /proc is read every second, SLICE entries a turn of the event loop and behind
 * everything else, so that ten thousand processes delay no advert. Each process that counts is held
 * by a pidfd, up to HELD_MAX of them: its end starts the next scan at once.
 */
#include "daemon/track/watch_state.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SCAN_EVERY_NS (1 * NS_PER_S)
#define SLICE	      32
#define HELD_MAX      256
#define CMDLINE_MAX   4096
#define PRIORITY_LOW  2

static void release_held(struct track_watch *w)
{
	for (size_t i = 0; i < w->held.n; i++) {
		event_free(w->held.at[i].ended);
		close(w->held.at[i].fd);
	}
	w->held.n = 0;
}

static void on_process_end(evutil_socket_t fd, short what, void *ctx)
{
	struct track_watch *w = ctx;

	(void)what;
	/* it stays readable: it has said what it had to say */
	for (size_t i = 0; i < w->held.n; i++)
		if (w->held.at[i].fd == fd)
			event_del(w->held.at[i].ended);
	w->scan_at = mono_now();
	watch_arm(w);
}

static void hold(struct track_watch *w, int pid)
{
	struct held_process h;

	if (w->held.n >= HELD_MAX)
		return;
	h.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (h.fd < 0)
		return;
	h.ended = event_new(w->o.base, h.fd, EV_READ, on_process_end, w);
	must(h.ended && event_add(h.ended, NULL) == 0);
	*vec_push(&w->held) = h;
}

static size_t read_proc(int dir, const char *pid, const char *name, char *out, size_t max)
{
	char path[64];
	ssize_t n = 0;

	snprintf(path, sizeof(path), "%.20s/%s", pid, name);
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		n = read(fd, out, max);
		close(fd);
	}
	return n > 0 ? (size_t)n : 0;
}

static void look_at(struct track_watch *w, const char *pid)
{
	char comm[TRACK_COMM_BYTES + 1], cmdline[CMDLINE_MAX];
	size_t n = read_proc(dirfd(w->proc), pid, "comm", comm, TRACK_COMM_BYTES);
	size_t len = read_proc(dirfd(w->proc), pid, "cmdline", cmdline, sizeof(cmdline));
	bool counts = false;

	if (!n)
		return; /* gone */
	comm[comm[n - 1] == '\n' ? n - 1 : n] = '\0';
	for (size_t i = 0; i < w->n_items; i++) {
		struct item *item = &w->items[i];

		if (item->conf->kind != CONF_TRACKED_PROCESS ||
		    !track_process_matches(&item->conf->process, comm, cmdline, len))
			continue;
		item->counting++;
		counts = true;
	}
	if (counts)
		hold(w, (int)strtol(pid, NULL, 10));
}

static void finish_scan(struct track_watch *w)
{
	bool changed = false;
	mono_t now = mono_now();

	closedir(w->proc);
	w->proc = NULL;
	for (size_t i = 0; i < w->n_items; i++) {
		struct item *item = &w->items[i];
		bool was = item->process.good, was_known = item->process.known;

		if (item->conf->kind != CONF_TRACKED_PROCESS)
			continue;
		changed |= track_process_counted(&item->process, item->counting, now);
		item->counting = 0;
		if (was_known && was != item->process.good)
			log_info(w->o.log, "Quorum %s for tracked process %s (%u)",
				 was ? "lost" : "gained", item->conf->name, item->process.count);
	}
	watch_arm(w);
	if (changed)
		w->o.changed(w->o.ctx);
}

static void on_scan(evutil_socket_t fd, short what, void *ctx)
{
	struct track_watch *w = ctx;

	(void)fd;
	(void)what;
	for (int n = 0; w->proc && n < SLICE; n++) {
		const struct dirent *d = readdir(w->proc);

		if (!d) {
			finish_scan(w);
			return;
		}
		if (isdigit((unsigned char)d->d_name[0]))
			look_at(w, d->d_name);
	}
	event_active(w->scan, EV_TIMEOUT, 0);
}

void watch_processes_tick(struct track_watch *w, mono_t now)
{
	if (!w->has_processes || w->proc || mono_before(now, w->scan_at))
		return;
	w->scan_at = mono_add(now, SCAN_EVERY_NS);
	w->proc = opendir("/proc");
	if (!w->proc)
		return;
	release_held(w);
	event_active(w->scan, EV_TIMEOUT, 0);
}

void watch_processes_open(struct track_watch *w)
{
	w->has_processes = false;
	for (size_t i = 0; i < w->n_items; i++)
		w->has_processes |= w->items[i].conf->kind == CONF_TRACKED_PROCESS;
	if (!w->has_processes)
		return;
	w->scan = event_new(w->o.base, -1, 0, on_scan, w);
	must(w->scan != NULL);
	event_priority_set(w->scan, PRIORITY_LOW);
	w->scan_at = mono_now();
}

void watch_processes_close(struct track_watch *w)
{
	if (w->scan)
		event_free(w->scan);
	w->scan = NULL;
	if (w->proc)
		closedir(w->proc);
	w->proc = NULL;
	release_held(w);
	vec_free(&w->held);
}
