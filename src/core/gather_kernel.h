/* gather_kernel.h - the inner loops of gather.c. */
#ifndef AISLE_CORE_GATHER_KERNEL_H
#define AISLE_CORE_GATHER_KERNEL_H

#include <stdint.h>

struct gather_kernel {
    /* Sums in [begin, end) above a threshold >= 0: found[] gets their places and value[] the sums,
     * both with room for end - begin + 1; clears all. Returns how many. */
    int32_t (*scan)(double *sum, double above, int32_t begin, int32_t end, int32_t *found,
                    double *value);
    /* sum[i] += row[i] * weight. */
    void (*add)(double *sum, const float *row, int32_t n, double weight);
    /* sum[i] += row[i] * weight. */
    void (*add_floats)(float *sum, const float *row, int32_t n, float weight);
    /* As scan(), of sum[i] plus the rows' [i] times their weights, for what reaches `least`. */
    int32_t (*scan_hubs)(float *sum, const float *const *row, const float *weight, int32_t n_rows,
                         float least, int32_t begin, int32_t end, int32_t *found, float *value);
};

/* The best one that this processor runs. */
struct gather_kernel gather_best_kernel(void);
/* For the tests: 0 plain C, 1 AVX2, 2 AVX-512; scan is NULL where it cannot run. */
struct gather_kernel gather_kernel_of(int level);

#endif
