/* recency.c - newer purchases count more: by how many came after, not by days.
 *
 * Sequences without times are in order too, and a shopper who comes once a year is not forgotten.
 */
#include "model_private.h"

#include <math.h>
#include <stdlib.h>

bool model_recency(const struct shopper *shopper, double half, float *weight, struct error *error)
{
    int32_t later = 0;

    for (int32_t s = 0; s < shopper->n; s++)
        weight[s] = 1;
    if (!(half > 0)) return true;
    bool *seen = calloc((size_t)shopper->n + 1, sizeof *seen);
    if (!seen) return error_memory(error, "the order of purchases");
    for (int32_t e = shopper->n_events - 1; e >= 0; e--) {
        int32_t s = shopper_find(shopper, shopper->events[e].item);
        if (s < 0 || seen[s]) continue;
        seen[s] = true;
        weight[s] = (float)exp2(-(double)later++ / half);
    }
    free(seen);
    return true;
}

bool model_without_recency(const struct model *model)
{
    return !(parameters_get(&model_base(model)->parameters, "recency") > 0);
}
