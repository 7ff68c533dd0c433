/* The response parser: good and bad responses, each also byte by byte (the result must not depend
 * on how the bytes arrive), and random bytes. */
#include "daemon/check/http_parse.h"

#include "lib/base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text;
	enum http_state state;
	unsigned status;
	uint64_t body_bytes;
} responses[] = {
	{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", HTTP_DONE, 200, 5},
	{"HTTP/1.1 200 OK\r\ncontent-LENGTH:5 \t\r\n\r\nhello", HTTP_DONE, 200, 5},
	{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, world", HTTP_DONE, 200, 5},
	{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", HTTP_BODY, 200, 5},
	{"HTTP/1.0 404 Not Found\r\n\r\nno", HTTP_BODY, 404, 2},
	{"HTTP/1.0 200\r\n\r\n", HTTP_BODY, 200, 0},
	{"HTTP/1.0 200 \n\nx", HTTP_BODY, 200, 1},
	{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", HTTP_DONE, 200, 0},
	{"HTTP/1.1 204 No Content\r\n\r\n", HTTP_DONE, 204, 0},
	{"HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n", HTTP_DONE, 304, 0},
	{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", HTTP_DONE,
	 200, 1},
	{"HTTP/1.1 101 Switching\r\n\r\n", HTTP_BODY, 101, 0},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n1\r\nx",
	 HTTP_BODY, 200, 4},
	{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", HTTP_DONE, 200,
	 5},
	{"HTTP/1.1 200 OK\r\nX: y\r\n folded: 1\r\n\r\n", HTTP_BODY, 200, 0},
	/* not whole */
	{"", HTTP_STATUS_LINE, 0, 0},
	{"HTTP/1.1 200 OK", HTTP_STATUS_LINE, 0, 0},
	{"HTTP/1.1 200 OK\r\n", HTTP_HEADER, 200, 0},
	{"HTTP/1.1 200 OK\r\nX: y\r\n", HTTP_HEADER, 200, 0},
	/* not HTTP */
	{"SSH-2.0-OpenSSH_9.2\r\n", HTTP_BAD, 0, 0},
	{"HTTP/2 200\r\n\r\n", HTTP_BAD, 0, 0},
	{"HTTP/1.1 2000 OK\r\n\r\n", HTTP_BAD, 0, 0},
	{"HTTP/1.1 20 OK\r\n\r\n", HTTP_BAD, 0, 0},
	{"HTTP/1.1 -20 OK\r\n\r\n", HTTP_BAD, 0, 0},
	{"HTTP/1.1  200 OK\r\n\r\n", HTTP_BAD, 0, 0},
	{"HTTP/1.1 099 Low\r\n\r\n", HTTP_BAD, 99, 0},
	{"HTTP/1.1 600 High\r\n\r\n", HTTP_BAD, 600, 0},
	{"\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", HTTP_BAD, 0, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", HTTP_BAD, 200, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", HTTP_BAD, 200, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 0x10\r\n\r\n", HTTP_BAD, 200, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n", HTTP_BAD, 200, 0},
	{"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", HTTP_BAD, 200, 0},
};

static void add_up(void *ctx, const uint8_t *bytes, size_t n)
{
	(void)bytes;
	*(uint64_t *)ctx += n;
}

static void check(const struct http_parse *p, size_t i, uint64_t seen, const char *how)
{
	if (p->state != responses[i].state || p->status != responses[i].status ||
	    p->body_bytes != responses[i].body_bytes || seen != p->body_bytes ||
	    (p->state == HTTP_BAD) != (p->error != NULL))
		fail_msg("%s, %s: state %d status %u body %llu", responses[i].text, how, p->state,
			 p->status, (unsigned long long)p->body_bytes);
}

static void test_responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		struct http_parse whole, bytewise;
		size_t n = strlen(responses[i].text);
		uint64_t seen = 0;

		http_parse_init(&whole);
		http_parse_feed(&whole, responses[i].text, n, add_up, &seen);
		check(&whole, i, seen, "at once");
		seen = 0;
		http_parse_init(&bytewise);
		for (size_t at = 0; at < n; at++)
			http_parse_feed(&bytewise, responses[i].text + at, 1, add_up, &seen);
		check(&bytewise, i, seen, "byte by byte");
		assert_int_equal(http_parse_is_answer(&whole),
				 whole.state == HTTP_BODY || whole.state == HTTP_DONE);
	}
}

static void test_endless_header(void **state)
{
	static const char start[] = "HTTP/1.1 200 OK\r\n", line[] = "X: yyyyyyyyyyyyyyyyyyyy\r\n";
	struct http_parse p;
	uint64_t seen = 0;

	(void)state;
	http_parse_init(&p);
	http_parse_feed(&p, start, strlen(start), add_up, &seen);
	for (int i = 0; i < 10000; i++)
		http_parse_feed(&p, line, strlen(line), add_up, &seen);
	assert_int_equal(p.state, HTTP_BAD);
	/* One line without an end. */
	http_parse_init(&p);
	for (int i = 0; i < 200000; i++)
		http_parse_feed(&p, "x", 1, add_up, &seen);
	assert_int_equal(p.state, HTTP_BAD);
	/* Interim responses without an end. */
	http_parse_init(&p);
	for (int i = 0; i < 10000; i++)
		http_parse_feed(&p, "HTTP/1.1 100 \n\n", 15, add_up, &seen);
	assert_int_equal(p.state, HTTP_BAD);
	assert_int_equal(seen, 0);
}

/* A header line longer than what is kept of it does no harm, wherever it is cut. */
static void test_long_lines(void **state)
{
	(void)state;
	for (size_t n = HTTP_LINE_BYTES - 40; n < HTTP_LINE_BYTES + 40; n++) {
		char text[1024];
		struct http_parse p;
		uint64_t seen = 0;
		char pad[HTTP_LINE_BYTES + 64];

		memset(pad, 'a', n);
		pad[n] = '\0';
		snprintf(text, sizeof(text),
			 "HTTP/1.1 200 OK\r\nX-%s: y\r\nContent-Length: 2\r\n\r\nok", pad);
		http_parse_init(&p);
		http_parse_feed(&p, text, strlen(text), add_up, &seen);
		assert_int_equal(p.state, HTTP_DONE);
		assert_int_equal(seen, 2);
	}
}

static void test_random_bytes(void **state)
{
	static const char *const pieces[] = {
		"HTTP/1.", "1 200 OK", "\r\n", "\n",   "Content-Length:",      " 10",
		"99",	   "\r",       ":",    "100 ", "Transfer-Encoding: x", "\r\n\r\n"};
	struct rng rng;

	(void)state;
	rng_seed(&rng, 7);
	for (int round = 0; round < 20000; round++) {
		struct http_parse p;
		uint64_t seen = 0;

		http_parse_init(&p);
		for (uint64_t k = rng_below(&rng, 30); k-- > 0;) {
			const char *piece = pieces[rng_below(&rng, 12)];
			char byte = (char)rng_u64(&rng);
			enum http_state was = p.state;

			if (rng_chance(&rng, 100))
				http_parse_feed(&p, &byte, 1, add_up, &seen);
			else
				http_parse_feed(&p, piece, strlen(piece), add_up, &seen);
			if (was == HTTP_BAD || was == HTTP_DONE)
				assert_int_equal(p.state, was);
		}
		assert_int_equal(seen, p.body_bytes);
		if (p.has_length && p.state == HTTP_BODY)
			assert_true(p.body_bytes < p.length_bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_endless_header),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
