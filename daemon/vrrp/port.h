/* A port: the raw socket (protocol 112) through which the virtual routers of one interface and
 * address family speak and listen. One socket, however many routers, groups and peers: a second one
 * would get every unicast packet twice.
 *
 * All functions return 0 or -errno and log nothing.
 */
#ifndef DAEMON_VRRP_PORT_H
#define DAEMON_VRRP_PORT_H

#include "lib/wire/wire.h"

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* the largest IPv6 advert, or IPv4 advert with its header */
#define PORT_RECEIVE_BYTES 4608
#define PORT_INBOX	   32
/* The room for an IP header in front of a message: IPv6's */
#define PORT_HEADER_BYTES 40
/* IP header, VRRP header, 255 addresses, authentication; AH (IPv4 only) or HMAC trailer */
#define PORT_SEND_BYTES (PORT_HEADER_BYTES + 8 + 16 * VRRP_ADDRS_MAX + VRRP_AUTH_BYTES + 28)
#define PORT_BATCH	64
#define PORT_GROUPS_MAX 8

struct port {
	int fd; /* -1: closed */
	sa_family_t family;
	int ifindex;
	uint8_t protocol;      /* that it listens to: VRRP or AH */
	char ifname[IFNAMSIZ]; /* "": bound to no interface, for unicast routers without one */
	struct wire_ip group[PORT_GROUPS_MAX]; /* that it has joined */
	unsigned n_groups;
};

/* Opens it, bound to the interface. p is filled; on an error p->fd is -1. */
int port_open(struct port *p, sa_family_t family, const char *ifname, int ifindex);
/* The same for IPv4 packets with an Authentication Header. Sending is for the other one. */
int port_open_ah(struct port *p, const char *ifname, int ifindex);
void port_close(struct port *p);
/* Joins a multicast group on the port's interface; 0 when it is a member already. */
int port_join(struct port *p, const struct wire_ip *group);

struct port_packet {
	struct wire_ip src, dst;
	uint8_t ttl;		/* hop limit over IPv6 */
	const uint8_t *message; /* the VRRP message; points into the caller's buffer */
	size_t message_len;
	const uint8_t *ip_packet; /* with an AH: the whole packet; else NULL */
	size_t ip_len;
};

/* What has arrived, so that many adverts cost few system calls. */
struct port_inbox {
	unsigned n;
	struct port_packet packet[PORT_INBOX];
	bool whole[PORT_INBOX]; /* false: not a whole packet, packet is void */
	uint8_t bytes[PORT_INBOX][PORT_RECEIVE_BYTES];
};

/* The next packets: how many, 0 when none is waiting, or -errno. The packets point into the box. */
int port_receive(const struct port *p, struct port_inbox *box);

/* What waits to be sent, so that many adverts cost few system calls. */
struct port_letter {
	const struct port *port;
	size_t owner; /* the caller's */
	struct wire_ip dst;
	size_t first; /* where in bytes the IP header begins */
	size_t len;   /* of header and message */
	uint8_t bytes[PORT_SEND_BYTES];
};

struct port_outbox {
	unsigned n;
	struct port_letter at[PORT_BATCH];
};

/* Writes the IP header (TOS and traffic class 0xc0) of a letter whose message of message_len bytes
 * is at bytes + PORT_HEADER_BYTES. id: IPv4's identification. */
void port_put_header(struct port_letter *letter, const struct wire_ip *src, uint8_t ttl,
		     uint16_t id, size_t message_len);
/* Sends everything and empties the box; tells the outcome (0 or -errno) of each letter. */
void port_send(struct port_outbox *box, void (*sent)(void *ctx, size_t owner, int err), void *ctx);

#endif
