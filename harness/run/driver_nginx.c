/* nginx as a real server, in one process (a master that only waits would cost another start and
 * adds nothing here), in the foreground, with its errors on its output. The configuration says what
 * is served; where nginx keeps its pid and what it writes beside is said here, so the file must not
 * set daemon, master_process, user or pid again. It runs as the node's root, which in an ordinary
 * user's namespaces is the only user there is. */
#include "harness/run/driver.h"
#include "harness/run/program.h"

#include <signal.h>

static const char *binary(const struct run_order *order)
{
	(void)order;
	return "nginx";
}

static const char *const options[] = {
	"-e", "stderr",
	"-c", "/run/nginx.conf",
	"-g", "daemon off; master_process off; user root; pid /run/nginx.pid;",
	NULL};
static const char *const version_options[] = {"-v", NULL};

/* Debian's nginx makes its temporary folders itself, but only below this one. */
static int prepare(struct world *w, struct program *p)
{
	(void)w;
	return netns_write_in(p->node->ns, "/var/lib/nginx/.made-by-vipdrill", "", 0);
}

const struct driver driver_nginx = {
	.name = "nginx",
	.synopsis = "nginx FILE",
	.help = "nginx as a real server; FILE must not set daemon, master_process, user or pid",
	.is_ready_with_tcp = true,
	.reload_signal = SIGHUP,
	.config_path = "/run/nginx.conf",
	.binary = binary,
	.options = options,
	.version_options = version_options,
	.prepare = prepare,
};
