/* How the process is run, and what it may do: scheduling, memory, core files, capabilities.
 */
#ifndef DAEMON_CONTROL_PRIVILEGE_H
#define DAEMON_CONTROL_PRIVILEGE_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/log.h"

/* What the process was started with, to go back to when a reload takes a word away. */
struct privilege {
	int nice;
	cpu_set_t cpus;
	char name[16];
	bool known;
};

/* Puts the task's words in force, and takes back what another task (of before a reload; NULL: none)
 * had. What the kernel refuses is logged. Scripts inherit CPUs, but no realtime and no nice below
 * 0. */
void privilege_apply(struct privilege *p, const struct conf_task *task, const struct conf_task *old,
		     const struct log *log);
/* Core files of any size (--core-dump). 0 or -errno. */
int privilege_core_dump(void);
/* Gives up, for ever, every capability that vipd does not need: it keeps what sockets, addresses,
 * sysctls, scripts of other users and reading a configuration take; scheduling and locked memory
 * where tasks use them. A script that runs as root has root's powers again. 0 or -errno. */
int privilege_drop(const struct conf_task *task);

#endif
