/* blas.h - the few calls of BLAS and LAPACK that a training makes, loaded when one asks for them.
 *
 * OpenBLAS starts threads of its own as soon as it is loaded and waits for ever where memory for
 * its buffers is refused. So only who multiplies matrices loads it, with one thread, and the
 * buffers are asked for before the first call: a limit (ulimit -v, a container) is an error with a
 * sentence. Matrices are of float, as cblas.h says; spotrf_ and spotri_ are LAPACK's Fortran
 * symbols.
 */
#ifndef AISLE_MODEL_BLAS_H
#define AISLE_MODEL_BLAS_H

#include "aisle/error.h"

#include <cblas.h>

struct blas {
    __typeof__(cblas_sgemm) *sgemm;
    void (*spotrf)(const char *half, const int *n, float *a, const int *lda, int *info);
    void (*spotri)(const char *half, const int *n, float *a, const int *lda, int *info);
};

/* The calls, for up to `threads` threads at a time; they stay loaded. NULL without the library or
 * without memory for its buffers. */
const struct blas *blas_open(int threads, struct error *error);

#endif
