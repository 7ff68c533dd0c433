/* Blocks of things that are tracked: scripts, files, processes, BFD sessions, and the groups of
 * static items and of announcements. All of them are known by name only so far: each block gives
 * one warning.
 */
#include "daemon/conf/draft.h"

const struct conf_keyword kw_track_group[] = {
	KW_PLANNED("group", "{ VRRP_INSTANCE ... }", "members of the static track group"),
	KW_END,
};

const struct conf_keyword kw_track_file[] = {
	KW_PLANNED("file", "PATH", "file to watch with inotify"),
	KW_PLANNED("weight", "-254..254 [reverse]", "default multiplier of file value"),
	KW_PLANNED("init_file", "[INT] [overwrite]", "create file at startup"),
	KW_END,
};

const struct conf_keyword kw_track_process[] = {
	KW_PLANNED("process", "NAME|PATH [ARG ...]", "process to count, optionally with arguments"),
	KW_PLANNED("param_match", "[initial|partial]", "how configured arguments are compared"),
	KW_PLANNED("weight", "-254..254 [reverse]",
		   "priority adjustment; 0 means FAULT on failure"),
	KW_PLANNED("quorum", "1..65535", "fewest matching processes for success"),
	KW_PLANNED("quorum_max", "0..65535", "most matching processes for success"),
	KW_PLANNED("delay", "DECIMAL SECS 0.000001..3600",
		   "sets both fork_delay and terminate_delay"),
	KW_PLANNED("terminate_delay", "DECIMAL SECS 0.000001..3600",
		   "wait after quorum loss before acting"),
	KW_PLANNED("fork_delay", "DECIMAL SECS 0.000001..3600",
		   "wait after quorum gain before acting"),
	KW_PLANNED("full_command", "", "compare the whole command line"),
	KW_END,
};

const struct conf_keyword kw_script[] = {
	KW_PLANNED("script", "CMDLINE", "command to run"),
	KW_PLANNED("interval", "DECIMAL SECS >= 0.001", "time between runs"),
	KW_PLANNED("timeout", "DECIMAL SECS >= 0.001", "time after which a run counts as failed"),
	KW_PLANNED("weight", "-253..253 [reverse]",
		   "priority adjustment; 0 means FAULT on failure"),
	KW_PLANNED("rise", "N >= 1", "successes needed to go up"),
	KW_PLANNED("fall", "N >= 1", "failures needed to go down"),
	KW_PLANNED("user", "USER [[:]GROUP]", "who runs the command"),
	KW_PLANNED("init_fail", "", "start in failed state"),
	KW_END,
};

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
