/* float_kernel_avx512.c - kernels for processors with AVX-512; empty where there are none such. */
#include "float_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include "vector_avx512.h"

#define TABLE      float_kernels_avx512
#define TABLE_NAME "AVX-512"
#include "float_kernel_body.h"
#endif
