/* An IPVS table as data. Searches are linear with a hint: two tables of the same configuration
 * have the same order, so that comparing them costs one look for each entry.
 */
#include "daemon/lvs/table.h"

#include <arpa/inet.h>
#include <string.h>

void lvs_entry_free(struct lvs_entry *e)
{
	vec_free(&e->dests);
}

void lvs_table_free(struct lvs_table *t)
{
	for (size_t i = 0; i < t->services.n; i++)
		lvs_entry_free(&t->services.at[i]);
	vec_free(&t->services);
	t->syncs = (struct lvs_syncs){0};
}

size_t lvs_table_find(const struct lvs_table *t, const struct ipvs_service *s, size_t hint)
{
	size_t i = 0;

	if (hint < t->services.n && ipvs_service_same(&t->services.at[hint].service, s))
		return hint;
	while (i < t->services.n && !ipvs_service_same(&t->services.at[i].service, s))
		i++;
	return i;
}

struct lvs_entry *lvs_table_put(struct lvs_table *t, const struct ipvs_service *s)
{
	size_t i = lvs_table_find(t, s, 0);
	struct lvs_entry *e = i < t->services.n ? &t->services.at[i] : vec_push(&t->services);

	e->service = *s;
	return e;
}

void lvs_table_drop(struct lvs_table *t, size_t index)
{
	must(index < t->services.n);
	lvs_entry_free(&t->services.at[index]);
	t->services.n--;
	memmove(&t->services.at[index], &t->services.at[index + 1],
		(t->services.n - index) * sizeof(t->services.at[0]));
}

void lvs_table_keep(struct lvs_table *t, const struct lvs_table *wanted)
{
	for (size_t i = t->services.n; i-- > 0;)
		if (lvs_table_find(wanted, &t->services.at[i].service, i) == wanted->services.n)
			lvs_table_drop(t, i);
}

size_t lvs_entry_find(const struct lvs_entry *e, const struct ipvs_dest *d, size_t hint)
{
	size_t i = 0;

	if (hint < e->dests.n && ipvs_dest_same(&e->dests.at[hint], d))
		return hint;
	while (i < e->dests.n && !ipvs_dest_same(&e->dests.at[i], d))
		i++;
	return i;
}

void lvs_entry_put(struct lvs_entry *e, const struct ipvs_dest *d)
{
	size_t i = lvs_entry_find(e, d, 0);
	struct ipvs_dest *at = i < e->dests.n ? &e->dests.at[i] : vec_push(&e->dests);

	*at = *d;
}

void lvs_entry_drop(struct lvs_entry *e, size_t index)
{
	must(index < e->dests.n);
	e->dests.n--;
	memmove(&e->dests.at[index], &e->dests.at[index + 1],
		(e->dests.n - index) * sizeof(e->dests.at[0]));
}

/* ---- text ---------------------------------------------------------------------------------- */

void lvs_service_print(const struct ipvs_service *s, struct buf *out)
{
	char mask[INET_ADDRSTRLEN];

	buf_puts(out, s->scheduler);
	if (s->one_packet)
		buf_puts(out, " ops");
	if (!s->persistence_timeout_s)
		return;
	buf_printf(out, " persistent %u", s->persistence_timeout_s);
	if (s->family == AF_INET6 && s->granularity6 && s->granularity6 != 128)
		buf_printf(out, " /%u", s->granularity6);
	if (s->family == AF_INET && s->granularity.s_addr && s->granularity.s_addr != ~0u)
		buf_printf(out, " %s", inet_ntop(AF_INET, &s->granularity, mask, sizeof(mask)));
}

void lvs_dest_print(const struct ipvs_dest *d, struct buf *out)
{
	buf_printf(out, "%s weight %u", ipvs_method_text(d->method), d->weight);
	if (d->lower_threshold || d->upper_threshold)
		buf_printf(out, " thresholds %u %u", d->lower_threshold, d->upper_threshold);
}

void lvs_sync_print(const struct ipvs_sync *s, struct buf *out)
{
	char group[INET6_ADDRSTRLEN];

	buf_printf(out, "%s %s id %u", s->role == IPVS_SYNC_MASTER ? "master" : "backup", s->ifname,
		   s->syncid);
	if (s->maxlen_bytes)
		buf_printf(out, " maxlen %u", s->maxlen_bytes);
	if (s->group.family)
		buf_printf(out, " group %s", wire_ip_text(&s->group, group));
	if (s->port)
		buf_printf(out, " port %u", s->port);
	if (s->ttl)
		buf_printf(out, " ttl %u", s->ttl);
}

void lvs_table_print(const struct lvs_table *t, struct buf *out)
{
	const struct ipvs_sync *syncs[] = {&t->syncs.master, &t->syncs.backup};
	char text[IPVS_TEXT_BYTES];

	for (size_t i = 0; i < t->services.n; i++) {
		const struct lvs_entry *e = &t->services.at[i];

		buf_printf(out, "%s ", ipvs_service_text(&e->service, text));
		lvs_service_print(&e->service, out);
		buf_putc(out, '\n');
		for (size_t j = 0; j < e->dests.n; j++) {
			buf_printf(out, "\t%s ", ipvs_dest_text(&e->dests.at[j], text));
			lvs_dest_print(&e->dests.at[j], out);
			buf_putc(out, '\n');
		}
	}
	for (size_t i = 0; i < 2; i++) {
		if (!syncs[i]->role)
			continue;
		buf_puts(out, "sync ");
		lvs_sync_print(syncs[i], out);
		buf_putc(out, '\n');
	}
}
