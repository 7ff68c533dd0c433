/* vipd's command line: keepalived's options as far as they mean something here. Pure but for
 * getopt's own variables: nothing is opened, printed or changed.
 */
#ifndef DAEMON_CONTROL_OPTIONS_H
#define DAEMON_CONTROL_OPTIONS_H

#include "lib/base/buf.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Exit codes, as keepalived's. */
enum vipd_exit {
	VIPD_EXIT_OK = 0,
	VIPD_EXIT_FATAL = 1,
	VIPD_EXIT_CONFIG = 2,
	VIPD_EXIT_PERMISSION = 4,
	VIPD_EXIT_NO_CONFIG = 6,
	/* --config-test only */
	VIPD_EXIT_TEST_FATAL = 4, /* file or interface missing, nothing could be read */
	VIPD_EXIT_TEST_FAILED = 5 /* anything else that is wrong, warnings too */
};

/* Without -f the first of these that exists is read. */
#define VIPD_CONF_PATH	   "/etc/keepalived/keepalived.conf"
#define VIPD_CONF_PATH_OWN "/etc/vipd/vipd.conf"
#define VIPD_PID_PATH	   "/run/vipd.pid"
#define VIPD_RUN_DIR	   "/run/vipd"
#define VIPD_CONTROL_PATH  "/run/vipd/control"
#define VIPD_LOG_PATH	   "/tmp/vipd.log"
/* keepalived's numbers */
#define VIPD_SIG_JSON	  (SIGRTMIN + 2)
#define VIPD_SIG_CLEAR	  (SIGRTMAX - 1)
#define VIPD_VERSION_TEXT "vipd 0.1.0"

enum vipd_command {
	VIPD_RUN,
	VIPD_CONFIG_TEST, /* -t */
	VIPD_DUMP_CONF,	  /* -d together with -t; alone it dumps to the log and runs */
	VIPD_DRY_RUN,
	VIPD_HELP,
	VIPD_VERSION,
	VIPD_SIGNUM
};

struct vipd_options {
	enum vipd_command command;
	const char *conf_path; /* NULL: the defaults */
	const char *config_id; /* NULL: the host name */
	const char *test_log;  /* --config-test=FILE; NULL: stderr */
	const char *pid_path;
	const char *vrrp_pid_path;     /* NULL: none. There is one process: it gets the same pid */
	const char *checkers_pid_path; /* NULL: none */
	const char *control_path;      /* "none": no socket */
	const char *metrics;	       /* metrics.h; NULL: none */
	const char *namespace;	       /* NULL: the one we are started in */
	int signum;		       /* VIPD_SIGNUM: the number to print */
	int facility;		       /* of syslog */
	mode_t umask;
	bool umask_set;
	bool foreground;      /* -n */
	bool log_console;     /* -l */
	bool log_detail;      /* -D */
	bool no_syslog;	      /* -G */
	const char *log_file; /* NULL: none */
	bool address_monitoring;
	bool core_dump;
	bool ignore_sigint;
	bool dump_conf; /* -d */
	bool no_vrrp;	/* only -C */
	bool no_check;	/* only -P */
	bool keep_vrrp; /* -V: VIPs stay at the end */
	bool keep_ipvs; /* -I: services stay at the end */
};

/* Reads the command line. False: error holds one line for the user, with what would be right; the
 * program exits with VIPD_EXIT_FATAL. Strings belong to argv. */
bool vipd_options_parse(int argc, char **argv, struct vipd_options *out, struct buf *error);
/* What --help prints. */
void vipd_options_help(struct buf *out);

#endif
