/* What a guest is like inside: its file system, its time, its random numbers, what its kernel has;
 * and what it can do to this machine (nothing). This program is its own guest. Skipped, visibly,
 * where the lab kernel is not built.
 */
#include "harness/lab_test.h"
#include "lib/nl/nl.h"
#include "netns/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* ---- inside -------------------------------------------------------------------------------- */

/* Runs words in the node and waits; -1: it could not be started. */
static int run_in(struct netns_node *node, const char *const *argv, int out_fd)
{
	struct netns_spawn what = {.argv = argv, .stdout_fd = out_fd, .stderr_fd = out_fd};
	struct pollfd pfd = {.fd = netns_node_fd(node), .events = POLLIN};
	pid_t pid, ended;
	int status = -1;

	int err = netns_spawn(node, &what, &pid);
	if (err) {
		fprintf(stderr, "%s: %s\n", argv[0], strerror(-err));
		return -1;
	}
	while (poll(&pfd, 1, -1) < 0)
		;
	return netns_node_exit(node, &ended, &status) == 1 ? status : -1;
}

/* A scenario that tries hard to leave something on the machine that it runs on: $1 is the run's
 * folder, $2 the folder above it with a decoy to destroy. It only ever touches names made for it.
 */
static int task_vandal(char *why, size_t why_bytes)
{
	static const char script[] =
		"scribble() { for d in \"$1\" \"$1\"/{etc,usr,usr/bin,home,root,tmp,var,var/tmp,"
		"var/lib,var/log,run,opt,srv,boot,dev/shm} \"$1$3\"; do "
		"echo vandal > \"$d/vipdrill-vandal\"; done; rm -f \"$1$3/decoy\"; }; "
		"exec 2>/dev/null; mount >&1; scribble '' \"$1\" \"$2\"; "
		"mount -o remount,rw /; mount -o remount,bind,rw /; scribble '' \"$1\" \"$2\"; "
		"mkdir -p /tmp/m; mount -t hostfs none /tmp/m && scribble /tmp/m \"$1\" \"$2\"; "
		"mount -o remount,rw /tmp/m; scribble /tmp/m \"$1\" \"$2\"; "
		"mkdir -p /tmp/n; mount -t hostfs none /tmp/n -o \"$3/..\"; "
		"echo vandal > /tmp/n/vipdrill-vandal; "
		"mount -t hostfs none /tmp/n -o \"$2\"; echo vandal > /tmp/n/vipdrill-vandal; "
		"rm -f /tmp/n/decoy; exit 0";
	const char *const nothing[] = {NULL};
	char dir[PATH_MAX], above[PATH_MAX];
	struct netns *net = NULL;
	struct netns_node *node = NULL;
	int err = guest_prepare(nothing, why, why_bytes);

	guest_out_dir(dir, sizeof(dir));
	if (!err)
		err = netns_open(&net, "");
	if (!err)
		err = netns_node_add(net, "a", &node);
	if (err)
		return err;
	snprintf(above, sizeof(above), "%s", dir);
	*strrchr(above, '/') = '\0';
	const char *const argv[] = {
		"bash", "-c", script, "bash", dir, above, getenv("VIPDRILL_MOUNT"), NULL};

	return run_in(node, argv, -1) == 0 ? 0 : -EIO;
}

/* Does what the answer depends on: time, random numbers, and what the place looks like. */
static int task_look(char *why, size_t why_bytes)
{
	const char *const nothing[] = {NULL};
	const char *const argv[] = {
		"bash", "-c",
		"hostname; date -u +%FT%T.%N; sleep 100; date -u +%FT%T.%N; "
		"od -An -tx8 -N16 /dev/urandom; ip -o link; id -u; "
		"ipvsadm -ln; tc qdisc add dev lo root netem delay 5ms && "
		"tc qdisc show dev lo; nft add table x && nft list ruleset; "
		"ip link add vrf7 type vrf table 5; ip link add bond7 type bond; "
		"ip link add dum7 type dummy; "
		"ip link add link dum7 name vlan7 type vlan id 5; ip -br link; "
		"touch /etc/x /var/lib/x /run/x && echo writable; "
		"ls /run/vipdrill; uname -rv",
		NULL};
	struct netns *net = NULL;
	struct netns_node *node = NULL;
	int err = guest_prepare(nothing, why, why_bytes);

	if (!err)
		err = netns_open(&net, "");
	if (!err)
		err = netns_node_add(net, "a", &node);
	if (err)
		return err;
	int fd = open(GUEST_OUT "/look", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return -errno;
	err = run_in(node, argv, fd) == -1 ? -EIO : 0;
	close(fd);
	netns_close(net);
	return err;
}

/* The kernel's fault that lab.md tells of: fork with an open packet ring. */
static int task_fork_with_ring(char *why, size_t why_bytes)
{
	const char *const nothing[] = {NULL};
	int err = guest_prepare(nothing, why, why_bytes);

	if (err)
		return err;
	const char *const argv[] = {"bash", "-c",
				    "timeout 5 tcpdump -i lo -w /tmp/x.pcap -Z root & sleep 1; "
				    "for i in 1 2 3; do echo > /dev/udp/127.0.0.1/9; done; wait; "
				    "[ $(tcpdump -r /tmp/x.pcap 2>/dev/null | wc -l) -ge 3 ]",
				    NULL};
	struct netns *net = NULL;
	struct netns_node *node = NULL;

	err = netns_open(&net, "");
	if (!err)
		err = netns_node_add(net, "a", &node);
	if (err)
		return err;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0x0300);
	struct {
		unsigned block_size, block_nr, frame_size, frame_nr;
	} ring = {1 << 16, 8, 2048, 256};

	if (fd < 0 || setsockopt(fd, 263, 5, &ring, sizeof(ring)) < 0)
		return -errno;
	char *map = mmap(NULL, 8 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	for (int i = 0; i < 5; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			map[i << 16] = 1;
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
	return run_in(node, argv, 2) == 0 ? 0 : -EIO;
}

static int task_keepalived(char *why, size_t why_bytes)
{
	static const char conf[] = "global_defs { router_id x\n vrrp_version 3\n}\n"
				   "vrrp_instance V { state BACKUP\n interface eth0\n "
				   "virtual_router_id 1\n priority %d\n"
				   "advert_int 1\n virtual_ipaddress { 192.0.2.100/24\n }\n}\n";
	const char *const nothing[] = {NULL};
	const char *const argv[] = {"keepalived", "-n", "-l", "-D", NULL};
	struct netns_spawn what = {.argv = argv, .stdout_fd = -1, .stderr_fd = -1};
	struct netns *net = NULL;
	struct netns_segment *lan;
	struct netns_node *nodes[2];
	char text[512];
	int err = guest_prepare(nothing, why, why_bytes);

	if (!err)
		err = netns_open(&net, "");
	if (!err)
		err = netns_segment_add(net, "lan", false, &lan);
	for (int i = 0; i < 2 && !err; i++) {
		uint8_t mac[6] = {2, 0x76, 0x64, 0, 0, (uint8_t)(i + 1)};
		struct wire_ip ip = {.family = AF_INET, .bytes = {192, 0, 2, (uint8_t)(i + 1)}};
		pid_t pid;

		err = netns_node_add(net, i ? "b" : "a", &nodes[i]);
		if (!err)
			err = netns_port_add(nodes[i], "eth0", lan, mac);
		struct nl *nl = err ? NULL : netns_nl(net, nodes[i]);

		if (!err)
			err = nl_addr_add(nl, nl_link_index(nl, "eth0"), &ip, 24, 0);
		snprintf(text, sizeof(text), conf, 100 - i);
		if (!err)
			err = netns_write_in(nodes[i], "/etc/keepalived/keepalived.conf", text,
					     strlen(text));
		if (!err)
			err = netns_spawn(nodes[i], &what, &pid);
	}
	if (err)
		return err;
	sleep(20);
	const char *const look[] = {"ip", "-o", "-4", "addr", "show", "eth0", NULL};
	int fd = open(GUEST_OUT "/look", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	for (int i = 0; i < 2; i++)
		run_in(nodes[i], look, fd);
	close(fd);
	return 0;
}

/* Tests of other parts that need what only the lab kernel has: run there, from the project's root,
 * with what they print in the run's folder. */
static const char *const lab_programs[] = {"build/release/lib/nl/nl_test",
					   "build/release/lib/ipvs/kernel_test", NULL};

static int run_program(const char *program, const char *print_to)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open(print_to, O_WRONLY | O_CREAT | O_TRUNC, 0644);

		dup2(fd, 1);
		dup2(fd, 2);
		execl(program, program, NULL);
		dprintf(2, "%s: %s\n", program, strerror(errno));
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

static int task_programs(const char *self, char *why, size_t why_bytes)
{
	char root[PATH_MAX], print_to[64];
	const char *const keep[] = {root, NULL};

	snprintf(root, sizeof(root), "%s", self);
	for (int i = 0; i < 4; i++) /* build/release/harness/guest_test */
		*strrchr(root, '/') = '\0';
	int err = guest_prepare(keep, why, why_bytes);

	if (!err && chdir(root) < 0)
		err = -errno;
	for (int i = 0; lab_programs[i] && !err; i++) {
		if (access(lab_programs[i], X_OK) < 0)
			continue;
		snprintf(print_to, sizeof(print_to), GUEST_OUT "/program-%d", i);
		if (run_program(lab_programs[i], print_to) != 0) {
			snprintf(why, why_bytes, "%s failed", lab_programs[i]);
			err = -EIO;
		}
	}
	return err;
}

static _Noreturn void be_guest(const char *self, const char *task)
{
	char why[256] = "";
	int err = -EINVAL;

	if (strcmp(task, "vandal") == 0)
		err = task_vandal(why, sizeof(why));
	else if (strcmp(task, "look") == 0)
		err = task_look(why, sizeof(why));
	else if (strcmp(task, "ring") == 0)
		err = task_fork_with_ring(why, sizeof(why));
	else if (strcmp(task, "keepalived") == 0)
		err = task_keepalived(why, sizeof(why));
	else if (strcmp(task, "programs") == 0)
		err = task_programs(self, why, sizeof(why));
	else
		guest_main();
	guest_end(err, why);
}

/* ---- outside ------------------------------------------------------------------------------- */

static void test_an_empty_run(void **state)
{
	struct lab_test *t = *state;

	lab_need_lab();
	mono_t before = mono_now();

	lab_assert_done(t, lab_boot(t, "nothing", "1"));
	print_message("boot to power-off of an empty run: %.3f s\n",
		      (double)mono_diff(mono_now(), before) / 1e9);
	assert_string_equal(buf_text(&t->console), "");
}

static void test_the_place_and_its_time(void **state)
{
	struct lab_test *t = *state;
	struct buf first = {0}, again = {0}, other = {0};

	lab_need_lab();
	mono_t before = mono_now();

	lab_assert_done(t, lab_boot(t, "look", "7"));
	lab_read_out(t, "look", &first);
	lab_assert_done(t, lab_boot(t, "look", "7"));
	lab_read_out(t, "look", &again);
	lab_assert_done(t, lab_boot(t, "look", "8"));
	lab_read_out(t, "look", &other);
	/* 300 s of virtual time */
	assert_true(mono_diff(mono_now(), before) < 60 * NS_PER_S);
	assert_string_equal(buf_text(&first), buf_text(&again));
	assert_string_not_equal(buf_text(&first), buf_text(&other));
	static const char *const expected[] = {"a\n2026-01-01T00:00:",
					       "\n2026-01-01T00:01:4",
					       "IP Virtual Server",
					       "netem",
					       "delay 5ms",
					       "table ip x",
					       "\nvrf7 ",
					       "\nbond7 ",
					       "\nvlan7@dum7 ",
					       "writable",
					       "6.",
					       "2026"};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (!strstr(buf_text(&first), expected[i]))
			fail_msg("'%s' is not in:\n%s", expected[i], buf_text(&first));
	buf_free(&first);
	buf_free(&again);
	buf_free(&other);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void test_a_scenario_cannot_change_this_machine(void **state)
{
	struct lab_test *t = *state;
	struct buf out = {0};
	static const char *const folders[] = {"",	  "/etc",     "/usr",	  "/usr/bin",
					      "/home",	  "/root",    "/tmp",	  "/var",
					      "/var/tmp", "/var/lib", "/var/log", "/run",
					      "/opt",	  "/srv",     "/boot",	  "/dev/shm"};
	char path[256];

	lab_need_lab();
	write_file(t->base, "decoy", "here");
	write_file(t->dir, "witness", "here");
	lab_assert_done(t, lab_boot(t, "vandal", "1"));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/vipdrill-vandal", folders[i]);
		if (unlink(path) == 0)
			fail_msg("%s was written from inside the lab", path);
	}
	snprintf(path, sizeof(path), "%s/decoy", t->base);
	assert_int_equal(access(path, R_OK), 0);
	snprintf(path, sizeof(path), "%s/vipdrill-vandal", t->base);
	assert_int_equal(access(path, F_OK), -1);
	lab_read_out(t, "witness", &out);
	assert_string_equal(buf_text(&out), "here");
	buf_free(&out);
}

static void test_fork_with_an_open_capture(void **state)
{
	struct lab_test *t = *state;

	lab_need_lab();
	lab_assert_done(t, lab_boot(t, "ring", "1"));
	if (strstr(buf_text(&t->console), "BUG"))
		fail_msg("console:\n%s", buf_text(&t->console));
}

static void test_two_nodes_with_keepalived(void **state)
{
	struct lab_test *t = *state;
	struct buf out = {0};

	lab_need_lab();
	if (access("/usr/sbin/keepalived", X_OK) < 0) {
		print_message("keepalived is not installed: ");
		skip();
	}
	mono_t before = mono_now();

	lab_assert_done(t, lab_boot(t, "keepalived", "1"));
	print_message("boot, two nodes with keepalived for 20 virtual seconds, power-off: %.3f s\n",
		      (double)mono_diff(mono_now(), before) / 1e9);
	lab_read_out(t, "look", &out);
	const char *vip = strstr(buf_text(&out), "192.0.2.100/24");

	assert_non_null(vip);				/* one has it */
	assert_null(strstr(vip + 1, "192.0.2.100/24")); /* and only one */
	buf_free(&out);
}

static void test_the_kernel_has_what_scenarios_need(void **state)
{
	(void)state;
	lab_need_lab();
	assert_int_equal(ground_lab.has(), SCN_NEED_IPVS | SCN_NEED_NETEM | SCN_NEED_VLAN |
						   SCN_NEED_BOND | SCN_NEED_VRF |
						   SCN_NEED_NFTABLES | SCN_NEED_VIRTUAL_TIME);
}

static void test_programs_that_need_the_lab_kernel(void **state)
{
	struct lab_test *t = *state;
	struct buf out = {0};
	char path[256];

	lab_need_lab();
	enum ground_result result = lab_boot(t, "programs", "1");

	for (int i = 0; lab_programs[i]; i++) {
		snprintf(path, sizeof(path), "%s/program-%d", t->dir, i);
		buf_clear(&out);
		if (buf_read_file(&out, path, 1 << 20) < 0) {
			print_message("%s is not built\n", lab_programs[i]);
			continue;
		}
		/* Here nothing may be missing. */
		if (result != GROUND_DONE || strstr(buf_text(&out), "SKIPPED"))
			fail_msg("%s in the lab:\n%s", lab_programs[i], buf_text(&out));
	}
	lab_assert_done(t, result);
	buf_free(&out);
}

int main(int argc, char **argv)
{
	(void)argc;
	const char *task = getenv("VIPDRILL_GUEST");

	if (guest_here() && task)
		be_guest(argv[0], task);
	const struct CMUnitTest tests[] = {
		lab_unit(test_an_empty_run),
		lab_unit(test_the_place_and_its_time),
		lab_unit(test_a_scenario_cannot_change_this_machine),
		lab_unit(test_fork_with_an_open_capture),
		lab_unit(test_two_nodes_with_keepalived),
		lab_unit(test_the_kernel_has_what_scenarios_need),
		lab_unit(test_programs_that_need_the_lab_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
