/* Replies of HTTP as text, and what the reader makes of them; each is read whole, byte by byte, and
 * cut at every place. */
#include "harness/run/http_reply.h"

#include "lib/base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct reply_case {
	const char *text;
	const char *expected;
};

static const struct reply_case cases[] = {
	{"HTTP/1.1 200 OK\r\nX-Server: rs1\r\nContent-Length: 3\r\n\r\nabc",
	 "done 200 keep body 3 server rs1 sid  user  cookies "},
	{"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
	 "done 200 keep body 0 server  sid  user  cookies "},
	{"HTTP/1.1 200 OK\r\nset-cookie: sid=9af; Path=/\r\nSet-Cookie: theme=dark\r\nx-sid: "
	 "9af\r\n"
	 "X-User:  u7\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
	 "done 200 close body 1 server  sid 9af user u7 cookies sid=9af theme=dark "},
	{"HTTP/1.1 200 OK\r\nSet-Cookie: sid=1\r\nSet-Cookie: sid=2\r\nContent-Length: 0\r\n\r\n",
	 "done 200 keep body 0 server  sid  user  cookies sid=2 "},
	{"HTTP/1.1 200 OK\r\nSet-Cookie: sid=1\r\nSet-Cookie: sid=1; Max-Age=0\r\nContent-Length: "
	 "0\r\n\r\n",
	 "done 200 keep body 0 server  sid  user  cookies "},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
	 "chunked\r\n\r\n4;x=y\r\nabcd\r\nA\r\n0123456789\r\n0\r\n"
	 "Trailer: 1\r\n\r\n",
	 "done 200 keep body 14 server  sid  user  cookies "},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
	 "done 204 keep body 0 server  sid  user  cookies "},
	{"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno",
	 "done 503 keep body 2 server  sid  user  cookies "},
	{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
	 "done 200 close body 2 server  sid  user  cookies "},
	{"HTTP/1.1 200 OK\r\n\r\nuntil the end",
	 "open 200 close body 13 server  sid  user  cookies "},
	{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd",
	 "broken 200 keep body 3 server  sid  user  cookies "},
	{"HTTP/1.1 200 OK\r\nX-Server: r\xff\x01s\r\nContent-Length: 0\r\n\r\n",
	 "done 200 keep body 0 server r??s sid  user  cookies "},
	{"SSH-2.0-OpenSSH\r\n", "broken 0 keep body 0 server  sid  user  cookies "},
	{"HTTP/1.1 20 OK\r\n", "broken 0 keep body 0 server  sid  user  cookies "},
	{"HTTP/1.1 200 OK\r\nno colon\r\n", "broken 200 keep body 0 server  sid  user  cookies "},
	{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
	 "broken 200 keep body 0 server  sid  user  cookies "},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	 "broken 200 keep body 0 server  sid  user  cookies "},
};

static void describe(const struct http_reply *r, const struct http_cookie *cookies, struct buf *out)
{
	buf_printf(out, "%s %d %s body %d server %s sid %s user %s cookies ",
		   r->state == HTTP_DONE     ? "done"
		   : r->state == HTTP_BROKEN ? "broken"
					     : "open",
		   r->status, r->close ? "close" : "keep", (int)r->body_bytes, r->server, r->sid,
		   r->user);
	for (int i = 0; i < HTTP_COOKIES; i++)
		if (cookies[i].name[0])
			buf_printf(out, "%s=%s ", cookies[i].name, cookies[i].value);
}

static void read_in_two(const struct reply_case *c, size_t cut, bool bytewise)
{
	struct http_cookie cookies[HTTP_COOKIES] = {0};
	struct http_reply r;
	struct buf out = {0};
	size_t len = strlen(c->text);

	http_reply_begin(&r);
	if (bytewise) {
		for (size_t i = 0; i < len; i++)
			http_reply_take(&r, c->text + i, 1, cookies);
	} else {
		http_reply_take(&r, c->text, cut, cookies);
		http_reply_take(&r, c->text + cut, len - cut, cookies);
	}
	describe(&r, cookies, &out);
	assert_string_equal(buf_text(&out), c->expected);
	buf_free(&out);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t cut = 0; cut <= strlen(cases[i].text); cut++)
			read_in_two(&cases[i], cut, false);
		read_in_two(&cases[i], 0, true);
	}
}

static void test_end_of_connection(void **state)
{
	struct http_cookie cookies[HTTP_COOKIES] = {0};
	struct http_reply r;

	(void)state;
	http_reply_begin(&r);
	assert_false(http_reply_end(&r)); /* nothing came */
	http_reply_take(&r, "HTTP/1.1 200 OK\r\n\r\nabc", 22, cookies);
	assert_true(http_reply_end(&r));
	http_reply_begin(&r);
	http_reply_take(&r, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 41, cookies);
	assert_false(http_reply_end(&r)); /* cut */
}

static void test_endless_line(void **state)
{
	struct http_cookie cookies[HTTP_COOKIES] = {0};
	struct http_reply r;
	bool ended = false;

	(void)state;
	http_reply_begin(&r);
	for (int i = 0; i < 100 && !ended; i++)
		ended = http_reply_take(&r, "HTTP/1.1 200 OK HTTP/1.1 200 OK HTTP/1.1 200 OK ", 48,
					cookies);
	assert_int_equal(r.state, HTTP_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_end_of_connection),
		cmocka_unit_test(test_endless_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
