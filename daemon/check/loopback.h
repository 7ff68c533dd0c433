/* For test programs: a server on the loopback interface, in the test's own event loop, that
 * misbehaves as told. */
#ifndef DAEMON_CHECK_LOOPBACK_H
#define DAEMON_CHECK_LOOPBACK_H

#include "lib/wire/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum loopback_manner {
	LOOPBACK_ANSWER, /* sends text after the first bytes of a request, then closes */
	LOOPBACK_HOLD,	 /* the same, and does not close */
	LOOPBACK_SILENT, /* accepts and says nothing */
	LOOPBACK_CLOSE,	 /* closes at once */
	LOOPBACK_RESET,	 /* reads the request, sends text, then resets */
	LOOPBACK_DRIP,	 /* a byte of text every 20 ms, again and again */
	LOOPBACK_FLOOD	 /* text, then bytes as fast as they are taken */
};

struct loopback {
	struct event_base *base;
	enum loopback_manner manner;
	const char *text;
	uint16_t port;
	int fd;
	struct event *accept;
	unsigned connections;
	char request[1024]; /* the last one */
	int peers[16];
	struct event *peer_events[16];
	size_t dripped;
};

static inline void loopback_peer_end(struct loopback *s, int i)
{
	if (s->peers[i] < 0)
		return;
	event_free(s->peer_events[i]);
	close(s->peers[i]);
	s->peers[i] = -1;
}

static inline int loopback_peer(const struct loopback *s, int fd)
{
	int i = 0;

	while (i < 15 && s->peers[i] != fd)
		i++;
	return i;
}

static inline void loopback_on_drip(evutil_socket_t fd, short events, void *arg)
{
	struct loopback *s = arg;
	struct timeval tv = {.tv_usec = 20000};
	char flood[16384];
	ssize_t n;

	(void)events;
	memset(flood, 'x', sizeof(flood));
	if (s->manner == LOOPBACK_FLOOD)
		n = send(fd, flood, sizeof(flood), MSG_NOSIGNAL | MSG_DONTWAIT);
	else
		n = send(fd, s->text + s->dripped++ % strlen(s->text), 1, MSG_NOSIGNAL);
	int i = loopback_peer(s, fd);

	if (n < 0 && errno != EAGAIN) {
		loopback_peer_end(s, i);
		return;
	}
	if (s->manner == LOOPBACK_FLOOD)
		tv.tv_usec = 100;
	event_add(s->peer_events[i], &tv);
}

static inline void loopback_on_request(evutil_socket_t fd, short events, void *arg)
{
	struct loopback *s = arg;
	struct linger hard = {.l_onoff = 1};
	int i = loopback_peer(s, fd);
	ssize_t n = recv(fd, s->request, sizeof(s->request) - 1, 0);
	struct timeval tv = {.tv_usec = 1};

	(void)events;
	if (n <= 0) {
		loopback_peer_end(s, i);
		return;
	}
	s->request[n] = '\0';
	if (s->manner == LOOPBACK_SILENT)
		return;
	if (s->manner == LOOPBACK_DRIP || s->manner == LOOPBACK_FLOOD) {
		if (s->manner == LOOPBACK_FLOOD)
			(void)!send(fd, s->text, strlen(s->text), MSG_NOSIGNAL);
		event_free(s->peer_events[i]);
		s->peer_events[i] = event_new(s->base, fd, EV_TIMEOUT, loopback_on_drip, s);
		event_add(s->peer_events[i], &tv);
		return;
	}
	(void)!send(fd, s->text, strlen(s->text), MSG_NOSIGNAL);
	if (s->manner == LOOPBACK_HOLD)
		return;
	if (s->manner == LOOPBACK_RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	loopback_peer_end(s, i);
}

static inline void loopback_on_accept(evutil_socket_t fd, short events, void *arg)
{
	struct loopback *s = arg;
	int peer = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int i = loopback_peer(s, -1);

	(void)events;
	if (peer < 0)
		return;
	s->connections++;
	if (s->manner == LOOPBACK_CLOSE || s->peers[i] != -1) {
		close(peer);
		return;
	}
	s->peers[i] = peer;
	s->peer_events[i] = event_new(s->base, peer, EV_READ | EV_PERSIST, loopback_on_request, s);
	event_add(s->peer_events[i], NULL);
}

/* False: no such address here (IPv6 may be off). The port is the kernel's choice, or as given. */
static inline bool loopback_start(struct loopback *s, struct event_base *base, const char *address,
				  uint16_t port, enum loopback_manner manner, const char *text)
{
	struct sockaddr_storage at = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&at;
	bool six = strchr(address, ':') != NULL;
	socklen_t len = six ? sizeof(*v6) : sizeof(*v4);
	int one = 1;

	*s = (struct loopback){.base = base, .manner = manner, .text = text};
	for (int i = 0; i < 16; i++)
		s->peers[i] = -1;
	at.ss_family = six ? AF_INET6 : AF_INET;
	inet_pton(at.ss_family, address, six ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr);
	*(six ? &v6->sin6_port : &v4->sin_port) = htons(port);
	s->fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0)
		return false;
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s->fd, (struct sockaddr *)&at, len) < 0 || listen(s->fd, 16) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&at, &len) < 0) {
		close(s->fd);
		return false;
	}
	s->port = ntohs(six ? v6->sin6_port : v4->sin_port);
	s->accept = event_new(base, s->fd, EV_READ | EV_PERSIST, loopback_on_accept, s);
	event_add(s->accept, NULL);
	return true;
}

static inline void loopback_stop(struct loopback *s)
{
	for (int i = 0; i < 16; i++)
		loopback_peer_end(s, i);
	event_free(s->accept);
	close(s->fd);
}

#endif
