/* similarity_fast.h - neighbours when products are exact in whole numbers and only the best few are
 * kept.
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

/* One column: its labels are [start, end). Where it has most of the first labels, these are stored
 * once more as values by label, 0 between them: labels [0, first) at dense. */
struct similarity_column {
    uint32_t start, end, behind; /* behind: the first entry that is not in the dense part */
    int32_t first;
    int64_t dense;
    uint32_t more, more_end; /* in `more`, of what is not in the dense part */
};

/* An entry that is not 1 where most are: what it has above 1. */
struct similarity_more {
    int32_t label, value;
};

/* The matrix by columns, rows relabelled: label 0 has most entries. Values are whole numbers of
 * `unit`; where norms stay below 2^24 units squared, values stay below 2^12. */
struct similarity_layout {
    int32_t n, n_columns;
    int32_t *original;                 /* (n) row of a label */
    struct similarity_column *columns; /* (n_columns) */
    uint16_t *narrow; /* (entries) labels ascending in a column; or NULL, where n > 65536: */
    int32_t *wide;    /* (entries) */
    uint16_t *value;  /* (entries) in units, or NULL: all values are `constant`, but for `more` */
    struct similarity_more *more; /* by column, labels ascending; or NULL: there are none */
    uint16_t *dense;              /* values by label, in units */
    int32_t constant;             /* in units; 1 where there are values */
    float unit;                   /* 1, or 0.5 where there are halves */
    uint32_t *after; /* (entries) of each entry of the rows, the place of the next one in its
                      * column that is not in its dense part */
};

/* sum[i] += x * value[i]. */
typedef void similarity_add(int32_t *sum, const uint16_t *value, int32_t n, int32_t x);
similarity_add *similarity_best_add(void);

/* Adds the pairs of entries [begin, end) of the row of label `own` with later labels to sum (n), in
 * unit squared; returns how many additions that took. */
int64_t similarity_accumulate(const struct similarity_layout *layout, const struct sparse *rows,
                              int32_t own, int64_t begin, int64_t end, similarity_add *add,
                              int32_t *sum);

/* Labels in [begin, end) whose sum times inverse[label] times own may reach the smaller of `min`
 * and min_of[label]: found[] gets the labels and dot[] their sums; clears the sums. Returns how
 * many. Sums of 0 never pass: thresholds are > 0. */
typedef int32_t similarity_scan(int32_t *sum, const float *inverse, const float *min_of, float own,
                                float min, int32_t begin, int32_t end, int32_t *found,
                                int32_t *dot);
/* The best one that this processor runs. */
similarity_scan *similarity_best_scan(void);
/* For the bench and the tests: 0 plain C, 1 AVX2, 2 AVX-512; NULL where it cannot run. */
similarity_scan *similarity_scan_of(int level);

/* The unit of a job of this kind (1 or 0.5), 0 where it is not of this kind; and doing it. `out`
 * is made; false without memory or when cancelled (the caller asks progress which). */
float similarity_fast_unit(const struct similarity_job *job, const double *norms);
bool similarity_fast_all(const struct similarity_job *job, float unit, int threads,
                         struct neighbours *out);
/* Whether the options allow it, and what it takes beside the lists: k <= rows. */
bool similarity_fast_fits(const struct similarity_options *options, const struct sparse *rows);
int64_t similarity_fast_memory(const struct sparse *rows, int32_t k, int threads);

#endif
