/* training.h - what tests of a training share: slopes to hold gradients against, and a stop after
 * some rounds. */
#ifndef TESTS_TRAINING_H
#define TESTS_TRAINING_H

#include "tape.h"

#include <aisle/progress.h>

#include "model/attention/attention.h"

/* Ends the test where the slope of the batch's loss along a weight is not its gradient; `largest`
 * is the scale of the gradients beside it. */
void training_assert_slope(struct trainer *trainer, float *weight, double gradient, double largest);

/* Keeps the checkpoint in memory and cancels the training after `after` rounds (0 = never). */
struct stop {
    struct tape tape; /* the last checkpoint; tape_fini() at the end */
    struct progress progress;
    int32_t after, rounds;
};

struct training_hooks stop_hooks(struct stop *stop);

#endif
