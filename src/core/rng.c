/* rng.c - xoshiro256** (D. Blackman and S. Vigna, "Scrambled linear pseudorandom number
 * generators", 2018), seeded by splitmix64. */
#include "aisle/rng.h"

#include <math.h>

static const uint64_t GOLDEN = 0x9E3779B97F4A7C15;

uint64_t rng_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
    return value ^ (value >> 31);
}

void rng_init(struct rng *rng, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += GOLDEN;
        rng->state[i] = rng_mix(seed); /* a bijection of distinct seeds: never all 0 */
    }
}

void rng_init_stream(struct rng *rng, uint64_t seed, uint64_t stream)
{
    rng_init(rng, rng_mix(seed + GOLDEN) ^ rng_mix(~stream));
}

static uint64_t rotate(uint64_t value, int by)
{
    return value << by | value >> (64 - by);
}

uint64_t rng_next(struct rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9, shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 45);
    return result;
}

/* Multiply and shift; the low half says when a draw belongs to the uneven rest (D. Lemire, "Fast
 * random integer generation in an interval", 2019). */
uint32_t rng_below(struct rng *rng, uint32_t bound)
{
    uint64_t product = (rng_next(rng) >> 32) * bound;

    if ((uint32_t)product < bound) {
        uint32_t uneven = (uint32_t)-bound % bound;
        while ((uint32_t)product < uneven)
            product = (rng_next(rng) >> 32) * bound;
    }
    return (uint32_t)(product >> 32);
}

double rng_unit(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}

/* Marsaglia's polar method; the second number of the pair is given up for having no state. */
double rng_normal(struct rng *rng)
{
    double x, y, square;

    do {
        x = 2 * rng_unit(rng) - 1;
        y = 2 * rng_unit(rng) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    return x * sqrt(-2 * log(square) / square);
}

double rng_exponential(struct rng *rng, double mean)
{
    return -mean * log1p(-rng_unit(rng));
}

void rng_shuffle(struct rng *rng, int32_t *values, int32_t n)
{
    for (int32_t i = n - 1; i > 0; i--) {
        const int32_t j = (int32_t)rng_below(rng, (uint32_t)i + 1), swap = values[i];
        values[i] = values[j];
        values[j] = swap;
    }
}
