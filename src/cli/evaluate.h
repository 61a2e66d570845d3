/* evaluate.h - the two halves of `evaluate`: lists (evaluate.c) and ratings (evaluate_folds.c). */
#ifndef CLI_EVALUATE_H
#define CLI_EVALUATE_H

#include "command.h"

#include "aisle/evaluation.h"

/* Every --set must fit a contender, and goes to each it fits. */
bool evaluate_settings(const struct call *call, struct evaluation *evaluation, struct error *error);

/* --protocol folds: every rating is predicted from the other folds. */
int evaluate_folds(struct call *call);

#endif
