/* generator_open.c - a generator from a file: its shape, its tensors, each of the shape it must
 * have.
 */
#include "generator_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_MAX_OF_SHAPE = 1 << 20, LAYERS_MAX = 1024 };

static bool shape_integer(const struct gguf *gguf, const char *key, int64_t initial, int32_t *value,
                          struct error *error)
{
    int64_t found = initial;
    gguf_integer(gguf, key, &found);
    if (found <= 0 || found > SIZE_MAX_OF_SHAPE)
        return error_set(error, ERROR_INPUT, "the model's %s is missing or out of bounds", key);
    *value = (int32_t)found;
    return true;
}

static bool read_shape(const struct gguf *gguf, struct generator_shape *shape, struct error *error)
{
    struct slice family = { "", 0 };
    double epsilon = 1e-5, base = 10000;
    const struct tensor *embedding = gguf_tensor(gguf, "token_embd.weight");
    gguf_string(gguf, "general.architecture", &family);
    if (!slice_equal(family, "llama"))
        return error_set(error, ERROR_INPUT, "the model is of the family '%.*s'; llama can be run",
                         (int)(family.length < 40 ? family.length : 40), family.bytes);
    if (!embedding || tensor_rows(embedding) > 1 << 22)
        return error_set(error, ERROR_INPUT, "the model has no tensor token_embd.weight");
    shape->n_tokens = (int32_t)tensor_rows(embedding);
    if (!shape_integer(gguf, "llama.block_count", 0, &shape->n_layers, error) ||
        !shape_integer(gguf, "llama.embedding_length", 0, &shape->width, error) ||
        !shape_integer(gguf, "llama.attention.head_count", 0, &shape->n_heads, error) ||
        !shape_integer(gguf, "llama.attention.head_count_kv", shape->n_heads, &shape->n_kv_heads,
                       error) ||
        !shape_integer(gguf, "llama.attention.key_length", shape->width / shape->n_heads,
                       &shape->head_width, error) ||
        !shape_integer(gguf, "llama.rope.dimension_count", shape->head_width, &shape->rotary_width,
                       error) ||
        !shape_integer(gguf, "llama.feed_forward_length", 0, &shape->ffn_width, error) ||
        !shape_integer(gguf, "llama.context_length", 2048, &shape->context, error))
        return false;
    gguf_number(gguf, "llama.attention.layer_norm_rms_epsilon", &epsilon);
    gguf_number(gguf, "llama.rope.freq_base", &base);
    shape->epsilon = (float)epsilon;
    shape->rotary_base = (float)base;
    if (shape->n_layers > LAYERS_MAX || shape->n_heads % shape->n_kv_heads != 0 ||
        shape->rotary_width > shape->head_width || shape->rotary_width % 2 != 0 ||
        (int64_t)shape->n_heads * shape->head_width > SIZE_MAX_OF_SHAPE || !(base > 0) ||
        !(epsilon >= 0))
        return error_set(error, ERROR_INPUT, "the model's heads do not fit together");
    return true;
}

/* A matrix (rows, columns), which must be there in this shape. */
static const struct tensor *matrix(const struct gguf *gguf, const char *name, int64_t rows,
                                   int64_t columns, struct error *error)
{
    const struct tensor *tensor = gguf_tensor(gguf, name);
    if (tensor && tensor->n_dimensions == 2 && tensor_rows(tensor) == rows &&
        tensor_columns(tensor) == columns)
        return tensor;
    error_set(error, ERROR_INPUT, "the model's tensor %s is missing or of another shape", name);
    return NULL;
}

static const struct tensor *layer_matrix(const struct gguf *gguf, int32_t layer, const char *part,
                                         int64_t rows, int64_t columns, struct error *error)
{
    char name[64];
    snprintf(name, sizeof name, "blk.%d.%s.weight", (int)layer, part);
    return matrix(gguf, name, rows, columns, error);
}

/* A vector of F32, as norms always are. */
static const float *vector(const struct gguf *gguf, const char *name, int64_t length,
                           struct error *error)
{
    const struct tensor *tensor = gguf_tensor(gguf, name);
    if (tensor && tensor->type == TENSOR_F32 && tensor_rows(tensor) == 1 &&
        tensor_columns(tensor) == length)
        return tensor->data;
    error_set(error, ERROR_INPUT, "the model's tensor %s is missing, or no vector of F32", name);
    return NULL;
}

static bool read_layer(struct generator *generator, int32_t at, struct error *error)
{
    char norm[64], ffn_norm[64];
    const struct gguf *gguf = generator->gguf;
    const struct generator_shape *shape = &generator->shape;
    struct generator_layer *layer = &generator->layers[at];
    const int64_t d = shape->width, heads = (int64_t)shape->n_heads * shape->head_width,
                  kv = (int64_t)shape->n_kv_heads * shape->head_width, ffn = shape->ffn_width;
    snprintf(norm, sizeof norm, "blk.%d.attn_norm.weight", (int)at);
    snprintf(ffn_norm, sizeof ffn_norm, "blk.%d.ffn_norm.weight", (int)at);
    return (layer->attention_norm = vector(gguf, norm, d, error)) &&
           (layer->ffn_norm = vector(gguf, ffn_norm, d, error)) &&
           (layer->query = layer_matrix(gguf, at, "attn_q", heads, d, error)) &&
           (layer->key = layer_matrix(gguf, at, "attn_k", kv, d, error)) &&
           (layer->value = layer_matrix(gguf, at, "attn_v", kv, d, error)) &&
           (layer->output = layer_matrix(gguf, at, "attn_output", d, heads, error)) &&
           (layer->gate = layer_matrix(gguf, at, "ffn_gate", ffn, d, error)) &&
           (layer->up = layer_matrix(gguf, at, "ffn_up", ffn, d, error)) &&
           (layer->down = layer_matrix(gguf, at, "ffn_down", d, ffn, error));
}

static bool read_generator(struct generator *generator, struct error *error)
{
    const struct gguf *gguf = generator->gguf;
    struct generator_shape *shape = &generator->shape;
    if (!read_shape(gguf, shape, error)) return false;
    generator->layers = calloc((size_t)shape->n_layers, sizeof *generator->layers);
    if (!generator->layers) return error_memory(error, "a model's layers");
    for (int32_t i = 0; i < shape->n_layers; i++)
        if (!read_layer(generator, i, error)) return false;
    generator->embedding = matrix(gguf, "token_embd.weight", shape->n_tokens, shape->width, error);
    generator->output_norm = vector(gguf, "output_norm.weight", shape->width, error);
    if (!generator->embedding || !generator->output_norm) return false;
    generator->output = generator->embedding;
    if (gguf_tensor(gguf, "output.weight"))
        generator->output = matrix(gguf, "output.weight", shape->n_tokens, shape->width, error);
    if (gguf_tensor(gguf, "rope_freqs.weight")) {
        generator->rotary_factors =
            vector(gguf, "rope_freqs.weight", shape->rotary_width / 2, error);
        if (!generator->rotary_factors) return false;
    }
    return generator->output != NULL;
}

static struct generator *generator_new(struct gguf *gguf, const char *name, bool tokenizer,
                                       struct error *error)
{
    struct generator *generator = gguf ? calloc(1, sizeof *generator) : NULL;
    if (!generator) {
        if (gguf) error_memory(error, "a model");
        gguf_close(gguf);
        return NULL;
    }
    generator->gguf = gguf;
    bool good = read_generator(generator, error);
    if (good) {
        generator->tokenizer = bpe_from_gguf(gguf, error);
        good = generator->tokenizer || !tokenizer;
    }
    if (good && generator->tokenizer &&
        bpe_n_tokens(generator->tokenizer) > generator->shape.n_tokens)
        good = error_set(error, ERROR_INPUT, "the vocabulary is larger than the embedding");
    if (good) return generator;
    error_prefix(error, "%s", name);
    generator_close(generator);
    return NULL;
}

struct generator *generator_open(const char *path, struct error *error)
{
    return generator_new(gguf_open(path, error), path, true, error);
}

struct generator *generator_open_bytes(const char *name, const void *bytes, size_t size,
                                       struct error *error)
{
    return generator_new(gguf_open_bytes(name, bytes, size, error), name, false, error);
}

void generator_close(struct generator *generator)
{
    if (!generator) return;
    bpe_free(generator->tokenizer);
    gguf_close(generator->gguf);
    free(generator->layers);
    free(generator);
}

const struct generator_shape *generator_shape(const struct generator *generator)
{
    return &generator->shape;
}

const struct bpe *generator_tokenizer(const struct generator *generator)
{
    return generator->tokenizer;
}
