/* An HTTP/1.x response, byte by byte. Pure: nothing is buffered but one short line, nothing is
 * allocated, and no input takes more than one step a byte.
 *
 * Of the header only the status and the length of the body are kept. The body is handed on as it
 * comes, not decoded (chunks stay chunks, as keepalived's digests have them).
 */
#ifndef DAEMON_CHECK_HTTP_PARSE_H
#define DAEMON_CHECK_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEADER_BYTES_MAX 65536
#define HTTP_LINE_BYTES	      256 /* what is kept of a header line */

enum http_state {
	HTTP_STATUS_LINE,
	HTTP_HEADER,
	HTTP_BODY,
	HTTP_DONE, /* all of the body that was announced is here */
	HTTP_BAD   /* not HTTP; error says what */
};

struct http_parse {
	enum http_state state;
	unsigned status; /* valid from HTTP_HEADER on */
	bool has_length; /* Content-Length was there and counts */
	uint64_t length_bytes;
	uint64_t body_bytes; /* so far */
	const char *error;
	/* inside: */
	bool chunked;
	size_t header_bytes;
	size_t line_bytes; /* of this line, also those that are not kept */
	char line[HTTP_LINE_BYTES];
};

void http_parse_init(struct http_parse *p);
/* Takes n bytes. Of what is body, body(ctx, ...) is told. After HTTP_DONE and HTTP_BAD the rest is
 * passed over. Returns the new state. */
enum http_state http_parse_feed(struct http_parse *p, const void *bytes, size_t n,
				void (*body)(void *ctx, const uint8_t *bytes, size_t n), void *ctx);
/* True: what came before the end of the connection is a whole response, its body perhaps shorter
 * than announced. */
bool http_parse_is_answer(const struct http_parse *p);

#endif
