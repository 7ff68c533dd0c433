/* Which connection synchronisation daemons should run (lvs_sync_daemon). Pure. */
#ifndef DAEMON_LVS_SYNC_H
#define DAEMON_LVS_SYNC_H

#include "daemon/conf/vipd_conf.h"
#include "daemon/lvs/table.h"

/* master: the instance that it follows is MASTER; not read where none is named. */
struct lvs_syncs lvs_sync_wanted(const struct conf_lvs_sync *conf, bool master);

#endif
