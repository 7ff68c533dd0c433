/* The words of the faults, until harness/run brings the faults themselves: its fault_table and
 * fault_find take the place of these weak ones. */
#include "harness/run/fault.h"

#include <stdio.h>
#include <string.h>

static bool one_of(const char *const *args, const char *const *names, char *why, size_t why_bytes)
{
	for (; args[0] && !args[1] && *names; names++)
		if (strcmp(args[0], *names) == 0)
			return true;
	if (!args[0])
		snprintf(why, why_bytes, "something is missing");
	else
		snprintf(why, why_bytes, "'%.80s' is not known here", args[args[1] ? 1 : 0]);
	return false;
}

static bool check_link(const char *const *args, char *why, size_t why_bytes)
{
	static const char *const names[] = {"down", "up", NULL};

	return one_of(args, names, why, why_bytes);
}

static bool check_any(const char *const *args, char *why, size_t why_bytes)
{
	(void)args, (void)why, (void)why_bytes;
	return true;
}

static const struct fault rows[] = {
	{"link", "link NODE SEGMENT down|up", "takes a port's carrier", FAULT_OF_PORT, 0,
	 check_link, NULL, NULL},
	{"kill", "kill NODE PROGRAM [SIGNAL]", "a signal", FAULT_OF_PROGRAM, 0, check_any, NULL,
	 NULL},
	{"stop", "stop NODE PROGRAM", "ends it", FAULT_OF_PROGRAM, 0, check_any, NULL, NULL},
	{"start", "start NODE PROGRAM", "starts it", FAULT_OF_PROGRAM, 0, check_any, NULL, NULL},
	{"proto112", "proto112 NODE drop input|output|both", "drops VRRP", FAULT_OF_NODE,
	 SCN_NEED_NFTABLES, check_any, NULL, NULL},
	{"netem", "netem NODE SEGMENT ...", "delay", FAULT_OF_PORT, SCN_NEED_NETEM, check_any, NULL,
	 NULL},
	{"command", "command NODE WORD...", "runs it", FAULT_OF_NODE, 0, check_any, NULL, NULL},
};

__attribute__((weak)) const struct fault *const fault_table[] = {
	&rows[0], &rows[1], &rows[2], &rows[3], &rows[4], &rows[5], &rows[6], NULL};

__attribute__((weak)) const struct fault *fault_find(const char *name)
{
	for (int i = 0; fault_table[i]; i++)
		if (strcmp(fault_table[i]->name, name) == 0)
			return fault_table[i];
	return NULL;
}
