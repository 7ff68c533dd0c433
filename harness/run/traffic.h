/* The traffic of a scenario: who asks whom, how often, and what came back. Each kind is a file
 * (traffic_http.c, traffic_udp.c, traffic_icmp.c); all run in the harness's one process, with
 * sockets that were opened inside the client's namespace.
 */
#ifndef HARNESS_RUN_TRAFFIC_H
#define HARNESS_RUN_TRAFFIC_H

#include "harness/run/ledger.h"
#include "harness/run/world.h"

struct traffic_flow;

struct traffic_kind {
	int (*open)(struct traffic_flow *f); /* sockets; at t = 0 */
	void (*start)(struct traffic_flow *f);
	void (*stop)(struct traffic_flow *f); /* nothing new; what was asked may be answered */
	bool (*is_busy)(const struct traffic_flow *f);
	void (*close)(struct traffic_flow *f); /* what is open now is told as lost */
};

extern const struct traffic_kind traffic_http;
extern const struct traffic_kind traffic_udp;
extern const struct traffic_kind traffic_icmp;

struct traffic_flow {
	struct world *w;
	const struct scn_traffic *scn;
	const struct traffic_kind *kind;
	struct world_node *from;
	struct timeline_timer start, stop;
	void *own; /* of the kind */
};

/* Opens everything and sets the timers of starts and stops. After t = 0. */
int traffic_open(struct world *w);
/* Nothing new is asked from here on. */
void traffic_stop(struct world *w);
/* True while an answer may still come. */
bool traffic_is_busy(struct world *w);
void traffic_close(struct world *w);

/* The address of a flow's server, for sockets. Returns its length. */
socklen_t traffic_sockaddr(const struct scn_traffic *t, struct sockaddr_storage *out);

/* ---- streams of numbered probes (traffic_stream.c): what UDP and ICMP have in common --------- */

struct traffic_stream {
	struct traffic_flow *flow;
	struct ledger ledger;
	struct timeline_timer tick;
	struct timeline_timer expiry; /* after the last probe */
	VEC(const char *) servers;
	/* Sends probe n. What cannot be sent is lost. */
	void (*send)(struct traffic_stream *s, uint64_t n);
};

void traffic_stream_open(struct traffic_stream *s, struct traffic_flow *f,
			 void (*send)(struct traffic_stream *s, uint64_t n));
void traffic_stream_start(struct traffic_stream *s);
void traffic_stream_stop(struct traffic_stream *s);
bool traffic_stream_is_busy(const struct traffic_stream *s);
/* Probe n was answered by a server of that name (len bytes). */
void traffic_stream_answered(struct traffic_stream *s, uint64_t n, const char *server, size_t len);
void traffic_stream_close(struct traffic_stream *s);

#endif
