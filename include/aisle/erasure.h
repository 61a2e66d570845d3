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
    int64_t rejects;              /* rows taken out of files of rejected rows */
    bool already;                 /* they were erased before: this went on with what was left */
    char failure[256];            /* why the first of them was not trained */
    struct erase_proof proof;
};

/* ERROR_MISSING where there is no such person and never was. One who was erased before is no
 * failure: what an erasure that was cut has left to do is done, and the proof taken. */
bool engine_erase(struct engine *engine, struct slice user, struct progress *progress,
                  struct erasure *erasure, struct error *error);

/* An erasure that was cut short: appends the kinds of models that it took out of service and has
 * not trained again ("item-cf, ease"), or "none". Nothing where all is done, or where the program
 * that erases is at it. */
bool erasure_pending(struct reader *reader, struct text *kinds, struct error *error);
/* Goes on with it: trains them, scrubs the file. No proof: nothing is known of whom it was. */
bool engine_erase_finish(struct engine *engine, struct progress *progress, struct erasure *erasure,
                         struct error *error);
/* The same in the background; 0 on failure. */
struct job_queue;
int64_t job_erase_finish(struct job_queue *queue, struct error *error);

#endif
