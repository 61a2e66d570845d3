/* forward.c - the forward pass over a micro-batch, from slots to outputs.
 *
 * Rows are taken in blocks that stay in the L1 cache from one step to the next; only attention
 * reads across rows.
 */
#include "network.h"

#include <math.h>

enum { ROWS = 96 }; /* of a block */

static const float *vector_of(const struct pass *pass, int32_t slot)
{
    const size_t d = (size_t)pass->network->shape.width;
    const int32_t n_items = pass->network->shape.n_items;

    return pass->query_embeddings && slot >= n_items
               ? pass->query_embeddings + (size_t)(slot - n_items) * d
               : pass->table + (size_t)slot * d;
}

static void input(const struct pass *pass, float *x, int32_t first, int32_t rows)
{
    const struct network *network = pass->network;
    const struct batch *batch = pass->batch;
    const struct float_kernels *k = pass->kernels;
    const struct dropout dropout = pass_dropout(pass, 0, DROP_INPUT);
    const int32_t d = network->shape.width;
    const float root = sqrtf((float)d);

    for (int32_t row = first; row < first + rows; row++, x += d) {
        k->scale(d, root, vector_of(pass, batch->slot[row]), x);
        k->add_scaled(d, 1, network->position + (size_t)batch->position[row] * (size_t)d, x);
        if (batch->time_bucket)
            k->add_scaled(d, 1, network->time_bucket + (size_t)batch->time_bucket[row] * (size_t)d,
                          x);
        if (dropout.threshold) k->drop(1, d, &dropout, row, x, x);
    }
}

/* y (n, out) = x (n, in) w + bias */
static void linear(const struct float_kernels *kernels, int32_t n, int32_t in, int32_t out,
                   const float *x, const float *w, const float *bias, float *y)
{
    const struct product product = { .m = n,
                                     .n = out,
                                     .k = in,
                                     .a = x,
                                     .a_row = (size_t)in,
                                     .a_step = 1,
                                     .b = w,
                                     .b_step = (size_t)out,
                                     .b_panel = (size_t)kernels->panel,
                                     .c = y,
                                     .c_row = (size_t)out,
                                     .bias = bias };
    kernels->matmul(&product);
}

/* Queries, keys and values of a block. */
static void project(const struct pass *pass, struct block_activations *a, const struct block *block,
                    int32_t row, int32_t n)
{
    const struct float_kernels *k = pass->kernels;
    const int32_t d = pass->network->shape.width;
    const size_t at = (size_t)row * (size_t)d;

    k->norm(n, d, a->x + at, block->norm1_gain, block->norm1_bias, a->normed1 + at, a->mean1 + row,
            a->inverse1 + row);
    linear(k, n, d, 3 * d, a->normed1 + at, block->qkv, block->qkv_bias, a->qkv + 3 * at);
}

/* What follows attention, for a block of rows; `next` is the x of the next block. */
static void feed_forward(const struct pass *pass, struct activations *activations, int32_t b,
                         int32_t row, int32_t n, int64_t first, float *next)
{
    const struct float_kernels *k = pass->kernels;
    const struct block *block = &pass->network->block[b];
    struct block_activations *a = &activations->block[b];
    const struct dropout context = pass_dropout(pass, b, DROP_CONTEXT),
                         ffn_up = pass_dropout(pass, b, DROP_FFN_UP),
                         ffn_down = pass_dropout(pass, b, DROP_FFN_DOWN);
    const int32_t d = pass->network->shape.width, f = pass->network->shape.ffn_width;
    const size_t at = (size_t)row * (size_t)d, ffn_up_at = (size_t)row * (size_t)f;
    float *z = activations->scratch_width + at;

    linear(k, n, d, d, a->context + at, block->out, block->out_bias, z);
    k->residual(n, d, &context, first + row, a->x + at, z, a->y + at);
    k->norm(n, d, a->y + at, block->norm2_gain, block->norm2_bias, a->normed2 + at, a->mean2 + row,
            a->inverse2 + row);
    linear(k, n, d, f, a->normed2 + at, block->ffn_up, block->ffn_up_bias, a->ffn_up + ffn_up_at);
    k->relu(n, f, &ffn_up, first + row, a->ffn_up + ffn_up_at);
    linear(k, n, f, d, a->ffn_up + ffn_up_at, block->ffn_down, block->ffn_down_bias, z);
    k->residual(n, d, &ffn_down, first + row, a->y + at, z, next + at);
}

/* The last block, where the last row of each sequence is all that is wanted. */
static void finish_ends(const struct pass *pass, struct activations *activations,
                        int32_t micro_batch)
{
    const struct batch *batch = pass->batch;
    const struct network *network = pass->network;
    const int32_t first = batch->start[batch->micro_batch[micro_batch]], d = network->shape.width;

    for (int32_t s = batch->micro_batch[micro_batch]; s < batch->micro_batch[micro_batch + 1];
         s++) {
        const int32_t row = batch->start[s + 1] - 1 - first;
        const size_t at = (size_t)row * (size_t)d;
        feed_forward(pass, activations, network->shape.blocks - 1, row, 1, first, activations->x);
        pass->kernels->norm(1, d, activations->x + at, network->norm_gain, network->norm_bias,
                            activations->h + at, activations->mean + row,
                            activations->inverse + row);
    }
}

void network_forward(const struct pass *pass, struct activations *activations, int32_t micro_batch)
{
    const struct batch *batch = pass->batch;
    const struct network *network = pass->network;
    const int32_t first = batch->start[batch->micro_batch[micro_batch]];
    const int32_t rows = batch->start[batch->micro_batch[micro_batch + 1]] - first;
    const int32_t blocks = network->shape.blocks;

    input(pass, activations->block[0].x, first, rows);
    for (int32_t b = 0; b < blocks && !progress_cancelled(pass->progress); b++) {
        float *next = b + 1 < blocks ? activations->block[b + 1].x : activations->x;
        for (int32_t row = 0; row < rows && !progress_cancelled(pass->progress); row += ROWS)
            project(pass, &activations->block[b], &network->block[b], row,
                    rows - row < ROWS ? rows - row : ROWS);
        attention_forward(pass, activations, micro_batch, b);
        if (pass->ends && b + 1 == blocks) {
            finish_ends(pass, activations, micro_batch);
            return;
        }
        for (int32_t row = 0; row < rows && !progress_cancelled(pass->progress); row += ROWS)
            feed_forward(pass, activations, b, row, rows - row < ROWS ? rows - row : ROWS, first,
                         next);
    }
    pass->kernels->norm(rows, network->shape.width, activations->x, network->norm_gain,
                        network->norm_bias, activations->h, activations->mean,
                        activations->inverse);
}
