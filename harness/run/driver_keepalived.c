/* keepalived, unmodified: in the foreground, logging in detail to its standard error and not to
 * syslog, with its pid files in the node's own /run. It is one process for VRRP, one for the
 * checkers and a parent; a kill by SIGKILL or SIGSTOP goes to the whole group (program.c). */
#include "harness/run/driver.h"

#include <signal.h>

static const char *binary(const struct run_order *order)
{
	return order->keepalived_path ? order->keepalived_path : "keepalived";
}

static const char *const options[] = {"-n", "-l",
				      "-D", "-G",
				      "-f", "/run/keepalived.conf",
				      "-p", "/run/keepalived.pid",
				      "-r", "/run/keepalived_vrrp.pid",
				      "-c", "/run/keepalived_checkers.pid",
				      NULL};
static const char *const version_options[] = {"--version", NULL};

const struct driver driver_keepalived = {
	.name = "keepalived",
	.synopsis = "keepalived FILE",
	.help = "Debian's keepalived, unmodified",
	.is_director = true,
	.reload_signal = SIGHUP,
	.config_path = "/run/keepalived.conf",
	.binary = binary,
	.options = options,
	.version_options = version_options,
};
