/* What the files of lib/conf share among themselves: the reader's state, from physical lines
 * (source.c, expand.c) to words and blocks (parse.c). Not for anyone else.
 */
#ifndef LIB_CONF_PARSE_H
#define LIB_CONF_PARSE_H

#include "lib/base/vec.h"
#include "lib/conf/conf.h"

#define CONF_DEPTH_MAX	       32	   /* blocks within blocks */
#define CONF_INCLUDE_DEPTH_MAX 16	   /* files within files */
#define CONF_INCLUDES_MAX      1000	   /* files in all */
#define CONF_FILE_MAX_BYTES    (16U << 20) /* of one file */
#define CONF_LINE_MAX_BYTES    (4U << 20)  /* of one line after expansion */
#define CONF_RECENT_N	       256	   /* texts */
#define CONF_SUBSTITUTIONS_MAX 10000	   /* in one line */

/* One line, comment cut off, definitions substituted. */
struct conf_line {
	const char *text; /* may hold newlines, from multi-line definitions */
	size_t n;
	const int *cols;    /* the column that each byte comes from; NULL: its own */
	struct conf_pos at; /* of the first byte */
};

struct conf_define {
	const char *name;
	const char *value;
	bool in_use; /* being substituted: a definition must not need itself */
	struct conf_define *next;
};

struct conf_frame { /* an open block */
	struct conf_block *block;
	struct conf_stmt **tail;
	struct conf_stmt *last; /* an opening brace may still follow this statement; or NULL */
	const char *name;
};

struct conf_reader {
	struct arena *arena;
	const struct conf_options *options;
	struct conf_report *report;
	struct conf_frame frame[CONF_DEPTH_MAX + 1]; /* 0: the file itself */
	int depth;
	int base_depth; /* of the file that is being read */
	int skip_depth; /* blocks that belong to no statement are dropped; so many are open */
	VEC(struct conf_word) words;
	const char *recent[CONF_RECENT_N]; /* by hash: most words of a file occur again and again */
	struct conf_define *defines;
	int include_depth;
	int n_includes;
	int repeat_depth; /* ~SEQ and ~LST on one line */
	int n_repeats;
	/* Reads the files where the statement is an include, and says whether it was one. */
	bool (*include)(struct conf_reader *p, const struct conf_stmt *s);
};

static inline bool conf_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

/* report.c: keeps a copy of a text, to show its lines. */
void conf_report_source(struct conf_report *r, const char *file, const char *text, size_t n);

/* parse.c: the words of a line, then the tree. */
void conf_read_line(struct conf_reader *p, const struct conf_line *line);
/* The length of a name at s ([A-Za-z_][A-Za-z0-9_]*), 0: none. */
size_t conf_name_len(const char *s, size_t n);

/* source.c */
/* A whole text; blocks that it leaves open are reported and closed. */
void conf_read_source(struct conf_reader *p, const char *file, const char *text, size_t n);

/* expand.c: a physical line -> conf_read_line, after definitions, conditions and substitution.
 * text is one line (definitions: several) without its end and without comment. */
void conf_expand_line(struct conf_reader *p, const char *text, size_t n, struct conf_pos at);
/* Whether the line opens a definition, so that `\` at its end continues it. */
bool conf_expand_is_define(const char *text, size_t n);
/* Whether the statement is an include, and if so reads the files. */
bool conf_expand_include(struct conf_reader *p, const struct conf_stmt *s);

/* What @ID lines are compared with; belongs to the arena. */
const char *conf_reader_id(struct conf_reader *p);
/* Defines a name or gives it another value. */
void conf_define_set(struct conf_reader *p, const char *name, const char *value);

/* repeat.c: whether the line starts with ~SEQ( or ~LST(, and if so reads what it stands for. */
bool conf_expand_repeat(struct conf_reader *p, const char *text, size_t n, struct conf_pos at);

/* builtin.c: the bytes of arguments that may stand at s, behind the name in ${NAME ARGS}. */
size_t conf_builtin_args(const char *name, size_t n_name, const char *s, size_t n);
/* The value of a name that needs no definition; NULL: not one of them. */
const char *conf_builtin_value(struct conf_reader *p, const char *name, size_t n_name,
			       const char *args, const char *file);

#endif
