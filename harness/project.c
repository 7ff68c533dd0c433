/* Finds the project's root and programs from where this executable stands. */
#include "harness/project.h"

#include "lib/base/must.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT_MARK "run-tests.sh"

static const char *executable_folder(struct arena *a)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	char *slash = strrchr(path, '/');

	if (!slash)
		return NULL;
	*slash = '\0';
	return arena_strdup(a, path);
}

/* folder or one above it that holds the mark; NULL. */
static const char *find_root(struct arena *a, const char *folder)
{
	char *at = arena_strdup(a, folder);

	for (;;) {
		if (access(arena_printf(a, "%s/" ROOT_MARK, at), R_OK) == 0)
			return *at ? at : "/";
		char *slash = strrchr(at, '/');

		if (!slash)
			return NULL;
		*slash = '\0';
	}
}

static const char *current_folder(struct arena *a)
{
	char path[PATH_MAX];

	return arena_strdup(a, getcwd(path, sizeof(path)) ? path : "/");
}

const char *project_root(struct arena *a)
{
	const char *exe = executable_folder(a), *cwd = current_folder(a);
	const char *root = exe ? find_root(a, exe) : NULL;

	if (!root)
		root = find_root(a, cwd);
	return root ? root : cwd;
}

static const char *find_in(struct arena *a, const char *folders, const char *name)
{
	while (folders && *folders) {
		size_t n = strcspn(folders, ":");
		const char *path = arena_printf(a, "%.*s/%s", (int)n, folders, name);

		if (n && path[0] == '/' && access(path, X_OK) == 0)
			return path;
		folders += n + (folders[n] == ':');
	}
	return NULL;
}

const char *project_program(struct arena *a, const char *name)
{
	const char *path = find_in(a, executable_folder(a), name);

	if (!path)
		path = find_in(a, getenv("PATH"), name);
	return path ? path : find_in(a, "/usr/local/sbin:/usr/sbin:/sbin", name);
}

const char *project_short(struct arena *a, const char *path)
{
	const char *root = project_root(a);
	size_t n = strlen(root);

	if (!strncmp(path, root, n) && path[n] == '/')
		return path + n + 1;
	return path;
}
