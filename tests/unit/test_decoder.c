/* The generator on a tiny model of random weights against its formulas written out in doubles. */
#include "language/dot.h"
#include "language/generator.h"

#include "aisle/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/gguf_writer.h"

enum {
    LAYERS = 2,
    WIDTH = 64,
    HEADS = 4,
    KV_HEADS = 2,
    HEAD = WIDTH / HEADS,
    FFN = 96,
    TOKENS = 50,
    LENGTH = 40, /* more than one batch */
};
static const float epsilon = 1e-5F, rotary_base = 10000;

struct tiny_layer {
    float attention_norm[WIDTH], ffn_norm[WIDTH], query[WIDTH * WIDTH],
        key[WIDTH * HEAD * KV_HEADS], value[WIDTH * HEAD * KV_HEADS], output[WIDTH * WIDTH],
        gate[FFN * WIDTH], up[FFN * WIDTH], down[WIDTH * FFN];
};

struct tiny {
    float embedding[TOKENS * WIDTH], norm[WIDTH];
    struct tiny_layer layers[LAYERS];
    struct gguf_writer writer;
    struct generator *generator;
};

static void draw(struct rng *rng, float *to, int n, float mean, float spread)
{
    for (int i = 0; i < n; i++)
        to[i] = mean + spread * (float)rng_normal(rng);
}

/* A matrix into the file, and back out as the format rounded it. */
static void put(struct tiny *tiny, const char *name, enum tensor_type type, int rows, int columns,
                float *numbers)
{
    gguf_writer_tensor(&tiny->writer, name, type, rows, columns, numbers);
    const size_t bytes = (size_t)(rows ? rows : 1) * tensor_row_bytes(type, columns);
    tensor_decode(type, tiny->writer.body.bytes + tiny->writer.body.length - bytes,
                  (int64_t)(rows ? rows : 1) * columns, numbers);
}

static void put_layer(struct tiny *tiny, int at, enum tensor_type type, struct rng *rng)
{
    struct tiny_layer *layer = &tiny->layers[at];
    const struct {
        const char *name;
        int rows, columns;
        float *numbers;
    } parts[] = {
        { "attn_norm", 0, WIDTH, layer->attention_norm },
        { "ffn_norm", 0, WIDTH, layer->ffn_norm },
        { "attn_q", WIDTH, WIDTH, layer->query },
        { "attn_k", HEAD * KV_HEADS, WIDTH, layer->key },
        { "attn_v", HEAD * KV_HEADS, WIDTH, layer->value },
        { "attn_output", WIDTH, WIDTH, layer->output },
        { "ffn_gate", FFN, WIDTH, layer->gate },
        { "ffn_up", FFN, WIDTH, layer->up },
        { "ffn_down", WIDTH, FFN, layer->down },
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char name[64];
        const int rows = parts[i].rows;
        snprintf(name, sizeof name, "blk.%d.%s.weight", at, parts[i].name);
        draw(rng, parts[i].numbers, (rows ? rows : 1) * parts[i].columns, rows ? 0 : 1, 0.2F);
        put(tiny, name, rows ? type : TENSOR_F32, rows, parts[i].columns, parts[i].numbers);
    }
}

static struct tiny *tiny_new(enum tensor_type type)
{
    struct tiny *tiny = calloc(1, sizeof *tiny);
    struct rng rng;
    struct error error = { 0 };
    rng_init(&rng, 3);
    gguf_writer_init(&tiny->writer);
    gguf_writer_string(&tiny->writer, "general.architecture", "llama");
    gguf_writer_integer(&tiny->writer, "llama.block_count", LAYERS);
    gguf_writer_integer(&tiny->writer, "llama.embedding_length", WIDTH);
    gguf_writer_integer(&tiny->writer, "llama.attention.head_count", HEADS);
    gguf_writer_integer(&tiny->writer, "llama.attention.head_count_kv", KV_HEADS);
    gguf_writer_integer(&tiny->writer, "llama.feed_forward_length", FFN);
    gguf_writer_number(&tiny->writer, "llama.attention.layer_norm_rms_epsilon", epsilon);
    gguf_writer_number(&tiny->writer, "llama.rope.freq_base", rotary_base);
    draw(&rng, tiny->embedding, TOKENS * WIDTH, 0, 1);
    draw(&rng, tiny->norm, WIDTH, 1, 0.2F);
    put(tiny, "token_embd.weight", type, TOKENS, WIDTH, tiny->embedding);
    put(tiny, "output_norm.weight", TENSOR_F32, 0, WIDTH, tiny->norm);
    for (int i = 0; i < LAYERS; i++)
        put_layer(tiny, i, type, &rng);
    gguf_writer_finish(&tiny->writer);
    tiny->generator =
        generator_open_bytes("tiny", tiny->writer.file.bytes, tiny->writer.file.length, &error);
    if (!tiny->generator) print_message("# %s\n", error.text);
    assert_non_null(tiny->generator);
    return tiny;
}

static void tiny_free(struct tiny *tiny)
{
    generator_close(tiny->generator);
    gguf_writer_fini(&tiny->writer);
    free(tiny);
}

/* ---- the slow twin ------------------------------------------------------------------------- */

static void slow_product(const float *w, int rows, int columns, const double *x, double *y)
{
    for (int r = 0; r < rows; r++) {
        y[r] = 0;
        for (int c = 0; c < columns; c++)
            y[r] += (double)w[r * columns + c] * x[c];
    }
}

static void slow_norm(const double *x, const float *gain, double *y)
{
    double sum = 0;
    for (int i = 0; i < WIDTH; i++)
        sum += x[i] * x[i];
    for (int i = 0; i < WIDTH; i++)
        y[i] = x[i] / sqrt(sum / WIDTH + (double)epsilon) * (double)gain[i];
}

static void slow_rotate(double *x, int heads, int position)
{
    for (int h = 0; h < heads; h++)
        for (int j = 0; j < HEAD; j += 2) {
            const double angle = position * pow((double)rotary_base, -(double)j / HEAD);
            const double a = x[h * HEAD + j], b = x[h * HEAD + j + 1];
            x[h * HEAD + j] = a * cos(angle) - b * sin(angle);
            x[h * HEAD + j + 1] = a * sin(angle) + b * cos(angle);
        }
}

static double keys[LAYERS][LENGTH][HEAD * KV_HEADS], values[LAYERS][LENGTH][HEAD * KV_HEADS];

static void slow_attend(const double *query, int layer, int position, double *out)
{
    for (int h = 0; h < HEADS; h++) {
        const int kv = h / (HEADS / KV_HEADS) * HEAD;
        double weight[LENGTH], sum = 0;
        for (int p = 0; p <= position; p++) {
            double dot = 0;
            for (int j = 0; j < HEAD; j++)
                dot += query[h * HEAD + j] * keys[layer][p][kv + j];
            sum += weight[p] = exp(dot / sqrt(HEAD));
        }
        for (int j = 0; j < HEAD; j++) {
            out[h * HEAD + j] = 0;
            for (int p = 0; p <= position; p++)
                out[h * HEAD + j] += weight[p] / sum * values[layer][p][kv + j];
        }
    }
}

/* Logits after token `id` at a position, those before having been given. */
static void slow_step(const struct tiny *tiny, int id, int position, double logits[TOKENS])
{
    double x[WIDTH], h[WIDTH], q[WIDTH], a[WIDTH], o[WIDTH], gate[FFN], up[FFN];
    for (int i = 0; i < WIDTH; i++)
        x[i] = (double)tiny->embedding[id * WIDTH + i];
    for (int l = 0; l < LAYERS; l++) {
        const struct tiny_layer *layer = &tiny->layers[l];
        slow_norm(x, layer->attention_norm, h);
        slow_product(layer->query, WIDTH, WIDTH, h, q);
        slow_product(layer->key, HEAD * KV_HEADS, WIDTH, h, keys[l][position]);
        slow_product(layer->value, HEAD * KV_HEADS, WIDTH, h, values[l][position]);
        slow_rotate(q, HEADS, position);
        slow_rotate(keys[l][position], KV_HEADS, position);
        slow_attend(q, l, position, a);
        slow_product(layer->output, WIDTH, WIDTH, a, o);
        for (int i = 0; i < WIDTH; i++)
            x[i] += o[i];
        slow_norm(x, layer->ffn_norm, h);
        slow_product(layer->gate, FFN, WIDTH, h, gate);
        slow_product(layer->up, FFN, WIDTH, h, up);
        for (int i = 0; i < FFN; i++)
            gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i];
        slow_product(layer->down, WIDTH, FFN, gate, o);
        for (int i = 0; i < WIDTH; i++)
            x[i] += o[i];
    }
    slow_norm(x, tiny->norm, h);
    slow_product(tiny->embedding, TOKENS, WIDTH, h, logits);
}

/* ---- tests --------------------------------------------------------------------------------- */

static int32_t text[LENGTH];

static double difference(const float *logits, const double *slow)
{
    double largest = 0, off = 0;
    for (int i = 0; i < TOKENS; i++) {
        largest = fmax(largest, fabs(slow[i]));
        off = fmax(off, fabs((double)logits[i] - slow[i]));
    }
    return off / largest;
}

/* The whole text at once, one token at a time, and after a rewind; with likelihoods. */
static void follows_formulas(enum tensor_type type, double allowed)
{
    struct tiny *tiny = tiny_new(type);
    float logits[TOKENS], again[TOKENS];
    double slow[TOKENS], likelihood[LENGTH], expected[LENGTH] = { 0 };
    struct generator_session *one = generator_session_new(tiny->generator, LENGTH, 1, NULL);
    struct generator_session *two = generator_session_new(tiny->generator, LENGTH, 2, NULL);
    assert_true(one && two);
    for (int i = 0; i < LENGTH; i++)
        text[i] = i * 7 % TOKENS;
    for (int i = 0; i < LENGTH; i++) {
        if (i > 0) {
            double sum = 0;
            for (int t = 0; t < TOKENS; t++)
                sum += exp(slow[t]);
            expected[i] = slow[text[i]] - log(sum);
        }
        slow_step(tiny, text[i], i, slow);
        assert_true(generator_feed(one, &text[i], 1, NULL, NULL, NULL));
        generator_logits(one, NULL, TOKENS, logits);
        if (difference(logits, slow) > allowed)
            fail_msg("%s, token %d: off by %g", tensor_type_name(type), i,
                     difference(logits, slow));
    }
    assert_true(generator_feed(two, text, LENGTH, likelihood, NULL, NULL));
    generator_logits(two, NULL, TOKENS, again);
    assert_true(difference(again, slow) <= allowed);
    for (int i = 0; i < LENGTH; i++)
        assert_true(fabs(likelihood[i] - expected[i]) <= 100 * allowed);
    generator_session_rewind(two, 10);
    assert_true(generator_feed(two, text + 10, LENGTH - 10, NULL, NULL, NULL));
    const int32_t some[2] = { 7, 49 };
    generator_logits(two, some, 2, logits);
    assert_true(fabsf(logits[0] - again[7]) < 1e-4F && fabsf(logits[1] - again[49]) < 1e-4F);
    generator_session_free(one);
    generator_session_free(two);
    tiny_free(tiny);
}

static void floats(void **state)
{
    (void)state;
    follows_formulas(TENSOR_F32, 1e-5);
    follows_formulas(TENSOR_F16, 1e-5);
}

/* The vectors that quantised rows meet are rounded to 8 bits, and random weights spread that. What
 * the products themselves are worth is tried below. */
static void quantised(void **state)
{
    (void)state;
    follows_formulas(TENSOR_Q8_0, 0.2);
    follows_formulas(TENSOR_Q4_0, 0.2);
    follows_formulas(TENSOR_Q4_1, 0.2);
}

static void refusals(void **state)
{
    struct tiny *tiny = tiny_new(TENSOR_F32);
    struct error error = { 0 };
    struct progress progress = { 0 };
    const int32_t beyond = TOKENS;
    (void)state;
    struct generator_session *session = generator_session_new(tiny->generator, 20, 1, &error);
    assert_false(generator_feed(session, text, 21, NULL, NULL, &error));
    assert_int_equal(error.code, ERROR_INPUT);
    assert_false(generator_feed(session, &beyond, 1, NULL, NULL, &error));
    progress_cancel(&progress);
    assert_false(generator_feed(session, text, 5, NULL, &progress, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    assert_int_equal(generator_session_length(session), 0);
    assert_true(generator_feed(session, text, 20, NULL, NULL, &error));
    generator_session_free(session);
    /* A file that lacks a layer, or claims a vector of another length. */
    struct gguf_writer *writer = &tiny->writer;
    for (size_t at = 0; at + 8 < writer->file.length; at++) {
        if (memcmp(writer->file.bytes + at, "ffn_down", 8) != 0) continue;
        writer->file.bytes[at] = 'x';
        assert_null(generator_open_bytes("tiny", writer->file.bytes, writer->file.length, &error));
        assert_non_null(strstr(error.text, "ffn_down"));
        break;
    }
    tiny_free(tiny);
}

/* Every table against the plain one, at lengths that are whole blocks. */
static void kernels(void **state)
{
    enum { N = 192, VECTORS = 4 };
    float row[N], x[VECTORS][N], y[VECTORS], plain[VECTORS];
    struct dot_block packed[VECTORS][N / 32], other[VECTORS][N / 32];
    struct rng rng;
    (void)state;
    rng_init(&rng, 11);
    for (int level = 1; level <= 2; level++) {
        const struct dot_kernels *fast = dot_kernels_of(level), *slow = dot_kernels_of(0);
        if (!fast) continue;
        draw(&rng, row, N, 0, 1);
        for (int v = 0; v < VECTORS; v++) {
            draw(&rng, x[v], N, 0.3F, 1);
            slow->pack(N, x[v], packed[v]);
            fast->pack(N, x[v], other[v]);
            for (int b = 0; b < N / 32; b++) {
                assert_memory_equal(packed[v][b].q, other[v][b].q, 32);
                assert_true(fabsf(packed[v][b].sum - other[v][b].sum) < 1e-4F);
            }
        }
        assert_true(fabsf(fast->f32(N - 5, row, x[0]) - slow->f32(N - 5, row, x[0])) < 1e-3F);
        for (int type = TENSOR_Q4_0; type <= TENSOR_Q8_0; type++) {
            struct gguf_writer writer;
            if (type != TENSOR_Q4_0 && type != TENSOR_Q4_1 && type != TENSOR_Q8_0) continue;
            gguf_writer_init(&writer);
            gguf_writer_tensor(&writer, "row", (enum tensor_type)type, 0, N, row);
            const void *bytes = writer.body.bytes;
            for (int count = 1; count <= VECTORS; count++) {
                (type == TENSOR_Q4_0   ? fast->q4_0
                 : type == TENSOR_Q4_1 ? fast->q4_1
                                       : fast->q8_0)(N, bytes, packed[0], N / 32, count, y);
                (type == TENSOR_Q4_0   ? slow->q4_0
                 : type == TENSOR_Q4_1 ? slow->q4_1
                                       : slow->q8_0)(N, bytes, packed[0], N / 32, count, plain);
                for (int v = 0; v < count; v++)
                    assert_true(fabsf(y[v] - plain[v]) < 1e-3F);
            }
            gguf_writer_fini(&writer);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats),
        cmocka_unit_test(quantised),
        cmocka_unit_test(refusals),
        cmocka_unit_test(kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
