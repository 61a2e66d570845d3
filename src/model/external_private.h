/* external_private.h - what the two files of the external model share. */
#ifndef AISLE_EXTERNAL_PRIVATE_H
#define AISLE_EXTERNAL_PRIVATE_H

#include "model_private.h"

struct external {
    struct model_base base;
    char *name;          /* of the engine */
    struct sparse lists; /* (n_users, n_items): scores */
};

struct receipt *external_explain(const struct model *model, const struct shopper *shopper,
                                 int32_t item, const struct receipt_limits *limits,
                                 struct error *error);

#endif
