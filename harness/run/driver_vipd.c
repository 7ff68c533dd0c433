/* vipd: reads the same file as keepalived, at the same place, and takes the same options. It is run
 * from wherever the order says, so that tests can put a broken one in its place. */
#include "harness/run/driver.h"

#include <signal.h>

static const char *binary(const struct run_order *order)
{
	return order->vipd_path ? order->vipd_path : "vipd";
}

static const char *const options[] = {
	"-n", "-l", "-D", "-f", "/run/keepalived.conf", "-p", "/run/vipd.pid", NULL};
static const char *const version_options[] = {"--version", NULL};

const struct driver driver_vipd = {
	.name = "vipd",
	.synopsis = "vipd FILE",
	.help = "vipd of this project, with a keepalived.conf",
	.is_director = true,
	.reload_signal = SIGHUP,
	.config_path = "/run/keepalived.conf",
	.binary = binary,
	.options = options,
	.version_options = version_options,
};
