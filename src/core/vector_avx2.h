/* vector_avx2.h - eight floats at a time: the words that float_kernel_body.h is written in. */
#ifndef AISLE_VECTOR_AVX2_H
#define AISLE_VECTOR_AVX2_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL           __attribute__((target("avx2,fma")))
#define INLINED          KERNEL __attribute__((always_inline)) static inline

#define TILE_ROWS_MAX    6
#define TILE_VECTORS_MAX 2
enum { WIDTH = 8, TILE_ROWS = TILE_ROWS_MAX, TILE_VECTORS = TILE_VECTORS_MAX };

typedef __m256 vector;
typedef __m256i integers;

INLINED vector v_load(const float *from)
{
    return _mm256_loadu_ps(from);
}

INLINED void v_store(float *to, vector x)
{
    _mm256_storeu_ps(to, x);
}

INLINED vector v_all(float x)
{
    return _mm256_set1_ps(x);
}

INLINED vector v_add(vector a, vector b)
{
    return _mm256_add_ps(a, b);
}

INLINED vector v_subtract(vector a, vector b)
{
    return _mm256_sub_ps(a, b);
}

INLINED vector v_mul(vector a, vector b)
{
    return _mm256_mul_ps(a, b);
}

INLINED vector v_divide(vector a, vector b)
{
    return _mm256_div_ps(a, b);
}

INLINED vector v_root(vector a)
{
    return _mm256_sqrt_ps(a);
}

/* a b + c */
INLINED vector v_fused(vector a, vector b, vector c)
{
    return _mm256_fmadd_ps(a, b, c);
}

INLINED vector v_larger(vector a, vector b)
{
    return _mm256_max_ps(a, b);
}

INLINED float v_sum(vector a)
{
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}

INLINED float v_largest(vector a)
{
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}

INLINED vector v_nearest(vector a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* a times two to the power n, n whole and above -127. */
INLINED vector v_scale_by_power(vector a, vector n)
{
    __m256i power = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    return _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32(power, 23)));
}

/* x where gate > 0, else 0 */
INLINED vector v_where_positive(vector gate, vector x)
{
    return _mm256_and_ps(_mm256_cmp_ps(gate, _mm256_setzero_ps(), _CMP_GT_OQ), x);
}

INLINED integers i_all(uint32_t x)
{
    return _mm256_set1_epi32((int32_t)x);
}

/* 0, 1, 2, … */
INLINED integers i_lanes(void)
{
    return _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
}

INLINED integers i_add(integers a, integers b)
{
    return _mm256_add_epi32(a, b);
}

INLINED integers i_mul(integers a, integers b)
{
    return _mm256_mullo_epi32(a, b);
}

/* a xor (a >> by) */
INLINED integers i_fold(integers a, unsigned by)
{
    return _mm256_xor_si256(a, _mm256_srli_epi32(a, (int)by));
}

INLINED integers i_shift_right(integers a, unsigned by)
{
    return _mm256_srli_epi32(a, (int)by);
}

/* x where a >= min (both below 2^31), else 0 */
INLINED vector v_where_min(integers a, integers min, vector x)
{
    return _mm256_andnot_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(min, a)), x);
}

/* to = the 4 x 4 floats at from, transposed; row strides in floats. */
INLINED void transpose_four(const float *from, size_t from_row, float *to, size_t to_row)
{
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + from_row);
    __m128 c = _mm_loadu_ps(from + 2 * from_row), d = _mm_loadu_ps(from + 3 * from_row);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + to_row, b);
    _mm_storeu_ps(to + 2 * to_row, c);
    _mm_storeu_ps(to + 3 * to_row, d);
}

#endif
