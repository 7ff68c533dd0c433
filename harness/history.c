/* history.jsonl: writing and reading what happened, a line for each thing.
 *
 * Writing collects lines in memory and hands them to the file in large pieces, because in the lab
 * each write crosses to the host's file system; a step, the start and the end are always written
 * through, so that a run that was killed leaves what led to its last step. A line that could not be
 * written is remembered and told at the close: evidence with holes must not look whole.
 *
 * Reading checks the shape of each line only; what the fields mean is the judge's business.
 */
#include "harness/history.h"

#include "lib/base/buf.h"
#include "lib/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLUSH_BYTES	262144
#define HISTORY_NAME	"history.jsonl"
#define HISTORY_PATHMAX 4096

struct history {
	int fd;
	int error; /* the first -errno */
	json_int_t lines;
	struct buf pending;
};

static int history_path(const char *dir, char *path)
{
	int n = snprintf(path, HISTORY_PATHMAX, "%s/" HISTORY_NAME, dir);

	return n < 0 || n >= HISTORY_PATHMAX ? -ENAMETOOLONG : 0;
}

int history_open(struct history **out, const char *dir)
{
	char path[HISTORY_PATHMAX];
	int err = history_path(dir, path);

	if (err)
		return err;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	struct history *h = calloc(1, sizeof(*h));

	must(h != NULL);
	h->fd = fd;
	*out = h;
	return 0;
}

static void flush(struct history *h)
{
	size_t done = 0;

	while (done < h->pending.len && !h->error) {
		ssize_t n = write(h->fd, h->pending.data + done, h->pending.len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			h->error = -errno;
	}
	buf_clear(&h->pending);
}

static int append(const char *bytes, size_t n, void *ctx)
{
	buf_add(ctx, bytes, n);
	return 0;
}

void history_write(struct history *h, int64_t t_ns, const char *ev, json_t *fields)
{
	must(fields == NULL || json_is_object(fields));
	h->lines++;
	if (fields && !strcmp(ev, "end"))
		json_object_set_new(fields, "lines", json_integer(h->lines));
	buf_printf(&h->pending, "{\"t\":%lld,\"ev\":\"%s\"", (long long)t_ns, ev);
	if (fields && json_object_size(fields)) {
		size_t at = h->pending.len;

		must(json_dump_callback(fields, append, &h->pending,
					JSON_COMPACT | JSON_PRESERVE_ORDER) == 0);
		h->pending.data[at] = ','; /* it was the opening brace */
	} else {
		buf_putc(&h->pending, '}');
	}
	buf_putc(&h->pending, '\n');
	json_decref(fields);
	if (h->pending.len >= FLUSH_BYTES || strcmp(ev, "step") == 0 || strcmp(ev, "start") == 0 ||
	    strcmp(ev, "end") == 0)
		flush(h);
}

int history_close(struct history *h)
{
	if (!h)
		return 0;
	flush(h);
	if (close(h->fd) < 0 && !h->error)
		h->error = -errno;
	int err = h->error;

	buf_free(&h->pending);
	free(h);
	return err;
}

/* One line to the reader: 1 go on, 0 it has seen enough, or -EBADMSG. */
static int read_line(const char *text, size_t len,
		     bool (*each)(void *, int64_t, const char *, const json_t *), void *ctx)
{
	json_t *fields = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	json_t *t = json_object_get(fields, "t");
	const char *ev = json_string_value(json_object_get(fields, "ev"));
	int result = -EBADMSG;

	if (json_is_integer(t) && ev)
		result = each(ctx, json_integer_value(t), ev, fields) ? 1 : 0;
	json_decref(fields);
	return result;
}

int history_read(const char *dir,
		 bool (*each)(void *ctx, int64_t t_ns, const char *ev, const json_t *fields),
		 void *ctx, int *line)
{
	char path[HISTORY_PATHMAX];
	int err = history_path(dir, path);

	*line = 0;
	if (err)
		return err;
	FILE *f = fopen(path, "re");

	if (!f)
		return -errno;
	char *text = NULL;
	size_t cap = 0;
	int result = 1;

	while (result == 1) {
		errno = 0;
		ssize_t n = getline(&text, &cap, f);

		if (n < 0) {
			result = ferror(f) ? -(errno ? errno : EIO) : 0;
			break;
		}
		(*line)++;
		result = read_line(text, (size_t)n, each, ctx);
	}
	free(text);
	fclose(f);
	return result;
}
