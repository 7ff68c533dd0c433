/* What the files of harness/scenario share while a file is read. Not for anyone else. */
#ifndef HARNESS_SCENARIO_LOAD_H
#define HARNESS_SCENARIO_LOAD_H

#include "harness/scenario/scenario.h"

#define SCN_NAME_MAX_BYTES    32
#define SCN_SEGMENT_MAX_BYTES 15 /* it is the name of a bridge */

/* conf_bind.root while a scenario is read. */
struct scn_load {
	struct scenario *s; /* NULL until the statement `scenario` */
	const char *folder; /* of the scenario file, absolute; where paths start */
	unsigned n_ports;
	bool has_expect;
	bool traffic_has_kind; /* the traffic being read names one, be it right or wrong */
	bool traffic_has_from;
	int errors_before; /* in the report, before this file */
};

/* Puts an item at the end of a list. */
#define scn_append(list, item)                                                                     \
	do {                                                                                       \
		__typeof__(&*(item)) item_ = (item);                                               \
		__typeof__(&(list)) at_ = &(list);                                                 \
		while (*at_)                                                                       \
			at_ = &(*at_)->next;                                                       \
		*at_ = item_;                                                                      \
	} while (0)

static inline struct scn_load *scn_load(const struct conf_bind *b)
{
	return b->root;
}

/* ---- names (names.c): each reports its own error, then returns NULL or false ---------------- */

/* A new name: [A-Za-z][A-Za-z0-9_-]*, at most max_bytes long. what: "node". */
bool scn_check_name(struct conf_bind *b, const struct conf_word *w, const char *what,
		    size_t max_bytes);
struct scn_node *scn_find_node(struct conf_bind *b, const struct conf_word *w);
struct scn_segment *scn_find_segment(struct conf_bind *b, const struct conf_word *w);
/* The node's port on the named segment, or with the named interface. */
struct scn_port *scn_find_port(struct conf_bind *b, const struct scn_node *node,
			       const struct conf_word *w);
struct scn_traffic *scn_find_traffic(struct conf_bind *b, const struct conf_word *w);
/* The words of a statement joined by single blanks. */
const char *scn_stmt_text(struct conf_bind *b, const struct conf_stmt *s);
bool scn_ip_in(const struct conf_ip *ip, const struct conf_ip *prefix);
/* IP:PORT or [IP6]:PORT; without a port *port keeps its value. */
bool scn_get_endpoint(struct conf_bind *b, const struct conf_word *w, struct conf_ip *ip,
		      uint16_t *port);

/* ---- reading a statement word by word (phrase.c) -------------------------------------------- */

struct scn_phrase {
	struct conf_bind *b;
	const struct conf_stmt *s;
	int next;    /* index of the word to read next */
	bool failed; /* an error was reported; everything else is then skipped */
};

struct scn_phrase scn_phrase_start(struct conf_bind *b, const struct conf_stmt *s);
/* The next word, or NULL (an error was reported). */
const struct conf_word *scn_phrase_word(struct scn_phrase *p);
/* Whether the next word is this one; if so it is passed. */
bool scn_phrase_maybe(struct scn_phrase *p, const char *word);
/* The next word must be this one. */
void scn_phrase_must(struct scn_phrase *p, const char *word);
/* A point in time: not after the end of the run. */
void scn_phrase_time(struct scn_phrase *p, int64_t *out_ns);
void scn_phrase_duration(struct scn_phrase *p, int64_t *out_ns);
void scn_phrase_count(struct scn_phrase *p, int64_t *out);
void scn_phrase_ip(struct scn_phrase *p, struct conf_ip *out);
void scn_phrase_node(struct scn_phrase *p, struct scn_node **out);
/* [from T] [to T] */
void scn_phrase_span(struct scn_phrase *p, int64_t *from_ns, int64_t *to_ns);
/* No words may be left. True: the whole statement was good. */
bool scn_phrase_end(struct scn_phrase *p);

/* ---- tables ---------------------------------------------------------------------------------- */

extern const struct conf_keyword scn_segment_keywords[];
extern const struct conf_keyword scn_node_keywords[];
extern const struct conf_keyword scn_traffic_keywords[];
extern const struct conf_keyword scn_step_keywords[];
extern const struct conf_keyword scn_check_keywords[];
extern const char *const scn_director_drivers[]; /* what `director` may stand for */

void *scn_set_segment(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *scn_set_node(struct conf_bind *b, const struct conf_stmt *s, void *object);
void scn_end_node(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *scn_set_traffic(struct conf_bind *b, const struct conf_stmt *s, void *object);
void scn_end_traffic(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *scn_set_at(struct conf_bind *b, const struct conf_stmt *s, void *object);
void *scn_set_expect(struct conf_bind *b, const struct conf_stmt *s, void *object);
void scn_end_expect(struct conf_bind *b, const struct conf_stmt *s, void *object);

/* Reads the scenario at path and what it includes; conf_options.read_file and its ctx. */
struct scn_reader {
	struct arena *arena;
	const char *path;
	struct scn_include **last; /* where the next one is linked */
};
int scn_reader_read(void *ctx, const char *path, struct buf *text);

#endif
