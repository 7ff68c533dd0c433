/* An IPVS table as data: what the kernel has, or what it should have. Pure.
 *
 * A zeroed struct lvs_table is an empty one. Entries keep the order in which they were put in.
 * Pointers to entries are void after the next put or drop.
 */
#ifndef DAEMON_LVS_TABLE_H
#define DAEMON_LVS_TABLE_H

#include "lib/base/buf.h"
#include "lib/base/vec.h"
#include "lib/ipvs/ipvs.h"

struct lvs_entry {
	struct ipvs_service service;
	VEC(struct ipvs_dest) dests;
};

/* At most one sync daemon of each role; role 0 in an element: none. */
struct lvs_syncs {
	struct ipvs_sync master;
	struct ipvs_sync backup;
};

struct lvs_table {
	VEC(struct lvs_entry) services;
	struct lvs_syncs syncs;
};

void lvs_table_free(struct lvs_table *t);
/* Index of the same service (ipvs_service_same), or t->services.n. hint: where it is likely. */
size_t lvs_table_find(const struct lvs_table *t, const struct ipvs_service *s, size_t hint);
/* The entry of a service, new where there is none; its configuration becomes s. */
struct lvs_entry *lvs_table_put(struct lvs_table *t, const struct ipvs_service *s);
void lvs_table_drop(struct lvs_table *t, size_t index);
/* Drops from t every service that wanted does not have: somebody else's. */
void lvs_table_keep(struct lvs_table *t, const struct lvs_table *wanted);

void lvs_entry_free(struct lvs_entry *e);
/* Index of the same destination, or e->dests.n. */
size_t lvs_entry_find(const struct lvs_entry *e, const struct ipvs_dest *d, size_t hint);
/* Puts a destination in, in place of the same one if there is one. */
void lvs_entry_put(struct lvs_entry *e, const struct ipvs_dest *d);
void lvs_entry_drop(struct lvs_entry *e, size_t index);

/* As `ipvsadm -Sn` has the order of words, for dumps and tests:
 *	TCP 10.0.0.1:80 wrr
 *		10.0.0.2:80 DR weight 1
 */
void lvs_table_print(const struct lvs_table *t, struct buf *out);
/* "wlc ops persistent 360 255.255.255.0" */
void lvs_service_print(const struct ipvs_service *s, struct buf *out);
/* "DR weight 1 thresholds 10 20" */
void lvs_dest_print(const struct ipvs_dest *d, struct buf *out);
/* "master eth0 id 51" */
void lvs_sync_print(const struct ipvs_sync *s, struct buf *out);

#endif
