/* The difference of two IPVS tables as ordered operations. See plan.h for the order and why. */
#include "daemon/lvs/plan.h"

#include <string.h>

void lvs_plan_free(struct lvs_plan *plan)
{
	vec_free(&plan->ops);
}

static struct lvs_op *push(struct lvs_plan *plan, enum lvs_op_kind kind)
{
	struct lvs_op *op = vec_push(&plan->ops);

	op->kind = kind;
	return op;
}

static void push_service(struct lvs_plan *plan, enum lvs_op_kind kind, const struct ipvs_service *s)
{
	push(plan, kind)->service = *s;
}

static void push_dest(struct lvs_plan *plan, enum lvs_op_kind kind, const struct ipvs_service *s,
		      const struct ipvs_dest *d)
{
	struct lvs_op *op = push(plan, kind);

	op->service = *s;
	op->dest = *d;
}

static void plan_dests(struct lvs_plan *plan, const struct lvs_entry *have,
		       const struct lvs_entry *want)
{
	const struct ipvs_service *s = &want->service;

	for (size_t i = 0; i < want->dests.n; i++)
		if (lvs_entry_find(have, &want->dests.at[i], i) == have->dests.n)
			push_dest(plan, LVS_DEST_ADD, s, &want->dests.at[i]);
	for (size_t i = 0; i < want->dests.n; i++) {
		size_t at = lvs_entry_find(have, &want->dests.at[i], i);

		if (at < have->dests.n && !ipvs_dest_equal(&have->dests.at[at], &want->dests.at[i]))
			push_dest(plan, LVS_DEST_EDIT, s, &want->dests.at[i]);
	}
	for (size_t i = 0; i < have->dests.n; i++)
		if (lvs_entry_find(want, &have->dests.at[i], i) == want->dests.n)
			push_dest(plan, LVS_DEST_DEL, s, &have->dests.at[i]);
}

void lvs_plan_service(struct lvs_plan *plan, const struct lvs_entry *have,
		      const struct lvs_entry *want)
{
	static const struct lvs_entry nothing;

	must(have || want);
	if (!want) {
		push_service(plan, LVS_SERVICE_DEL, &have->service);
		return;
	}
	if (!have)
		push_service(plan, LVS_SERVICE_ADD, &want->service);
	else if (!ipvs_service_equal(&have->service, &want->service))
		push_service(plan, LVS_SERVICE_EDIT, &want->service);
	plan_dests(plan, have ? have : &nothing, want);
}

/* Read back, a daemon tells what the kernel chose: what we leave open always matches. */
static bool sync_serves(const struct ipvs_sync *have, const struct ipvs_sync *want)
{
	return have->role == want->role && have->syncid == want->syncid &&
	       strncmp(have->ifname, want->ifname, sizeof(have->ifname)) == 0 &&
	       (!want->maxlen_bytes || have->maxlen_bytes == want->maxlen_bytes) &&
	       (!want->port || have->port == want->port) &&
	       (!want->ttl || have->ttl == want->ttl) &&
	       (!want->group.family || wire_ip_equal(&have->group, &want->group));
}

void lvs_plan_syncs(struct lvs_plan *plan, const struct lvs_syncs *have,
		    const struct lvs_syncs *want)
{
	const struct ipvs_sync *h[] = {&have->master, &have->backup};
	const struct ipvs_sync *w[] = {&want->master, &want->backup};

	for (int i = 0; i < 2; i++)
		if (h[i]->role && !sync_serves(h[i], w[i]))
			push(plan, LVS_SYNC_STOP)->sync = *h[i];
	for (int i = 0; i < 2; i++)
		if (w[i]->role && !sync_serves(h[i], w[i]))
			push(plan, LVS_SYNC_START)->sync = *w[i];
}

void lvs_plan_make(struct lvs_plan *plan, const struct lvs_table *have,
		   const struct lvs_table *want)
{
	for (size_t i = 0; i < want->services.n; i++) {
		const struct lvs_entry *w = &want->services.at[i];
		size_t at = lvs_table_find(have, &w->service, i);

		lvs_plan_service(plan, at < have->services.n ? &have->services.at[at] : NULL, w);
	}
	for (size_t i = 0; i < have->services.n; i++) {
		const struct lvs_entry *h = &have->services.at[i];

		if (lvs_table_find(want, &h->service, i) == want->services.n)
			lvs_plan_service(plan, h, NULL);
	}
	lvs_plan_syncs(plan, &have->syncs, &want->syncs);
}

static void print_service_op(const struct lvs_op *op, const char *verb, struct buf *out)
{
	char text[IPVS_TEXT_BYTES];

	buf_printf(out, "%s %s", verb, ipvs_service_text(&op->service, text));
	if (op->kind == LVS_SERVICE_DEL)
		return;
	buf_putc(out, ' ');
	lvs_service_print(&op->service, out);
}

static void print_dest_op(const struct lvs_op *op, const char *verb, struct buf *out)
{
	char service[IPVS_TEXT_BYTES], dest[IPVS_TEXT_BYTES];

	buf_printf(out, "%s %s -> %s", verb, ipvs_service_text(&op->service, service),
		   ipvs_dest_text(&op->dest, dest));
	if (op->kind == LVS_DEST_DEL)
		return;
	buf_putc(out, ' ');
	lvs_dest_print(&op->dest, out);
}

void lvs_op_print(const struct lvs_op *op, struct buf *out)
{
	switch (op->kind) {
	case LVS_SERVICE_ADD:
		print_service_op(op, "add", out);
		return;
	case LVS_SERVICE_EDIT:
		print_service_op(op, "edit", out);
		return;
	case LVS_SERVICE_DEL:
		print_service_op(op, "delete", out);
		return;
	case LVS_DEST_ADD:
		print_dest_op(op, "add", out);
		return;
	case LVS_DEST_EDIT:
		print_dest_op(op, "edit", out);
		return;
	case LVS_DEST_DEL:
		print_dest_op(op, "delete", out);
		return;
	case LVS_SYNC_STOP:
		buf_puts(out, "stop sync ");
		lvs_sync_print(&op->sync, out);
		return;
	case LVS_SYNC_START:
		buf_puts(out, "start sync ");
		lvs_sync_print(&op->sync, out);
		return;
	}
	must(!"an operation");
}

void lvs_plan_print(const struct lvs_plan *plan, struct buf *out)
{
	for (size_t i = 0; i < plan->ops.n; i++) {
		lvs_op_print(&plan->ops.at[i], out);
		buf_putc(out, '\n');
	}
}
