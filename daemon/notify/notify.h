/* Notify scripts: programs that the configuration names for a change of state.
 *
 * A script is started without a shell, in a process group of its own, with stdin, stdout and
 * stderr on /dev/null and with IFS, LD_PRELOAD and LD_LIBRARY_PATH removed; it gets SIGTERM when
 * vipd dies. It runs as script_user where the configuration sets one. vipd never waits for it,
 * except at the end. A script that cannot be started or ends badly is a log line, nothing more.
 */
#ifndef DAEMON_NOTIFY_NOTIFY_H
#define DAEMON_NOTIFY_NOTIFY_H

#include "daemon/conf/vipd_conf.h"
#include "daemon/vrrp/core.h"
#include "lib/base/log.h"

struct notify;

/* Logs to log, which outlives it. */
struct notify *notify_new(const struct log *log);
void notify_free(struct notify *n);
/* From now on scripts without a user of their own run as this one; NULL: as keepalived_script where
 * that user exists, else as we do. group: its own if NULL; ":GROUP" or ":": with its supplementary
 * groups. security: nothing runs as root that others can change, and root only where the
 * configuration names it (enable_script_security). Forgets what was found about users of scripts:
 * to be called for each new configuration. -ENOENT: there is no such user or group; then the user
 * that was set before stays. */
int notify_set_policy(struct notify *n, const char *user, const char *group, bool security);

/* Starts a script with extra arguments behind its own (NULL-ended, or NULL). A script without argv
 * is none: nothing happens. */
void notify_run(struct notify *n, const struct conf_script *script, const char *const *extra);

/* A program that was started with notify_start has ended; status as of waitpid(2). */
typedef void notify_ended_fn(void *ctx, int status);
/* Starts a command and tells of its end, which is then not logged. Its pid, which is its process
 * group too, or -errno, which was logged. */
pid_t notify_start(struct notify *n, const struct conf_script *script, notify_ended_fn *ended,
		   void *ctx);
/* Nobody wants to hear of the end of what was started with this ctx any more. */
void notify_forget(struct notify *n, const void *ctx);

struct notify_subject {
	bool group; /* a sync group, else an instance */
	const char *name;
	uint8_t priority; /* effective; 0 for groups */
};

/* Starts notify_<state> and after it the generic notify, and writes to the FIFOs; the generic one
 * gets four arguments: INSTANCE or GROUP, the name, the state, the priority. VRRP_INIT stands for
 * STOP. */
void notify_state(struct notify *n, const struct conf_notify *scripts,
		  const struct notify_subject *who, enum vrrp_state state);

/* An instance is not in a new configuration any more: notify_deleted if that is set, else as FAULT.
 */
void notify_removed(struct notify *n, const struct conf_notify *scripts,
		    const struct notify_subject *who);
/* Something other than a change of state: starts script (or NULL) without arguments and writes word
 * to the FIFOs. */
void notify_event(struct notify *n, const struct conf_script *script,
		  const struct notify_subject *who, const char *word);
/* Goes over to these FIFOs (notify_fifo, vrrp_notify_fifo) and starts their readers; those that
 * stay the same are left alone. What fails is logged. */
void notify_set_fifos(struct notify *n, const struct conf_global *g);
/* Writes a state to the FIFOs alone. */
void notify_repeat(struct notify *n, const struct notify_subject *who, enum vrrp_state state);

/* To be called on SIGCHLD: collects the scripts that have ended. */
void notify_reap(struct notify *n);
/* At the end: closes the FIFOs, gives running scripts at most wait_ns, then ends them. */
void notify_finish(struct notify *n, int64_t wait_ns);

#endif
