/* product_kernel.c - adding dense rows, and which sums can be among the best: eight at a time.
 *
 * A product of two floats is exact as a double, so that it does not matter whether it is rounded
 * before it is added.
 */
#include "product_kernel.h"

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

static inline __attribute__((always_inline)) void
add(double *restrict sum, const float *restrict row, int32_t n, double weight)
{
    for (int32_t i = 0; i < n; i++)
        sum[i] += (double)row[i] * weight;
}

static void add_plain(double *sum, const float *row, int32_t n, double weight)
{
    add(sum, row, n, weight);
}

static inline __attribute__((always_inline)) void
add_floats(float *restrict sum, const float *restrict row, int32_t n, float weight)
{
    for (int32_t i = 0; i < n; i++)
        sum[i] += row[i] * weight;
}

static void add_floats_plain(float *sum, const float *row, int32_t n, float weight)
{
    add_floats(sum, row, n, weight);
}

static int32_t scan_dense_plain(float *sum, const float *const *row, const float *weight,
                                int32_t n_rows, float min, int32_t begin, int32_t end,
                                int32_t *found, float *value)
{
    int32_t n = 0;

    for (int32_t i = begin; i < end; i++) {
        float all = sum[i];
        for (int32_t r = 0; r < n_rows; r++)
            all += row[r][i] * weight[r];
        found[n] = i;
        value[n] = all;
        n += all >= min;
        sum[i] = 0;
    }
    return n;
}

#if HAVE_X86_VECTORS

__attribute__((target("avx2"))) static void add_avx2(double *sum, const float *row, int32_t n,
                                                     double weight)
{
    add(sum, row, n, weight);
}

__attribute__((target("avx512f"))) static void add_avx512(double *sum, const float *row, int32_t n,
                                                          double weight)
{
    add(sum, row, n, weight);
}

__attribute__((target("avx2"))) static void add_floats_avx2(float *sum, const float *row, int32_t n,
                                                            float weight)
{
    add_floats(sum, row, n, weight);
}

__attribute__((target("avx512f"))) static void add_floats_avx512(float *sum, const float *row,
                                                                 int32_t n, float weight)
{
    add_floats(sum, row, n, weight);
}

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

/* `vectors` of sums in registers, from i on; sums that reach `min` are noted. */
#define SCAN_DENSE(WIDTH, VECTORS, TYPE, LOAD, STORE, ZERO, ALL, FUSED, PASS)                      \
    int32_t n = 0, i = begin;                                                                      \
    for (; i + WIDTH * VECTORS <= end; i += WIDTH * VECTORS) {                                     \
        TYPE all[VECTORS];                                                                         \
        for (int v = 0; v < VECTORS; v++) {                                                        \
            all[v] = LOAD(sum + i + v * WIDTH);                                                    \
            STORE(sum + i + v * WIDTH, ZERO());                                                    \
        }                                                                                          \
        for (int32_t r = 0; r < n_rows; r++) {                                                     \
            const TYPE times = ALL(weight[r]);                                                     \
            for (int v = 0; v < VECTORS; v++)                                                      \
                all[v] = FUSED(LOAD(row[r] + i + v * WIDTH), times, all[v]);                       \
        }                                                                                          \
        for (int v = 0; v < VECTORS; v++) {                                                        \
            unsigned pass = PASS(all[v], ALL(min));                                                \
            if (!pass) continue;                                                                   \
            float here[WIDTH];                                                                     \
            STORE(here, all[v]);                                                                   \
            for (; pass; pass &= pass - 1) {                                                       \
                found[n] = i + v * WIDTH + __builtin_ctz(pass);                                    \
                value[n++] = here[__builtin_ctz(pass)];                                            \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    return n + scan_dense_plain(sum, row, weight, n_rows, min, i, end, found + n, value + n)

#define PASS_16(a, b) (unsigned)_mm512_cmp_ps_mask(a, b, _CMP_GE_OQ)
#define PASS_8(a, b)  (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_GE_OQ))

__attribute__((target("avx512f"))) static int32_t
scan_dense_avx512(float *sum, const float *const *row, const float *weight, int32_t n_rows,
                  float min, int32_t begin, int32_t end, int32_t *found, float *value)
{
    SCAN_DENSE(16, 4, __m512, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_setzero_ps, _mm512_set1_ps,
               _mm512_fmadd_ps, PASS_16);
}

__attribute__((target("avx2,fma"))) static int32_t
scan_dense_avx2(float *sum, const float *const *row, const float *weight, int32_t n_rows, float min,
                int32_t begin, int32_t end, int32_t *found, float *value)
{
    SCAN_DENSE(8, 4, __m256, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_setzero_ps, _mm256_set1_ps,
               _mm256_fmadd_ps, PASS_8);
}

#endif

struct product_kernel product_kernel_of(int level)
{
    const struct product_kernel none = { 0 };

#if HAVE_X86_VECTORS
    const struct product_kernel avx512 = { scan_avx512, add_avx512, add_floats_avx512,
                                           scan_dense_avx512 };
    const struct product_kernel avx2 = { scan_avx2, add_avx2, add_floats_avx2, scan_dense_avx2 };
    if (level == 2) return __builtin_cpu_supports("avx512f") ? avx512 : none;
    if (level == 1)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2 : none;
#endif
    const struct product_kernel plain = { scan_plain, add_plain, add_floats_plain,
                                          scan_dense_plain };
    return level == 0 ? plain : none;
}

struct product_kernel product_best_kernel(void)
{
    for (int level = 2; level > 0; level--) {
        const struct product_kernel kernel = product_kernel_of(level);
        if (kernel.scan) return kernel;
    }
    return product_kernel_of(0);
}
