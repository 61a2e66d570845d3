/* tune.h - parameters that suit the data, found by trying.
 *
 * A recommender is trained and measured on the validation split again and again: one parameter
 * after the other takes each of a few values, the best stays, until a round changes nothing or the
 * time is up. The same shoppers are asked every time. The test split is not looked at.
 */
#ifndef AISLE_TUNE_H
#define AISLE_TUNE_H

#include "aisle/evaluate.h"

struct tuning_try {
    struct candidate candidate;
    double ndcg, hit; /* at ranking.k, on the validation split */
    double seconds;   /* of training and asking */
};

struct tuning_options {
    struct ranking_options ranking;
    double seconds; /* what is tried must be done by then; 0 = as long as it takes */
    /* Called after each try, on the thread that tunes; may be NULL. */
    void (*report)(void *context, const struct tuning_try *tried);
    void *context;
};
/* Validation, lists of 10, a sample of 2,000 shoppers, a minute. */
void tuning_options_init(struct tuning_options *options);

struct tuning {
    int32_t n, best;
    struct tuning_try *tries; /* (n) in the order tried; the first is the start */
    int32_t n_users;          /* shoppers asked */
    double seconds;
    bool out_of_time; /* before a round changed nothing */
};

/* Whether a kind has parameters that are tuned: what trains for minutes has none. */
bool tuning_has(const struct model_kind *kind);
/* From `start` (NULL = the defaults). NULL with ERROR_USAGE, ERROR_INPUT, ERROR_MEMORY or
 * ERROR_CANCELLED. */
struct tuning *tuning_new(const struct dataset *dataset, const struct model_kind *kind,
                          const struct parameters *start, const struct tuning_options *options,
                          struct progress *progress, struct error *error);
/* An estimate of the bytes that it takes beside the dataset. */
int64_t tuning_memory(const struct dataset *dataset, const struct model_kind *kind,
                      const struct parameters *start, const struct tuning_options *options);
void tuning_free(struct tuning *tuning); /* NULL is allowed */

#endif
