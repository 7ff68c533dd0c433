/* One rtnetlink socket and its requests.
 *
 * libnl-3 frames, sends and receives; what the kernel answers is kept as its own errno, because
 * libnl's error numbers fold several of them into one. A socket belongs to the namespace in which
 * it was opened. Requests are synchronous: one thread, one request at a time.
 */
#include "lib/base/must.h"
#include "lib/nl/internal.h"
#include "lib/nl/route.h"

#include <errno.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>

#define NL_DUMP_ATTEMPTS 100
#define NL_LARGE_BYTES	 (32 << 10)

struct nl {
	struct nl_sock *sock;
	struct nl_cb *cb;
	struct nl_batch *batch;
	int error; /* what the kernel answered last: 0 or -errno */
	bool done; /* acknowledged, or the dump is at its end */
	bool interrupted;
	void (*each)(void *ctx, const struct nlmsghdr *h);
	void *ctx;
};

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct nl *nl = arg;

	(void)from;
	nl->error = e->error;
	nl->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct nl *nl = arg;

	(void)msg;
	nl->done = true;
	return NL_STOP;
}

static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nl *nl = arg;
	const struct nlmsghdr *h = nlmsg_hdr(msg);

	/* The end of a dump carries the error that cut it short. */
	if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(int)))
		memcpy(&nl->error, NLMSG_DATA(h), sizeof(int));
	nl->done = true;
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *msg, void *arg)
{
	struct nl *nl = arg;

	(void)msg;
	nl->interrupted = true;
	return NL_OK;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct nl *nl = arg;

	if (nl->each)
		nl->each(nl->ctx, nlmsg_hdr(msg));
	return NL_OK;
}

int nl_open(struct nl **out)
{
	struct nl *nl = calloc(1, sizeof(*nl));

	must(nl != NULL);
	nl->sock = nl_socket_alloc();
	nl->cb = nl_cb_alloc(NL_CB_DEFAULT);
	nl->batch = nl_batch_new();
	must(nl->sock != NULL && nl->cb != NULL);
	/* Not nl_connect's own bind error: it would lose the errno. */
	int err = nl_connect(nl->sock, NETLINK_ROUTE);

	if (err < 0) {
		err = errno ? -errno : -EIO;
		nl_release(nl);
		return err;
	}
	nl_socket_set_buffer_size(nl->sock, 1 << 20, 1 << 18);
	nl_socket_set_msg_buf_size(nl->sock, 1 << 16);
	nl_cb_err(nl->cb, NL_CB_CUSTOM, on_error, nl);
	nl_cb_set(nl->cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, nl);
	nl_cb_set(nl->cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, nl);
	nl_cb_set(nl->cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, nl);
	nl_cb_set(nl->cb, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, nl);
	*out = nl;
	return 0;
}

void nl_release(struct nl *nl)
{
	if (!nl)
		return;
	nl_batch_free(nl->batch);
	nl_cb_put(nl->cb);
	nl_socket_free(nl->sock);
	free(nl);
}

uint32_t nl_port_id(const struct nl *nl)
{
	return nl_socket_get_local_port(nl->sock);
}

struct nl_msg *nl_request_new(int type, int flags, const void *header, size_t header_bytes)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, flags);

	must(msg != NULL);
	must(nlmsg_append(msg, (void *)(uintptr_t)header, header_bytes, NLMSG_ALIGNTO) == 0);
	return msg;
}

struct nl_msg *nl_request_new_large(int type, int flags, const void *header, size_t header_bytes)
{
	struct nl_msg *msg = nlmsg_alloc_size(NL_LARGE_BYTES);

	must(msg != NULL);
	must(nlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, type, 0, flags) != NULL);
	must(nlmsg_append(msg, (void *)(uintptr_t)header, header_bytes, NLMSG_ALIGNTO) == 0);
	return msg;
}

void nl_request_put(struct nl_msg *msg, int attr, const void *bytes, size_t n)
{
	must(nla_put(msg, attr, (int)n, bytes) == 0);
}

void nl_request_u8(struct nl_msg *msg, int attr, uint8_t value)
{
	nl_request_put(msg, attr, &value, sizeof(value));
}

void nl_request_u16(struct nl_msg *msg, int attr, uint16_t value)
{
	nl_request_put(msg, attr, &value, sizeof(value));
}

void nl_request_u64(struct nl_msg *msg, int attr, uint64_t value)
{
	nl_request_put(msg, attr, &value, sizeof(value));
}

void nl_request_u32(struct nl_msg *msg, int attr, uint32_t value)
{
	nl_request_put(msg, attr, &value, sizeof(value));
}

void nl_request_text(struct nl_msg *msg, int attr, const char *text)
{
	nl_request_put(msg, attr, text, strlen(text) + 1);
}

void nl_request_ip(struct nl_msg *msg, int attr, const struct wire_ip *ip)
{
	nl_request_put(msg, attr, ip->bytes, nl_ip_bytes(ip->family));
}

struct nlattr *nl_request_nest(struct nl_msg *msg, int attr)
{
	struct nlattr *nest = nla_nest_start(msg, attr);

	must(nest != NULL);
	return nest;
}

/* Sends and receives until the kernel has answered to the end. */
static int exchange(struct nl *nl, struct nl_msg *msg)
{
	nl_batch_send(nl->batch, nl->sock); /* what waits was asked for earlier */
	nl->error = 0;
	nl->done = false;
	nl->interrupted = false;
	errno = 0;
	nl_complete_msg(nl->sock, msg);
	if (nl_send(nl->sock, msg) < 0)
		return errno ? -errno : -EIO;
	while (!nl->done) {
		errno = 0;
		int err = nl_recvmsgs(nl->sock, nl->cb);

		if (err == -NLE_DUMP_INTR)
			nl->interrupted = true;
		else if (err < 0 && !nl->done)
			return errno ? -errno : -EIO;
	}
	return nl->error;
}

int nl_request_get(struct nl *nl, struct nl_msg *msg,
		   void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx)
{
	nl->each = each;
	nl->ctx = ctx;
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	int err = exchange(nl, msg);

	nl->each = NULL;
	nlmsg_free(msg);
	return err;
}

void nl_later(struct nl *nl, const struct nl_later *later)
{
	nl_batch_later(nl->batch, later);
}

void nl_flush(struct nl *nl)
{
	nl_batch_send(nl->batch, nl->sock);
}

int nl_request_do(struct nl *nl, struct nl_msg *msg)
{
	if (nl_batch_keep(nl->batch, nl->sock, msg)) {
		nlmsg_free(msg);
		return 0;
	}
	return nl_request_get(nl, msg, NULL, NULL);
}

int nl_request_dump(struct nl *nl, struct nl_msg *msg,
		    void (*each)(void *ctx, const struct nlmsghdr *h), void (*restart)(void *ctx),
		    void *ctx)
{
	int err = -EINTR;

	nl->each = each;
	nl->ctx = ctx;
	nlmsg_hdr(msg)->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	for (int i = 0; i < NL_DUMP_ATTEMPTS; i++) {
		nlmsg_hdr(msg)->nlmsg_seq = NL_AUTO_SEQ;
		err = exchange(nl, msg);
		if (err || !nl->interrupted)
			break;
		err = -EINTR;
		restart(ctx);
	}
	nl->each = NULL;
	nlmsg_free(msg);
	return err;
}

size_t nl_ip_bytes(sa_family_t family)
{
	return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

bool nl_ip_from_attr(sa_family_t family, const struct nlattr *attr, struct wire_ip *out)
{
	size_t n = nl_ip_bytes(family);

	memset(out, 0, sizeof(*out));
	if (!attr || !n || (size_t)nla_len(attr) < n)
		return false;
	out->family = family;
	memcpy(out->bytes, nla_data(attr), n);
	return true;
}
