/* The kernel's table of IPVS connections, from its text form (/proc/net/ip_vs_conn;
 * net/netfilter/ipvs/ip_vs_conn.c, ip_vs_conn_seq_show): a heading, then a line for each
 * connection:
 *
 *	TCP 0A000002 A8BC 0A000001 0050 0A000003 0050 ESTABLISHED     899
 *
 * Addresses and ports are hexadecimal; IPv6 addresses have all eight groups. Netlink offers no such
 * list. The parser is pure; only ipvs_conn_each_file reads.
 */
#include "lib/base/buf.h"
#include "lib/ipvs/ipvs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_BYTES_MAX (256u << 20) /* about two million connections */
#define WORDS		9

struct word {
	const char *at;
	size_t n;
};

static size_t split(const char *line, size_t len, struct word *out)
{
	size_t n = 0, i = 0;

	while (n < WORDS) {
		while (i < len && line[i] == ' ')
			i++;
		if (i == len)
			break;
		out[n].at = line + i;
		while (i < len && line[i] != ' ')
			i++;
		out[n].n = (size_t)(line + i - out[n].at);
		n++;
	}
	return n;
}

static bool number(struct word w, int base, unsigned long max, unsigned long *out)
{
	char text[16], *end;

	if (w.n == 0 || w.n >= sizeof(text))
		return false;
	memcpy(text, w.at, w.n);
	text[w.n] = '\0';
	*out = strtoul(text, &end, base);
	return *end == '\0' && text[0] != '-' && text[0] != '+' && *out <= max;
}

static bool port(struct word w, uint16_t *out)
{
	unsigned long v;

	if (!number(w, 16, 0xffff, &v))
		return false;
	*out = (uint16_t)v;
	return true;
}

static bool address(struct word w, struct wire_ip *out)
{
	char text[INET6_ADDRSTRLEN];
	unsigned long v;

	if (w.n == 8 && number(w, 16, 0xffffffff, &v)) {
		*out = (struct wire_ip){.family = AF_INET};
		out->v4.s_addr = htonl((uint32_t)v);
		return true;
	}
	if (w.n >= sizeof(text))
		return false;
	memcpy(text, w.at, w.n);
	text[w.n] = '\0';
	*out = (struct wire_ip){.family = AF_INET6};
	return inet_pton(AF_INET6, text, &out->v6) == 1;
}

static bool protocol(struct word w, uint16_t *out)
{
	static const struct {
		const char *name;
		uint16_t protocol;
	} names[] = {{"TCP", IPPROTO_TCP}, {"UDP", IPPROTO_UDP}, {"SCTP", IPPROTO_SCTP}, {"IP", 0}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strlen(names[i].name) == w.n && memcmp(names[i].name, w.at, w.n) == 0) {
			*out = names[i].protocol;
			return true;
		}
	}
	return false;
}

/* 1: read; 0: not a connection; -EPROTO. */
static int read_line(const char *line, size_t len, struct ipvs_conn *out)
{
	struct word w[WORDS];
	unsigned long expires;
	size_t n = split(line, len, w);

	*out = (struct ipvs_conn){0};
	if (n == 0 || !protocol(w[0], &out->protocol))
		return 0;
	if (n < WORDS || !address(w[1], &out->client) || !port(w[2], &out->client_port) ||
	    !address(w[3], &out->vip) || !port(w[4], &out->vip_port) ||
	    !address(w[5], &out->server) || !port(w[6], &out->server_port) ||
	    w[7].n >= sizeof(out->state) || !number(w[8], 10, UINT32_MAX, &expires))
		return -EPROTO;
	memcpy(out->state, w[7].at, w[7].n);
	out->expires_s = (uint32_t)expires;
	return 1;
}

int ipvs_conn_each_text(const char *text, void (*each)(void *ctx, const struct ipvs_conn *c),
			void *ctx)
{
	while (*text) {
		const char *end = strchrnul(text, '\n');
		struct ipvs_conn c;
		int got = read_line(text, (size_t)(end - text), &c);

		if (got < 0)
			return got;
		if (got)
			each(ctx, &c);
		text = *end ? end + 1 : end;
	}
	return 0;
}

int ipvs_conn_each_file(const char *path, void (*each)(void *ctx, const struct ipvs_conn *c),
			void *ctx)
{
	struct buf b = {0};
	int err = buf_read_file(&b, path, TABLE_BYTES_MAX);

	if (!err)
		err = ipvs_conn_each_text(buf_text(&b), each, ctx);
	buf_free(&b);
	return err;
}
