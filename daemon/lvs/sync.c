/* The connection synchronisation daemon follows one VRRP instance: it sends while that one is
 * MASTER and receives otherwise, also in FAULT, so that a director learns connections whenever it
 * does not make them. Without an instance both daemons run, as in an active/active pair.
 *
 * Both at once is also what the kernel allows to a follower, but a sender that is not master would
 * tell the master's connections back to it.
 */
#include "daemon/lvs/sync.h"

#include <string.h>

static struct ipvs_sync with_role(const struct conf_lvs_sync *conf, enum ipvs_sync_role role)
{
	struct ipvs_sync s = {.role = role,
			      .syncid = conf->syncid,
			      .maxlen_bytes = conf->maxlen_bytes,
			      .group = conf->group,
			      .port = conf->port,
			      .ttl = conf->ttl};

	must(strlen(conf->ifname) < sizeof(s.ifname));
	memcpy(s.ifname, conf->ifname, strlen(conf->ifname));
	return s;
}

struct lvs_syncs lvs_sync_wanted(const struct conf_lvs_sync *conf, bool master)
{
	struct lvs_syncs want = {0};

	if (!conf->set)
		return want;
	if (!conf->instance || master)
		want.master = with_role(conf, IPVS_SYNC_MASTER);
	if (!conf->instance || !master)
		want.backup = with_role(conf, IPVS_SYNC_BACKUP);
	return want;
}
