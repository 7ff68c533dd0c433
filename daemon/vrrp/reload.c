/* Matching two configurations. Both lists are walked through one sorted index of the first, so
 * that thousands of instances stay cheap.
 */
#include "daemon/vrrp/reload.h"

#include "lib/base/must.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	const struct conf_instance *conf;
	size_t number;
	bool taken;
};

static int compare_identity(const struct conf_instance *a, const struct conf_instance *b)
{
	if (a->vrid != b->vrid)
		return (int)a->vrid - (int)b->vrid;
	if (a->family != b->family)
		return (int)a->family - (int)b->family;
	if (a->version != b->version)
		return (int)a->version - (int)b->version;
	return strcmp(a->ifname, b->ifname);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int by_identity = compare_identity(x->conf, y->conf);

	if (by_identity)
		return by_identity;
	return x->number < y->number ? -1 : 1;
}

/* The first entry that is not less than conf's identity. */
static size_t lower_bound(const struct entry *index, size_t n, const struct conf_instance *conf)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (compare_identity(index[mid].conf, conf) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct entry *find(struct entry *index, size_t n, const struct conf_instance *conf,
			  bool by_name)
{
	for (size_t i = lower_bound(index, n, conf);
	     i < n && compare_identity(index[i].conf, conf) == 0; i++)
		if (!index[i].taken && (!by_name || strcmp(index[i].conf->name, conf->name) == 0))
			return &index[i];
	return NULL;
}

void reload_match(const struct conf_instance *const *before, size_t n_before,
		  const struct conf_instance *const *after, size_t n_after, size_t *from)
{
	struct entry *index = calloc(n_before + 1, sizeof(*index));

	must(index != NULL);
	for (size_t i = 0; i < n_before; i++)
		index[i] = (struct entry){.conf = before[i], .number = i};
	qsort(index, n_before, sizeof(*index), compare_entries);
	for (size_t i = 0; i < n_after; i++)
		from[i] = RELOAD_NONE;
	/* those of the same name first, so that a renamed one cannot take another's place */
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < n_after; i++) {
			struct entry *e = from[i] == RELOAD_NONE
						  ? find(index, n_before, after[i], pass == 0)
						  : NULL;

			if (!e)
				continue;
			e->taken = true;
			from[i] = e->number;
		}
	}
	free(index);
}

static bool same_vips(const struct conf_vip *a, const struct conf_vip *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!wire_ip_equal(&a->ip, &b->ip) || a->prefix_len != b->prefix_len ||
		    strcmp(a->ifname, b->ifname) != 0)
			return false;
	return !a && !b;
}

static bool same_peers(const struct conf_unicast_peer *a, const struct conf_unicast_peer *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!wire_ip_equal(&a->ip, &b->ip))
			return false;
	return !a && !b;
}

static bool same_timers(const struct conf_instance *a, const struct conf_instance *b)
{
	return a->advert_ns == b->advert_ns && a->down_timer_adverts == b->down_timer_adverts &&
	       a->preempt_delay_ns == b->preempt_delay_ns && a->nopreempt == b->nopreempt &&
	       a->lower_prio_no_advert == b->lower_prio_no_advert &&
	       a->higher_prio_send_advert == b->higher_prio_send_advert && !a->group == !b->group;
}

static bool same_announcing(const struct conf_instance *a, const struct conf_instance *b)
{
	return a->garp_repeat == b->garp_repeat && a->garp_delay_ns == b->garp_delay_ns &&
	       a->garp_refresh_ns == b->garp_refresh_ns &&
	       a->garp_refresh_repeat == b->garp_refresh_repeat &&
	       a->garp_lower_prio_repeat == b->garp_lower_prio_repeat &&
	       a->garp_lower_prio_delay_ns == b->garp_lower_prio_delay_ns;
}

static bool same_hmac(const struct conf_hmac *a, const struct conf_hmac *b)
{
	if (!a || !b)
		return a == b;
	return a->mode == b->mode && a->active->id == b->active->id &&
	       a->active->n_bytes == b->active->n_bytes &&
	       memcmp(a->active->bytes, b->active->bytes, a->active->n_bytes) == 0;
}

static bool same_sending(const struct conf_instance *a, const struct conf_instance *b)
{
	return a->auth == b->auth && memcmp(a->auth_data, b->auth_data, VRRP_AUTH_BYTES) == 0 &&
	       wire_ip_equal(&a->mcast_group, &b->mcast_group) &&
	       wire_ip_equal(&a->source, &b->source) && a->unicast_ttl == b->unicast_ttl &&
	       a->v3_checksum_as_v2 == b->v3_checksum_as_v2 && same_hmac(a->hmac, b->hmac);
}

bool reload_alike(const struct conf_instance *a, const struct conf_instance *b)
{
	return same_timers(a, b) && same_announcing(a, b) && same_sending(a, b) &&
	       same_peers(a->peers, b->peers) && same_vips(a->vips, b->vips) &&
	       same_vips(a->vips_excluded, b->vips_excluded);
}
