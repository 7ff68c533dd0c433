/* Fuzzes the health checks' response parser: any bytes, in pieces of any size, end in a state that
 * agrees with itself, and the pieces do not matter. */
#include "daemon/check/http_parse.h"
#include "lib/base/must.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(void *ctx, const uint8_t *bytes, size_t n)
{
	(void)bytes;
	*(uint64_t *)ctx += n;
}

static uint64_t parse(struct http_parse *p, const uint8_t *data, size_t size, size_t piece)
{
	uint64_t body = 0;

	http_parse_init(p);
	for (size_t at = 0; at < size; at += piece)
		http_parse_feed(p, data + at, size - at < piece ? size - at : piece, count, &body);
	return body;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_parse whole, pieces;
	size_t piece = size ? data[size - 1] % 7 + 1 : 1;
	uint64_t body = parse(&whole, data, size, size ? size : 1);

	must(parse(&pieces, data, size, piece) == body);
	must(whole.state == pieces.state && whole.status == pieces.status);
	must(whole.body_bytes == body && whole.has_length == pieces.has_length);
	must((whole.state == HTTP_BAD) == (whole.error != NULL));
	must(whole.state != HTTP_DONE || whole.body_bytes == whole.length_bytes);
	must(!http_parse_is_answer(&whole) || (whole.status >= 100 && whole.status <= 599));
	return 0;
}
