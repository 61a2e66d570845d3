/* rounds.h - a training, round by round: how fast it goes, and a line for each in the log of a job.
 */
#ifndef JOB_ROUNDS_H
#define JOB_ROUNDS_H

#include "aisle/job.h"
#include "aisle/model.h"

double seconds_now(void); /* of a clock that never goes back */

/* How fast progress counts. */
struct pace {
    double began, last; /* seconds */
    int64_t first, done;
};
void pace_begin(struct pace *pace, const struct progress *progress);
double pace_round(struct pace *pace, const struct progress *progress); /* since the last call */
double pace_mean(const struct pace *pace, const struct progress *progress);

/* Hooks that tell the log of a job; give &rounds->hooks to whatever trains. */
struct rounds {
    struct job_context *job;
    struct training_hooks hooks;
    struct pace pace;
};
void rounds_init(struct rounds *rounds, struct job_context *job);

#endif
