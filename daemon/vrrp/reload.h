/* Which virtual routers stay the same when one configuration replaces another. Pure.
 *
 * A router is the same when VRID, address family, version and interface are: it keeps its state,
 * whatever else has changed. Two routers that agree in all of that (unicast routers with different
 * peers) are told apart by name.
 */
#ifndef DAEMON_VRRP_RELOAD_H
#define DAEMON_VRRP_RELOAD_H

#include "daemon/conf/vipd_conf.h"

#define RELOAD_NONE SIZE_MAX

/* before and after: lists of instances. from[i] becomes the number of the instance of before that
 * instance i of after continues, or RELOAD_NONE: it is new. No number occurs twice. */
void reload_match(const struct conf_instance *const *before, size_t n_before,
		  const struct conf_instance *const *after, size_t n_after, size_t *from);

/* Whether the router itself behaves alike under both, so that it need not be told: timers,
 * election, adverts, addresses, announcements. Scripts, tracking and the priority do not count: the
 * shell looks after those. */
bool reload_alike(const struct conf_instance *a, const struct conf_instance *b);

#endif
