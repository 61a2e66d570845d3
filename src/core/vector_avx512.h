/* vector_avx512.h - sixteen floats at a time: the words that float_kernel_body.h is written in. */
#ifndef AISLE_VECTOR_AVX512_H
#define AISLE_VECTOR_AVX512_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL           __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")))
#define INLINED          KERNEL __attribute__((always_inline)) static inline

#define TILE_ROWS_MAX    6
#define TILE_VECTORS_MAX 4
enum { WIDTH = 16, TILE_ROWS = TILE_ROWS_MAX, TILE_VECTORS = TILE_VECTORS_MAX };

typedef __m512 vector;
typedef __m512i integers;

INLINED vector v_load(const float *from)
{
    return _mm512_loadu_ps(from);
}

INLINED void v_store(float *to, vector x)
{
    _mm512_storeu_ps(to, x);
}

INLINED vector v_all(float x)
{
    return _mm512_set1_ps(x);
}

INLINED vector v_add(vector a, vector b)
{
    return _mm512_add_ps(a, b);
}

INLINED vector v_subtract(vector a, vector b)
{
    return _mm512_sub_ps(a, b);
}

INLINED vector v_mul(vector a, vector b)
{
    return _mm512_mul_ps(a, b);
}

INLINED vector v_divide(vector a, vector b)
{
    return _mm512_div_ps(a, b);
}

INLINED vector v_root(vector a)
{
    return _mm512_sqrt_ps(a);
}

/* a b + c */
INLINED vector v_fused(vector a, vector b, vector c)
{
    return _mm512_fmadd_ps(a, b, c);
}

INLINED vector v_larger(vector a, vector b)
{
    return _mm512_max_ps(a, b);
}

INLINED float v_sum(vector a)
{
    return _mm512_reduce_add_ps(a);
}

INLINED float v_largest(vector a)
{
    return _mm512_reduce_max_ps(a);
}

INLINED vector v_nearest(vector a)
{
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* a times two to the power n, n whole and above -127. */
INLINED vector v_scale_by_power(vector a, vector n)
{
    return _mm512_scalef_ps(a, n);
}

/* x where gate > 0, else 0 */
INLINED vector v_where_positive(vector gate, vector x)
{
    return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(gate, _mm512_setzero_ps(), _CMP_GT_OQ), x);
}

INLINED integers i_all(uint32_t x)
{
    return _mm512_set1_epi32((int32_t)x);
}

/* 0, 1, 2, … */
INLINED integers i_lanes(void)
{
    return _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
}

INLINED integers i_add(integers a, integers b)
{
    return _mm512_add_epi32(a, b);
}

INLINED integers i_mul(integers a, integers b)
{
    return _mm512_mullo_epi32(a, b);
}

/* a xor (a >> by) */
INLINED integers i_fold(integers a, unsigned by)
{
    return _mm512_xor_si512(a, _mm512_srli_epi32(a, by));
}

INLINED integers i_shift_right(integers a, unsigned by)
{
    return _mm512_srli_epi32(a, by);
}

/* x where a >= min (both below 2^31), else 0 */
INLINED vector v_where_min(integers a, integers min, vector x)
{
    return _mm512_maskz_mov_ps(_mm512_cmpge_epi32_mask(a, min), x);
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
