/* item_cf.h - what the parts of the item-item recommender share. */
#ifndef AISLE_ITEM_CF_H
#define AISLE_ITEM_CF_H

#include "knn_predict.h"
#include "model_private.h"

#include "aisle/sparse_product.h"

struct item_cf {
    struct model_base base;
    struct knn_predictor predictor;
    struct sparse weighted;          /* where a weighting is set */
    const struct sparse *rows;       /* what is compared: the dataset's by_item, or `weighted` */
    double *left, *right;            /* (n_items) |i|^(-2 alpha), |i|^(-2 (1 - alpha)) */
    struct neighbours lists;         /* N_k(i) */
    struct neighbours listed_by;     /* for each j, the i with j in N_k(i), ascending */
    struct product_lists dense_rows; /* of listed_by */
    struct similarity_incremental
        incremental; /* lists that can follow; empty until something was absorbed */
};

/* (shopper->n) what each purchase counts: r, less where it is not recent. Owned by the caller. */
double *item_cf_weights(const struct item_cf *item_cf, const struct shopper *shopper,
                        struct error *error);
struct receipt *item_cf_explain(const struct model *model, const struct shopper *shopper,
                                int32_t item, const struct receipt_limits *limits,
                                struct error *error);

#endif
