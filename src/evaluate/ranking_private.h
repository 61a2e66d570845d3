/* ranking_private.h - what the files of a ranking evaluation share. */
#ifndef EVALUATE_RANKING_PRIVATE_H
#define EVALUATE_RANKING_PRIVATE_H

#include "aisle/evaluate.h"

/* Metrics of single shoppers come first in enum metric. */
enum { SHOPPER_METRICS = METRIC_COVERAGE };

/* What one model did for every shopper asked about. */
struct outcome {
    double *metric; /* (n_users, SHOPPER_METRICS) NAN where it says nothing */
    int32_t *list;  /* (n_users, k) items listed, -1 after the last */
};

/* One evaluation while it runs. */
struct item_facts;
struct candidate_run {
    const struct dataset *all; /* before the split: who has which attribute */
    const struct split *split;
    const struct ranking_options *options;
    const struct item_facts *facts;
    int32_t n;      /* shoppers asked about */
    int32_t *cases; /* (n) indexes of split->cases, ascending */
    struct progress *progress;
};

/* Facts about items that metrics weigh lists by. */
struct item_facts {
    int32_t n_items, n_users;
    const struct sparse *by_item; /* of training */
    int32_t *buyers;              /* (n_items) */
    uint8_t *popular;             /* (n_items) 1 = in the tenth that is bought most */
};
bool item_facts_init(struct item_facts *facts, const struct dataset *train, struct error *error);
void item_facts_fini(struct item_facts *facts);

/* -------------------------------------------------------------------------- rank_kernel.c */

/* Scores become fit for ranking: what is no number is -INFINITY. */
void scores_settle(float *scores, int32_t n);
/* 1 + candidates with a greater score + candidates with an equal score that come first. NAN is no
 * candidate: it is neither above, equal nor below anything. */
int32_t scores_rank(const float *scores, int32_t n, int32_t item);

/* ------------------------------------------------------------------------------ metrics.c */

/* The first metrics of one shopper (NDCG … MRR) from the targets' ranks, which are sorted here. */
void metrics_of_ranks(int32_t *ranks, int32_t n, int32_t k, double *metric);
/* NOVELTY and POPULARITY of a list of n items. */
void metrics_of_list(const struct item_facts *facts, const int32_t *list, int32_t n,
                     double *metric);
/* 1 - mean cosine of two different items of the list, by buyers; NAN for fewer than two.
 * accumulator (n_users) is zero before and after. */
double list_diversity(const struct item_facts *facts, const int32_t *list, int32_t n,
                      double *accumulator);
/* COVERAGE and GINI from how often each item was listed; lists_gini() uses counts up. */
double lists_coverage(const int32_t *counts, int32_t n);
double lists_gini(int32_t *counts, int32_t n);

/* --------------------------------------------------------------------------------- parts.c */

enum { PARTS_MAX = 32 };

/* What blends of this evaluation are made of. */
struct parts {
    struct model_part part[PARTS_MAX]; /* models retained */
    int32_t n;
};
void parts_init(struct parts *parts, const struct ranking_options *options);
void parts_fini(struct parts *parts);
/* A model that was tried takes the place of its kind. */
void parts_offer(struct parts *parts, struct model *model);
/* train(), or blend() where the kind is made of others. */
struct model *parts_train(const struct parts *parts, const struct model_kind *kind,
                          const struct parameters *parameters, const struct dataset *dataset,
                          int threads, struct progress *progress, struct error *error);

/* -------------------------------------------------------------------------------- evaluation_run.c
 */

/* Items of the shopper's history, and in SPLIT_ITEMS all that were not drawn, are no candidates. */
void candidate_remove(const struct candidate_run *candidate_run, const struct shopper *shopper,
                      float *scores);
/* Every shopper of the trial: metrics and lists of one model. outcome is made here. */
bool candidate_ask(const struct candidate_run *candidate_run, const struct model *model,
                   struct outcome *outcome, struct error *error);
void outcome_fini(struct outcome *outcome);

/* ------------------------------------------------------------------------------ fidelity.c */

/* The deletion test on options->fidelity shoppers: METRIC_FIDELITY of the outcome. */
bool candidate_fidelity(const struct candidate_run *candidate_run, const struct model *model,
                        struct outcome *outcome, struct error *error);

/* -------------------------------------------------------------------------------- groups.c */

/* Shoppers by history, by target and by attribute: group g's are members[start[g]..start[g+1]),
 * indexes of the trial's shoppers. */
struct grouping {
    int32_t n, capacity;
    struct ranking_group *groups;
    int64_t *start; /* (n + 1) */
    int32_t *members;
};
bool grouping_init(struct grouping *grouping, const struct candidate_run *candidate_run,
                   struct error *error);
void grouping_fini(struct grouping *grouping);

/* ------------------------------------------------------------------------------ category.c */

extern const struct model_kind category_kind; /* the baseline of SPLIT_ITEMS */

/* ----------------------------------------------------------------------------- intervals.c */

/* Values, intervals, comparisons and who is best, from all outcomes (n_models). */
bool ranking_judge(struct ranking *ranking, const struct candidate_run *candidate_run,
                   const struct outcome *outcomes, const struct grouping *grouping,
                   struct error *error);

#endif
