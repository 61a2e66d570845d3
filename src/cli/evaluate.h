/* evaluate.h - `evaluate`: lists (evaluate.c), over several draws of items (evaluate_draws.c), and
 * ratings (evaluate_folds.c). */
#ifndef CLI_EVALUATE_H
#define CLI_EVALUATE_H

#include "command.h"

#include "aisle/evaluation.h"

/* Every --set must fit a contender, and goes to each it fits. */
bool evaluate_settings(const struct call *call, struct evaluation *evaluation, struct error *error);

/* --protocol folds: every rating is predicted from the other folds. */
int evaluate_folds(struct call *call);

/* NDCG of each model in each draw of the items. */
struct draws {
    int32_t n, capacity; /* draws measured and wanted */
    int32_t tried;       /* from the first seed on: some draw nothing that anybody bought */
    int32_t n_models;
    double *ndcg; /* (n_models, capacity) */
};
/* Repeats the first evaluation with the next seeds, without the deletion test, until capacity draws
 * are done; cancelled, it keeps those that are done and marks the first as incomplete. */
bool draws_run(struct draws *draws, const struct call *call, struct evaluation *evaluation,
               struct ranking *first, struct progress *progress, struct error *error);
void draws_print(const struct draws *draws, const struct ranking *ranking); /* n > 1 */
/* {"n":10,"tried":10,"models":[...],"comparisons":[...]}, the leader against each other one; n > 1.
 * The caller frees it; NULL without memory. */
char *draws_json(const struct draws *draws, const struct ranking *ranking);
void draws_fini(struct draws *draws);

#endif
