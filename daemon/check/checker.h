/* One configured check, running: the engine (engine.c) with a timer, and a probe for each run.
 *
 * It lives in the event loop from checker_new to checker_free and tells when the server went up or
 * down by this check. Several checks of one server are the caller's to combine.
 */
#ifndef DAEMON_CHECK_CHECKER_H
#define DAEMON_CHECK_CHECKER_H

#include "daemon/check/engine.h"
#include "lib/base/buf.h"
#include "lib/base/log.h"

#include <event2/event.h>

struct checker;

struct checker_env {
	struct event_base *base;
	const struct log *log;
	/* Not called from within any function of this header. The checker must not be freed in it.
	 */
	void (*change)(void *ctx, void *owner, size_t server, bool up);
	void *ctx;
};

/* Where a check stands in the configuration, and whom its changes are told to. */
struct checker_place {
	const struct conf_virtual_server *service;
	const struct conf_real_server *server;
	const struct conf_check *conf;
	void *owner;	     /* handed to change */
	size_t server_index; /* handed to change */
};

/* env must stay. down: it starts down. enabled: false: it waits for checker_enable. The index-th of
 * n checks that start now. */
struct checker *checker_new(const struct checker_env *env, const struct checker_place *place,
			    bool down, bool enabled, unsigned index, unsigned n);
/* NULL is allowed. A run that goes on is cancelled. */
void checker_free(struct checker *c);

/* True: both do the same, so that a reload keeps the check with its state. */
bool checker_same(const struct checker *c, const struct checker_place *place);
/* Gives it its place in the new configuration; only where checker_same. */
void checker_move(struct checker *c, const struct checker_place *place);

void checker_enable(struct checker *c, bool enabled);
bool checker_up(const struct checker *c);
/* "TCP_CHECK 10.0.0.2:80 up, last: ok", without a newline. */
void checker_print(const struct checker *c, struct buf *out);

/* The request of a check's n-th URL. */
void checker_http_request(const struct checker_place *place, unsigned url, struct buf *out);

#endif
