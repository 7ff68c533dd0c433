/* Waiting for a change to last: who comes back in time was never away. */
#include "daemon/track/delay.h"

void track_delay_init(struct track_delay *d, int64_t down_ns, int64_t up_ns)
{
	*d = (struct track_delay){.down_ns = down_ns, .up_ns = up_ns, .settle_at = MONO_NEVER};
}

bool track_delay_see(struct track_delay *d, bool up, mono_t now)
{
	if (!d->known) {
		d->known = true;
		d->up = up;
	}
	if (up == d->up) {
		d->settle_at = MONO_NEVER;
		return d->up;
	}
	if (mono_is_never(d->settle_at))
		d->settle_at = mono_add(now, up ? d->up_ns : d->down_ns);
	if (!mono_before(now, d->settle_at)) {
		d->up = up;
		d->settle_at = MONO_NEVER;
	}
	return d->up;
}
