/* gather_kernel.h - the pass over the sums of one shopper. */
#ifndef AISLE_CORE_GATHER_KERNEL_H
#define AISLE_CORE_GATHER_KERNEL_H

#include <stdint.h>

/* Sums in [begin, end) above a threshold >= 0: found[] gets their places and value[] the sums, both
 * with room for end - begin + 1; clears all. Returns how many. */
typedef int32_t gather_scan(double *sum, double above, int32_t begin, int32_t end, int32_t *found,
                            double *value);

/* The best one that this processor runs. */
gather_scan *gather_best_scan(void);
/* For the tests: 0 plain C, 1 AVX2, 2 AVX-512; NULL where it cannot run. */
gather_scan *gather_scan_of(int level);

#endif
