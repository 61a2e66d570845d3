/* knn_predict.h - the rating a shopper would give, from the most similar raters or items. */
#ifndef AISLE_KNN_PREDICT_H
#define AISLE_KNN_PREDICT_H

#include "model_private.h"

enum knn_norm { KNN_NORM_FULL, KNN_NORM_COMMON };
enum knn_center { KNN_CENTER_NONE, KNN_CENTER_MEAN, KNN_CENTER_BASELINE };

extern const char *const knn_norms[], *const knn_centers[];

/* Rows for the parameter tables; they matter to predict() only. */
#define PREDICT_PARAMETERS                                                                         \
    { "norm",                                                                                      \
      PARAMETER_CHOICE,                                                                            \
      KNN_NORM_FULL,                                                                               \
      0,                                                                                           \
      KNN_NORM_COMMON,                                                                             \
      knn_norms,                                                                                   \
      "of predicted ratings: norms over all or over common strengths" },                           \
    {                                                                                              \
        "center", PARAMETER_CHOICE, KNN_CENTER_NONE, 0, KNN_CENTER_BASELINE, knn_centers,          \
            "of predicted ratings: what is taken off before they are compared"                     \
    }

struct knn_predictor {
    const struct dataset *dataset; /* of the model */
    struct similarity_options options;
    bool by_items; /* similar items of the shopper, or similar users */
    enum knn_norm norm;
    enum knn_center center;
    double mean;     /* of all strengths */
    double *user;    /* (n_users) their mean, or how far they rate from the mean */
    double *item;    /* (n_items) the same; both NULL with KNN_CENTER_NONE */
    float *residual; /* what remains of the compared matrix's values, or NULL: nothing goes off */
};

bool knn_predictor_init(struct knn_predictor *predictor, const struct dataset *dataset,
                        const struct parameters *parameters, bool by_items, struct error *error);
void knn_predictor_fini(struct knn_predictor *predictor); /* allowed on a zeroed one */
int64_t knn_predictor_memory(const struct dataset *dataset, const struct parameters *parameters);

/* NAN where nobody (nothing) similar has (is) rated and no mean helps, or without memory. */
double knn_predict(const struct knn_predictor *predictor, const struct shopper *shopper,
                   int32_t item);

#endif
