/* model_private.h - what the recommenders share among themselves. */
#ifndef MODEL_PRIVATE_H
#define MODEL_PRIVATE_H

#include "aisle/model.h"

extern const struct model_kind popular_kind, user_cf_kind, item_cf_kind;

/* Fills the base of a new model and retains the dataset; model_release() gives it back. */
void model_init(struct model_base *base, const struct model_kind *kind,
                const struct dataset *dataset, const struct parameters *parameters);

#endif
