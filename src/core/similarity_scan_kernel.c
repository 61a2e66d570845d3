/* similarity_scan_kernel.c - the two inner loops of similarity_fast.c.
 *
 * Adding is a scatter that no instruction set speeds up much: what counts is that nothing but
 * labels is read where all values are the same, and that the next lists are on their way. Scanning
 * is plain vector work, in three versions chosen at run time.
 */
#include "similarity_fast.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86_VECTORS 1
#include <immintrin.h>
#else
#define HAVE_X86_VECTORS 0
#endif

enum { AHEAD = 4, LINE = 64 }; /* lists fetched before they are needed; bytes of a cache line */

static inline __attribute__((always_inline)) void
add_dense(int32_t *restrict sum, const uint16_t *restrict value, int32_t n, int32_t x)
{
    for (int32_t i = 0; i < n; i++)
        sum[i] += x * value[i];
}

static void add_plain(int32_t *sum, const uint16_t *value, int32_t n, int32_t x)
{
    add_dense(sum, value, n, x);
}

#if HAVE_X86_VECTORS
__attribute__((target("avx2"))) static void add_avx2(int32_t *sum, const uint16_t *value, int32_t n,
                                                     int32_t x)
{
    add_dense(sum, value, n, x);
}

__attribute__((target("avx512f,avx512bw,avx512vl"))) static void
add_avx512(int32_t *sum, const uint16_t *value, int32_t n, int32_t x)
{
    add_dense(sum, value, n, x);
}
#endif

similarity_add *similarity_best_add(void)
{
#if HAVE_X86_VECTORS
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) return add_avx512;
    if (__builtin_cpu_supports("avx2")) return add_avx2;
#endif
    return add_plain;
}

/* One loop for each width of labels, with and without values. */
#define ADD(labels)                                                                                \
    for (int64_t i = begin; i < end; i++) {                                                        \
        const struct similarity_column *c = &columns[rows->column[i]];                             \
        const int64_t last = c->end;                                                               \
        const int32_t x = (int32_t)(rows->value[i] * times) * constant;                            \
        if (i + AHEAD < end) {                                                                     \
            __builtin_prefetch(&labels[after[i + AHEAD]]);                                         \
            __builtin_prefetch(&labels[after[i + AHEAD]] + LINE / sizeof *labels);                 \
            __builtin_prefetch(&columns[rows->column[i + AHEAD]]);                                 \
        }                                                                                          \
        if (own + 1 < c->first) {                                                                  \
            add(sum + own + 1, layout->dense + c->dense + own + 1, c->first - own - 1, x);         \
            added += c->first - own - 1;                                                           \
        }                                                                                          \
        added += last - after[i];                                                                  \
        if (!value) {                                                                              \
            for (int64_t at = after[i]; at < last; at++)                                           \
                sum[labels[at]] += x;                                                              \
            for (uint32_t m = c->more_end; m > c->more && more[m - 1].label > own; m--)            \
                sum[more[m - 1].label] += x * more[m - 1].value;                                   \
        } else {                                                                                   \
            if (i + AHEAD < end) __builtin_prefetch(&value[after[i + AHEAD]]);                     \
            for (int64_t at = after[i]; at < last; at++)                                           \
                sum[labels[at]] += x * value[at];                                                  \
        }                                                                                          \
    }

int64_t similarity_accumulate(const struct similarity_layout *layout, const struct sparse *rows,
                              int32_t own, int64_t begin, int64_t end, similarity_add *add,
                              int32_t *restrict sum)
{
    const struct similarity_column *columns = layout->columns;
    const uint32_t *restrict after = layout->after;
    const uint16_t *restrict value = layout->value;
    const struct similarity_more *restrict more = layout->more;
    const int32_t constant = layout->constant;
    const float times = 1 / layout->unit;
    int64_t added = 0;

    if (layout->narrow) {
        const uint16_t *restrict labels = layout->narrow;
        ADD(labels)
    } else {
        const int32_t *restrict labels = layout->wide;
        ADD(labels)
    }
    return added;
}

static int32_t scan_plain(int32_t *sum, const float *inverse, const float *min_of, float own,
                          float min, int32_t begin, int32_t end, int32_t *found, int32_t *dot)
{
    int32_t n = 0;

    for (int32_t b = begin; b < end; b++) {
        float about = (float)sum[b] * inverse[b] * own;
        found[n] = b;
        dot[n] = sum[b];
        n += about >= min || about >= min_of[b];
        sum[b] = 0;
    }
    return n;
}

#if HAVE_X86_VECTORS

__attribute__((target("avx2"))) static int32_t scan_avx2(int32_t *sum, const float *inverse,
                                                         const float *min_of, float own, float min,
                                                         int32_t begin, int32_t end, int32_t *found,
                                                         int32_t *dot)
{
    const __m256 own8 = _mm256_set1_ps(own), min8 = _mm256_set1_ps(min);
    int32_t n = 0, b = begin;

    for (; b + 8 <= end; b += 8) {
        __m256 s = _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(const void *)(sum + b)));
        __m256 about = _mm256_mul_ps(_mm256_mul_ps(s, _mm256_loadu_ps(inverse + b)), own8);
        __m256 min_here = _mm256_min_ps(min8, _mm256_loadu_ps(min_of + b));
        unsigned pass = (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(about, min_here, _CMP_GE_OQ));
        for (; pass; pass &= pass - 1) {
            int32_t lane = __builtin_ctz(pass);
            found[n] = b + lane;
            dot[n++] = sum[b + lane];
        }
        _mm256_storeu_si256((__m256i *)(void *)(sum + b), _mm256_setzero_si256());
    }
    return n + scan_plain(sum, inverse, min_of, own, min, b, end, found + n, dot + n);
}

__attribute__((target("avx512f"))) static int32_t scan_avx512(int32_t *sum, const float *inverse,
                                                              const float *min_of, float own,
                                                              float min, int32_t begin, int32_t end,
                                                              int32_t *found, int32_t *dot)
{
    const __m512 own16 = _mm512_set1_ps(own), min16 = _mm512_set1_ps(min);
    int32_t n = 0, b = begin;

    for (; b + 16 <= end; b += 16) {
        __m512 s = _mm512_cvtepi32_ps(_mm512_loadu_si512(sum + b));
        __m512 about = _mm512_mul_ps(_mm512_mul_ps(s, _mm512_loadu_ps(inverse + b)), own16);
        __m512 min_here = _mm512_min_ps(min16, _mm512_loadu_ps(min_of + b));
        unsigned pass = _mm512_cmp_ps_mask(about, min_here, _CMP_GE_OQ);
        for (; pass; pass &= pass - 1) {
            int32_t lane = __builtin_ctz(pass);
            found[n] = b + lane;
            dot[n++] = sum[b + lane];
        }
        _mm512_storeu_si512(sum + b, _mm512_setzero_si512());
    }
    return n + scan_plain(sum, inverse, min_of, own, min, b, end, found + n, dot + n);
}

#endif

similarity_scan *similarity_scan_of(int level)
{
#if HAVE_X86_VECTORS
    if (level == 2) return __builtin_cpu_supports("avx512f") ? scan_avx512 : NULL;
    if (level == 1) return __builtin_cpu_supports("avx2") ? scan_avx2 : NULL;
#endif
    return level == 0 ? scan_plain : NULL;
}

similarity_scan *similarity_best_scan(void)
{
    for (int level = 2; level > 0; level--) {
        if (similarity_scan_of(level)) return similarity_scan_of(level);
    }
    return scan_plain;
}
