/* finetune.h - online learning: a served model goes on learning from what happened since.
 *
 * The result is a run like any other. It is offered, that is activated, only where its validation
 * is not worse than the served run's on the same held-out events by more than a margin; else it is
 * kept, not active, with the numbers. A new event counts without any of this: the shopper's
 * sequence grows.
 */
#ifndef AISLE_FINETUNE_H
#define AISLE_FINETUNE_H

#include "aisle/job.h"

#define FINETUNE_MARGIN 0.002 /* NDCG@10 */

struct finetuned {
    struct run run; /* active where it is offered */
    int64_t from;   /* the run that it went on from */
    struct finetuning report;
    double margin;
    bool offered;
};

/* Kind NULL = "attention"; hooks (or NULL) watch. ERROR_USAGE where the kind has no such way, or
 * nothing has happened. */
bool engine_finetune(struct engine *engine, const char *kind, double margin, int threads,
                     const struct training_hooks *hooks, struct progress *progress,
                     struct finetuned *out, struct error *error);
/* "run 14 from run 12 is active: NDCG@10 0.1702 before, 0.1713 after; 31 users with news, 512
 * replayed, 0.71 s" */
void finetuned_describe(const struct finetuned *finetuned, struct text *out);
/* The same in the background. */
int64_t job_finetune(struct job_queue *queue, const char *kind, double margin, struct error *error);

#endif
