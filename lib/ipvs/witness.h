/* For kernel_test.c: a namespace to work in, and ipvsadm as a witness. */
#ifndef LIB_IPVS_WITNESS_H
#define LIB_IPVS_WITNESS_H

#include "lib/base/buf.h"
#include "lib/ipvs/ipvs.h"
#include "lib/nl/nl.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define IPVSADM "/usr/sbin/ipvsadm"

static inline struct wire_ip ip(const char *text)
{
	struct wire_ip out;

	assert_true(wire_ip_parse(text, &out));
	return out;
}

/* A new namespace with lo up and an IPVS handle; NULL: not here, and *why says why. */
static inline struct ipvs *enter(const char **why)
{
	static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 1}, mac_b[6] = {2, 0, 0, 0, 0, 2};
	struct nl_veth_end a = {.ifname = "sync0", .netns_fd = -1}, b = a;
	struct wire_ip address = ip("10.0.0.1"), sync = ip("10.77.0.1"), six = ip("2001:db8::1");
	struct ipvs *v = NULL;
	struct nl *nl;

	*why = "no new network namespace";
	if (unshare(CLONE_NEWNET) < 0)
		return NULL;
	*why = "the kernel has no IPVS";
	if (ipvs_open(&v) < 0)
		return NULL;
	*why = "IPVS may not be changed";
	if (ipvs_flush(v) < 0 || access(IPVSADM, X_OK) < 0) {
		ipvs_close(v);
		return NULL;
	}
	b.ifname = "sync1";
	memcpy(a.mac, mac_a, sizeof(mac_a));
	memcpy(b.mac, mac_b, sizeof(mac_b));
	assert_int_equal(nl_open(&nl), 0);
	assert_int_equal(nl_link_set_up(nl, nl_link_index(nl, "lo"), true), 0);
	assert_int_equal(nl_addr_add(nl, nl_link_index(nl, "lo"), &address, 32, 0), 0);
	assert_int_equal(nl_addr_add(nl, nl_link_index(nl, "lo"), &six, 128, NL_ADDR_NODAD), 0);
	assert_int_equal(nl_veth_add(nl, &a, &b), 0);
	assert_int_equal(nl_link_set_up(nl, nl_link_index(nl, "sync0"), true), 0);
	assert_int_equal(nl_link_set_up(nl, nl_link_index(nl, "sync1"), true), 0);
	assert_int_equal(nl_addr_add(nl, nl_link_index(nl, "sync0"), &sync, 24, 0), 0);
	nl_release(nl);
	return v;
}

#define ENTER_OR_SKIP(v)                                                                           \
	do {                                                                                       \
		const char *why;                                                                   \
		(v) = enter(&why);                                                                 \
		if (!(v)) {                                                                        \
			print_message("skipped: %s\n", why);                                       \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* Runs ipvsadm with the words of a line; its output goes to out. Returns its exit status. */
static inline int ipvsadm(const char *line, struct buf *out)
{
	char words[512], *argv[32] = {0}, *save = NULL, chunk[4096];
	int n = 0, pipes[2], status;

	snprintf(words, sizeof(words), "%s %s", IPVSADM, line);
	for (char *w = strtok_r(words, " ", &save); w && n < 31; w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();

	if (pid == 0) {
		dup2(pipes[1], STDOUT_FILENO);
		execv(IPVSADM, argv);
		_exit(127);
	}
	close(pipes[1]);
	for (ssize_t got; (got = read(pipes[0], chunk, sizeof(chunk))) > 0;)
		buf_add(out, chunk, (size_t)got);
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static inline int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ipvsadm sorts in its own way: lines are compared as sets. Blanks at their ends do not count. */
static inline void sort_lines(struct buf *b)
{
	char *lines[256] = {0}, *save = NULL;
	size_t n = 0;
	struct buf sorted = {0};

	buf_puts(b, "\n");
	for (char *l = strtok_r(b->data, "\n", &save); l && n < 256;
	     l = strtok_r(NULL, "\n", &save))
		lines[n++] = l;
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(lines[i]);

		while (len && lines[i][len - 1] == ' ')
			len--;
		buf_add(&sorted, lines[i], len);
		buf_putc(&sorted, '\n');
	}
	buf_free(b);
	*b = sorted;
}

#endif
