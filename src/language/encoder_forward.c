/* encoder_forward.c - the layers of an encoder, over texts that lie one after the other. */
#include "encoder_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static size_t rounded(size_t n)
{
    return (n + 15) / 16 * 16;
}

static size_t wide_of(const struct encoder_config *config)
{
    const size_t qkv = 3 * (size_t)config->width, inner = (size_t)config->inner;
    return qkv > inner ? qkv : inner;
}

size_t encoder_scratch_bytes(const struct encoder *encoder, int32_t tokens)
{
    const struct encoder_config *config = &encoder->config;
    const size_t d = (size_t)config->width, longest = rounded((size_t)config->max_tokens);
    return sizeof(float) * ((size_t)tokens * (2 * d + wide_of(config)) +
                            longest * (d / (size_t)config->heads) + longest * longest);
}

bool encoder_scratch_init(struct encoder_scratch *scratch, const struct encoder *encoder,
                          int32_t tokens, struct error *error)
{
    const struct encoder_config *config = &encoder->config;
    const size_t d = (size_t)config->width, longest = rounded((size_t)config->max_tokens);

    *scratch = (struct encoder_scratch){ .tokens = tokens, .longest = (int32_t)longest };
    scratch->memory = aligned_alloc(64, (encoder_scratch_bytes(encoder, tokens) + 63) / 64 * 64);
    if (!scratch->memory) return error_memory(error, "the layers of an encoder");
    scratch->x = scratch->memory;
    scratch->z = scratch->x + (size_t)tokens * d;
    scratch->wide = scratch->z + (size_t)tokens * d;
    scratch->keys = scratch->wide + (size_t)tokens * wide_of(config);
    scratch->scores = scratch->keys + longest * (d / (size_t)config->heads);
    memset(scratch->keys, 0, longest * (d / (size_t)config->heads) * sizeof(float));
    return true;
}

void encoder_scratch_fini(struct encoder_scratch *scratch)
{
    free(scratch->memory);
    *scratch = (struct encoder_scratch){ 0 };
}

/* y (n, out) = x (n, in) w + bias, w packed */
static void linear(const struct float_kernels *k, int32_t n, int32_t in, int32_t out,
                   const float *x, const float *w, const float *bias, float *y)
{
    const struct product product = { .m = n,
                                     .n = out,
                                     .k = in,
                                     .a = x,
                                     .a_row = (size_t)in,
                                     .a_step = 1,
                                     .b = w,
                                     .b_step = (size_t)k->panel,
                                     .b_panel = (size_t)in * (size_t)k->panel,
                                     .c = y,
                                     .c_row = (size_t)out,
                                     .bias = bias };
    k->matmul(&product);
}

/* One head of one text of n tokens: softmax(Q K' / sqrt(width)) V. qkv has `row` floats a token:
 * queries, keys, values of all heads. out has `out_row` floats a token. */
static void attend_head(const struct encoder *encoder, struct encoder_scratch *scratch, int32_t n,
                        const float *q, size_t row, float *out, size_t out_row)
{
    const struct float_kernels *k = encoder->kernels;
    const int32_t d = encoder->config.width, width = d / encoder->config.heads;
    const int32_t columns = (n + 15) / 16 * 16;
    const size_t step = (size_t)columns;

    k->transpose(n, width, q + d, row, scratch->keys, step);
    const struct product scores = { .m = n,
                                    .n = columns,
                                    .k = width,
                                    .a = q,
                                    .a_row = row,
                                    .a_step = 1,
                                    .b = scratch->keys,
                                    .b_step = step,
                                    .b_panel = (size_t)k->panel,
                                    .c = scratch->scores,
                                    .c_row = step };
    k->matmul(&scores);
    for (int32_t i = 0; i < n; i++)
        k->softmax(n, columns, 1 / sqrtf((float)width), scratch->scores + (size_t)i * step);
    const struct product mixed = { .m = n,
                                   .n = width,
                                   .k = n,
                                   .a = scratch->scores,
                                   .a_row = step,
                                   .a_step = 1,
                                   .b = q + (ptrdiff_t)2 * d,
                                   .b_step = row,
                                   .b_panel = (size_t)k->panel,
                                   .c = out,
                                   .c_row = out_row };
    k->matmul(&mixed);
}

/* scratch->z = the heads of every text, from the queries, keys and values in scratch->wide. */
static bool attend(const struct encoder *encoder, const struct encoder_batch *batch,
                   struct encoder_scratch *scratch, const struct progress *progress)
{
    const size_t d = (size_t)encoder->config.width;
    const size_t width = d / (size_t)encoder->config.heads;

    for (int32_t i = 0; i < batch->n; i++) {
        const size_t first = (size_t)batch->start[i];
        const int32_t n = batch->start[i + 1] - batch->start[i];
        if (progress_cancelled(progress)) return false;
        for (int32_t head = 0; head < encoder->config.heads; head++)
            attend_head(encoder, scratch, n, scratch->wide + first * 3 * d + (size_t)head * width,
                        3 * d, scratch->z + first * d + (size_t)head * width, d);
    }
    return true;
}

static bool run_layer(const struct encoder *encoder, const struct encoder_layer *layer,
                      const struct encoder_batch *batch, struct encoder_scratch *scratch,
                      const struct progress *progress)
{
    const struct float_kernels *k = encoder->kernels;
    const struct encoder_config *config = &encoder->config;
    const int32_t tokens = batch->start[batch->n], d = config->width, inner = config->inner;

    linear(k, tokens, d, 3 * d, scratch->x, layer->qkv, layer->qkv_bias, scratch->wide);
    if (!attend(encoder, batch, scratch, progress)) return false;
    linear(k, tokens, d, d, scratch->z, layer->out, layer->out_bias, scratch->wide);
    k->residual_norm(tokens, d, config->epsilon, scratch->wide, layer->norm1_gain,
                     layer->norm1_bias, scratch->x);
    if (progress_cancelled(progress)) return false;
    linear(k, tokens, d, inner, scratch->x, layer->up, layer->up_bias, scratch->wide);
    k->gelu((size_t)tokens * (size_t)inner, scratch->wide);
    if (progress_cancelled(progress)) return false;
    linear(k, tokens, inner, d, scratch->wide, layer->down, layer->down_bias, scratch->z);
    k->residual_norm(tokens, d, config->epsilon, scratch->z, layer->norm2_gain, layer->norm2_bias,
                     scratch->x);
    return !progress_cancelled(progress);
}

/* x = norm(piece + position) */
static void embed(const struct encoder *encoder, const struct encoder_batch *batch,
                  struct encoder_scratch *scratch)
{
    const struct encoder_config *config = &encoder->config;
    const size_t d = (size_t)config->width;
    const int32_t tokens = batch->start[batch->n];

    for (int32_t i = 0; i < batch->n; i++) {
        const size_t first = (size_t)batch->start[i], n = (size_t)batch->start[i + 1] - first;
        memcpy(scratch->x + first * d, encoder->position, n * d * sizeof(float));
    }
    for (int32_t t = 0; t < tokens; t++)
        tensor_read_row(&encoder->pieces, batch->ids[t], scratch->z + (size_t)t * d);
    encoder->kernels->residual_norm(tokens, config->width, config->epsilon, scratch->z,
                                    encoder->norm_gain, encoder->norm_bias, scratch->x);
}

/* The vector of one text, of length 1. Weights that make it no number give zeros. */
static void pool(const struct encoder *encoder, const float *x, int32_t n, float *vector)
{
    const int32_t d = encoder->config.width;
    double squares = 0;

    memcpy(vector, x, (size_t)d * sizeof *vector);
    if (encoder->config.pooling == POOLING_MEAN && n > 1)
        encoder->kernels->add_rows(n - 1, d, x + d, vector);
    for (int32_t j = 0; j < d; j++)
        squares += (double)vector[j] * vector[j];
    const bool good = squares > 0 && squares < HUGE_VAL;
    encoder->kernels->scale(d, good ? (float)(1 / sqrt(squares)) : 0, vector, vector);
    if (!good) memset(vector, 0, (size_t)d * sizeof *vector);
}

bool encoder_forward(const struct encoder *encoder, const struct encoder_batch *batch,
                     struct encoder_scratch *scratch, const struct encoder_watch *watch,
                     float *vectors, struct progress *progress)
{
    const size_t d = (size_t)encoder->config.width;

    embed(encoder, batch, scratch);
    if (watch) watch->layer(watch->context, 0, scratch->x);
    for (int32_t i = 0; i < encoder->config.layers; i++) {
        if (!run_layer(encoder, &encoder->layers[i], batch, scratch, progress)) return false;
        if (watch) watch->layer(watch->context, i + 1, scratch->x);
    }
    for (int32_t i = 0; i < batch->n; i++)
        pool(encoder, scratch->x + (size_t)batch->start[i] * d,
             batch->start[i + 1] - batch->start[i], vectors + (size_t)i * d);
    return true;
}
