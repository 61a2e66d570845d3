/* backward.c - a pack through the network backwards: the chain rule, layer by layer.
 *
 * activations->dx holds the gradient of the residual stream from the last block to the input; what
 * a block's parts receive is made from it and added back to it.
 */
#include "network.h"

#include <math.h>
#include <string.h>

enum { ROWS = 96 }; /* of a strip */

/* For y = x w + bias, of a strip of n rows: dx = dy w^T, dw += x^T dy, dbias += the rows of dy. */
static void linear_back(const struct attention_kernels *kernels, int32_t n, int32_t in, int32_t out,
                        const float *x, const float *turned, const float *dy, float *dx, float *dw,
                        float *dbias)
{
    const struct product input = { .m = n,
                                   .n = in,
                                   .k = out,
                                   .a = dy,
                                   .a_row = (size_t)out,
                                   .a_step = 1,
                                   .b = turned,
                                   .b_step = (size_t)in,
                                   .b_panel = (size_t)kernels->panel,
                                   .c = dx,
                                   .c_row = (size_t)in };
    const struct product weight = { .m = in,
                                    .n = out,
                                    .k = n,
                                    .a = x,
                                    .a_row = 1,
                                    .a_step = (size_t)in,
                                    .b = dy,
                                    .b_step = (size_t)out,
                                    .b_panel = (size_t)kernels->panel,
                                    .c = dw,
                                    .c_row = (size_t)out,
                                    .add = true };

    kernels->multiply(&weight);
    kernels->add_rows(n, out, dy, dbias);
    kernels->multiply(&input);
}

/* The feed-forward half of a block, and the projection after attention: leaves the gradient of
 * the mixed values in activations->narrow. */
static void feed_forward_back(const struct pass *pass, struct activations *activations, int32_t b,
                              int32_t row, int32_t n, int64_t first, struct block *gradient)
{
    const struct attention_kernels *k = pass->kernels;
    const struct block *block = &pass->network->block[b];
    const struct transposed *turned = &pass->transposed[b];
    const struct block_activations *a = &activations->block[b];
    const struct dropout mixed = pass_dropout(pass, b, DROP_MIXED),
                         inner = pass_dropout(pass, b, DROP_INNER),
                         outer = pass_dropout(pass, b, DROP_OUTER);
    const int32_t d = pass->network->shape.width, f = pass->network->shape.inner;
    const size_t at = (size_t)row * (size_t)d, inner_at = (size_t)row * (size_t)f;
    float *dx = activations->dx + at, *dz = activations->narrow + at, *dh = activations->dh + at;
    float *d_inner = activations->wide;

    k->drop(n, d, &outer, first + row, dx, dz);
    linear_back(k, n, f, d, a->inner + inner_at, turned->outer, dz, d_inner, gradient->outer,
                gradient->outer_bias);
    k->rectify_back(n, f, &inner, a->inner + inner_at, d_inner);
    linear_back(k, n, d, f, a->normed2 + at, turned->inner, d_inner, dh, gradient->inner,
                gradient->inner_bias);
    k->norm_back(n, d, a->y + at, block->norm2_gain, a->mean2 + row, a->inverse2 + row, dh, dx,
                 gradient->norm2_gain, gradient->norm2_bias);
    k->drop(n, d, &mixed, first + row, dx, dh);
    linear_back(k, n, d, d, a->mixed + at, turned->out, dh, dz, gradient->out, gradient->out_bias);
}

/* The way from queries, keys and values to what came in. */
static void project_back(const struct pass *pass, struct activations *activations, int32_t b,
                         int32_t row, int32_t n, struct block *gradient)
{
    const struct attention_kernels *k = pass->kernels;
    const struct block_activations *a = &activations->block[b];
    const int32_t d = pass->network->shape.width;
    const size_t at = (size_t)row * (size_t)d;
    float *d_normed = activations->narrow + at;

    linear_back(k, n, d, 3 * d, a->normed1 + at, pass->transposed[b].qkv,
                activations->wide + 3 * at, d_normed, gradient->qkv, gradient->qkv_bias);
    k->norm_back(n, d, a->x + at, pass->network->block[b].norm1_gain, a->mean1 + row,
                 a->inverse1 + row, d_normed, activations->dx + at, gradient->norm1_gain,
                 gradient->norm1_bias);
}

static void input_back(const struct pass *pass, float *dx, int32_t first, int32_t rows,
                       struct network *gradient)
{
    const struct batch *batch = pass->batch;
    const struct attention_kernels *k = pass->kernels;
    const struct dropout dropout = pass_dropout(pass, 0, DROP_INPUT);
    const int32_t d = pass->network->shape.width;
    const float root = sqrtf((float)d);

    for (int32_t row = first; row < first + rows; row++, dx += d) {
        if (dropout.threshold) k->drop(1, d, &dropout, row, dx, dx);
        k->add_scaled(d, root, dx, gradient->item + (size_t)batch->slot[row] * (size_t)d);
        k->add_scaled(d, 1, dx, gradient->position + (size_t)batch->position[row] * (size_t)d);
        if (batch->gap)
            k->add_scaled(d, 1, dx, gradient->gap + (size_t)batch->gap[row] * (size_t)d);
    }
}

void network_backward(const struct pass *pass, struct activations *activations, int32_t pack,
                      struct network *gradient)
{
    const struct batch *batch = pass->batch;
    const struct network *network = pass->network;
    const int32_t first = batch->start[batch->pack[pack]];
    const int32_t rows = batch->start[batch->pack[pack + 1]] - first;
    const int32_t d = network->shape.width;

    memset(activations->dx, 0, (size_t)rows * (size_t)d * sizeof(float));
    pass->kernels->norm_back(rows, d, activations->x, network->norm_gain, activations->mean,
                             activations->inverse, activations->dh, activations->dx,
                             gradient->norm_gain, gradient->norm_bias);
    for (int32_t b = network->shape.blocks; b-- > 0 && !progress_cancelled(pass->progress);) {
        for (int32_t row = 0; row < rows && !progress_cancelled(pass->progress); row += ROWS)
            feed_forward_back(pass, activations, b, row, rows - row < ROWS ? rows - row : ROWS,
                              first, &gradient->block[b]);
        attention_backward(pass, activations, pack, b);
        for (int32_t row = 0; row < rows && !progress_cancelled(pass->progress); row += ROWS)
            project_back(pass, activations, b, row, rows - row < ROWS ? rows - row : ROWS,
                         &gradient->block[b]);
    }
    if (!progress_cancelled(pass->progress))
        input_back(pass, activations->dx, first, rows, gradient);
}
