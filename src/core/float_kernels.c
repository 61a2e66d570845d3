/* float_kernels.c - which kernels this processor runs, and the scalar side of dropout. */
#include "float_kernels.h"

#include "aisle/rng.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86_VECTORS 1
#include <immintrin.h>
#else
#define HAVE_X86_VECTORS 0
#endif

const struct float_kernels *float_kernels_of(int level)
{
#if HAVE_X86_VECTORS
    if (level == 2)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
                   ? &float_kernels_avx512
                   : NULL;
    if (level == 1)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &float_kernels_avx2
                                                                               : NULL;
#endif
    return level == 0 ? &float_kernels_plain : NULL;
}

const struct float_kernels *float_kernels(void)
{
    for (int level = 2; level > 0; level--) {
        if (float_kernels_of(level)) return float_kernels_of(level);
    }
    return &float_kernels_plain;
}

struct dropout dropout_of(double rate, uint64_t key)
{
    const double all = 1 << 24;
    return (struct dropout){ .key = key,
                             .threshold = (uint32_t)(rate * all),
                             .scale = rate > 0 ? (float)(1 / (1 - rate)) : 1 };
}

bool dropout_keeps(const struct dropout *dropout, int64_t row, int32_t column)
{
    uint32_t h = (uint32_t)rng_mix(dropout->key ^ (uint64_t)row) + (uint32_t)column * 0x9E3779B9;
    h = (h ^ h >> 16) * 0x7FEB352D;
    h = (h ^ h >> 15) * 0x846CA68B;
    return (h ^ h >> 16) >> 8 >= dropout->threshold;
}

unsigned flush_small_numbers(void)
{
#if HAVE_X86_VECTORS
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); /* flush to zero, denormals are zero */
    return before;
#else
    return 0;
#endif
}

void flush_restore(unsigned before)
{
#if HAVE_X86_VECTORS
    _mm_setcsr(before);
#else
    (void)before;
#endif
}
