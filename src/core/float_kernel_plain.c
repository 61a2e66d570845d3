/* float_kernel_plain.c - kernels for any processor. */
#include "vector_plain.h"

#define TABLE      float_kernels_plain
#define TABLE_NAME "plain"
#include "float_kernel_body.h"
