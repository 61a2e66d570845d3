/* kernel_plain.c - kernels for any processor. */
#include "vector_plain.h"

#define TABLE      attention_kernels_plain
#define TABLE_NAME "plain"
#include "kernel_body.h"
