/* product_kernel.h - the inner loops of sparse_product.c. */
#ifndef AISLE_CORE_PRODUCT_KERNEL_H
#define AISLE_CORE_PRODUCT_KERNEL_H

#include <stdint.h>

struct product_kernel {
    /* Sums in [begin, end) above a threshold >= 0: found[] gets their places and value[] the sums,
     * both with capacity for end - begin + 1; clears all. Returns how many. */
    int32_t (*scan)(double *sum, double above, int32_t begin, int32_t end, int32_t *found,
                    double *value);
    /* sum[i] += row[i] * weight. */
    void (*add)(double *sum, const float *row, int32_t n, double weight);
    /* sum[i] += row[i] * weight. */
    void (*add_floats)(float *sum, const float *row, int32_t n, float weight);
    /* As scan(), of sum[i] plus the rows' [i] times their weights, for what reaches `min`. */
    int32_t (*scan_dense)(float *sum, const float *const *row, const float *weight, int32_t n_rows,
                          float min, int32_t begin, int32_t end, int32_t *found, float *value);
};

/* The best one that this processor runs. */
struct product_kernel product_best_kernel(void);
/* For the tests: 0 plain C, 1 AVX2, 2 AVX-512; scan is NULL where it cannot run. */
struct product_kernel product_kernel_of(int level);

#endif
