/* Reading routes and rules: a walk along the words of one statement, and the names that iproute2's
 * files give to numbers. Private to daemon/conf.
 */
#ifndef DAEMON_CONF_PATH_H
#define DAEMON_CONF_PATH_H

#include "daemon/conf/draft.h"

/* The words of a route or rule, one behind the other. What cannot be read is an error, reported at
 * its word; bad is true then. */
struct walk {
	struct conf_bind *b;
	const struct conf_stmt *s;
	int at;		    /* of the next word */
	const char *what;   /* "a route" */
	sa_family_t family; /* 0: not known yet */
	bool bad;
};

/* The next word, NULL at the end. */
const struct conf_word *walk_peek(const struct walk *w);
/* True, and behind it, where the next word is this one. */
bool walk_skip(struct walk *w, const char *word);
/* The argument of the word before; NULL: there is none, reported. */
const struct conf_word *walk_need(struct walk *w);
/* A number, decimal or with 0x; false: reported. */
bool walk_number(struct walk *w, uint64_t max, uint64_t *out);
bool walk_u32(struct walk *w, uint32_t *out);
bool walk_u8(struct walk *w, uint8_t *out);
/* "5-6" or, with single, "5". */
bool walk_range(struct walk *w, uint32_t max, uint32_t *lo, uint32_t *hi);
bool walk_ifname(struct walk *w, char out[static IFNAMSIZ]);
/* An address of the statement's family, which it may decide. */
bool walk_ip(struct walk *w, struct wire_ip *out);
/* The same with a prefix length, or default, any, all, default6. */
bool walk_prefix(struct walk *w, struct wire_ip *out, uint8_t *len);
/* The statement is of this family from here on; false: it is of the other one, reported. */
bool walk_family(struct walk *w, const struct conf_word *at, sa_family_t family);
void walk_error(struct walk *w, const struct conf_word *at, const char *text);

enum rtname {
	RTNAME_TABLE,
	RTNAME_DSFIELD,
	RTNAME_REALM,
	RTNAME_PROTO,
	RTNAME_GROUP,
	RTNAME_SCOPE
};

/* A number, or a name of iproute2's files (/etc/iproute2, then /usr/share/iproute2). */
bool rtname_find(enum rtname kind, const char *text, uint32_t *out);
bool walk_name(struct walk *w, enum rtname kind, uint32_t *out);
bool walk_realms(struct walk *w, uint32_t *out);

/* encap, behind the word itself. */
void path_encap(struct walk *w, struct nl_encap *out);

/* One statement; NULL: not to be stored, reported. group: its track_group, NULL: none. */
struct conf_route *path_route(struct conf_bind *b, const struct conf_stmt *s, bool is_static,
			      const struct conf_word **group);
struct conf_rule *path_rule(struct conf_bind *b, const struct conf_stmt *s, bool is_static,
			    const struct conf_word **group);

#endif
