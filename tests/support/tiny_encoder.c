/* tiny_encoder.c - see tiny_encoder.h. */
#include "tiny_encoder.h"

#include <aisle/rng.h>
#include <aisle/text.h>

#include "language/tensor.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#undef NDEBUG
#include <assert.h>

enum { D = TINY_WIDTH, TOKENS = TINY_POSITIONS };

static uint16_t bfloat_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)(bits >> 16);
}

/* A number as it is after it was stored in a type; BF16 keeps 8 bits, the others are cut off. */
static float stored(enum tiny_type type, float x)
{
    int exponent;
    if (type == TINY_F32) return x;
    if (type == TINY_F16) return half_to_float(float_to_half(x));
    const float fraction = frexpf(x, &exponent);
    return ldexpf(truncf(ldexpf(fraction, 8)), exponent - 8);
}

static void add(struct tiny_encoder *tiny, struct rng *rng, const char *name, int32_t rows,
                int32_t columns, float middle, float spread)
{
    struct tiny_tensor *tensor = &tiny->tensors[tiny->n++];
    const size_t n = (size_t)(rows ? rows : 1) * (size_t)columns;

    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    tensor->rows = rows;
    tensor->columns = columns;
    tensor->values = malloc(n * sizeof(float));
    assert(tensor->values);
    for (size_t i = 0; i < n; i++)
        tensor->values[i] = stored(tiny->type, middle + spread * (float)(2 * rng_unit(rng) - 1));
}

static void add_linear(struct tiny_encoder *tiny, struct rng *rng, int layer, const char *name,
                       int32_t out, int32_t in)
{
    char full[96];
    snprintf(full, sizeof full, "encoder.layer.%d.%s.weight", layer, name);
    add(tiny, rng, full, out, in, 0, 0.25F);
    snprintf(full, sizeof full, "encoder.layer.%d.%s.bias", layer, name);
    add(tiny, rng, full, 0, out, 0, 0.2F);
}

static void add_norm(struct tiny_encoder *tiny, struct rng *rng, const char *name)
{
    char full[96];
    snprintf(full, sizeof full, "%s.weight", name);
    add(tiny, rng, full, 0, D, 1, 0.3F);
    snprintf(full, sizeof full, "%s.bias", name);
    add(tiny, rng, full, 0, D, 0, 0.3F);
}

static void add_tensors(struct tiny_encoder *tiny, struct rng *rng)
{
    char name[96];

    add(tiny, rng, "embeddings.word_embeddings.weight", TINY_PIECES, D, 0, 1);
    add(tiny, rng, "embeddings.position_embeddings.weight", TINY_POSITIONS, D, 0, 0.5F);
    add(tiny, rng, "embeddings.token_type_embeddings.weight", 2, D, 0, 0.5F);
    add_norm(tiny, rng, "embeddings.LayerNorm");
    for (int i = 0; i < TINY_LAYERS; i++) {
        add_linear(tiny, rng, i, "attention.self.query", D, D);
        add_linear(tiny, rng, i, "attention.self.key", D, D);
        add_linear(tiny, rng, i, "attention.self.value", D, D);
        add_linear(tiny, rng, i, "attention.output.dense", D, D);
        snprintf(name, sizeof name, "encoder.layer.%d.attention.output.LayerNorm", i);
        add_norm(tiny, rng, name);
        add_linear(tiny, rng, i, "intermediate.dense", TINY_INNER, D);
        add_linear(tiny, rng, i, "output.dense", D, TINY_INNER);
        snprintf(name, sizeof name, "encoder.layer.%d.output.LayerNorm", i);
        add_norm(tiny, rng, name);
    }
}

/* -------------------------------------------------------------------------------------- the files
 */

unsigned char *tiny_encoder_bytes(const struct tiny_encoder *tiny, size_t *size)
{
    static const char *const types[] = { "F32", "F16", "BF16" };
    const size_t width = tiny->type == TINY_F32 ? 4 : 2;
    struct text header = { 0 };
    size_t at = 0, length;

    text_add_string(&header, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (int32_t i = 0; i < tiny->n; i++) {
        const struct tiny_tensor *tensor = &tiny->tensors[i];
        const size_t n = (size_t)(tensor->rows ? tensor->rows : 1) * (size_t)tensor->columns;
        text_format(&header, ",\"%s\":{\"dtype\":\"%s\",\"shape\":[", tensor->name,
                    types[tiny->type]);
        if (tensor->rows) text_format(&header, "%d,", tensor->rows);
        text_format(&header, "%d],\"data_offsets\":[%zu,%zu]}", tensor->columns, at,
                    at + n * width);
        at += n * width;
    }
    text_add_string(&header, "}");
    while (header.length % 8)
        text_add_string(&header, " ");
    assert(!header.failed);
    *size = 8 + header.length + at;
    unsigned char *bytes = calloc(1, *size), *next = bytes + 8 + header.length;
    assert(bytes);
    length = header.length;
    for (int i = 0; i < 8; i++, length >>= 8)
        bytes[i] = (unsigned char)length;
    memcpy(bytes + 8, header.bytes, header.length);
    text_fini(&header);
    for (int32_t i = 0; i < tiny->n; i++) {
        const struct tiny_tensor *tensor = &tiny->tensors[i];
        const size_t n = (size_t)(tensor->rows ? tensor->rows : 1) * (size_t)tensor->columns;
        for (size_t j = 0; j < n; j++, next += width) {
            const float x = tensor->values[j];
            const uint16_t half = tiny->type == TINY_F16 ? float_to_half(x) : bfloat_of(x);
            memcpy(next, width == 4 ? (const void *)&x : &half, width);
        }
    }
    return bytes;
}

static void write_file(const struct tiny_encoder *tiny, const char *name, const void *bytes,
                       size_t size)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", tiny->folder, name);
    FILE *file = fopen(path, "wb");
    assert(file);
    assert(fwrite(bytes, 1, size, file) == size);
    assert(fclose(file) == 0);
}

void tiny_encoder_init(struct tiny_encoder *tiny, enum tiny_type type, uint64_t seed)
{
    static const char vocabulary[] =
        "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\nc\nd\nthe\nred\nblue\ntea\ncup\n##s\n##a\n##b\n"
        "##c\ntable\n##table\n,\n.\ngreen\nnew\nold\nbig\n\xE4\xB8\xAD\nmug\npot\n##pot\nwhite\n!"
        "\n";
    const char *folder = getenv("TMPDIR");
    struct rng rng;
    char config[512];
    size_t size;

    *tiny = (struct tiny_encoder){ .type = type };
    snprintf(tiny->folder, sizeof tiny->folder, "%s/aisle-encoder-XXXXXX",
             folder ? folder : "/tmp");
    assert(mkdtemp(tiny->folder));
    rng_init(&rng, seed);
    add_tensors(tiny, &rng);
    const int n = snprintf(config, sizeof config,
                           "{\"model_type\":\"bert\",\"num_hidden_layers\":%d,"
                           "\"num_attention_heads\":%d,\"hidden_size\":%d,"
                           "\"intermediate_size\":%d,\"vocab_size\":%d,\"hidden_act\":\"gelu\","
                           "\"max_position_embeddings\":%d,\"layer_norm_eps\":1e-12}",
                           TINY_LAYERS, TINY_HEADS, D, TINY_INNER, TINY_PIECES, TINY_POSITIONS);
    write_file(tiny, "config.json", config, (size_t)n);
    write_file(tiny, "vocab.txt", vocabulary, sizeof vocabulary - 1);
    unsigned char *bytes = tiny_encoder_bytes(tiny, &size);
    write_file(tiny, "model.safetensors", bytes, size);
    free(bytes);
}

void tiny_encoder_fini(struct tiny_encoder *tiny)
{
    static const char *const names[] = { "config.json", "vocab.txt", "model.safetensors",
                                         "tokenizer.json" };
    char path[512];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", tiny->folder, names[i]);
        unlink(path);
    }
    rmdir(tiny->folder);
    for (int32_t i = 0; i < tiny->n; i++)
        free(tiny->tensors[i].values);
}

/* --------------------------------------------------------------------------------- the slow twin
 */

static const float *get(const struct tiny_encoder *tiny, int layer, const char *name)
{
    char full[96];
    snprintf(full, sizeof full, layer < 0 ? "%.0d%s" : "encoder.layer.%d.%s", layer < 0 ? 0 : layer,
             name);
    for (int32_t i = 0; i < tiny->n; i++)
        if (strcmp(tiny->tensors[i].name, full) == 0) return tiny->tensors[i].values;
    abort(); /* no tensor of that name */
}

/* y (n, out) = x (n, in) w' + b */
static void slow_linear(const struct tiny_encoder *tiny, int layer, const char *name, int32_t n,
                        int32_t in, int32_t out, const double *x, double *y)
{
    char full[96];
    snprintf(full, sizeof full, "%s.weight", name);
    const float *w = get(tiny, layer, full);
    snprintf(full, sizeof full, "%s.bias", name);
    const float *b = get(tiny, layer, full);
    for (int32_t i = 0; i < n; i++) {
        for (int32_t o = 0; o < out; o++) {
            y[i * out + o] = (double)b[o];
            for (int32_t j = 0; j < in; j++)
                y[i * out + o] += x[i * in + j] * (double)w[o * in + j];
        }
    }
}

/* x = norm(x + z), one token after the other */
static void slow_norm(const struct tiny_encoder *tiny, int layer, const char *name, int32_t n,
                      const double *z, double *x)
{
    char full[96];
    snprintf(full, sizeof full, "%s.weight", name);
    const float *gain = get(tiny, layer, full);
    snprintf(full, sizeof full, "%s.bias", name);
    const float *bias = get(tiny, layer, full);
    for (int32_t i = 0; i < n; i++, x += D, z += D) {
        double mean = 0, variance = 0;
        for (int j = 0; j < D; j++)
            mean += (x[j] + z[j]) / D;
        for (int j = 0; j < D; j++)
            variance += (x[j] + z[j] - mean) * (x[j] + z[j] - mean) / D;
        for (int j = 0; j < D; j++)
            x[j] =
                (double)gain[j] * (x[j] + z[j] - mean) / sqrt(variance + 1e-12) + (double)bias[j];
    }
}

static void slow_attention(int32_t n, const double *q, const double *k, const double *v,
                           double *out)
{
    const int width = D / TINY_HEADS;
    double weight[TOKENS];

    memset(out, 0, (size_t)n * D * sizeof *out);
    for (int h = 0; h < TINY_HEADS; h++) {
        for (int32_t i = 0; i < n; i++) {
            double sum = 0;
            for (int32_t t = 0; t < n; t++) {
                double dot = 0;
                for (int j = h * width; j < (h + 1) * width; j++)
                    dot += q[i * D + j] * k[t * D + j];
                weight[t] = exp(dot / sqrt(width));
                sum += weight[t];
            }
            for (int32_t t = 0; t < n; t++)
                for (int j = h * width; j < (h + 1) * width; j++)
                    out[i * D + j] += weight[t] / sum * v[t * D + j];
        }
    }
}

void tiny_encoder_forward(const struct tiny_encoder *tiny, const int32_t *ids, int32_t n,
                          float *out)
{
    static double x[TOKENS * D], z[TOKENS * D], q[TOKENS * D], k[TOKENS * D], v[TOKENS * D];
    static double wide[TOKENS * TINY_INNER];
    const float *word = get(tiny, -1, "embeddings.word_embeddings.weight");
    const float *position = get(tiny, -1, "embeddings.position_embeddings.weight");
    const float *type = get(tiny, -1, "embeddings.token_type_embeddings.weight");
    double length = 0, mean[D] = { 0 };

    for (int32_t i = 0; i < n; i++) {
        for (int j = 0; j < D; j++) {
            x[i * D + j] = (double)position[i * D + j] + (double)type[j];
            z[i * D + j] = (double)word[ids[i] * D + j];
        }
    }
    slow_norm(tiny, -1, "embeddings.LayerNorm", n, z, x);
    for (int l = 0; l < TINY_LAYERS; l++) {
        slow_linear(tiny, l, "attention.self.query", n, D, D, x, q);
        slow_linear(tiny, l, "attention.self.key", n, D, D, x, k);
        slow_linear(tiny, l, "attention.self.value", n, D, D, x, v);
        slow_attention(n, q, k, v, z);
        slow_linear(tiny, l, "attention.output.dense", n, D, D, z, q);
        slow_norm(tiny, l, "attention.output.LayerNorm", n, q, x);
        slow_linear(tiny, l, "intermediate.dense", n, D, TINY_INNER, x, wide);
        for (int32_t i = 0; i < n * TINY_INNER; i++)
            wide[i] = wide[i] * (1 + erf(wide[i] / sqrt(2))) / 2;
        slow_linear(tiny, l, "output.dense", n, TINY_INNER, D, wide, z);
        slow_norm(tiny, l, "output.LayerNorm", n, z, x);
    }
    for (int j = 0; j < D; j++) {
        for (int32_t i = 0; i < n; i++)
            mean[j] += x[i * D + j];
        length += mean[j] * mean[j];
    }
    for (int j = 0; j < D; j++)
        out[j] = (float)(mean[j] / sqrt(length));
}
