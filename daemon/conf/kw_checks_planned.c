/* The checks that are known by name only so far. A real server with one of them and no other is
 * not checked: it stays up, as its one warning says by naming the check.
 */
#include "daemon/conf/draft.h"

static const struct conf_keyword ssl_url[] = {
	KW_PLANNED("path", "STRING", "request path"),
	KW_PLANNED("digest", "32 HEX digits", "expected MD5 of the body"),
	KW_PLANNED("status_code", "N|N-M ... (100..599)", "accepted status codes"),
	KW_PLANNED("virtualhost", "STRING", "Host header of this request"),
	KW_PLANNED("regex", "STRING", "pattern the reply must match"),
	KW_PLANNED("regex_no_match", "", "reply must not match instead"),
	KW_PLANNED("regex_options", "NAME ...", "PCRE2 compile options"),
	KW_PLANNED("regex_min_offset", "UINT", "search starts at this byte"),
	KW_PLANNED("regex_max_offset", "UINT", "search ends before this byte"),
	KW_PLANNED("regex_stack", "START MAX (bytes)", "JIT stack sizes"),
	KW_PLANNED("tls_compliant", "[BOOL]", "same, for this request"),
	KW_END,
};

const struct conf_keyword kw_ssl_get[] = {
	KW_PLANNED("connect_ip", "IPADDR", "address to probe"),
	KW_PLANNED("connect_port", "1..65535", "port to probe"),
	KW_PLANNED("bindto", "IPADDR", "local address of the probe"),
	KW_PLANNED("bind_port", "1..65535", "local port of the probe"),
	KW_PLANNED("bind_if", "IFNAME", "interface of the probe (for link-local)"),
	KW_PLANNED("connect_timeout", "DECIMAL SECS > 0", "time limit of one probe"),
	KW_PLANNED("fwmark", "UINT32", "firewall mark of probe packets"),
	KW_PLANNED("retry", "UINT32 >= 0", "extra attempts before failure"),
	KW_PLANNED("delay_before_retry", "DECIMAL SECS", "wait between attempts"),
	KW_PLANNED("warmup", "DECIMAL SECS", "upper bound of random start delay"),
	KW_PLANNED("delay_loop", "DECIMAL SECS > 0", "period of this checker"),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW_PLANNED("nb_get_retry", "UINT32", "alias of retry"),
	KW_PLANNED("virtualhost", "STRING", "Host header of its requests"),
	KW_PLANNED("http_protocol", "1.0|1.0C|1.0c|1.1",
		   "request version; C or 1.1 adds Connection: close"),
	KW_PLANNED("enable_sni", "[BOOL]", "send TLS server name"),
	KW_PLANNED("sni_name", "STRING", "explicit TLS server name"),
	KW_PLANNED("fast_recovery", "[BOOL]", "probe all URLs quickly after recovery"),
	KW_PLANNED("tls_compliant", "[BOOL]", "missing TLS close notification counts as failure"),
	KW_PLANNED_BLOCK("url", "", "one request to make", ssl_url),
	KW_END,
};

const struct conf_keyword kw_misc_check[] = {
	KW_PLANNED("retry", "UINT32 >= 0", "extra attempts before failure"),
	KW_PLANNED("delay_before_retry", "DECIMAL SECS", "wait between attempts"),
	KW_PLANNED("warmup", "DECIMAL SECS", "upper bound of random start delay"),
	KW_PLANNED("delay_loop", "DECIMAL SECS > 0", "period of this checker"),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW_PLANNED("misc_path", "CMDLINE", "command to run"),
	KW_PLANNED("misc_timeout", "SECS (integer)", "time limit of the command"),
	KW_PLANNED("misc_dynamic", "", "exit 2..255 sets weight to status minus 2"),
	KW_PLANNED("user", "USER [[:]GROUP]", "who runs the command"),
	KW_END,
};

static const struct conf_keyword smtp_host[] = {
	KW_PLANNED("connect_ip", "IPADDR", "address to probe"),
	KW_PLANNED("connect_port", "1..65535", "port to probe"),
	KW_PLANNED("bindto", "IPADDR", "local address of the probe"),
	KW_PLANNED("bind_port", "1..65535", "local port of the probe"),
	KW_PLANNED("bind_if", "IFNAME", "interface of the probe (for link-local)"),
	KW_PLANNED("connect_timeout", "DECIMAL SECS > 0", "time limit of one probe"),
	KW_PLANNED("fwmark", "UINT32", "firewall mark of probe packets"),
	KW_PLANNED("retry", "UINT32 >= 0", "extra attempts before failure"),
	KW_PLANNED("delay_before_retry", "DECIMAL SECS", "wait between attempts"),
	KW_PLANNED("warmup", "DECIMAL SECS", "upper bound of random start delay"),
	KW_PLANNED("delay_loop", "DECIMAL SECS > 0", "period of this checker"),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW_END,
};

const struct conf_keyword kw_smtp_check[] = {
	KW_PLANNED("connect_ip", "IPADDR", "address to probe"),
	KW_PLANNED("connect_port", "1..65535", "port to probe"),
	KW_PLANNED("bindto", "IPADDR", "local address of the probe"),
	KW_PLANNED("bind_port", "1..65535", "local port of the probe"),
	KW_PLANNED("bind_if", "IFNAME", "interface of the probe (for link-local)"),
	KW_PLANNED("connect_timeout", "DECIMAL SECS > 0", "time limit of one probe"),
	KW_PLANNED("fwmark", "UINT32", "firewall mark of probe packets"),
	KW_PLANNED("retry", "UINT32 >= 0", "extra attempts before failure"),
	KW_PLANNED("delay_before_retry", "DECIMAL SECS", "wait between attempts"),
	KW_PLANNED("warmup", "DECIMAL SECS", "upper bound of random start delay"),
	KW_PLANNED("delay_loop", "DECIMAL SECS > 0", "period of this checker"),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW_PLANNED("helo_name", "STRING", "name in HELO"),
	KW_PLANNED_BLOCK("host", "", "deprecated connection settings block", smtp_host),
	KW_END,
};

const struct conf_keyword kw_dns_check[] = {
	KW_PLANNED("connect_ip", "IPADDR", "address to probe"),
	KW_PLANNED("connect_port", "1..65535", "port to probe"),
	KW_PLANNED("bindto", "IPADDR", "local address of the probe"),
	KW_PLANNED("bind_port", "1..65535", "local port of the probe"),
	KW_PLANNED("bind_if", "IFNAME", "interface of the probe (for link-local)"),
	KW_PLANNED("connect_timeout", "DECIMAL SECS > 0", "time limit of one probe"),
	KW_PLANNED("fwmark", "UINT32", "firewall mark of probe packets"),
	KW_PLANNED("retry", "UINT32 >= 0", "extra attempts before failure"),
	KW_PLANNED("delay_before_retry", "DECIMAL SECS", "wait between attempts"),
	KW_PLANNED("warmup", "DECIMAL SECS", "upper bound of random start delay"),
	KW_PLANNED("delay_loop", "DECIMAL SECS > 0", "period of this checker"),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW_PLANNED("type", "A|NS|CNAME|SOA|MX|TXT|AAAA|RRSIG|DNSKEY", "query type"),
	KW_PLANNED("name", "DOMAIN", "query name"),
	KW_END,
};

const struct conf_keyword kw_udp_check[] = {
	KW_PLANNED("connect_ip", "IPADDR", "address to probe"),
	KW_PLANNED("connect_port", "1..65535", "port to probe"),
	KW_PLANNED("bindto", "IPADDR", "local address of the probe"),
	KW_PLANNED("bind_port", "1..65535", "local port of the probe"),
	KW_PLANNED("bind_if", "IFNAME", "interface of the probe (for link-local)"),
	KW_PLANNED("connect_timeout", "DECIMAL SECS > 0", "time limit of one probe"),
	KW_PLANNED("fwmark", "UINT32", "firewall mark of probe packets"),
	KW_PLANNED("retry", "UINT32 >= 0", "extra attempts before failure"),
	KW_PLANNED("delay_before_retry", "DECIMAL SECS", "wait between attempts"),
	KW_PLANNED("warmup", "DECIMAL SECS", "upper bound of random start delay"),
	KW_PLANNED("delay_loop", "DECIMAL SECS > 0", "period of this checker"),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW_PLANNED("payload", "HEX", "data to send"),
	KW_PLANNED("require_reply", "[HEX, x = any nibble]",
		   "a reply, optionally matching, is needed"),
	KW_PLANNED("min_reply_length", "0..65535", "smallest accepted reply"),
	KW_PLANNED("max_reply_length", "0..65535", "largest accepted reply"),
	KW_END,
};

const struct conf_keyword kw_ping_check[] = {
	KW_PLANNED("connect_ip", "IPADDR", "address to probe"),
	KW_PLANNED("connect_port", "1..65535", "port to probe"),
	KW_PLANNED("bindto", "IPADDR", "local address of the probe"),
	KW_PLANNED("bind_port", "1..65535", "local port of the probe"),
	KW_PLANNED("bind_if", "IFNAME", "interface of the probe (for link-local)"),
	KW_PLANNED("connect_timeout", "DECIMAL SECS > 0", "time limit of one probe"),
	KW_PLANNED("fwmark", "UINT32", "firewall mark of probe packets"),
	KW_PLANNED("retry", "UINT32 >= 0", "extra attempts before failure"),
	KW_PLANNED("delay_before_retry", "DECIMAL SECS", "wait between attempts"),
	KW_PLANNED("warmup", "DECIMAL SECS", "upper bound of random start delay"),
	KW_PLANNED("delay_loop", "DECIMAL SECS > 0", "period of this checker"),
	KW_PLANNED("alpha", "[BOOL]", "this checker starts as failed"),
	KW_PLANNED("log_all_failures", "[BOOL]", "log every failed attempt"),
	KW_END,
};

const struct conf_keyword kw_file_check[] = {
	KW_PLANNED("track_file", "NAME", "track_file to follow"),
	KW_PLANNED("weight", "-2147483647..2147483647 [reverse|noreverse]",
		   "multiplier applied to the file value"),
	KW_END,
};

const struct conf_keyword kw_bfd_check[] = {
	KW_PLANNED("name", "BFD_NAME", "bfd_instance to follow"),
	KW_PLANNED("alpha", "[BOOL]", "starts as failed"),
	KW_END,
};
