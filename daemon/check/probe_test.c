/* TCP_CHECK and HTTP_GET against real servers on the loopback interface: good ones, and every way
 * of being bad that loopback.h knows. Time limits are some 100 ms. */
#include "daemon/check/probe.h"

#include "daemon/check/loopback.h"
#include "lib/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>

#include <cmocka.h>

#define SILENCE_NS (150 * NS_PER_MS)
#define WHOLE_NS   (400 * NS_PER_MS)
#define REQUEST	   "GET / HTTP/1.0\r\nHost: test\r\n\r\n"
#define HELLO_MD5  "5d41402abc4b2a76b9719d911017c592" /* "hello" */

struct result {
	struct event_base *base;
	bool done;
	enum check_outcome outcome;
	char detail[128];
};

static void on_done(void *ctx, enum check_outcome outcome, const char *detail)
{
	struct result *r = ctx;

	assert_false(r->done);
	r->done = true;
	r->outcome = outcome;
	snprintf(r->detail, sizeof(r->detail), "%s", detail);
	event_base_loopbreak(r->base);
}

static struct probe_target local(uint16_t port)
{
	struct probe_target t = {
		.port = port, .timeout_ns = SILENCE_NS, .timeout_whole_ns = WHOLE_NS};

	assert_true(wire_ip_parse("127.0.0.1", &t.ip));
	return t;
}

static enum check_outcome run_tcp(struct event_base *base, const struct probe_target *t)
{
	struct result r = {.base = base};

	tcp_probe_start(base, t, on_done, &r);
	assert_false(r.done); /* never from within the start */
	event_base_dispatch(base);
	assert_true(r.done);
	return r.outcome;
}

static struct result run_http(enum loopback_manner manner, const char *text,
			      struct http_probe_request q)
{
	struct event_base *base = event_base_new();
	struct result r = {.base = base};
	struct loopback s;
	mono_t begun = mono_now();

	q.text = q.text ? q.text : REQUEST;
	q.status_lo = q.status_lo ? q.status_lo : 200;
	q.status_hi = q.status_hi ? q.status_hi : 299;
	assert_true(loopback_start(&s, base, "127.0.0.1", 0, manner, text));
	struct probe_target t = local(s.port);

	http_probe_start(base, &t, &q, on_done, &r);
	assert_false(r.done);
	event_base_dispatch(base);
	assert_true(r.done);
	assert_true(mono_diff(mono_now(), begun) < 4 * WHOLE_NS); /* whatever the server did */
	if (manner == LOOPBACK_ANSWER && r.outcome == CHECK_OK)
		assert_string_equal(s.request, q.text);
	loopback_stop(&s);
	event_base_free(base);
	return r;
}

static enum check_outcome http(enum loopback_manner manner, const char *text)
{
	return run_http(manner, text, (struct http_probe_request){0}).outcome;
}

static enum check_outcome http_digest(const char *text, const char *digest)
{
	return run_http(LOOPBACK_ANSWER, text, (struct http_probe_request){.digest = digest})
		.outcome;
}

static void test_tcp(void **state)
{
	struct event_base *base = event_base_new();
	struct loopback s;

	(void)state;
	assert_true(loopback_start(&s, base, "127.0.0.1", 0, LOOPBACK_SILENT, ""));
	struct probe_target t = local(s.port);

	assert_int_equal(run_tcp(base, &t), CHECK_OK);
	s.manner = LOOPBACK_CLOSE;
	assert_int_equal(run_tcp(base, &t), CHECK_OK);
	assert_true(wire_ip_parse("127.0.0.9", &t.bind_ip));
	assert_int_equal(run_tcp(base, &t), CHECK_OK);
	assert_true(wire_ip_parse("192.0.2.77", &t.bind_ip)); /* not ours */
	assert_int_equal(run_tcp(base, &t), CHECK_UNREACHABLE);
	t.bind_ip.family = 0;
	loopback_stop(&s);
	assert_int_equal(run_tcp(base, &t), CHECK_REFUSED);
	if (loopback_start(&s, base, "::1", 0, LOOPBACK_SILENT, "")) {
		t = local(s.port);
		assert_true(wire_ip_parse("::1", &t.ip));
		assert_int_equal(run_tcp(base, &t), CHECK_OK);
		loopback_stop(&s);
	}
	event_base_free(base);
}

/* A listener whose queue is full drops what comes more: the connection is never made. */
static void test_tcp_timeout(void **state)
{
	struct event_base *base = event_base_new();
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0), full[4];

	(void)state;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	for (int i = 0; i < 4; i++) {
		full[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		assert_true(connect(full[i], (struct sockaddr *)&at, sizeof(at)) == 0 ||
			    errno == EINPROGRESS);
	}
	struct probe_target t = local(ntohs(at.sin_port));
	mono_t begun = mono_now();

	assert_int_equal(run_tcp(base, &t), CHECK_TIMEOUT);
	int64_t took = mono_diff(mono_now(), begun);

	assert_true(took >= SILENCE_NS - 2 * NS_PER_MS && took < 10 * SILENCE_NS);
	for (int i = 0; i < 4; i++)
		close(full[i]);
	close(fd);
	event_base_free(base);
}

static void test_without_descriptors(void **state)
{
	struct event_base *base = event_base_new();
	struct rlimit was, none;
	struct probe_target t = local(9);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = (rlim_t)fd;
	close(fd);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(run_tcp(base, &t), CHECK_LOCAL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	event_base_free(base);
}

static void test_cancel(void **state)
{
	struct event_base *base = event_base_new();
	struct result r = {.base = base};
	struct http_probe_request q = {.text = REQUEST, .digest = HELLO_MD5};
	struct loopback s;
	struct timeval soon = {.tv_usec = 30000};

	(void)state;
	assert_true(loopback_start(&s, base, "127.0.0.1", 0, LOOPBACK_SILENT, ""));
	struct probe_target t = local(s.port);
	struct probe *early = tcp_probe_start(base, &t, on_done, &r);
	struct probe *late = http_probe_start(base, &t, &q, on_done, &r);

	probe_cancel(early);
	event_base_loopexit(base, &soon);
	event_base_dispatch(base);
	probe_cancel(late);
	probe_cancel(NULL);
	event_base_loopexit(base, &soon);
	event_base_dispatch(base);
	assert_false(r.done);
	loopback_stop(&s);
	event_base_free(base);
}

static void test_http_good(void **state)
{
	struct result r;

	(void)state;
	assert_int_equal(http(LOOPBACK_ANSWER, "HTTP/1.0 200 OK\r\n\r\nhello"), CHECK_OK);
	assert_int_equal(http(LOOPBACK_HOLD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
			 CHECK_OK);
	assert_int_equal(http(LOOPBACK_HOLD, "HTTP/1.1 204 No Content\r\n\r\n"), CHECK_OK);
	assert_int_equal(
		http(LOOPBACK_HOLD, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
		CHECK_OK);
	r = run_http(LOOPBACK_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello",
		     (struct http_probe_request){0});
	assert_int_equal(r.outcome, CHECK_OK);
	assert_string_equal(r.detail, "the body is shorter than Content-Length");
}

static void test_http_status(void **state)
{
	struct result r;

	(void)state;
	r = run_http(LOOPBACK_ANSWER, "HTTP/1.1 503 Busy\r\n\r\n", (struct http_probe_request){0});
	assert_int_equal(r.outcome, CHECK_STATUS);
	assert_string_equal(r.detail, "status 503");
	r = run_http(LOOPBACK_ANSWER, "HTTP/1.1 503 Busy\r\n\r\n",
		     (struct http_probe_request){.status_lo = 500, .status_hi = 503});
	assert_int_equal(r.outcome, CHECK_OK);
	assert_int_equal(http(LOOPBACK_ANSWER, "HTTP/1.1 300 Elsewhere\r\n\r\n"), CHECK_STATUS);
	assert_int_equal(http(LOOPBACK_ANSWER, "HTTP/1.1 299 Yes\r\n\r\n"), CHECK_OK);
}

static void test_http_digest(void **state)
{
	(void)state;
	assert_int_equal(http_digest("HTTP/1.0 200 OK\r\n\r\nhello", HELLO_MD5), CHECK_OK);
	assert_int_equal(
		http_digest("HTTP/1.0 200 OK\r\n\r\nhello", "5D41402ABC4B2A76B9719D911017C592"),
		CHECK_OK);
	assert_int_equal(
		http_digest("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello, world", HELLO_MD5),
		CHECK_OK);
	assert_int_equal(http_digest("HTTP/1.0 200 OK\r\n\r\nhallo", HELLO_MD5), CHECK_DIGEST);
	assert_int_equal(http_digest("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhell", HELLO_MD5),
			 CHECK_DIGEST);
	/* The status comes first. */
	assert_int_equal(http_digest("HTTP/1.0 500 No\r\n\r\nhello", HELLO_MD5), CHECK_STATUS);
}

static void test_http_hostile(void **state)
{
	(void)state;
	assert_int_equal(http(LOOPBACK_SILENT, ""), CHECK_TIMEOUT);
	assert_int_equal(http(LOOPBACK_ANSWER, ""), CHECK_CLOSED);
	assert_int_equal(http(LOOPBACK_ANSWER, "HTTP/1.1 200 OK\r\nX: y\r\n"), CHECK_MALFORMED);
	assert_int_equal(http(LOOPBACK_ANSWER, "SSH-2.0-OpenSSH_9.2\r\n"), CHECK_MALFORMED);
	assert_int_equal(http(LOOPBACK_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
			 CHECK_MALFORMED);
	assert_int_equal(http(LOOPBACK_RESET, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello"),
			 CHECK_RESET);
	assert_int_equal(http(LOOPBACK_HOLD, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"),
			 CHECK_TIMEOUT);
	assert_int_equal(http(LOOPBACK_DRIP, "HTTP/1.1 200 OK\r\nX: y\r\n"), CHECK_TIMEOUT);
	assert_int_equal(http(LOOPBACK_FLOOD, "HTTP/1.1 200 OK\r\nX: "), CHECK_MALFORMED);
	/* A reset or a close where the request has not been read is one or the other. */
	enum check_outcome o = http(LOOPBACK_CLOSE, "");

	assert_true(o == CHECK_CLOSED || o == CHECK_RESET);
	/* A body without an end ends by its size or by its time. */
	o = http(LOOPBACK_FLOOD, "HTTP/1.1 200 OK\r\n\r\n");
	assert_true(o == CHECK_TIMEOUT || o == CHECK_TOO_LONG);
}

/* A request larger than the socket takes at once is sent in parts. */
static void test_http_large_request(void **state)
{
	struct buf text = {0};

	(void)state;
	buf_puts(&text, "GET /");
	for (int i = 0; i < 100000; i++)
		buf_puts(&text, "0123456789");
	buf_puts(&text, " HTTP/1.0\r\n\r\n");
	struct result r =
		run_http(LOOPBACK_SILENT, "", (struct http_probe_request){.text = buf_text(&text)});

	assert_int_equal(r.outcome, CHECK_TIMEOUT);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_tcp_timeout),
		cmocka_unit_test(test_without_descriptors),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_http_good),
		cmocka_unit_test(test_http_status),
		cmocka_unit_test(test_http_digest),
		cmocka_unit_test(test_http_hostile),
		cmocka_unit_test(test_http_large_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
