/* junit.xml: each check of a run is one test case. The bytes depend on the evidence alone: no host,
 * no timestamp, no real time.
 */
#ifndef REPORTS_JUNIT_H
#define REPORTS_JUNIT_H

#include "harness/judge/verdict.h"

void junit_print(const struct verdict *v, struct buf *out);

#endif
