/* What is told about routers, as JSON: for vipctl and for the dump of keepalived's form. The caller
 * owns what it gets.
 */
#ifndef DAEMON_CONTROL_REPORT_H
#define DAEMON_CONTROL_REPORT_H

#include "daemon/vrrp/run_control.h"

#include <jansson.h>

/* An array: of each instance, what it is now. */
json_t *report_instances(const struct vrrp_run *run);
/* An array: of each instance, what it has counted. */
json_t *report_stats(const struct vrrp_run *run);
/* {"master": 2, "backup": 1, "fault": 0, "init": 0} */
json_t *report_states(const struct vrrp_run *run);

#endif
