/* dot_kernel.c - the plain products: the definition, and what runs where there are no vectors. */
#include "dot.h"

#include <math.h>
#include <string.h>

static void pack(int32_t n, const float *x, struct dot_block *blocks)
{
    for (int32_t b = 0; b < n / 32; b++, x += 32) {
        float max = 0;
        int sum = 0;
        for (int i = 0; i < 32; i++)
            max = fmaxf(max, fabsf(x[i]));
        const float inverse = max > 0 ? 127 / max : 0;
        for (int i = 0; i < 32; i++) {
            blocks[b].q[i] = (int8_t)lrintf(x[i] * inverse);
            sum += blocks[b].q[i];
        }
        blocks[b].scale = max / 127;
        blocks[b].sum = max / 127 * (float)sum;
    }
}

static float f32(int32_t n, const float *row, const float *x)
{
    float sum[8] = { 0 };
    int32_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int j = 0; j < 8; j++)
            sum[j] += row[i + j] * x[i + j];
    for (; i < n; i++)
        sum[0] += row[i] * x[i];
    return (sum[0] + sum[4]) + (sum[1] + sum[5]) + (sum[2] + sum[6]) + (sum[3] + sum[7]);
}

static float f16(int32_t n, const void *row, const float *x)
{
    float sum = 0;
    uint16_t half;
    for (int32_t i = 0; i < n; i++) {
        memcpy(&half, (const char *)row + (size_t)i * 2, 2);
        sum += half_to_float(half) * x[i];
    }
    return sum;
}

static float half_at(const unsigned char *bytes)
{
    uint16_t half;
    memcpy(&half, bytes, 2);
    return half_to_float(half);
}

static void q8_0(int32_t n, const void *row, const struct dot_block *x, size_t stride, int count,
                 float *y)
{
    for (int v = 0; v < count; v++, x += stride) {
        const unsigned char *block = row;
        y[v] = 0;
        for (int32_t b = 0; b < n / 32; b++, block += 34) {
            int sum = 0;
            for (int i = 0; i < 32; i++)
                sum += (signed char)block[2 + i] * x[b].q[i];
            y[v] += half_at(block) * x[b].scale * (float)sum;
        }
    }
}

/* Σ q x of a block of 4-bit numbers. */
static int nibbles(const unsigned char *at, const int8_t *x)
{
    int sum = 0;
    for (int i = 0; i < 16; i++)
        sum += (at[i] & 15) * x[i] + (at[i] >> 4) * x[i + 16];
    return sum;
}

static void q4_0(int32_t n, const void *row, const struct dot_block *x, size_t stride, int count,
                 float *y)
{
    for (int v = 0; v < count; v++, x += stride) {
        const unsigned char *block = row;
        y[v] = 0;
        for (int32_t b = 0; b < n / 32; b++, block += 18)
            y[v] +=
                half_at(block) * (x[b].scale * (float)nibbles(block + 2, x[b].q) - 8 * x[b].sum);
    }
}

static void q4_1(int32_t n, const void *row, const struct dot_block *x, size_t stride, int count,
                 float *y)
{
    for (int v = 0; v < count; v++, x += stride) {
        const unsigned char *block = row;
        y[v] = 0;
        for (int32_t b = 0; b < n / 32; b++, block += 20)
            y[v] += half_at(block) * x[b].scale * (float)nibbles(block + 4, x[b].q) +
                    half_at(block + 2) * x[b].sum;
    }
}

static void add_scaled(int32_t n, float a, const float *x, float *y)
{
    for (int32_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

const struct dot_kernels dot_kernels_plain = {
    "plain", pack, f32, f16, q8_0, q4_0, q4_1, add_scaled
};

const struct dot_kernels *dot_kernels_of(int level)
{
#if defined(__x86_64__) && defined(__GNUC__)
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (level == 2)
        return avx2 && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
                       __builtin_cpu_supports("avx512vnni")
                   ? &dot_kernels_vnni
                   : NULL;
    if (level == 1) return avx2 ? &dot_kernels_avx2 : NULL;
#endif
    return level == 0 ? &dot_kernels_plain : NULL;
}

const struct dot_kernels *dot_kernels(void)
{
    for (int level = 2; level > 0; level--)
        if (dot_kernels_of(level)) return dot_kernels_of(level);
    return &dot_kernels_plain;
}
