/* dot_kernel_body.h - the products with vectors of 256 bits. Whoever includes it defines KERNEL
 * (the instruction sets), DOT_TABLE, DOT_NAME and multiply_bytes(): eight sums of four products
 * each of unsigned and signed bytes. */
#include "dot.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

KERNEL static inline float half_at(const unsigned char *bytes)
{
    uint16_t half;
    memcpy(&half, bytes, 2);
    return _cvtsh_ss(half);
}

KERNEL static inline float sum_of(__m256 x)
{
    const __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)));
}

KERNEL static void pack(int32_t n, const float *x, struct dot_block *blocks)
{
    const __m256 sign = _mm256_set1_ps(-0.0F);
    for (int32_t b = 0; b < n / 32; b++, x += 32) {
        __m256 max = _mm256_setzero_ps();
        for (int i = 0; i < 4; i++)
            max = _mm256_max_ps(max, _mm256_andnot_ps(sign, _mm256_loadu_ps(x + (ptrdiff_t)8 * i)));
        float lanes[8], largest = 0;
        _mm256_storeu_ps(lanes, max);
        for (int i = 0; i < 8; i++)
            largest = largest > lanes[i] ? largest : lanes[i];
        const __m256 inverse = _mm256_set1_ps(largest > 0 ? 127 / largest : 0);
        __m256i whole[4], all = _mm256_setzero_si256();
        for (int i = 0; i < 4; i++) {
            whole[i] =
                _mm256_cvtps_epi32(_mm256_mul_ps(_mm256_loadu_ps(x + (ptrdiff_t)8 * i), inverse));
            all = _mm256_add_epi32(all, whole[i]);
        }
        const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(whole[0], whole[1]),
                                                 _mm256_packs_epi32(whole[2], whole[3]));
        const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        _mm256_storeu_si256((__m256i *)(void *)blocks[b].q,
                            _mm256_permutevar8x32_epi32(bytes, order));
        blocks[b].scale = largest / 127;
        blocks[b].sum = largest / 127 * sum_of(_mm256_cvtepi32_ps(all));
    }
}

KERNEL static float f32(int32_t n, const float *row, const float *x)
{
    __m256 a = _mm256_setzero_ps(), b = a, c = a, d = a;
    int32_t i = 0;
    for (; i + 32 <= n; i += 32) {
        a = _mm256_fmadd_ps(_mm256_loadu_ps(row + i), _mm256_loadu_ps(x + i), a);
        b = _mm256_fmadd_ps(_mm256_loadu_ps(row + i + 8), _mm256_loadu_ps(x + i + 8), b);
        c = _mm256_fmadd_ps(_mm256_loadu_ps(row + i + 16), _mm256_loadu_ps(x + i + 16), c);
        d = _mm256_fmadd_ps(_mm256_loadu_ps(row + i + 24), _mm256_loadu_ps(x + i + 24), d);
    }
    float sum = sum_of(_mm256_add_ps(_mm256_add_ps(a, b), _mm256_add_ps(c, d)));
    for (; i < n; i++)
        sum += row[i] * x[i];
    return sum;
}

KERNEL static float f16(int32_t n, const void *row, const float *x)
{
    const char *at = row;
    __m256 a = _mm256_setzero_ps(), b = a;
    int32_t i = 0;
    for (; i + 16 <= n; i += 16) {
        const __m256i halves =
            _mm256_loadu_si256((const __m256i *)(const void *)(at + (size_t)i * 2));
        a = _mm256_fmadd_ps(_mm256_cvtph_ps(_mm256_castsi256_si128(halves)), _mm256_loadu_ps(x + i),
                            a);
        b = _mm256_fmadd_ps(_mm256_cvtph_ps(_mm256_extracti128_si256(halves, 1)),
                            _mm256_loadu_ps(x + i + 8), b);
    }
    float sum = sum_of(_mm256_add_ps(a, b));
    for (; i < n; i++)
        sum += half_at((const unsigned char *)at + (size_t)i * 2) * x[i];
    return sum;
}

/* 32 numbers of 4 bits: those of the low halves first. */
KERNEL static inline __m256i nibbles(const unsigned char *at)
{
    const __m128i both = _mm_loadu_si128((const __m128i *)(const void *)at);
    const __m256i wide =
        _mm256_inserti128_si256(_mm256_castsi128_si256(both), _mm_srli_epi16(both, 4), 1);
    return _mm256_and_si256(wide, _mm256_set1_epi8(15));
}

KERNEL static inline __m256i block_bytes(const struct dot_block *block)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)block->q);
}

#define INLINE_KERNEL KERNEL __attribute__((always_inline)) static inline

INLINE_KERNEL void q8_0_of(int32_t n, const void *row, const struct dot_block *x, size_t stride,
                           int count, float *y)
{
    const unsigned char *block = row;
    __m256 sums[DOT_VECTORS];
    for (int v = 0; v < count; v++)
        sums[v] = _mm256_setzero_ps();
    for (int32_t b = 0; b < n / 32; b++, block += 34) {
        const float scale = half_at(block);
        const __m256i w = _mm256_loadu_si256((const __m256i *)(const void *)(block + 2));
        const __m256i size = _mm256_abs_epi8(w);
        for (int v = 0; v < count; v++) {
            const struct dot_block *other = &x[(size_t)v * stride + (size_t)b];
            const __m256i products = multiply_bytes(size, _mm256_sign_epi8(block_bytes(other), w));
            sums[v] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products),
                                      _mm256_set1_ps(scale * other->scale), sums[v]);
        }
    }
    for (int v = 0; v < count; v++)
        y[v] = sum_of(sums[v]);
}

/* The two formats of 4 bits: minimum says whether the block has one, else it is -8 scales. */
INLINE_KERNEL void q4_of(int32_t n, const void *row, const struct dot_block *x, size_t stride,
                         int count, bool minimum, float *y)
{
    const unsigned char *block = row;
    __m256 sums[DOT_VECTORS];
    float offsets[DOT_VECTORS];
    for (int v = 0; v < count; v++) {
        sums[v] = _mm256_setzero_ps();
        offsets[v] = 0;
    }
    for (int32_t b = 0; b < n / 32; b++, block += minimum ? 20 : 18) {
        const float scale = half_at(block), offset = minimum ? half_at(block + 2) : -8 * scale;
        const __m256i w = nibbles(block + (minimum ? 4 : 2));
        for (int v = 0; v < count; v++) {
            const struct dot_block *other = &x[(size_t)v * stride + (size_t)b];
            const __m256i products = multiply_bytes(w, block_bytes(other));
            sums[v] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products),
                                      _mm256_set1_ps(scale * other->scale), sums[v]);
            offsets[v] += offset * other->sum;
        }
    }
    for (int v = 0; v < count; v++)
        y[v] = sum_of(sums[v]) + offsets[v];
}

/* One loop for each number of vectors, so that the sums stay in registers. */
#define DOT_BY_COUNT(CALL)                                                                         \
    switch (count) {                                                                               \
    case 1:                                                                                        \
        CALL(1);                                                                                   \
        break;                                                                                     \
    case 2:                                                                                        \
        CALL(2);                                                                                   \
        break;                                                                                     \
    case 3:                                                                                        \
        CALL(3);                                                                                   \
        break;                                                                                     \
    default:                                                                                       \
        CALL(DOT_VECTORS);                                                                         \
    }

KERNEL static void q8_0(int32_t n, const void *row, const struct dot_block *x, size_t stride,
                        int count, float *y){
#define CALL(COUNT) q8_0_of(n, row, x, stride, COUNT, y)
    DOT_BY_COUNT(CALL)
#undef CALL
}

KERNEL static void q4_0(int32_t n, const void *row, const struct dot_block *x, size_t stride,
                        int count, float *y){
#define CALL(COUNT) q4_of(n, row, x, stride, COUNT, false, y)
    DOT_BY_COUNT(CALL)
#undef CALL
}

KERNEL static void q4_1(int32_t n, const void *row, const struct dot_block *x, size_t stride,
                        int count, float *y){
#define CALL(COUNT) q4_of(n, row, x, stride, COUNT, true, y)
    DOT_BY_COUNT(CALL)
#undef CALL
}

KERNEL static void add_scaled(int32_t n, float a, const float *x, float *y)
{
    const __m256 factor = _mm256_set1_ps(a);
    int32_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(y + i,
                         _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)));
    for (; i < n; i++)
        y[i] += a * x[i];
}

const struct dot_kernels DOT_TABLE = { DOT_NAME, pack, f32, f16, q8_0, q4_0, q4_1, add_scaled };
