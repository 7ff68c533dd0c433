/* HTTP sessions: each has a connection that it keeps, a cookie jar, and asks again every so often;
 * the sessions are spread evenly over that pause. When a request fails in whatever way, its result
 * is written, the connection is given up, and the next request comes at its own time over a new
 * one.
 *
 * Why not libcurl: it hides what a drill is about. A request over a kept connection that turns out
 * dead is sent again over a new one without a word; its timeouts count in milliseconds on a clock
 * that it reads itself. Here a request is one write, one reply and one line of history, with the
 * kernel's own errors and exact times; it speaks plain HTTP/1.1 to one address, no more. */
#include "harness/run/http_reply.h"
#include "harness/run/traffic.h"

#include "lib/base/buf.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct session {
	struct http_flow *flow;
	unsigned index;
	int fd; /* -1: no connection */
	struct event *readable, *writable;
	struct timeline_timer tick, timeout;
	struct http_cookie cookies[HTTP_COOKIES];
	struct http_reply reply;
	struct buf request; /* what is not written yet begins at written */
	size_t written;
	uint64_t n; /* requests so far */
	mono_t sent;
	bool is_new; /* the connection was opened for this request */
	bool busy;   /* a request waits for its reply */
};

struct http_flow {
	struct traffic_flow *flow;
	struct session *sessions;
};

static const char *session_id(const struct session *s)
{
	for (int i = 0; i < HTTP_COOKIES; i++)
		if (strcmp(s->cookies[i].name, "sid") == 0)
			return s->cookies[i].value;
	return "";
}

static void disconnect(struct session *s)
{
	if (s->fd < 0)
		return;
	if (s->readable)
		event_free(s->readable);
	if (s->writable)
		event_free(s->writable);
	s->readable = s->writable = NULL;
	close(s->fd);
	s->fd = -1;
}

/* The request has ended. */
static void finish(struct session *s, const char *result)
{
	struct world *w = s->flow->flow->w;
	const struct http_reply *r = &s->reply;
	bool whole = r->state == HTTP_DONE;

	world_timer_cancel(w, &s->timeout);
	s->busy = false;
	world_event(w, "request",
		    json_pack("{s:s, s:i, s:I, s:I, s:s, s:i, s:s, s:s, s:s, s:s}", "traffic",
			      s->flow->flow->scn->name, "session", (int)s->index, "n",
			      (json_int_t)s->n, "sent", (json_int_t)world_t(w, s->sent), "result",
			      result, "status", whole ? r->status : 0, "server",
			      whole ? r->server : "", "connection", s->is_new ? "new" : "kept",
			      "sid",
			      !whole	  ? ""
			      : r->sid[0] ? r->sid
					  : session_id(s),
			      "user", whole ? r->user : ""));
	s->n++;
	if (!whole || r->close)
		disconnect(s);
}

static const char *error_result(int error)
{
	if (error == ECONNREFUSED)
		return "refused";
	if (error == EHOSTUNREACH || error == ENETUNREACH)
		return "unreachable";
	if (error == ETIMEDOUT)
		return "timeout";
	return "reset";
}

/* The connection has failed: with a request it is the request's result; without one, the next
 * request will open another. */
static void broke(struct session *s, const char *result)
{
	if (s->busy)
		finish(s, result);
	disconnect(s);
}

static void on_readable(evutil_socket_t fd, short what, void *ctx)
{
	struct session *s = ctx;
	char bytes[16384];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	(void)what;
	if (n < 0) {
		if (errno != EAGAIN && errno != EINTR)
			broke(s, error_result(errno));
		return;
	}
	if (!s->busy) { /* the end, or words that nobody asked for */
		disconnect(s);
		return;
	}
	if (n == 0) {
		if (http_reply_end(&s->reply))
			finish(s, s->reply.status < 400 ? "ok" : "status");
		else
			broke(s, "closed");
		return;
	}
	if (!http_reply_take(&s->reply, bytes, (size_t)n, s->cookies))
		return;
	if (s->reply.state == HTTP_BROKEN)
		broke(s, "closed");
	else
		finish(s, s->reply.status < 400 ? "ok" : "status");
}

/* Writes what the socket takes; waits for it to take the rest. */
static void write_request(struct session *s)
{
	while (s->written < s->request.len) {
		ssize_t n = send(s->fd, s->request.data + s->written, s->request.len - s->written,
				 MSG_NOSIGNAL);

		if (n >= 0) {
			s->written += (size_t)n;
		} else if (errno == EAGAIN || errno == ENOTCONN) {
			event_add(s->writable, NULL);
			return;
		} else if (errno != EINTR) {
			broke(s, error_result(errno));
			return;
		}
	}
}

static void on_writable(evutil_socket_t fd, short what, void *ctx)
{
	struct session *s = ctx;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	if (error) {
		broke(s, error_result(error));
		return;
	}
	if (!s->readable)
		s->readable = world_watch(s->flow->flow->w, fd, on_readable, s);
	if (s->busy)
		write_request(s);
}

/* 0 where the connection is there or on its way, or -errno. */
static int connect_session(struct session *s)
{
	static const int on = 1;
	struct traffic_flow *f = s->flow->flow;
	struct sockaddr_storage to;
	socklen_t len = traffic_sockaddr(f->scn, &to);
	int fd = world_socket(f->w, f->from, f->scn->to.family, SOCK_STREAM, 0);

	if (fd < 0)
		return fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (const struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS) {
		int err = -errno;

		close(fd);
		return err;
	}
	s->fd = fd;
	s->writable = event_new(f->w->base, fd, EV_WRITE, on_writable, s);
	must(s->writable != NULL && event_add(s->writable, NULL) == 0);
	return 0;
}

static void write_text(struct session *s)
{
	const struct scn_traffic *t = s->flow->flow->scn;
	char host[INET6_ADDRSTRLEN];
	bool v6 = t->to.family == AF_INET6, any = false;

	conf_ip_text(&t->to, host);
	buf_clear(&s->request);
	s->written = 0;
	buf_printf(&s->request, "GET %s HTTP/1.1\r\nHost: %s%s%s:%u\r\nUser-Agent: vipdrill\r\n",
		   t->path, v6 ? "[" : "", host, v6 ? "]" : "", t->port);
	for (int i = 0; i < HTTP_COOKIES; i++) {
		if (!s->cookies[i].name[0])
			continue;
		buf_printf(&s->request, "%s%s=%s", any ? "; " : "Cookie: ", s->cookies[i].name,
			   s->cookies[i].value);
		any = true;
	}
	buf_puts(&s->request, any ? "\r\n\r\n" : "\r\n");
}

static void ask(struct session *s, mono_t at)
{
	struct world *w = s->flow->flow->w;
	const struct scn_traffic *t = s->flow->flow->scn;

	s->busy = true;
	s->sent = at;
	s->is_new = s->fd < 0;
	http_reply_begin(&s->reply);
	write_text(s);
	world_timer_set(w, &s->timeout, mono_add(at, t->timeout_ns));
	if (!s->is_new) {
		write_request(s);
		return;
	}
	int err = connect_session(s);

	if (err)
		broke(s, error_result(-err));
}

static void tick(void *ctx, mono_t at)
{
	struct session *s = ctx;

	world_timer_set(s->flow->flow->w, &s->tick, mono_add(at, s->flow->flow->scn->every_ns));
	/* One request at a time: while one waits, its turn passes. */
	if (!s->busy)
		ask(s, at);
}

static void timed_out(void *ctx, mono_t at)
{
	(void)at;
	broke(ctx, "timeout");
}

static int http_open(struct traffic_flow *f)
{
	struct http_flow *h = arena_new_object(f->w->arena, struct http_flow);

	h->flow = f;
	h->sessions = arena_array(f->w->arena, f->scn->sessions + 1, sizeof(struct session));
	for (unsigned i = 0; i < f->scn->sessions; i++) {
		struct session *s = &h->sessions[i];

		s->flow = h;
		s->index = i;
		s->fd = -1;
		s->tick = (struct timeline_timer){.fn = tick, .ctx = s};
		s->timeout = (struct timeline_timer){.fn = timed_out, .ctx = s};
	}
	f->own = h;
	return 0;
}

static void http_start(struct traffic_flow *f)
{
	struct http_flow *h = f->own;
	const struct scn_traffic *t = f->scn;

	for (unsigned i = 0; i < t->sessions; i++)
		world_timer_set(f->w, &h->sessions[i].tick,
				world_at(f->w, t->start_ns + t->every_ns / t->sessions * i));
}

static void http_stop(struct traffic_flow *f)
{
	struct http_flow *h = f->own;

	for (unsigned i = 0; i < f->scn->sessions; i++)
		world_timer_cancel(f->w, &h->sessions[i].tick);
}

static bool http_is_busy(const struct traffic_flow *f)
{
	const struct http_flow *h = f->own;

	for (unsigned i = 0; i < f->scn->sessions; i++)
		if (h->sessions[i].busy)
			return true;
	return false;
}

static void http_close(struct traffic_flow *f)
{
	struct http_flow *h = f->own;

	http_stop(f);
	for (unsigned i = 0; i < f->scn->sessions; i++) {
		broke(&h->sessions[i], "timeout");
		buf_free(&h->sessions[i].request);
	}
}

const struct traffic_kind traffic_http = {
	.open = http_open,
	.start = http_start,
	.stop = http_stop,
	.is_busy = http_is_busy,
	.close = http_close,
};
