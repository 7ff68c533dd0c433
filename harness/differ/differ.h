/* Two runs of one scenario, held against each other: what differs, and which of it is known.
 *
 * A run becomes a list of sightings (struct seen): one for each advert, gratuitous ARP or
 * neighbour advertisement, change of a kernel address and line that a `command` step printed, with
 * its fields as text. Sightings with the same kind, node and key make a row; the rows of both runs
 * are merged in order of time. Two sightings are the same event when they are at most DIFFER_NS
 * apart; their fields must then be equal to the letter. What has no partner is a difference too.
 *
 * Known differences are rules, one a line:
 *
 *	ID KIND NODE [only first|second] [field NAME] [key TEXT] [from TIME] [to TIME]
 *	ID shift NODE TIME [from TIME] [to TIME]
 *	tie ...			either of these, where it need not show
 *
 * The first covers differences; the second takes TIME (+ or -) off what the second run saw of the
 * node before anything is compared, but not off its output (the window is of the first run's time).
 * A rule that nothing needs is itself a finding: differences must not be forgiven after they are
 * gone. A tie is the exception: which of two things of one instant comes first may hang on how
 *often a program looks at the clock.
 *
 * compare.c is pure: no clock, no file, no output.
 */
#ifndef HARNESS_DIFFER_DIFFER_H
#define HARNESS_DIFFER_DIFFER_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/vec.h"

#include <stdbool.h>
#include <stdint.h>

#define DIFFER_NS   1000000LL /* times that are as close as this are the same */
#define SEEN_FIELDS 16

enum seen_kind { SEEN_ADVERT, SEEN_GARP, SEEN_ADDRESS, SEEN_OUTPUT, SEEN_KINDS };

struct seen_field {
	const char *name;
	const char *value;
};

struct seen {
	int64_t t_ns; /* of the run */
	enum seen_kind kind;
	const char *node;
	const char *key; /* the VRID, the address, ... : rows are made of equal ones */
	unsigned n_fields;
	struct seen_field field[SEEN_FIELDS];
	uint64_t order; /* of equal times */
};

struct seen_run {
	struct arena *arena;
	const char *director;
	VEC(struct seen) all;
};

/* Reads DIR. NULL and a line in why where its evidence is missing or damaged. */
struct seen_run *seen_load(const char *dir, char *why, size_t why_bytes);
void seen_free(struct seen_run *run);
/* For loaders and tests: a new sighting, and a field of it (name and value are not copied). */
struct seen *seen_add(struct seen_run *run, int64_t t_ns, enum seen_kind kind, const char *node,
		      const char *key);
void seen_put(struct seen *s, const char *name, const char *value);
/* The frames of one capture, whose stamps are wall clock. */
void seen_frames(struct seen_run *run, const char *path, int64_t epoch_ns);
const char *seen_kind_name(enum seen_kind kind);

struct differ_rule {
	const char *id;
	bool shift;
	int64_t shift_ns;
	enum seen_kind kind;
	const char *node;
	int only;		 /* 0: any, 1: first, 2: second */
	const char *field, *key; /* NULL: any */
	int64_t from_ns, to_ns;
	bool tie; /* need not show */
	unsigned line;
	unsigned used;
};

struct differ_rules {
	struct arena *arena;
	VEC(struct differ_rule) all;
};

/* 0, or the number of the line that cannot be read and what is wrong with it. */
unsigned differ_rules_parse(struct differ_rules *rules, const char *text, char *why,
			    size_t why_bytes);
void differ_rules_free(struct differ_rules *rules);

struct difference {
	const struct seen *first, *second; /* one is NULL: it was seen in the other run only */
	const char *field;		   /* both: the field that differs */
	const char *first_value, *second_value;
	const struct differ_rule *rule; /* NULL: unknown */
};

struct differ_count {
	unsigned first, second, same;
};

struct differ {
	VEC(struct difference) all;
	struct differ_count count[SEEN_KINDS];
	unsigned unknown; /* differences that no rule covers */
	unsigned unused;  /* rules that nothing needed */
};

/* Sorts both runs, moves the second one's times by the shifts, and compares. */
void differ_compare(struct differ *d, struct seen_run *first, struct seen_run *second,
		    struct differ_rules *rules);
/* The table and the differences, for people; only the unknown ones unless all. */
void differ_print(const struct differ *d, const struct differ_rules *rules, bool all,
		  struct buf *out);
void differ_free(struct differ *d);

#endif
