/* Inside lib/ipvs: structs to netlink attributes and back, and the transports that carry them.
 * Callers of the library use ipvs.h alone.
 *
 * An ipvs_attrs holds what follows the generic netlink header of one message. All attributes are
 * in host byte order but for addresses and the ports of services and destinations.
 */
#ifndef LIB_IPVS_CODEC_H
#define LIB_IPVS_CODEC_H

#include "lib/ipvs/ipvs.h"

#include <stddef.h>

#define IPVS_ATTRS_MAX 512

struct ipvs_attrs {
	size_t len;
	_Alignas(4) uint8_t bytes[IPVS_ATTRS_MAX];
};

/* Each empties m first. whole: with all that can be configured; else what identifies it. */
void ipvs_encode_service(struct ipvs_attrs *m, const struct ipvs_service *s, bool whole);
/* The service's identity and the destination. */
void ipvs_encode_dest(struct ipvs_attrs *m, const struct ipvs_service *s, const struct ipvs_dest *d,
		      bool whole);
/* A destination as the kernel answers it: with its counts and without its service. */
void ipvs_encode_dest_answer(struct ipvs_attrs *m, const struct ipvs_dest *d);
void ipvs_encode_sync(struct ipvs_attrs *m, const struct ipvs_sync *sync);
void ipvs_encode_info(struct ipvs_attrs *m, uint32_t version);

/* False: what identifies the object is missing, or an attribute lies about its length. What is
 * configurable and missing is zero. */
bool ipvs_decode_service(const uint8_t *bytes, size_t len, struct ipvs_service *out);
/* family: the service's, for kernels that do not tell the destination's. */
bool ipvs_decode_dest(const uint8_t *bytes, size_t len, sa_family_t family, struct ipvs_dest *out);
bool ipvs_decode_sync(const uint8_t *bytes, size_t len, struct ipvs_sync *out);
bool ipvs_decode_info(const uint8_t *bytes, size_t len, uint32_t *version);

/* Called for each message of an answer; bytes are its attributes. */
typedef void ipvs_answer_fn(void *ctx, const uint8_t *bytes, size_t len);

struct ipvs_transport {
	/* Sends one IPVS_CMD_* and waits for the end of its answer. dump: all objects. answer may
	 * be NULL where only 0 or -errno is expected. */
	int (*request)(void *state, uint8_t cmd, bool dump, const struct ipvs_attrs *m,
		       ipvs_answer_fn *answer, void *ctx);
	void (*close)(void *state);
};

struct ipvs {
	const struct ipvs_transport *transport;
	void *state;
};

#endif
