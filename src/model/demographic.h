/* demographic.h - what people of the same segments buy: shared by scoring and receipts. */
#ifndef AISLE_DEMOGRAPHIC_H
#define AISLE_DEMOGRAPHIC_H

#include "segments.h"

struct demographic {
    struct model_base base;
    struct segments segments;
    int64_t *start;    /* (segments + 1) */
    int32_t *item;     /* (start[segments]) ascending in each segment */
    int32_t *buyers;   /* (start[segments]) people of the segment who have the item, > 0 */
    double *popular;   /* (n_items) share of all buyers who have the item */
    double *weight;    /* (attributes) >= 0, what each says about purchases */
    double *shrinkage; /* (attributes) people that the whole counts like */
};

/* The shopper's segments, and what each counts: weights add up to 1. */
struct belonging {
    int32_t n;
    int32_t *segment; /* (n) */
    double *weight;   /* (n) */
    double whole;     /* what the share of all buyers is multiplied by, segments together */
};

bool belonging_init(struct belonging *belonging, const struct demographic *demographic,
                    const struct shopper *shopper, struct error *error);
void belonging_fini(struct belonging *belonging);

struct receipt *demographic_explain(const struct model *model, const struct shopper *shopper,
                                    int32_t item, const struct receipt_limits *limits,
                                    struct error *error);

#endif
