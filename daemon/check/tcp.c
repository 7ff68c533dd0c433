/* TCP_CHECK: a server that takes a connection is well. Nothing is sent; the connection is closed
 * at once. */
#include "daemon/check/probe.h"

static void connected(struct probe *p)
{
	probe_finish(p, CHECK_OK, "");
}

struct probe *tcp_probe_start(struct event_base *base, const struct probe_target *t,
			      probe_done_fn *done, void *ctx)
{
	return probe_start(base, t, connected, done, ctx);
}
