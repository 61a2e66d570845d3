/* counterfactual_private.h - trying a set of purchases, shared by the two ways of looking for one.
 */
#ifndef FEED_COUNTERFACTUAL_PRIVATE_H
#define FEED_COUNTERFACTUAL_PRIVATE_H

#include "aisle/counterfactual.h"

struct removing {
    const struct counterfactual_request *request;
    struct progress *progress;
    struct error *error;
    struct feed *now; /* the list as it is */
    int32_t *without; /* room for all changes and all purchases */
    int32_t tried;
    bool failed; /* error is filled */
};

/* The list without n purchases (places in shopper->item[]); NULL after setting failed. */
struct feed *removing_list(struct removing *removing, const int32_t *set, int32_t n);
/* Whether the item is out of the rows then. */
bool removing_drops(struct removing *removing, const int32_t *set, int32_t n);

/* counterfactual_linear.c: looks for a set smaller than *n in set[], and replaces it. Returns the
 * size below which it is certain that none does. */
int32_t counterfactual_search(struct removing *removing, int32_t *set, int32_t *n);

#endif
