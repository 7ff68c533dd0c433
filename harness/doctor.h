/* What this machine offers: a table of the grounds and what each has, and for each scenario what is
 * missing where. For `vipdrill doctor [SCENARIO...]`.
 */
#ifndef HARNESS_DOCTOR_H
#define HARNESS_DOCTOR_H

#include "harness/scenario/scenario.h"
#include "lib/base/buf.h"

#include <stddef.h>

/* Adds the table to out, plain text. True: there is at least one ground that can be used, and every
 * scenario given can run on at least one. */
bool doctor_print(struct buf *out, struct scenario *const *scenarios, size_t n_scenarios);

#endif
