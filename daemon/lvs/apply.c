/* Does a plan over lib/ipvs, one operation after the other, and keeps the record of what the
 * kernel has. It decides nothing but what to do where the kernel's table is not what the record
 * says: somebody else (ipvsadm, an earlier daemon) added or removed something. Then the end that
 * the operation wanted is reached another way:
 *
 *	add, and it is there	-> edit it, so that it is as wanted
 *	edit, and it is gone	-> add it
 *	delete, and it is gone	-> done
 *
 * Each such case is a log line.
 */
#include "daemon/lvs/apply.h"

#include "lib/base/must.h"

#include <errno.h>
#include <string.h>

/* ---- reading ------------------------------------------------------------------------------- */

static void on_service(void *ctx, const struct ipvs_service *s)
{
	lvs_table_put(ctx, s);
}

static void on_dest(void *ctx, const struct ipvs_dest *d)
{
	lvs_entry_put(ctx, d);
}

static void on_sync(void *ctx, const struct ipvs_sync *s)
{
	struct lvs_syncs *syncs = ctx;

	*(s->role == IPVS_SYNC_MASTER ? &syncs->master : &syncs->backup) = *s;
}

int lvs_read(struct ipvs *ipvs, struct lvs_table *out)
{
	int err = ipvs_service_each(ipvs, on_service, out);

	for (size_t i = 0; !err && i < out->services.n; i++)
		err = ipvs_dest_each(ipvs, &out->services.at[i].service, on_dest,
				     &out->services.at[i]);
	if (!err)
		err = ipvs_sync_each(ipvs, on_sync, &out->syncs);
	return err;
}

/* ---- doing --------------------------------------------------------------------------------- */

struct apply {
	struct ipvs *ipvs;
	const struct log *log;
	bool quiet;
};

static void say(const struct apply *a, const struct lvs_op *op, const char *what)
{
	struct buf text = {0};

	lvs_op_print(op, &text);
	log_info(a->log, "ipvs: %s: %s", buf_text(&text), what);
	buf_free(&text);
}

static void complain(const struct apply *a, const struct lvs_op *op, int err)
{
	struct buf text = {0};
	const char *why = strerror(-err);

	if (a->quiet)
		return;
	if (err == -ENOENT && (op->kind == LVS_SERVICE_ADD || op->kind == LVS_SERVICE_EDIT))
		why = "the kernel has no such scheduler";
	lvs_op_print(op, &text);
	log_error(a->log, "ipvs: %s: %s; will be tried again", buf_text(&text), why);
	buf_free(&text);
}

/* One operation as the kernel knows it. */
static int perform(struct ipvs *v, const struct lvs_op *op, enum lvs_op_kind kind)
{
	switch (kind) {
	case LVS_SERVICE_ADD:
		return ipvs_service_add(v, &op->service);
	case LVS_SERVICE_EDIT:
		return ipvs_service_edit(v, &op->service);
	case LVS_SERVICE_DEL:
		return ipvs_service_del(v, &op->service);
	case LVS_DEST_ADD:
		return ipvs_dest_add(v, &op->service, &op->dest);
	case LVS_DEST_EDIT:
		return ipvs_dest_edit(v, &op->service, &op->dest);
	case LVS_DEST_DEL:
		return ipvs_dest_del(v, &op->service, &op->dest);
	case LVS_SYNC_STOP:
		return ipvs_sync_stop(v, op->sync.role, &op->sync);
	case LVS_SYNC_START:
		return ipvs_sync_start(v, &op->sync);
	}
	must(!"an operation");
	return 0;
}

/* Reaches the operation's end where the kernel's table was not what the record says. */
static int perform_otherwise(const struct apply *a, const struct lvs_op *op, int err)
{
	switch (op->kind) {
	case LVS_SERVICE_ADD:
	case LVS_DEST_ADD:
		if (err != -EEXIST)
			return err;
		say(a, op, "is there already; edited");
		return perform(a->ipvs, op,
			       op->kind == LVS_DEST_ADD ? LVS_DEST_EDIT : LVS_SERVICE_EDIT);
	case LVS_SERVICE_EDIT:
		if (err != -ESRCH)
			return err;
		say(a, op, "was gone; added");
		return perform(a->ipvs, op, LVS_SERVICE_ADD);
	case LVS_DEST_EDIT:
		if (err != -ENOENT)
			return err;
		say(a, op, "was gone; added");
		return perform(a->ipvs, op, LVS_DEST_ADD);
	case LVS_SERVICE_DEL:
	case LVS_DEST_DEL:
	case LVS_SYNC_STOP:
		if (err != -ESRCH && err != -ENOENT)
			return err;
		say(a, op, "was gone already");
		return 0;
	case LVS_SYNC_START:
		if (err != -EEXIST)
			return err;
		/* One of that role runs with who knows what parameters. */
		say(a, op, "one runs already; replaced");
		err = perform(a->ipvs, op, LVS_SYNC_STOP);
		return err ? err : perform(a->ipvs, op, LVS_SYNC_START);
	}
	must(!"an operation");
	return err;
}

/* ---- the record ---------------------------------------------------------------------------- */

static void record_dest(struct lvs_table *have, const struct lvs_op *op)
{
	struct lvs_entry *e = lvs_table_put(have, &op->service);

	if (op->kind != LVS_DEST_DEL) {
		lvs_entry_put(e, &op->dest);
		return;
	}
	size_t i = lvs_entry_find(e, &op->dest, 0);

	if (i < e->dests.n)
		lvs_entry_drop(e, i);
}

static void record(struct lvs_table *have, const struct lvs_op *op)
{
	struct ipvs_sync *sync =
		op->sync.role == IPVS_SYNC_MASTER ? &have->syncs.master : &have->syncs.backup;
	size_t i;

	switch (op->kind) {
	case LVS_SERVICE_ADD:
	case LVS_SERVICE_EDIT:
		lvs_table_put(have, &op->service);
		return;
	case LVS_SERVICE_DEL:
		i = lvs_table_find(have, &op->service, 0);
		if (i < have->services.n)
			lvs_table_drop(have, i);
		return;
	case LVS_DEST_ADD:
	case LVS_DEST_EDIT:
	case LVS_DEST_DEL:
		record_dest(have, op);
		return;
	case LVS_SYNC_STOP:
		*sync = (struct ipvs_sync){0};
		return;
	case LVS_SYNC_START:
		*sync = op->sync;
		return;
	}
	must(!"an operation");
}

static bool touches_service(const struct lvs_op *op)
{
	return op->kind == LVS_DEST_ADD || op->kind == LVS_DEST_EDIT || op->kind == LVS_DEST_DEL;
}

unsigned lvs_apply(struct ipvs *ipvs, const struct lvs_plan *plan, struct lvs_table *have,
		   const struct log *log, bool quiet)
{
	struct apply a = {ipvs, log, quiet};
	const struct ipvs_service *missing = NULL;
	unsigned failed = 0;

	for (size_t i = 0; i < plan->ops.n; i++) {
		const struct lvs_op *op = &plan->ops.at[i];
		int err;

		if (missing && touches_service(op) && ipvs_service_same(missing, &op->service)) {
			failed++;
			continue;
		}
		err = perform(ipvs, op, op->kind);
		if (err)
			err = perform_otherwise(&a, op, err);
		if (err) {
			complain(&a, op, err);
			failed++;
			if (op->kind == LVS_SERVICE_ADD)
				missing = &op->service;
			continue;
		}
		record(have, op);
	}
	return failed;
}
