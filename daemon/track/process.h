/* A vrrp_track_process, pure: which processes it means, and whether enough of them have been there
 * for long enough.
 */
#ifndef DAEMON_TRACK_PROCESS_H
#define DAEMON_TRACK_PROCESS_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/mono.h"

#define TRACK_COMM_BYTES 16 /* of /proc/PID/comm, with the end */

struct track_process {
	const struct conf_tracked_process *conf;
	unsigned count; /* how many there were when they were counted last */
	bool known;
	bool good;	  /* after the delays */
	mono_t settle_at; /* good changes then; MONO_NEVER: it is as the count says */
};

void track_process_init(struct track_process *p, const struct conf_tracked_process *conf);
/* Whether a process is meant. comm: /proc/PID/comm without its line end. cmdline: /proc/PID/cmdline
 * with its words ended by NUL, n bytes. */
bool track_process_matches(const struct conf_tracked_process *conf, const char *comm,
			   const char *cmdline, size_t n);
/* So many are there now. The first count takes effect at once, later ones after fork_delay or
 * terminate_delay. True: good or known has changed. */
bool track_process_counted(struct track_process *p, unsigned count, mono_t now);
/* True: settle_at has come and good has changed. */
bool track_process_tick(struct track_process *p, mono_t now);

#endif
