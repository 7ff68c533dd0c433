/* The lab with real guests. This program is its own guest: booted as pid 1 it does what its task
 * says. Skipped, visibly, where the lab kernel is not built.
 */
#include "harness/guest.h"
#include "harness/lab.h"
#include "lib/base/mono.h"
#include "lib/nl/nl.h"
#include "netns/netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- inside -------------------------------------------------------------------------------- */

static void tell(int64_t ns, const char *text)
{
	struct ground_progress p = {.virtual_ns = ns, .text = text};

	watch_tell_progress(1, &p);
}

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

static int task_spin(void)
{
	tell(1500000000, "about to spin");
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, "greedy one");
		for (volatile unsigned long n = 0;; n++)
			;
	}
	waitpid(pid, NULL, 0);
	return 0;
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

static _Noreturn void be_guest(void)
{
	const char *task = getenv("VIPDRILL_GUEST");
	char why[256] = "";
	int err = -EINVAL;

	if (strcmp(task, "vandal") == 0)
		err = task_vandal(why, sizeof(why));
	else if (strcmp(task, "look") == 0)
		err = task_look(why, sizeof(why));
	else if (strcmp(task, "spin") == 0)
		err = task_spin();
	else if (strcmp(task, "ring") == 0)
		err = task_fork_with_ring(why, sizeof(why));
	else if (strcmp(task, "keepalived") == 0)
		err = task_keepalived(why, sizeof(why));
	else if (strcmp(task, "panic") == 0)
		_exit(7);
	else if (strcmp(task, "sleep") == 0) {
		tell(0, "asleep");
		for (;;)
			pause();
	} else
		guest_main();
	guest_end(err, why);
}

/* ---- outside ------------------------------------------------------------------------------- */

struct lab_test {
	char init[PATH_MAX];
	char base[64];
	char dir[128]; /* with a blank in it, below /tmp: the worst place */
	char why[512];
	struct buf console;
	char last[128]; /* the last text of progress */
};

static int set_up(void **state)
{
	struct lab_test *t = calloc(1, sizeof(*t));
	ssize_t n = readlink("/proc/self/exe", t->init, sizeof(t->init) - 1);

	assert_true(n > 0);
	snprintf(t->base, sizeof(t->base), "/tmp/vipdrill-lab-test-XXXXXX");
	assert_non_null(mkdtemp(t->base));
	snprintf(t->dir, sizeof(t->dir), "%s/a run,100%% \"odd\"", t->base);
	assert_int_equal(mkdir(t->dir, 0755), 0);
	*state = t;
	return 0;
}

static void remove_all(const char *path)
{
	const char *const argv[] = {"rm", "-rf", "--", path, NULL};
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

static int tear_down(void **state)
{
	struct lab_test *t = *state;

	remove_all(t->base);
	buf_free(&t->console);
	free(t);
	return 0;
}

static void need_lab(void)
{
	const char *missing = ground_lab.missing();

	if (missing) {
		print_message("%s: ", missing);
		skip();
	}
}

static void take_progress(void *ctx, const struct ground_progress *p)
{
	struct lab_test *t = ctx;

	snprintf(t->last, sizeof(t->last), "%lld %s", (long long)p->virtual_ns, p->text);
}

static enum ground_result boot(struct lab_test *t, const char *task, const char *seed)
{
	struct lab_guest guest = {
		.init = t->init,
		.task = task,
		.out_dir = t->dir,
		.seed = seed,
		.virtual_time = true,
		.watchdog_ms = strcmp(task, "spin") == 0 ? 1500 : 30000,
		.progress = take_progress,
		.progress_ctx = t,
		.console = &t->console,
	};

	buf_clear(&t->console);
	return lab_guest_run(&guest, t->why, sizeof(t->why));
}

static void assert_done(struct lab_test *t, enum ground_result result)
{
	if (result != GROUND_DONE)
		fail_msg("result %d, why: %s\nconsole:\n%s", result, t->why, buf_text(&t->console));
}

static void read_out(struct lab_test *t, const char *name, struct buf *out)
{
	char path[256];

	buf_clear(out);
	snprintf(path, sizeof(path), "%s/%s", t->dir, name);
	assert_int_equal(buf_read_file(out, path, 1 << 20), 0);
}

static void test_an_empty_run(void **state)
{
	struct lab_test *t = *state;

	need_lab();
	mono_t before = mono_now();

	assert_done(t, boot(t, "nothing", "1"));
	print_message("boot to power-off of an empty run: %.3f s\n",
		      (double)mono_diff(mono_now(), before) / 1e9);
	assert_string_equal(buf_text(&t->console), "");
}

static void test_the_place_and_its_time(void **state)
{
	struct lab_test *t = *state;
	struct buf first = {0}, again = {0}, other = {0};

	need_lab();
	mono_t before = mono_now();

	assert_done(t, boot(t, "look", "7"));
	read_out(t, "look", &first);
	assert_done(t, boot(t, "look", "7"));
	read_out(t, "look", &again);
	assert_done(t, boot(t, "look", "8"));
	read_out(t, "look", &other);
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

	need_lab();
	write_file(t->base, "decoy", "here");
	write_file(t->dir, "witness", "here");
	assert_done(t, boot(t, "vandal", "1"));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/vipdrill-vandal", folders[i]);
		if (unlink(path) == 0)
			fail_msg("%s was written from inside the lab", path);
	}
	snprintf(path, sizeof(path), "%s/decoy", t->base);
	assert_int_equal(access(path, R_OK), 0);
	snprintf(path, sizeof(path), "%s/vipdrill-vandal", t->base);
	assert_int_equal(access(path, F_OK), -1);
	read_out(t, "witness", &out);
	assert_string_equal(buf_text(&out), "here");
	buf_free(&out);
}

/* Processes of this user whose command line holds the text. */
static int count_processes(const char *text)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int n = 0;

	while ((entry = readdir(proc))) {
		char path[300];
		struct buf line = {0};

		snprintf(path, sizeof(path), "/proc/%s/cmdline", entry->d_name);
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' &&
		    buf_read_file(&line, path, 1 << 20) == 0 && line.len) {
			for (size_t i = 0; i + 1 < line.len; i++)
				if (!line.data[i])
					line.data[i] = ' ';
			n += strstr(buf_text(&line), text) != NULL;
		}
		buf_free(&line);
	}
	closedir(proc);
	return n;
}

static void test_time_that_stands_still_names_the_process(void **state)
{
	struct lab_test *t = *state;

	need_lab();
	assert_int_equal(boot(t, "spin", "1"), GROUND_STUCK);
	if (!strstr(t->why, "the process `greedy one` (pid ") ||
	    !strstr(t->why, "at 1.500 s of the run"))
		fail_msg("why: %s", t->why);
	/* Nothing goes on spinning. */
	for (int i = 0; i < 50 && count_processes("VIPDRILL_GUEST=spin"); i++)
		poll(NULL, 0, 100);
	assert_int_equal(count_processes("VIPDRILL_GUEST=spin"), 0);
}

static void test_a_guest_that_panics_says_why(void **state)
{
	struct lab_test *t = *state;

	need_lab();
	assert_int_equal(boot(t, "panic", "1"), GROUND_FAILED);
	if (!strstr(t->why,
		    "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000700"))
		fail_msg("why: %s", t->why);
}

static void test_fork_with_an_open_capture(void **state)
{
	struct lab_test *t = *state;

	need_lab();
	assert_done(t, boot(t, "ring", "1"));
	if (strstr(buf_text(&t->console), "BUG"))
		fail_msg("console:\n%s", buf_text(&t->console));
}

static void test_two_nodes_with_keepalived(void **state)
{
	struct lab_test *t = *state;
	struct buf out = {0};

	need_lab();
	if (access("/usr/sbin/keepalived", X_OK) < 0) {
		print_message("keepalived is not installed: ");
		skip();
	}
	mono_t before = mono_now();

	assert_done(t, boot(t, "keepalived", "1"));
	print_message("boot, two nodes with keepalived for 20 virtual seconds, power-off: %.3f s\n",
		      (double)mono_diff(mono_now(), before) / 1e9);
	read_out(t, "look", &out);
	const char *vip = strstr(buf_text(&out), "192.0.2.100/24");

	assert_non_null(vip);				/* one has it */
	assert_null(strstr(vip + 1, "192.0.2.100/24")); /* and only one */
	buf_free(&out);
}

static void count_line(void *ctx, const char *line)
{
	(void)line;
	++*(int *)ctx;
}

static int guest_folders(void)
{
	int n = 0;
	const char *const bases[] = {"/dev/shm", "/tmp"};

	for (int i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/vipdrill-%u", bases[i], (unsigned)geteuid());
		DIR *dir = opendir(path);
		struct dirent *entry;

		while (dir && (entry = readdir(dir)))
			n += strncmp(entry->d_name, "guest-", 6) == 0;
		if (dir)
			closedir(dir);
	}
	return n;
}

/* A harness of its own, so that it can be killed. Returns when its guest is up. */
static pid_t start_harness(struct lab_test *t, int *done_fd)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();

	if (pid == 0) {
		close(fds[0]);
		unsetenv("XDG_RUNTIME_DIR"); /* where guest_folders() looks */
		enum ground_result result = boot(t, "sleep", "1");

		_exit(result == GROUND_INTERRUPTED ? 42 : 1);
	}
	close(fds[1]);
	for (int i = 0; i < 100 && count_processes("VIPDRILL_GUEST=sleep") < 1; i++)
		poll(NULL, 0, 20);
	poll(NULL, 0, 200);
	*done_fd = fds[0];
	return pid;
}

static void wait_for_no_process(void)
{
	for (int i = 0; i < 100 && count_processes("VIPDRILL_GUEST=sleep"); i++)
		poll(NULL, 0, 50);
	assert_int_equal(count_processes("VIPDRILL_GUEST=sleep"), 0);
}

static void test_nothing_is_left_of_a_killed_harness(void **state)
{
	struct lab_test *t = *state;
	int fd, status, swept = 0;

	need_lab();
	unsetenv("XDG_RUNTIME_DIR");
	lab_state_sweep(NULL, NULL);
	int before = guest_folders();
	pid_t pid = start_harness(t, &fd);

	assert_int_equal(guest_folders(), before + 1);
	assert_int_equal(lab_state_sweep(count_line, &swept), 0); /* it lives */
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	wait_for_no_process();
	close(fd);
	assert_int_equal(lab_state_sweep(count_line, &swept), 1);
	assert_int_equal(swept, 1);
	assert_int_equal(guest_folders(), before);
}

static void test_an_interrupted_harness_clears_up(void **state)
{
	struct lab_test *t = *state;
	const int signals[] = {SIGINT, SIGTERM};

	need_lab();
	unsetenv("XDG_RUNTIME_DIR");
	int before = guest_folders();

	for (int i = 0; i < 2; i++) {
		int fd, status;
		pid_t pid = start_harness(t, &fd);

		kill(pid, signals[i]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
		close(fd);
		wait_for_no_process();
		assert_int_equal(guest_folders(), before);
	}
}

static void test_the_kernel_has_what_scenarios_need(void **state)
{
	(void)state;
	need_lab();
	assert_int_equal(ground_lab.has(), SCN_NEED_IPVS | SCN_NEED_NETEM | SCN_NEED_VLAN |
						   SCN_NEED_BOND | SCN_NEED_VRF |
						   SCN_NEED_NFTABLES | SCN_NEED_VIRTUAL_TIME);
}

#define lab_test(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	if (guest_here())
		be_guest();
	const struct CMUnitTest tests[] = {
		lab_test(test_an_empty_run),
		lab_test(test_the_place_and_its_time),
		lab_test(test_a_scenario_cannot_change_this_machine),
		lab_test(test_time_that_stands_still_names_the_process),
		lab_test(test_a_guest_that_panics_says_why),
		lab_test(test_fork_with_an_open_capture),
		lab_test(test_two_nodes_with_keepalived),
		lab_test(test_nothing_is_left_of_a_killed_harness),
		lab_test(test_an_interrupted_harness_clears_up),
		lab_test(test_the_kernel_has_what_scenarios_need),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
