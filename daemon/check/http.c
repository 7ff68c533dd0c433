/* HTTP_GET: one request, one response, judged in keepalived's order: there is a header with an end,
 * its status is in the range, the MD5 digest of the body is the configured one.
 *
 * The body is read to its end also where only the status counts, so that the server does not see a
 * reset; but it is never kept: 16 KB on the stack, and the digest. What a hostile server can do is
 * bounded three ways: a silence of connect_timeout, the whole answer longer than its time limit,
 * a body of more than BODY_BYTES_MAX.
 */
#include "daemon/check/http_parse.h"
#include "daemon/check/probe.h"
#include "lib/base/must.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_BYTES_MAX	 (64u << 20)
#define READS_A_TURN	 16 /* then the other checks have theirs */
#define DIGEST_TEXT_SIZE (2 * 16 + 1)

struct http_exchange {
	struct http_parse parse;
	EVP_MD_CTX *md; /* NULL: no digest wanted */
	const char *digest;
	unsigned status_lo, status_hi;
	size_t sent, len;
	char request[]; /* len bytes */
};

void http_exchange_free(struct http_exchange *x)
{
	if (!x)
		return;
	EVP_MD_CTX_free(x->md);
	free(x);
}

static void on_body(void *ctx, const uint8_t *bytes, size_t n)
{
	struct http_exchange *x = ctx;

	if (x->md)
		must(EVP_DigestUpdate(x->md, bytes, n) == 1);
}

static void digest_text(struct http_exchange *x, char *out)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	must(EVP_DigestFinal_ex(x->md, raw, &n) == 1 && n == 16);
	for (unsigned i = 0; i < n; i++)
		snprintf(out + (size_t)2 * i, 3, "%02x", raw[i]);
}

/* The response is over. */
static void judge(struct probe *p)
{
	struct http_exchange *x = p->http;
	char detail[96], digest[DIGEST_TEXT_SIZE];

	if (x->parse.status < x->status_lo || x->parse.status > x->status_hi) {
		snprintf(detail, sizeof(detail), "status %u", x->parse.status);
		probe_finish(p, CHECK_STATUS, detail);
		return;
	}
	if (x->md) {
		digest_text(x, digest);
		if (strcasecmp(digest, x->digest) != 0) {
			snprintf(detail, sizeof(detail), "digest %s", digest);
			probe_finish(p, CHECK_DIGEST, detail);
			return;
		}
	}
	if (x->parse.has_length && x->parse.body_bytes < x->parse.length_bytes)
		probe_finish(p, CHECK_OK, "the body is shorter than Content-Length");
	else
		probe_finish(p, CHECK_OK, "");
}

/* The server has closed. */
static void ended(struct probe *p)
{
	struct http_exchange *x = p->http;

	if (http_parse_is_answer(&x->parse))
		judge(p);
	else if (x->parse.header_bytes == 0)
		probe_finish(p, CHECK_CLOSED, "");
	else
		probe_finish(p, CHECK_MALFORMED, "the header has no end");
}

/* True: the probe is finished. */
static bool take(struct probe *p, const char *bytes, size_t n)
{
	struct http_exchange *x = p->http;

	switch (http_parse_feed(&x->parse, bytes, n, on_body, x)) {
	case HTTP_STATUS_LINE:
	case HTTP_HEADER:
		return false;
	case HTTP_BODY:
		if (x->parse.body_bytes <= BODY_BYTES_MAX)
			return false;
		probe_finish(p, CHECK_TOO_LONG, "");
		return true;
	case HTTP_DONE:
		judge(p);
		return true;
	case HTTP_BAD:
		probe_finish(p, CHECK_MALFORMED, x->parse.error);
		return true;
	}
	must(!"a state");
	return true;
}

static void on_readable(evutil_socket_t fd, short events, void *arg)
{
	struct probe *p = arg;
	char bytes[16384];

	if (probe_timed_out(p, events)) {
		probe_finish(p, CHECK_TIMEOUT, "");
		return;
	}
	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		if (n < 0) {
			probe_finish(p, probe_outcome_of(errno), "");
			return;
		}
		if (n == 0) {
			ended(p);
			return;
		}
		if (take(p, bytes, (size_t)n))
			return;
	}
	probe_wait(p, EV_READ, on_readable);
}

static void on_writable(evutil_socket_t fd, short events, void *arg)
{
	struct probe *p = arg;
	struct http_exchange *x = p->http;

	if (probe_timed_out(p, events)) {
		probe_finish(p, CHECK_TIMEOUT, "");
		return;
	}
	ssize_t n = send(fd, x->request + x->sent, x->len - x->sent, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
		probe_finish(p, probe_outcome_of(errno), "");
		return;
	}
	if (n > 0)
		x->sent += (size_t)n;
	if (x->sent < x->len)
		probe_wait(p, EV_WRITE, on_writable);
	else
		probe_wait(p, EV_READ, on_readable);
}

static void connected(struct probe *p)
{
	on_writable(p->fd, EV_WRITE, p);
}

struct probe *http_probe_start(struct event_base *base, const struct probe_target *t,
			       const struct http_probe_request *request, probe_done_fn *done,
			       void *ctx)
{
	size_t len = strlen(request->text);
	struct http_exchange *x = calloc(1, sizeof(*x) + len);

	must(x != NULL && len > 0);
	memcpy(x->request, request->text, len);
	x->len = len;
	x->status_lo = request->status_lo;
	x->status_hi = request->status_hi;
	x->digest = request->digest;
	http_parse_init(&x->parse);
	if (x->digest) {
		x->md = EVP_MD_CTX_new();
		must(x->md != NULL && EVP_DigestInit_ex(x->md, EVP_md5(), NULL) == 1);
	}
	struct probe *p = probe_start(base, t, connected, done, ctx);

	p->http = x;
	return p;
}
