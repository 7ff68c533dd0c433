/* A vrrp_script as a state machine, pure: when it is to be started, when a run that takes too long
 * is to be ended, and whether it counts as good. keepalived-compatible counting: a counter from 0
 * to rise + fall - 1, good from rise on.
 *
 *	struct track_script s;
 *	track_script_init(&s, conf, now);
 *	at track_script_deadline(&s): do what track_script_tick says
 *	when the process has ended: track_script_ended
 */
#ifndef DAEMON_TRACK_SCRIPT_H
#define DAEMON_TRACK_SCRIPT_H

#include "daemon/conf/vipd_conf.h"
#include "lib/base/mono.h"

enum track_script_run {
	TRACK_SCRIPT_IDLE,
	TRACK_SCRIPT_RUNNING,
	TRACK_SCRIPT_TERMINATING, /* it has taken too long and got SIGTERM */
	TRACK_SCRIPT_KILLING	  /* ... and 2 s later SIGKILL */
};

enum track_script_do {
	TRACK_SCRIPT_WAIT, /* nothing is due */
	TRACK_SCRIPT_START,
	TRACK_SCRIPT_SKIP, /* it should start and the last run has not ended */
	TRACK_SCRIPT_TERM, /* SIGTERM to its process group */
	TRACK_SCRIPT_KILL
};

struct track_script {
	const struct conf_tracked_script *conf;
	int64_t count;
	bool known; /* a run has ended, or init_fail says that it has failed */
	enum track_script_run run;
	mono_t start_at, end_at; /* end_at: the next step against a run that takes too long */
};

/* Its first run is due at once. */
void track_script_init(struct track_script *s, const struct conf_tracked_script *conf, mono_t now);
/* The same after a reload: s takes over what old, of the same command and user, has found. Its runs
 * have been ended. */
void track_script_inherit(struct track_script *s, const struct track_script *old);
/* True: the same command, run by the same user. */
bool track_script_alike(const struct conf_tracked_script *a, const struct conf_tracked_script *b);
mono_t track_script_deadline(const struct track_script *s);
/* One thing that is due; to be called again until it says WAIT. After START the caller says
 * track_script_ended(s, false) if the process could not be started. */
enum track_script_do track_script_tick(struct track_script *s, mono_t now);
/* A run has ended. success: with exit status 0. A run that had to be ended is a failure whatever
 * its status. True: good or known has changed. */
bool track_script_ended(struct track_script *s, bool success);
bool track_script_good(const struct track_script *s);

#endif
