/* Interface tracking as a table: which interfaces are down, and what becomes of the router. */
#include "daemon/vrrp/track.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ctx: the names of the interfaces that are down, with a blank around each */
static bool is_up(void *ctx, const char *ifname)
{
	char name[IFNAMSIZ + 2];

	name[0] = ' ';
	memcpy(name + 1, ifname, strlen(ifname) + 1);
	memcpy(name + strlen(name), " ", 2);
	return strstr(ctx, name) == NULL;
}

static struct vrrp_track judge(const struct conf_instance *c, const char *down)
{
	char copy[64];

	memcpy(copy, down, strlen(down) + 1);
	struct vrrp_track_eyes eyes = {.is_up = is_up, .ctx = copy};

	return vrrp_track_judge(c, &eyes);
}

static void check(const struct conf_instance *c, const char *down, bool fault, int priority)
{
	struct vrrp_track t = judge(c, down);

	if (t.fault != fault || t.priority != priority)
		fail_msg("down:%s: fault %d priority %d, expected fault %d priority %d", down,
			 t.fault, t.priority, fault, priority);
}

static void test_own_interface(void **state)
{
	struct conf_instance c = {.ifname = "eth0", .priority = 100};

	(void)state;
	check(&c, " ", false, 100);
	check(&c, " eth0 ", true, 100);
	check(&c, " eth1 ", false, 100);
	c.dont_track_primary = true;
	check(&c, " eth0 ", false, 100);
}

static void test_vip_interfaces(void **state)
{
	struct conf_vip excluded = {.ifname = "eth2"};
	struct conf_vip same = {.ifname = "eth0"};
	struct conf_vip vip = {.ifname = "eth1", .next = &same};
	struct conf_instance c = {.ifname = "eth0",
				  .priority = 100,
				  .dont_track_primary = true,
				  .vips = &vip,
				  .vips_excluded = &excluded};

	(void)state;
	check(&c, " ", false, 100);
	check(&c, " eth1 ", true, 100);
	check(&c, " eth2 ", true, 100);
	check(&c, " eth0 ", false, 100); /* an address there does not undo dont_track_primary */
	vip.no_track = excluded.no_track = true;
	check(&c, " eth1 eth2 ", false, 100);
}

static void test_weights(void **state)
{
	struct conf_track_if minus = {.ifname = "eth2", .weight = -30};
	struct conf_track_if plus = {.ifname = "eth1", .weight = 20, .next = &minus};
	struct conf_instance c = {.ifname = "eth0", .priority = 100, .track_ifs = &plus};

	(void)state;
	check(&c, " ", false, 120);
	check(&c, " eth1 ", false, 100);
	check(&c, " eth2 ", false, 90);
	check(&c, " eth1 eth2 ", false, 70);
	plus.reverse = minus.reverse = true;
	check(&c, " ", false, 80); /* what is added has the other sign */
	check(&c, " eth1 eth2 ", false, 130);
}

static void test_fault(void **state)
{
	struct conf_track_if t = {.ifname = "eth1"};
	struct conf_instance c = {.ifname = "eth0", .priority = 100, .track_ifs = &t};

	(void)state;
	check(&c, " ", false, 100);
	check(&c, " eth1 ", true, 100);
	t.reverse = true;
	check(&c, " ", true, 100);
	check(&c, " eth1 ", false, 100);
}

/* 1..254, whatever is added; 254 counts as 253. */
static void test_limits(void **state)
{
	struct conf_track_if t = {.ifname = "eth1", .weight = 254};
	struct conf_instance c = {.ifname = "eth0", .priority = 1, .track_ifs = &t};

	(void)state;
	check(&c, " ", false, 254);
	c.priority = 100;
	check(&c, " ", false, 254);
	t.weight = -254;
	check(&c, " eth1 ", false, 1);
	c.priority = 254;
	check(&c, " eth1 ", false, 1);
}

static void test_owner(void **state)
{
	struct conf_track_if fault = {.ifname = "eth2"};
	struct conf_track_if t = {.ifname = "eth1", .weight = -50, .next = &fault};
	struct conf_instance c = {.ifname = "eth0", .priority = 255, .track_ifs = &t};

	(void)state;
	check(&c, " eth1 ", false, 255);
	check(&c, " eth2 ", true, 255);
}

static void test_group(void **state)
{
	struct conf_track_if of_group = {.ifname = "eth3"};
	struct conf_sync_group g = {.track_ifs = &of_group};
	struct conf_track_if t = {.ifname = "eth1", .weight = -50};
	struct conf_instance c = {.ifname = "eth0", .priority = 100, .track_ifs = &t, .group = &g};

	(void)state;
	check(&c, " ", false, 100);
	check(&c, " eth1 ", true, 100); /* a weight in a group is a fault */
	check(&c, " eth3 ", true, 100);
	of_group.weight = -20; /* the group's own weights count, for each member */
	check(&c, " ", false, 100);
	check(&c, " eth3 ", false, 80);
	c.priority = 255;
	check(&c, " eth1 eth3 ", false, 255); /* an owner's is dropped */
}

static bool always_up(void *ctx, const char *ifname)
{
	(void)ctx;
	(void)ifname;
	return true;
}

static struct track_status status(void *ctx, const struct conf_tracked *what)
{
	(void)what;
	return *(struct track_status *)ctx;
}

static void check_tracked(const struct conf_instance *c, struct track_status s, bool fault,
			  bool held, int priority)
{
	struct vrrp_track_eyes eyes = {.is_up = always_up, .status = status, .ctx = &s};
	struct vrrp_track t = vrrp_track_judge(c, &eyes);

	if (t.fault != fault || t.held != held || t.priority != priority)
		fail_msg("fault %d held %d priority %d, expected %d %d %d", t.fault, t.held,
			 t.priority, fault, held, priority);
}

/* Scripts and processes: as interfaces, and not known at first. */
static void test_tracked(void **state)
{
	const struct track_status unknown = {.known = false}, good = {.known = true, .good = true};
	const struct track_status bad = {.known = true};
	struct conf_tracked what = {.kind = CONF_TRACKED_PROCESS, .name = "p"};
	struct conf_track t = {.what = &what};
	struct conf_sync_group g = {.tracks = &t};
	struct conf_instance c = {.ifname = "eth0", .priority = 100, .tracks = &t};

	(void)state;
	check_tracked(&c, unknown, false, true, 100);
	check_tracked(&c, good, false, false, 100);
	check_tracked(&c, bad, true, false, 100);
	t.reverse = true;
	check_tracked(&c, good, true, false, 100);
	check_tracked(&c, bad, false, false, 100);
	t.weight = 20; /* reverse */
	check_tracked(&c, unknown, false, false, 100);
	check_tracked(&c, good, false, false, 80);
	t.reverse = false;
	check_tracked(&c, good, false, false, 120);
	check_tracked(&c, bad, false, false, 100);
	t.weight = -20;
	check_tracked(&c, bad, false, false, 80);
	c.tracks = NULL;
	c.group = &g; /* the group's */
	check_tracked(&c, bad, false, false, 80);
	c.priority = 255;
	check_tracked(&c, bad, false, false, 255);
}

static void test_file(void **state)
{
	struct conf_tracked what = {.kind = CONF_TRACKED_FILE, .name = "f"};
	struct conf_track t = {.what = &what, .weight = 2};
	struct conf_instance c = {.ifname = "eth0", .priority = 100, .tracks = &t};

	(void)state;
	check_tracked(&c, (struct track_status){.known = true, .value = -7}, false, false, 86);
	check_tracked(&c, (struct track_status){.known = true, .value = -127}, true, false, 100);
	t.weight = 0;
	check_tracked(&c, (struct track_status){.known = true, .value = 1}, true, false, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_interface), cmocka_unit_test(test_vip_interfaces),
		cmocka_unit_test(test_weights),	      cmocka_unit_test(test_fault),
		cmocka_unit_test(test_limits),	      cmocka_unit_test(test_owner),
		cmocka_unit_test(test_group),	      cmocka_unit_test(test_tracked),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
