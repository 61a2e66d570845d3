/* tensor.h - a matrix of numbers inside a file of weights, in the format it was written in.
 *
 * A tensor is a view: its numbers belong to the mapped file. Readers of files (gguf.h,
 * safetensors.h) promise that `data` holds tensor_bytes() bytes.
 */
#ifndef LANGUAGE_TENSOR_H
#define LANGUAGE_TENSOR_H

#include "aisle/error.h"
#include "aisle/text.h"

#include <stddef.h>
#include <stdint.h>

/* Quantised formats hold blocks of numbers of one row: a scale (and a minimum) as half-precision
 * floats, then small integers. */
enum tensor_type {
    TENSOR_F32,
    TENSOR_F16,
    TENSOR_BF16,
    TENSOR_Q4_0, /* 32: scale; x = d (q - 8), 4 bits */
    TENSOR_Q4_1, /* 32: scale, minimum; x = d q + m, 4 bits */
    TENSOR_Q5_0, /* 32: scale; x = d (q - 16), 5 bits */
    TENSOR_Q5_1, /* 32: scale, minimum; x = d q + m, 5 bits */
    TENSOR_Q8_0, /* 32: scale; x = d q, 8 bits, signed */
    TENSOR_Q6_K, /* 256: scale, 16 scales of 8 bits; x = d s (q - 32), 6 bits */
};

enum { TENSOR_DIMENSIONS_MAX = 4 };

struct tensor {
    struct slice name;
    enum tensor_type type;
    int32_t n_dimensions;
    int64_t shape[TENSOR_DIMENSIONS_MAX]; /* outermost first, 1 beyond n_dimensions */
    const void *data;
};

/* "F32", "Q4_1", …; numbers in a block, 1 where they stand alone; bytes of a block. */
const char *tensor_type_name(enum tensor_type type);
int32_t tensor_block_length(enum tensor_type type);
size_t tensor_block_bytes(enum tensor_type type);

/* Length of a row (the innermost dimension), and how many rows there are. */
int64_t tensor_columns(const struct tensor *tensor);
int64_t tensor_rows(const struct tensor *tensor);
/* Bytes of `columns` numbers; columns are whole blocks. */
size_t tensor_row_bytes(enum tensor_type type, int64_t columns);
/* Counts numbers and bytes of a shape; false where they overflow, a dimension is not positive, or
 * rows are not whole blocks. */
bool tensor_measure(enum tensor_type type, int32_t n_dimensions, const int64_t *shape,
                    size_t *bytes);

/* Row `row` as floats: out (columns). */
void tensor_read_row(const struct tensor *tensor, int64_t row, float *out);
/* Numbers of that type as floats: out (n), n whole blocks. */
void tensor_decode(enum tensor_type type, const void *data, int64_t n, float *out);

float half_to_float(uint16_t half);
uint16_t float_to_half(float x); /* to nearest, ties to even */

#endif
