/* The text for nftables: which sets the addresses of an instance go to, and that one which accepts
 * adds nothing. That nftables takes it and what it does is shown by scenarios/vrrp/no-accept.scn.
 */
#include "daemon/vrrp/firewall.h"
#include "lib/base/must.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char wanted[] =
	"add table inet vipd\n"
	"delete table inet vipd\n"
	"table inet vipd {\n"
	"	set vips { type ipv4_addr; }\n"
	"	set vips6 { type ipv6_addr; }\n"
	"	set vips_link_local { type ipv6_addr . ifname; }\n"
	"	chain in {\n"
	"		type filter hook input priority -1; policy accept;\n"
	"		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
	"		ip daddr @vips counter drop\n"
	"		ip6 daddr @vips6 counter drop\n"
	"		ip6 daddr . iifname @vips_link_local counter drop\n"
	"	}\n"
	"	chain out {\n"
	"		type filter hook output priority -1; policy accept;\n"
	"		icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
	"		ip saddr @vips counter drop\n"
	"		ip6 saddr @vips6 counter drop\n"
	"		ip6 saddr . oifname @vips_link_local counter drop\n"
	"	}\n"
	"}\n"
	"add element inet vipd vips { 192.0.2.65 }\n"
	"add element inet vipd vips_link_local { fe80::65 . \"eth0\" }\n"
	"add element inet vipd vips6 { 2001:db8::65 }\n"
	"delete element inet vipd vips { 192.0.2.65 }\n"
	"delete element inet vipd vips_link_local { fe80::65 . \"eth0\" }\n"
	"delete element inet vipd vips6 { 2001:db8::65 }\n";

static void test_text(void **state)
{
	static const char *const ips[] = {"192.0.2.65", "fe80::65", "2001:db8::65"};
	struct conf_nft conf = {.table = "vipd", .priority = -1, .counters = true};
	struct conf_instance instance = {.ifname = "eth0"};
	struct conf_vip vip[3] = {0};
	struct buf text = {0};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		must(wire_ip_parse(ips[i], &vip[i].ip));
		vip[i].next = i < 2 ? &vip[i + 1] : NULL;
	}
	vip[0].next = NULL;
	instance.vips = &vip[0];
	instance.vips_excluded = &vip[1];
	firewall_text_table(&conf, &text);
	firewall_text_vips(&conf, &instance, true, &text);
	firewall_text_vips(&conf, &instance, false, &text);
	assert_string_equal(buf_text(&text), wanted);
	buf_clear(&text);
	instance.accept = true;
	firewall_text_vips(&conf, &instance, true, &text);
	assert_int_equal(text.len, 0);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
