/* One guest: the lab kernel as an ordinary process of this machine, with a program of ours as its
 * pid 1.
 *
 * It gets a session of its own (the terminal is not its business), no core files, an environment of
 * ours, and dies with this process (PR_SET_PDEATHSIG; its helper processes die with it the same
 * way). What it is to do stands on its command line: words NAME=VALUE without a dot in NAME become
 * the environment of pid 1. Paths may hold anything, so they go there in percent encoding.
 *
 * The kernel (hostfs.patch) lets it write one folder of this machine and no other, whatever its
 * programs, which are root there, mount.
 */
#include "harness/lab.h"

#include "lib/base/must.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

#define GUEST_MEMORY	   "1024M"
#define GUEST_MEMORY_FREE  (512ULL << 20) /* so much should be there; it is taken as it is used */
#define GUEST_UMID	   "vm"
#define COMMAND_LINE_BYTES 4000 /* the kernel's limit is 4096, with its own words */
#define ARGS_MAX	   24

/* ---- asking the kernel --------------------------------------------------------------------- */

#define MCONSOLE_MAGIC	 0xcafebabeU
#define MCONSOLE_VERSION 2
#define MCONSOLE_BYTES	 512
#define MCONSOLE_WAIT_S	 3

struct mconsole_request {
	uint32_t magic;
	uint32_t version;
	uint32_t length;
	char data[MCONSOLE_BYTES];
};

struct mconsole_reply {
	uint32_t err;
	uint32_t more;
	uint32_t length;
	char data[MCONSOLE_BYTES + 1];
};

/* Sends one command and collects its answer. */
static bool mconsole_ask(int fd, const struct sockaddr_un *to, const char *command, struct buf *out)
{
	struct mconsole_request request = {.magic = MCONSOLE_MAGIC,
					   .version = MCONSOLE_VERSION,
					   .length = (uint32_t)strlen(command)};
	struct mconsole_reply reply;

	must(request.length < sizeof(request.data));
	memcpy(request.data, command, request.length);
	if (sendto(fd, &request, sizeof(request), 0, (const struct sockaddr *)to, sizeof(*to)) < 0)
		return false;
	do {
		ssize_t n = recv(fd, &reply, sizeof(reply) - 1, 0);

		if (n < (ssize_t)offsetof(struct mconsole_reply, data))
			return false;
		((char *)&reply)[n] = '\0';
		buf_puts(out, reply.data);
	} while (reply.more);
	return true;
}

bool lab_guest_running_process(const char *mconsole_path, char *comm, size_t comm_bytes, int *pid)
{
	struct sockaddr_un self = {.sun_family = AF_UNIX}, to = {.sun_family = AF_UNIX};
	struct timeval wait = {.tv_sec = MCONSOLE_WAIT_S};
	struct buf out = {0};
	bool known = false;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(mconsole_path) >= sizeof(to.sun_path))
		goto done;
	memcpy(to.sun_path, mconsole_path, strlen(mconsole_path) + 1);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	/* An address that the kernel chooses: no file is left of it. */
	if (bind(fd, (struct sockaddr *)&self, sizeof(sa_family_t)) < 0)
		goto done;
	/* "quiet" holds back what sysrq prints: raise the level first. */
	if (!mconsole_ask(fd, &to, "sysrq 9", &out) || !mconsole_ask(fd, &to, "sysrq p", &out))
		goto done;
	const char *found = strstr(buf_text(&out), "Pid: ");
	const char *name = found ? strstr(found, "comm: ") : NULL;

	if (name) {
		const char *end;

		name += strlen("comm: ");
		end = strstr(name, " Not tainted");
		if (!end)
			end = strstr(name, " Tainted");
		size_t n = end ? (size_t)(end - name) : strcspn(name, "\n ");

		*pid = (int)strtol(found + strlen("Pid: "), NULL, 10);
		snprintf(comm, comm_bytes, "%.*s", (int)(n < 16 ? n : 16), name);
		known = true;
	}
done:
	if (fd >= 0)
		close(fd);
	buf_free(&out);
	return known;
}

/* ---- starting it --------------------------------------------------------------------------- */

/* Where the guest's memory is kept: a file that may be mapped executable, on a memory file system
 * if there is one with room (a container's /dev/shm often has 64 MB). */
static const char *memory_folder(void)
{
	const char *const candidates[] = {"/dev/shm", getenv("TMPDIR"), "/tmp", "/var/tmp"};

	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++) {
		struct statvfs st;

		if (!candidates[i] || access(candidates[i], W_OK) < 0 ||
		    statvfs(candidates[i], &st) < 0 || st.f_flag & ST_NOEXEC)
			continue;
		if ((unsigned long long)st.f_bavail * st.f_frsize >= GUEST_MEMORY_FREE)
			return candidates[i];
	}
	return "/tmp";
}

static void add_encoded(struct buf *b, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (isalnum(*p) || strchr("/._-+", *p))
			buf_putc(b, (char)*p);
		else
			buf_printf(b, "%%%02X", *p);
}

struct guest_words {
	struct buf text; /* words, each with its NUL */
	char *argv[ARGS_MAX];
};

/* Everything that is on the command line. */
static int make_words(const struct lab_guest *guest, const struct lab_kernel *kernel,
		      const struct lab_state *state, struct guest_words *words)
{
	struct buf *t = &words->text;
	char out_link[PATH_MAX + 8];
	int n = 0;

	/* The kernel's own parser knows quotes, but no way to quote a quote. */
	if (strchr(guest->init, '"') || strlen(guest->seed) > 32 || strpbrk(guest->seed, " \t\""))
		return -EINVAL;
	snprintf(out_link, sizeof(out_link), "%s/out", state->dir);
	if (guest->out_dir && symlink(guest->out_dir, out_link) < 0)
		return -errno;
	buf_printf(t, "%s%c", kernel->path, 0);
	buf_printf(t, "rootfstype=hostfs%crootflags=/%cro%cmem=" GUEST_MEMORY "%c", 0, 0, 0, 0);
	buf_printf(t, "init=\"%s\"%c", guest->init, 0);
	buf_printf(t, "con=null%ccon0=fd:0,fd:1%cquiet%cpanic=-1%cnoreboot%c", 0, 0, 0, 0, 0);
	if (guest->virtual_time)
		buf_printf(t, "time-travel=inf-cpu%ctime-travel-start=1767225600000000000%c", 0, 0);
	buf_printf(t, "random.lab_seed=%s%c", guest->seed, 0);
	buf_printf(t, "uml_dir=%s%cumid=" GUEST_UMID "%c", state->dir, 0, 0);
	buf_printf(t, "VIPDRILL_GUEST=%s%c", guest->task, 0);
	/* All that hostfs may write is one folder, by this very name: a link without blanks. */
	buf_printf(t, "hostfs.writable=%s%c", guest->out_dir ? out_link : "none", 0);
	if (guest->out_dir) {
		buf_printf(t, "VIPDRILL_MOUNT=%s%cVIPDRILL_OUT=", out_link, 0);
		add_encoded(t, guest->out_dir);
		buf_putc(t, '\0');
	}
	if (t->len > COMMAND_LINE_BYTES)
		return -ENAMETOOLONG;
	for (char *p = t->data; p < t->data + t->len; p += strlen(p) + 1) {
		must(n < ARGS_MAX - 1);
		words->argv[n++] = p;
	}
	words->argv[n] = NULL;
	return 0;
}

/* The guest is one processor, made of processes that trace each other and never run at the same
 * time. On one processor of the host they hand over to each other without waking another one up:
 * three times as fast. Guests side by side spread by their pids. */
static void use_one_cpu(void)
{
	cpu_set_t allowed, one;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return;
	unsigned skip = (unsigned)getpid() % (unsigned)CPU_COUNT(&allowed), cpu = 0;

	while (!CPU_ISSET(cpu, &allowed) || skip-- > 0)
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

_Noreturn static void become_guest(pid_t parent, int out_fd, char *const *argv)
{
	struct rlimit no_core = {0};
	char memory[PATH_MAX];
	char *env[] = {memory, NULL};
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(memory, sizeof(memory), "TMPDIR=%s", memory_folder());
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	setsid();
	setrlimit(RLIMIT_CORE, &no_core);
	use_one_cpu();
	/* The guest's memory begins where its heap would: its kernel's pointers, and the order of
	 * hash tables that are made of them, must not differ from run to run. */
	personality(PER_LINUX | ADDR_NO_RANDOMIZE);
	for (int sig = 1; sig < 32; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(null, 0);
	dup2(out_fd, 1);
	dup2(out_fd, 2);
	execve(argv[0], argv, env);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

struct guest_watch {
	const struct lab_guest *guest;
	char mconsole[PATH_MAX + 16];
};

static void take_console(void *ctx, const char *line)
{
	struct guest_watch *g = ctx;

	if (g->guest->console && strcmp(line, "reboot: Power down") != 0)
		buf_printf(g->guest->console, "%s\n", line);
}

static void blame_guest(void *ctx, char *text, size_t text_bytes)
{
	struct guest_watch *g = ctx;
	char comm[32];
	int pid;

	if (!lab_guest_running_process(g->mconsole, comm, sizeof(comm), &pid))
		snprintf(text, text_bytes, "its kernel does not answer");
	else if (pid == 0)
		snprintf(text, text_bytes, "nothing runs and no timer is set");
	else if (pid == 1)
		snprintf(text, text_bytes,
			 "the run loop (pid 1 of the guest) is kept busy; a program that writes "
			 "without end does that");
	else
		snprintf(text, text_bytes,
			 "the process `%s` (pid %d of the guest) computes and never waits", comm,
			 pid);
}

static enum ground_result start_and_watch(const struct lab_guest *guest, struct lab_state *state,
					  char *const *argv, char *why, size_t why_bytes)
{
	struct guest_watch g = {.guest = guest};
	int pipe_fds[2];

	snprintf(g.mconsole, sizeof(g.mconsole), "%s/" GUEST_UMID "/mconsole", state->dir);
	if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
		snprintf(why, why_bytes, "pipe: %s", strerror(errno));
		return GROUND_FAILED;
	}
	fflush(NULL);
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become_guest(parent, pipe_fds[1], argv);
	close(pipe_fds[1]);
	if (pid < 0) {
		snprintf(why, why_bytes, "fork: %s", strerror(errno));
		close(pipe_fds[0]);
		return GROUND_FAILED;
	}
	struct watch w = {
		.pid = pid,
		.fd = pipe_fds[0],
		.watchdog_ms = guest->watchdog_ms,
		.progress = guest->progress,
		.progress_ctx = guest->progress_ctx,
		.line = take_console,
		.blame = blame_guest,
		.ctx = &g,
	};

	return watch_child(&w, why, why_bytes);
}

enum ground_result lab_guest_run(const struct lab_guest *guest, char *why, size_t why_bytes)
{
	struct guest_words words = {0};
	struct lab_kernel kernel;
	struct lab_state state;
	const char *missing;
	enum ground_result result = GROUND_FAILED;

	if (!lab_kernel_find(&kernel, &missing)) {
		snprintf(why, why_bytes, "%s", missing);
		return GROUND_FAILED;
	}
	int err = lab_state_add(&state);

	if (err) {
		snprintf(why, why_bytes, "no folder for the guest's socket: %s", strerror(-err));
		return GROUND_FAILED;
	}
	err = make_words(guest, &kernel, &state, &words);
	if (err)
		snprintf(why, why_bytes, "paths or seed too long, or with quotes, for a guest");
	else
		result = start_and_watch(guest, &state, words.argv, why, why_bytes);
	buf_free(&words.text);
	lab_state_remove(&state);
	return result;
}
