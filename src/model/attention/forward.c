/* forward.c - a pack of sequences through the network, from slots to outputs.
 *
 * Rows are taken in strips that stay in the nearest cache from one step to the next; only
 * attention looks across rows.
 */
#include "network.h"

#include <math.h>

enum { ROWS = 96 }; /* of a strip */

static const float *vector_of(const struct pass *pass, int32_t slot)
{
    const size_t d = (size_t)pass->network->shape.width;
    const int32_t n_items = pass->network->shape.n_items;

    return pass->questions && slot >= n_items ? pass->questions + (size_t)(slot - n_items) * d
                                              : pass->table + (size_t)slot * d;
}

static void input(const struct pass *pass, float *x, int32_t first, int32_t rows)
{
    const struct network *network = pass->network;
    const struct batch *batch = pass->batch;
    const struct attention_kernels *k = pass->kernels;
    const struct dropout dropout = pass_dropout(pass, 0, DROP_INPUT);
    const int32_t d = network->shape.width;
    const float root = sqrtf((float)d);

    for (int32_t row = first; row < first + rows; row++, x += d) {
        k->scale(d, root, vector_of(pass, batch->slot[row]), x);
        k->add_scaled(d, 1, network->position + (size_t)batch->position[row] * (size_t)d, x);
        if (batch->gap) k->add_scaled(d, 1, network->gap + (size_t)batch->gap[row] * (size_t)d, x);
        if (dropout.threshold) k->drop(1, d, &dropout, row, x, x);
    }
}

/* y (n, out) = x (n, in) w + bias */
static void linear(const struct attention_kernels *kernels, int32_t n, int32_t in, int32_t out,
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
    kernels->multiply(&product);
}

/* Queries, keys and values of a strip. */
static void project(const struct pass *pass, struct block_activations *a, const struct block *block,
                    int32_t row, int32_t n)
{
    const struct attention_kernels *k = pass->kernels;
    const int32_t d = pass->network->shape.width;
    const size_t at = (size_t)row * (size_t)d;

    k->norm(n, d, a->x + at, block->norm1_gain, block->norm1_bias, a->normed1 + at, a->mean1 + row,
            a->inverse1 + row);
    linear(k, n, d, 3 * d, a->normed1 + at, block->qkv, block->qkv_bias, a->qkv + 3 * at);
}

/* What follows attention, for a strip; `next` is the x of the next block. */
static void feed_forward(const struct pass *pass, struct activations *activations, int32_t b,
                         int32_t row, int32_t n, int64_t first, float *next)
{
    const struct attention_kernels *k = pass->kernels;
    const struct block *block = &pass->network->block[b];
    struct block_activations *a = &activations->block[b];
    const struct dropout mixed = pass_dropout(pass, b, DROP_MIXED),
                         inner = pass_dropout(pass, b, DROP_INNER),
                         outer = pass_dropout(pass, b, DROP_OUTER);
    const int32_t d = pass->network->shape.width, f = pass->network->shape.inner;
    const size_t at = (size_t)row * (size_t)d, inner_at = (size_t)row * (size_t)f;
    float *z = activations->narrow + at;

    linear(k, n, d, d, a->mixed + at, block->out, block->out_bias, z);
    k->residual(n, d, &mixed, first + row, a->x + at, z, a->y + at);
    k->norm(n, d, a->y + at, block->norm2_gain, block->norm2_bias, a->normed2 + at, a->mean2 + row,
            a->inverse2 + row);
    linear(k, n, d, f, a->normed2 + at, block->inner, block->inner_bias, a->inner + inner_at);
    k->rectify(n, f, &inner, first + row, a->inner + inner_at);
    linear(k, n, f, d, a->inner + inner_at, block->outer, block->outer_bias, z);
    k->residual(n, d, &outer, first + row, a->y + at, z, next + at);
}

/* The last block, where the last row of each sequence is all that is wanted. */
static void finish_ends(const struct pass *pass, struct activations *activations, int32_t pack)
{
    const struct batch *batch = pass->batch;
    const struct network *network = pass->network;
    const int32_t first = batch->start[batch->pack[pack]], d = network->shape.width;

    for (int32_t s = batch->pack[pack]; s < batch->pack[pack + 1]; s++) {
        const int32_t row = batch->start[s + 1] - 1 - first;
        const size_t at = (size_t)row * (size_t)d;
        feed_forward(pass, activations, network->shape.blocks - 1, row, 1, first, activations->x);
        pass->kernels->norm(1, d, activations->x + at, network->norm_gain, network->norm_bias,
                            activations->h + at, activations->mean + row,
                            activations->inverse + row);
    }
}

void network_forward(const struct pass *pass, struct activations *activations, int32_t pack)
{
    const struct batch *batch = pass->batch;
    const struct network *network = pass->network;
    const int32_t first = batch->start[batch->pack[pack]];
    const int32_t rows = batch->start[batch->pack[pack + 1]] - first;
    const int32_t blocks = network->shape.blocks;

    input(pass, activations->block[0].x, first, rows);
    for (int32_t b = 0; b < blocks && !progress_cancelled(pass->progress); b++) {
        float *next = b + 1 < blocks ? activations->block[b + 1].x : activations->x;
        for (int32_t row = 0; row < rows && !progress_cancelled(pass->progress); row += ROWS)
            project(pass, &activations->block[b], &network->block[b], row,
                    rows - row < ROWS ? rows - row : ROWS);
        attention_forward(pass, activations, pack, b);
        if (pass->ends && b + 1 == blocks) {
            finish_ends(pass, activations, pack);
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
