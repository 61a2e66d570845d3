/* gather_kernel.c - which sums can be among the best: one comparison for eight at a time. */
#include "gather_kernel.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86_VECTORS 1
#include <immintrin.h>
#else
#define HAVE_X86_VECTORS 0
#endif

#include <stddef.h>

static int32_t scan_plain(double *sum, double above, int32_t begin, int32_t end, int32_t *found,
                          double *value)
{
    int32_t n = 0;

    for (int32_t i = begin; i < end; i++) {
        found[n] = i;
        value[n] = sum[i];
        n += sum[i] > above;
        sum[i] = 0;
    }
    return n;
}

#if HAVE_X86_VECTORS

/* What passed of the group that begins at `from`. */
static inline int32_t note(const double *sum, int32_t from, unsigned pass, int32_t n,
                           int32_t *found, double *value)
{
    for (; pass; pass &= pass - 1) {
        const int32_t at = from + __builtin_ctz(pass);
        found[n] = at;
        value[n++] = sum[at];
    }
    return n;
}

__attribute__((target("avx2"))) static int32_t scan_avx2(double *sum, double above, int32_t begin,
                                                         int32_t end, int32_t *found, double *value)
{
    const __m256d above4 = _mm256_set1_pd(above);
    int32_t n = 0, i = begin;

    for (; i + 4 <= end; i += 4) {
        const __m256d here = _mm256_cmp_pd(_mm256_loadu_pd(sum + i), above4, _CMP_GT_OQ);
        const unsigned pass = (unsigned)_mm256_movemask_pd(here);
        if (pass) n = note(sum, i, pass, n, found, value);
        _mm256_storeu_pd(sum + i, _mm256_setzero_pd());
    }
    return n + scan_plain(sum, above, i, end, found + n, value + n);
}

__attribute__((target("avx512f"))) static int32_t
scan_avx512(double *sum, double above, int32_t begin, int32_t end, int32_t *found, double *value)
{
    const __m512d above8 = _mm512_set1_pd(above);
    int32_t n = 0, i = begin;

    for (; i + 8 <= end; i += 8) {
        const unsigned pass = _mm512_cmp_pd_mask(_mm512_loadu_pd(sum + i), above8, _CMP_GT_OQ);
        if (pass) n = note(sum, i, pass, n, found, value);
        _mm512_storeu_pd(sum + i, _mm512_setzero_pd());
    }
    return n + scan_plain(sum, above, i, end, found + n, value + n);
}

#endif

gather_scan *gather_scan_of(int level)
{
#if HAVE_X86_VECTORS
    if (level == 2) return __builtin_cpu_supports("avx512f") ? scan_avx512 : NULL;
    if (level == 1) return __builtin_cpu_supports("avx2") ? scan_avx2 : NULL;
#endif
    return level == 0 ? scan_plain : NULL;
}

gather_scan *gather_best_scan(void)
{
    for (int level = 2; level > 0; level--) {
        if (gather_scan_of(level)) return gather_scan_of(level);
    }
    return scan_plain;
}
