/* Whole routes and policy rules, with everything that keepalived.conf can say about them: as
 * structs, as text, and over rtnetlink (linux/rtnetlink.h, linux/fib_rules.h, linux/lwtunnel.h).
 *
 * The text is that of keepalived.conf, in one order of words, defaults left out: equal texts are
 * equal routes. Interfaces are kept by name, since they may come and go; their indices are asked
 * when a request is made. Functions return 0 or -errno as the kernel answered; -ENODEV: an
 * interface is not there.
 */
#ifndef LIB_NL_ROUTE_H
#define LIB_NL_ROUTE_H

#include "lib/base/buf.h"
#include "lib/nl/nl.h"

#include <linux/netlink.h>
#include <net/if.h>

#define NL_PROTO_KEEPALIVED 18
#define NL_MPLS_LABELS_MAX  16
#define NL_HOPS_MAX	    64

struct nl_encap {
	uint16_t type; /* LWTUNNEL_ENCAP_*: NONE, MPLS, IP, ILA, IP6 */
	bool has_id, has_tos, has_ttl, has_flags;
	uint64_t id;
	struct wire_ip dst, src; /* family 0: none */
	uint8_t tos, ttl;	 /* IP6: traffic class, hop limit */
	uint16_t flags;
	uint8_t n_labels; /* MPLS, outermost first */
	uint32_t label[NL_MPLS_LABELS_MAX];
	uint64_t locator; /* ILA, in network order */
};

/* One leg of a multipath route. */
struct nl_hop {
	struct wire_ip via; /* family 0: on link */
	char ifname[IFNAMSIZ];
	uint16_t weight; /* 1..256; 0: not said */
	bool onlink;
	uint32_t realms; /* from << 16 | to */
	struct nl_encap encap;
};

/* Metrics by their number (RTAX_MTU...), all but RTAX_LOCK and RTAX_CC_ALGO. */
#define NL_METRIC_MAX 17

enum nl_route_mode { NL_ROUTE_PREPEND, NL_ROUTE_ADD, NL_ROUTE_APPEND };

struct nl_whole_route {
	sa_family_t family;
	uint8_t type; /* RTN_*; RTN_UNICAST */
	struct wire_ip dst;
	uint8_t dst_len;    /* 0: default */
	struct wire_ip src; /* `from`, IPv6; family 0: none */
	uint8_t src_len;
	struct wire_ip prefsrc, via; /* family 0: none */
	char ifname[IFNAMSIZ];	     /* "": none */
	char vrf[IFNAMSIZ];	     /* "": none; else its table counts in place of table */
	uint8_t tos;
	uint32_t table; /* RT_TABLE_MAIN and so on, never 0 */
	uint8_t protocol;
	bool has_scope, has_metric, has_expires, has_pref, has_ttl_propagate;
	uint8_t scope;
	uint32_t metric;
	bool onlink;
	uint32_t realms;
	uint32_t expires_s;
	uint8_t pref; /* ICMPv6: 0 medium, 1 high, 3 low */
	bool ttl_propagate;
	uint32_t has_metrics; /* bit n: metrics[n] is set */
	uint32_t metrics[NL_METRIC_MAX + 1];
	uint32_t lock; /* bit n: metric n is locked */
	const char *congctl;
	enum nl_route_mode mode;
	struct nl_encap encap;
	unsigned n_hops;
	const struct nl_hop *hops;
};

struct nl_whole_rule {
	sa_family_t family;
	uint8_t action; /* FR_ACT_* */
	bool invert;
	struct wire_ip from, to;
	uint8_t from_len, to_len; /* 0: all */
	uint32_t priority;
	uint32_t table;	 /* with FR_ACT_TO_TBL, but for l3mdev */
	uint32_t target; /* with FR_ACT_GOTO */
	uint8_t tos;
	bool has_fwmark, has_fwmask;
	uint32_t fwmark, fwmask;
	uint32_t realms;
	int32_t suppress_len; /* -1: none */
	bool has_suppress_group;
	uint32_t suppress_group;
	char iif[IFNAMSIZ], oif[IFNAMSIZ];
	uint64_t tunnel_id; /* 0: none */
	bool has_uids;
	uint32_t uid_lo, uid_hi;
	bool l3mdev;
	uint8_t protocol;
	bool has_ipproto;
	uint8_t ipproto;
	uint16_t sport_lo, sport_hi, dport_lo, dport_hi; /* 0: none */
};

/* ---- text (route_text.c) --------------------------------------------------------------------- */

void nl_route_text(const struct nl_whole_route *r, struct buf *out);
/* What the kernel tells routes apart by, but for the way they lead: equal keys of two routes mean
 * that one can replace the other in place. */
void nl_route_key(const struct nl_whole_route *r, struct buf *out);
void nl_rule_text(const struct nl_whole_rule *r, struct buf *out);

/* ---- the kernel (route.c, rule.c) ------------------------------------------------------------ */

enum nl_change { NL_CHANGE_ADD, NL_CHANGE_REPLACE, NL_CHANGE_DEL };

/* -EEXIST, -ESRCH: it was there, it was not. A route whose table is a VRF's asks for that. */
int nl_route_change(struct nl *nl, const struct nl_whole_route *r, enum nl_change change);
/* -EEXIST, -ENOENT. REPLACE is not for rules. */
int nl_rule_change(struct nl *nl, const struct nl_whole_rule *r, enum nl_change change);

/* What a message of the monitor says about a route. */
struct nl_route_seen {
	bool gone;
	sa_family_t family;
	uint8_t type, tos, protocol, dst_len;
	struct wire_ip dst;
	uint32_t table, metric;
	int ifindex; /* 0: none, or several */
};

bool nl_route_decode(const struct nlmsghdr *h, struct nl_route_seen *out);
/* A whole rule, from the kernel's message; false: not one that we could have made. */
bool nl_rule_decode(const struct nlmsghdr *h, struct nl_whole_rule *out, bool *gone);

/* The number by which the kernel names this socket as the cause of a change (nlmsg_pid). */
uint32_t nl_port_id(const struct nl *nl);

#endif
