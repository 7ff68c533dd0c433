/* IPVS over a generic netlink socket of libnl-genl: headers, family lookup, errors.
 *
 * A request is sent and its answer awaited; the kernel answers while it handles the sendmsg, so
 * this never waits for anything but the kernel's own lock. libnl folds several errno into one of
 * its own codes (ESRCH and ENOENT into "object not found"), so the kernel's answer is taken from
 * the error message itself.
 *
 * Sending many commands in one sendmsg is not done yet: each operation costs one round trip.
 */
#include "lib/ipvs/codec.h"
#include "lib/ipvs/ipvs.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>

struct genl {
	struct nl_sock *sock;
	int family;
};

struct exchange {
	ipvs_answer_fn *answer;
	void *ctx;
	bool done;
	int err;
};

/* What libnl's own functions answer; used for the socket and the lookup only. */
static int errno_of(int nl_err)
{
	switch (nl_err < 0 ? -nl_err : nl_err) {
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_OBJ_NOTFOUND:
		return -ENOPROTOOPT;
	case NLE_AF_NOSUPPORT:
	case NLE_PROTO_MISMATCH:
		return -EPROTONOSUPPORT;
	default:
		return -EIO;
	}
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);

	if (!genlmsg_valid_hdr(h, 0)) {
		x->err = -EPROTO;
		return NL_SKIP;
	}
	struct genlmsghdr *g = genlmsg_hdr(h);

	if (x->answer)
		x->answer(x->ctx, (const uint8_t *)genlmsg_attrdata(g, 0),
			  (size_t)genlmsg_attrlen(g, 0));
	return NL_OK;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct exchange *x = arg;

	(void)from;
	x->err = e->error;
	x->done = true;
	return NL_STOP;
}

static int on_end(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);

	/* NLMSG_DONE carries the error of a dump that broke off. */
	if (h->nlmsg_type == NLMSG_DONE && nlmsg_datalen(h) >= (int)sizeof(int)) {
		const int *err = nlmsg_data(h);

		if (*err < 0)
			x->err = *err;
	}
	x->done = true;
	return NL_STOP;
}

static int receive(struct genl *g, struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int n = 0;

	if (!cb)
		return -ENOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_message, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_end, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_end, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	while (!x->done && n >= 0)
		n = nl_recvmsgs(g->sock, cb);
	nl_cb_put(cb);
	return x->done ? x->err : errno_of(n);
}

static int request(void *state, uint8_t cmd, bool dump, const struct ipvs_attrs *m,
		   ipvs_answer_fn *answer, void *ctx)
{
	struct genl *g = state;
	struct exchange x = {.answer = answer, .ctx = ctx};
	struct nl_msg *msg = nlmsg_alloc();
	int err = -ENOMEM;

	if (!msg)
		return -ENOMEM;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, g->family, 0,
			 dump ? NLM_F_DUMP : NLM_F_ACK, cmd, IPVS_GENL_VERSION))
		goto out;
	if (m->len && nlmsg_append(msg, (void *)(uintptr_t)m->bytes, m->len, NLMSG_ALIGNTO) < 0)
		goto out;
	err = nl_send_auto(g->sock, msg);
	err = err < 0 ? errno_of(err) : receive(g, &x);
out:
	nlmsg_free(msg);
	return err;
}

static void genl_close(void *state)
{
	struct genl *g = state;

	nl_socket_free(g->sock);
	free(g);
}

static const struct ipvs_transport genl_transport = {request, genl_close};

int ipvs_open(struct ipvs **out)
{
	struct ipvs *v = calloc(1, sizeof(*v));
	struct genl *g = calloc(1, sizeof(*g));
	int err = -ENOMEM;

	*out = NULL;
	if (!v || !g)
		goto fail;
	g->sock = nl_socket_alloc();
	if (!g->sock)
		goto fail;
	err = genl_connect(g->sock);
	if (err < 0) {
		err = errno_of(err);
		goto fail;
	}
	g->family = genl_ctrl_resolve(g->sock, IPVS_GENL_NAME);
	if (g->family < 0) {
		err = errno_of(g->family);
		goto fail;
	}
	*v = (struct ipvs){&genl_transport, g};
	*out = v;
	return 0;
fail:
	if (g && g->sock)
		nl_socket_free(g->sock);
	free(g);
	free(v);
	return err;
}
