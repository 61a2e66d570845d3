/* similarity.c - cosine neighbours: the loop over blocks of rows, and one vector against all rows.
 *
 * Blocks are computed by any thread in any order and put together by their numbers, so that the
 * result does not depend on the number of threads.
 */
#include "similarity_fast.h"
#include "similarity_private.h"

#include "aisle/parallel.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_PER_BLOCK = 16 };

double similarity_factor(double norm, double power)
{
    if (!(norm > 0)) return 0;
    return power == 0.5 ? 1 / sqrt(norm) : pow(norm, -power);
}

/* Four sums, so that none waits for the one before. */
static double squared_norm(const float *value, int64_t n)
{
    double sum[4] = { 0 };
    int64_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (int lane = 0; lane < 4; lane++)
            sum[lane] += (double)value[i + lane] * (double)value[i + lane];
    for (; i < n; i++)
        sum[0] += (double)value[i] * (double)value[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

double similarity_norm(const struct sparse *rows, int32_t row)
{
    return squared_norm(rows->value + rows->start[row], rows->start[row + 1] - rows->start[row]);
}

void similarity_norms(const struct sparse *rows, double *norms)
{
    for (int32_t row = 0; row < rows->n_rows; row++)
        norms[row] = similarity_norm(rows, row);
}

void similarity_vector(const struct sparse *columns, const double *row_norms, const int32_t *column,
                       const float *value, int32_t n, const struct similarity_options *options,
                       double *sim, int32_t *common)
{
    const double left = similarity_factor(squared_norm(value, n), options->alpha);
    const int32_t n_rows = columns->n_columns;
    const bool counted = common != NULL;

    assert(counted || (options->min_common <= 1 && !(options->shrinkage > 0)));
    memset(sim, 0, (size_t)n_rows * sizeof *sim);
    if (counted) memset(common, 0, (size_t)n_rows * sizeof *common);
    for (int32_t c = 0; c < n; c++) {
        if (column[c] < 0 || column[c] >= columns->n_rows) continue;
        for (int64_t i = columns->start[column[c]]; i < columns->start[column[c] + 1]; i++) {
            sim[columns->column[i]] += (double)value[c] * (double)columns->value[i];
            if (counted) common[columns->column[i]]++;
        }
    }
    for (int32_t row = 0; row < n_rows; row++) {
        if (sim[row] == 0) continue;
        sim[row] *= left * similarity_factor(row_norms[row], 1 - options->alpha);
        if (counted) sim[row] *= similarity_confidence(options, common[row]);
    }
}

void neighbours_fini(struct neighbours *neighbours)
{
    free(neighbours->start);
    free(neighbours->id);
    free(neighbours->similarity);
    *neighbours = (struct neighbours){ 0 };
}

int64_t similarity_memory(const struct sparse *rows, const struct similarity_options *options,
                          bool weighted, int threads)
{
    const int64_t n = rows->n_rows, scored = options->k < n ? options->k : n;
    const int64_t lists = n * scored * (int64_t)(sizeof(int32_t) + sizeof(float));
    const int64_t every = n * (int64_t)(2 * sizeof(double) + sizeof(int64_t));

    if (threads <= 0) threads = parallel_threads();
    if (!weighted && similarity_fast_fits(options, rows))
        return lists + every + similarity_fast_memory(rows, (int32_t)scored, threads);
    /* The blocks, grown by halves, and the arrays they are merged into exist at the same time. */
    return lists * 3 + every +
           threads * n * (int64_t)(sizeof(double) + 3 * sizeof(int32_t) + sizeof(float));
}

static bool make_scratch(struct similarity_job *job, int threads)
{
    const size_t n = (size_t)job->rows->n_rows + 1;
    const bool counts = job->options->min_common > 1 || job->options->shrinkage > 0;

    job->scratch = calloc((size_t)threads, sizeof *job->scratch);
    if (!job->scratch) return false;
    for (int t = 0; t < threads; t++) {
        struct similarity_scratch *scratch = &job->scratch[t];
        scratch->sum = calloc(n, sizeof *scratch->sum);
        if (counts) scratch->common = calloc(n, sizeof *scratch->common);
        scratch->id = malloc(n * sizeof *scratch->id);
        scratch->similarity = malloc(n * sizeof *scratch->similarity);
        scratch->best = malloc(n * sizeof *scratch->best);
        if (!scratch->sum || (counts && !scratch->common) || !scratch->id || !scratch->similarity ||
            !scratch->best)
            return false;
    }
    return true;
}

static void free_job(struct similarity_job *job, int threads, size_t n_blocks)
{
    for (int t = 0; job->scratch && t < threads; t++) {
        free(job->scratch[t].sum);
        free(job->scratch[t].common);
        free(job->scratch[t].id);
        free(job->scratch[t].similarity);
        free(job->scratch[t].best);
    }
    for (size_t b = 0; job->blocks && b < n_blocks; b++) {
        free(job->blocks[b].length);
        free(job->blocks[b].id);
        free(job->blocks[b].similarity);
    }
    free(job->scratch);
    free(job->blocks);
}

/* Block after block into one array each; a block is freed as soon as it is copied. */
static bool put_together(const struct similarity_job *job, size_t n_blocks, struct neighbours *out)
{
    size_t total = 0, n = 0;
    int32_t row = 0;

    for (size_t b = 0; b < n_blocks; b++) {
        if (job->blocks[b].failed) return false;
        total += job->blocks[b].n;
    }
    out->n_rows = job->rows->n_rows;
    out->start = calloc((size_t)out->n_rows + 1, sizeof *out->start);
    out->id = malloc((total + 1) * sizeof *out->id);
    out->similarity = malloc((total + 1) * sizeof *out->similarity);
    if (!out->start || !out->id || !out->similarity) return false;
    for (size_t b = 0; b < n_blocks; b++) {
        struct similarity_block *block = &job->blocks[b];
        if (block->n > 0) {
            memcpy(out->id + n, block->id, block->n * sizeof *block->id);
            memcpy(out->similarity + n, block->similarity, block->n * sizeof *block->similarity);
        }
        n += block->n;
        for (size_t i = 0; i < job->grain && row < out->n_rows; i++, row++)
            out->start[row + 1] = out->start[row] + block->length[i];
        free(block->id);
        free(block->similarity);
        block->id = NULL;
        block->similarity = NULL;
    }
    return true;
}

/* Any options and values: each row against all others, blocks put together by number. */
static bool plain_all(struct similarity_job *job, int threads, struct neighbours *out)
{
    const size_t n = (size_t)job->rows->n_rows, n_blocks = (n + job->grain - 1) / job->grain;
    bool done = false;

    job->blocks = calloc(n_blocks + 1, sizeof *job->blocks);
    if (job->blocks && make_scratch(job, threads)) {
        parallel_for(threads, n, job->grain, similarity_block_rows, job, job->progress);
        done = !progress_cancelled(job->progress) && put_together(job, n_blocks, out);
    }
    free_job(job, threads, n_blocks);
    return done;
}

bool similarity_compute(const struct sparse *rows, const struct sparse *columns,
                        const struct similarity_options *options, int threads, bool may_be_fast,
                        struct progress *progress, struct neighbours *out, struct error *error)
{
    const size_t n = (size_t)rows->n_rows;
    struct similarity_job job = { .rows = rows,
                                  .columns = columns,
                                  .options = options,
                                  .k = options->k < rows->n_rows ? options->k : rows->n_rows,
                                  .grain = ROWS_PER_BLOCK,
                                  .progress = progress };
    double *left = malloc((n + 1) * sizeof *left), *right = malloc((n + 1) * sizeof *right);
    bool done = false;

    *out = (struct neighbours){ 0 };
    if (threads <= 0) threads = parallel_threads();
    progress_begin(progress, "similarities", (int64_t)n);
    if (left && right) {
        similarity_norms(rows, left);
        const float unit = may_be_fast ? similarity_fast_unit(&job, left) : 0;
        for (size_t r = 0; r < n; r++) {
            right[r] = similarity_factor(left[r], 1 - options->alpha);
            left[r] = similarity_factor(left[r], options->alpha);
        }
        job.left = left;
        job.right = right;
        done = unit > 0 ? similarity_fast_all(&job, unit, threads, out)
                        : plain_all(&job, threads, out);
    }
    if (!done) neighbours_fini(out);
    if (!done && progress_cancelled(progress))
        error_set(error, ERROR_CANCELLED, "cancelled while computing similarities");
    else if (!done)
        error_memory(error, "similarities");
    free(left);
    free(right);
    return done;
}

bool similarity_all(const struct sparse *rows, const struct sparse *columns,
                    const struct similarity_options *options, int threads,
                    struct progress *progress, struct neighbours *out, struct error *error)
{
    return similarity_compute(rows, columns, options, threads, true, progress, out, error);
}
