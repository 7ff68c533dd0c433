/* Seeded random numbers for schedules and simulations: the same seed gives the same sequence on
 * every machine (xoshiro256** seeded by splitmix64; Blackman and Vigna, 2018). Never for secrets.
 */
#ifndef LIB_BASE_RNG_H
#define LIB_BASE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_u64(struct rng *r);
/* 0 <= result < bound, without bias; bound > 0. */
uint64_t rng_below(struct rng *r, uint64_t bound);
/* lo <= result <= hi. */
int64_t rng_range(struct rng *r, int64_t lo, int64_t hi);
/* True in permille of 1000 draws. */
bool rng_chance(struct rng *r, unsigned permille);

#endif
