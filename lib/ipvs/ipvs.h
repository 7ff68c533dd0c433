/* IPVS over generic netlink (linux/ip_vs.h, family "IPVS"): services, destinations, the connection
 * synchronisation daemon, and reading all of it back.
 *
 * codec.c turns structs into netlink attributes and back and touches no socket; genl.c sends;
 * fake.c answers the same bytes from memory, for tests. All functions return 0 or -errno.
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
	struct wire_ip ip; /* unused with a fwmark */
	uint16_t port;	   /* host byte order */
	uint32_t fwmark;   /* 0: by address */
	char scheduler[IPVS_NAME_MAX];
	bool one_packet;
	uint32_t persistence_timeout_s; /* 0: not persistent */
	struct in_addr granularity;	/* IPv4 netmask; 255.255.255.255 by default */
	uint8_t granularity6;		/* IPv6 prefix length; 128 by default */
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
	uint16_t maxlen_bytes; /* 0: the kernel's choice */
	struct wire_ip group;  /* family 0: the kernel's default */
	uint16_t port;	       /* 0: default */
	uint8_t ttl;	       /* 0: default */
};

struct ipvs;

/* Opens IPVS in the calling thread's network namespace. -ENOPROTOOPT: the kernel has no IPVS. */
int ipvs_open(struct ipvs **out);
/* A table in memory behind the same codec. */
int ipvs_open_fake(struct ipvs **out);
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

#endif
