/* encoder_weights.c - weights of BERT by name, checked and packed. */
#include "encoder_private.h"

#include "aisle/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct encoder *encoder;
    encoder_weights_find *find;
    const void *source;
    float *next, *end; /* of encoder->weights */
    float *rows;       /* (16, columns) on the way to a panel */
    uint64_t checksum; /* of vectors and of the first rows of matrices, as they were read */
    struct error *error;
};

/* A multiple of 64 bytes. */
static size_t padded(size_t n)
{
    return (n + 15) / 16 * 16;
}

static size_t packed_size(const struct float_kernels *kernels, int32_t out, int32_t in)
{
    const size_t panel = (size_t)kernels->panel;
    return ((size_t)out + panel - 1) / panel * panel * (size_t)in;
}

/* Families put their own name before those of BERT. */
static const struct tensor *find_tensor(const struct reading *r, const char *name, int64_t rows,
                                        int64_t columns)
{
    static const char *const families[] = { "", "bert.", "roberta.", "model." };
    const struct tensor *tensor = NULL;
    char full[160];

    for (size_t i = 0; !tensor && i < sizeof families / sizeof *families; i++) {
        snprintf(full, sizeof full, "%s%s", families[i], name);
        tensor = r->find(r->source, full);
    }
    if (!tensor) {
        error_set(r->error, ERROR_INPUT, "its weights have no %.120s", name);
        return NULL;
    }
    if (tensor_columns(tensor) == columns && tensor_rows(tensor) == rows) return tensor;
    error_set(r->error, ERROR_INPUT, "its weights have %.120s in another size than its config.json",
              name);
    return NULL;
}

static float *take(struct reading *r, size_t n)
{
    float *memory = r->next;
    r->next += padded(n);
    return memory;
}

/* A vector of n; NULL after filling error. */
static const float *read_vector(struct reading *r, const char *name, int32_t n)
{
    const struct tensor *tensor = find_tensor(r, name, 1, n);
    if (!tensor) return NULL;
    float *vector = take(r, (size_t)n);
    tensor_decode(tensor->type, tensor->data, n, vector);
    r->checksum = bytes_checksum(r->checksum, vector, (size_t)n * sizeof *vector);
    return vector;
}

/* Rows of the file are neurons: 16 of them at a time become columns of a panel, from `column` on.
 */
static void pack_rows(struct reading *r, const struct tensor *tensor, float *packed, int32_t column)
{
    const struct float_kernels *k = r->encoder->kernels;
    const int32_t in = (int32_t)tensor_columns(tensor), out = (int32_t)tensor_rows(tensor);

    for (int32_t row = 0; row < out; row += 16) {
        const int32_t at = column + row;
        float *panel = packed + (size_t)(at / k->panel) * (size_t)in * (size_t)k->panel;
        for (int32_t i = 0; i < 16; i++)
            tensor_read_row(tensor, row + i, r->rows + (size_t)i * (size_t)in);
        if (row == 0)
            r->checksum =
                bytes_checksum(r->checksum, r->rows, (size_t)16 * (size_t)in * sizeof(float));
        for (int32_t part = 0; part < 16; part += k->panel) { /* panels may be narrower than 16 */
            const int32_t n = k->panel < 16 ? k->panel : 16;
            k->transpose(n, in, r->rows + (size_t)part * (size_t)in, (size_t)in,
                         panel + (size_t)(part / k->panel) * (size_t)in * (size_t)k->panel +
                             at % k->panel,
                         (size_t)k->panel);
        }
    }
}

/* One matrix of `parts` (out, in) side by side; names with the layer's number. */
static const float *read_matrix(struct reading *r, const char *const *names, int32_t parts,
                                int32_t layer, int32_t out, int32_t in)
{
    char name[128];
    float *packed = take(r, packed_size(r->encoder->kernels, parts * out, in));
    for (int32_t i = 0; i < parts; i++) {
        snprintf(name, sizeof name, "encoder.layer.%d.%s.weight", layer, names[i]);
        const struct tensor *tensor = find_tensor(r, name, out, in);
        if (!tensor) return NULL;
        pack_rows(r, tensor, packed, i * out);
    }
    return packed;
}

static const float *read_biases(struct reading *r, const char *const *names, int32_t parts,
                                int32_t layer, const char *what, int32_t n)
{
    char name[128];
    float *bias = take(r, (size_t)parts * (size_t)n);
    for (int32_t i = 0; i < parts; i++) {
        snprintf(name, sizeof name, "encoder.layer.%d.%s.%s", layer, names[i], what);
        const struct tensor *tensor = find_tensor(r, name, 1, n);
        if (!tensor) return NULL;
        tensor_decode(tensor->type, tensor->data, n, bias + (size_t)i * (size_t)n);
    }
    r->checksum = bytes_checksum(r->checksum, bias, (size_t)parts * (size_t)n * sizeof *bias);
    return bias;
}

static bool read_layer(struct reading *r, int32_t i, struct encoder_layer *layer)
{
    static const char *const qkv[] = { "attention.self.query", "attention.self.key",
                                       "attention.self.value" };
    static const char *const out[] = { "attention.output.dense" };
    static const char *const norm1[] = { "attention.output.LayerNorm" };
    static const char *const up[] = { "intermediate.dense" }, *const down[] = { "output.dense" };
    static const char *const norm2[] = { "output.LayerNorm" };
    const int32_t d = r->encoder->config.width, inner = r->encoder->config.inner;

    return (layer->qkv = read_matrix(r, qkv, 3, i, d, d)) &&
           (layer->qkv_bias = read_biases(r, qkv, 3, i, "bias", d)) &&
           (layer->out = read_matrix(r, out, 1, i, d, d)) &&
           (layer->out_bias = read_biases(r, out, 1, i, "bias", d)) &&
           (layer->norm1_gain = read_biases(r, norm1, 1, i, "weight", d)) &&
           (layer->norm1_bias = read_biases(r, norm1, 1, i, "bias", d)) &&
           (layer->up = read_matrix(r, up, 1, i, inner, d)) &&
           (layer->up_bias = read_biases(r, up, 1, i, "bias", inner)) &&
           (layer->down = read_matrix(r, down, 1, i, d, inner)) &&
           (layer->down_bias = read_biases(r, down, 1, i, "bias", d)) &&
           (layer->norm2_gain = read_biases(r, norm2, 1, i, "weight", d)) &&
           (layer->norm2_bias = read_biases(r, norm2, 1, i, "bias", d));
}

/* Positions, with the vector of "first of two texts" in each: there is never a second one. */
static const float *read_positions(struct reading *r)
{
    const struct encoder_config *config = &r->encoder->config;
    const int32_t d = config->width;
    const struct tensor *position =
        find_tensor(r, "embeddings.position_embeddings.weight", config->positions, d);
    const struct tensor *type = r->find(r->source, "embeddings.token_type_embeddings.weight");
    if (!type) type = r->find(r->source, "bert.embeddings.token_type_embeddings.weight");
    if (!type) type = r->find(r->source, "roberta.embeddings.token_type_embeddings.weight");
    if (!position) return NULL;
    if (type && tensor_columns(type) != d) {
        error_set(r->error, ERROR_INPUT, "its token types have another width than its config.json");
        return NULL;
    }
    float *sum = take(r, (size_t)config->max_tokens * (size_t)d);
    for (int32_t i = 0; i < config->max_tokens; i++) {
        float *row = sum + (size_t)i * (size_t)d;
        tensor_read_row(position, config->position_base + i, row);
        if (!type) continue;
        tensor_read_row(type, 0, r->rows);
        for (int32_t j = 0; j < d; j++)
            row[j] += r->rows[j];
    }
    return sum;
}

static bool read_embedding(struct reading *r)
{
    struct encoder *encoder = r->encoder;
    const int32_t d = encoder->config.width;
    const struct tensor *pieces =
        find_tensor(r, "embeddings.word_embeddings.weight", encoder->config.vocabulary, d);
    if (!pieces) return false;
    encoder->pieces = *pieces;
    return (encoder->position = read_positions(r)) &&
           (encoder->norm_gain = read_vector(r, "embeddings.LayerNorm.weight", d)) &&
           (encoder->norm_bias = read_vector(r, "embeddings.LayerNorm.bias", d));
}

static size_t weights_size(const struct encoder *encoder)
{
    const struct encoder_config *c = &encoder->config;
    const struct float_kernels *k = encoder->kernels;
    const size_t d = (size_t)c->width, inner = (size_t)c->inner;
    const size_t layer =
        padded(packed_size(k, 3 * c->width, c->width)) +
        padded(packed_size(k, c->width, c->width)) + padded(packed_size(k, c->inner, c->width)) +
        padded(packed_size(k, c->width, c->inner)) + padded(3 * d) + padded(inner) + 6 * padded(d);
    return (size_t)c->layers * layer + padded((size_t)c->max_tokens * d) + 2 * padded(d);
}

static bool all_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(x[i] - x[i] == 0)) return false;
    return true;
}

bool encoder_weights_read(struct encoder *encoder, encoder_weights_find *find, const void *source,
                          struct error *error)
{
    const struct encoder_config *config = &encoder->config;
    const int32_t widest = config->inner > config->width ? config->inner : config->width;
    const size_t size = weights_size(encoder);
    const int32_t sizes[] = { config->layers,     config->heads,         config->width,
                              config->inner,      config->vocabulary,    config->positions,
                              config->max_tokens, config->position_base, config->pooling };
    struct reading r = { .encoder = encoder, .find = find, .source = source, .error = error };

    encoder->layers = calloc((size_t)config->layers, sizeof *encoder->layers);
    encoder->weights = aligned_alloc(64, size * sizeof(float));
    encoder->weights_size = size * sizeof(float);
    r.rows = malloc((size_t)16 * (size_t)widest * sizeof(float));
    bool good = encoder->layers && encoder->weights && r.rows;
    if (!good) error_memory(error, "the weights of an encoder");
    if (good) memset(encoder->weights, 0, size * sizeof(float));
    r.next = encoder->weights;
    r.checksum = bytes_checksum(0, sizes, sizeof sizes);
    r.checksum = bytes_checksum(r.checksum, config->prefix, sizeof config->prefix);
    good = good && read_embedding(&r);
    for (int32_t i = 0; good && i < config->layers; i++)
        good = read_layer(&r, i, &encoder->layers[i]);
    if (good && !all_finite(encoder->weights, size))
        good = error_set(error, ERROR_INPUT, "its weights hold values that are no numbers");
    encoder->checksum = r.checksum;
    free(r.rows);
    return good;
}
