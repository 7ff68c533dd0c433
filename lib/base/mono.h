/* Monotonic time as a type of its own, so that it cannot be mixed with a duration or a count.
 *
 * A mono_t is a point on some monotonic clock, in nanoseconds; a duration is a plain int64_t whose
 * name ends in its unit. Pure code never reads a clock: a mono_t reaches it as an argument.
 */
#ifndef LIB_BASE_MONO_H
#define LIB_BASE_MONO_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

typedef struct {
	int64_t ns;
} mono_t;

#define NS_PER_US 1000LL
#define NS_PER_MS 1000000LL
#define NS_PER_S  1000000000LL

/* Later than every event: "no deadline". */
#define MONO_NEVER ((mono_t){INT64_MAX})

static inline mono_t mono_add(mono_t t, int64_t ns)
{
	return t.ns == INT64_MAX ? t : (mono_t){t.ns + ns};
}

/* a - b, in nanoseconds. */
static inline int64_t mono_diff(mono_t a, mono_t b)
{
	return a.ns - b.ns;
}

static inline bool mono_before(mono_t a, mono_t b)
{
	return a.ns < b.ns;
}

static inline bool mono_is_never(mono_t t)
{
	return t.ns == INT64_MAX;
}

static inline mono_t mono_min(mono_t a, mono_t b)
{
	return a.ns < b.ns ? a : b;
}

/* CLOCK_MONOTONIC now. For the shells at the edge only; never called by pure code. */
static inline mono_t mono_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (mono_t){(int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec};
}

#endif
