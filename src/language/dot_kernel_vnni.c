/* dot_kernel_vnni.c - products for processors with AVX-512 VNNI; empty where there are none such.
 */
#include "dot.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define KERNEL    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx2,fma,f16c")))
#define DOT_TABLE dot_kernels_vnni
#define DOT_NAME  "AVX-512 VNNI"

KERNEL static inline __m256i multiply_bytes(__m256i a, __m256i b)
{
    return _mm256_dpbusd_epi32(_mm256_setzero_si256(), a, b);
}

#include "dot_kernel_body.h"
#endif
