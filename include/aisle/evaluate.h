/* evaluate.h - how good a model is, measured.
 *
 * Rating prediction in k folds (protocol R): every rating is predicted once from a model of the
 * other folds.
 */
#ifndef AISLE_EVALUATE_H
#define AISLE_EVALUATE_H

#include "aisle/model.h"

struct rating_report {
    int64_t ratings;   /* predicted */
    int64_t fallbacks; /* of which by the training mean: the model could not say */
    double rmse, mae;  /* over all */
    double rmse_of_folds[16], mae_of_folds[16];
    int32_t folds;
    double seconds;
};

/* Folds are drawn by seed (a random permutation cut in k, as Surprise does); 2 <= folds <= 16.
 * Predictions are clipped to the range of the data. */
bool evaluate_ratings(const struct dataset *dataset, const struct model_kind *kind,
                      const struct parameters *parameters, int32_t folds, uint64_t seed,
                      int threads, struct progress *progress, struct rating_report *report,
                      struct error *error);

#endif
