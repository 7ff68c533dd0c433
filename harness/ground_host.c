/* The host ground: a run on this machine's own kernel, in real time.
 *
 * The run goes on in a child process. As root it builds its namespaces here, with names vd-PID-*
 * below /run/netns. An ordinary user's child first makes itself root of a user namespace, with a
 * mount namespace in which /run is its own. What a killed child leaves, the next start sweeps.
 *
 * What the kernel has is found out by trying, in a network namespace that is thrown away: module
 * names and configuration files say what might be, not what works here for this user.
 */
#include "harness/ground.h"
#include "harness/run/run.h"
#include "harness/watch.h"
#include "netns/private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOST_GRACE_MS 5000

/* ---- a place with privileges --------------------------------------------------------------- */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = write(fd, text, strlen(text)) < 0 ? -errno : 0;

	close(fd);
	return err;
}

static int map_to_root(unsigned uid, unsigned gid)
{
	char map[64];
	int err = write_file("/proc/self/setgroups", "deny");

	snprintf(map, sizeof(map), "0 %u 1", uid);
	if (!err)
		err = write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	return err ? err : write_file("/proc/self/gid_map", map);
}

/* A tmpfs over /run; what the run needs below it stays. */
static int own_run_folder(const struct run_order *order)
{
	const char *const keep[] = {order->dir, order->vipd_path, order->keepalived_path};
	int trees[3] = {-1, -1, -1};
	int err = 0;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (keep[i] && strncmp(keep[i], "/run/", 5) == 0)
			trees[i] = private_take(keep[i]);
	if (mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0)
		err = -errno;
	for (int i = 0; i < 3; i++) {
		if (trees[i] >= 0 && !err)
			err = private_put(trees[i], keep[i]);
		if (trees[i] >= 0)
			close(trees[i]);
	}
	return err;
}

/* True: this process may make network namespaces as it is. It is moved into a new one. */
static bool enter_as_root(void)
{
	return geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
}

static int enter_as_user(void)
{
	unsigned uid = geteuid(), gid = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0)
		return -errno;
	return map_to_root(uid, gid);
}

/* ---- what the kernel has ------------------------------------------------------------------- */

static bool has_family(const char *name)
{
	struct nl_sock *sock = nl_socket_alloc();
	bool has = sock && genl_connect(sock) == 0 && genl_ctrl_resolve(sock, name) >= 0;

	if (sock)
		nl_socket_free(sock);
	return has;
}

/* The nf_tables subsystem answers a request for its generation only where it is there. */
static bool has_nftables(void)
{
	struct nfgenmsg header = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc_simple((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETGEN,
						NLM_F_REQUEST | NLM_F_ACK);
	bool has = sock && msg && nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO) == 0 &&
		   nl_connect(sock, NETLINK_NETFILTER) == 0 && nl_send_auto(sock, msg) >= 0 &&
		   nl_wait_for_ack(sock) == 0;

	nlmsg_free(msg);
	if (sock)
		nl_socket_free(sock);
	return has;
}

static unsigned probe_here(void)
{
	struct nl *nl = NULL;
	struct nl_netem netem = {.delay_us = 1};
	unsigned has = 0;

	if (nl_open(&nl) < 0)
		return 0;
	if (has_family("IPVS"))
		has |= SCN_NEED_IPVS;
	if (has_nftables())
		has |= SCN_NEED_NFTABLES;
	if (nl_netem_set(nl, nl_link_index(nl, "lo"), &netem) == 0)
		has |= SCN_NEED_NETEM;
	if (nl_link_kind_works(nl, "vlan"))
		has |= SCN_NEED_VLAN;
	if (nl_link_kind_works(nl, "bond"))
		has |= SCN_NEED_BOND;
	if (nl_link_kind_works(nl, "vrf"))
		has |= SCN_NEED_VRF;
	nl_release(nl);
	return has;
}

/* Runs fn in a child in a fresh network namespace; its answer, or -errno where there is none. */
static int in_throw_away(unsigned (*fn)(void))
{
	int fds[2], answer = -EPERM;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	pid_t pid = fork();

	if (pid == 0) {
		int err = enter_as_root() ? 0 : enter_as_user();

		answer = err ? err : (int)fn();
		_exit(write(fds[1], &answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
	}
	close(fds[1]);
	if (pid < 0 || read(fds[0], &answer, sizeof(answer)) != sizeof(answer))
		answer = -EIO;
	close(fds[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return answer;
}

static unsigned nothing(void)
{
	return 0;
}

static unsigned host_has(void)
{
	int has = in_throw_away(probe_here);

	return has < 0 ? 0 : (unsigned)has;
}

static const char *host_missing(void)
{
	int answer = in_throw_away(nothing);

	if (answer >= 0)
		return NULL;
	return geteuid() == 0 ? "this machine permits no network namespaces"
			      : "not root, and this machine permits no user namespaces";
}

/* ---- the run ------------------------------------------------------------------------------- */

static void tell(void *ctx, const struct ground_progress *p)
{
	watch_tell_progress(*(int *)ctx, p);
}

_Noreturn static void be_child(const struct run_order *order, pid_t parent, int fd)
{
	char why[512] = "", prefix[24];
	sigset_t none;
	int err = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* Not the terminal's: it ends when the parent says so. */
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_IGN);
	snprintf(prefix, sizeof(prefix), "vd-%d-", (int)getpid());
	if (!enter_as_root()) {
		err = enter_as_user();
		if (!err)
			err = own_run_folder(order);
		if (err)
			snprintf(why, sizeof(why), "no namespaces of our own: %s", strerror(-err));
	}
	/* What has no namespace stays the machine's: no program of a node sets its clock, loads its
	 * modules or stops it. */
	prctl(PR_CAPBSET_DROP, CAP_SYS_TIME);
	prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE);
	prctl(PR_CAPBSET_DROP, CAP_SYS_BOOT);
	/* A user namespace's change of credentials cleared it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (!err)
		err = run_order_execute(order, prefix, tell, &fd, why, sizeof(why));
	watch_tell_end(fd, err, why);
	exit(err ? 1 : 0);
}

static void blame_host(void *ctx, char *text, size_t text_bytes)
{
	(void)ctx;
	snprintf(text, text_bytes, "the run loop itself no longer moves");
}

static void print_line(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
}

static enum ground_result host_run(const struct run_order *order,
				   void (*progress)(void *ctx, const struct ground_progress *p),
				   void *ctx, char *why, size_t why_bytes)
{
	const char *missing = host_missing();
	int fds[2];

	ground_sweep(NULL, NULL);
	if (missing || order->virtual_time) {
		snprintf(why, why_bytes, "%s",
			 missing ? missing : "the host ground has no virtual time");
		return GROUND_FAILED;
	}
	if (pipe2(fds, O_CLOEXEC) < 0) {
		snprintf(why, why_bytes, "pipe: %s", strerror(errno));
		return GROUND_FAILED;
	}
	fflush(NULL);
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		close(fds[0]);
		be_child(order, parent, fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		snprintf(why, why_bytes, "fork: %s", strerror(errno));
		close(fds[0]);
		return GROUND_FAILED;
	}
	struct watch w = {
		.pid = pid,
		.fd = fds[0],
		.watchdog_ms = order->watchdog_ms,
		.grace_ms = HOST_GRACE_MS,
		.progress = progress,
		.progress_ctx = ctx,
		.line = print_line,
		.blame = blame_host,
	};
	enum ground_result result = watch_child(&w, why, why_bytes);

	/* Names of a child that had to be killed; and again for what was killed a moment before the
	 * start and may have died only since. */
	ground_sweep(NULL, NULL);
	return result;
}

const struct ground ground_host = {
	.name = "host",
	.has = host_has,
	.missing = host_missing,
	.run = host_run,
};
