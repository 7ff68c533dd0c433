/* Logs: pipes in, stamped lines out. Written in large pieces, for each write of the lab's guest
 * goes through to the host's file system. Before t = 0 there is no time of the run yet; such lines
 * are stamped "start". */
#include "harness/run/program_log.h"

#include "lib/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_BYTES    65536
#define LINE_MAX_BYTES 16384
#define LOG_MAX_BYTES  (32U << 20) /* a program that writes without end must not fill the disk */
#define LEFT_READS_MAX 64	   /* more than a pipe holds */

struct log_pipe {
	struct program_log *log;
	struct event *readable;
	int fd;
	struct buf line; /* what has no newline yet */
	struct log_pipe *next;
};

struct program_log {
	struct world *world;
	int fd;
	size_t written;
	struct buf pending;
	struct log_pipe *pipes;
};

int program_log_open(struct program_log **out, struct world *w, const char *name)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/logs", w->order->dir);

	if (n < 0 || (size_t)n >= sizeof(path) / 2)
		return -ENAMETOOLONG;
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/logs/%s.log", w->order->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	struct program_log *log = calloc(1, sizeof(*log));

	must(log != NULL);
	log->world = w;
	log->fd = fd;
	*out = log;
	return 0;
}

static void put_line(struct program_log *log, const char *text, size_t len)
{
	static const char left_out[] = "(the log is full: the rest is left out)\n";
	const struct world *w = log->world;
	size_t before = log->pending.len;

	if (log->written > LOG_MAX_BYTES)
		return;
	if (w->started) {
		int64_t us = world_t(w, mono_now()) / NS_PER_US;

		buf_printf(&log->pending, "%5lld.%06lld ", (long long)(us / 1000000),
			   (long long)(us % 1000000));
	} else {
		buf_puts(&log->pending, "       start ");
	}
	buf_add(&log->pending, text, len);
	buf_putc(&log->pending, '\n');
	log->written += log->pending.len - before;
	if (log->written > LOG_MAX_BYTES)
		buf_puts(&log->pending, left_out);
	if (log->pending.len >= FLUSH_BYTES)
		program_log_flush(log);
}

static void put_bytes(struct log_pipe *p, const char *bytes, size_t n)
{
	while (n) {
		const char *end = memchr(bytes, '\n', n);
		size_t len = end ? (size_t)(end - bytes) : n;

		buf_add(&p->line, bytes, len);
		if (end || p->line.len > LINE_MAX_BYTES) {
			put_line(p->log, p->line.data, p->line.len);
			buf_clear(&p->line);
		}
		len += end != NULL;
		bytes += len;
		n -= len;
	}
}

static void close_pipe(struct log_pipe *p)
{
	if (p->line.len)
		put_line(p->log, p->line.data, p->line.len);
	event_free(p->readable);
	close(p->fd);
	buf_free(&p->line);
	free(p);
}

static void pipe_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct log_pipe *p = ctx;
	char bytes[8192];
	ssize_t n = read(fd, bytes, sizeof(bytes));

	(void)what;
	if (n > 0) {
		put_bytes(p, bytes, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	struct log_pipe **at = &p->log->pipes;

	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	close_pipe(p);
}

int program_log_pipe(struct program_log *log)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	/* Only our end: a program may not expect its output to be non-blocking. */
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	struct log_pipe *p = calloc(1, sizeof(*p));

	must(p != NULL);
	p->log = log;
	p->fd = fds[0];
	p->readable = world_watch(log->world, fds[0], pipe_readable, p);
	p->next = log->pipes;
	log->pipes = p;
	return fds[1];
}

void program_log_flush(struct program_log *log)
{
	size_t done = 0;

	while (done < log->pending.len) {
		ssize_t n = write(log->fd, log->pending.data + done, log->pending.len - done);

		if (n >= 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			world_fail(log->world, -errno, "a log cannot be written: %s",
				   strerror(errno));
			break;
		}
	}
	buf_clear(&log->pending);
}

void program_log_close(struct program_log *log)
{
	if (!log)
		return;
	while (log->pipes) {
		struct log_pipe *p = log->pipes;
		char bytes[8192];
		ssize_t n;

		/* What is still in the pipe, though its writers may live. */
		for (int i = 0; i < LEFT_READS_MAX; i++) {
			n = read(p->fd, bytes, sizeof(bytes));
			if (n <= 0)
				break;
			put_bytes(p, bytes, (size_t)n);
		}
		log->pipes = p->next;
		close_pipe(p);
	}
	program_log_flush(log);
	buf_free(&log->pending);
	close(log->fd);
	free(log);
}
