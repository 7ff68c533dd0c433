/* The parts of the meter, for each other only. */
#ifndef HARNESS_JUDGE_METER_PARTS_H
#define HARNESS_JUDGE_METER_PARTS_H

#include "harness/judge/meter.h"

/* Whether a node's next advert is more than a tenth of its interval late at t. */
bool meter_overdue(const struct ev_advert *last, int64_t t_ns);
/* Fills m->changes from the spans of all addresses. */
void meter_changes(struct meter *m, const struct evidence *ev);
/* Fills m->streams. */
void meter_streams(struct meter *m, const struct evidence *ev);

#endif
