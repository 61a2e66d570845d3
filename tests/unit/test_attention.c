/* The network of the attention model against a plain one in doubles, written as the formulas stand:
 * outputs, loss, and every gradient against finite differences of the plain loss; on every set of
 * kernels that this processor runs. */
#include <aisle/rng.h>

#include "model/attention/sequences.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH_MAX = 64, ROWS_MAX = 64 };

/* A batch with everything that a pass needs, on some kernels. */
struct case_ {
    struct shape shape;
    struct network network, gradient;
    float *weights, *gradients;
    struct transposed transposed[BLOCKS_MAX];
    float *transposed_keys[BLOCKS_MAX][4];
    struct batch batch;
    struct pass pass;
    struct activations activations;
    float *panels;
    bool pairs;
};

/* ----------------------------------------------------------------------------- the plain network
 */

static double dropped(const struct pass *pass, int32_t block, enum dropout_place place, int64_t row,
                      int32_t column, double x)
{
    const struct dropout dropout = pass_dropout(pass, block, place);
    if (dropout.threshold == 0) return x;
    return dropout_keeps(&dropout, row, column) ? x * (double)dropout.scale : 0;
}

static void plain_norm(int32_t d, const double *x, const float *gain, const float *bias, double *y)
{
    double mean = 0, variance = 0;
    for (int32_t j = 0; j < d; j++)
        mean += x[j] / d;
    for (int32_t j = 0; j < d; j++)
        variance += (x[j] - mean) * (x[j] - mean) / d;
    for (int32_t j = 0; j < d; j++)
        y[j] = (double)gain[j] * (x[j] - mean) / sqrt(variance + 1e-5) + (double)bias[j];
}

static void plain_linear(int32_t in, int32_t out, const double *x, const float *w,
                         const float *bias, double *y)
{
    for (int32_t j = 0; j < out; j++) {
        y[j] = (double)bias[j];
        for (int32_t i = 0; i < in; i++)
            y[j] += x[i] * (double)w[i * out + j];
    }
}

typedef double rows_of[ROWS_MAX][WIDTH_MAX];

/* x (n, d) of one sequence to what attention adds to it; `first` is its first row in the batch. */
static void plain_attention(const struct case_ *c, int32_t b, int32_t first, int32_t n,
                            rows_of normed, rows_of context)
{
    static double qkv[ROWS_MAX][3 * WIDTH_MAX];
    const int32_t d = c->shape.width, heads = c->shape.heads, own = d / heads;
    for (int32_t i = 0; i < n; i++)
        plain_linear(d, 3 * d, normed[i], c->network.block[b].qkv, c->network.block[b].qkv_bias,
                     qkv[i]);
    memset(context, 0, sizeof(rows_of));
    for (int32_t head = 0; head < heads; head++) {
        for (int32_t i = 0; i < n; i++) {
            double p[ROWS_MAX], sum = 0;
            for (int32_t j = 0; j <= i; j++) {
                p[j] = 0;
                for (int32_t k = head * own; k < (head + 1) * own; k++)
                    p[j] += qkv[i][k] * qkv[j][d + k] / sqrt(own);
                sum += p[j] = exp(p[j]);
            }
            for (int32_t j = 0; j <= i; j++) {
                double kept = dropped(&c->pass, b, DROP_PROBABILITY,
                                      (int64_t)(first + i) * heads + head, j, p[j] / sum);
                for (int32_t k = head * own; k < (head + 1) * own; k++)
                    context[i][k] += kept * qkv[j][2 * d + k];
            }
        }
    }
}

/* The outputs h (n, d) of one sequence. */
static void plain_forward(const struct case_ *c, int32_t sequence, rows_of h)
{
    static rows_of x, normed, context;
    const struct batch *batch = &c->batch;
    const int32_t first = batch->start[sequence], n = batch->start[sequence + 1] - first;
    const int32_t d = c->shape.width, f = c->shape.ffn_width;
    double z[WIDTH_MAX], ffn_up[WIDTH_MAX];
    for (int32_t i = 0; i < n; i++) {
        for (int32_t j = 0; j < d; j++) {
            double sum = sqrt(d) * (double)c->pass.table[batch->slot[first + i] * d + j] +
                         (double)c->network.position[batch->position[first + i] * d + j];
            if (batch->time_bucket)
                sum += (double)c->network.time_bucket[batch->time_bucket[first + i] * d + j];
            x[i][j] = dropped(&c->pass, 0, DROP_INPUT, first + i, j, sum);
        }
    }
    for (int32_t b = 0; b < c->shape.blocks; b++) {
        const struct block *block = &c->network.block[b];
        for (int32_t i = 0; i < n; i++)
            plain_norm(d, x[i], block->norm1_gain, block->norm1_bias, normed[i]);
        plain_attention(c, b, first, n, normed, context);
        for (int32_t i = 0; i < n; i++) {
            plain_linear(d, d, context[i], block->out, block->out_bias, z);
            for (int32_t j = 0; j < d; j++)
                x[i][j] += dropped(&c->pass, b, DROP_CONTEXT, first + i, j, z[j]);
            plain_norm(d, x[i], block->norm2_gain, block->norm2_bias, z);
            plain_linear(d, f, z, block->ffn_up, block->ffn_up_bias, ffn_up);
            for (int32_t j = 0; j < f; j++)
                ffn_up[j] = dropped(&c->pass, b, DROP_FFN_UP, first + i, j, fmax(ffn_up[j], 0));
            plain_linear(f, d, ffn_up, block->ffn_down, block->ffn_down_bias, z);
            for (int32_t j = 0; j < d; j++)
                x[i][j] += dropped(&c->pass, b, DROP_FFN_DOWN, first + i, j, z[j]);
        }
    }
    for (int32_t i = 0; i < n; i++)
        plain_norm(d, x[i], c->network.norm_gain, c->network.norm_bias, h[i]);
}

static double product(int32_t d, const double *h, const float *vector)
{
    double sum = 0;
    for (int32_t j = 0; j < d; j++)
        sum += h[j] * (double)vector[j];
    return sum;
}

/* One row's loss, by definition. */
static double plain_row(const struct case_ *c, const double *h, int32_t row)
{
    const int32_t d = c->shape.width, target = c->batch.target[row];
    const float *table = c->pass.table;
    const double right = product(d, h, table + target * d);
    double sum = c->pass.offset ? exp(right) : 0;
    if (c->pairs)
        return log1p(exp(-right)) + log1p(exp(product(d, h, table + c->batch.negative[row] * d)));
    for (int32_t s = 0; s < c->pass.n_candidates; s++) {
        if (c->pass.offset && s == target) continue;
        sum += exp(product(d, h, table + s * d) + (c->pass.offset ? (double)c->pass.offset[s] : 0));
    }
    return log(sum) - right;
}

static double plain_loss(const struct case_ *c)
{
    static rows_of h;
    double loss = 0;
    for (int32_t s = 0; s < c->batch.n_sequences; s++) {
        plain_forward(c, s, h);
        for (int32_t row = c->batch.start[s]; row < c->batch.start[s + 1]; row++)
            loss += plain_row(c, h[row - c->batch.start[s]], row) / c->batch.n_rows;
    }
    return loss;
}

/* ---------------------------------------------------------------------------------- the fast one
 */

static void make(struct case_ *c, const struct float_kernels *kernels, struct shape shape,
                 double dropout, int32_t candidates, bool pairs)
{
    static const int32_t lengths[] = { 3, 1, 25, 9, 31 };
    struct rng rng;
    memset(c, 0, sizeof *c);
    c->shape = shape;
    c->pairs = pairs;
    network_place(&c->network, &shape, NULL);
    c->weights = floats_new(c->network.n);
    c->gradients = floats_new(c->network.n);
    assert_true(c->weights && c->gradients);
    network_place(&c->network, &shape, c->weights);
    network_place(&c->gradient, &shape, c->gradients);
    network_draw(&c->network, 7);
    rng_init(&rng, 3);
    for (size_t i = 0; i < c->network.n; i++) /* no gain 1, no bias 0 */
        c->weights[i] += (float)(rng_normal(&rng) * 0.1);
    assert_true(batch_init(&c->batch, 5, 128, shape.n_time_buckets > 0, true));
    batch_clear(&c->batch);
    for (int s = 0; s < 5; s++) {
        int32_t item[32];
        uint8_t time_bucket[32];
        for (int32_t j = 0; j < lengths[s]; j++) {
            item[j] = (int32_t)rng_below(&rng, (uint32_t)shape.n_items - 1);
            time_bucket[j] = (uint8_t)rng_below(&rng, TIME_BUCKETS);
        }
        batch_add(&c->batch, &shape, item, time_bucket, lengths[s], shape.n_items - 1, -1, true);
    }
    for (int32_t row = 0; row < c->batch.n_rows; row++)
        c->batch.negative[row] = (int32_t)rng_below(&rng, (uint32_t)shape.n_items - 1);
    batch_cut(&c->batch, 40, 2);
    assert_true(activations_init(&c->activations, &shape, 64, candidates, true));
    c->pass = (struct pass){ .kernels = kernels,
                             .network = &c->network,
                             .transposed = c->transposed,
                             .batch = &c->batch,
                             .table = c->network.item,
                             .n_candidates = candidates,
                             .share = 1 / (float)c->batch.n_rows,
                             .dropout = dropout,
                             .key = 99 };
    c->panels = floats_new((size_t)panels_width(kernels, candidates) * (size_t)shape.width + 16);
    assert_non_null(c->panels);
    c->pass.panels = c->panels;
}

static void prepare(struct case_ *c)
{
    const struct float_kernels *k = c->pass.kernels;
    const int32_t d = c->shape.width, f = c->shape.ffn_width;
    panels_fill(k, c->network.item, d, c->pass.n_candidates, 0,
                panels_width(k, c->pass.n_candidates) / k->panel, c->panels);
    for (int32_t b = 0; b < c->shape.blocks; b++) {
        const struct block *block = &c->network.block[b];
        struct transposed *to = &c->transposed[b];
        if (!to->qkv) {
            to->qkv = floats_new((size_t)(3 * d * d));
            to->out = floats_new((size_t)(d * d));
            to->ffn_up = floats_new((size_t)(d * f));
            to->ffn_down = floats_new((size_t)(d * f));
        }
        k->transpose(d, 3 * d, block->qkv, 3 * (size_t)d, to->qkv, (size_t)d);
        k->transpose(d, d, block->out, (size_t)d, to->out, (size_t)d);
        k->transpose(d, f, block->ffn_up, (size_t)f, to->ffn_up, (size_t)d);
        k->transpose(f, d, block->ffn_down, (size_t)d, to->ffn_down, (size_t)f);
    }
}

static double fast_loss(struct case_ *c)
{
    double loss = 0;
    prepare(c);
    memset(c->gradients, 0, c->network.n * sizeof(float));
    for (int32_t p = 0; p < c->batch.n_micro_batches; p++) {
        network_forward(&c->pass, &c->activations, p);
        loss += c->pairs ? loss_pairwise(&c->pass, &c->activations, p, &c->gradient)
                         : loss_softmax(&c->pass, &c->activations, p, &c->gradient);
        network_backward(&c->pass, &c->activations, p, &c->gradient);
    }
    return loss;
}

static void discard(struct case_ *c)
{
    for (int32_t b = 0; b < c->shape.blocks; b++) {
        free(c->transposed[b].qkv);
        free(c->transposed[b].out);
        free(c->transposed[b].ffn_up);
        free(c->transposed[b].ffn_down);
    }
    activations_fini(&c->activations);
    batch_fini(&c->batch);
    free(c->weights);
    free(c->gradients);
    free(c->panels);
}

static void assert_close(const char *what, double a, double b, double within)
{
    if (!(fabs(a - b) <= within)) fail_msg("%s: %.9g is not %.9g (within %g)", what, a, b, within);
}

/* All outputs, row by row. */
static void check_outputs(struct case_ *c)
{
    static rows_of h;
    prepare(c);
    for (int32_t p = 0; p < c->batch.n_micro_batches; p++) {
        const int32_t first = c->batch.start[c->batch.micro_batch[p]];
        network_forward(&c->pass, &c->activations, p);
        for (int32_t s = c->batch.micro_batch[p]; s < c->batch.micro_batch[p + 1]; s++) {
            plain_forward(c, s, h);
            for (int32_t row = c->batch.start[s]; row < c->batch.start[s + 1]; row++) {
                for (int32_t j = 0; j < c->shape.width; j++)
                    assert_close("output",
                                 (double)c->activations.h[(row - first) * c->shape.width + j],
                                 h[row - c->batch.start[s]][j], 2e-5);
            }
        }
    }
}

/* One entry of the gradient against the finite difference. */
static void check_entry(struct case_ *c, size_t i, double largest)
{
    const float before = c->weights[i], step = 3e-5F;
    char what[64];
    c->weights[i] = before + step;
    const double up = (double)c->weights[i], above = plain_loss(c);
    c->weights[i] = before - step;
    const double down = (double)c->weights[i], below = plain_loss(c);
    c->weights[i] = before;
    const double slope = (above - below) / (up - down);
    snprintf(what, sizeof what, "gradient %zu", i);
    assert_close(what, (double)c->gradients[i], slope, 2e-3 * fabs(slope) + 2e-4 * largest);
}

/* Some entries of each tensor: tensors lie one behind another, each drawn from by chance. */
static void check_gradients(struct case_ *c)
{
    const size_t d = (size_t)c->shape.width, f = (size_t)c->shape.ffn_width;
    const size_t sizes[] = { (size_t)c->shape.n_items * d, TIME_BUCKETS * d,
                             (size_t)c->shape.length * d };
    const size_t of_block[] = { d, d, 3 * d * d, 3 * d, d * d, d, d, d, d * f, f, f * d, d };
    const double loss = fast_loss(c);
    double largest = 0;
    size_t at = 0;
    struct rng rng;
    rng_init(&rng, 11);
    assert_close("loss", loss, plain_loss(c), 1e-5 * fabs(loss));
    for (size_t i = 0; i < c->network.n; i++)
        largest = fmax(largest, fabs((double)c->gradients[i]));
    for (size_t t = 0; t < 3 + 12 * (size_t)c->shape.blocks + 2; t++) {
        const size_t n = t < 3                                  ? sizes[t]
                         : t < 3 + 12 * (size_t)c->shape.blocks ? of_block[(t - 3) % 12]
                                                                : d;
        for (int draws = 0; draws < (t < 3 ? 12 : 3); draws++)
            check_entry(c, at + rng_below(&rng, (uint32_t)n), largest);
        at += n;
    }
    assert_int_equal(at, c->network.n);
}

static const struct shape small = { .n_items = 60,
                                    .n_time_buckets = TIME_BUCKETS,
                                    .length = 28,
                                    .width = 32,
                                    .heads = 2,
                                    .blocks = 2,
                                    .ffn_width = 48 };

/* Runs a check on each set of kernels. */
static void on_all(struct shape shape, double dropout, int32_t candidates, bool pairs,
                   const float *offset, void (*check)(struct case_ *))
{
    for (int level = 0; level < 3; level++) {
        struct case_ c;
        if (!float_kernels_of(level)) continue;
        make(&c, float_kernels_of(level), shape, dropout, candidates, pairs);
        c.pass.offset = offset;
        check(&c);
        discard(&c);
    }
}

static void outputs_equal_the_plain_network(void **state)
{
    (void)state;
    struct shape shape = small;
    on_all(shape, 0, 59, false, NULL, check_outputs);
    on_all(shape, 0.3, 59, false, NULL, check_outputs);
    shape.width = 64;
    shape.heads = 1;
    shape.ffn_width = 64;
    shape.n_time_buckets = 0;
    on_all(shape, 0.1, 59, false, NULL, check_outputs);
}

static void gradients_of_the_softmax(void **state)
{
    (void)state;
    on_all(small, 0, 59, false, NULL, check_gradients);
    on_all(small, 0.25, 59, false, NULL, check_gradients);
}

static void gradients_of_a_sampled_softmax(void **state)
{
    static float offset[128];
    (void)state;
    for (int s = 0; s < 128; s++)
        offset[s] = 0.01F * (float)(s % 7);
    on_all(small, 0.1, 21, false, offset, check_gradients);
}

static void gradients_of_pairs(void **state)
{
    (void)state;
    on_all(small, 0.1, 0, true, NULL, check_gradients);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_equal_the_plain_network),
        cmocka_unit_test(gradients_of_the_softmax),
        cmocka_unit_test(gradients_of_a_sampled_softmax),
        cmocka_unit_test(gradients_of_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
