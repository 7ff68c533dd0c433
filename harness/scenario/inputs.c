/* A scenario and the files that it names can be copied into one folder, where it reads the same
 * again: a run keeps its inputs so. A name that leads out of the scenario's folder has another one
 * there (scenario_input_name), which is looked for first. */
#include "harness/scenario/load.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define INCLUDE_MAX_BYTES (16U << 20)

const char *scenario_input_name(struct arena *a, const char *path)
{
	struct buf name = {0};

	if (path[0] == '/')
		buf_puts(&name, "_root");
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n && !(n == 1 && path[0] == '.')) {
			buf_puts(&name, name.len ? "/" : "");
			if (n == 2 && !strncmp(path, "..", 2))
				buf_puts(&name, "_up");
			else
				buf_add(&name, path, n);
		}
		path += n + (path[n] == '/');
	}
	const char *copy = arena_strdup(a, buf_text(&name));

	buf_free(&name);
	return copy;
}

int scn_reader_read(void *ctx, const char *path, struct buf *text)
{
	struct scn_reader *reader = ctx;

	if (!strcmp(path, reader->path)) /* the scenario itself */
		return buf_read_file(text, path, INCLUDE_MAX_BYTES);
	const char *slash = strrchr(reader->path, '/');
	size_t n = slash ? (size_t)(slash - reader->path) + 1 : 0;
	bool below = !strncmp(path, reader->path, n);
	struct scn_include *include = arena_new_object(reader->arena, struct scn_include);

	include->name = scenario_input_name(reader->arena, below ? path + n : path);
	include->path = arena_printf(reader->arena, "%.*s%s", (int)n, reader->path, include->name);
	if (access(include->path, R_OK) < 0)
		include->path = arena_strdup(reader->arena, path);
	*reader->last = include;
	reader->last = &include->next;
	return buf_read_file(text, include->path, INCLUDE_MAX_BYTES);
}
