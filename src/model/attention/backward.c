/* backward.c - the backward pass over a micro-batch, layer by layer.
 *
 * activations->dx holds the gradient of the residual stream from the last block to the input; the
 * gradients of a block's parts are computed from it and added to it.
 */
#include "network.h"

#include <math.h>
#include <string.h>

enum { ROWS = 96 }; /* of a block */

/* For y = x w + bias, of a block of n rows: dx = dy w^T, dw += x^T dy, dbias += the rows of dy. */
static void linear_backward(const struct float_kernels *kernels, int32_t n, int32_t in,
                            int32_t out, const float *x, const float *transposed, const float *dy,
                            float *dx, float *dw, float *dbias)
{
    const struct product input = { .m = n,
                                   .n = in,
                                   .k = out,
                                   .a = dy,
                                   .a_row = (size_t)out,
                                   .a_step = 1,
                                   .b = transposed,
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

    kernels->matmul(&weight);
    kernels->add_rows(n, out, dy, dbias);
    kernels->matmul(&input);
}

/* The feed-forward half of a block, and the projection after attention: leaves the gradient of the
 * attention output in activations->scratch_width. */
static void feed_forward_backward(const struct pass *pass, struct activations *activations,
                                  int32_t b, int32_t row, int32_t n, int64_t first,
                                  struct block *gradient)
{
    const struct float_kernels *k = pass->kernels;
    const struct block *block = &pass->network->block[b];
    const struct transposed *transposed = &pass->transposed[b];
    const struct block_activations *a = &activations->block[b];
    const struct dropout context = pass_dropout(pass, b, DROP_CONTEXT),
                         ffn_up = pass_dropout(pass, b, DROP_FFN_UP),
                         ffn_down = pass_dropout(pass, b, DROP_FFN_DOWN);
    const int32_t d = pass->network->shape.width, f = pass->network->shape.ffn_width;
    const size_t at = (size_t)row * (size_t)d, ffn_up_at = (size_t)row * (size_t)f;
    float *dx = activations->dx + at, *dz = activations->scratch_width + at,
          *dh = activations->dh + at;
    float *d_ffn_up = activations->wide;

    k->drop(n, d, &ffn_down, first + row, dx, dz);
    linear_backward(k, n, f, d, a->ffn_up + ffn_up_at, transposed->ffn_down, dz, d_ffn_up,
                    gradient->ffn_down, gradient->ffn_down_bias);
    k->relu_backward(n, f, &ffn_up, a->ffn_up + ffn_up_at, d_ffn_up);
    linear_backward(k, n, d, f, a->normed2 + at, transposed->ffn_up, d_ffn_up, dh, gradient->ffn_up,
                    gradient->ffn_up_bias);
    k->layernorm_backward(n, d, a->y + at, block->norm2_gain, a->mean2 + row, a->inverse2 + row, dh,
                          dx, gradient->norm2_gain, gradient->norm2_bias);
    k->drop(n, d, &context, first + row, dx, dh);
    linear_backward(k, n, d, d, a->context + at, transposed->out, dh, dz, gradient->out,
                    gradient->out_bias);
}

/* The way from queries, keys and values to what came in. */
static void project_backward(const struct pass *pass, struct activations *activations, int32_t b,
                             int32_t row, int32_t n, struct block *gradient)
{
    const struct float_kernels *k = pass->kernels;
    const struct block_activations *a = &activations->block[b];
    const int32_t d = pass->network->shape.width;
    const size_t at = (size_t)row * (size_t)d;
    float *d_normed = activations->scratch_width + at;

    linear_backward(k, n, d, 3 * d, a->normed1 + at, pass->transposed[b].qkv,
                    activations->wide + 3 * at, d_normed, gradient->qkv, gradient->qkv_bias);
    k->layernorm_backward(n, d, a->x + at, pass->network->block[b].norm1_gain, a->mean1 + row,
                          a->inverse1 + row, d_normed, activations->dx + at, gradient->norm1_gain,
                          gradient->norm1_bias);
}

static void input_backward(const struct pass *pass, float *dx, int32_t first, int32_t rows,
                           struct network *gradient)
{
    const struct batch *batch = pass->batch;
    const struct float_kernels *k = pass->kernels;
    const struct dropout dropout = pass_dropout(pass, 0, DROP_INPUT);
    const int32_t d = pass->network->shape.width;
    const float root = sqrtf((float)d);

    for (int32_t row = first; row < first + rows; row++, dx += d) {
        if (dropout.threshold) k->drop(1, d, &dropout, row, dx, dx);
        k->add_scaled(d, root, dx, gradient->item + (size_t)batch->slot[row] * (size_t)d);
        k->add_scaled(d, 1, dx, gradient->position + (size_t)batch->position[row] * (size_t)d);
        if (batch->time_bucket)
            k->add_scaled(d, 1, dx,
                          gradient->time_bucket + (size_t)batch->time_bucket[row] * (size_t)d);
    }
}

void network_backward(const struct pass *pass, struct activations *activations, int32_t micro_batch,
                      struct network *gradient)
{
    const struct batch *batch = pass->batch;
    const struct network *network = pass->network;
    const int32_t first = batch->start[batch->micro_batch[micro_batch]];
    const int32_t rows = batch->start[batch->micro_batch[micro_batch + 1]] - first;
    const int32_t d = network->shape.width;

    memset(activations->dx, 0, (size_t)rows * (size_t)d * sizeof(float));
    pass->kernels->layernorm_backward(rows, d, activations->x, network->norm_gain,
                                      activations->mean, activations->inverse, activations->dh,
                                      activations->dx, gradient->norm_gain, gradient->norm_bias);
    for (int32_t b = network->shape.blocks; b-- > 0 && !progress_cancelled(pass->progress);) {
        for (int32_t row = 0; row < rows && !progress_cancelled(pass->progress); row += ROWS)
            feed_forward_backward(pass, activations, b, row, rows - row < ROWS ? rows - row : ROWS,
                                  first, &gradient->block[b]);
        attention_backward(pass, activations, micro_batch, b);
        for (int32_t row = 0; row < rows && !progress_cancelled(pass->progress); row += ROWS)
            project_backward(pass, activations, b, row, rows - row < ROWS ? rows - row : ROWS,
                             &gradient->block[b]);
    }
    if (!progress_cancelled(pass->progress))
        input_backward(pass, activations->dx, first, rows, gradient);
}
