/* float_kernels.h - inner loops of Transformers on floats, for the processor at hand.
 *
 * One body (float_kernel_body.h) is compiled for AVX-512, AVX2 and plain vectors; a table of its
 * functions is chosen at run time. Results are the same on every run of one processor; between
 * widths they differ by rounding, because sums are taken in another order.
 *
 * Widths of matrices are multiples of 16 floats; nothing needs alignment, but 64 bytes is faster.
 */
#ifndef AISLE_FLOAT_KERNELS_H
#define AISLE_FLOAT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* C (m, n) = A (m, k) B (k, n) [+ bias] or C += A B; n is a multiple of 16. Element (i, p) of A is
 * a[i a_row + p a_step], so a transposed A costs nothing; B's rows are b_step apart, and each
 * `panel` columns of B begin b_panel floats after the last (b_panel = panel: plain rows). */
struct product {
    int32_t m, n, k;
    const float *a;
    size_t a_row, a_step;
    const float *b;
    size_t b_step, b_panel;
    float *c;
    size_t c_row;
    const float *bias; /* (n) or NULL */
    bool add;          /* C += instead of C = */
};

/* Which entries a dropout keeps is a hash of key, row and column: made again in the backward pass,
 * never stored, the same whoever computes it. */
struct dropout {
    uint64_t key;
    uint32_t threshold; /* of 2^24: entries whose hash is below are dropped; 0 = keep all */
    float scale;        /* 1 / (1 - rate) */
};

struct adam {
    float rate, beta1, beta2, epsilon;
    float correct1, correct2; /* 1 / (1 - beta^step) */
    float decay;              /* rate × weight decay */
    float ema;                /* of the running mean of weights; 0 = none */
};

struct float_kernels {
    const char *name;
    int32_t width; /* floats in a vector */
    int32_t panel; /* columns of a panel of B */

    void (*matmul)(const struct product *product);
    /* to (columns, rows) = from (rows, columns) transposed; row strides in floats. */
    void (*transpose)(int32_t rows, int32_t columns, const float *from, size_t from_row, float *to,
                      size_t to_row);
    /* y = gain (x - mean) / sqrt(variance + 1e-5) + bias, by rows (n, d); mean and 1/sqrt kept. */
    void (*norm)(int32_t n, int32_t d, const float *x, const float *gain, const float *bias,
                 float *y, float *mean, float *inverse);
    /* dx += the gradient through norm(); dgain and dbias (d) are added to. */
    void (*layernorm_backward)(int32_t n, int32_t d, const float *x, const float *gain,
                               const float *mean, const float *inverse, const float *dy, float *dx,
                               float *dgain, float *dbias);
    /* x = gain (x + z - mean) / sqrt(variance + epsilon) + bias, by rows (n, d), in place. */
    void (*residual_norm)(int32_t n, int32_t d, float epsilon, const float *z, const float *gain,
                          const float *bias, float *x);
    /* x = x (1 + erf(x / sqrt 2)) / 2 in place, within 2e-7 |x|; n is a multiple of 16. */
    void (*gelu)(size_t n, float *x);
    /* y = x + dropout(z), rows (n, d), numbered from `row` on. */
    void (*residual)(int32_t n, int32_t d, const struct dropout *dropout, int64_t row,
                     const float *x, const float *z, float *y);
    /* y = dropout(x) */
    void (*drop)(int32_t n, int32_t d, const struct dropout *dropout, int64_t row, const float *x,
                 float *y);
    /* x = dropout(max(x, 0)) in place; and dx = 0 where x is, else dx times the scale. */
    void (*relu)(int32_t n, int32_t d, const struct dropout *dropout, int64_t row, float *x);
    void (*relu_backward)(int32_t n, int32_t d, const struct dropout *dropout, const float *x,
                          float *dx);
    /* sum (d) += the rows of x (n, d) */
    void (*add_rows)(int32_t n, int32_t d, const float *x, float *sum);
    /* Row of scores to probabilities: p[j] = exp(scale s[j] - max) / sum over j < n; 0 from n to
     * n_padded. */
    void (*softmax)(int32_t n, int32_t n_padded, float scale, float *s);
    /* ds = scale p (dp - dot), dp in place, over n_padded. */
    void (*softmax_backward)(int32_t n_padded, float scale, float dot, const float *p, float *dp);
    /* s[j] = exp(s[j] - max) over j < n, 0 from n to n_padded; returns the sum, sets max. */
    float (*exponentials)(int32_t n, int32_t n_padded, float *s, float *max);
    float (*dot)(int32_t n, const float *a, const float *b);
    /* y += a x */
    void (*add_scaled)(int32_t n, float a, const float *x, float *y);
    /* y = a x */
    void (*scale)(int32_t n, float a, const float *x, float *y);
    /* AdamW (Loshchilov and Hutter 2019) over n floats; mean is the exponential moving average or
     * NULL. */
    void (*adam)(size_t n, const struct adam *adam, float *weight, float *first, float *second,
                 const float *gradient, float *mean);
};

/* The best table that this processor runs. */
const struct float_kernels *float_kernels(void);
/* For tests and the bench: 0 plain, 1 AVX2, 2 AVX-512; NULL where it cannot run. */
const struct float_kernels *float_kernels_of(int level);

extern const struct float_kernels float_kernels_plain;
extern const struct float_kernels float_kernels_avx2;
extern const struct float_kernels float_kernels_avx512;

/* Whether the hash keeps column `column` of a row: the scalar twin, for tests. */
bool dropout_keeps(const struct dropout *dropout, int64_t row, int32_t column);
struct dropout dropout_of(double rate, uint64_t key);

/* Numbers too small for full precision become 0 in this thread, which saves a hundred cycles each.
 * Returns what to give back to flush_restore(). */
unsigned flush_small_numbers(void);
void flush_restore(unsigned before);

#endif
