/* weighting.c - TF-IDF and BM25 weights for strengths, before similarities are computed. */
#include "aisle/similarity.h"

#include <math.h>
#include <string.h>

static const double k1 = 100, b = 0.8;

static double sum_of(const float *value, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)value[i];
    return sum;
}

double similarity_mean_sum(const struct sparse *rows)
{
    return rows->n_rows > 0 ? sum_of(rows->value, sparse_entries(rows)) / rows->n_rows : 0;
}

void similarity_weight_vector(const struct sparse *columns, double mean_sum,
                              enum weighting weighting, const int32_t *column, float *value,
                              int32_t n)
{
    const double documents = log((double)columns->n_columns);
    const double length = mean_sum > 0 ? sum_of(value, n) / mean_sum : 1;

    if (weighting == WEIGHTING_NONE) return;
    for (int32_t i = 0; i < n; i++) {
        double x = (double)value[i];
        if (column[i] < 0 || column[i] >= columns->n_rows) continue; /* a term nobody has */
        int64_t with = columns->start[column[i] + 1] - columns->start[column[i]];
        double idf = documents - log1p((double)with);
        double weight =
            weighting == WEIGHTING_TFIDF ? sqrt(x) : x * (k1 + 1) / (x + k1 * (1 - b + b * length));
        value[i] = (float)(weight * idf);
    }
}

bool similarity_weight(const struct sparse *rows, enum weighting weighting, struct sparse *out,
                       struct error *error)
{
    const int64_t entries = sparse_entries(rows);
    const double mean_sum = similarity_mean_sum(rows);
    struct sparse columns = { 0 };

    if (!sparse_init(out, rows->n_rows, rows->n_columns, entries, error)) return false;
    memcpy(out->start, rows->start, ((size_t)rows->n_rows + 1) * sizeof *rows->start);
    memcpy(out->column, rows->column, (size_t)entries * sizeof *rows->column);
    memcpy(out->value, rows->value, (size_t)entries * sizeof *rows->value);
    if (weighting == WEIGHTING_NONE) return true;
    if (!sparse_transpose(rows, &columns, error)) {
        sparse_fini(out);
        return false;
    }
    for (int32_t row = 0; row < rows->n_rows; row++)
        similarity_weight_vector(&columns, mean_sum, weighting, out->column + out->start[row],
                                 out->value + out->start[row],
                                 (int32_t)(out->start[row + 1] - out->start[row]));
    sparse_fini(&columns);
    return true;
}
