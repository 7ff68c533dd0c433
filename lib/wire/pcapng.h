/* Capture files in pcapng form (draft-ietf-opsawg-pcapng): Ethernet, nanosecond stamps, one
 * section, one interface block for each port. Wireshark and tcpdump read them.
 */
#ifndef LIB_WIRE_PCAPNG_H
#define LIB_WIRE_PCAPNG_H

#include "lib/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum pcapng_direction {
	PCAPNG_INBOUND = 1, /* from the port into the segment */
	PCAPNG_OUTBOUND = 2
};

/* Writing: the blocks are appended to a buffer; the caller writes it to a file when it likes. */
void pcapng_put_header(struct buf *b);
/* Interfaces are numbered from 0 in the order of these calls. */
void pcapng_put_interface(struct buf *b, const char *name);
void pcapng_put_frame(struct buf *b, uint32_t interface, int64_t time_ns,
		      enum pcapng_direction direction, const uint8_t *frame, size_t len);

/* Reading. */
struct pcapng_frame {
	uint64_t number; /* from 1, as Wireshark counts */
	uint32_t interface;
	const char *interface_name; /* belongs to the reader */
	int64_t time_ns;
	enum pcapng_direction direction; /* 0: not stated */
	const uint8_t *bytes;		 /* valid until the next frame */
	size_t len;
};

struct pcapng_reader;
int pcapng_open(struct pcapng_reader **out, const char *path);
/* 1: a frame, 0: the end, -EBADMSG: the file is cut or broken, or -errno. */
int pcapng_next(struct pcapng_reader *r, struct pcapng_frame *out);
void pcapng_close(struct pcapng_reader *r);

#endif
