/* What the files of lib/nl share: one request and its answer. Not for callers outside. */
#ifndef LIB_NL_INTERNAL_H
#define LIB_NL_INTERNAL_H

#include "lib/nl/nl.h"

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

/* A message of the given type with its fixed header copied in; ends the program if memory is out.
 */
struct nl_msg *nl_request_new(int type, int flags, const void *header, size_t header_bytes);
/* The same with room for 32 KiB: for what has a list in it. */
struct nl_msg *nl_request_new_large(int type, int flags, const void *header, size_t header_bytes);
/* Attributes: these end the program where the message is full (ours never are). */
void nl_request_put(struct nl_msg *msg, int attr, const void *bytes, size_t n);
void nl_request_u8(struct nl_msg *msg, int attr, uint8_t value);
void nl_request_u16(struct nl_msg *msg, int attr, uint16_t value);
void nl_request_u32(struct nl_msg *msg, int attr, uint32_t value);
void nl_request_u64(struct nl_msg *msg, int attr, uint64_t value);
void nl_request_text(struct nl_msg *msg, int attr, const char *text);
void nl_request_ip(struct nl_msg *msg, int attr, const struct wire_ip *ip);
struct nlattr *nl_request_nest(struct nl_msg *msg, int attr);

/* batch.c: requests that wait. The sock is for sending; answers are read from it too. */
struct nl_batch;
struct nl_batch *nl_batch_new(void);
void nl_batch_free(struct nl_batch *b);
/* Keeps a copy of the message if the batch is asked for (later is set); false: it is not. */
bool nl_batch_keep(struct nl_batch *b, struct nl_sock *sock, struct nl_msg *msg);
void nl_batch_later(struct nl_batch *b, const struct nl_later *later);
void nl_batch_send(struct nl_batch *b, struct nl_sock *sock);

/* Sends it, waits for the acknowledgement, frees it. 0 or the kernel's -errno. */
int nl_request_do(struct nl *nl, struct nl_msg *msg);
/* The same for a request that is answered by one object: each is called with it. */
int nl_request_get(struct nl *nl, struct nl_msg *msg,
		   void (*each)(void *ctx, const struct nlmsghdr *h), void *ctx);
/* Sends a dump request, calls back for each answer, frees it; starts over when the kernel says that
 * the dump was interrupted, after calling restart. */
int nl_request_dump(struct nl *nl, struct nl_msg *msg,
		    void (*each)(void *ctx, const struct nlmsghdr *h), void (*restart)(void *ctx),
		    void *ctx);

size_t nl_ip_bytes(sa_family_t family);
bool nl_ip_from_attr(sa_family_t family, const struct nlattr *attr, struct wire_ip *out);

/* False: not a message of that kind, or nothing that concerns its reader. */
bool nl_link_decode(const struct nlmsghdr *h, struct nl_link *out);
bool nl_addr_decode(const struct nlmsghdr *h, struct nl_addr *out);
bool nl_neigh_decode(const struct nlmsghdr *h, struct nl_neigh *out);

#endif
