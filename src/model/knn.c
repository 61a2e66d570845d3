/* knn.c - shared by the two neighbourhood models. */
#include "knn.h"

#include <math.h>
#include <string.h>

const char *const knn_weightings[] = { "none", "tfidf", "bm25", NULL };

struct similarity_options knn_options(const struct parameters *parameters)
{
    double k = parameters_get(parameters, "k");
    return (struct similarity_options){
        .k = k > INT32_MAX ? INT32_MAX : (int32_t)k,
        .min_common = (int32_t)parameters_get(parameters, "min_common"),
        .shrinkage = parameters_get(parameters, "shrinkage"),
        .alpha = parameters_get(parameters, "alpha"),
    };
}

bool knn_matrix_init(struct knn_matrix *matrix, const struct sparse *rows,
                     const struct sparse *columns, const struct parameters *parameters,
                     struct error *error)
{
    enum weighting weighting = (enum weighting)(int)parameters_get(parameters, "weighting");
    *matrix = (struct knn_matrix){ .rows = *rows, .columns = *columns };
    if (weighting == WEIGHTING_NONE) return true;
    memset(&matrix->columns, 0, sizeof matrix->columns);
    matrix->own = true;
    if (similarity_weight(rows, weighting, &matrix->rows, error) &&
        sparse_transpose(&matrix->rows, &matrix->columns, error))
        return true;
    knn_matrix_fini(matrix);
    return false;
}

void knn_matrix_fini(struct knn_matrix *matrix)
{
    if (matrix->own) {
        sparse_fini(&matrix->rows);
        sparse_fini(&matrix->columns);
    }
    memset(matrix, 0, sizeof *matrix);
}

double knn_factor(const struct similarity_options *options, double own, double other,
                  int32_t common)
{
    double denominator = options->alpha == 0.5
                             ? sqrt(own) * sqrt(other)
                             : pow(own, options->alpha) * pow(other, 1 - options->alpha);
    if (!(denominator > 0)) return 0;
    return (options->shrinkage > 0 ? common / (common + options->shrinkage) : 1) / denominator;
}

int32_t knn_common(const struct sparse *rows, int32_t a, int32_t b)
{
    int64_t x = rows->start[a], y = rows->start[b];
    int32_t common = 0;
    while (x < rows->start[a + 1] && y < rows->start[b + 1]) {
        if (rows->column[x] == rows->column[y])
            common++, x++, y++;
        else if (rows->column[x] < rows->column[y])
            x++;
        else
            y++;
    }
    return common;
}
