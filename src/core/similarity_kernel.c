/* similarity_kernel.c - the products of a row with all other rows, and the best of them.
 *
 * A row's products are gathered in a dense array: each of its columns adds to every row that has
 * the column. The array is then read once from end to end: turned into similarities, cleared, and
 * handed to top_k(), where ids ascend so that ties do.
 */
#include "similarity_private.h"

#include <math.h>
#include <stdlib.h>

static void add_column(const struct sparse *columns, int32_t c, double weight,
                       struct similarity_scratch *scratch)
{
    for (int64_t i = columns->start[c]; i < columns->start[c + 1]; i++)
        scratch->sum[columns->column[i]] += weight * (double)columns->value[i];
    if (!scratch->common) return;
    for (int64_t i = columns->start[c]; i < columns->start[c + 1]; i++)
        scratch->common[columns->column[i]]++;
}

/* Products to similarities, -INFINITY where there is none; clears behind itself. */
static void finish_row(const struct similarity_job *job, struct similarity_scratch *scratch,
                       int32_t row)
{
    const double left = job->left[row];

    for (int32_t other = 0; other < job->rows->n_rows; other++) {
        double similarity = scratch->sum[other] * (left * job->right[other]);
        scratch->sum[other] = 0;
        if (scratch->common) {
            similarity *= similarity_confidence(job->options, scratch->common[other]);
            scratch->common[other] = 0;
        }
        scratch->similarity[other] = (float)similarity > 0 ? (float)similarity : -INFINITY;
    }
    scratch->similarity[row] = -INFINITY;
}

static bool make_room(struct similarity_block *block, size_t more)
{
    if (block->room - block->n >= more) return true;
    size_t room = block->room + block->room / 2 + more;
    int32_t *id = realloc(block->id, room * sizeof *id);
    if (id) block->id = id;
    float *similarity = realloc(block->similarity, room * sizeof *similarity);
    if (similarity) block->similarity = similarity;
    if (!id || !similarity) return false;
    block->room = room;
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
        if (progress_cancelled(job->progress)) return;
        for (int64_t i = job->rows->start[row]; i < job->rows->start[row + 1]; i++)
            add_column(job->columns, job->rows->column[i], (double)job->rows->value[i], scratch);
        finish_row(job, scratch, row);
        int32_t kept = top_k(scratch->similarity, job->rows->n_rows, job->k, scratch->best);
        if (!make_room(block, (size_t)kept)) {
            block->failed = true;
            return;
        }
        for (int32_t i = 0; i < kept; i++) {
            block->id[block->n] = scratch->best[i];
            block->similarity[block->n++] = scratch->similarity[scratch->best[i]];
        }
        block->length[r - begin] = kept;
    }
}
