/* One loop for both grounds: the child's pipe, its end (pidfd), our own signals (signalfd), and the
 * watchdog. The watchdog looks at the run's own time as the child tells it: a run that computes for
 * long but gets on is left alone, one whose time stands still is ended.
 */
#include "harness/watch.h"

#include "lib/base/buf.h"
#include "lib/base/mono.h"
#include "lib/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define MARK		"@vd "
#define LINE_BYTES_MAX	65536
#define TEXT_BYTES_MAX	400
#define WATCHDOG_MS_DEF 60000

static void write_line(int fd, const struct buf *line)
{
	size_t done = 0;

	while (done < line->len) {
		ssize_t n = write(fd, line->data + done, line->len - done);

		if (n < 0 && errno != EINTR)
			return; /* the harness is gone: nobody listens */
		if (n > 0)
			done += (size_t)n;
	}
}

static void add_text(struct buf *line, const char *text)
{
	for (size_t i = 0; text && text[i] && i < TEXT_BYTES_MAX; i++)
		if (text[i] == '\n' || text[i] == '\r')
			buf_putc(line, ' ');
		else
			buf_putc(line, text[i]);
	buf_putc(line, '\n');
}

void watch_tell_progress(int fd, const struct ground_progress *p)
{
	struct buf line = {0};

	buf_printf(&line, MARK "at %lld ", (long long)p->virtual_ns);
	add_text(&line, p->text);
	write_line(fd, &line);
	buf_free(&line);
}

void watch_tell_end(int fd, int err, const char *why)
{
	struct buf line = {0};

	if (!err)
		buf_puts(&line, MARK "done\n");
	else {
		buf_puts(&line, MARK "failed ");
		add_text(&line, why && *why ? why : strerror(-err));
	}
	write_line(fd, &line);
	buf_free(&line);
}

struct watching {
	struct watch *w;
	struct buf line;
	bool over_long; /* the rest of a line that was given up */
	int64_t virtual_ns;
	mono_t moved; /* when it told its time last */
	bool told_done;
	char *failed; /* WHY; NULL: not told */
	char *last_diagnostic;
};

static void take_progress(struct watching *g, const char *text)
{
	char *end;
	long long ns = strtoll(text, &end, 10);

	if (end == text)
		return;
	struct ground_progress p = {.virtual_ns = ns, .text = *end == ' ' ? end + 1 : end};

	/* The child tells by a timer of its own time: that it tells at all means that time moves
	 * (before the start it tells 0 again and again). */
	g->moved = mono_now();
	g->virtual_ns = ns;
	if (g->w->progress)
		g->w->progress(g->w->progress_ctx, &p);
}

static void take_line(struct watching *g, const char *line)
{
	if (strncmp(line, MARK "at ", strlen(MARK "at ")) == 0) {
		take_progress(g, line + strlen(MARK "at "));
	} else if (strcmp(line, MARK "done") == 0) {
		g->told_done = true;
	} else if (strncmp(line, MARK "failed ", strlen(MARK "failed ")) == 0) {
		free(g->failed);
		g->failed = strdup(line + strlen(MARK "failed "));
	} else if (*line) {
		if (g->w->line)
			g->w->line(g->w->ctx, line);
		/* The first line of a panic says why; what follows are registers. */
		if (g->last_diagnostic && strncmp(g->last_diagnostic, "Kernel panic", 12) == 0)
			return;
		free(g->last_diagnostic);
		g->last_diagnostic = strdup(line);
	}
}

/* False: the pipe is at its end, or nothing is there for now. */
static bool take_bytes(struct watching *g)
{
	char chunk[4096];
	ssize_t n = read(g->w->fd, chunk, sizeof(chunk));

	if (n <= 0)
		return n < 0 && errno == EINTR;
	for (ssize_t i = 0; i < n; i++) {
		if (chunk[i] == '\r')
			continue;
		if (chunk[i] != '\n' && g->line.len < LINE_BYTES_MAX) {
			buf_putc(&g->line, chunk[i]);
			continue;
		}
		if (!g->over_long)
			take_line(g, buf_text(&g->line));
		g->over_long = chunk[i] != '\n';
		buf_clear(&g->line);
	}
	return true;
}

static void end_child(const struct watch *w, int pidfd)
{
	struct pollfd pfd = {.fd = pidfd, .events = POLLIN};

	if (w->grace_ms > 0) {
		kill(w->pid, SIGTERM);
		if (poll(&pfd, 1, (int)w->grace_ms) > 0)
			return;
	}
	kill(w->pid, SIGKILL);
}

/* Milliseconds until the watchdog barks, at least 0. */
static int patience(const struct watching *g)
{
	int64_t limit_ms = g->w->watchdog_ms > 0 ? g->w->watchdog_ms : WATCHDOG_MS_DEF;
	int64_t left_ms = limit_ms - mono_diff(mono_now(), g->moved) / NS_PER_MS;

	return left_ms < 0 ? 0 : left_ms > 3600000 ? 3600000 : (int)left_ms;
}

static void tell_stuck(const struct watching *g, const char *who, char *why, size_t why_bytes)
{
	char at[64] = "before the run began";

	if (g->virtual_ns != INT64_MIN)
		snprintf(at, sizeof(at), "at %.3f s of the run", (double)g->virtual_ns / 1e9);
	snprintf(why, why_bytes, "time stood still %s, for %.0f s of real time: %s", at,
		 (double)mono_diff(mono_now(), g->moved) / 1e9, *who ? who : "nothing tells why");
}

static enum ground_result loop(struct watching *g, int pidfd, int signals, char *why,
			       size_t why_bytes)
{
	for (;;) {
		struct pollfd fds[3] = {{.fd = g->w->fd, .events = POLLIN},
					{.fd = pidfd, .events = POLLIN},
					{.fd = signals, .events = POLLIN}};
		int n = poll(fds, 3, patience(g));

		if (n < 0 && errno != EINTR) {
			snprintf(why, why_bytes, "poll: %s", strerror(errno));
			return GROUND_FAILED;
		}
		if (fds[2].revents && n > 0) {
			snprintf(why, why_bytes, "interrupted");
			return GROUND_INTERRUPTED;
		}
		if (fds[0].revents && n > 0 && take_bytes(g))
			continue;
		/* Only when it has said all that it had to say. */
		if (n > 0 && (fds[1].revents || fds[0].revents & POLLHUP))
			return GROUND_DONE;
		if (n != 0 || patience(g) > 0)
			continue;
		char who[256] = "";

		if (g->w->blame)
			g->w->blame(g->w->ctx, who, sizeof(who));
		tell_stuck(g, who, why, why_bytes);
		return GROUND_STUCK;
	}
}

static enum ground_result judge_end(const struct watching *g, int status, char *why,
				    size_t why_bytes)
{
	if (g->failed) {
		snprintf(why, why_bytes, "%s", g->failed);
		return GROUND_FAILED;
	}
	if (g->told_done)
		return GROUND_DONE;
	if (g->last_diagnostic)
		snprintf(why, why_bytes, "it ended before the run did: %s", g->last_diagnostic);
	else if (WIFSIGNALED(status))
		snprintf(why, why_bytes, "it ended before the run did, by signal %d",
			 WTERMSIG(status));
	else
		snprintf(why, why_bytes, "it ended before the run did, with exit status %d",
			 WEXITSTATUS(status));
	return GROUND_FAILED;
}

void watch_signals(sigset_t *set)
{
	struct sigaction hangup;

	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		sigaddset(set, SIGHUP);
}

enum ground_result watch_child(struct watch *w, char *why, size_t why_bytes)
{
	struct watching g = {.w = w, .virtual_ns = INT64_MIN, .moved = mono_now()};
	int pidfd = pidfd_open(w->pid, 0);
	sigset_t ours, before;
	int status = 0;

	must(pidfd >= 0);
	watch_signals(&ours);
	must(sigprocmask(SIG_BLOCK, &ours, &before) == 0);
	int signals = signalfd(-1, &ours, SFD_CLOEXEC);

	must(signals >= 0);
	must(fcntl(w->fd, F_SETFL, O_NONBLOCK) == 0);
	if (why_bytes)
		*why = '\0';
	enum ground_result result = loop(&g, pidfd, signals, why, why_bytes);

	if (result != GROUND_DONE)
		end_child(w, pidfd);
	while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (result == GROUND_DONE)
		result = judge_end(&g, status, why, why_bytes);
	struct signalfd_siginfo info;

	/* What was taken from the queue as an interruption must not strike again. */
	if (result == GROUND_INTERRUPTED && read(signals, &info, sizeof(info)) < 0)
		must(errno == EINTR);
	must(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
	close(signals);
	close(pidfd);
	close(w->fd);
	buf_free(&g.line);
	free(g.failed);
	free(g.last_diagnostic);
	return result;
}
