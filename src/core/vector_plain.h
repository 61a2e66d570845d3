/* vector_plain.h - four floats at a time, in the vector types that gcc and clang give every
 * processor: the words that float_kernel_body.h is written in. */
#ifndef AISLE_VECTOR_PLAIN_H
#define AISLE_VECTOR_PLAIN_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define KERNEL
#define INLINED          __attribute__((always_inline)) static inline

#define TILE_ROWS_MAX    4
#define TILE_VECTORS_MAX 2
enum { WIDTH = 4, TILE_ROWS = TILE_ROWS_MAX, TILE_VECTORS = TILE_VECTORS_MAX };

typedef float vector __attribute__((vector_size(16)));
typedef uint32_t integers __attribute__((vector_size(16)));
typedef int32_t signs __attribute__((vector_size(16)));

INLINED vector v_load(const float *from)
{
    vector x;
    memcpy(&x, from, sizeof x);
    return x;
}

INLINED void v_store(float *to, vector x)
{
    memcpy(to, &x, sizeof x);
}

INLINED vector v_all(float x)
{
    return (vector){ x, x, x, x };
}

INLINED vector v_add(vector a, vector b)
{
    return a + b;
}

INLINED vector v_subtract(vector a, vector b)
{
    return a - b;
}

INLINED vector v_mul(vector a, vector b)
{
    return a * b;
}

INLINED vector v_divide(vector a, vector b)
{
    return a / b;
}

INLINED vector v_root(vector a)
{
    return (vector){ sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3]) };
}

/* a b + c, rounded twice here */
INLINED vector v_fused(vector a, vector b, vector c)
{
    return a * b + c;
}

/* a where mask is all ones, b where it is all zeros */
INLINED vector v_choose(signs pseudonymiser, vector a, vector b)
{
    return (vector)((pseudonymiser & (signs)a) | (~pseudonymiser & (signs)b));
}

INLINED vector v_larger(vector a, vector b)
{
    return v_choose(a > b, a, b);
}

INLINED float v_sum(vector a)
{
    return (a[0] + a[2]) + (a[1] + a[3]);
}

INLINED float v_largest(vector a)
{
    return fmaxf(fmaxf(a[0], a[2]), fmaxf(a[1], a[3]));
}

INLINED vector v_nearest(vector a)
{
    return (vector){ rintf(a[0]), rintf(a[1]), rintf(a[2]), rintf(a[3]) };
}

/* a times two to the power n, n whole and above -127. */
INLINED vector v_scale_by_power(vector a, vector n)
{
    signs power = { (int32_t)n[0], (int32_t)n[1], (int32_t)n[2], (int32_t)n[3] };
    return a * (vector)((power + 127) << 23);
}

/* x where gate > 0, else 0 */
INLINED vector v_where_positive(vector gate, vector x)
{
    return v_choose(gate > v_all(0), x, v_all(0));
}

INLINED integers i_all(uint32_t x)
{
    return (integers){ x, x, x, x };
}

/* 0, 1, 2, … */
INLINED integers i_lanes(void)
{
    return (integers){ 0, 1, 2, 3 };
}

INLINED integers i_add(integers a, integers b)
{
    return a + b;
}

INLINED integers i_mul(integers a, integers b)
{
    return a * b;
}

/* a xor (a >> by) */
INLINED integers i_fold(integers a, unsigned by)
{
    return a ^ (a >> by);
}

INLINED integers i_shift_right(integers a, unsigned by)
{
    return a >> by;
}

/* x where a >= min (both below 2^31), else 0 */
INLINED vector v_where_min(integers a, integers min, vector x)
{
    return v_choose((signs)a >= (signs)min, x, v_all(0));
}

/* to = the 4 x 4 floats at from, transposed; row strides in floats. */
INLINED void transpose_four(const float *from, size_t from_row, float *to, size_t to_row)
{
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++)
            to[j * to_row + i] = from[i * from_row + j];
    }
}

#endif
