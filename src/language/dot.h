/* dot.h - products of rows of weights with vectors, for the processor at hand.
 *
 * Rows of quantised formats meet vectors of 8-bit blocks (quantised by `pack`), others meet floats.
 * Results are the same on every run of one processor; between kinds of processor they differ by
 * rounding, because sums are taken in another order. The plain table is the slow twin.
 */
#ifndef LANGUAGE_DOT_H
#define LANGUAGE_DOT_H

#include "tensor.h"

/* 32 numbers x = scale q; sum = scale Σ q, for formats with an offset. */
struct dot_block {
    float scale, sum;
    int8_t q[32];
};

enum { DOT_VECTORS = 4 };

struct dot_kernels {
    const char *name;
    /* n is a multiple of 32 for quantised formats. */
    void (*pack)(int32_t n, const float *x, struct dot_block *blocks);
    float (*f32)(int32_t n, const float *row, const float *x);
    float (*f16)(int32_t n, const void *row, const float *x);
    /* y[v] = row · x[v], v < count <= DOT_VECTORS; x[v] = blocks + v stride. */
    void (*q8_0)(int32_t n, const void *row, const struct dot_block *x, size_t stride, int count,
                 float *y);
    void (*q4_0)(int32_t n, const void *row, const struct dot_block *x, size_t stride, int count,
                 float *y);
    void (*q4_1)(int32_t n, const void *row, const struct dot_block *x, size_t stride, int count,
                 float *y);
    /* y += a x */
    void (*add_scaled)(int32_t n, float a, const float *x, float *y);
};

const struct dot_kernels *dot_kernels(void);
/* For tests: 0 plain, 1 AVX2, 2 AVX-512 with VNNI; NULL where it cannot run. */
const struct dot_kernels *dot_kernels_of(int level);

extern const struct dot_kernels dot_kernels_plain;
extern const struct dot_kernels dot_kernels_avx2;
extern const struct dot_kernels dot_kernels_vnni;

#endif
