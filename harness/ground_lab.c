/* The lab: a guest on the lab kernel for each run, in virtual time or in real time, as any user.
 *
 * The guest's root is this machine's file system, read-only; the run's folder is the one place that
 * it can write. The order travels as DIR/inputs/run.json. What the guest's kernel complains of goes
 * to stderr, and into DIR/logs/console.log, which is there only in that case: an untroubled run
 * leaves the same files, byte for byte, every time.
 */
#include "harness/lab.h"
#include "harness/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* There only in a program that was built with AddressSanitizer. */
extern void __asan_init(void) __attribute__((weak));

static const char *lab_missing(void)
{
	struct lab_kernel kernel;
	const char *why;

	if (__asan_init)
		return "this vipdrill is built with AddressSanitizer, which cannot run as a guest";
	lab_kernel_find(&kernel, &why);
	return why;
}

static unsigned lab_has(void)
{
	static const struct {
		unsigned need;
		const char *option;
	} needs[] = {
		{SCN_NEED_IPVS, "CONFIG_IP_VS"},
		{SCN_NEED_NETEM, "CONFIG_NET_SCH_NETEM"},
		{SCN_NEED_VLAN, "CONFIG_VLAN_8021Q"},
		{SCN_NEED_BOND, "CONFIG_BONDING"},
		{SCN_NEED_VRF, "CONFIG_NET_VRF"},
		{SCN_NEED_NFTABLES, "CONFIG_NF_TABLES"},
		{SCN_NEED_VIRTUAL_TIME, "CONFIG_UML_TIME_TRAVEL_SUPPORT"},
	};
	struct lab_kernel kernel;
	const char *why;
	unsigned has = 0;

	if (!lab_kernel_find(&kernel, &why))
		return 0;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (lab_kernel_has(&kernel, needs[i].option))
			has |= needs[i].need;
	return has;
}

static void keep_console(const char *dir, const struct buf *console)
{
	char path[PATH_MAX];

	if (!console->len)
		return;
	fwrite(console->data, 1, console->len, stderr);
	if (snprintf(path, sizeof(path), "%s/logs", dir) >= (int)sizeof(path) - 20)
		return;
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		return;
	strncat(path, "/console.log", sizeof(path) - strlen(path) - 1);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return;
	if (write(fd, console->data, console->len) < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	close(fd);
}

static enum ground_result lab_run(const struct run_order *order,
				  void (*progress)(void *ctx, const struct ground_progress *p),
				  void *ctx, char *why, size_t why_bytes)
{
	struct buf console = {0};
	char init[PATH_MAX], seed[24];
	const char *missing = lab_missing();

	ground_sweep(NULL, NULL);
	if (missing) {
		snprintf(why, why_bytes, "%s", missing);
		return GROUND_FAILED;
	}
	ssize_t n = readlink("/proc/self/exe", init, sizeof(init) - 1);
	int err = n < 0 ? -errno : run_order_write(order);

	if (err) {
		snprintf(why, why_bytes, "the order cannot be written to %s: %s", order->dir,
			 strerror(-err));
		return GROUND_FAILED;
	}
	init[n] = '\0';
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)order->seed);
	struct lab_guest guest = {
		.init = init,
		.task = "run",
		.out_dir = order->dir,
		.seed = seed,
		.virtual_time = order->virtual_time,
		.watchdog_ms = order->watchdog_ms,
		.progress = progress,
		.progress_ctx = ctx,
		.console = &console,
	};
	enum ground_result result = lab_guest_run(&guest, why, why_bytes);

	/* Again: what was killed a moment before the start may have died only since. */
	ground_sweep(NULL, NULL);
	keep_console(order->dir, &console);
	buf_free(&console);
	return result;
}

void ground_sweep(void (*log)(void *ctx, const char *line), void *ctx)
{
	lab_state_sweep(log, ctx);
	netns_sweep(log, ctx);
}

const struct ground ground_lab = {
	.name = "lab",
	.has = lab_has,
	.missing = lab_missing,
	.run = lab_run,
};
