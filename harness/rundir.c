/* Run folders. The hidden name holds the harness's pid, so that the next start can tell what is
 * left over; renameat2(RENAME_EXCHANGE) swaps a new run for an old one without a moment in which
 * there is none. */
#include "harness/rundir.h"

#include "lib/base/buf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INPUT_MAX    (1U << 24)
#define WORK_PREFIX  ".running-"
#define NFTW_OPEN_FD 16

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) < 0 ? -1 : 0;
}

int rundir_remove(const char *path)
{
	if (nftw(path, remove_entry, NFTW_OPEN_FD, FTW_DEPTH | FTW_PHYS) == 0)
		return 0;
	return errno == ENOENT ? 0 : -errno;
}

void rundir_sweep(const char *runs)
{
	DIR *d = opendir(runs);
	struct arena *a;

	if (!d)
		return;
	a = arena_new();
	for (struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (strncmp(e->d_name, WORK_PREFIX, strlen(WORK_PREFIX)) != 0)
			continue;
		long pid = strtol(e->d_name + strlen(WORK_PREFIX), NULL, 10);

		if (pid <= 0 || (kill((pid_t)pid, 0) < 0 && errno == ESRCH))
			rundir_remove(arena_printf(a, "%s/%s", runs, e->d_name));
	}
	closedir(d);
	arena_free(a);
}

/* Every folder on the way to path, not path itself. */
static int make_folders_to(struct arena *a, const char *path)
{
	char *copy = arena_strdup(a, path);

	for (char *p = strchr(copy + 1, '/'); p; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	return 0;
}

int rundir_write(const char *dir, const char *name, const char *text, size_t len)
{
	struct arena *a = arena_new();
	const char *path = arena_printf(a, "%s/%s", dir, name);
	const char *new = arena_printf(a, "%s.new", path);
	int fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int err = fd < 0 ? -errno : 0;

	for (size_t done = 0; !err && done < len;) {
		ssize_t n = write(fd, text + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			err = -errno;
	}
	if (fd >= 0 && close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(new, path) < 0)
		err = -errno;
	arena_free(a);
	return err;
}

static int copy_input(struct arena *a, const char *from, const char *dir, const char *as)
{
	struct buf text = {0};
	int err = buf_read_file(&text, from, INPUT_MAX);

	if (!err)
		err = make_folders_to(a, arena_printf(a, "%s/%s", dir, as));
	if (!err)
		err = rundir_write(dir, as, buf_text(&text), text.len);
	buf_free(&text);
	return err;
}

static int copy_inputs(struct arena *a, const char *work, const struct scenario *s, char *why,
		       size_t why_bytes)
{
	const char *inputs = arena_printf(a, "%s/inputs", work);
	int err = copy_input(a, s->path, inputs, "scenario.scn");

	if (err)
		snprintf(why, why_bytes, "cannot copy %s: %s", s->path, strerror(-err));
	for (const struct scn_include *i = s->includes; i && !err; i = i->next) {
		err = copy_input(a, i->path, inputs, i->name);
		if (err)
			snprintf(why, why_bytes, "cannot copy %s: %s", i->path, strerror(-err));
	}
	for (const struct scn_node *n = s->nodes; n && !err; n = n->next) {
		for (const struct scn_program *p = n->programs; p && !err; p = p->next) {
			if (!p->config)
				continue;
			err = copy_input(a, p->config_path, inputs,
					 scenario_input_name(a, p->config));
			if (err)
				snprintf(why, why_bytes, "cannot copy %s: %s", p->config_path,
					 strerror(-err));
		}
	}
	return err;
}

int rundir_create(struct rundir *d, struct arena *a, const struct scenario *s, char *why,
		  size_t why_bytes)
{
	d->final = arena_printf(a, "%s/%s", d->runs, d->name);
	d->work = arena_printf(a, "%s/" WORK_PREFIX "%ld-%s", d->runs, (long)getpid(), d->name);
	int err = rundir_remove(d->work);

	if (!err)
		err = make_folders_to(a, arena_printf(a, "%s/logs/x", d->work));
	if (!err)
		err = make_folders_to(a, arena_printf(a, "%s/inputs/x", d->work));
	if (err) {
		snprintf(why, why_bytes, "cannot create %s: %s", d->work, strerror(-err));
		return err;
	}
	err = copy_inputs(a, d->work, s, why, why_bytes);
	if (err)
		rundir_remove(d->work);
	return err;
}

int rundir_finish(struct rundir *d)
{
	if (rename(d->work, d->final) < 0) {
		if (errno != ENOTEMPTY && errno != EEXIST)
			return -errno;
		if (renameat2(AT_FDCWD, d->work, AT_FDCWD, d->final, RENAME_EXCHANGE) < 0)
			return -errno;
		rundir_remove(d->work);
	}
	d->work = d->final;
	return 0;
}
