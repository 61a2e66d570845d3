/* similarity_fast.h - neighbours when products are exact in float and only the best few are kept.
 *
 * The ideas: rows are relabelled by length, so that the busy part of the accumulator stays in
 * cache; a pair is computed once and offered to both of its rows, which halves the products; what
 * is not better than the worst of the kept k fails in one vector comparison with the pair's
 * approximate similarity; what passes is computed exactly. Every thread keeps the best of the pairs
 * it saw, and a row's parts are put together at the end: results are those of the plain loop, to
 * the last bit, whatever the number of threads.
 */
#ifndef AISLE_SIMILARITY_FAST_H
#define AISLE_SIMILARITY_FAST_H

#include "similarity_private.h"

/* The matrix by columns, rows relabelled: label 0 has most entries. */
struct similarity_layout {
    int32_t n;         /* rows */
    int32_t *original; /* (n) row of a label */
    int64_t *start;    /* (n_columns + 1) column c is [start[c], start[c+1]) */
    uint16_t *narrow;  /* (entries) labels ascending in a column; or NULL, where n > 65536: */
    int32_t *wide;     /* (entries) */
    float *value;      /* (entries), or NULL: all values are `constant` */
    float constant;
    uint32_t *after; /* (entries) of each entry of the rows, the place after it in its column */
};

/* Adds the pairs of entries [begin, end) of a row with later labels to sum (n); returns how many.
 */
int64_t similarity_accumulate(const struct similarity_layout *layout, const struct sparse *rows,
                              int64_t begin, int64_t end, float *sum);

/* Labels in [begin, end) whose sum times inverse[label] times own may reach the least of `least`
 * and least_of[label]: found[] gets the labels and dot[] their sums; clears the sums. Returns how
 * many. Sums of 0 never pass: thresholds are > 0. */
typedef int32_t similarity_scan(float *sum, const float *inverse, const float *least_of, float own,
                                float least, int32_t begin, int32_t end, int32_t *found,
                                float *dot);
/* The best one that this processor runs. */
similarity_scan *similarity_best_scan(void);
/* For the bench and the tests: 0 plain C, 1 AVX2, 2 AVX-512; NULL where it cannot run. */
similarity_scan *similarity_scan_of(int level);

/* Whether a job is of this kind, and doing it. `out` is made; false without memory or when
 * cancelled (the caller asks progress which). */
bool similarity_is_fast(const struct similarity_job *job, const double *norms);
bool similarity_fast_all(const struct similarity_job *job, int threads, struct neighbours *out);
int64_t similarity_fast_memory(const struct sparse *rows, int32_t k, int threads);

#endif
