/* What the host's interfaces are like: up or not, their MAC, their addresses. A picture that is
 * read once and then kept by what the kernel's monitor tells. Does no I/O of its own but the
 * reading anew that links_read_* do through the nl handle they are given.
 */
#ifndef DAEMON_VRRP_LINKS_H
#define DAEMON_VRRP_LINKS_H

#include "lib/base/vec.h"
#include "lib/nl/nl.h"

struct links {
	VEC(struct nl_link) link;
	VEC(struct nl_addr) addr; /* as the kernel lists them: primary addresses first */
};

void links_free(struct links *l);
/* Reads all anew. 0 or -errno; on an error the old picture stays. */
int links_read(struct links *l, struct nl *nl);
int links_read_addrs(struct links *l, struct nl *nl);
/* Takes one message of the monitor. */
void links_take(struct links *l, const struct nl_link *link);

/* NULL: there is none. Valid until the next change. */
const struct nl_link *links_find(const struct links *l, const char *ifname);
/* Exists, is up and has carrier. */
bool links_is_up(const struct links *l, const char *ifname);
/* The first usable address of the family on the interface that is not refused, over IPv6 a
 * link-local one; false: none. refuse tells addresses that do not count as the interface's own
 * (virtual addresses); NULL: all count. */
bool links_primary(const struct links *l, int ifindex, sa_family_t family,
		   bool (*refuse)(void *ctx, const struct wire_ip *ip), void *ctx,
		   struct wire_ip *out);
/* ifindex 0: on any interface. */
bool links_has_addr(const struct links *l, int ifindex, const struct wire_ip *ip);
/* The same with this prefix length. */
bool links_has(const struct links *l, int ifindex, const struct wire_ip *ip, uint8_t prefix_len);

#endif
