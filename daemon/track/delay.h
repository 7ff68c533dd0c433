/* An interface whose changes count only when they have lasted (interface_up_down_delays), pure.
 */
#ifndef DAEMON_TRACK_DELAY_H
#define DAEMON_TRACK_DELAY_H

#include "lib/base/mono.h"

struct track_delay {
	int64_t down_ns, up_ns;
	bool known;
	bool up;	  /* as it counts */
	mono_t settle_at; /* the other state counts from then on; MONO_NEVER: nothing is pending */
};

void track_delay_init(struct track_delay *d, int64_t down_ns, int64_t up_ns);
/* The interface is up or down now; whether it counts as up. The first state counts at once. */
bool track_delay_see(struct track_delay *d, bool up, mono_t now);

#endif
