/* gather.h - the best of sums over lists, for many shoppers one after the other.
 *
 * A list says what one thing (an item, a similar user) speaks for and how much. gather_best() adds
 * up the lists of what a shopper has and keeps the best sums: no array is allocated or cleared for
 * a shopper, and only what was added to, or can be among the best, is looked at. Sums are double in
 * the order given; a score is the float of its sum, so that results are those of the obvious loop
 * and top_k(), to the last bit.
 */
#ifndef AISLE_GATHER_H
#define AISLE_GATHER_H

#include "aisle/error.h"

#include <stdint.h>

/* List r is [start[r], start[r + 1]) of id and value; borrowed. */
struct gather_lists {
    const int64_t *start;
    const int32_t *id; /* 0 <= id < n */
    const float *value;
};

struct gather; /* the workspace of one thread: 8 bytes an id */

struct gather *gather_new(int32_t n, int32_t k, struct error *error);
void gather_free(struct gather *gather); /* NULL is allowed */

/* The best (at most k) of  sum[i] = sum over r of value(list[r], i) * weight[r]  that are > 0, but
 * for the ids in skip: best first, equal scores by ascending id. Returns how many. */
int32_t gather_best(struct gather *gather, const struct gather_lists *lists, const int32_t *list,
                    const double *weight, int32_t n_lists, const int32_t *skip, int32_t n_skip,
                    int32_t *id, float *score);

#endif
