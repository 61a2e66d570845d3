/* external.h - what another engine recommends, as a model.
 *
 * It lists what it was given and nothing else, so that it can be browsed, compared and diffed like
 * our own; it is no function of a history: a what-if does not move it. It cannot be trained, only
 * imported (format `lists`). The other engine's reasons are not known: a receipt gives its score to
 * the shopper's own purchases in proportion to what item-item cosine finds in our data, and says
 * that this is a stand-in.
 */
#ifndef AISLE_EXTERNAL_H
#define AISLE_EXTERNAL_H

#include "aisle/model.h"

struct external_row {
    int32_t user, item; /* of the dataset */
    double rank;        /* from 1; what stands in what order where ranks are equal */
    double score;       /* NAN where there is none */
};

extern const struct model_kind external_kind; /* "external"; not among model_kinds */

/* Sorts the rows (n); of a pair that comes twice the better rank counts. Scores are kept where
 * they are all there and put every list in the order of its ranks; else a score is 1 / rank. `name`
 * is the other engine's. */
struct model *external_new(const struct dataset *dataset, struct slice name,
                           struct external_row *rows, int64_t n, struct error *error);

#endif
