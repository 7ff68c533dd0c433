/* Connections and commands of the control socket.
 *
 * Nobody may be kept waiting by a client: a line has 4 KiB at most, one that does not read what it
 * is sent is dropped at 1 MiB, and there are 64 at most. All of it has the lowest priority of the
 * event loop, after adverts.
 */
#include "daemon/control/control.h"

#include "daemon/control/report.h"
#include "lib/base/vec.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_BYTES_MAX	 4096
#define UNREAD_BYTES_MAX (1 << 20)
#define CLIENTS_MAX	 64
#define LOWEST		 2 /* of vipd's three priorities */

struct client {
	struct control *control;
	struct bufferevent *bev;
	bool watches;
	char *waits_for; /* an instance that is handing over; NULL: for nothing */
	struct event *patience;
	struct client *next;
};

struct control {
	struct control_world w;
	char *path;
	struct evconnlistener *listener;
	struct client *clients;
	unsigned n_clients;
	mono_t started;
};

/* ---- answers ------------------------------------------------------------------------------- */

static void free_client(struct client *gone)
{
	if (gone->patience)
		event_free(gone->patience);
	bufferevent_free(gone->bev);
	free(gone->waits_for);
	free(gone);
}

static void drop_client(struct client *gone)
{
	struct client **at = &gone->control->clients;

	while (*at != gone)
		at = &(*at)->next;
	*at = gone->next;
	gone->control->n_clients--;
	free_client(gone);
}

/* Takes the value. */
static void say(struct client *c, json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	struct evbuffer *out = bufferevent_get_output(c->bev);

	must(text != NULL);
	if (evbuffer_get_length(out) < UNREAD_BYTES_MAX)
		evbuffer_add_printf(out, "%s\n", text);
	free(text);
	json_decref(value);
}

static json_t *yes(void)
{
	return json_pack("{s:b}", "ok", 1);
}

static json_t *no(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static json_t *no(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return json_pack("{s:b, s:s}", "ok", 0, "error", text);
}

/* ---- commands ------------------------------------------------------------------------------ */

static const char *level_name(const struct log *log)
{
	if (log->hush)
		return log->hush == LOG_LEVEL_WARNING ? "error" : "warning";
	return log->detail ? "detail" : "info";
}

static json_t *ask_status(struct client *c, const json_t *request)
{
	const struct control_world *w = &c->control->w;
	double up_s = (double)mono_diff(mono_now(), c->control->started) / (double)NS_PER_S;
	json_t *a = yes();

	(void)request;
	json_object_set_new(a, "version", json_string(w->version));
	json_object_set_new(a, "pid", json_integer(getpid()));
	json_object_set_new(a, "uptime_s", json_real(up_s));
	json_object_set_new(a, "configuration", json_string(w->conf_path));
	json_object_set_new(a, "log", json_string(level_name(w->log)));
	json_object_set_new(a, "instances", json_integer((json_int_t)vrrp_run_count(w->vrrp)));
	json_object_set_new(a, "states", report_states(w->vrrp));
	return a;
}

static json_t *ask_instances(struct client *c, const json_t *request)
{
	json_t *a = yes();

	(void)request;
	json_object_set_new(a, "instances", report_instances(c->control->w.vrrp));
	return a;
}

static json_t *ask_stats(struct client *c, const json_t *request)
{
	json_t *a = yes();

	(void)request;
	json_object_set_new(a, "instances", report_stats(c->control->w.vrrp));
	return a;
}

static const char *instance_of(const json_t *request)
{
	return json_string_value(json_object_get(request, "instance"));
}

static json_t *no_such(const char *name)
{
	return no("there is no vrrp_instance %s", name);
}

/* The end of a hand-over that neither succeeds nor makes us master again: a sync group may hold
 * its member back. */
static void on_impatient(evutil_socket_t fd, short what, void *ctx)
{
	struct client *c = ctx;

	(void)fd;
	(void)what;
	say(c,
	    no("%s: no other router was heard, and it is not master again either", c->waits_for));
	free(c->waits_for);
	c->waits_for = NULL;
}

static void be_patient(struct client *c, const char *name)
{
	const struct vrrp_run *run = c->control->w.vrrp;
	struct timeval tv = {.tv_sec = 2};

	for (size_t i = 0; i < vrrp_run_count(run); i++) {
		struct vrrp_info info;

		vrrp_run_info(run, i, &info);
		if (strcmp(info.conf->name, name) == 0)
			tv.tv_sec += vrrp_handover_ns(info.router) / NS_PER_S;
	}
	if (!c->patience)
		c->patience = evtimer_new(c->control->w.base, on_impatient, c);
	must(c->patience && event_add(c->patience, &tv) == 0);
}

static json_t *ask_handover(struct client *c, const json_t *request)
{
	const char *name = instance_of(request);
	bool force = json_is_true(json_object_get(request, "force"));
	int err;

	if (!name)
		return no("handover needs an instance");
	/* its end may be told before this returns */
	c->waits_for = strdup(name);
	must(c->waits_for != NULL);
	err = vrrp_run_handover(c->control->w.vrrp, name, force);
	if (!err) {
		if (c->waits_for)
			be_patient(c, name);
		return NULL;
	}
	free(c->waits_for);
	c->waits_for = NULL;
	if (err == -ENOENT)
		return no_such(name);
	if (err == -ENOTCONN)
		return no("%s is not master here: there is nothing to hand over", name);
	return no("%s has never heard another router; backups are silent, so one may be there: "
		  "--force hands over and takes the addresses back if nobody answers",
		  name);
}

static json_t *ask_priority(struct client *c, const json_t *request)
{
	const char *name = instance_of(request);
	const json_t *value = json_object_get(request, "priority");
	json_int_t n = json_integer_value(value);

	if (!name || !json_is_integer(value) || n < 0 || n > 254)
		return no("priority needs an instance and a number from 1 to 254");
	switch (vrrp_run_priority(c->control->w.vrrp, name, (uint8_t)n)) {
	case 0:
		return yes();
	case -ENOENT:
		return no_such(name);
	default:
		return no("%s owns its addresses: its priority is 255 for ever (RFC 9568, 6.1)",
			  name);
	}
}

static json_t *ask_reload(struct client *c, const json_t *request)
{
	const struct control_world *w = &c->control->w;
	int err = w->reload(w->ctx);

	(void)request;
	if (!err)
		return yes();
	return no("%s is refused, the old configuration stays in force; the log says why%s%s",
		  w->conf_path, err == -EINVAL ? "" : ": ", err == -EINVAL ? "" : strerror(-err));
}

static json_t *ask_log(struct client *c, const json_t *request)
{
	const char *level = json_string_value(json_object_get(request, "level"));
	struct log *log = c->control->w.log;

	if (!level)
		level = "";
	if (strcmp(level, "error") == 0)
		log->hush = LOG_LEVEL_WARNING;
	else if (strcmp(level, "warning") == 0)
		log->hush = LOG_LEVEL_INFO;
	else if (strcmp(level, "info") == 0 || strcmp(level, "detail") == 0)
		log->hush = LOG_LEVEL_ERROR;
	else
		return no("a log level is error, warning, info or detail");
	log->detail = strcmp(level, "detail") == 0;
	return yes();
}

static json_t *ask_watch(struct client *c, const json_t *request)
{
	c->watches = true;
	return ask_instances(c, request);
}

static json_t *ask(struct client *c, const json_t *request)
{
	static const struct {
		const char *name;
		json_t *(*answer)(struct client *c, const json_t *request);
	} rows[] = {{"status", ask_status},	{"instances", ask_instances},
		    {"stats", ask_stats},	{"handover", ask_handover},
		    {"priority", ask_priority}, {"reload", ask_reload},
		    {"log", ask_log},		{"watch", ask_watch}};
	const char *name = json_string_value(json_object_get(request, "command"));

	if (!name)
		return no("a request is an object with a \"command\"");
	if (c->waits_for)
		return no("a hand-over is under way on this connection");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return rows[i].answer(c, request);
	return no("there is no command %.80s", name);
}

/* ---- connections --------------------------------------------------------------------------- */

static void on_line(struct bufferevent *bev, void *ctx)
{
	struct client *c = ctx;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len;
	char *line;

	while ((line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF)) != NULL) {
		json_t *request = json_loadb(line, len, 0, NULL);
		json_t *answer =
			json_is_object(request) ? ask(c, request) : no("a line is a JSON object");

		free(line);
		json_decref(request);
		if (answer)
			say(c, answer);
	}
	if (evbuffer_get_length(in) >= LINE_BYTES_MAX)
		drop_client(c);
}

static void on_end(struct bufferevent *bev, short what, void *ctx)
{
	(void)bev;
	(void)what;
	drop_client(ctx);
}

static void on_connect(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from, int len,
		       void *ctx)
{
	struct control *control = ctx;
	struct client *c;

	(void)l;
	(void)from;
	(void)len;
	if (control->n_clients >= CLIENTS_MAX) {
		close(fd);
		return;
	}
	c = calloc(1, sizeof(*c));
	must(c != NULL);
	c->control = control;
	c->bev = bufferevent_socket_new(control->w.base, fd, BEV_OPT_CLOSE_ON_FREE);
	must(c->bev != NULL);
	c->next = control->clients;
	control->clients = c;
	control->n_clients++;
	bufferevent_priority_set(c->bev, LOWEST);
	bufferevent_setcb(c->bev, on_line, NULL, on_end, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, LINE_BYTES_MAX);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

int control_open(struct control **out, const char *path, const struct control_world *w)
{
	int fd = control_listen(path, 0660);
	struct control *c;

	*out = NULL;
	if (fd < 0)
		return fd;
	c = calloc(1, sizeof(*c));
	must(c != NULL);
	c->w = *w;
	c->path = strdup(path);
	c->started = mono_now();
	c->listener = evconnlistener_new(w->base, on_connect, c,
					 LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	must(c->path && c->listener);
	*out = c;
	return 0;
}

void control_close(struct control *c)
{
	if (!c)
		return;
	for (struct client *at = c->clients, *next; at; at = next) {
		next = at->next;
		free_client(at);
	}
	evconnlistener_free(c->listener);
	unlink(c->path);
	free(c->path);
	free(c);
}

/* ---- events -------------------------------------------------------------------------------- */

static void tell_watchers(struct control *c, json_t *event)
{
	for (struct client *at = c->clients; at; at = at->next) {
		if (!at->watches)
			continue;
		if (evbuffer_get_length(bufferevent_get_output(at->bev)) >= UNREAD_BYTES_MAX)
			bufferevent_trigger_event(at->bev, BEV_EVENT_ERROR, /* -> on_end, later */
						  BEV_TRIG_DEFER_CALLBACKS);
		else
			say(at, json_incref(event));
	}
	json_decref(event);
}

void control_entered(struct control *c, const struct conf_instance *instance, enum vrrp_state state,
		     uint8_t priority)
{
	if (c)
		tell_watchers(c, json_pack("{s:s, s:s, s:s, s:i}", "event", "state", "instance",
					   instance->name, "state",
					   state == VRRP_INIT ? "STOP" : vrrp_state_text(state),
					   "priority", priority));
}

static json_t *handover_answer(const char *name, const struct vrrp_handover_end *end)
{
	char ip[INET6_ADDRSTRLEN];
	double gap_s = (double)end->gap_ns / (double)NS_PER_S;
	json_t *a;

	if (end->done)
		return json_pack("{s:b, s:s, s:s, s:f}", "ok", 1, "instance", name, "owner",
				 wire_ip_text(&end->owner, ip), "gap_s", gap_s);
	a = no("nobody took over %s for %.3f s: it is %s again", name, gap_s,
	       vrrp_state_text(end->state));
	json_object_set_new(a, "gap_s", json_real(gap_s));
	return a;
}

static void answer_waiting(struct client *c, json_t *answer)
{
	if (c->patience)
		event_del(c->patience);
	free(c->waits_for);
	c->waits_for = NULL;
	say(c, answer);
}

void control_handed_over(struct control *c, const struct conf_instance *instance,
			 const struct vrrp_handover_end *end)
{
	if (!c)
		return;
	for (struct client *at = c->clients; at; at = at->next)
		if (at->waits_for && strcmp(at->waits_for, instance->name) == 0)
			answer_waiting(at, handover_answer(instance->name, end));
	json_t *event = handover_answer(instance->name, end);

	json_object_set_new(event, "event", json_string("handover"));
	tell_watchers(c, event);
}

void control_reloaded(struct control *c, bool done)
{
	if (!c)
		return;
	for (struct client *at = c->clients; at && done; at = at->next)
		if (at->waits_for)
			answer_waiting(at, no("%s: a reload came before another router was heard",
					      at->waits_for));
	tell_watchers(c, json_pack("{s:s, s:b}", "event", "reload", "ok", done));
}
