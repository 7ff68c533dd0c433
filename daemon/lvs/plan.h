/* From one IPVS table to another: the operations, in order. Pure.
 *
 * An object that both tables have is edited, never deleted and added: its connections live on.
 * For each service in the order of the wanted table: the service itself, then new destinations,
 * then changed ones, then those to delete, so that a service is never without a destination that
 * both or only the wanted table has. Services that are not wanted go last, in one operation each
 * (the kernel drops their destinations with them). Sync daemons go after the services; one whose
 * parameters change is ended and started, as the kernel cannot edit it.
 */
#ifndef DAEMON_LVS_PLAN_H
#define DAEMON_LVS_PLAN_H

#include "daemon/lvs/table.h"

enum lvs_op_kind {
	LVS_SERVICE_ADD,
	LVS_SERVICE_EDIT,
	LVS_SERVICE_DEL,
	LVS_DEST_ADD,
	LVS_DEST_EDIT,
	LVS_DEST_DEL,
	LVS_SYNC_STOP,
	LVS_SYNC_START
};

struct lvs_op {
	enum lvs_op_kind kind;
	struct ipvs_service service; /* SERVICE_*, DEST_* */
	struct ipvs_dest dest;	     /* DEST_* */
	struct ipvs_sync sync;	     /* SYNC_* */
};

/* Zero-initialise it, free it with lvs_plan_free. */
struct lvs_plan {
	VEC(struct lvs_op) ops;
};

/* Appends what leads from have to want. */
void lvs_plan_make(struct lvs_plan *plan, const struct lvs_table *have,
		   const struct lvs_table *want);
/* The same for one service. NULL: it is not there, or it is not wanted. */
void lvs_plan_service(struct lvs_plan *plan, const struct lvs_entry *have,
		      const struct lvs_entry *want);
void lvs_plan_syncs(struct lvs_plan *plan, const struct lvs_syncs *have,
		    const struct lvs_syncs *want);
void lvs_plan_free(struct lvs_plan *plan);

/* "add TCP 10.0.0.1:80 -> 10.0.0.2:80 DR weight 1", without a newline. */
void lvs_op_print(const struct lvs_op *op, struct buf *out);
/* One operation a line. */
void lvs_plan_print(const struct lvs_plan *plan, struct buf *out);

#endif
