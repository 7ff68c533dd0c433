/* RFC 9112, the client's side of what a health check needs: sections 2.2 (lines may end in a bare
 * LF), 4 (status line), 6.3 (length of the body). Interim responses (RFC 9110, 15.2) are passed
 * over. Not done: decoding of transfer codings, trailers, obsolete line folding (a folded line is
 * one more line that nothing is read from).
 */
#include "daemon/check/http_parse.h"

#include "lib/base/must.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

void http_parse_init(struct http_parse *p)
{
	memset(p, 0, sizeof(*p));
	p->state = HTTP_STATUS_LINE;
}

static void bad(struct http_parse *p, const char *why)
{
	p->state = HTTP_BAD;
	p->error = why;
}

/* "HTTP/1.1 200 OK"; the reason and the blank before it may be missing. */
static void status_line(struct http_parse *p, const char *line)
{
	bool good = strncmp(line, "HTTP/1.", 7) == 0 && isdigit((unsigned char)line[7]) &&
		    line[8] == ' ';

	for (int i = 9; good && i < 12; i++)
		good = isdigit((unsigned char)line[i]);
	if (!good || (line[12] != ' ' && line[12] != '\0')) {
		bad(p, "no status line");
		return;
	}
	p->status = (unsigned)((line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'));
	if (p->status < 100 || p->status > 599) {
		bad(p, "no such status");
		return;
	}
	p->state = HTTP_HEADER;
}

static void content_length(struct http_parse *p, const char *value)
{
	uint64_t v = 0;
	const char *s = value;

	for (; isdigit((unsigned char)*s); s++) {
		if (v > (UINT64_MAX - 9) / 10) {
			bad(p, "Content-Length is no length");
			return;
		}
		v = v * 10 + (uint64_t)(*s - '0');
	}
	while (*s == ' ' || *s == '\t')
		s++;
	if (s == value || *s) {
		bad(p, "Content-Length is no length");
		return;
	}
	if (p->has_length && p->length_bytes != v) {
		bad(p, "two different Content-Length");
		return;
	}
	p->has_length = true;
	p->length_bytes = v;
}

static const char *value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	line += n + 1;
	while (*line == ' ' || *line == '\t')
		line++;
	return line;
}

static void header_end(struct http_parse *p)
{
	if (p->status < 200 && p->status != 101) {
		/* Interim: the real answer follows. The limit of the header goes on counting. */
		p->state = HTTP_STATUS_LINE;
		p->has_length = p->chunked = false;
		return;
	}
	if (p->chunked)
		p->has_length = false;
	if (p->status == 204 || p->status == 304) {
		p->has_length = true;
		p->length_bytes = 0;
	}
	p->state = p->has_length && p->length_bytes == 0 ? HTTP_DONE : HTTP_BODY;
}

static void header_line(struct http_parse *p, const char *line)
{
	const char *value;

	if (!*line) {
		header_end(p);
		return;
	}
	value = value_of(line, "Content-Length");
	if (value)
		content_length(p, value);
	else if (value_of(line, "Transfer-Encoding"))
		p->chunked = true;
}

/* One byte of the header. */
static void header_byte(struct http_parse *p, char c)
{
	if (++p->header_bytes > HTTP_HEADER_BYTES_MAX) {
		bad(p, "the header has no end");
		return;
	}
	if (c == '\0') {
		bad(p, "a NUL in the header");
		return;
	}
	if (c != '\n') {
		if (p->line_bytes < HTTP_LINE_BYTES - 1)
			p->line[p->line_bytes] = c;
		p->line_bytes++;
		return;
	}
	size_t n = p->line_bytes < HTTP_LINE_BYTES - 1 ? p->line_bytes : HTTP_LINE_BYTES - 1;

	if (n && p->line[n - 1] == '\r')
		n--;
	p->line[n] = '\0';
	p->line_bytes = 0;
	if (p->state == HTTP_STATUS_LINE)
		status_line(p, p->line);
	else
		header_line(p, p->line);
}

enum http_state http_parse_feed(struct http_parse *p, const void *bytes, size_t n,
				void (*body)(void *ctx, const uint8_t *bytes, size_t n), void *ctx)
{
	const uint8_t *at = bytes;

	while (n && (p->state == HTTP_STATUS_LINE || p->state == HTTP_HEADER)) {
		header_byte(p, (char)*at++);
		n--;
	}
	if (p->state != HTTP_BODY || n == 0)
		return p->state;
	if (p->has_length && n > p->length_bytes - p->body_bytes)
		n = (size_t)(p->length_bytes - p->body_bytes);
	body(ctx, at, n);
	p->body_bytes += n;
	if (p->has_length && p->body_bytes == p->length_bytes)
		p->state = HTTP_DONE;
	return p->state;
}

bool http_parse_is_answer(const struct http_parse *p)
{
	return p->state == HTTP_BODY || p->state == HTTP_DONE;
}
