/* tensor.c - number formats of weights, and their plain decoders: the slow twins of the kernels. */
#include "tensor.h"

#include <string.h>

static const struct {
    const char *name;
    int32_t length;
    size_t bytes;
} types[] = {
    [TENSOR_F32] = { "F32", 1, 4 },       [TENSOR_F16] = { "F16", 1, 2 },
    [TENSOR_BF16] = { "BF16", 1, 2 },     [TENSOR_Q4_0] = { "Q4_0", 32, 18 },
    [TENSOR_Q4_1] = { "Q4_1", 32, 20 },   [TENSOR_Q5_0] = { "Q5_0", 32, 22 },
    [TENSOR_Q5_1] = { "Q5_1", 32, 24 },   [TENSOR_Q8_0] = { "Q8_0", 32, 34 },
    [TENSOR_Q6_K] = { "Q6_K", 256, 210 },
};

const char *tensor_type_name(enum tensor_type type)
{
    return types[type].name;
}

int32_t tensor_block_length(enum tensor_type type)
{
    return types[type].length;
}

size_t tensor_block_bytes(enum tensor_type type)
{
    return types[type].bytes;
}

int64_t tensor_columns(const struct tensor *tensor)
{
    return tensor->n_dimensions > 0 ? tensor->shape[tensor->n_dimensions - 1] : 1;
}

int64_t tensor_rows(const struct tensor *tensor)
{
    int64_t rows = 1;
    for (int32_t i = 0; i + 1 < tensor->n_dimensions; i++)
        rows *= tensor->shape[i];
    return rows;
}

size_t tensor_row_bytes(enum tensor_type type, int64_t columns)
{
    return (size_t)(columns / types[type].length) * types[type].bytes;
}

bool tensor_measure(enum tensor_type type, int32_t n_dimensions, const int64_t *shape,
                    size_t *bytes)
{
    size_t n = 1, all = 0;
    if (n_dimensions < 0 || n_dimensions > TENSOR_DIMENSIONS_MAX) return false;
    for (int32_t i = 0; i < n_dimensions; i++)
        if (shape[i] <= 0 || __builtin_mul_overflow(n, (size_t)shape[i], &n)) return false;
    const size_t columns = n_dimensions > 0 ? (size_t)shape[n_dimensions - 1] : 1;
    const size_t length = (size_t)types[type].length;
    if (columns % length != 0 || n > (size_t)INT64_MAX ||
        __builtin_mul_overflow(n / length, types[type].bytes, &all))
        return false;
    *bytes = all;
    return true;
}

float half_to_float(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31;
    uint32_t fraction = half & 1023, bits;
    float x;
    if (exponent == 0) { /* zero and numbers below 2^-14 */
        x = (float)fraction * 0x1p-24F;
        memcpy(&bits, &x, 4);
        bits |= sign;
    } else if (exponent == 31) {
        bits = sign | 0x7F800000U | fraction << 13;
    } else {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    }
    memcpy(&x, &bits, 4);
    return x;
}

uint16_t float_to_half(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, 4);
    const uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7FFFFFFF;
    if (rest > 0x7F800000) return (uint16_t)(sign | 0x7E00);  /* not a number */
    if (rest >= 0x477FF000) return (uint16_t)(sign | 0x7C00); /* rounds to infinity */
    if (rest < 0x38800000) {                                  /* below 2^-14: in steps of 2^-24 */
        float magnitude;
        memcpy(&magnitude, &rest, 4);
        magnitude = magnitude * 0x1p24F + 0x1p23F; /* the addition rounds to a whole number */
        memcpy(&bits, &magnitude, 4);
        return (uint16_t)(sign | (bits - 0x4B000000));
    }
    const uint32_t odd = rest >> 13 & 1;
    return (uint16_t)(sign | (rest - 0x38000000 + 0xFFF + odd) >> 13);
}

static float half_at(const unsigned char *bytes)
{
    return half_to_float((uint16_t)(bytes[0] | bytes[1] << 8));
}

/* A block of 32 with 4 or 5 bits each: number i is in the low half of byte i, 16 + i in the high
 * one; the fifth bits stand in front as one 32-bit word. */
static void decode_small(const unsigned char *block, bool minimum, bool fifth, float *out)
{
    const float d = half_at(block);
    const unsigned char *at = block + (minimum ? 4 : 2);
    const float offset = minimum ? half_at(block + 2) : fifth ? -16 * d : -8 * d;
    uint32_t high = 0;
    if (fifth) {
        memcpy(&high, at, 4);
        at += 4;
    }
    for (int i = 0; i < 16; i++) {
        const uint32_t low_bits = (at[i] & 15U) | (high >> i & 1) << 4;
        const uint32_t high_bits = (uint32_t)at[i] >> 4 | (high >> (i + 16) & 1) << 4;
        out[i] = d * (float)low_bits + offset;
        out[i + 16] = d * (float)high_bits + offset;
    }
}

/* 256 numbers: 128 bytes of low 4 bits, 64 of high 2 bits, 16 scales, the scale of all. */
static void decode_q6_k(const unsigned char *block, float *out)
{
    const float d = half_at(block + 208);
    for (int half = 0; half < 2; half++) {
        const unsigned char *low = block + (ptrdiff_t)64 * half;
        const unsigned char *high = block + 128 + (ptrdiff_t)32 * half;
        const signed char *scale = (const signed char *)block + 192 + (ptrdiff_t)8 * half;
        for (int i = 0; i < 128; i++) {
            const int quarter = i / 32, j = i % 32;
            const int bits =
                quarter < 2 ? low[j + 32 * (quarter % 2)] & 15 : low[j + 32 * (quarter % 2)] >> 4;
            const int q = (bits | (high[j] >> (2 * quarter) & 3) << 4) - 32;
            out[128 * half + i] = d * (float)scale[i / 16] * (float)q;
        }
    }
}

static void decode_block(enum tensor_type type, const unsigned char *block, float *out)
{
    uint32_t bits;
    switch (type) {
    case TENSOR_F32:
        memcpy(out, block, 4);
        break;
    case TENSOR_F16:
        *out = half_at(block);
        break;
    case TENSOR_BF16:
        bits = (uint32_t)(block[0] | block[1] << 8) << 16;
        memcpy(out, &bits, 4);
        break;
    case TENSOR_Q4_0:
        decode_small(block, false, false, out);
        break;
    case TENSOR_Q4_1:
        decode_small(block, true, false, out);
        break;
    case TENSOR_Q5_0:
        decode_small(block, false, true, out);
        break;
    case TENSOR_Q5_1:
        decode_small(block, true, true, out);
        break;
    case TENSOR_Q8_0:
        for (int i = 0; i < 32; i++)
            out[i] = half_at(block) * (float)(signed char)block[2 + i];
        break;
    case TENSOR_Q6_K:
        decode_q6_k(block, out);
        break;
    }
}

void tensor_decode(enum tensor_type type, const void *data, int64_t n, float *out)
{
    const unsigned char *block = data;
    for (int64_t i = 0; i < n; i += types[type].length, block += types[type].bytes)
        decode_block(type, block, out + i);
}

void tensor_read_row(const struct tensor *tensor, int64_t row, float *out)
{
    const int64_t columns = tensor_columns(tensor);
    const size_t bytes = tensor_row_bytes(tensor->type, columns);
    tensor_decode(tensor->type, (const unsigned char *)tensor->data + (size_t)row * bytes, columns,
                  out);
}
