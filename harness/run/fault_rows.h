/* The rows of fault_table, and what their files share. Only fault*.c include it. */
#ifndef HARNESS_RUN_FAULT_ROWS_H
#define HARNESS_RUN_FAULT_ROWS_H

#include "harness/run/fault.h"
#include "harness/run/world.h"

extern const struct fault fault_link;
extern const struct fault fault_kill;
extern const struct fault fault_stop;
extern const struct fault fault_cont;
extern const struct fault fault_start;
extern const struct fault fault_restart;
extern const struct fault fault_reload;
extern const struct fault fault_proto112;
extern const struct fault fault_netem;
extern const struct fault fault_command;

/* Writes a "healed" line. */
static inline void fault_tell_healed(struct world *w, const char *what, bool ok)
{
	world_event(w, "healed", json_pack("{s:s, s:b}", "what", what, "ok", ok));
}

#endif
