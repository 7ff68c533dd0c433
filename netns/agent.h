/* Between the harness and the agent of a node: two SOCK_SEQPACKET pairs. On `control` the harness
 * asks and the agent answers each request once; on `events` the agent tells of ended programs.
 * Both ends are one program image: the structs go as they are.
 */
#ifndef NETNS_AGENT_H
#define NETNS_AGENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum agent_request_kind {
	AGENT_SPAWN,  /* text: argv, each with its NUL; fds: stdout, stderr, [tree for argv[0]] */
	AGENT_SIGNAL, /* pid, sig, group */
	AGENT_COPY,   /* text: path; fd: what to copy */
	AGENT_WRITE   /* text: path of an existing file, NUL, value: a sysctl */
};

#define AGENT_TEXT_BYTES 131072
#define AGENT_FDS_MAX	 3

struct agent_request {
	uint32_t kind;
	int32_t pid;
	int32_t sig;
	uint32_t group;
	uint32_t text_bytes;
	char text[AGENT_TEXT_BYTES]; /* only text_bytes of it are sent */
};

struct agent_reply {
	int32_t result; /* 0, a pid, or -errno */
	char where[60]; /* the first reply only (the agent is ready, or why not) */
};

struct agent_event {
	int32_t pid;
	int32_t status; /* as wait() gives it */
};

/* The agent's life, as pid 1 of the node's namespaces. */
_Noreturn void agent_main(int control_fd, int events_fd, const char *hostname);

/* Sends bytes and up to AGENT_FDS_MAX descriptors as one message. 0 or -errno. */
int agent_send(int fd, const void *bytes, size_t n, const int *fds, unsigned n_fds);
/* Receives one message: its length, 0 where the other end is gone, or -errno. The descriptors are
 * the caller's. */
ssize_t agent_receive(int fd, void *bytes, size_t cap, int *fds, unsigned *n_fds);

#endif
