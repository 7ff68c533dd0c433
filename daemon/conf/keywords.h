/* Is a word of keepalived's language known at its place, and does it have an effect? For
 * tools/keywords and the tests; the daemon itself asks the tables.
 */
#ifndef DAEMON_CONF_KEYWORDS_H
#define DAEMON_CONF_KEYWORDS_H

#include "lib/conf/conf.h"

/* path: the place in the block tree, as in fixtures/keepalived/keywords.tsv: "(root)", "(parser)",
 * "vrrp_instance", "vrrp_instance.virtual_ipaddress". False: the word is not known there. support:
 * CONF_PLANNED also where a block around it has no effect. */
bool vipd_keyword_find(const char *path, const char *name, enum conf_support *support);

/* docs/keepalived-conf.md, made from the tables. */
void vipd_keyword_doc(struct buf *out);

#endif
