/* Planning routes and rules. Two are the same when their texts are. Lists are those of the
 * instances that change, a handful; so they are simply searched.
 */
#include "daemon/vrrp/paths.h"

#include <string.h>

void paths_want(path_list *list, const struct conf_route *routes, const struct conf_rule *rules)
{
	for (const struct conf_route *r = routes; r; r = r->next)
		*vec_push(list) = (struct path){.route = r};
	for (const struct conf_rule *r = rules; r; r = r->next)
		*vec_push(list) = (struct path){.rule = r};
}

static const char *text_of(const struct path *p)
{
	return p->route ? p->route->text : p->rule->text;
}

static bool same(const struct path *a, const struct path *b)
{
	return !a->route == !b->route && strcmp(text_of(a), text_of(b)) == 0;
}

static bool holds(const path_list *list, size_t n, const struct path *p)
{
	for (size_t i = 0; i < n; i++)
		if (same(&list->at[i], p))
			return true;
	return false;
}

/* How many routes of the list have this key, and are not in but. */
static size_t with_key(const path_list *list, const path_list *but, const char *key)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct path *p = &list->at[i];

		n += p->route && strcmp(p->route->key, key) == 0 && !holds(but, but->n, p);
	}
	return n;
}

static bool is_kept_with(const path_list *old, const path_list *new, const char *key)
{
	for (size_t i = 0; i < old->n; i++) {
		const struct path *p = &old->at[i];

		if (p->route && strcmp(p->route->key, key) == 0 && holds(new, new->n, p))
			return true;
	}
	return false;
}

/* The kernel replaces the first route of a key that it finds: there must be one only. */
static bool replaces(const path_list *old, const path_list *new, const struct path *p)
{
	return p->route && with_key(old, new, p->route->key) == 1 &&
	       with_key(new, old, p->route->key) == 1 && !is_kept_with(old, new, p->route->key);
}

static void push(path_ops *ops, enum nl_change change, bool again, const struct path *p)
{
	*vec_push(ops) = (struct path_op){.change = change, .again = again, .path = *p};
}

static void del_missing(const path_list *old, const path_list *new, bool routes, path_ops *ops)
{
	for (size_t i = 0; i < old->n; i++) {
		const struct path *p = &old->at[i];

		if (!p->route == routes || holds(new, new->n, p) || holds(old, i, p) ||
		    replaces(old, new, p))
			continue;
		push(ops, NL_CHANGE_DEL, false, p);
	}
}

static void add_all(const path_list *old, const path_list *new, bool routes, path_ops *ops)
{
	for (size_t i = 0; i < new->n; i++) {
		const struct path *p = &new->at[i];

		if (!p->route == routes || holds(new, i, p))
			continue;
		bool again = holds(old, old->n, p);

		push(ops, !again && replaces(old, new, p) ? NL_CHANGE_REPLACE : NL_CHANGE_ADD,
		     again, p);
	}
}

void paths_diff(const path_list *old, const path_list *new, path_ops *ops)
{
	del_missing(old, new, false, ops);
	del_missing(old, new, true, ops);
	add_all(old, new, true, ops);
	add_all(old, new, false, ops);
}

void paths_print(const struct path_op *op, struct buf *out)
{
	static const char *const verbs[] = {
		[NL_CHANGE_ADD] = "add", [NL_CHANGE_REPLACE] = "replace", [NL_CHANGE_DEL] = "del"};

	buf_printf(out, "%s %s %s%s", verbs[op->change], op->path.route ? "route" : "rule",
		   text_of(&op->path), op->again ? " (if it has gone)" : "");
}
