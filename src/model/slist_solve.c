/* slist_solve.c - from the counts to the weights, of each row the largest.
 *
 * The inverse P is that of ease_invert(). A block of rows of P times S'T is a product of dense and
 * sparse, or of two dense matrices where that is less work, and only the largest weights of a row
 * outlive the block: the model is what is stored, so receipts stay exact.
 */
#include "slist.h"

#include "blas.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS_PER_BLOCK = 64,
    STRIP = 64,       /* columns mirrored at a time */
    COLUMNS = 1024,   /* of a dense product between two tests of the cancel flag */
    DENSE_SHARE = 16, /* a sparse product costs as much as a dense one from one entry in so many */
};

struct solving {
    const struct blas *blas;
    const float *inverse; /* (n, n) minus P, whole */
    const struct sparse *target;
    const float *dense; /* (n, n) the target, or NULL */
    int32_t n, max;
    float **rows;      /* (threads) (ROWS_PER_BLOCK, n) */
    float **magnitude; /* (threads) (n) */
    int32_t **best;    /* (threads) (max) */
    int32_t *column;   /* (n, max) */
    float *value;      /* (n, max) */
    int32_t *length;   /* (n) */
    struct progress *progress;
};

/* A symmetric matrix whose upper half is there. */
struct half_matrix {
    float *cell; /* (n, n) */
    size_t n;
};

/* Tiles right of the diagonal are read, those below it written. */
static void mirror(void *context, size_t begin, size_t end, int worker)
{
    const struct half_matrix *matrix = context;
    const size_t n = matrix->n;

    (void)worker;
    for (size_t column = begin; column < n; column += STRIP) {
        const size_t last = column + STRIP < n ? column + STRIP : n;
        for (size_t j = column; j < last; j++)
            for (size_t i = begin; i < (end < j ? end : j); i++)
                matrix->cell[j * n + i] = matrix->cell[i * n + j];
    }
}

/* Row `row` of -P S'T by the entries of S'T. */
static void multiply_sparse(const struct solving *solving, size_t row, float *restrict out)
{
    const float *p = solving->inverse + row * (size_t)solving->n;
    const struct sparse *target = solving->target;

    memset(out, 0, (size_t)solving->n * sizeof *out);
    for (int32_t k = 0; k < solving->n; k++) {
        const float factor = p[k];
        for (int64_t e = target->start[k]; e < target->start[k + 1]; e++)
            out[target->column[e]] += factor * target->value[e];
    }
}

static int ascending(const void *left, const void *right)
{
    const int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

/* The largest of a row, columns ascending. */
static void keep_largest(const struct solving *solving, int32_t row, const float *weights,
                         float *magnitude, int32_t *best)
{
    const size_t at = (size_t)row * (size_t)solving->max;
    int32_t kept = 0;

    for (int32_t c = 0; c < solving->n; c++)
        magnitude[c] = fabsf(weights[c]);
    const int32_t found = top_k(magnitude, solving->n, solving->max, best);
    qsort(best, (size_t)found, sizeof *best, ascending);
    for (int32_t i = 0; i < found; i++) {
        if (!(magnitude[best[i]] > 0)) continue;
        solving->column[at + (size_t)kept] = best[i];
        solving->value[at + (size_t)kept++] = -weights[best[i]]; /* the inverse is minus P */
    }
    solving->length[row] = kept;
}

static void solve_rows(void *context, size_t begin, size_t end, int worker)
{
    const struct solving *solving = context;
    const int n = (int)solving->n;
    float *rows = solving->rows[worker];

    for (int c = 0; solving->dense && c < n && !progress_cancelled(solving->progress); c += COLUMNS)
        solving->blas->sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)(end - begin),
                             n - c < COLUMNS ? n - c : COLUMNS, n, 1,
                             solving->inverse + begin * (size_t)n, n, solving->dense + c, n, 0,
                             rows + c, n);
    for (size_t row = begin; row < end && !progress_cancelled(solving->progress); row++) {
        float *weights = rows + (row - begin) * (size_t)n;
        if (!solving->dense) multiply_sparse(solving, row, weights);
        keep_largest(solving, (int32_t)row, weights, solving->magnitude[worker],
                     solving->best[worker]);
    }
}

static bool solving_init(struct solving *solving, int threads)
{
    const size_t n = (size_t)solving->n, max = (size_t)solving->max;

    solving->rows = calloc((size_t)threads, sizeof *solving->rows);
    solving->magnitude = calloc((size_t)threads, sizeof *solving->magnitude);
    solving->best = calloc((size_t)threads, sizeof *solving->best);
    solving->column = malloc((n * max + 1) * sizeof *solving->column);
    solving->value = malloc((n * max + 1) * sizeof *solving->value);
    solving->length = calloc(n + 1, sizeof *solving->length);
    if (!solving->rows || !solving->magnitude || !solving->best || !solving->column ||
        !solving->value || !solving->length)
        return false;
    for (int t = 0; t < threads; t++) {
        solving->rows[t] = malloc((ROWS_PER_BLOCK * n + 16) * sizeof **solving->rows);
        solving->magnitude[t] = malloc((n + 16) * sizeof **solving->magnitude);
        solving->best[t] = malloc((max + 1) * sizeof **solving->best);
        if (!solving->rows[t] || !solving->magnitude[t] || !solving->best[t]) return false;
    }
    return true;
}

static void solving_fini(struct solving *solving, int threads)
{
    for (int t = 0; t < threads; t++) {
        if (solving->rows) free(solving->rows[t]);
        if (solving->magnitude) free(solving->magnitude[t]);
        if (solving->best) free(solving->best[t]);
    }
    free(solving->rows);
    free(solving->magnitude);
    free(solving->best);
    free(solving->column);
    free(solving->value);
    free(solving->length);
}

/* The target as a dense matrix, where that is less work; NULL also without memory. */
static float *dense_target(const struct sparse *target, int32_t n)
{
    const size_t cells = (size_t)n * (size_t)n;
    float *dense = NULL;

    if ((size_t)sparse_entries(target) < cells / DENSE_SHARE) return NULL;
    dense = calloc(cells + 1, sizeof *dense);
    for (int32_t row = 0; dense && row < n; row++)
        for (int64_t e = target->start[row]; e < target->start[row + 1]; e++)
            dense[(size_t)row * (size_t)n + (size_t)target->column[e]] = target->value[e];
    return dense;
}

static bool weight_collect(const struct solving *solving, struct sparse *weight,
                           struct error *error)
{
    const int32_t n = solving->n;
    int64_t entries = 0;

    for (int32_t row = 0; row < n; row++)
        entries += solving->length[row];
    if (!sparse_init(weight, n, n, entries, error)) return false;
    for (int32_t row = 0; row < n; row++) {
        const size_t at = (size_t)row * (size_t)solving->max;
        const size_t bytes = (size_t)solving->length[row] * sizeof(float);
        memcpy(weight->column + weight->start[row], solving->column + at, bytes);
        memcpy(weight->value + weight->start[row], solving->value + at, bytes);
        weight->start[row + 1] = weight->start[row] + solving->length[row];
    }
    return true;
}

int64_t slist_solve_memory(int64_t n, int32_t max, int threads)
{
    const int64_t cell = sizeof(float), kept = (max < n ? max : n) * (int64_t)8;
    const int64_t inverting = 2 * 256 * n * cell + 2 * 256 * 256;

    return n * kept * 2 + inverting + threads * (ROWS_PER_BLOCK + 1) * n * cell + EASE_OF_BLAS;
}

bool slist_solve(struct slist_counts *counts, int32_t n, double lambda, int32_t max, int threads,
                 struct progress *progress, struct sparse *weight, struct error *error)
{
    struct solving solving = { .inverse = counts->gram,
                               .target = &counts->target,
                               .n = n,
                               .max = max < n ? max : n,
                               .progress = progress };
    struct half_matrix half = { counts->gram, (size_t)n };
    float *dense = NULL;
    bool done = false;

    if (threads <= 0) threads = parallel_threads();
    for (size_t i = 0; i < (size_t)n; i++)
        counts->gram[i * (size_t)n + i] += (float)lambda;
    solving.blas = blas_open(threads, error);
    if (!solving.blas) return false;
    if (!ease_invert(counts->gram, n, threads, progress, error)) return false;
    parallel_for(threads, (size_t)n, STRIP, mirror, &half, NULL);
    solving.dense = dense = dense_target(&counts->target, n);
    progress_begin(progress, "weighing", n);
    if (!solving_init(&solving, threads)) {
        error_memory(error, "the weights");
    } else {
        parallel_for(threads, (size_t)n, ROWS_PER_BLOCK, solve_rows, &solving, progress);
        done = progress_cancelled(progress)
                   ? error_set(error, ERROR_CANCELLED, "cancelled while weighing")
                   : weight_collect(&solving, weight, error);
    }
    solving_fini(&solving, threads);
    free(dense);
    return done;
}
