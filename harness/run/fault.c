/* The table of faults. A new fault is one file and one line here. */
#include "harness/run/fault.h"

#include "harness/run/fault_rows.h"

#include <string.h>

const struct fault *const fault_table[] = {
	&fault_link,   &fault_kill,	&fault_stop,  &fault_cont,    &fault_start, &fault_restart,
	&fault_reload, &fault_proto112, &fault_netem, &fault_command, NULL};

const struct fault *fault_find(const char *name)
{
	for (const struct fault *const *f = fault_table; *f; f++)
		if (strcmp((*f)->name, name) == 0)
			return *f;
	return NULL;
}
