/* sparse.h - a sparse matrix by rows (CSR), float values, 32-bit columns.
 *
 * Columns ascend within a row and appear once. The three arrays are owned by the matrix.
 */
#ifndef AISLE_SPARSE_H
#define AISLE_SPARSE_H

#include "aisle/error.h"

#include <stdint.h>

struct sparse {
    int32_t n_rows, n_columns;
    int64_t *start;  /* (n_rows + 1) row r is [start[r], start[r+1]) */
    int32_t *column; /* (start[n_rows]) */
    float *value;    /* (start[n_rows]) */
};

/* Allocates for `entries` values; start is zeroed, the rest is not. */
bool sparse_init(struct sparse *matrix, int32_t n_rows, int32_t n_columns, int64_t entries,
                 struct error *error);
void sparse_fini(struct sparse *matrix); /* allowed on a zeroed matrix */
int64_t sparse_entries(const struct sparse *matrix);
/* `transposed` is initialised here; O(entries + columns). */
bool sparse_transpose(const struct sparse *matrix, struct sparse *transposed, struct error *error);
/* Index of (row, column) into column/value, or -1. O(log of the row). */
int64_t sparse_find(const struct sparse *matrix, int32_t row, int32_t column);

#endif
