/* The election (RFC 9568, 6.4.2 and 6.4.3): priority first, then the primary address.
 *
 * A master yields to whom it cannot beat, preempt or not: nopreempt is a promise of backups. An
 * address owner (255) is no exception, so of two owners, which is a mistake in somebody's
 * configuration, the one with the higher address stays.
 *
 * A backup follows an equal master without looking at addresses: nothing is won by moving. With
 * preempt_delay it follows a weaker master too, from the first advert of it that it hears until the
 * delay is over; an equal or stronger one cancels the delay. Silence is never waited out longer.
 * A router that has handed over follows whoever has taken over, until silence or an order to end.
 */
#include "daemon/vrrp/election.h"

#include "lib/base/must.h"

bool vrrp_election_beats(const struct vrrp_router *r, uint8_t priority, const struct wire_ip *src)
{
	must(r->state == VRRP_MASTER && priority != 0);
	if (priority != r->priority)
		return priority > r->priority;
	return wire_ip_compare(src, &r->primary) > 0;
}

bool vrrp_election_follows(struct vrrp_router *r, uint8_t priority, mono_t now)
{
	must(r->state == VRRP_BACKUP && priority != 0);
	if (priority >= r->priority) {
		r->preempt_at = MONO_NEVER;
		return true;
	}
	if (r->yielded)
		return true;
	if (r->priority == 255)
		return false;
	if (r->conf->nopreempt)
		return true;
	if (r->conf->preempt_delay_ns == 0)
		return false;
	if (mono_is_never(r->preempt_at))
		r->preempt_at = mono_add(now, r->conf->preempt_delay_ns);
	return mono_before(now, r->preempt_at);
}
