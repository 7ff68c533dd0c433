/* Prometheus: the text, and the small HTTP server (libevent's) that hands it out. Names follow
 * Prometheus' rules: base units, _total for what only grows. Each router is labelled with its
 * instance's name, interface and VRID.
 */
#include "daemon/control/metrics.h"

#include "daemon/control/control.h"
#include "lib/base/mono.h"
#include "lib/base/must.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEADERS_BYTES_MAX 4096
#define TIMEOUT_S	  10
#define LOWEST		  2 /* of vipd's three priorities */

struct metrics {
	const struct vrrp_run *vrrp;
	const char *version;
	struct evhttp *http;
	char *path; /* of the Unix socket; NULL: a port */
};

/* ---- the text ------------------------------------------------------------------------------ */

static void put_label(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buf_putc(out, '\\');
		if (*value == '\n')
			buf_puts(out, "\\n");
		else
			buf_putc(out, *value);
	}
	buf_putc(out, '"');
}

static void put_labels(struct buf *out, const struct vrrp_info *i)
{
	buf_putc(out, '{');
	put_label(out, "instance", i->conf->name);
	buf_putc(out, ',');
	put_label(out, "interface", i->conf->ifname);
	buf_printf(out, ",vrid=\"%u\"", i->conf->vrid);
}

static void head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP vipd_%s %s\n# TYPE vipd_%s %s\n", name, help, name, type);
}

struct figure {
	const char *name, *type, *help;
	double (*of)(const struct vrrp_info *i);
};

static double of_master(const struct vrrp_info *i)
{
	return i->router->state == VRRP_MASTER;
}

static double of_priority(const struct vrrp_info *i)
{
	return i->router->priority;
}

static double of_since(const struct vrrp_info *i)
{
	return (double)i->entered_wall_ns / (double)NS_PER_S;
}

static double of_received(const struct vrrp_info *i)
{
	return (double)i->received;
}

static double of_sent(const struct vrrp_info *i)
{
	return (double)i->sent;
}

static double of_became(const struct vrrp_info *i)
{
	return (double)i->count[VRRP_CNT_BECAME_MASTER];
}

static double of_released(const struct vrrp_info *i)
{
	return (double)i->count[VRRP_CNT_RELEASED_MASTER];
}

static double of_zero_received(const struct vrrp_info *i)
{
	return (double)i->count[VRRP_CNT_PRIORITY_ZERO_RECEIVED];
}

static double of_zero_sent(const struct vrrp_info *i)
{
	return (double)i->count[VRRP_CNT_PRIORITY_ZERO_SENT];
}

static double of_addresses(const struct vrrp_info *i)
{
	unsigned n = i->conf->n_vips;

	for (const struct conf_vip *v = i->conf->vips_excluded; v; v = v->next)
		n++;
	return i->vips ? n : 0;
}

static const struct figure figures[] = {
	{"vrrp_master", "gauge", "1 where this host is master.", of_master},
	{"vrrp_priority", "gauge", "Effective priority.", of_priority},
	{"vrrp_state_since_seconds", "gauge", "When the state was entered, Unix time.", of_since},
	{"vrrp_addresses", "gauge", "Virtual addresses set on this host.", of_addresses},
	{"vrrp_adverts_received_total", "counter", "Accepted advertisements.", of_received},
	{"vrrp_adverts_sent_total", "counter", "Advertisements sent.", of_sent},
	{"vrrp_became_master_total", "counter", "Times it became master.", of_became},
	{"vrrp_released_master_total", "counter", "Times it stopped being master.", of_released},
	{"vrrp_priority_zero_received_total", "counter", "Resignations heard.", of_zero_received},
	{"vrrp_priority_zero_sent_total", "counter", "Resignations sent.", of_zero_sent},
};

static void print_figure(const struct vrrp_run *run, const struct figure *f, struct buf *out)
{
	head(out, f->name, f->type, f->help);
	for (size_t n = 0; n < vrrp_run_count(run); n++) {
		struct vrrp_info info;

		vrrp_run_info(run, n, &info);
		buf_printf(out, "vipd_%s", f->name);
		put_labels(out, &info);
		buf_printf(out, "} %.17g\n", f->of(&info));
	}
}

static void print_states(const struct vrrp_run *run, struct buf *out)
{
	head(out, "vrrp_state", "gauge", "1 for the state that the router is in.");
	for (size_t n = 0; n < vrrp_run_count(run); n++) {
		struct vrrp_info info;

		vrrp_run_info(run, n, &info);
		for (int s = VRRP_INIT; s <= VRRP_FAULT; s++) {
			buf_puts(out, "vipd_vrrp_state");
			put_labels(out, &info);
			buf_printf(out, ",state=\"%s\"} %d\n", vrrp_state_text((enum vrrp_state)s),
				   (int)info.router->state == s);
		}
	}
}

static void print_ignored(const struct vrrp_run *run, struct buf *out)
{
	head(out, "vrrp_adverts_ignored_total", "counter", "Advertisements refused, by reason.");
	for (size_t n = 0; n < vrrp_run_count(run); n++) {
		struct vrrp_info info;

		vrrp_run_info(run, n, &info);
		for (int d = VRRP_DROP_NONE + 1; d < VRRP_DROP_N; d++) {
			buf_puts(out, "vipd_vrrp_adverts_ignored_total");
			put_labels(out, &info);
			buf_putc(out, ',');
			put_label(out, "reason", vrrp_drop_text((enum vrrp_drop)d));
			buf_printf(out, "} %llu\n", (unsigned long long)info.dropped[d]);
		}
	}
}

void metrics_print(const struct vrrp_run *vrrp, const char *version, struct buf *out)
{
	head(out, "info", "gauge", "Version of vipd.");
	buf_puts(out, "vipd_info{");
	put_label(out, "version", version);
	buf_puts(out, "} 1\n");
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		print_figure(vrrp, &figures[i], out);
	print_states(vrrp, out);
	print_ignored(vrrp, out);
}

/* ---- the server ---------------------------------------------------------------------------- */

static void on_metrics(struct evhttp_request *request, void *ctx)
{
	const struct metrics *m = ctx;
	struct evbuffer *body = evbuffer_new();
	struct buf text = {0};

	must(body != NULL);
	metrics_print(m->vrrp, m->version, &text);
	evbuffer_add(body, buf_text(&text), text.len);
	buf_free(&text);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
			  "text/plain; version=0.0.4; charset=utf-8");
	evhttp_send_reply(request, HTTP_OK, "OK", body);
	evbuffer_free(body);
}

static void on_other(struct evhttp_request *request, void *ctx)
{
	(void)ctx;
	evhttp_send_error(request, HTTP_NOTFOUND, "only /metrics is here");
}

static struct bufferevent *new_connection(struct event_base *base, void *ctx)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	(void)ctx;
	if (bev)
		bufferevent_priority_set(bev, LOWEST);
	return bev;
}

static int listen_at_port(const char *where)
{
	struct sockaddr_storage at = {0};
	char text[128];
	int len = sizeof(at), one = 1, err = 0;

	snprintf(text, sizeof(text), "%s%s",
		 where[strspn(where, "0123456789")] ? "" : "127.0.0.1:", where);
	if (evutil_parse_sockaddr_port(text, (struct sockaddr *)&at, &len) < 0)
		return -EINVAL;
	if (at.ss_family == AF_INET ? !((struct sockaddr_in *)&at)->sin_port
				    : !((struct sockaddr_in6 *)&at)->sin6_port)
		return -EINVAL;
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, (socklen_t)len) < 0 || listen(fd, 16) < 0)
		err = -errno;
	if (err)
		close(fd);
	return err ? err : fd;
}

int metrics_open(struct metrics **out, const char *where, struct event_base *base,
		 const struct vrrp_run *vrrp, const char *version)
{
	int fd = where[0] == '/' ? control_listen(where, 0666) : listen_at_port(where);
	struct metrics *m;

	*out = NULL;
	if (fd < 0)
		return fd;
	m = calloc(1, sizeof(*m));
	must(m != NULL);
	m->vrrp = vrrp;
	m->version = version;
	m->path = where[0] == '/' ? strdup(where) : NULL;
	m->http = evhttp_new(base);
	must(m->http != NULL);
	evhttp_set_allowed_methods(m->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(m->http, HEADERS_BYTES_MAX);
	evhttp_set_max_body_size(m->http, 0);
	evhttp_set_timeout(m->http, TIMEOUT_S);
	evhttp_set_bevcb(m->http, new_connection, NULL);
	evhttp_set_cb(m->http, "/metrics", on_metrics, m);
	evhttp_set_gencb(m->http, on_other, m);
	must(evhttp_accept_socket(m->http, fd) == 0);
	*out = m;
	return 0;
}

void metrics_close(struct metrics *m)
{
	if (!m)
		return;
	evhttp_free(m->http);
	if (m->path)
		unlink(m->path);
	free(m->path);
	free(m);
}
