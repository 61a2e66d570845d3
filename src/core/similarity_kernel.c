/* similarity_kernel.c - the products of a row with all other rows, and the best of them.
 *
 * A row's products are accumulated in a dense array: each of its columns adds to every row that has
 * the column. Then the array is read: from end to end, or, where little was added, by going through
 * the same columns once more, so that a large and sparse matrix does not cost its rows squared.
 * Either way what is found ascends by row, so that ties do in top_k().
 */
#include "similarity_private.h"

#include <math.h>
#include <stdlib.h>

enum {
    SPARSE = 8, /* fewer sums than one row in so many: go by columns */
    STEPS = 1 << 20
}; /* between two tests of the cancel flag */

static void add_column(const struct sparse *columns, int32_t c, double weight,
                       struct similarity_scratch *scratch)
{
    for (int64_t i = columns->start[c]; i < columns->start[c + 1]; i++)
        scratch->sum[columns->column[i]] += weight * (double)columns->value[i];
    if (!scratch->common) return;
    for (int64_t i = columns->start[c]; i < columns->start[c + 1]; i++)
        scratch->common[columns->column[i]]++;
}

/* Returns how many products were added, -1 when cancelled. */
static int64_t add_row(const struct similarity_job *job, struct similarity_scratch *scratch,
                       int32_t row)
{
    int64_t added = 0, next_look = STEPS;

    for (int64_t i = job->rows->start[row]; i < job->rows->start[row + 1]; i++) {
        int32_t c = job->rows->column[i];
        add_column(job->columns, c, (double)job->rows->value[i], scratch);
        added += job->columns->start[c + 1] - job->columns->start[c];
        if (added < next_look) continue;
        next_look += STEPS;
        if (progress_cancelled(job->progress)) return -1;
    }
    return added;
}

/* A sum as a similarity; clears it. */
static float take(const struct similarity_job *job, struct similarity_scratch *scratch, int32_t row,
                  int32_t other)
{
    double similarity = scratch->sum[other] * (job->left[row] * job->right[other]);

    scratch->sum[other] = 0;
    if (scratch->common) {
        similarity *= similarity_confidence(job->options, scratch->common[other]);
        scratch->common[other] = 0;
    }
    return other == row ? 0 : (float)similarity;
}

static int32_t find_in_all(const struct similarity_job *job, struct similarity_scratch *scratch,
                           int32_t row)
{
    int32_t n = 0;

    for (int32_t other = 0; other < job->rows->n_rows; other++) {
        float similarity = take(job, scratch, row, other);
        scratch->id[n] = other;
        scratch->similarity[n] = similarity;
        n += similarity > 0;
    }
    return n;
}

static int ascending(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return (a > b) - (a < b);
}

static int32_t find_in_columns(const struct similarity_job *job, struct similarity_scratch *scratch,
                               int32_t row)
{
    const struct sparse *columns = job->columns;
    int32_t n = 0;

    for (int64_t i = job->rows->start[row]; i < job->rows->start[row + 1]; i++) {
        int32_t c = job->rows->column[i];
        for (int64_t at = columns->start[c]; at < columns->start[c + 1]; at++) {
            int32_t other = columns->column[at];
            float similarity = take(job, scratch, row, other); /* 0 the second time */
            if (!(similarity > 0)) continue;
            scratch->id[n++] = other;
            scratch->similarity[other] = similarity;
        }
    }
    qsort(scratch->id, (size_t)n, sizeof *scratch->id, ascending);
    for (int32_t i = 0; i < n; i++) /* ids ascend from 0: i <= id[i] */
        scratch->similarity[i] = scratch->similarity[scratch->id[i]];
    return n;
}

static bool reserve(struct similarity_block *block, size_t more)
{
    if (block->capacity - block->n >= more) return true;
    size_t capacity = block->capacity + block->capacity / 2 + more;
    int32_t *id = realloc(block->id, capacity * sizeof *id);
    if (id) block->id = id;
    float *similarity = realloc(block->similarity, capacity * sizeof *similarity);
    if (similarity) block->similarity = similarity;
    if (!id || !similarity) return false;
    block->capacity = capacity;
    return true;
}

/* One row's list to the end of the block; false without memory. */
static bool keep_row(const struct similarity_job *job, struct similarity_scratch *scratch,
                     struct similarity_block *block, int32_t n, int32_t *length)
{
    int32_t scored = top_k(scratch->similarity, n, job->k, scratch->best);

    if (!reserve(block, (size_t)scored)) return false;
    for (int32_t i = 0; i < scored; i++) {
        block->id[block->n] = scratch->id[scratch->best[i]];
        block->similarity[block->n++] = scratch->similarity[scratch->best[i]];
    }
    *length = scored;
    return true;
}

void similarity_block_rows(void *context, size_t begin, size_t end, int worker)
{
    const struct similarity_job *job = context;
    struct similarity_scratch *scratch = &job->scratch[worker];
    struct similarity_block *block = &job->blocks[begin / job->grain];

    block->length = calloc(end - begin, sizeof *block->length);
    block->failed = block->length == NULL;
    for (size_t r = begin; r < end && !block->failed; r++) {
        int32_t row = (int32_t)r;
        int64_t added = progress_cancelled(job->progress) ? -1 : add_row(job, scratch, row);
        if (added < 0) return;
        int32_t n = added < job->rows->n_rows / SPARSE ? find_in_columns(job, scratch, row)
                                                       : find_in_all(job, scratch, row);
        block->failed = !keep_row(job, scratch, block, n, &block->length[r - begin]);
    }
}
