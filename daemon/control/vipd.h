/* The daemon as a whole: both halves on one event loop, and the signals that steer it.
 */
#ifndef DAEMON_CONTROL_VIPD_H
#define DAEMON_CONTROL_VIPD_H

#include "daemon/conf/vipd_conf.h"
#include "daemon/control/options.h"
#include "lib/base/log.h"

/* Runs until SIGTERM or SIGINT; takes conf, frees it. conf_path: where a reload reads. ready is
 * called with an exit code as soon as it is known how the start went. Returns the exit code. */
int vipd_run(const struct vipd_options *options, const char *conf_path, struct vipd_conf *conf,
	     struct log *log, void (*ready)(void *ctx, int exit_code), void *ctx);
/* Says every problem of a report, a line each. */
void vipd_log_report(const struct log *log, const struct conf_report *report);

#endif
