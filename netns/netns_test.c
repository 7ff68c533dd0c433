/* On a real kernel: as root on the machine's own, as an ordinary user in a user namespace. Each
 * test runs in a child process, with its own mount namespace and its own /run.
 */
#include "lib/base/buf.h"
#include "netns/netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const uint8_t mac_1[6] = {2, 0x76, 0x64, 0, 0, 1};
static const uint8_t mac_2[6] = {2, 0x76, 0x64, 0, 0, 2};

static int write_all(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	int err = write(fd, text, strlen(text)) < 0 ? -errno : 0;

	close(fd);
	return err;
}

/* A place where /run is ours. False where the machine permits no namespaces. */
static bool enter_place(void)
{
	char map[64];
	unsigned uid = geteuid(), gid = getegid();

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) < 0)
			return false;
		snprintf(map, sizeof(map), "0 %u 1", uid);
		if (write_all("/proc/self/setgroups", "deny") ||
		    write_all("/proc/self/uid_map", map))
			return false;
		snprintf(map, sizeof(map), "0 %u 1", gid);
		if (write_all("/proc/self/gid_map", map))
			return false;
	}
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("tmpfs", "/run", "tmpfs", 0, NULL) == 0;
}

static void have_place(void)
{
	if (!enter_place()) {
		print_message("namespaces are not permitted here: ");
		skip();
	}
}

/* Starts a program in a node and returns its wait status; what it prints goes to out. */
static int run_in(struct netns_node *node, struct buf *out, const char *const *argv)
{
	struct netns_spawn what = {.argv = argv};
	int pipe_fds[2], status = -1;
	pid_t pid = 0, ended = 0;
	char chunk[4096];
	ssize_t n;

	buf_clear(out);
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	what.stdout_fd = what.stderr_fd = pipe_fds[1];
	assert_int_equal(netns_spawn(node, &what, &pid), 0);
	close(pipe_fds[1]);
	while ((n = read(pipe_fds[0], chunk, sizeof(chunk))) > 0)
		buf_add(out, chunk, (size_t)n);
	close(pipe_fds[0]);
	struct pollfd pfd = {.fd = netns_node_fd(node), .events = POLLIN};

	assert_int_equal(poll(&pfd, 1, 10000), 1);
	assert_int_equal(netns_node_exit(node, &ended, &status), 1);
	assert_int_equal(ended, pid);
	assert_int_equal(netns_node_exit(node, &ended, &status), 0);
	return status;
}

#define run_words(node, out, ...) run_in((node), (out), (const char *const[]){__VA_ARGS__, NULL})

static void assert_has(const struct buf *out, const char *text)
{
	if (!strstr(buf_text(out), text))
		fail_msg("'%s' is not in:\n%s", text, buf_text(out));
}

struct two_nodes {
	struct netns *net;
	struct netns_segment *lan;
	struct netns_node *a, *b;
};

static void add_addr(struct netns *net, struct netns_node *node, const char *text, uint8_t len)
{
	struct nl *nl = netns_nl(net, node);
	struct wire_ip ip = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	inet_pton(ip.family, text, ip.bytes);
	assert_int_equal(nl_addr_add(nl, nl_link_index(nl, "eth0"), &ip, len, NL_ADDR_NODAD), 0);
}

static struct two_nodes two_nodes(const char *prefix)
{
	struct two_nodes t = {0};

	assert_int_equal(netns_open(&t.net, prefix), 0);
	assert_int_equal(netns_segment_add(t.net, "lan", false, &t.lan), 0);
	assert_int_equal(netns_node_add(t.net, "a", &t.a), 0);
	assert_int_equal(netns_node_add(t.net, "b", &t.b), 0);
	assert_int_equal(netns_port_add(t.a, "eth0", t.lan, mac_1), 0);
	assert_int_equal(netns_port_add(t.b, "eth0", t.lan, mac_2), 0);
	add_addr(t.net, t.a, "192.0.2.1", 24);
	add_addr(t.net, t.b, "192.0.2.2", 24);
	add_addr(t.net, t.a, "2001:db8::1", 64);
	add_addr(t.net, t.b, "2001:db8::2", 64);
	return t;
}

static void test_nodes_reach_each_other(void **state)
{
	struct buf out = {0};

	(void)state;
	have_place();
	struct two_nodes t = two_nodes("vd-1-");

	run_words(t.a, &out, "ip", "-o", "addr");
	assert_has(&out, "inet 127.0.0.1/8");
	assert_has(&out, "inet 192.0.2.1/24");
	assert_null(strstr(buf_text(&out), "tentative"));
	run_words(t.a, &out, "ip", "-o", "link", "show", "eth0");
	assert_has(&out, "02:76:64:00:00:01");
	/* ARP and ND across the bridge, seen by iproute2. */
	assert_int_equal(
		run_words(t.a, &out, "bash", "-c",
			  "echo > /dev/udp/192.0.2.2/9; echo > /dev/udp/2001:db8::2/9; "
			  "for i in 1 2 3 4 5 6 7 8 9; do sleep 0.1; "
			  "[ $(ip neigh | grep -c 02:76:64:00:00:02) -ge 2 ] && exit; done; "
			  "ip neigh; exit 1"),
		0);
	run_words(t.a, &out, "hostname");
	assert_string_equal(buf_text(&out), "a\n");
	assert_true(netns_wire_ifindex(t.a, "eth0") > 0);
	assert_int_equal(netns_wire_ifindex(t.a, "eth9"), -ENODEV);
	assert_int_equal(nl_link_index(netns_nl(t.net, NULL), "lan"), netns_segment_ifindex(t.lan));
	assert_int_equal(nl_link_index(netns_nl(t.net, NULL), "b-eth0"),
			 netns_wire_ifindex(t.b, "eth0"));
	netns_close(t.net);
	buf_free(&out);
}

/* What the names are for: other programs, and people, look into a node. */
static void test_names_serve_ip_netns(void **state)
{
	struct buf out = {0};

	(void)state;
	have_place();
	struct two_nodes t = two_nodes("vd-1-");
	int pipe_fds[2];
	char text[8192];

	assert_int_equal(pipe(pipe_fds), 0);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(pipe_fds[1], 1);
		dup2(pipe_fds[1], 2);
		execlp("ip", "ip", "netns", "exec", "vd-1-b", "ip", "-o", "-4", "addr", NULL);
		_exit(127);
	}
	close(pipe_fds[1]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	ssize_t n = read(pipe_fds[0], text, sizeof(text) - 1);

	assert_true(n > 0);
	text[n] = '\0';
	assert_non_null(strstr(text, "192.0.2.2/24"));
	assert_int_equal(access("/run/netns/vd-1-wire", F_OK), 0);
	netns_close(t.net);
	assert_int_equal(access("/run/netns/vd-1-wire", F_OK), -1);
	assert_int_equal(access("/run/netns", F_OK), -1);
	assert_int_equal(access("/run/vipdrill", F_OK), -1);
	buf_free(&out);
}

static void test_a_node_has_its_own_places_to_write(void **state)
{
	struct buf out = {0};
	struct stat st;

	(void)state;
	have_place();
	struct two_nodes t = two_nodes("vd-1-");

	assert_int_equal(
		run_words(t.a, &out, "bash", "-c",
			  "for d in /run /tmp /var/log /var/tmp /var/lib /etc /dev/shm; do "
			  "echo x > $d/vipdrill-was-here || exit 1; done"),
		0);
	assert_int_not_equal(
		run_words(t.a, &out, "touch", "/usr/vipdrill-was-here", "/vipdrill-was-here"), 0);
	assert_has(&out, "Read-only file system");
	assert_int_equal(stat("/etc/vipdrill-was-here", &st), -1);
	assert_int_equal(stat("/tmp/vipdrill-was-here", &st), -1);
	assert_int_equal(stat("/run/vipdrill-was-here", &st), -1);
	assert_int_equal(stat("/usr/vipdrill-was-here", &st), -1);
	assert_int_not_equal(run_words(t.b, &out, "cat", "/etc/vipdrill-was-here"), 0);
	assert_int_equal(run_words(t.b, &out, "cat", "/etc/passwd"), 0);
	/* Files that the harness brings. */
	assert_int_equal(netns_write_in(t.b, "/var/lib/new/folder/file", "words", 5), 0);
	assert_int_equal(run_words(t.b, &out, "cat", "/var/lib/new/folder/file"), 0);
	assert_string_equal(buf_text(&out), "words");
	assert_int_equal(netns_copy_in(t.b, "/etc/passwd", "/etc/vipdrill/copy"), 0);
	assert_int_equal(run_words(t.b, &out, "cmp", "/etc/passwd", "/etc/vipdrill/copy"), 0);
	assert_int_equal(netns_copy_in(t.b, "/no/such/file", "/tmp/x"), -ENOENT);
	assert_int_equal(netns_sysctl(t.b, "net.ipv4.ip_forward", "1"), 0);
	assert_int_equal(netns_sysctl(t.b, "net.ipv4.no_such_thing", "1"), -ENOENT);
	run_words(t.b, &out, "cat", "/proc/sys/net/ipv4/ip_forward");
	assert_string_equal(buf_text(&out), "1\n");
	run_words(t.a, &out, "cat", "/proc/sys/net/ipv4/ip_forward");
	assert_string_equal(buf_text(&out), "0\n");
	netns_close(t.net);
	buf_free(&out);
}

/* A vipd that was built below /tmp must run in a node, though the node's /tmp is its own. */
static void test_a_program_below_a_private_place_runs(void **state)
{
	struct buf out = {0};
	char dir[] = "/tmp/vipdrill a test XXXXXX", path[128];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/echo", dir);
	struct buf bytes = {0};

	assert_int_equal(buf_read_file(&bytes, "/bin/echo", 1 << 20), 0);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

	assert_int_equal(write(fd, bytes.data, bytes.len), (ssize_t)bytes.len);
	close(fd);
	buf_free(&bytes);
	bool placed = enter_place();

	if (placed) {
		struct two_nodes t = two_nodes("vd-1-");

		for (int i = 0; i < 2; i++) {
			assert_int_equal(run_words(t.a, &out, path, "hello"), 0);
			assert_string_equal(buf_text(&out), "hello\n");
		}
		netns_close(t.net);
	}
	unlink(path);
	rmdir(dir);
	buf_free(&out);
	if (!placed)
		skip();
}

static void test_programs_start_get_signals_and_end(void **state)
{
	struct buf out = {0};
	const char *const sleeper[] = {"sleep", "100", NULL};
	const char *const absent[] = {"/no/such/program", NULL};
	struct netns_spawn what = {.argv = sleeper, .stdout_fd = -1, .stderr_fd = -1};
	pid_t pid = 0, ended = 0;
	int status = 0;

	(void)state;
	have_place();
	struct two_nodes t = two_nodes("vd-1-");
	struct pollfd pfd = {.fd = netns_node_fd(t.a), .events = POLLIN};

	assert_int_equal(netns_spawn(t.a, &what, &pid), 0);
	assert_int_equal(netns_node_exit(t.a, &ended, &status), 0);
	assert_int_equal(netns_signal(t.a, pid, SIGTERM, false), 0);
	assert_int_equal(poll(&pfd, 1, 10000), 1);
	assert_int_equal(netns_node_exit(t.a, &ended, &status), 1);
	assert_int_equal(ended, pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	assert_int_equal(netns_signal(t.a, pid, SIGTERM, false), -ESRCH);
	assert_int_equal(netns_signal(t.a, 1, SIGTERM, false), -ESRCH);
	what.argv = absent;
	assert_int_equal(netns_spawn(t.a, &what, &pid), -ENOENT);
	/* A group: the shell's child dies with it. */
	const char *const shell[] = {"bash", "-c", "sleep 100 & wait", NULL};

	what.argv = shell;
	assert_int_equal(netns_spawn(t.a, &what, &pid), 0);
	run_words(t.b, &out, "sleep", "0.2");
	assert_int_equal(netns_signal(t.a, pid, SIGKILL, true), 0);
	assert_int_equal(poll(&pfd, 1, 10000), 1);
	assert_int_equal(netns_node_exit(t.a, &ended, &status), 1);
	run_words(t.a, &out, "bash", "-c", "for p in /proc/[0-9]*/comm; do cat $p; done");
	assert_null(strstr(buf_text(&out), "sleep"));
	run_words(t.a, &out, "env");
	assert_has(&out, "HOME=/root\n");
	assert_null(strstr(buf_text(&out), "OLDPWD"));
	netns_close(t.net);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no agent is left */
	buf_free(&out);
}

static void test_long_names_stay_apart(void **state)
{
	struct netns *net = NULL;
	struct netns_segment *lan, *other;
	struct netns_node *one, *two, *again;

	(void)state;
	have_place();
	assert_int_equal(netns_open(&net, ""), 0);
	assert_int_equal(netns_segment_add(net, "a-very-long-segment-1", false, &lan), 0);
	assert_int_equal(netns_segment_add(net, "a-very-long-segment-2", true, &other), 0);
	assert_int_not_equal(netns_segment_ifindex(lan), netns_segment_ifindex(other));
	assert_int_equal(netns_node_add(net, "real-server-number-1", &one), 0);
	assert_int_equal(netns_node_add(net, "real-server-number-2", &two), 0);
	assert_int_equal(netns_node_add(net, "real-server-number-2", &again), -EEXIST);
	assert_int_equal(netns_node_add(net, "wire", &again), -EEXIST);
	assert_int_equal(netns_port_add(one, "eth0", lan, mac_1), 0);
	assert_int_equal(netns_port_add(two, "eth0", lan, mac_2), 0);
	assert_int_not_equal(netns_wire_ifindex(one, "eth0"), netns_wire_ifindex(two, "eth0"));
	netns_close(net);
}

static void log_line(void *ctx, const char *line)
{
	buf_printf(ctx, "%s\n", line);
}

/* A harness that is killed: its programs end by themselves, its names with the next sweep. */
/* A name whose owner left no mark (an older version, a machine that lost power) goes too; what is
 * not ours stays. */
static void test_sweep_of_names_without_an_owner(void **state)
{
	struct buf log = {0};

	(void)state;
	have_place();
	assert_int_equal(mkdir("/run/netns", 0755), 0);
	close(open("/run/netns/vd-12-lb1", O_CREAT | O_CLOEXEC, 0444));
	close(open("/run/netns/vd-mine", O_CREAT | O_CLOEXEC, 0444));
	close(open("/run/netns/other", O_CREAT | O_CLOEXEC, 0444));
	assert_int_equal(netns_sweep(log_line, &log), 1);
	assert_string_equal(buf_text(&log), "removed /run/netns/vd-12-lb1\n");
	assert_int_equal(access("/run/netns/vd-mine", F_OK), 0);
	assert_int_equal(access("/run/netns/other", F_OK), 0);
	buf_free(&log);
}

static void test_sweep_after_a_kill(void **state)
{
	struct buf log = {0};
	char pid_text[32] = "";
	int fds[2];

	(void)state;
	have_place();
	/* Whatever is orphaned in here comes to this process, so that it can see all end. */
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid_t pid = fork();

	if (pid == 0) {
		const char *const sleeper[] = {"sleep", "100", NULL};
		struct netns_spawn what = {.argv = sleeper, .stdout_fd = -1, .stderr_fd = -1};
		struct two_nodes t = two_nodes("vd-77-");
		pid_t sleeping;

		if (netns_spawn(t.a, &what, &sleeping) < 0 || write(fds[1], "ready", 5) != 5)
			_exit(1);
		pause();
		_exit(0);
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], pid_text, 5), 5);
	assert_int_equal(netns_sweep(log_line, &log), 0); /* it lives: nothing is swept */
	assert_string_equal(buf_text(&log), "");
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (waitpid(-1, NULL, 0) > 0) /* the harness and its agents: all end */
		;
	assert_int_equal(errno, ECHILD);
	assert_int_equal(netns_sweep(log_line, &log), 3);
	assert_has(&log, "removed /run/netns/vd-77-a\n");
	assert_has(&log, "removed /run/netns/vd-77-wire\n");
	assert_int_equal(access("/run/netns", F_OK), -1);
	assert_int_equal(access("/run/vipdrill", F_OK), -1);
	assert_int_equal(netns_sweep(log_line, &log), 0);
	close(fds[0]);
	buf_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes_reach_each_other),
		cmocka_unit_test(test_names_serve_ip_netns),
		cmocka_unit_test(test_a_node_has_its_own_places_to_write),
		cmocka_unit_test(test_a_program_below_a_private_place_runs),
		cmocka_unit_test(test_programs_start_get_signals_and_end),
		cmocka_unit_test(test_long_names_stay_apart),
		cmocka_unit_test(test_sweep_of_names_without_an_owner),
		cmocka_unit_test(test_sweep_after_a_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
