/* float_kernel_avx2.c - kernels for processors with AVX2; empty where there are none such. */
#include "float_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include "vector_avx2.h"

#define TABLE      float_kernels_avx2
#define TABLE_NAME "AVX2"
#include "float_kernel_body.h"
#endif
