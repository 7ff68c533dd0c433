/* Between tables in memory and IPVS: reading the kernel's table, doing a plan. */
#ifndef DAEMON_LVS_APPLY_H
#define DAEMON_LVS_APPLY_H

#include "daemon/lvs/plan.h"
#include "lib/base/log.h"

/* Reads services, destinations and sync daemons into an empty table. 0 or -errno. */
int lvs_read(struct ipvs *ipvs, struct lvs_table *out);

/* Does each operation and brings have up to date with what was done. Operations on a service that
 * could not be added are left out. Something that is there already on adding, or gone already on
 * deleting, is success and a log line. Returns the number of operations that were not done; each
 * is logged, unless quiet. */
unsigned lvs_apply(struct ipvs *ipvs, const struct lvs_plan *plan, struct lvs_table *have,
		   const struct log *log, bool quiet);

#endif
