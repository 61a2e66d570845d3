/* erasure.h - a person erased and unlearned: the file, then the models.
 *
 * What was trained with them and can be trained again in little time is, by the same parameters and
 * seed, so that it equals a training that never saw them. A run of attention stays; it says that it
 * holds them until it is trained again. */
#ifndef AISLE_ERASURE_H
#define AISLE_ERASURE_H

#include "aisle/engine.h"
#include "aisle/erase.h"

struct erasure {
    int64_t events, friendships, attributes, rules, scenarios;
    int32_t runs;                 /* deleted with their bodies */
    int32_t trained, not_trained; /* of the active ones among them, again; those that failed */
    int32_t holding;              /* runs that hold the person until trained again */
    char failure[256];            /* why the first of them was not trained */
    struct erase_proof proof;
};

bool engine_erase(struct engine *engine, struct slice user, struct progress *progress,
                  struct erasure *erasure, struct error *error);

#endif
