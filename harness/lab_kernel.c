/* Finds the lab kernel and tells what is in it. The script that builds it knows its name (a hash of
 * all that it is made of), so the script is asked; its .config lies beside it.
 */
#include "harness/lab.h"

#include "lib/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX (1 << 20)

/* What argv prints, and its exit status; -errno. */
static int ask_program(const char *const *argv, struct buf *out)
{
	posix_spawn_file_actions_t files;
	int pipe_fds[2], status = 0;
	char chunk[1024];
	ssize_t n;
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return -errno;
	must(posix_spawn_file_actions_init(&files) == 0);
	must(posix_spawn_file_actions_adddup2(&files, pipe_fds[1], 1) == 0);
	must(posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0) == 0);
	int err =
		posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, environ);

	posix_spawn_file_actions_destroy(&files);
	close(pipe_fds[1]);
	while (!err && (n = read(pipe_fds[0], chunk, sizeof(chunk))) != 0)
		if (n > 0)
			buf_add(out, chunk, (size_t)n);
		else if (errno != EINTR)
			break;
	close(pipe_fds[0]);
	if (err)
		return -err;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	while (out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

/* The script, in the project's tree or where `make install` put it; above this program. */
static bool find_script(char path[PATH_MAX])
{
	static const char *const places[] = {"netns/kernel/build", "share/vipdrill/kernel/build"};
	char dir[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof(dir) - 1);

	if (n <= 0)
		return false;
	dir[n] = '\0';
	for (char *slash; (slash = strrchr(dir, '/'));) {
		*slash = '\0';
		for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
			int len = snprintf(path, PATH_MAX, "%s/%s", dir, places[i]);

			if (len < PATH_MAX && access(path, X_OK) == 0)
				return true;
		}
	}
	return false;
}

bool lab_kernel_find(struct lab_kernel *kernel, const char **why)
{
	const char *given = getenv("VIPDRILL_KERNEL");
	char script[PATH_MAX];

	*why = NULL;
	if (given && *given) {
		if (strlen(given) >= sizeof(kernel->path) || access(given, X_OK) < 0)
			*why = "$VIPDRILL_KERNEL names no program";
		else
			memcpy(kernel->path, given, strlen(given) + 1);
	} else if (!find_script(script)) {
		*why = "the script that builds the lab kernel is not there (netns/kernel/build)";
	} else {
		const char *const argv[] = {script, "--print-path", NULL};
		struct buf out = {0};

		if (ask_program(argv, &out) == 0 && out.len && out.len < sizeof(kernel->path))
			memcpy(kernel->path, out.data, out.len + 1);
		else
			*why = "the lab kernel is not built; `make lab-kernel` builds it";
		buf_free(&out);
		/* Asked once in a process: the script takes as long as a short run. */
		if (!*why)
			setenv("VIPDRILL_KERNEL", kernel->path, 1);
	}
	return !*why;
}

bool lab_kernel_has(const struct lab_kernel *kernel, const char *option)
{
	struct buf config = {0};
	char path[PATH_MAX + 8], line[128];

	snprintf(path, sizeof(path), "%s.config", kernel->path);
	snprintf(line, sizeof(line), "\n%s=y\n", option);
	bool has = buf_read_file(&config, path, CONFIG_BYTES_MAX) == 0 &&
		   strstr(buf_text(&config), line) != NULL;

	buf_free(&config);
	return has;
}

void lab_kernel_release(const struct lab_kernel *kernel, char *text, size_t bytes)
{
	const char *const argv[] = {kernel->path, "--version", NULL};
	struct buf out = {0};

	snprintf(text, bytes, "?");
	if (ask_program(argv, &out) == 0 && out.len)
		snprintf(text, bytes, "%s", buf_text(&out));
	buf_free(&out);
}
