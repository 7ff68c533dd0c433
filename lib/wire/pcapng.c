/* Captures in pcapng form. Written: one section header, interface blocks with if_name and a
 * nanosecond if_tsresol, enhanced packet blocks with epb_flags for the direction; no option that
 * would name a machine, a user or a real time, so that equal frames give equal files.
 *
 * Read: the same, and what other writers leave: either byte order, any time resolution, several
 * sections, blocks of unknown types (passed over). A file that ends inside a block is -EBADMSG; one
 * that was cut exactly between two blocks cannot be told from a whole one here.
 *
 * Not done: name resolution, secrets, simple packet blocks (they carry no time: passed over).
 */
#include "lib/wire/pcapng.h"

#include "lib/base/vec.h"

#include <errno.h>
#include <stdio.h>

enum {
	BLOCK_SECTION = 0x0A0D0D0A,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1A2B3C4D,
	OPT_END = 0,
	OPT_IF_NAME = 2,
	OPT_IF_TSRESOL = 9,
	OPT_EPB_FLAGS = 2,
	LINKTYPE_ETHERNET = 1,
	SNAPLEN = 262144,
	BLOCK_BYTES_MAX = 1 << 24
};

struct interface {
	char *name;
	uint64_t ns_num; /* one tick of its clock is ns_num / ns_den nanoseconds */
	uint64_t ns_den;
};

struct pcapng_reader {
	FILE *file;
	bool swapped;
	uint64_t n_frames;
	uint8_t *body;
	size_t body_cap;
	VEC(struct interface) ifs;
};

/* ---- writing ------------------------------------------------------------------------------- */

static void put16(struct buf *b, uint16_t v)
{
	buf_add(b, &v, sizeof(v));
}

static void put32(struct buf *b, uint32_t v)
{
	buf_add(b, &v, sizeof(v));
}

static void put_padded(struct buf *b, const void *bytes, size_t n)
{
	static const uint8_t zeros[4];

	buf_add(b, bytes, n);
	buf_add(b, zeros, (4 - n % 4) % 4);
}

static void put_option(struct buf *b, uint16_t code, const void *bytes, size_t n)
{
	put16(b, code);
	put16(b, (uint16_t)n);
	put_padded(b, bytes, n);
}

/* A block's length stands before and behind it; the first one is filled in at the end. */
static size_t block_begin(struct buf *b, uint32_t type)
{
	size_t at = b->len;

	put32(b, type);
	put32(b, 0);
	return at;
}

static void block_end(struct buf *b, size_t at)
{
	uint32_t total = (uint32_t)(b->len - at + 4);

	put32(b, total);
	memcpy(b->data + at + 4, &total, sizeof(total));
}

void pcapng_put_header(struct buf *b)
{
	size_t at = block_begin(b, BLOCK_SECTION);

	put32(b, BYTE_ORDER_MAGIC);
	put16(b, 1);
	put16(b, 0);
	put32(b, UINT32_MAX); /* the section's length is not stated */
	put32(b, UINT32_MAX);
	block_end(b, at);
}

void pcapng_put_interface(struct buf *b, const char *name)
{
	static const uint8_t nanoseconds = 9;
	size_t at = block_begin(b, BLOCK_INTERFACE);
	size_t n = strlen(name);

	must(n < UINT16_MAX);
	put16(b, LINKTYPE_ETHERNET);
	put16(b, 0);
	put32(b, SNAPLEN);
	put_option(b, OPT_IF_NAME, name, n);
	put_option(b, OPT_IF_TSRESOL, &nanoseconds, 1);
	put_option(b, OPT_END, NULL, 0);
	block_end(b, at);
}

void pcapng_put_frame(struct buf *b, uint32_t interface, int64_t time_ns,
		      enum pcapng_direction direction, const uint8_t *frame, size_t len)
{
	uint64_t ticks = (uint64_t)time_ns;
	uint32_t flags = (uint32_t)direction;
	size_t at = block_begin(b, BLOCK_PACKET);

	must(len <= SNAPLEN);
	put32(b, interface);
	put32(b, (uint32_t)(ticks >> 32));
	put32(b, (uint32_t)ticks);
	put32(b, (uint32_t)len);
	put32(b, (uint32_t)len);
	put_padded(b, frame, len);
	put_option(b, OPT_EPB_FLAGS, &flags, sizeof(flags));
	put_option(b, OPT_END, NULL, 0);
	block_end(b, at);
}

/* ---- reading ------------------------------------------------------------------------------- */

static uint32_t get32(const struct pcapng_reader *r, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return r->swapped ? __builtin_bswap32(v) : v;
}

static uint16_t get16(const struct pcapng_reader *r, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return r->swapped ? __builtin_bswap16(v) : v;
}

/* The next option of a list: true and its value; false at the end of the list. */
static bool next_option(const struct pcapng_reader *r, const uint8_t **p, const uint8_t *end,
			uint16_t *code, const uint8_t **value, uint16_t *len)
{
	if (end - *p < 4)
		return false;
	*code = get16(r, *p);
	*len = get16(r, *p + 2);
	*value = *p + 4;
	size_t padded = (size_t)(*len + 3) / 4 * 4;

	if (*code == OPT_END || (size_t)(end - *value) < padded)
		return false;
	*p = *value + padded;
	return true;
}

static void forget_interfaces(struct pcapng_reader *r)
{
	for (size_t i = 0; i < r->ifs.n; i++)
		free(r->ifs.at[i].name);
	r->ifs.n = 0;
}

/* if_tsresol: a negative power of ten, or of two when the top bit is set. */
static void set_resolution(struct interface *i, uint8_t resolution)
{
	unsigned power = resolution & 0x7f;

	i->ns_num = 1000000000ULL;
	i->ns_den = 1;
	if (resolution & 0x80) {
		i->ns_den = 1ULL << (power < 63 ? power : 63);
		return;
	}
	for (unsigned k = 0; k < power && i->ns_den < UINT64_MAX / 10; k++) {
		if (i->ns_num > 1)
			i->ns_num /= 10;
		else
			i->ns_den *= 10;
	}
}

static int read_interface(struct pcapng_reader *r, const uint8_t *body, size_t len)
{
	const uint8_t *value;
	uint16_t code, n;

	if (len < 8 || get16(r, body) != LINKTYPE_ETHERNET)
		return -EBADMSG;
	const uint8_t *p = body + 8, *end = body + len;
	struct interface *i = vec_push(&r->ifs);

	set_resolution(i, 6);
	while (next_option(r, &p, end, &code, &value, &n)) {
		if (code == OPT_IF_NAME && !i->name)
			i->name = strndup((const char *)value, n);
		if (code == OPT_IF_TSRESOL && n == 1)
			set_resolution(i, value[0]);
	}
	if (!i->name)
		i->name = strdup("");
	must(i->name != NULL);
	return 0;
}

static int read_packet(struct pcapng_reader *r, const uint8_t *body, size_t len,
		       struct pcapng_frame *out)
{
	const uint8_t *value;
	uint16_t code, n;

	if (len < 20)
		return -EBADMSG;
	uint32_t interface = get32(r, body);
	uint64_t ticks = (uint64_t)get32(r, body + 4) << 32 | get32(r, body + 8);
	uint32_t captured = get32(r, body + 12);

	if (interface >= r->ifs.n || captured > SNAPLEN)
		return -EBADMSG;
	const struct interface *i = &r->ifs.at[interface];
	size_t padded = ((size_t)captured + 3) / 4 * 4;

	if (padded > len - 20)
		return -EBADMSG;
	const uint8_t *p = body + 20 + padded;

	*out = (struct pcapng_frame){
		.number = ++r->n_frames,
		.interface = interface,
		.interface_name = i->name,
		.time_ns = (int64_t)((unsigned __int128)ticks * i->ns_num / i->ns_den),
		.bytes = body + 20,
		.len = captured,
	};
	while (next_option(r, &p, body + len, &code, &value, &n))
		if (code == OPT_EPB_FLAGS && n == 4)
			out->direction = (enum pcapng_direction)(get32(r, value) & 3);
	return 1;
}

/* Reads a block into r->body (without type and lengths). 1, 0 at the end of the file, -EBADMSG. */
static int read_block(struct pcapng_reader *r, uint32_t *type, size_t *len)
{
	uint8_t head[12];
	size_t have = fread(head, 1, 8, r->file);

	if (have == 0)
		return ferror(r->file) ? -EIO : 0;
	if (have < 8)
		return -EBADMSG;
	memcpy(type, head, 4); /* the section header's type reads the same both ways */
	size_t kept = 0;

	if (*type == BLOCK_SECTION) {
		uint32_t magic;

		if (fread(head + 8, 1, 4, r->file) != 4)
			return -EBADMSG;
		memcpy(&magic, head + 8, 4);
		if (magic != BYTE_ORDER_MAGIC && __builtin_bswap32(magic) != BYTE_ORDER_MAGIC)
			return -EBADMSG;
		r->swapped = magic != BYTE_ORDER_MAGIC;
		kept = 4;
	}
	*type = get32(r, head);
	uint32_t total = get32(r, head + 4);

	if (total < 12 + kept || total % 4 || total > BLOCK_BYTES_MAX)
		return -EBADMSG;
	size_t rest = total - 8 - kept;

	if (rest > r->body_cap) {
		r->body = realloc(r->body, rest);
		must(r->body != NULL);
		r->body_cap = rest;
	}
	if (fread(r->body, 1, rest, r->file) != rest || get32(r, r->body + rest - 4) != total)
		return -EBADMSG;
	*len = rest - 4;
	return 1;
}

int pcapng_open(struct pcapng_reader **out, const char *path)
{
	FILE *file = fopen(path, "rbe");

	*out = NULL;
	if (!file)
		return -errno;
	struct pcapng_reader *r = calloc(1, sizeof(*r));
	uint32_t type;
	size_t len;

	must(r != NULL);
	r->file = file;
	if (read_block(r, &type, &len) != 1 || type != BLOCK_SECTION) {
		pcapng_close(r);
		return -EBADMSG;
	}
	*out = r;
	return 0;
}

int pcapng_next(struct pcapng_reader *r, struct pcapng_frame *out)
{
	uint32_t type;
	size_t len;

	for (;;) {
		int got = read_block(r, &type, &len);

		if (got <= 0)
			return got;
		if (type == BLOCK_SECTION)
			forget_interfaces(r);
		if (type == BLOCK_INTERFACE && read_interface(r, r->body, len) < 0)
			return -EBADMSG;
		if (type == BLOCK_PACKET)
			return read_packet(r, r->body, len, out);
	}
}

void pcapng_close(struct pcapng_reader *r)
{
	if (!r)
		return;
	forget_interfaces(r);
	vec_free(&r->ifs);
	free(r->body);
	fclose(r->file);
	free(r);
}
