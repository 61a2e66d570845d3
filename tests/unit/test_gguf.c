/* Files of weights: what is read from a good one, and that a hostile one is refused whole. */
#include "language/gguf.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../support/gguf_writer.h"

/* Three values and two tensors. */
static void small_file(struct gguf_writer *writer)
{
    float numbers[64];
    for (int i = 0; i < 64; i++)
        numbers[i] = (float)(i - 20) / 7;
    gguf_writer_init(writer);
    gguf_writer_string(writer, "general.architecture", "llama");
    gguf_writer_integer(writer, "llama.block_count", 7);
    gguf_writer_number(writer, "llama.rope.freq_base", 10000);
    gguf_writer_strings(writer, "tokenizer.ggml.tokens", (const char *const[]){ "a", "", "bc" }, 3);
    gguf_writer_tensor(writer, "plain", TENSOR_F32, 2, 32, numbers);
    gguf_writer_tensor(writer, "small", TENSOR_Q8_0, 2, 32, numbers);
    gguf_writer_finish(writer);
}

static void values_and_tensors(void **state)
{
    struct gguf_writer writer;
    struct error error = { 0 };
    struct slice text;
    struct gguf_array array;
    int64_t integer;
    double number;
    float row[32];
    (void)state;
    small_file(&writer);
    struct gguf *gguf = gguf_open_bytes("x", writer.file.bytes, writer.file.length, &error);
    assert_non_null(gguf);
    assert_true(gguf_string(gguf, "general.architecture", &text));
    assert_true(slice_equal(text, "llama"));
    assert_true(gguf_integer(gguf, "llama.block_count", &integer));
    assert_int_equal(integer, 7);
    assert_true(gguf_number(gguf, "llama.rope.freq_base", &number));
    assert_true(number == 10000);
    assert_false(gguf_integer(gguf, "general.architecture", &integer));
    assert_false(gguf_string(gguf, "absent", &text));
    assert_true(gguf_array(gguf, "tokenizer.ggml.tokens", &array));
    assert_int_equal(array.n, 3);
    for (int i = 0; i < 3; i++)
        assert_true(gguf_array_next_string(&array, &text));
    assert_true(slice_equal(text, "bc"));
    assert_false(gguf_array_next_string(&array, &text));

    const struct tensor *plain = gguf_tensor(gguf, "plain"), *small = gguf_tensor(gguf, "small");
    assert_int_equal(gguf_n_tensors(gguf), 2);
    assert_null(gguf_tensor(gguf, "absent"));
    assert_int_equal(tensor_rows(plain), 2);
    assert_int_equal(tensor_columns(plain), 32);
    tensor_read_row(plain, 1, row);
    assert_true(fabsf(row[3] - 15.0F / 7) < 1e-6F);
    tensor_read_row(small, 1, row);
    assert_true(fabsf(row[3] - 15.0F / 7) < 0.03F);
    gguf_close(gguf);
    gguf_writer_fini(&writer);
}

/* Every file that is cut off is refused; every byte that is changed gives a file that can be read
 * to its end, or is refused: the sanitizers watch. */
static void hostile_files(void **state)
{
    struct gguf_writer writer;
    (void)state;
    small_file(&writer);
    const size_t length = writer.file.length;
    for (size_t cut = 0; cut < length; cut++) {
        char *part = malloc(cut + 1);
        struct error error = { 0 };
        memcpy(part, writer.file.bytes, cut);
        assert_null(gguf_open_bytes("x", part, cut, &error));
        assert_true(error.text[0] != 0);
        free(part);
    }
    for (size_t at = 0; at < length; at++) {
        for (int step = 0; step < 4; step++) {
            const char before = writer.file.bytes[at];
            writer.file.bytes[at] = (char)(step == 0   ? 0xFF
                                           : step == 1 ? 0x7F
                                           : step == 2 ? before + 1
                                                       : 0);
            struct gguf *gguf = gguf_open_bytes("x", writer.file.bytes, length, NULL);
            for (int32_t i = 0; gguf && i < gguf_n_tensors(gguf); i++) {
                const struct tensor *tensor = gguf_tensor_at(gguf, i);
                float *row = malloc((size_t)tensor_columns(tensor) * sizeof *row);
                tensor_read_row(tensor, tensor_rows(tensor) - 1, row);
                free(row);
            }
            gguf_close(gguf);
            writer.file.bytes[at] = before;
        }
    }
    gguf_writer_fini(&writer);
}

/* An alignment that is none. */
static void refused_values(void **state)
{
    static const int32_t alignments[] = { 0, -32, 7, 48, 1 << 24 };
    (void)state;
    for (size_t i = 0; i < sizeof alignments / sizeof *alignments; i++) {
        struct gguf_writer writer;
        struct error error = { 0 };
        const float number = 1;
        gguf_writer_init(&writer);
        gguf_writer_integer(&writer, "general.alignment", alignments[i]);
        gguf_writer_tensor(&writer, "one", TENSOR_F32, 0, 1, &number);
        gguf_writer_finish(&writer);
        assert_null(gguf_open_bytes("x", writer.file.bytes, writer.file.length, &error));
        assert_non_null(strstr(error.text, "alignment"));
        gguf_writer_fini(&writer);
    }
}

static void halves(void **state)
{
    (void)state;
    for (uint32_t half = 0; half < 65536; half++) {
        if ((half & 0x7C00) == 0x7C00 && (half & 0x3FF)) continue; /* no number */
        assert_int_equal(float_to_half(half_to_float((uint16_t)half)), half);
    }
    assert_true(half_to_float(0x3C00) == 1);
    assert_true(half_to_float(0xC000) == -2);
    assert_true(half_to_float(0x0001) == 0x1p-24F);
    assert_int_equal(float_to_half(65520), 0x7C00);
    assert_int_equal(float_to_half(1 + 0x1p-11F), 0x3C00); /* a tie goes to even */
    assert_int_equal(float_to_half(1 + 0x3p-11F), 0x3C02);
    assert_int_equal(float_to_half(1e-9F), 0);
}

/* Each quantised format, a block written by hand against what its definition says. */
static void blocks(void **state)
{
    unsigned char block[256] = { 0 };
    float out[256];
    (void)state;
    block[0] = 0, block[1] = 0x40;              /* scale 2 */
    block[2] = 0xF3;                            /* number 0 is 3, number 16 is 15 */
    tensor_decode(TENSOR_Q4_0, block, 32, out); /* 2 (q - 8) */
    assert_true(out[0] == -10 && out[16] == 14 && out[1] == -16);
    tensor_decode(TENSOR_Q8_0, block, 32, out); /* 2 q, signed */
    assert_true(out[0] == -26 && out[1] == 0);
    block[2] = 0, block[3] = 0xBC, block[4] = 0xF3; /* minimum -1 */
    tensor_decode(TENSOR_Q4_1, block, 32, out);
    assert_true(out[0] == 5 && out[16] == 29 && out[1] == -1);
    memset(block, 0, sizeof block);
    block[1] = 0x40;
    block[2] = 1, block[4] = 1; /* the fifth bits of numbers 0 and 16 */
    block[6] = 0x21;
    tensor_decode(TENSOR_Q5_0, block, 32, out); /* 2 (q - 16) */
    assert_true(out[0] == 2 && out[16] == 4 && out[1] == -32);
    memset(block, 0, sizeof block);
    block[1] = 0x40, block[3] = 0xBC, block[4] = 1, block[8] = 0x21;
    tensor_decode(TENSOR_Q5_1, block, 32, out); /* 2 q - 1 */
    assert_true(out[0] == 33 && out[16] == 3 && out[1] == -1);
    memset(block, 0, sizeof block);
    block[209] = 0x40; /* scale 2 */
    for (int i = 0; i < 16; i++)
        block[192 + i] = (unsigned char)(i + 1); /* scales of sixteen each */
    block[33] = 0xA5, block[129] = 0x84;         /* number 33: 5 + 16; number 97: 10 + 32 */
    tensor_decode(TENSOR_Q6_K, block, 256, out); /* 2 s (q - 32) */
    assert_true(out[33] == 2 * 3 * (5 + 16 - 32));
    assert_true(out[97] == 2 * 7 * (10 + 32 - 32));
    assert_true(out[255] == 2 * 16 * -32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_tensors),
        cmocka_unit_test(hostile_files),
        cmocka_unit_test(refused_values),
        cmocka_unit_test(halves),
        cmocka_unit_test(blocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
