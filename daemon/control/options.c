/* The command line. One table holds every option: getopt's tables and the help text are made from
 * it, so that none can be forgotten.
 *
 * Options of keepalived that have no meaning here are refused by name: whoever relies on one must
 * learn that at once. Those that ask for what is always so (-R, -B, --all) are taken in silence.
 */
#include "daemon/control/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define OPT_DRY_RUN	  256
#define OPT_SIGNUM	  257
#define OPT_CONTROL	  300
#define OPT_METRICS	  301
#define OPT_ALL		  258
#define OPT_FLUSH	  302
#define OPT_IGNORE_SIGINT 303
#define OPT_REFUSED	  400
#define N_OPTIONS	  (sizeof(options) / sizeof(options[0]))

struct option_row {
	int key; /* the short option, or above 255 */
	const char *name;
	const char *arg; /* NULL: none; "[FILE]": optional */
	const char *help;
};

static const struct option_row options[] = {
	{'f', "use-file", "FILE", "read this configuration"},
	{'t', "config-test", "[FILE]", "check the configuration, name every problem, exit"},
	{OPT_DRY_RUN, "dry-run", NULL, "print what would be done to the kernel at start, exit"},
	{'d', "dump-conf", NULL, "run and log the configuration as read; with -t: only print it"},
	{'i', "config-id", "ID", "lines that begin with @ID are read; default: host name"},
	{'n', "dont-fork", NULL, "stay in the foreground"},
	{'l', "log-console", NULL, "log to stderr"},
	{'D', "log-detail", NULL, "log more"},
	{'S', "log-facility", "FACILITY", "0-7, local0-7, user or daemon (default)"},
	{'G', "no-syslog", NULL, "never log to syslog"},
	{'P', "vrrp", NULL, "virtual routers only"},
	{'C', "check", NULL, "virtual servers only"},
	{'V', "dont-release-vrrp", NULL, "leave the virtual addresses at the end"},
	{'I', "dont-release-ipvs", NULL, "leave the virtual servers at the end"},
	{'p', "pid", "FILE", "pid file, default " VIPD_PID_PATH},
	{'r', "vrrp_pid", "FILE", "write the pid here too"},
	{'c', "checkers_pid", "FILE", "write the pid here too"},
	{'s', "namespace", "NAME", "run in this network namespace"},
	{'u', "umask", "MASK", "umask for files"},
	{OPT_CONTROL, "control", "PATH",
	 "the socket for vipctl, or none; default " VIPD_CONTROL_PATH ", none with -p"},
	{OPT_METRICS, "metrics", "PORT|ADDR:PORT|PATH", "figures for Prometheus, there"},
	{'g', "log-file", "[FILE]", "log to a file too, default " VIPD_LOG_PATH},
	{'a', "address-monitoring", NULL, "log each address that comes and goes"},
	{'m', "core-dump", NULL, "allow core files of any size"},
	{OPT_IGNORE_SIGINT, "ignore-sigint", NULL, "SIGINT does not stop it (for debuggers)"},
	{'X', "release-vips", NULL, "nothing: addresses are always released"},
	{OPT_FLUSH, "flush-log-file", NULL, "nothing: each line is written at once"},
	{'R', "dont-respawn", NULL, "nothing: there is one process"},
	{'B', "no_bfd", NULL, "nothing: there is no BFD yet"},
	{OPT_ALL, "all", NULL, "nothing: there is one process"},
	{OPT_SIGNUM, "signum", "NAME",
	 "print the number of STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON"},
	{'v', "version", NULL, "print the version, exit"},
	{'h', "help", NULL, "print this, exit"},
};

/* What keepalived 2.4 knows besides, and why it is not here. */
static const struct option_row refused[] = {
	{'e', "all-config", NULL, "write includea, or include_check in global_defs"},
	{'b', "bfd_pid", "FILE", "there is no BFD process"},
	{'T', "genhash", NULL, "keepalived's genhash prints the digests"},
	{'x', "snmp", NULL, "there is no SNMP agent; --metrics serves figures"},
	{'A', "snmp-agent-socket", "FILE", "there is no SNMP agent; --metrics serves figures"},
	{'M', "core-dump-pattern", "[PATTERN]",
	 "it changes the whole machine; set kernel.core_pattern with sysctl"},
	{OPT_REFUSED + 2, "no-mem-check", NULL, "it is for keepalived's debug builds"},
	{'L', "mem-check-log", NULL, "it is for keepalived's debug builds"},
	{'O', "openssl-mem-check", NULL, "it is for keepalived's debug builds"},
	{OPT_REFUSED + 4, "perf", "[ARG]", "it is for keepalived's debug builds"},
	{OPT_REFUSED + 5, "debug", "[ARG]", "use --log-detail, or vipctl log detail"},
	{OPT_REFUSED + 6, "config-fd", "FD", "it is between keepalived's own processes"},
};

#define N_REFUSED (sizeof(refused) / sizeof(refused[0]))
#define N_ALL	  (N_OPTIONS + N_REFUSED)

static const struct option_row *row_at(size_t i)
{
	return i < N_OPTIONS ? &options[i] : &refused[i - N_OPTIONS];
}

static int arg_kind(const struct option_row *row)
{
	if (!row->arg)
		return no_argument;
	return row->arg[0] == '[' ? optional_argument : required_argument;
}

static const struct option_row *find_refused(int key)
{
	for (size_t i = 0; i < N_REFUSED; i++)
		if (refused[i].key == key)
			return &refused[i];
	return NULL;
}

static bool parse_facility(const char *text, int *out)
{
	static const int local[] = {LOG_LOCAL0, LOG_LOCAL1, LOG_LOCAL2, LOG_LOCAL3,
				    LOG_LOCAL4, LOG_LOCAL5, LOG_LOCAL6, LOG_LOCAL7};
	const char *digit = strncmp(text, "local", 5) == 0 ? text + 5 : text;

	if (digit[0] >= '0' && digit[0] <= '7' && digit[1] == '\0')
		*out = local[digit[0] - '0'];
	else if (strcmp(text, "user") == 0)
		*out = LOG_USER;
	else if (strcmp(text, "daemon") == 0)
		*out = LOG_DAEMON;
	else
		return false;
	return true;
}

static bool parse_signum(const char *text, int *out)
{
	const struct {
		const char *name;
		int number;
	} signals[] = {{"STOP", SIGTERM},
		       {"RELOAD", SIGHUP},
		       {"DATA", SIGUSR1},
		       {"STATS", SIGUSR2},
		       {"STATS_CLEAR", VIPD_SIG_CLEAR},
		       {"JSON", VIPD_SIG_JSON}};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		if (strcmp(text, signals[i].name) == 0) {
			*out = signals[i].number;
			return true;
		}
	}
	return false;
}

static bool parse_umask(const char *text, mode_t *out)
{
	char *end;

	errno = 0;
	unsigned long v = strtoul(text, &end, 0);

	if (errno || *end || end == text || !isdigit((unsigned char)text[0]) || v > 0777)
		return false;
	*out = (mode_t)v;
	return true;
}

/* Options that only set something. False: the key is none of them. */
static bool take_flag(int key, struct vipd_options *o)
{
	switch (key) {
	case 'n':
		o->foreground = true;
		break;
	case 'l':
		o->log_console = true;
		break;
	case 'D':
		o->log_detail = true;
		break;
	case 'G':
		o->no_syslog = true;
		break;
	case 'd':
		o->dump_conf = true;
		break;
	case 'P':
		o->no_check = true;
		break;
	case 'C':
		o->no_vrrp = true;
		break;
	case 'V':
		o->keep_vrrp = true;
		break;
	case 'I':
		o->keep_ipvs = true;
		break;
	case 'a':
		o->address_monitoring = true;
		break;
	case 'm':
		o->core_dump = true;
		break;
	case OPT_IGNORE_SIGINT:
		o->ignore_sigint = true;
		break;
	case 'R':
	case 'B':
	case 'X':
	case OPT_FLUSH:
	case OPT_ALL:
		break;
	case 'h':
		o->command = VIPD_HELP;
		break;
	case 'v':
		o->command = VIPD_VERSION;
		break;
	case OPT_DRY_RUN:
		o->command = VIPD_DRY_RUN;
		break;
	default:
		return false;
	}
	return true;
}

static bool bad_value(struct buf *error, const char *option, const char *value, const char *want)
{
	buf_printf(error, "%s %s: expected %s", option, value, want);
	return false;
}

static bool take_value(int key, const char *arg, struct vipd_options *o, struct buf *error)
{
	switch (key) {
	case 'f':
		o->conf_path = arg;
		break;
	case 't':
		o->command = VIPD_CONFIG_TEST;
		o->test_log = arg;
		break;
	case 'g':
		o->log_file = arg ? arg : VIPD_LOG_PATH;
		break;
	case 'i':
		o->config_id = arg;
		break;
	case 'p':
		o->pid_path = arg;
		break;
	case 'r':
		o->vrrp_pid_path = arg;
		break;
	case 'c':
		o->checkers_pid_path = arg;
		break;
	case 's':
		o->namespace = arg;
		break;
	case 'S':
		if (!parse_facility(arg, &o->facility))
			return bad_value(error, "--log-facility", arg,
					 "0-7, local0-local7, user or daemon");
		break;
	case 'u':
		if (!parse_umask(arg, &o->umask))
			return bad_value(error, "--umask", arg, "a number from 0 to 0777");
		o->umask_set = true;
		break;
	case OPT_CONTROL:
		o->control_path = arg;
		break;
	case OPT_METRICS:
		o->metrics = arg;
		break;
	case OPT_SIGNUM:
		o->command = VIPD_SIGNUM;
		if (!parse_signum(arg, &o->signum))
			return bad_value(error, "--signum", arg,
					 "STOP, RELOAD, DATA, STATS, STATS_CLEAR or JSON");
		break;
	default:
		buf_puts(error, "an option without a meaning");
		return false;
	}
	return true;
}

/* How many leading characters two names have in common. */
static size_t common_prefix(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return n;
}

static void unknown_option(const char *word, int key, struct buf *error)
{
	const char *nearest = NULL;
	size_t best = 1;

	if (key) {
		buf_printf(error, "unknown option -%c", key);
		return;
	}
	buf_printf(error, "unknown option %s", word);
	for (size_t i = 0; i < N_OPTIONS; i++) {
		size_t n = common_prefix(word + 2, options[i].name);

		if (n > best) {
			best = n;
			nearest = options[i].name;
		}
	}
	if (nearest)
		buf_printf(error, "; is --%s meant?", nearest);
}

static void make_tables(struct option *longs, char *shorts)
{
	*shorts++ = ':'; /* a missing argument is told apart */
	for (size_t i = 0; i < N_ALL; i++) {
		const struct option_row *row = row_at(i);

		longs[i] = (struct option){row->name, arg_kind(row), NULL, row->key};
		if (row->key > 255)
			continue;
		*shorts++ = (char)row->key;
		for (int n = arg_kind(row); n > 0; n--)
			*shorts++ = ':';
	}
	*shorts = '\0';
}

static bool take_option(int key, char **argv, struct vipd_options *o, struct buf *error)
{
	const struct option_row *not_here = find_refused(key);

	if (key == '?') {
		unknown_option(argv[optind - 1], optopt, error);
		return false;
	}
	if (key == ':') {
		buf_printf(error, "%s needs an argument", argv[optind - 1]);
		return false;
	}
	if (not_here) {
		buf_printf(error, "keepalived's option --%s is not supported: %s", not_here->name,
			   not_here->help);
		return false;
	}
	return take_flag(key, o) || take_value(key, optarg, o, error);
}

bool vipd_options_parse(int argc, char **argv, struct vipd_options *out, struct buf *error)
{
	struct option longs[N_ALL + 1] = {0};
	char shorts[3 * N_ALL + 2];
	int key;

	*out = (struct vipd_options){.pid_path = VIPD_PID_PATH, .facility = LOG_DAEMON};
	make_tables(longs, shorts);
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((key = getopt_long(argc, argv, shorts, longs, NULL)) != -1)
		if (!take_option(key, argv, out, error))
			return false;
	if (optind < argc) {
		buf_printf(error, "unexpected argument %s; a configuration is named with -f FILE",
			   argv[optind]);
		return false;
	}
	if (!out->control_path) /* two daemons on one host have two pid files */
		out->control_path =
			strcmp(out->pid_path, VIPD_PID_PATH) ? "none" : VIPD_CONTROL_PATH;
	if (out->no_vrrp && out->no_check) /* keepalived: -P -C is the same as neither */
		out->no_vrrp = out->no_check = false;
	if (out->command == VIPD_CONFIG_TEST && out->dump_conf)
		out->command = VIPD_DUMP_CONF;
	return true;
}

void vipd_options_help(struct buf *out)
{
	buf_puts(out, "Usage: vipd [OPTION...]\n"
		      "VRRP and IPVS from a keepalived.conf: addresses that move between load\n"
		      "balancers, and virtual servers with health checks.\n\n");
	for (size_t i = 0; i < N_OPTIONS; i++) {
		const struct option_row *row = &options[i];
		char name[48] = "";
		size_t start = out->len;

		if (row->key <= 255)
			buf_printf(out, "  -%c, ", row->key);
		else
			buf_puts(out, "      ");
		if (row->arg && row->arg[0] == '[')
			snprintf(name, sizeof(name), "--%s[=%s", row->name, row->arg + 1);
		else
			snprintf(name, sizeof(name), "--%s%s%s", row->name, row->arg ? "=" : "",
				 row->arg ? row->arg : "");
		buf_puts(out, name);
		size_t used = out->len - start;

		buf_printf(out, "%*s%s\n", used < 36 ? (int)(36 - used) : 1, "", row->help);
	}
	buf_puts(
		out,
		"\nWithout -f the first of these is read: " VIPD_CONF_PATH ", " VIPD_CONF_PATH_OWN
		".\n"
		"Signals: TERM and INT stop, HUP reloads, USR1 writes the state to\n"
		"/tmp/keepalived.data, USR2 statistics to keepalived.stats, RTMIN+2 both as JSON;\n"
		"RTMAX-1 clears the statistics.\n"
		"Exit codes: 0 ok, 1 fatal, 2 configuration, 4 permission, 6 no configuration "
		"file.\n"
		"With -t: 0 clean, 4 a file or an interface is missing, 5 any other problem.\n");
}
