/* One run of a check: a question to a server that ends in exactly one outcome, or is cancelled.
 *
 * Plain non-blocking sockets with libevent's events. Bufferevents would keep what a server sends in
 * memory until it is read; here nothing is kept, so a server cannot make us keep it.
 */
#ifndef DAEMON_CHECK_PROBE_H
#define DAEMON_CHECK_PROBE_H

#include "daemon/check/engine.h"

#include <event2/event.h>

struct probe;

struct probe_target {
	struct wire_ip ip;
	uint16_t port;
	struct wire_ip bind_ip; /* family 0: the kernel's choice */
	uint16_t bind_port;
	int64_t timeout_ns;	  /* of connecting, and of each silence after it */
	int64_t timeout_whole_ns; /* of all that comes after connecting */
};

/* Called once, from the event loop and never from within the start; the probe is gone then. detail
 * is one line, "" where the outcome says it all. */
typedef void probe_done_fn(void *ctx, enum check_outcome outcome, const char *detail);

/* TCP_CHECK: connects and closes. */
struct probe *tcp_probe_start(struct event_base *base, const struct probe_target *t,
			      probe_done_fn *done, void *ctx);

struct http_probe_request {
	const char *text; /* the whole request; copied */
	unsigned status_lo, status_hi;
	const char *digest; /* MD5, 32 hexadecimal digits in any case, or NULL; must stay */
};

/* HTTP_GET: sends the request and reads one response to its end. */
struct probe *http_probe_start(struct event_base *base, const struct probe_target *t,
			       const struct http_probe_request *request, probe_done_fn *done,
			       void *ctx);

/* done is not called. NULL is allowed. */
void probe_cancel(struct probe *p);

/* ---- between tcp.c, http.c and connect.c ---------------------------------------------------- */

struct http_exchange; /* http.c */

struct probe {
	struct event_base *base;
	struct probe_target target;
	probe_done_fn *done;
	void *ctx;
	void (*connected)(struct probe *p); /* what comes after connecting */
	int fd;
	struct event *io;
	struct event *whole;	    /* the deadline of all */
	int pending_err;	    /* of a connect that failed at once */
	struct http_exchange *http; /* NULL: TCP_CHECK */
};

/* connect.c */

/* event_new at the lowest priority that the base has: whatever number of checks is due, the rest of
 * the daemon goes first. Never NULL. */
struct event *probe_event_new(struct event_base *base, evutil_socket_t fd, short events,
			      event_callback_fn callback, void *arg);
struct probe *probe_start(struct event_base *base, const struct probe_target *t,
			  void (*connected)(struct probe *p), probe_done_fn *done, void *ctx);
/* Frees the probe and tells its outcome. */
void probe_finish(struct probe *p, enum check_outcome outcome, const char *detail);
/* Waits for EV_READ or EV_WRITE, or silence of target.timeout_ns. */
void probe_wait(struct probe *p, short events, event_callback_fn callback);
/* False also where the time is over but the answer is here: when we are too busy to look, that is
 * not the server's fault. */
bool probe_timed_out(const struct probe *p, short events);
enum check_outcome probe_outcome_of(int err);

/* http.c */
void http_exchange_free(struct http_exchange *x);

#endif
