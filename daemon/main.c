/* vipd: reads keepalived.conf, moves virtual addresses between load balancers (VRRP) and keeps the
 * kernel's virtual servers (IPVS) as their health checks say.
 *
 * Here is only what happens before the daemon runs: the command line, the configuration, the
 * commands that print and exit, detaching.
 */
#include "daemon/control/options.h"
#include "daemon/control/process.h"
#include "daemon/control/vipd.h"
#include "daemon/lvs/lvs.h"
#include "daemon/vrrp/run.h"
#include "lib/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define IDENT	    "vipd"
#define LARGE_BYTES (128 << 10)

static int print(const struct buf *text)
{
	return fputs(buf_text(text), stdout) < 0 || fflush(stdout) ? VIPD_EXIT_FATAL : VIPD_EXIT_OK;
}

/* Absolute, so that a reload finds it after the change of directory; NULL: there is none. */
static char *find_conf(const struct vipd_options *o)
{
	const char *paths[] = {VIPD_CONF_PATH, VIPD_CONF_PATH_OWN};

	if (o->conf_path)
		return realpath(o->conf_path, NULL);
	for (size_t i = 0; i < 2; i++)
		if (access(paths[i], F_OK) == 0)
			return realpath(paths[i], NULL);
	return NULL;
}

static void print_missing(const struct vipd_options *o)
{
	if (o->conf_path)
		fprintf(stderr, IDENT ": %s: %s\n", o->conf_path, strerror(errno));
	else
		fprintf(stderr, IDENT ": neither %s nor %s exists; name one with -f FILE\n",
			VIPD_CONF_PATH, VIPD_CONF_PATH_OWN);
}

/* ---- commands that print and exit ---------------------------------------------------------- */

/* Interfaces that the configuration needs and this host does not have. */
static int print_missing_interfaces(const struct vipd_conf *conf, FILE *out)
{
	int missing = 0;

	for (const struct conf_instance *c = conf->instances; c; c = c->next) {
		if (!c->ifname[0] || conf->global.dynamic_interfaces || if_nametoindex(c->ifname))
			continue;
		fprintf(out, "%s:%d:%d: error: there is no interface %s (vrrp_instance %s)\n",
			c->pos.file, c->pos.line, c->pos.col, c->ifname, c->name);
		missing++;
	}
	return missing;
}

static int config_test(const struct vipd_options *o, const char *path)
{
	struct conf_report *report = conf_report_new();
	struct vipd_conf *conf = vipd_conf_load(path, o->config_id, report);
	FILE *out = o->test_log ? fopen(o->test_log, "we") : stderr;
	struct buf text = {0};
	int code = VIPD_EXIT_OK;

	if (!out) {
		fprintf(stderr, IDENT ": %s: %s\n", o->test_log, strerror(errno));
		out = stderr;
	}
	conf_report_print(report, &text);
	fputs(buf_text(&text), out);
	if (conf_report_errors(report) || conf_report_warnings(report))
		code = VIPD_EXIT_TEST_FAILED;
	if (conf && print_missing_interfaces(conf, out))
		code = VIPD_EXIT_TEST_FATAL;
	if (conf && o->command == VIPD_DUMP_CONF) {
		buf_clear(&text);
		vipd_conf_print(conf, &text);
		print(&text);
	}
	if (out != stderr)
		fclose(out);
	buf_free(&text);
	vipd_conf_free(conf);
	conf_report_free(report);
	return code;
}

static int dry_run(const struct vipd_options *o, const struct vipd_conf *conf)
{
	struct buf text = {0};
	struct ipvs *ipvs = NULL;
	int err = o->no_vrrp ? 0 : vrrp_run_dry(conf, &text);

	if (!err && !o->no_check && (conf->services || conf->global.lvs_sync.set)) {
		buf_puts(&text, "virtual servers\n");
		if (ipvs_open(&ipvs) < 0)
			buf_puts(&text, "  (IPVS is not there: planned over an empty table)\n");
		err = lvs_dry_run(conf, ipvs, &text);
		ipvs_close(ipvs);
	}
	if (err)
		fprintf(stderr, IDENT ": the kernel could not be read: %s\n", strerror(-err));
	int code = err ? VIPD_EXIT_FATAL : print(&text);

	buf_free(&text);
	return code;
}

static int help(void)
{
	struct buf text = {0};

	vipd_options_help(&text);
	int code = print(&text);

	buf_free(&text);
	return code;
}

/* ---- running ------------------------------------------------------------------------------- */

static void drop_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	(void)level;
	(void)line;
}

static void open_log(struct log *log, const struct vipd_options *o)
{
	log->detail = o->log_detail;
	if (o->log_console)
		log_to_console(log, IDENT);
	else if (o->no_syslog)
		log_to_sink(log, IDENT, drop_line, NULL);
	else
		log_to_syslog(log, IDENT, o->facility);
}

static void log_conf(const struct log *log, const struct vipd_conf *conf)
{
	struct buf text = {0};
	char *save = NULL;

	vipd_conf_print(conf, &text);
	for (char *line = text.data ? strtok_r(text.data, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		log_info(log, "%s", line);
	buf_free(&text);
}

/* NULL: code is set. */
static struct vipd_conf *load(const struct vipd_options *o, const char *path, const struct log *log,
			      int *code)
{
	struct conf_report *report = conf_report_new();
	struct vipd_conf *conf = vipd_conf_load(path, o->config_id, report);
	struct buf text = {0};

	*code = VIPD_EXIT_OK;
	if (!conf) {
		*code = VIPD_EXIT_CONFIG;
		if (!o->log_console) {
			conf_report_print(report, &text);
			fputs(buf_text(&text), stderr);
		}
	}
	vipd_log_report(log, report);
	buf_free(&text);
	conf_report_free(report);
	return conf;
}

struct startup {
	const struct vipd_options *o;
	FILE *log_file; /* NULL: none */
	struct log log; /* where lines go */
	struct log tee; /* ... and until the start has succeeded, errors to the terminal too */
	bool started;
	int detached_fd; /* -1: in the foreground */
	int pid_fd;
};

static void log_to_file(FILE *f, const char *line)
{
	struct timespec now;
	char stamp[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(f, "%s " IDENT ": %s\n", stamp, line);
}

static FILE *open_log_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "a");

	if (!f)
		fprintf(stderr, IDENT ": %s: %s\n", path, strerror(errno));
	else
		setvbuf(f, NULL, _IOLBF, 0);
	return f;
}

static void tee_line(void *ctx, enum log_level level, const char *line)
{
	const struct startup *s = ctx;

	s->log.sink(s->log.ctx, level, line);
	if (s->log_file)
		log_to_file(s->log_file, line);
	if (level == LOG_LEVEL_ERROR && !s->started && !s->o->log_console)
		fprintf(stderr, IDENT ": %s\n", line);
}

static void on_ready(void *ctx, int exit_code)
{
	struct startup *s = ctx;

	s->started = exit_code == VIPD_EXIT_OK;
	if (s->started)
		process_notify("READY=1");
	process_ready(s->detached_fd, exit_code);
	s->detached_fd = -1;
}

/* Writes the pid files. True: go on; false: code is set. */
static bool take_pid_files(struct startup *s, int *code)
{
	const char *more[] = {s->o->vrrp_pid_path, s->o->checkers_pid_path};

	s->pid_fd = process_pid_take(s->o->pid_path);
	if (s->pid_fd == -EEXIST) {
		fprintf(stderr, IDENT ": already running (%s is locked)\n", s->o->pid_path);
		log_info(&s->log, "daemon is already running");
		*code = VIPD_EXIT_OK; /* as keepalived: what was asked for is so */
		return false;
	}
	if (s->pid_fd < 0) {
		fprintf(stderr, IDENT ": %s: %s\n", s->o->pid_path, strerror(-s->pid_fd));
		*code = s->pid_fd == -EACCES || s->pid_fd == -EPERM ? VIPD_EXIT_PERMISSION
								    : VIPD_EXIT_FATAL;
		return false;
	}
	for (size_t i = 0; i < 2; i++) {
		int err = more[i] ? process_pid_copy(more[i]) : 0;

		if (err)
			log_error(&s->tee, "%s: %s", more[i], strerror(-err));
	}
	return true;
}

static void drop_pid_files(struct startup *s)
{
	if (s->o->vrrp_pid_path)
		unlink(s->o->vrrp_pid_path);
	if (s->o->checkers_pid_path)
		unlink(s->o->checkers_pid_path);
	process_pid_release(s->pid_fd, s->o->pid_path);
}

static int run_daemon(struct startup *s, const char *path, struct vipd_conf *conf)
{
	int code;

	if (!s->o->foreground) {
		s->detached_fd = process_detach();
		if (s->detached_fd < 0) {
			log_error(&s->tee, "not detached: %s", strerror(-s->detached_fd));
			vipd_conf_free(conf);
			return VIPD_EXIT_FATAL;
		}
	}
	if (!take_pid_files(s, &code)) {
		vipd_conf_free(conf);
		return code;
	}
	log_info(&s->log, "Starting %s with %s", VIPD_VERSION_TEXT, path);
	if (s->o->dump_conf)
		log_conf(&s->log, conf);
	code = vipd_run(s->o, path, conf, &s->tee, on_ready, s);
	drop_pid_files(s);
	log_info(&s->log, "Stopped %s", VIPD_VERSION_TEXT);
	return code;
}

/* What use_pid_dir, instance and the namespace make of the default paths. */
static void name_files(struct vipd_options *o, const struct conf_process *p, struct buf paths[3])
{
	struct buf suffix = {0};

	if (!o->namespace && p->namespace) { /* the command line wins, as in keepalived */
		buf_puts(&paths[2], p->namespace);
		o->namespace = buf_text(&paths[2]);
	}
	if (o->namespace)
		buf_printf(&suffix, "_%s", o->namespace);
	if (p->instance)
		buf_printf(&suffix, "_%s", p->instance);
	if ((p->use_pid_dir || suffix.len) && strcmp(o->pid_path, VIPD_PID_PATH) == 0) {
		mkdir(VIPD_RUN_DIR, 0755);
		buf_printf(&paths[0], VIPD_RUN_DIR "/vipd%s.pid", buf_text(&suffix));
		o->pid_path = buf_text(&paths[0]);
	}
	if (suffix.len && strcmp(o->control_path, VIPD_CONTROL_PATH) == 0) {
		buf_printf(&paths[1], "%s%s", VIPD_CONTROL_PATH, buf_text(&suffix));
		o->control_path = buf_text(&paths[1]);
	}
	buf_free(&suffix);
}

static int enter_namespace(const struct vipd_options *o)
{
	int err = o->namespace ? process_enter_namespace(o->namespace) : 0;

	if (err)
		fprintf(stderr, IDENT ": network namespace %s: %s\n", o->namespace, strerror(-err));
	return err;
}

static int run(struct vipd_options *o, const char *path)
{
	struct startup s = {.o = o, .detached_fd = -1, .pid_fd = -1};
	struct buf paths[3] = {{0}};
	struct vipd_conf *conf;
	int code;

	open_log(&s.log, o);
	s.tee.detail = s.log.detail;
	log_to_sink(&s.tee, IDENT, tee_line, &s);
	s.log_file = o->log_file ? open_log_file(o->log_file) : NULL;
	conf = load(o, path, &s.log, &code);
	if (!conf)
		return code;
	name_files(o, &conf->global.process, paths);
	if (enter_namespace(o) == 0) {
		code = run_daemon(&s, path, conf);
	} else {
		vipd_conf_free(conf);
		code = VIPD_EXIT_FATAL;
	}
	buf_free(&paths[0]);
	buf_free(&paths[1]);
	buf_free(&paths[2]);
	if (s.log_file)
		fclose(s.log_file);
	return code;
}

static int run_command(struct vipd_options *o, const char *path)
{
	struct log log = {0};
	int code;

	if (o->command == VIPD_RUN)
		return run(o, path);
	if (enter_namespace(o))
		return VIPD_EXIT_FATAL;
	if (o->command == VIPD_CONFIG_TEST || o->command == VIPD_DUMP_CONF)
		return config_test(o, path);
	log_to_console(&log, IDENT);
	struct vipd_conf *conf = load(o, path, &log, &code);

	if (conf)
		code = dry_run(o, conf);
	vipd_conf_free(conf);
	return code;
}

static int with_conf(struct vipd_options *o)
{
	char *path = find_conf(o);
	int code;

	if (!path) {
		print_missing(o);
		return o->command == VIPD_CONFIG_TEST || o->command == VIPD_DUMP_CONF
			       ? VIPD_EXIT_TEST_FATAL
			       : VIPD_EXIT_NO_CONFIG;
	}
	code = run_command(o, path);
	free(path);
	return code;
}

int main(int argc, char **argv)
{
	struct vipd_options o;
	struct buf error = {0};

	/* what thousands of routers needed for a moment goes back to the system */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
	if (!vipd_options_parse(argc, argv, &o, &error)) {
		fprintf(stderr, IDENT ": %s\n%s --help lists the options\n", buf_text(&error),
			IDENT);
		buf_free(&error);
		return VIPD_EXIT_FATAL;
	}
	buf_free(&error);
	if (o.umask_set)
		umask(o.umask);
	switch (o.command) {
	case VIPD_HELP:
		return help();
	case VIPD_VERSION:
		puts(VIPD_VERSION_TEXT);
		return VIPD_EXIT_OK;
	case VIPD_SIGNUM:
		printf("%d\n", o.signum);
		return VIPD_EXIT_OK;
	case VIPD_RUN:
	case VIPD_CONFIG_TEST:
	case VIPD_DUMP_CONF:
	case VIPD_DRY_RUN:
		return with_conf(&o);
	}
	must_fail("a command", __FILE__, __LINE__);
}
