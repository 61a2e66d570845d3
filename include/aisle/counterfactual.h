/* counterfactual.h - the smallest set of a shopper's own purchases without which an item would not
 * be in the list, and what would stand there instead.
 *
 * A purchase is taken out altogether, as `recommend --without` does: what was bought once may come
 * back into the list itself. Every answer was tried: the list was made without them. Where the
 * model is linear (model.h) the set is proven to be smallest by a search over all smaller ones;
 * elsewhere sets of one are all tried, and larger ones found by taking out what counts most.
 */
#ifndef AISLE_COUNTERFACTUAL_H
#define AISLE_COUNTERFACTUAL_H

#include "aisle/feed.h"

struct counterfactual_request {
    const struct dataset *dataset; /* shoppers are made from it */
    const struct shopper *shopper;
    struct shopper_changes changes; /* what made the shopper another one than the user is */
    const struct model *model;
    const struct feed_options *options; /* of the list; length is where it ends */
    int32_t item;
};

enum { COUNTERFACTUAL_MAX = 256 };

struct counterfactual {
    int32_t item, rank; /* in the list as it is; 0 = it is not in the rows, and nothing is asked */
    bool found;
    int32_t n;       /* purchases to take out */
    int32_t in_vain; /* where none was found: so many were taken out together */
    int32_t purchase[COUNTERFACTUAL_MAX]; /* items, those that count most first */
    int64_t time[COUNTERFACTUAL_MAX];
    int32_t rank_then; /* of the item without them; 0 = not listed at all */
    int32_t instead;  /* what the rows hold then and did not before, the best of it; -1 = nothing */
    bool smallest;    /* proven: no smaller set does it */
    int32_t at_least; /* no set smaller than this does it */
    bool linear;      /* how it was proven; else by trying */
    int32_t tried;    /* lists that were made */
};

/* False with ERROR_CANCELLED or ERROR_MEMORY. */
bool counterfactual_find(const struct counterfactual_request *request,
                         struct counterfactual *answer, struct progress *progress,
                         struct error *error);

#endif
