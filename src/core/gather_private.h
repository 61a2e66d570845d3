/* gather_private.h - what the two ways of gathering share. */
#ifndef AISLE_CORE_GATHER_PRIVATE_H
#define AISLE_CORE_GATHER_PRIVATE_H

#include "aisle/gather.h"

#include <stddef.h>

enum { NEAR_MOST = 512 /* of k */ };

static inline size_t gather_blocks(const struct gather_lists *lists)
{
    return ((size_t)lists->n + GATHER_BLOCK - 1) / GATHER_BLOCK;
}

/* Whether gather_near() can be asked about a shopper: one with hubs, lists that ascend, and weights
 * that a float can take. */
bool near_can(const struct gather_lists *lists, const struct gather_shopper *shopper);

/* The same results as the plain way for the shoppers whom[] (n): rows of id and score, count. Sums
 * are floats first, hubs in registers; those that may be among the best are summed again as doubles
 * and in order. Those with too many that are nearly equal are left: count stays -1. False without
 * memory. */
bool gather_near(const struct gather_lists *lists, const struct gather_shopper *shoppers,
                 const int32_t *whom, int32_t n, int32_t k, int32_t *id, float *score,
                 int32_t *count);

#endif
