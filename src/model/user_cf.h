/* user_cf.h - what the parts of the user-user recommender share. */
#ifndef AISLE_USER_CF_H
#define AISLE_USER_CF_H

#include "knn_predict.h"
#include "model_private.h"

struct user_cf {
    struct model_base base;
    struct knn_predictor predictor;
    struct sparse weighted_rows, weighted_columns; /* where a weighting is set */
    const struct sparse *rows, *columns;           /* what is compared, by user and by item */
    double mean_sum;                               /* of the unweighted rows */
    double *norms;                                 /* (n_users) squared, of rows */
    struct similarity_options options;
};

/* A shopper as the model sees them: compared with everybody, cut to the k most similar. */
struct company {
    float *weight;   /* (shopper->n) the shopper's row, weighted */
    double *sim;     /* (n_users) */
    int32_t *common; /* (n_users) */
    int32_t *best;   /* (n) users, best first, ties by ascending index */
    int32_t n;
};

bool company_init(struct company *company, const struct user_cf *user_cf,
                  const struct shopper *shopper, int32_t k, struct error *error);
void company_fini(struct company *company);

struct receipt *user_cf_explain(const struct model *model, const struct shopper *shopper,
                                int32_t item, const struct receipt_limits *limits,
                                struct error *error);

#endif
