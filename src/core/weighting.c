/* weighting.c - strengths re-weighted before they are compared.
 *
 * As the `implicit` package does it on an item-user matrix (nearest_neighbours.py):
 *   tf-idf  w = sqrt(r) * log(N / (1 + df))          N rows, df rows that have the column
 *   bm25    w = r (K1 + 1) / (K1 (1 - B + B len/avg) + r) * idf, K1 100, B 0.8,
 *           idf = log(N / (1 + df)), len = sum of the row, avg = mean of those
 * A column that (almost) every row has tells rows apart no more: weights at or below 0 are 0. */
#include "aisle/similarity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool similarity_weight(const struct sparse *rows, enum weighting weighting, struct sparse *out,
                       struct error *error)
{
    const int64_t entries = sparse_entries(rows);
    const double k1 = 100, b = 0.8;
    double total = 0;
    memset(out, 0, sizeof *out);
    double *idf = calloc((size_t)rows->n_columns + 1, sizeof *idf);
    if (!idf) return error_memory(error, "weights");
    if (!sparse_init(out, rows->n_rows, rows->n_columns, entries, error)) {
        free(idf);
        return false;
    }
    memcpy(out->start, rows->start, ((size_t)rows->n_rows + 1) * sizeof *out->start);
    if (entries) memcpy(out->column, rows->column, (size_t)entries * sizeof *out->column);
    for (int64_t at = 0; at < entries; at++) {
        idf[rows->column[at]]++;
        total += rows->value[at];
    }
    for (int32_t column = 0; column < rows->n_columns; column++)
        idf[column] = fmax(0, log(rows->n_rows / (1 + idf[column])));
    const double average = rows->n_rows ? total / rows->n_rows : 0;
    for (int32_t row = 0; row < rows->n_rows; row++) {
        double length = 0;
        for (int64_t at = rows->start[row]; at < rows->start[row + 1]; at++)
            length += rows->value[at];
        for (int64_t at = rows->start[row]; at < rows->start[row + 1]; at++) {
            double r = rows->value[at], w = r;
            if (weighting == WEIGHTING_TFIDF)
                w = sqrt(r) * idf[rows->column[at]];
            else if (weighting == WEIGHTING_BM25)
                w = r * (k1 + 1) / (k1 * (1 - b + b * length / average) + r) *
                    idf[rows->column[at]];
            out->value[at] = (float)w;
        }
    }
    free(idf);
    return true;
}
