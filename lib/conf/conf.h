/* One grammar for keepalived.conf and for scenario files: text -> tree -> structs.
 *
 * A file is a list of statements. A statement is one or more words and, optionally, a block in
 * braces that holds statements again. Words are separated by blanks; "double quotes" keep blanks
 * and comment characters together; `#` and `!` start a comment. Braces stand for themselves
 * wherever they are outside quotes. A statement ends at the end of its line; an opening brace may
 * stand on the next line. In scenario files `;` ends a statement too.
 *
 * Reading (parse.c) knows words and braces only. Meaning comes from keyword tables (bind.c): each
 * names the keyword, its arguments, its help (the reference documentation is made from it) and the
 * function that stores it. Nothing here knows VRRP, IPVS or scenarios.
 *
 * Everything that a tree or a table's functions allocate belongs to one arena; the tree but for its
 * texts to that arena's scratch, which whoever has no more use for it may drop. Every problem is
 * collected with file, line and column (struct conf_report); reading goes on after it.
 */
#ifndef LIB_CONF_CONF_H
#define LIB_CONF_CONF_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

/* Where something stands: line and column count from 1; columns count bytes. */
struct conf_pos {
	const char *file;
	int line;
	int col;
};

struct conf_word {
	const char *text;
	const char *raw; /* as it is written, with its quotes and backslashes */
	struct conf_pos pos;
	bool quoted;
};

struct conf_block;

struct conf_stmt {
	struct conf_word *word;	  /* word[0] is the keyword */
	int n_words;		  /* at least 1 */
	struct conf_block *block; /* NULL: no braces followed */
	struct conf_stmt *next;
};

struct conf_block {
	struct conf_stmt *first;
	struct conf_pos open;
	struct conf_pos close;
};

/* ---- problems ------------------------------------------------------------------------------ */

enum conf_severity { CONF_WARNING, CONF_ERROR };

#define CONF_ERRORS_MAX 50

/* Collects what is wrong with one configuration, in the order in which it was found. */
struct conf_report;

struct conf_report *conf_report_new(void);
void conf_report_free(struct conf_report *r);
void conf_error(struct conf_report *r, struct conf_pos at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void conf_warning(struct conf_report *r, struct conf_pos at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int conf_report_errors(const struct conf_report *r);
int conf_report_warnings(const struct conf_report *r);
/* Brings the problems into the order of the text: by file as read, by line, by column. */
void conf_report_sort(struct conf_report *r);
/* "FILE:LINE:COL: error: TEXT", the offending line, and a caret under the column, for each problem;
 * after CONF_ERRORS_MAX errors a line says how many more there were. */
void conf_report_print(const struct conf_report *r, struct buf *out);
/* The n-th problem (0-based) without its source line, or NULL. The text belongs to the report. */
const char *conf_report_text(const struct conf_report *r, int n, enum conf_severity *severity,
			     struct conf_pos *at);

/* ---- text -> tree -------------------------------------------------------------------------- */

enum conf_dialect {
	CONF_KEEPALIVED, /* includes of five kinds, $VAR, @id, ~SEQ: see expand.c */
	CONF_SCENARIO	 /* `;` ends a statement; `include FILE`; $VAR */
};

struct conf_options {
	enum conf_dialect dialect;
	const char
		*config_id; /* what @ID lines are compared with; NULL: host name to the first dot */
	/* Reads a file's text; 0 or -errno. NULL: the file system. Tests and sandboxes give their
	 * own. */
	int (*read_file)(void *ctx, const char *path, struct buf *text);
	void *ctx;
};

/* The tree of a file and of all that it includes. Never NULL: problems are in the report. */
struct conf_block *conf_parse_file(struct arena *a, const char *path, const struct conf_options *o,
				   struct conf_report *r);
/* The same for text in memory; name stands for the file in messages. */
struct conf_block *conf_parse_text(struct arena *a, const char *name, const char *text,
				   const struct conf_options *o, struct conf_report *r);
/* Prints a tree in canonical form: tabs, one statement a line, quotes only where needed. */
void conf_print(const struct conf_block *tree, struct buf *out);
/* One word, in quotes where it needs them to read back as itself. */
void conf_print_word(const char *text, struct buf *out);

/* ---- tree -> structs ----------------------------------------------------------------------- */

#define CONF_ANY 255 /* max_args: no limit */

enum conf_support {
	CONF_SUPPORTED,
	CONF_PLANNED, /* known by name; a warning says that it has no effect yet */
	CONF_IGNORED, /* known by name; never will have an effect here; a warning says so */
	CONF_OBSOLETE /* accepted in silence by all versions that still know it */
};

struct conf_keyword;

struct conf_bind {
	struct arena *arena;
	struct conf_report *report;
	void *root; /* the struct that is being filled */
	/* How unknown keywords, surplus words and second statements of a keyword that does not
	 * repeat are reported. CONF_WARNING (as keepalived does): an unknown statement is skipped
	 * with its block, surplus words are left out, the second statement is stored like the
	 * first. CONF_ERROR: none of the three is stored. */
	enum conf_severity strictness;
	const struct conf_keyword *row; /* being stored; see conf_bind_row */
};

struct conf_keyword {
	const char *name;    /* "*" as last row: any word (lists such as virtual_ipaddress) */
	const char *args;    /* as documented, "" for none: "IFNAME [weight N]" */
	const char *help;    /* one line, no full stop */
	const char *example; /* NULL: none */
	enum conf_support support;
	uint8_t min_args; /* words behind the keyword */
	uint8_t max_args;
	bool repeats; /* false: a second one in the same block is reported and names the first */
	bool block_optional;
	/* Stores the statement into object. For a keyword with a block, returns the object that the
	 * block's statements are stored into (NULL: skip the block); otherwise its result is not
	 * used. */
	void *(*set)(struct conf_bind *b, const struct conf_stmt *s, void *object);
	const struct conf_keyword
		*block; /* table of its block, ended by a row of zeros; NULL: none */
	/* Called at the end of the block, for defaults and checks across keywords. NULL: none. */
	void (*end)(struct conf_bind *b, const struct conf_stmt *s, void *object);
	intptr_t arg; /* for set: an offset or an enum, so that one function serves many rows */
};

/* Stores a block's statements by the table. where names the block in messages ("vrrp_instance"),
 * NULL for the file itself. An unknown keyword is reported with the nearest known one; its block is
 * skipped. A row whose set is NULL stores nothing; its block is stored into the same object. */
void conf_bind_block(struct conf_bind *b, const struct conf_block *block,
		     const struct conf_keyword *table, void *object, const char *where);
/* The row that is being stored (for set functions that use its arg). */
const struct conf_keyword *conf_bind_row(const struct conf_bind *b);

/* ---- values; each reports its own error and then returns false ----------------------------- */

bool conf_get_int(struct conf_bind *b, const struct conf_word *w, int64_t lo, int64_t hi,
		  int64_t *out);
/* keepalived's on/off words: on true yes 1, off false no 0. */
bool conf_get_bool(struct conf_bind *b, const struct conf_word *w, bool *out);
/* Decimal seconds ("1", "0.25") as nanoseconds, lo..hi in nanoseconds. */
bool conf_get_seconds(struct conf_bind *b, const struct conf_word *w, int64_t lo_ns, int64_t hi_ns,
		      int64_t *out_ns);
/* A duration with its unit: 10ns 5us 20ms 1.5s 2m 1h 1d. */
bool conf_get_duration(struct conf_bind *b, const struct conf_word *w, int64_t *out_ns);
/* "50%" or "50" as parts of a million. */
bool conf_get_percent(struct conf_bind *b, const struct conf_word *w, int64_t *out_ppm);

/* An IPv4 or IPv6 address with its prefix length; family AF_INET or AF_INET6. */
struct conf_ip {
	sa_family_t family;
	uint8_t prefix_len; /* 32 or 128 where none was given */
	bool has_prefix;
	union {
		struct in_addr v4;
		struct in6_addr v6;
		uint8_t bytes[16];
	};
};

bool conf_get_ip(struct conf_bind *b, const struct conf_word *w, struct conf_ip *out);
/* The address alone, without prefix, as inet_ntop prints it. out holds INET6_ADDRSTRLEN bytes. */
const char *conf_ip_text(const struct conf_ip *ip, char *out);
bool conf_ip_equal(const struct conf_ip *a, const struct conf_ip *b);
bool conf_get_port(struct conf_bind *b, const struct conf_word *w, uint16_t *out);
/* The name of list (ends with NULL) that word most likely stands for, NULL if none is near. */
const char *conf_nearest(const char *word, const char *const *list);
/* One of a list of names, by index. The error lists them all. names ends with NULL. */
bool conf_get_choice(struct conf_bind *b, const struct conf_word *w, const char *const *names,
		     int *out);

/* ---- documentation ------------------------------------------------------------------------- */

/* Markdown of a keyword table and its blocks, for docs/ (tools/docs calls it). */
void conf_doc_markdown(const struct conf_keyword *table, const char *title, struct buf *out);

#endif
