/* The kernel's network configuration over rtnetlink: links, addresses, routes, rules, neighbours,
 * qdiscs, and what changes. Backed by libnl-3; none of its types shows here.
 *
 * A struct nl is a socket in the network namespace in which it was opened, for as long as it lives.
 * Every function returns 0 or -errno as the kernel answered, and logs nothing. Interfaces are named
 * by index (ifindex) except where they are created.
 */
#ifndef LIB_NL_NL_H
#define LIB_NL_NL_H

#include "lib/wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct nl;

/* Opens a socket in the calling thread's network namespace. */
int nl_open(struct nl **out);
/* Not "close": libnl has that name. NULL is allowed. */
void nl_release(struct nl *nl);

/* ---- many at once -------------------------------------------------------------------------- */

/* Thousands of addresses cost thousands of system calls, unless they go together. While a struct
 * nl_later is set, requests that have no answer but an acknowledgement (nl_addr_add_whole and the
 * like) are kept and return 0; done is called for each when the kernel has answered, in their
 *order.
 *
 *	nl_later(nl, &(struct nl_later){.done = done, .ctx = ctx, .which = 7});
 *	err = nl_addr_add_whole(nl, ifindex, &addr);	not 0: not kept, done is not called
 *	nl_later(nl, NULL);
 *	...
 *	nl_flush(nl);
 *
 * They are sent by nl_flush, or before the next request that does not wait. */
struct nl_later {
	void (*done)(void *ctx, size_t which, int err);
	void *ctx;
	size_t which; /* the caller's */
};
void nl_later(struct nl *nl, const struct nl_later *later); /* it is copied */
void nl_flush(struct nl *nl);

/* ---- links --------------------------------------------------------------------------------- */

/* The index, or -ENODEV. */
int nl_link_index(struct nl *nl, const char *ifname);
int nl_link_set_up(struct nl *nl, int ifindex, bool up);
int nl_link_set_mac(struct nl *nl, int ifindex, const uint8_t mac[WIRE_MAC_BYTES]);
int nl_link_set_mtu(struct nl *nl, int ifindex, unsigned mtu_bytes);
int nl_link_set_master(struct nl *nl, int ifindex, int master_ifindex); /* 0: none */
int nl_link_rename(struct nl *nl, int ifindex, const char *ifname);
int nl_link_delete(struct nl *nl, int ifindex);
/* A pair of which each end is born in its own namespace (netns_fd, -1: this one) with its own MAC.
 */
struct nl_veth_end {
	const char *ifname;
	int netns_fd;
	uint8_t mac[WIRE_MAC_BYTES];
};
int nl_veth_add(struct nl *nl, const struct nl_veth_end *a, const struct nl_veth_end *b);
/* A bridge without STP and forward delay; snooping of IGMP and MLD on or off, always explicitly. */
int nl_bridge_add(struct nl *nl, const char *ifname, const uint8_t mac[WIRE_MAC_BYTES],
		  bool mcast_snooping);

/* True where the kernel knows this kind of interface ("vlan", "bond", "vrf"), found out by trying;
 * leaves nothing. */
bool nl_link_kind_works(struct nl *nl, const char *kind);

/* ---- addresses, routes, rules, neighbours -------------------------------------------------- */

#define NL_ADDR_NODAD	      1u /* IPv6: usable at once */
#define NL_ADDR_HOME	      2u /* IPv6: mobile home address */
#define NL_ADDR_MNGTMPADDR    4u /* IPv6: the kernel derives temporary addresses from it */
#define NL_ADDR_NOPREFIXROUTE 8u
#define NL_ADDR_AUTOJOIN      16u /* a multicast group, joined on Ethernet */
#define NL_ADDR_PREFERRED     32u /* IPv6: preferred_s counts; without it: for ever */

int nl_addr_add(struct nl *nl, int ifindex, const struct wire_ip *ip, uint8_t prefix_len,
		unsigned flags);
/* The same with all that an address may carry. */
struct nl_new_addr {
	struct wire_ip ip;
	uint8_t prefix_len;
	unsigned flags;		  /* NL_ADDR_* */
	uint8_t scope;		  /* RT_SCOPE_* */
	const char *label;	  /* "eth0:1"; "" or NULL: the interface's name; IPv4 only */
	struct wire_ip broadcast; /* IPv4; family 0: none */
	struct wire_ip peer;	  /* the far end of a point-to-point address; family 0: none */
	uint32_t preferred_s;
};
int nl_addr_add_whole(struct nl *nl, int ifindex, const struct nl_new_addr *addr);
/* -EADDRNOTAVAIL where it was not there, with this prefix length and this peer. */
int nl_addr_del_whole(struct nl *nl, int ifindex, const struct nl_new_addr *addr);
int nl_addr_del(struct nl *nl, int ifindex, const struct wire_ip *ip, uint8_t prefix_len);

struct nl_route {
	struct wire_ip dst; /* family always set; prefix_len 0: default */
	uint8_t prefix_len;
	struct wire_ip via; /* family 0: on link */
	int ifindex;	    /* 0: the kernel's choice */
	uint32_t table;	    /* 0: main */
	struct wire_ip src; /* preferred source; family 0: none */
};
int nl_route_add(struct nl *nl, const struct nl_route *route);
int nl_route_del(struct nl *nl, const struct nl_route *route);
/* `from PREFIX lookup TABLE`. */
int nl_rule_add(struct nl *nl, const struct wire_ip *from, uint8_t prefix_len, uint32_t table);
int nl_neigh_flush(struct nl *nl, int ifindex);

/* Calls back for every address of the family (AF_UNSPEC: all) that the namespace has. */
struct nl_addr {
	int ifindex;
	struct wire_ip ip;
	uint8_t prefix_len;
	bool unusable;	 /* IPv6: duplicate address detection goes on, or has found another one */
	bool deprecated; /* IPv6: its preferred lifetime is over */
};
int nl_addr_each(struct nl *nl, sa_family_t family,
		 void (*each)(void *ctx, const struct nl_addr *a), void *ctx);

/* ---- netem --------------------------------------------------------------------------------- */

struct nl_netem {
	int64_t delay_us;
	int64_t jitter_us;
	uint32_t loss_ppm; /* parts of a million */
	uint32_t duplicate_ppm;
	uint32_t corrupt_ppm;
	uint32_t reorder_ppm;
	uint32_t limit_packets; /* 0: 10000 */
};
/* Puts netem at the root of the interface's egress, replacing what netem was there. */
int nl_netem_set(struct nl *nl, int ifindex, const struct nl_netem *netem);
int nl_qdisc_clear(struct nl *nl, int ifindex);

/* ---- what changes -------------------------------------------------------------------------- */

struct nl_link {
	int ifindex;
	char ifname[16];
	bool up;      /* administratively (IFF_UP) */
	bool running; /* with carrier (IFF_RUNNING) */
	bool gone;    /* RTM_DELLINK */
	uint8_t mac[WIRE_MAC_BYTES];
	unsigned mtu_bytes;
	int master_ifindex;
};

struct nl_neigh {
	int ifindex;
	sa_family_t family; /* AF_INET, AF_INET6, or AF_BRIDGE: a forwarding entry, ip unused */
	struct wire_ip ip;
	uint8_t mac[WIRE_MAC_BYTES];
	uint16_t state; /* NUD_*, linux/neighbour.h */
	bool gone;
};

struct nl_route_seen; /* lib/nl/route.h */
struct nl_whole_rule;

struct nl_monitor_ops {
	void (*link)(void *ctx, const struct nl_link *link);
	void (*addr)(void *ctx, const struct nl_addr *addr, bool gone);
	void (*neigh)(void *ctx, const struct nl_neigh *neigh);
	/* After nl_monitor_add. cause: nl_port_id of the socket that asked for it; 0: the kernel
	 * itself. */
	void (*route)(void *ctx, const struct nl_route_seen *route, uint32_t cause);
	void (*rule)(void *ctx, const struct nl_whole_rule *rule, bool gone, uint32_t cause);
	/* The kernel dropped messages (ENOBUFS): state must be read anew. */
	void (*lost)(void *ctx);
};

struct nl_monitor;

/* Subscribes to the kinds that have a function. fd is readable when nl_monitor_read has work. */
int nl_monitor_open(struct nl_monitor **out, const struct nl_monitor_ops *ops, void *ctx);
enum nl_monitor_kind { NL_MONITOR_ROUTES, NL_MONITOR_RULES };
/* Subscribes to more; again is allowed. */
int nl_monitor_add(struct nl_monitor *m, enum nl_monitor_kind kind);
int nl_monitor_fd(const struct nl_monitor *m);
/* Delivers everything that is there without blocking. */
int nl_monitor_read(struct nl_monitor *m);
void nl_monitor_close(struct nl_monitor *m);
/* All links of the namespace, as the monitor would tell them. */
int nl_link_each(struct nl *nl, void (*each)(void *ctx, const struct nl_link *link), void *ctx);

#endif
