/* product_private.h - what the two ways of product share. */
#ifndef AISLE_CORE_PRODUCT_PRIVATE_H
#define AISLE_CORE_PRODUCT_PRIVATE_H

#include "aisle/sparse_product.h"

#include <stddef.h>

enum { BOUNDED_K_MAX = 512 /* of k */ };

static inline size_t product_spans(const struct product_lists *lists)
{
    return ((size_t)lists->n + PRODUCT_SPAN - 1) / PRODUCT_SPAN;
}

/* Whether product_bounded() applies to a shopper: some dense row, ascending lists, weights in float
 * range. */
bool product_bounded_fits(const struct product_lists *lists, const struct product_query *shopper);

/* The same results as the plain way for the shoppers query[] (n): rows of id and score, count. Sums
 * are floats first, dense rows in registers; those that may be among the best are summed again as
 * doubles and in order. Those with too many that are nearly equal are left: count stays -1. False
 * without memory. */
bool product_bounded(const struct product_lists *lists, const struct product_query *shoppers,
                     const int32_t *query, int32_t n, int32_t k, int32_t *id, float *score,
                     int32_t *count);

#endif
