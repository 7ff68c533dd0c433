/* BFD sessions, the groups of announcements, keys of adverts: known by name
 * only so far, each block gives one warning. Scripts, files and processes are kw_tracked.c's.
 */
#include "daemon/conf/draft.h"

const struct conf_keyword kw_garp_group[] = {
	KW_PLANNED("garp_interval", "DECIMAL SECS", "minimum spacing of gratuitous ARPs"),
	KW_PLANNED("gna_interval", "DECIMAL SECS", "minimum spacing of unsolicited NAs"),
	KW_PLANNED("interface", "IFNAME", "interface the limit applies to"),
	KW_PLANNED("interfaces", "{ IFNAME ... }", "interfaces sharing one common limit"),
	KW_END,
};

const struct conf_keyword kw_bfd[] = {
	KW_PLANNED("neighbor_ip", "IPADDR", "remote BFD peer"),
	KW_PLANNED("neighbour_ip", "IPADDR", "alias of neighbor_ip"),
	KW_PLANNED("source_ip", "IPADDR", "local address of the session"),
	KW_PLANNED("min_rx", "MSECS decimal 1..4294967", "required minimum receive interval"),
	KW_PLANNED("min_tx", "MSECS decimal 1..4294967", "desired minimum transmit interval"),
	KW_PLANNED("idle_tx", "MSECS decimal 1000..4294967",
		   "transmit interval while session is not up"),
	KW_PLANNED("multiplier", "1..255", "missed packets before session is down"),
	KW_PLANNED("passive", "", "wait for the peer to talk first"),
	KW_PLANNED("ttl", "1..255", "IPv4 TTL of sent packets"),
	KW_PLANNED("hoplimit", "1..255", "IPv6 hop limit of sent packets"),
	KW_PLANNED("max_hops", "-1..255", "tolerated TTL reduction on received packets"),
	KW_PLANNED("multihop", "[BOOL]", "use the multihop port 4784"),
	KW_PLANNED("weight", "-253..253 [reverse]",
		   "default priority adjustment for tracking instances"),
	KW_PLANNED("vrrp", "", "send events to the VRRP process only"),
	KW_PLANNED("checker", "", "send events to the checker process only"),
	KW_END,
};
