/* vipdrill: one program for people, and pid 1 of the lab's guest. What it can do is in the tables
 * of the commands (harness/cmd_*.c). */
#include "harness/cli.h"
#include "harness/ground.h"

#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

/* A caller may have closed 0, 1 or 2: no file of a run may be opened under these numbers. */
static void hold_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	static const struct cli_command *const commands[] = {
		&cmd_run, &cmd_judge, &cmd_check, &cmd_list, &cmd_doctor, &cmd_differ, NULL};

	if (guest_here())
		guest_main();
	hold_standard_files();
	return cli_main(argc, argv, commands);
}
