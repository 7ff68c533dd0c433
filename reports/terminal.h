/* A verdict for people: a timeline with a lane for each director, address and stream, a waterfall
 * for each change of owner, and the checks.
 */
#ifndef REPORTS_TERMINAL_H
#define REPORTS_TERMINAL_H

#include "harness/judge/verdict.h"

#include <stdio.h>

struct term {
	bool is_terminal; /* may be redrawn */
	bool color;	  /* a terminal, and NO_COLOR is not set */
	int width;	  /* columns; 100 where it is no terminal */
};

/* What stream is. */
struct term term_of(FILE *stream);

enum term_tone { TONE_PLAIN, TONE_GOOD, TONE_BAD, TONE_UNSURE, TONE_DIM, TONE_BOLD };
/* text in its tone, if t has colour. */
void term_put(struct buf *out, const struct term *t, enum term_tone tone, const char *text);
enum term_tone term_tone_of(enum judge_result r);

/* All of it. */
void terminal_print(const struct verdict *v, const struct term *t, struct buf *out);

/* The parts. */
void terminal_timeline(const struct verdict *v, const struct term *t, struct buf *out);
void terminal_waterfalls(const struct verdict *v, const struct term *t, struct buf *out);
void terminal_checks(const struct verdict *v, const struct term *t, struct buf *out);

#endif
