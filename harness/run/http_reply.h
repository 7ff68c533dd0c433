/* One HTTP/1.1 reply (RFC 9112), read piece by piece as it comes. Pure. Keeps what a drill looks
 * at: the status, who answered, the session, and whether the connection can be used again.
 */
#ifndef HARNESS_RUN_HTTP_REPLY_H
#define HARNESS_RUN_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_VALUE_BYTES 128
#define HTTP_LINE_BYTES	 4096
#define HTTP_COOKIES	 8

struct http_cookie {
	char name[64]; /* "" where the slot is free */
	char value[HTTP_VALUE_BYTES];
};

enum http_state {
	HTTP_STATUS_LINE,
	HTTP_HEADER,
	HTTP_BODY,	 /* left bytes of it */
	HTTP_BODY_CLOSE, /* until the connection ends */
	HTTP_CHUNK_SIZE,
	HTTP_CHUNK,
	HTTP_CHUNK_END,
	HTTP_TRAILER,
	HTTP_DONE,
	HTTP_BROKEN /* not HTTP */
};

struct http_reply {
	enum http_state state;
	int status;
	bool close; /* the server will close */
	bool chunked;
	bool has_length;
	uint64_t left;
	uint64_t body_bytes;	       /* so far */
	char server[HTTP_VALUE_BYTES]; /* X-Server */
	char sid[HTTP_VALUE_BYTES];    /* X-Sid */
	char user[HTTP_VALUE_BYTES];   /* X-User */
	size_t line_len;
	char line[HTTP_LINE_BYTES];
};

/* cookies: HTTP_COOKIES slots that Set-Cookie fills, changes and (Max-Age=0 or an empty value)
 * empties. */
void http_reply_begin(struct http_reply *r);
/* Takes bytes; true when the reply is whole or broken. Bytes behind a whole reply make it broken:
 * nothing was asked for twice. */
bool http_reply_take(struct http_reply *r, const char *bytes, size_t n,
		     struct http_cookie *cookies);
/* The connection has ended: true where that ends the reply rightly. */
bool http_reply_end(struct http_reply *r);

#endif
