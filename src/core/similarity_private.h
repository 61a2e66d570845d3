/* similarity_private.h - what the parts of the similarity kernel share. */
#ifndef AISLE_SIMILARITY_PRIVATE_H
#define AISLE_SIMILARITY_PRIVATE_H

#include "aisle/similarity.h"

#include <stddef.h>

/* norm^-power, 0 for an empty row: dot(a,b) times one factor of a and one of b is the cosine. */
double similarity_factor(double norm, double power);

/* The squared norm of one row. */
double similarity_norm(const struct sparse *rows, int32_t row);

/* What remains of a similarity that rests on `common` columns. */
static inline double similarity_confidence(const struct similarity_options *options, int32_t common)
{
    if (common < options->min_common) return 0;
    return options->shrinkage > 0 ? common / (common + options->shrinkage) : 1;
}

/* similarity_all(), which may be told to take the plain loop: for the tests and the bench. */
bool similarity_compute(const struct sparse *rows, const struct sparse *columns,
                        const struct similarity_options *options, int threads, bool may_be_fast,
                        struct progress *progress, struct neighbours *out, struct error *error);

/* One similarity_all(): what every block of rows reads. */
struct similarity_job {
    const struct sparse *rows, *columns;
    const struct similarity_options *options;
    const double *left, *right; /* (n_rows) factors of the row, of its neighbour */
    int32_t k;                  /* <= n_rows */
    size_t grain;               /* rows a block */
    struct progress *progress;
    struct similarity_scratch *scratch; /* (threads) */
    struct similarity_block *blocks;    /* (n_blocks) results, by block */
};

/* What one thread works in. */
struct similarity_scratch {
    double *sum;       /* (n_rows) products so far; all 0 between rows */
    int32_t *common;   /* (n_rows) all 0 between rows; NULL where common columns do not matter */
    int32_t *id;       /* (n_rows) rows that are similar, ascending */
    float *similarity; /* (n_rows) of those */
    int32_t *best;     /* (k) */
};

/* The neighbours of consecutive rows; grows while they are made. */
struct similarity_block {
    int32_t *length; /* (rows of the block) */
    int32_t *id;
    float *similarity;
    size_t n, capacity;
    bool failed; /* out of memory */
};

/* The rows [begin, end), a parallel_block: results go to blocks[begin / grain]. */
void similarity_block_rows(void *job, size_t begin, size_t end, int worker);

#endif
