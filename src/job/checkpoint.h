/* checkpoint.h - a training that can be stopped, killed and gone on with.
 *
 * Between the hooks of a training (aisle/model.h) and the workspace (aisle/runs.h). Not every round
 * is kept: one a second is enough, and short trainings are never kept.
 */
#ifndef AISLE_JOB_CHECKPOINT_H
#define AISLE_JOB_CHECKPOINT_H

#include "rounds.h"

#include "aisle/model.h"
#include "aisle/runs.h"

struct checkpoint {
    struct workspace *workspace;
    struct reader *reader;
    const struct run *run; /* kind, parameters, seed and fingerprint: who it is */
    const struct progress *progress;
    const struct training_hooks *outer;
    struct training_hooks hooks; /* give these to train() */
    int64_t erasures;            /* when the data was read */
    double kept;                 /* when, in seconds */
    bool exists;
    struct pace pace;
    double rate; /* what progress counts, a second, over all rounds; 0 = no round yet */
};

/* `outer` (may be NULL) is whoever watches. */
void checkpoint_init(struct checkpoint *checkpoint, struct workspace *workspace,
                     struct reader *reader, const struct run *run, int64_t erasures,
                     const struct progress *progress, const struct training_hooks *outer);
/* The training is done: drops what was kept, in the writer's transaction. */
bool checkpoint_end(const struct checkpoint *checkpoint, struct writer *writer,
                    struct error *error);

#endif
