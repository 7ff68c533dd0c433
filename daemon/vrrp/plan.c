/* Planning virtual addresses. Lists are short (the addresses of the instances that change), but a
 * reload compares all of them: both are sorted once, so that thousands stay cheap.
 */
#include "daemon/vrrp/plan.h"

#include <string.h>

void plan_want(plan_addrs *list, const struct conf_instance *conf)
{
	const struct conf_vip *heads[] = {conf->vips, conf->vips_excluded};

	for (size_t i = 0; i < 2; i++)
		for (const struct conf_vip *v = heads[i]; v; v = v->next)
			*vec_push(list) = (struct plan_addr){
				.ifname = v->ifname[0] ? v->ifname : conf->ifname, .vip = v};
}

static int compare(const struct plan_addr *a, const struct plan_addr *b)
{
	int by_name = strcmp(a->ifname, b->ifname);
	int by_ip = by_name ? 0 : wire_ip_compare(&a->vip->ip, &b->vip->ip);

	if (by_name || by_ip)
		return by_name ? by_name : by_ip;
	return (int)a->vip->prefix_len - (int)b->vip->prefix_len;
}

static int compare_for_qsort(const void *a, const void *b)
{
	return compare(a, b);
}

static void sorted_copy(const plan_addrs *from, plan_addrs *to)
{
	for (size_t i = 0; i < from->n; i++)
		*vec_push(to) = from->at[i];
	if (to->n)
		qsort(to->at, to->n, sizeof(to->at[0]), compare_for_qsort);
}

static bool holds(const plan_addrs *sorted, const struct plan_addr *a)
{
	return sorted->n && bsearch(a, sorted->at, sorted->n, sizeof(*a), compare_for_qsort);
}

static bool earlier_twin(const plan_ops *ops, size_t from, const struct plan_addr *a)
{
	for (size_t i = from; i < ops->n; i++)
		if (compare(&ops->at[i].addr, a) == 0)
			return true;
	return false;
}

/* Whether both are of one IPv4 subnet of one interface, so that one may be secondary to the other.
 */
static bool share_subnet(const struct plan_addr *a, const struct plan_addr *b)
{
	uint8_t bits = a->vip->prefix_len;

	if (a->vip->ip.family != AF_INET || b->vip->ip.family != AF_INET ||
	    b->vip->prefix_len != bits || bits == 0 || bits >= 32 ||
	    strcmp(a->ifname, b->ifname) != 0)
		return false;
	for (unsigned i = 0; i < bits; i++) {
		unsigned mask = 0x80u >> (i % 8);

		if ((a->vip->ip.bytes[i / 8] ^ b->vip->ip.bytes[i / 8]) & mask)
			return false;
	}
	return true;
}

static bool may_have_gone_along(const plan_ops *ops, size_t from, const struct plan_addr *a)
{
	for (size_t i = from; i < ops->n && ops->at[i].kind == PLAN_DEL; i++)
		if (share_subnet(&ops->at[i].addr, a))
			return true;
	return false;
}

static void push(plan_ops *ops, enum plan_kind kind, bool again, const struct plan_addr *a)
{
	*vec_push(ops) = (struct plan_op){.kind = kind, .again = again, .addr = *a};
}

void plan_diff(const plan_addrs *old, const plan_addrs *new, plan_ops *ops)
{
	plan_addrs had = {0}, shall = {0};
	size_t start = ops->n;

	sorted_copy(old, &had);
	sorted_copy(new, &shall);
	for (size_t i = 0; i < old->n; i++)
		if (!holds(&shall, &old->at[i]) && !earlier_twin(ops, start, &old->at[i]))
			push(ops, PLAN_DEL, false, &old->at[i]);
	size_t adds = ops->n;

	for (size_t i = 0; i < new->n; i++) {
		const struct plan_addr *a = &new->at[i];
		bool again = holds(&had, a);

		if (again && !may_have_gone_along(ops, start, a))
			continue;
		if (!earlier_twin(ops, adds, a))
			push(ops, PLAN_ADD, again, a);
	}
	vec_free(&had);
	vec_free(&shall);
}

void plan_print(const struct plan_op *op, struct buf *out)
{
	char ip[INET6_ADDRSTRLEN];
	const struct conf_vip *v = op->addr.vip;

	buf_printf(out, "%s %s/%u dev %s", op->kind == PLAN_ADD ? "add" : "del",
		   wire_ip_text(&v->ip, ip), v->prefix_len, op->addr.ifname);
	if (op->kind == PLAN_ADD && v->label[0])
		buf_printf(out, " label %s", v->label);
	if (op->again)
		buf_puts(out, " (if it has gone)");
}
