/* The reader of HTTP replies: a small machine over lines and lengths. It reads what real servers
 * send to a GET of HTTP/1.1 (RFC 9112, 4 to 7): a status line, headers, a body by length, in chunks
 * or until the end of the connection. 1xx replies are passed over.
 *
 * Not here: HTTP/2, compression (the body is counted, not read), attributes of cookies other than
 * Max-Age (a drill has one host and one path). */
#include "harness/run/http_reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_reply_begin(struct http_reply *r)
{
	memset(r, 0, sizeof(*r));
}

/* Keeps a value as plain ASCII: it goes into the history, which is UTF-8. */
static void keep(char *out, const char *value, size_t len)
{
	if (len >= HTTP_VALUE_BYTES)
		len = HTTP_VALUE_BYTES - 1;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)(value[i] < ' ' || value[i] > '~' ? '?' : value[i]);
	out[len] = '\0';
}

/* "sid=abc; Path=/; HttpOnly" */
static void set_cookie(struct http_cookie *cookies, const char *text)
{
	size_t name_len = strcspn(text, "=;");
	struct http_cookie *slot = NULL;

	if (text[name_len] != '=' || name_len == 0 || name_len >= sizeof(cookies->name))
		return;
	const char *value = text + name_len + 1;
	size_t value_len = strcspn(value, ";");

	for (int i = HTTP_COOKIES - 1; i >= 0; i--) {
		struct http_cookie *c = &cookies[i];

		if (strlen(c->name) == name_len && memcmp(c->name, text, name_len) == 0) {
			slot = c;
			break;
		}
		if (!c->name[0])
			slot = c;
	}
	if (!slot || value_len >= sizeof(slot->value))
		return;
	memset(slot, 0, sizeof(*slot));
	if (value_len == 0 || strcasestr(value + value_len, "max-age=0"))
		return;
	memcpy(slot->name, text, name_len);
	keep(slot->value, value, value_len);
}

static bool status_line(struct http_reply *r)
{
	char *end;

	if (strncmp(r->line, "HTTP/1.", 7) != 0 || !strchr("01", r->line[7]) || r->line[8] != ' ')
		return false;
	r->close = r->line[7] == '0';
	long status = strtol(r->line + 9, &end, 10);

	if (end != r->line + 12 || status < 100 || (*end && *end != ' '))
		return false;
	r->status = (int)status;
	return true;
}

static bool header(struct http_reply *r, struct http_cookie *cookies)
{
	char *colon = strchr(r->line, ':');

	if (!colon || colon == r->line)
		return false;
	*colon = '\0';
	const char *value = colon + 1 + strspn(colon + 1, " \t");

	if (strcasecmp(r->line, "Content-Length") == 0) {
		char *end;

		r->left = strtoull(value, &end, 10);
		r->has_length = end != value && *end == '\0' && *value != '-';
		return r->has_length;
	}
	if (strcasecmp(r->line, "Transfer-Encoding") == 0)
		r->chunked = strcasecmp(value, "chunked") == 0;
	else if (strcasecmp(r->line, "Connection") == 0)
		r->close = strcasecmp(value, "close") == 0;
	else if (strcasecmp(r->line, "X-Server") == 0)
		keep(r->server, value, strlen(value));
	else if (strcasecmp(r->line, "X-Sid") == 0)
		keep(r->sid, value, strlen(value));
	else if (strcasecmp(r->line, "X-User") == 0)
		keep(r->user, value, strlen(value));
	else if (strcasecmp(r->line, "Set-Cookie") == 0)
		set_cookie(cookies, value);
	return true;
}

/* What follows the empty line behind the headers (RFC 9112, 6.3). */
static enum http_state body_state(struct http_reply *r)
{
	if (r->status < 200) {
		http_reply_begin(r);
		return HTTP_STATUS_LINE;
	}
	if (r->status == 204 || r->status == 304)
		return HTTP_DONE;
	if (r->chunked)
		return HTTP_CHUNK_SIZE;
	if (!r->has_length) {
		r->close = true;
		return HTTP_BODY_CLOSE;
	}
	return r->left ? HTTP_BODY : HTTP_DONE;
}

static enum http_state chunk_size(struct http_reply *r)
{
	char *end;

	r->left = strtoull(r->line, &end, 16);
	if (end == r->line || (*end && *end != ';' && *end != ' '))
		return HTTP_BROKEN;
	return r->left ? HTTP_CHUNK : HTTP_TRAILER;
}

/* A whole line is there. */
static enum http_state line_state(struct http_reply *r, struct http_cookie *cookies)
{
	bool empty = r->line[0] == '\0';

	switch (r->state) {
	case HTTP_STATUS_LINE:
		return status_line(r) ? HTTP_HEADER : HTTP_BROKEN;
	case HTTP_HEADER:
		if (empty)
			return body_state(r);
		return header(r, cookies) ? HTTP_HEADER : HTTP_BROKEN;
	case HTTP_CHUNK_SIZE:
		return chunk_size(r);
	case HTTP_CHUNK_END:
		return empty ? HTTP_CHUNK_SIZE : HTTP_BROKEN;
	case HTTP_TRAILER:
		return empty ? HTTP_DONE : HTTP_TRAILER;
	case HTTP_BODY:
	case HTTP_BODY_CLOSE:
	case HTTP_CHUNK:
	case HTTP_DONE:
	case HTTP_BROKEN:
		break;
	}
	return HTTP_BROKEN;
}

/* Takes bytes of a line up to its end; returns how many. */
static size_t take_line(struct http_reply *r, const char *bytes, size_t n,
			struct http_cookie *cookies)
{
	const char *end = memchr(bytes, '\n', n);
	size_t len = end ? (size_t)(end - bytes) : n;

	if (r->line_len + len >= sizeof(r->line)) {
		r->state = HTTP_BROKEN;
		return n;
	}
	memcpy(r->line + r->line_len, bytes, len);
	r->line_len += len;
	if (!end)
		return n;
	if (r->line_len && r->line[r->line_len - 1] == '\r')
		r->line_len--;
	r->line[r->line_len] = '\0';
	r->line_len = 0;
	r->state = line_state(r, cookies);
	return len + 1;
}

static size_t take_body(struct http_reply *r, size_t n)
{
	if (r->state == HTTP_BODY_CLOSE) {
		r->body_bytes += n;
		return n;
	}
	if (n > r->left)
		n = (size_t)r->left;
	r->left -= n;
	r->body_bytes += n;
	if (!r->left)
		r->state = r->state == HTTP_CHUNK ? HTTP_CHUNK_END : HTTP_DONE;
	return n;
}

bool http_reply_take(struct http_reply *r, const char *bytes, size_t n, struct http_cookie *cookies)
{
	while (n && r->state != HTTP_BROKEN) {
		size_t taken;

		if (r->state == HTTP_DONE) {
			r->state = HTTP_BROKEN;
			break;
		}
		if (r->state == HTTP_BODY || r->state == HTTP_BODY_CLOSE || r->state == HTTP_CHUNK)
			taken = take_body(r, n);
		else
			taken = take_line(r, bytes, n, cookies);
		bytes += taken;
		n -= taken;
	}
	return r->state == HTTP_DONE || r->state == HTTP_BROKEN;
}

bool http_reply_end(struct http_reply *r)
{
	if (r->state == HTTP_BODY_CLOSE)
		r->state = HTTP_DONE;
	return r->state == HTTP_DONE;
}
