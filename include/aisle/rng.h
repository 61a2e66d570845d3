/* rng.h - random numbers that are the same everywhere for the same seed.
 *
 * xoshiro256** (Blackman and Vigna 2018), seeded by splitmix64. Not for secrets.
 */
#ifndef AISLE_RNG_H
#define AISLE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t state[4];
};

void rng_init(struct rng *rng, uint64_t seed);
/* An independent stream for part `stream` of a seeded whole: the same whatever the order. */
void rng_init_stream(struct rng *rng, uint64_t seed, uint64_t stream);
uint64_t rng_next(struct rng *rng);
uint32_t rng_below(struct rng *rng, uint32_t bound); /* 0 <= x < bound, unbiased; bound > 0 */
double rng_unit(struct rng *rng);                    /* 0 <= x < 1, 53 bits */
double rng_normal(struct rng *rng);                  /* mean 0, variance 1 */
double rng_exponential(struct rng *rng, double mean);
/* The n values in an order of which all are equally likely (Fisher and Yates). */
void rng_shuffle(struct rng *rng, int32_t *values, int32_t n);

/* 64-bit mix of a value (splitmix64's finaliser): a hash for integers. */
uint64_t rng_mix(uint64_t value);

#endif
