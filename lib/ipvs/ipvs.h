/* IPVS over generic netlink (linux/ip_vs.h, family "IPVS"): services, destinations, the connection
 * synchronisation daemon, and reading all of it back.
 *
 * codec.c turns structs into netlink attributes and back and touches no socket; genl.c sends;
 * fake.c answers the same bytes from memory, for tests; conn.c reads the table of connections. All
 * functions return 0 or -errno as the kernel answered:
 *
 *	-EEXIST		adding what is there already; a sync daemon of that role runs already
 *	-ESRCH		no such service; stopping a sync daemon that does not run
 *	-ENOENT		no such destination; adding or editing a service: no such scheduler
 *	-EINVAL		an impossible combination, such as mixed families with NAT
 *	-EPERM		CAP_NET_ADMIN is missing
 *	-EPROTO		an answer that cannot be understood
 */
#ifndef LIB_IPVS_IPVS_H
#define LIB_IPVS_IPVS_H

#include "lib/wire/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define IPVS_NAME_MAX 16

enum ipvs_method {
	IPVS_NAT, /* IP_VS_CONN_F_MASQ */
	IPVS_DR,  /* IP_VS_CONN_F_DROUTE */
	IPVS_TUN  /* IP_VS_CONN_F_TUNNEL, ipip */
};

struct ipvs_service {
	sa_family_t family;
	uint16_t protocol; /* IPPROTO_TCP, _UDP, _SCTP; unused with a fwmark */
	uint16_t port;	   /* host byte order; unused with a fwmark */
	bool one_packet;
	uint8_t granularity6; /* IPv6 prefix length of persistence; 0 stands for 128 */
	struct wire_ip ip;    /* unused with a fwmark */
	uint32_t fwmark;      /* 0: by address */
	char scheduler[IPVS_NAME_MAX];
	uint32_t persistence_timeout_s; /* 0: not persistent */
	struct in_addr granularity;	/* IPv4 netmask of it; 0 stands for 255.255.255.255 */
};

struct ipvs_dest {
	struct wire_ip ip;
	uint16_t port;
	enum ipvs_method method;
	uint32_t weight; /* 0..65535 */
	uint32_t upper_threshold;
	uint32_t lower_threshold;
	/* read only: */
	uint32_t active_connections;
	uint32_t inactive_connections;
};

enum ipvs_sync_role { IPVS_SYNC_MASTER = 1, IPVS_SYNC_BACKUP = 2 };

struct ipvs_sync {
	enum ipvs_sync_role role;
	char ifname[IPVS_NAME_MAX];
	uint8_t syncid;
	/* Read back, these are what the kernel really uses, never 0: */
	uint16_t maxlen_bytes; /* 0: the kernel's choice, the interface's MTU less headers */
	struct wire_ip group;  /* family 0: 224.0.0.81 */
	uint16_t port;	       /* 0: 8848 */
	uint8_t ttl;	       /* 0: 1 */
};

struct ipvs;

/* Opens IPVS in the calling thread's network namespace; the handle keeps to that one. -ENOPROTOOPT:
 * the kernel has no IPVS. */
int ipvs_open(struct ipvs **out);
/* A table in memory behind the same codec, with the kernel's answers to what cannot be done. */
int ipvs_open_fake(struct ipvs **out);
/* Makes the fake refuse the n-th change from now (1: the next) with err (an errno), once. */
void ipvs_fake_refuse(struct ipvs *v, unsigned n, int err);
/* NULL is allowed. */
void ipvs_close(struct ipvs *v);
/* The kernel's IPVS version as 0x010201. */
int ipvs_version(struct ipvs *v, uint32_t *out);

int ipvs_flush(struct ipvs *v);
int ipvs_service_add(struct ipvs *v, const struct ipvs_service *s);
int ipvs_service_edit(struct ipvs *v, const struct ipvs_service *s);
int ipvs_service_del(struct ipvs *v, const struct ipvs_service *s);
int ipvs_dest_add(struct ipvs *v, const struct ipvs_service *s, const struct ipvs_dest *d);
int ipvs_dest_edit(struct ipvs *v, const struct ipvs_service *s, const struct ipvs_dest *d);
int ipvs_dest_del(struct ipvs *v, const struct ipvs_service *s, const struct ipvs_dest *d);
int ipvs_sync_start(struct ipvs *v, const struct ipvs_sync *sync);
int ipvs_sync_stop(struct ipvs *v, enum ipvs_sync_role role, const struct ipvs_sync *sync);

/* Reading back; the callback must not call ipvs_* on the same handle. */
int ipvs_service_each(struct ipvs *v, void (*each)(void *ctx, const struct ipvs_service *s),
		      void *ctx);
int ipvs_dest_each(struct ipvs *v, const struct ipvs_service *s,
		   void (*each)(void *ctx, const struct ipvs_dest *d), void *ctx);
int ipvs_sync_each(struct ipvs *v, void (*each)(void *ctx, const struct ipvs_sync *sync),
		   void *ctx);

/* Equal in what identifies a service: address, port and protocol, or fwmark and family. */
bool ipvs_service_same(const struct ipvs_service *a, const struct ipvs_service *b);
/* Equal in all that can be configured. */
bool ipvs_service_equal(const struct ipvs_service *a, const struct ipvs_service *b);
/* Equal in address and port, which identify a destination of a service. */
bool ipvs_dest_same(const struct ipvs_dest *a, const struct ipvs_dest *b);
/* Equal in all that can be configured; connection counts are not. */
bool ipvs_dest_equal(const struct ipvs_dest *a, const struct ipvs_dest *b);

/* "TCP 10.0.0.1:80", "UDP [2001:db8::1]:53", "FWM 7", "FWM 7 IPv6". out holds IPVS_TEXT_BYTES. */
#define IPVS_TEXT_BYTES 80
const char *ipvs_service_text(const struct ipvs_service *s, char *out);
/* "10.0.0.2:80". */
const char *ipvs_dest_text(const struct ipvs_dest *d, char *out);
const char *ipvs_method_text(enum ipvs_method m); /* "NAT", "DR", "TUN" */

/* ---- connections --------------------------------------------------------------------------- */

#define IPVS_CONN_PATH "/proc/net/ip_vs_conn"

struct ipvs_conn {
	uint16_t protocol; /* 0: a persistence template of a fwmark service */
	struct wire_ip client, vip, server;
	uint16_t client_port, vip_port, server_port; /* host byte order; template: client_port 0 */
	char state[16];				     /* "ESTABLISHED", "NONE" ... */
	uint32_t expires_s;
};

/* Calls back for each connection of a text such as IPVS_CONN_PATH, in its order. Lines that are no
 * connection (the heading, protocols without ports) are passed over; a line that begins like one
 * and cannot be read ends it with -EPROTO. */
int ipvs_conn_each_text(const char *text, void (*each)(void *ctx, const struct ipvs_conn *c),
			void *ctx);
/* The same for a file. -ENOENT: the kernel has no IPVS. /proc/net is the namespace of the reading
 * thread (use /proc/thread-self/net after setns). */
int ipvs_conn_each_file(const char *path, void (*each)(void *ctx, const struct ipvs_conn *c),
			void *ctx);

#endif
