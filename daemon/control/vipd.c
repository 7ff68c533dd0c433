/* One process, one thread, one event loop. VRRP and IPVS know nothing of each other: what one must
 * hear of the other goes through here.
 *
 * IPVS starts before VRRP, so that an address comes to a director that can already serve it; VRRP
 * ends first, so that the other director takes over at once.
 */
#include "daemon/control/vipd.h"

#include "daemon/control/control.h"
#include "daemon/control/dump.h"
#include "daemon/control/metrics.h"
#include "daemon/control/privilege.h"
#include "daemon/control/process.h"
#include "daemon/lvs/lvs.h"
#include "daemon/notify/notify.h"
#include "daemon/vrrp/run.h"
#include "lib/base/mono.h"
#include "lib/base/must.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STOP_SCRIPTS_NS NS_PER_S
#define N_SIGNALS	8

struct vipd {
	const struct vipd_options *options;
	struct log *log;
	const char *conf_path;
	struct vipd_conf *conf;
	struct event_base *base;
	struct event *signals[N_SIGNALS];
	struct notify *notify;
	struct lvs *lvs;
	struct vrrp_run *vrrp;
	struct control *control;
	struct metrics *metrics;
	struct privilege privilege;
};

/* ---- between the halves -------------------------------------------------------------------- */

static void on_role(void *ctx, const struct conf_instance *instance, bool master)
{
	struct vipd *d = ctx;

	if (d->lvs)
		lvs_router_state(d->lvs, instance, master);
}

static void on_entered(void *ctx, const struct conf_instance *instance, enum vrrp_state state,
		       uint8_t priority)
{
	struct vipd *d = ctx;

	control_entered(d->control, instance, state, priority);
}

static void on_handed_over(void *ctx, const struct conf_instance *instance,
			   const struct vrrp_handover_end *end)
{
	struct vipd *d = ctx;

	control_handed_over(d->control, instance, end);
}

static void on_address(void *ctx, const struct wire_ip *ip, bool present)
{
	struct vipd *d = ctx;
	char text[INET6_ADDRSTRLEN];

	if (d->options->address_monitoring)
		log_info(d->log, "Address %s %s", wire_ip_text(ip, text),
			 present ? "added" : "deleted");
	if (d->lvs)
		lvs_address(d->lvs, ip, present);
}

static void on_run(void *ctx, const struct conf_script *script)
{
	struct vipd *d = ctx;

	notify_run(d->notify, script, NULL);
}

/* ---- signals ------------------------------------------------------------------------------- */

static void on_stop(evutil_socket_t sig, short what, void *ctx)
{
	struct vipd *d = ctx;

	(void)what;
	log_info(d->log, "Stopping on %s", sig == SIGINT ? "SIGINT" : "SIGTERM");
	process_notify("STOPPING=1");
	event_base_loopbreak(d->base);
}

static void on_child(evutil_socket_t sig, short what, void *ctx)
{
	struct vipd *d = ctx;

	(void)sig;
	(void)what;
	notify_reap(d->notify);
}

static void set_script_user(struct vipd *d, const struct vipd_conf *conf)
{
	const struct conf_global *g = &conf->global;

	if (notify_set_policy(d->notify, g->script_user, g->script_group, g->script_security) < 0)
		log_error(d->log, "script_user %s: there is no such user or group",
			  conf->global.script_user);
	notify_set_fifos(d->notify, g);
}

/* IPVS first: if it refuses, nothing has changed; if VRRP refuses, IPVS goes back. */
static int go_over(struct vipd *d, struct vipd_conf *fresh)
{
	int err = d->lvs ? lvs_reload(d->lvs, fresh) : 0;

	if (err)
		return err;
	err = vrrp_run_reload(d->vrrp, fresh);
	if (err && d->lvs && lvs_reload(d->lvs, d->conf) < 0)
		log_error(d->log, "The old virtual servers could not be restored");
	return err;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* One process: VRRP's words count, without VRRP the checker's. */
static const struct conf_task *task_of(const struct vipd *d, const struct vipd_conf *conf)
{
	return d->options->no_vrrp ? &conf->global.process.checker : &conf->global.process.vrrp;
}

/* What is settled at the start: as keepalived, a reload that changes it is refused. */
static bool may_follow(struct vipd *d, const struct vipd_conf *fresh)
{
	const struct conf_process *old = &d->conf->global.process, *new = &fresh->global.process;
	bool same = same_text(old->namespace, new->namespace) &&
		    same_text(old->instance, new->instance);

	if (!same)
		log_error(d->log, "net_namespace and instance need a restart to change");
	return same;
}

/* 0, or -EINVAL: errors in the file; or what the kernel said. Then the old one stays in force. */
static int reload(void *ctx)
{
	struct vipd *d = ctx;
	struct conf_report *report = conf_report_new();
	struct vipd_conf *fresh;

	log_info(d->log, "Reloading %s", d->conf_path);
	fresh = vipd_conf_load(d->conf_path, d->options->config_id, report);
	vipd_log_report(d->log, report);
	conf_report_free(report);
	int err = fresh && may_follow(d, fresh) ? go_over(d, fresh) : -EINVAL;

	if (err) {
		log_error(d->log, "%s is refused%s%s: the old configuration stays in force",
			  d->conf_path, err != -EINVAL ? ": " : "",
			  err != -EINVAL ? strerror(-err) : "");
		vipd_conf_free(fresh);
	} else {
		set_script_user(d, fresh);
		privilege_apply(&d->privilege, task_of(d, fresh), task_of(d, d->conf), d->log);
		vipd_conf_free(d->conf);
		d->conf = fresh;
		log_info(d->log, "Reloaded");
	}
	control_reloaded(d->control, !err);
	return err;
}

static void on_reload(evutil_socket_t sig, short what, void *ctx)
{
	(void)sig;
	(void)what;
	reload(ctx);
}

/* ---- dumps --------------------------------------------------------------------------------- */

static void write_dump(struct vipd *d, enum dump_kind kind, const struct buf *text,
		       const char *what)
{
	struct buf path = {0};
	const struct conf_process *p = &d->conf->global.process;

	dump_path(kind, p, d->options->namespace, getenv("TMPDIR"), &path);
	int err = dump_write(buf_text(&path), text);

	if (err)
		log_error(d->log, "%s not written: %s", buf_text(&path), strerror(-err));
	else
		log_info(d->log, "%s written to %s", what, buf_text(&path));
	buf_free(&path);
}

static void on_dump(evutil_socket_t sig, short what, void *ctx)
{
	struct vipd *d = ctx;
	struct buf text = {0};

	(void)sig;
	(void)what;
	vrrp_run_dump(d->vrrp, &text);
	write_dump(d, DUMP_STATE, &text, "State");
	buf_clear(&text);
	if (d->lvs) {
		lvs_dump(d->lvs, &text);
		write_dump(d, DUMP_SERVERS, &text, "Virtual servers");
	}
	buf_free(&text);
}

static void on_stats(evutil_socket_t sig, short what, void *ctx)
{
	struct vipd *d = ctx;
	struct buf text = {0};

	(void)sig;
	(void)what;
	dump_stats(d->vrrp, &text);
	write_dump(d, DUMP_STATS, &text, "Statistics");
	buf_free(&text);
}

static void on_json(evutil_socket_t sig, short what, void *ctx)
{
	struct vipd *d = ctx;
	struct buf text = {0};

	(void)sig;
	(void)what;
	if (vrrp_run_count(d->vrrp) == 0) /* as keepalived */
		return;
	dump_json(d->vrrp, &d->conf->global, &text);
	write_dump(d, DUMP_JSON, &text, "State and statistics");
	buf_free(&text);
}

static void on_clear(evutil_socket_t sig, short what, void *ctx)
{
	struct vipd *d = ctx;

	(void)sig;
	(void)what;
	vrrp_run_clear_stats(d->vrrp);
	log_info(d->log, "Statistics cleared");
}

static void listen_to_signals(struct vipd *d)
{
	const struct {
		int sig;
		event_callback_fn take;
	} rows[N_SIGNALS] = {{SIGTERM, on_stop},       {SIGHUP, on_reload},
			     {SIGUSR1, on_dump},       {SIGUSR2, on_stats},
			     {VIPD_SIG_JSON, on_json}, {VIPD_SIG_CLEAR, on_clear},
			     {SIGCHLD, on_child},      {SIGINT, on_stop}};
	size_t n = d->options->ignore_sigint ? N_SIGNALS - 1 : N_SIGNALS;

	signal(SIGPIPE, SIG_IGN);
	if (d->options->ignore_sigint)
		signal(SIGINT, SIG_IGN);
	for (size_t i = 0; i < n; i++) {
		d->signals[i] = evsignal_new(d->base, rows[i].sig, rows[i].take, d);
		must(d->signals[i] && event_add(d->signals[i], NULL) == 0);
	}
}

/* ---- start and end ------------------------------------------------------------------------- */

static int exit_code_of(int err)
{
	if (err == 0)
		return VIPD_EXIT_OK;
	if (err == -EPERM || err == -EACCES)
		return VIPD_EXIT_PERMISSION;
	return err == -ENODEV ? VIPD_EXIT_CONFIG : VIPD_EXIT_FATAL;
}

static int start_lvs(struct vipd *d)
{
	struct lvs_options o = {.base = d->base, .log = d->log, .run = on_run, .ctx = d};
	int err = d->options->no_check ? 0 : lvs_start(&d->lvs, d->conf, &o);

	if (err)
		log_error(d->log, "Virtual servers not started: %s",
			  err == -ENOPROTOOPT ? "the kernel has no IPVS (modprobe ip_vs?)"
					      : strerror(-err));
	return err;
}

static int start(struct vipd *d)
{
	struct vrrp_run_options o = {.base = d->base,
				     .log = d->log,
				     .notify = d->notify,
				     .role = on_role,
				     .entered = on_entered,
				     .handed_over = on_handed_over,
				     .address = on_address,
				     .ctx = d,
				     .no_instances = d->options->no_vrrp};
	int err = start_lvs(d);

	if (!err)
		err = vrrp_run_start(&d->vrrp, d->conf, &o);
	return err;
}

/* What cannot be opened is said; failing over goes on without it. */
static void open_doors(struct vipd *d)
{
	const struct vipd_options *o = d->options;
	struct control_world w = {.base = d->base,
				  .log = d->log,
				  .vrrp = d->vrrp,
				  .version = VIPD_VERSION_TEXT,
				  .conf_path = d->conf_path,
				  .reload = reload,
				  .ctx = d};
	int err = strcmp(o->control_path, "none") == 0
			  ? 0
			  : control_open(&d->control, o->control_path, &w);

	if (err)
		log_warning(d->log, "No control socket at %s: %s", o->control_path, strerror(-err));
	err = o->metrics
		      ? metrics_open(&d->metrics, o->metrics, d->base, d->vrrp, VIPD_VERSION_TEXT)
		      : 0;
	if (err)
		log_error(d->log, "No metrics at %s: %s", o->metrics,
			  err == -EINVAL ? "expected PORT, ADDRESS:PORT or a path"
					 : strerror(-err));
}

/* All that needs more is open by now. */
static void settle(struct vipd *d)
{
	const struct conf_task *task = task_of(d, d->conf);
	int err = d->options->core_dump ? privilege_core_dump() : 0;

	if (err)
		log_warning(d->log, "Core files not allowed: %s", strerror(-err));
	privilege_apply(&d->privilege, task, NULL, d->log);
	err = privilege_drop(task);
	if (err)
		log_warning(d->log, "Capabilities not dropped: %s", strerror(-err));
}

static void stop(struct vipd *d)
{
	metrics_close(d->metrics);
	control_close(d->control);
	d->control = NULL;
	if (d->vrrp && d->options->keep_vrrp)
		vrrp_run_abandon(d->vrrp);
	else
		vrrp_run_stop(d->vrrp);
	if (d->lvs && d->options->keep_ipvs)
		lvs_abandon(d->lvs);
	else
		lvs_stop(d->lvs);
	notify_finish(d->notify, STOP_SCRIPTS_NS);
}

/* Three priorities: 0 for nobody, 1, the default, for VRRP and signals, 2 for health checks, of
 * which a turn of the loop does not do more than a few before it looks at the others again. */
static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base;

	must(config != NULL);
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	event_config_set_max_dispatch_interval(config, NULL, 32, 2);
	base = event_base_new_with_config(config);
	event_config_free(config);
	must(base != NULL);
	must(event_base_priority_init(base, 3) == 0);
	return base;
}

int vipd_run(const struct vipd_options *options, const char *conf_path, struct vipd_conf *conf,
	     struct log *log, void (*ready)(void *ctx, int exit_code), void *ctx)
{
	struct vipd d = {.options = options, .log = log, .conf_path = conf_path, .conf = conf};
	int code;

	d.base = new_base();
	d.notify = notify_new(log);
	set_script_user(&d, conf);
	listen_to_signals(&d);
	code = exit_code_of(start(&d));
	if (code == VIPD_EXIT_OK) {
		open_doors(&d);
		settle(&d);
	}
	ready(ctx, code);
	if (code == VIPD_EXIT_OK && event_base_dispatch(d.base) < 0) {
		log_error(log, "The event loop has failed: %s", strerror(errno));
		code = VIPD_EXIT_FATAL;
	}
	stop(&d);
	for (size_t i = 0; i < N_SIGNALS; i++)
		if (d.signals[i])
			event_free(d.signals[i]);
	event_base_free(d.base);
	notify_free(d.notify);
	vipd_conf_free(d.conf);
	return code;
}

void vipd_log_report(const struct log *log, const struct conf_report *report)
{
	enum conf_severity severity;
	struct conf_pos at;
	const char *text;

	for (int i = 0; (text = conf_report_text(report, i, &severity, &at)) != NULL; i++) {
		if (severity == CONF_ERROR)
			log_error(log, "%s:%d:%d: %s", at.file, at.line, at.col, text);
		else
			log_warning(log, "%s:%d:%d: %s", at.file, at.line, at.col, text);
	}
}
