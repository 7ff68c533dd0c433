/* no_accept: what nftables is told so that packets to and from virtual addresses are dropped while
 * this host is their master and not their owner (RFC 9568, 6.4.3: Accept_Mode False). Forwarded
 * packets and IPVS connections from elsewhere are not touched; neighbour discovery is let through.
 * Pure: text for nft; run_firewall.c hands it over.
 */
#ifndef DAEMON_VRRP_FIREWALL_H
#define DAEMON_VRRP_FIREWALL_H

#include "daemon/vrrp/plan.h"

/* The table with no address in it, in place of one that may be there. */
void firewall_text_table(const struct conf_nft *conf, struct buf *out);
void firewall_text_remove(const struct conf_nft *conf, struct buf *out);
/* Adds or deletes the virtual addresses of an instance; nothing where it accepts. */
void firewall_text_vips(const struct conf_nft *conf, const struct conf_instance *instance, bool add,
			struct buf *out);

#endif
