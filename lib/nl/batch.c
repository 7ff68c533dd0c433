/* Requests that wait and go to the kernel together, in one datagram; it takes them one after the
 * other, goes on after one that it refuses, and answers each (rtnetlink(7)).
 *
 * Answers are read here and not by libnl, whose one expected sequence number knows no second
 * request before the first is answered. The sequence numbers have their upper half to themselves.
 */
#include "lib/base/must.h"
#include "lib/base/vec.h"
#include "lib/nl/internal.h"

#include <errno.h>
#include <netlink/attr.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH_BYTES    32768
#define BATCH_MESSAGES 128 /* their answers must fit into the socket's receive buffer */
#define BATCH_SEQ      0x80000000u
#define UNANSWERED     1

struct kept {
	struct nl_later later;
	int err;
};

struct nl_batch {
	bool wanted;
	struct nl_later later;
	uint32_t seq; /* of the first kept message, without BATCH_SEQ */
	VEC(struct kept) kept;
	VEC(uint8_t) bytes; /* messages, each aligned */
};

struct nl_batch *nl_batch_new(void)
{
	struct nl_batch *b = calloc(1, sizeof(*b));

	must(b != NULL);
	return b;
}

void nl_batch_free(struct nl_batch *b)
{
	vec_free(&b->kept);
	vec_free(&b->bytes);
	free(b);
}

void nl_batch_later(struct nl_batch *b, const struct nl_later *later)
{
	b->wanted = later != NULL;
	if (later)
		b->later = *later;
}

bool nl_batch_keep(struct nl_batch *b, struct nl_sock *sock, struct nl_msg *msg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	size_t n = NLMSG_ALIGN(h->nlmsg_len);

	if (!b->wanted || n > BATCH_BYTES)
		return false;
	if (b->bytes.n + n > BATCH_BYTES || b->kept.n == BATCH_MESSAGES)
		nl_batch_send(b, sock);
	h->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = BATCH_SEQ | (b->seq + (uint32_t)b->kept.n);
	h->nlmsg_pid = nl_socket_get_local_port(sock);
	for (size_t i = 0; i < n; i++)
		*vec_push(&b->bytes) = i < h->nlmsg_len ? ((const uint8_t *)h)[i] : 0;
	*vec_push(&b->kept) = (struct kept){.later = b->later, .err = UNANSWERED};
	return true;
}

/* How many of the batch these answers were about. */
static size_t take_answers(struct nl_batch *b, const uint8_t *bytes, size_t n)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)bytes;
	size_t taken = 0;
	int left = (int)n;

	for (; nlmsg_ok(h, left); h = nlmsg_next((struct nlmsghdr *)(uintptr_t)h, &left)) {
		uint32_t which = h->nlmsg_seq - (BATCH_SEQ | b->seq);
		struct nlmsgerr e;

		if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_len < NLMSG_LENGTH(sizeof(e)) ||
		    which >= b->kept.n || b->kept.at[which].err != UNANSWERED)
			continue;
		memcpy(&e, NLMSG_DATA(h), sizeof(e));
		b->kept.at[which].err = e.error;
		taken++;
	}
	return taken;
}

static void await_answers(struct nl_batch *b, int fd)
{
	uint8_t answer[8192] __attribute__((aligned(16)));
	size_t missing = b->kept.n;
	int flags = 0;

	while (missing) {
		ssize_t n = recv(fd, answer, sizeof(answer), flags);

		/* some answers are lost: those that are not must not be read later */
		if (n < 0 && errno == ENOBUFS)
			flags = MSG_DONTWAIT;
		else if (n < 0 && errno != EINTR)
			return;
		if (n > 0)
			missing -= take_answers(b, answer, (size_t)n);
	}
}

void nl_batch_send(struct nl_batch *b, struct nl_sock *sock)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd = nl_socket_get_fd(sock), err = 0;
	ssize_t n;

	if (b->kept.n == 0)
		return;
	do
		n = sendto(fd, b->bytes.at, b->bytes.n, 0, (struct sockaddr *)&kernel,
			   sizeof(kernel));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		err = -errno;
	else
		await_answers(b, fd);
	/* done may ask for more: what it sees is an empty batch */
	struct nl_batch answered = *b;

	b->seq = (b->seq + (uint32_t)b->kept.n) & ~BATCH_SEQ;
	memset(&b->kept, 0, sizeof(b->kept));
	memset(&b->bytes, 0, sizeof(b->bytes));
	for (size_t i = 0; i < answered.kept.n; i++) {
		const struct kept *k = &answered.kept.at[i];
		int outcome = k->err == UNANSWERED ? -ENOBUFS : k->err;

		k->later.done(k->later.ctx, k->later.which, err ? err : outcome);
	}
	vec_free(&answered.kept);
	vec_free(&answered.bytes);
}
