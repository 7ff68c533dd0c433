/* Fuzzes what lib/ipvs reads: attributes of the kernel's answers, and the table of connections.
 * What was understood is written again and reads back as itself. */
#include "lib/base/must.h"
#include "lib/ipvs/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_conn(void *ctx, const struct ipvs_conn *c)
{
	(void)ctx;
	must(c->client.family == AF_INET || c->client.family == AF_INET6);
	must(memchr(c->state, '\0', sizeof(c->state)) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipvs_service s, s2;
	struct ipvs_dest d, d2;
	struct ipvs_sync y, y2;
	struct ipvs_attrs m;
	uint32_t version;
	char *text = malloc(size + 1);

	must(text != NULL);
	if (ipvs_decode_service(data, size, &s)) {
		ipvs_encode_service(&m, &s, true);
		must(ipvs_decode_service(m.bytes, m.len, &s2) && ipvs_service_equal(&s, &s2));
	}
	if (ipvs_decode_dest(data, size, AF_INET, &d)) {
		ipvs_encode_dest_answer(&m, &d);
		must(ipvs_decode_dest(m.bytes, m.len, AF_INET, &d2) && ipvs_dest_equal(&d, &d2));
	}
	if (ipvs_decode_sync(data, size, &y)) {
		ipvs_encode_sync(&m, &y);
		must(ipvs_decode_sync(m.bytes, m.len, &y2) && strcmp(y.ifname, y2.ifname) == 0);
	}
	ipvs_decode_info(data, size, &version);
	memcpy(text, data, size);
	text[size] = '\0';
	ipvs_conn_each_text(text, on_conn, NULL);
	free(text);
	return 0;
}
