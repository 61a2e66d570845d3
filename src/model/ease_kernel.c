/* ease_kernel.c - weighted rows of floats, added up in double.
 *
 * The sums of a stretch of columns stay in the first-level cache while all rows go by, four at a
 * time, so that a sum is read and written once for four products.
 */
#include "ease.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86_VECTORS 1
#else
#define HAVE_X86_VECTORS 0
#endif

enum { STRETCH = 2048 };

/* Inlined into one function for each set of instructions, which the compiler then uses. */
__attribute__((always_inline)) static inline void add_rows(const float *const *rows,
                                                           const double *weight, int32_t n_rows,
                                                           int32_t n, double *restrict sum)
{
    for (int32_t begin = 0; begin < n; begin += STRETCH) {
        const int32_t end = n - begin < STRETCH ? n : begin + STRETCH;
        int32_t r = 0;
        for (; r + 4 <= n_rows; r += 4) {
            const float *restrict a = rows[r], *restrict b = rows[r + 1];
            const float *restrict c = rows[r + 2], *restrict d = rows[r + 3];
            const double wa = weight[r], wb = weight[r + 1], wc = weight[r + 2], wd = weight[r + 3];
            for (int32_t i = begin; i < end; i++)
                sum[i] = (((sum[i] + wa * (double)a[i]) + wb * (double)b[i]) + wc * (double)c[i]) +
                         wd * (double)d[i];
        }
        for (; r < n_rows; r++) {
            const float *restrict a = rows[r];
            const double wa = weight[r];
            for (int32_t i = begin; i < end; i++)
                sum[i] += wa * (double)a[i];
        }
    }
}

static void add_rows_plain(const float *const *rows, const double *weight, int32_t n_rows,
                           int32_t n, double *sum)
{
    add_rows(rows, weight, n_rows, n, sum);
}

#if HAVE_X86_VECTORS

/* gcc has to be told that whole registers are meant; clang has no such word, and uses them. */
#if defined __clang__
#define WIDE_TARGET "avx512f"
#else
#define WIDE_TARGET "avx512f,prefer-vector-width=512"
#endif

__attribute__((target("avx2,fma"))) static void add_rows_avx2(const float *const *rows,
                                                              const double *weight, int32_t n_rows,
                                                              int32_t n, double *sum)
{
    add_rows(rows, weight, n_rows, n, sum);
}

__attribute__((target(WIDE_TARGET))) static void add_rows_avx512(const float *const *rows,
                                                                 const double *weight,
                                                                 int32_t n_rows, int32_t n,
                                                                 double *sum)
{
    add_rows(rows, weight, n_rows, n, sum);
}

#endif

void ease_add_rows(const float *const *rows, const double *weight, int32_t n_rows, int32_t n,
                   double *sum)
{
#if HAVE_X86_VECTORS
    if (__builtin_cpu_supports("avx512f")) {
        add_rows_avx512(rows, weight, n_rows, n, sum);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        add_rows_avx2(rows, weight, n_rows, n, sum);
        return;
    }
#endif
    add_rows_plain(rows, weight, n_rows, n, sum);
}
