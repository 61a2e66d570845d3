/* dot_kernel_avx2.c - products for processors with AVX2; empty where there are none such. */
#include "dot.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define KERNEL    __attribute__((target("avx2,fma,f16c")))
#define DOT_TABLE dot_kernels_avx2
#define DOT_NAME  "AVX2"

KERNEL static inline __m256i multiply_bytes(__m256i a, __m256i b)
{
    return _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1));
}

#include "dot_kernel_body.h"
#endif
