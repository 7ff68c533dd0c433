/* inputs/run.json: what a run is to do, on its way into the lab's guest. Paths are as the guest
 * sees them. Unknown members are ignored, missing ones refused: the two sides are one program. */
#include "harness/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096

static int order_path(const char *dir, char *path)
{
	int n = snprintf(path, PATH_BYTES, "%s/inputs/run.json", dir);

	return n < 0 || n >= PATH_BYTES ? -ENAMETOOLONG : 0;
}

int run_order_write(const struct run_order *order)
{
	char path[PATH_BYTES], seed[24];
	int err = order_path(order->dir, path);

	if (err)
		return err;
	/* JSON numbers are signed 64 bits here; a seed is not. */
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)order->seed);
	json_t *j = json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s, s:b, s:I}", "scenario_path",
			      order->scenario_path, "dir", order->dir, "director", order->director,
			      "vipd_path", order->vipd_path, "keepalived_path",
			      order->keepalived_path, "seed", seed, "virtual_time",
			      order->virtual_time, "watchdog_ms", (json_int_t)order->watchdog_ms);

	if (!j)
		return -EINVAL;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0) {
		err = -errno;
	} else {
		err = json_dumpfd(j, fd, JSON_INDENT(2) | JSON_PRESERVE_ORDER) < 0 ? -EIO : 0;
		if (close(fd) < 0 && !err)
			err = -errno;
	}
	json_decref(j);
	return err;
}

static const char *copy(struct arena *a, const char *text)
{
	return text ? arena_strdup(a, text) : NULL;
}

int run_order_read(const char *dir, struct arena *a, struct run_order *out)
{
	char path[PATH_BYTES];
	const char *scenario, *own_dir, *director, *seed;
	const char *vipd = NULL, *keepalived = NULL;
	json_int_t watchdog_ms;
	int virtual_time;
	int err = order_path(dir, path);

	if (err)
		return err;
	if (access(path, R_OK) < 0)
		return -errno;
	json_t *j = json_load_file(path, 0, NULL);

	if (!j || json_unpack(j, "{s:s, s:s, s:s, s?s, s?s, s:s, s:b, s:I}", "scenario_path",
			      &scenario, "dir", &own_dir, "director", &director, "vipd_path", &vipd,
			      "keepalived_path", &keepalived, "seed", &seed, "virtual_time",
			      &virtual_time, "watchdog_ms", &watchdog_ms) < 0) {
		json_decref(j);
		return -EBADMSG;
	}
	char *end;

	errno = 0;
	*out = (struct run_order){
		.scenario_path = copy(a, scenario),
		.dir = copy(a, own_dir),
		.director = copy(a, director),
		.vipd_path = copy(a, vipd),
		.keepalived_path = copy(a, keepalived),
		.seed = strtoull(seed, &end, 10),
		.virtual_time = virtual_time,
		.watchdog_ms = watchdog_ms,
	};
	err = errno || end == seed || *end ? -EBADMSG : 0;
	json_decref(j);
	return err;
}
