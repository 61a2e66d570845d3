/* evaluate.h - the two halves of `evaluate`: lists (evaluate.c) and ratings (evaluate_folds.c). */
#ifndef CLI_EVALUATE_H
#define CLI_EVALUATE_H

#include "command.h"

#include "aisle/evaluate.h"

/* --protocol folds: every rating is predicted from the other folds. */
int evaluate_folds(struct call *call);

#endif
