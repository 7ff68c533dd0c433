/* vipdrill: one program for people, and pid 1 of the lab's guest. What it can do is in the tables
 * of the commands (harness/cmd_*.c). */
#include "harness/cli.h"
#include "harness/ground.h"

#include <stddef.h>

int main(int argc, char **argv)
{
	static const struct cli_command *const commands[] = {&cmd_run,	&cmd_judge,  &cmd_check,
							     &cmd_list, &cmd_doctor, NULL};

	if (guest_here())
		guest_main();
	return cli_main(argc, argv, commands);
}
