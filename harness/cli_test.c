/* The command line of the built vipdrill: each line of fixtures/cli/commands.txt, with what it
 * prints (both streams) and its exit code, as one transcript (GOLDENS=rewrite writes it anew). */
#include "lib/base/arena.h"
#include "lib/base/golden.h"
#include "lib/base/must.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>

#define COMMANDS   "fixtures/cli/commands.txt"
#define TRANSCRIPT "fixtures/cli/transcript.txt"
#define WORDS_MAX  16

/* build/VARIANT/vipdrill, from build/VARIANT/harness/cli_test. */
static const char *program(struct arena *a)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	assert_true(n > 0);
	path[n] = '\0';
	for (int i = 0; i < 2; i++)
		*strrchr(path, '/') = '\0';
	return arena_printf(a, "%s/vipdrill", path);
}

static _Noreturn void become(const char *exe, char **argv, int fd)
{
	dup2(fd, 1);
	dup2(fd, 2);
	setenv("NO_COLOR", "1", 1);
	execv(exe, argv);
	_exit(126);
}

static void run(const char *exe, const char *line, struct buf *out)
{
	char *copy = strdup(line), *argv[WORDS_MAX + 1] = {NULL}, *save, bytes[4096];
	int n = 0, fd[2], status;
	ssize_t got;

	for (char *w = strtok_r(copy, " ", &save); w && n < WORDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	assert_int_equal(pipe(fd), 0);
	pid_t pid = fork();

	if (pid == 0)
		become(exe, argv, fd[1]);
	close(fd[1]);
	buf_printf(out, "$ %s\n", line);
	while ((got = read(fd[0], bytes, sizeof(bytes))) > 0)
		buf_add(out, bytes, (size_t)got);
	close(fd[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	buf_printf(out, "[%d]\n\n", WEXITSTATUS(status));
	free(copy);
}

static void test_transcript(void **state)
{
	struct arena *a = arena_new();
	struct buf commands = {0}, out = {0};
	char *save;

	(void)state;
	assert_int_equal(buf_read_file(&commands, COMMANDS, 1 << 16), 0);
	for (char *line = strtok_r(commands.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		run(program(a), line, &out);
	assert_true(golden_matches(TRANSCRIPT, buf_text(&out)));
	buf_free(&commands);
	buf_free(&out);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_transcript)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
