/* network.c - one allocation cut into tensors, drawn, and the workspace of a pass. */
#include "network.h"

#include "aisle/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

float *plan_take(struct plan *plan, size_t n)
{
    float *place = plan->base ? plan->base + plan->used : NULL;
    plan->used += (n + 15) & ~(size_t)15;
    return place;
}

float *floats_new(size_t n)
{
    if (n > SIZE_MAX / sizeof(float) - 16) return NULL;
    const size_t bytes = ((n + 16) & ~(size_t)15) * sizeof(float);
    float *memory = aligned_alloc(64, bytes);
    if (memory) memset(memory, 0, bytes);
    return memory;
}

void network_place(struct network *network, const struct shape *shape, float *base)
{
    struct plan plan = { .base = base };
    const size_t d = (size_t)shape->width, f = (size_t)shape->ffn_width;

    network->shape = *shape;
    network->item = plan_take(&plan, (size_t)shape->n_items * d);
    network->token = plan_take(&plan, (size_t)shape->n_tokens * d);
    network->time_bucket = plan_take(&plan, (size_t)shape->n_time_buckets * d);
    network->position = plan_take(&plan, (size_t)shape->length * d);
    for (int32_t b = 0; b < shape->blocks; b++) {
        struct block *block = &network->block[b];
        block->norm1_gain = plan_take(&plan, d);
        block->norm1_bias = plan_take(&plan, d);
        block->qkv = plan_take(&plan, d * 3 * d);
        block->qkv_bias = plan_take(&plan, 3 * d);
        block->out = plan_take(&plan, d * d);
        block->out_bias = plan_take(&plan, d);
        block->norm2_gain = plan_take(&plan, d);
        block->norm2_bias = plan_take(&plan, d);
        block->ffn_up = plan_take(&plan, d * f);
        block->ffn_up_bias = plan_take(&plan, f);
        block->ffn_down = plan_take(&plan, f * d);
        block->ffn_down_bias = plan_take(&plan, d);
    }
    network->norm_gain = plan_take(&plan, d);
    network->norm_bias = plan_take(&plan, d);
    network->n = plan.used;
}

static void draw(float *to, size_t n, double deviation, struct rng *rng)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)(rng_normal(rng) * deviation);
}

/* Of a matrix (in, out): Glorot and Bengio 2010. */
static void draw_matrix(float *to, size_t in, size_t out, struct rng *rng)
{
    draw(to, in * out, sqrt(2.0 / (double)(in + out)), rng);
}

static void fill(float *to, size_t n, float value)
{
    for (size_t i = 0; i < n; i++)
        to[i] = value;
}

void network_draw(struct network *network, uint64_t seed)
{
    const struct shape *shape = &network->shape;
    const size_t d = (size_t)shape->width, f = (size_t)shape->ffn_width;
    const double small = 0.02; /* of embeddings: scores begin near 0 */
    struct rng rng;

    rng_init_stream(&rng, seed, 1);
    draw(network->item, (size_t)shape->n_items * d, small, &rng);
    /* Segments begin at zero: a user token equals BOS until it is learned. */
    draw(network->token, (size_t)(shape->n_tokens - shape->n_segments) * d, small, &rng);
    draw(network->time_bucket, (size_t)shape->n_time_buckets * d, small, &rng);
    draw(network->position, (size_t)shape->length * d, small, &rng);
    for (int32_t b = 0; b < shape->blocks; b++) {
        struct block *block = &network->block[b];
        fill(block->norm1_gain, d, 1);
        fill(block->norm2_gain, d, 1);
        for (size_t i = 0; i < 3; i++) { /* three matrices side by side, each drawn as one */
            for (size_t row = 0; row < d; row++)
                draw(block->qkv + row * 3 * d + i * d, d, sqrt(1.0 / (double)d), &rng);
        }
        draw_matrix(block->out, d, d, &rng);
        draw_matrix(block->ffn_up, d, f, &rng);
        draw_matrix(block->ffn_down, f, d, &rng);
    }
    fill(network->norm_gain, d, 1);
}

/* ------------------------------------------------------------------------------ the workspace */

int32_t loss_tile_rows(int32_t n_candidates)
{
    enum { CACHE = 112 * 1024 }; /* floats that stay in the second cache beside the vectors */
    int32_t rows = CACHE / (n_candidates + 64);
    rows -= rows % 12;
    return rows < 12 ? 12 : rows > LOSS_ROWS_MAX ? LOSS_ROWS_MAX : rows;
}

/* With activations->memory NULL: counts. */
static size_t place(struct activations *a, const struct shape *shape, bool training)
{
    struct plan plan = { .base = a->memory };
    const size_t rows = (size_t)a->rows, d = (size_t)shape->width, f = (size_t)shape->ffn_width;
    const size_t longest = (size_t)padded(shape->length);
    const size_t wide = 3 * d > f ? 3 * d : f;

    for (int32_t b = 0; b < shape->blocks; b++) {
        struct block_activations *block = &a->block[b];
        if (b > 0 && !training) { /* no backward pass: all blocks share one buffer */
            *block = a->block[0];
            continue;
        }
        block->x = plan_take(&plan, rows * d);
        block->mean1 = plan_take(&plan, rows);
        block->inverse1 = plan_take(&plan, rows);
        block->normed1 = plan_take(&plan, rows * d);
        block->qkv = plan_take(&plan, rows * 3 * d);
        block->probability = plan_take(&plan, rows * longest * (size_t)shape->heads);
        block->context = plan_take(&plan, rows * d);
        block->y = plan_take(&plan, rows * d);
        block->mean2 = plan_take(&plan, rows);
        block->inverse2 = plan_take(&plan, rows);
        block->normed2 = plan_take(&plan, rows * d);
        block->ffn_up = plan_take(&plan, rows * f);
    }
    a->x = training ? plan_take(&plan, rows * d) : a->block[0].x;
    a->mean = plan_take(&plan, rows);
    a->inverse = plan_take(&plan, rows);
    a->h = plan_take(&plan, rows * d);
    a->scratch_width = plan_take(&plan, rows * d);
    a->transposed_keys = plan_take(&plan, d * longest);
    a->score_rows = plan_take(&plan, SCORE_ROWS * longest);
    a->dropout_rows = plan_take(&plan, SCORE_ROWS * longest);
    if (!training) return plan.used;
    a->dx = plan_take(&plan, rows * d);
    a->dh = plan_take(&plan, rows * d);
    a->wide = plan_take(&plan, rows * wide);
    const size_t tile = (size_t)loss_tile_rows(a->n_candidates);
    a->scores = plan_take(&plan, tile * ((size_t)a->n_candidates + 64));
    a->scaled = plan_take(&plan, tile * d);
    return plan.used;
}

size_t activations_floats(const struct shape *shape, int32_t rows, int32_t n_candidates,
                          bool training)
{
    struct activations counted = { .rows = rows, .n_candidates = n_candidates };
    return place(&counted, shape, training);
}

bool activations_init(struct activations *activations, const struct shape *shape, int32_t rows,
                      int32_t n_candidates, bool training)
{
    *activations = (struct activations){ .rows = rows, .n_candidates = n_candidates };
    activations->memory = floats_new(place(activations, shape, training));
    if (!activations->memory) return false;
    place(activations, shape, training);
    return true;
}

void activations_fini(struct activations *activations)
{
    free(activations->memory);
    activations->memory = NULL;
}

struct dropout pass_dropout(const struct pass *pass, int32_t block, enum dropout_place place_of)
{
    const uint64_t site = (uint64_t)block * DROP_PLACES + (uint64_t)place_of + 1;
    return dropout_of(pass->dropout, rng_mix(pass->key + site * 0x9E3779B97F4A7C15));
}
