/* knn.h - what user-cf and item-cf share: options from parameters, the weighted matrix. */
#ifndef MODEL_KNN_H
#define MODEL_KNN_H

#include "aisle/similarity.h"
#include "model_private.h"

extern const char *const knn_weightings[];

/* Rows of the tables of both kinds. */
#define KNN_PARAMETERS                                                                                 \
    { "k", PARAMETER_INTEGER, 50, 1, 1e9, NULL, "neighbours that count" },                             \
        { "shrinkage", PARAMETER_NUMBER, 0, 0, 1e9, NULL, "n common ones count n / (n + shrinkage)" }, \
        { "min_common", PARAMETER_INTEGER, 0, 0, 1e9, NULL, "fewer in common is no similarity" },      \
        { "weighting", PARAMETER_CHOICE, 0, 0, 2, knn_weightings, "of strengths, before comparing" },  \
    {                                                                                                  \
        "alpha", PARAMETER_NUMBER, 0.5, 0, 1, NULL,                                                    \
            "how much of the norm is one's own; 0.5 is the cosine"                                     \
    }

struct similarity_options knn_options(const struct parameters *parameters);

/* The matrix that is compared: a dataset's own, or a weighted copy and its transpose. */
struct knn_matrix {
    bool own; /* rows and columns below are copies */
    struct sparse rows, columns;
};
bool knn_matrix_init(struct knn_matrix *matrix, const struct sparse *rows,
                     const struct sparse *columns, const struct parameters *parameters,
                     struct error *error);
void knn_matrix_fini(struct knn_matrix *matrix);

/* |a|^(2 alpha) |b|^(2 (1 - alpha)) and the shrinkage of a pair, as one factor of its products. */
double knn_factor(const struct similarity_options *options, double own, double other,
                  int32_t common);
/* Common columns of two rows. */
int32_t knn_common(const struct sparse *rows, int32_t a, int32_t b);

#endif
