/* sparse_product.h - a sparse matrix product with top-k per row, for many rows (shoppers) at once.
 *
 * A list is a sparse row of the right matrix: the items that one thing (an item, a similar user)
 * scores, and how much. product_top_k() adds up the weighted rows of each shopper and keeps the k
 * largest sums. No array as long as the catalogue is made or cleared for a shopper: sums are
 * accumulated block by block of columns, a block that stays in the L1 cache, and rows with many
 * entries (there are always some) are also stored densely, to be added with vector instructions.
 * Sums are double in the order given; a score is the float of its sum, so that results are those of
 * the obvious loop and top_k(), to the last bit.
 */
#ifndef AISLE_SPARSE_PRODUCT_H
#define AISLE_SPARSE_PRODUCT_H

#include "aisle/error.h"

#include <stdint.h>

enum { PRODUCT_SPAN = 64 };

/* List r is [start[r], start[r + 1]) of id and value; those three are borrowed. */
struct product_lists {
    int32_t n_lists, n; /* 0 <= id < n */
    const int64_t *start;
    const int32_t *id; /* ascending in a list */
    const float *value;
    int32_t *dense_row; /* (n_lists) the index of the list's dense row, or -1 */
    float *dense;       /* (n_dense, n) */
    float *span_max; /* (n_dense, spans) the maximum of each PRODUCT_SPAN values of a dense row */
    struct product_transpose {
        int64_t *
            start; /* (n + 1); NULL where there are no dense rows, or values too small for floats */
        int32_t *list; /* ascending in each */
        float *value;
    } by_id; /* the same entries, transposed: by id */
};

/* Finds the rows to store densely, or none where that would take longer than the product. Memory: 4
 * bytes a list; where there are dense rows, 8 bytes an entry for the transpose and at most 64 for
 * the rows, usually about one. */
bool product_lists_init(struct product_lists *lists, int32_t n_lists, int32_t n,
                        const int64_t *start, const int32_t *id, const float *value,
                        bool dense_rows, struct error *error);
void product_lists_fini(struct product_lists *lists); /* allowed on a zeroed one */

struct product_query {
    const int32_t *list; /* (n) */
    const double *weight;
    int32_t n;
    const int32_t *skip; /* (n_skip) ids to leave out, ascending */
    int32_t n_skip;
};

/* For each shopper the best (at most k) of  sum[i] = sum over r of value(list[r], i) * weight[r]
 * that are > 0, but for the ids in skip: best first, equal scores by ascending id. id and score are
 * (n, k), count (n). False without memory. */
bool product_top_k(const struct product_lists *lists, const struct product_query *shoppers,
                   int32_t n, int32_t k, int32_t *id, float *score, int32_t *count,
                   struct error *error);

#endif
