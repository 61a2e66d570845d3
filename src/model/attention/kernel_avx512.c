/* kernel_avx512.c - kernels for processors with AVX-512; empty where there are none such. */
#include "kernels.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include "vector_avx512.h"

#define TABLE      attention_kernels_avx512
#define TABLE_NAME "AVX-512"
#include "kernel_body.h"
#endif
