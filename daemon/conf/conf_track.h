/* What keepalived.conf says about things that are tracked: scripts that are run again and again,
 * files with a number in them, processes that are to be there. A part of vipd_conf.h, which
 * includes it.
 */
#ifndef DAEMON_CONF_CONF_TRACK_H
#define DAEMON_CONF_CONF_TRACK_H

#include "lib/conf/conf.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct conf_script { /* a command line split into words, as keepalived runs it without a shell */
	char **argv; /* ends with NULL; NULL: none */
	const char *user;  /* who runs it; NULL: script_user */
	const char *group; /* NULL: the user's */
	struct conf_pos pos;
};

enum conf_tracked_kind { CONF_TRACKED_SCRIPT, CONF_TRACKED_FILE, CONF_TRACKED_PROCESS };

enum conf_param_match {
	CONF_PARAM_NONE,    /* the command alone */
	CONF_PARAM_EXACT,   /* all words */
	CONF_PARAM_INITIAL, /* all but the last word whole, the last one as a beginning */
	CONF_PARAM_PARTIAL  /* the first words; more may follow */
};

struct conf_tracked_script {
	struct conf_script command;
	int64_t interval_ns; /* 1 s */
	int64_t timeout_ns;  /* as interval_ns */
	unsigned rise, fall; /* 1, 1 */
	bool init_fail;	     /* counts as failed until it succeeds rise times */
};

struct conf_tracked_file {
	const char *path;
	bool init; /* to be written at start */
	int init_value;
	bool overwrite; /* ... though it exists */
};

struct conf_tracked_process {
	char **argv; /* the name or path, then arguments; ends with NULL */
	enum conf_param_match match;
	bool full_command; /* compare /proc/PID/cmdline, else /proc/PID/comm */
	unsigned quorum, quorum_max;
	int64_t terminate_delay_ns, fork_delay_ns;
};

struct conf_tracked {
	enum conf_tracked_kind kind;
	const char *name;
	struct conf_pos pos;
	struct conf_tracked_script script; /* those of other kinds are empty */
	struct conf_tracked_file file;
	struct conf_tracked_process process;
	bool used; /* some instance tracks it */
	struct conf_tracked *next;
};

/* One entry of track_script, track_file or track_process. */
struct conf_track {
	const struct conf_tracked *what;
	int weight; /* 0: fault; of a file: what its number is multiplied with */
	bool reverse;
	struct conf_track *next;
};

struct conf_if_delay { /* changes of an interface count when they have lasted */
	char ifname[IFNAMSIZ];
	int64_t down_ns, up_ns;
	struct conf_pos pos;
	struct conf_if_delay *next;
};

/* A FIFO to which changes of state are written, and its reader. */
struct conf_fifo {
	const char *path;	  /* NULL: none */
	const char *user, *group; /* its owner; NULL: we */
	struct conf_script script;
};

#endif
