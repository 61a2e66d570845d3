/* hybrid.h - a blend of other models: shared by training, scoring and receipts. */
#ifndef AISLE_HYBRID_H
#define AISLE_HYBRID_H

#include "model_private.h"

#include "aisle/split.h"

enum {
    PARTS_MAX = 16, /* hybrid.c asserts that all kinds fit */
    BANDS = 6,      /* of history length: 0, 1-4, 5-9, 10-24, 25-99, 100 and more items */
    BEST = 10,      /* the length of list that is aimed at, and what a part's scale is taken from */
};

/* A model of the blend. */
struct part {
    struct model *model; /* retained */
    double weight[BANDS];
};

struct hybrid {
    struct model_base base;
    int32_t n_parts;
    struct part parts[PARTS_MAX];
    int32_t asked[BANDS]; /* shoppers that the weights of a band were learned from */
    double ndcg[BANDS];   /* what the blend reaches for them, and the best part alone */
    double best_part[BANDS];
    const struct split
        *split; /* where parts learned from its training data (refit=no), else NULL */
};

/* The kinds that can be parts, in the order of the parameters; NULL-terminated. */
extern const struct model_kind *const hybrid_kinds[];

int32_t hybrid_band(int32_t items);
void hybrid_band_name(int32_t band, char out[16]); /* "0", "1-4", "100+" */

/* A part's scores for one shopper and how they become comparable:
 *     value = (score - low) / scale
 * low is 0, or the mean where scores have no zero; scale is what the ten best that the shopper does
 * not have are above low on average. scale 0: the part has nothing to say to the shopper. */
struct component_score {
    const struct part *part;
    float *score; /* (n_items) */
    double low, scale;
};

/* scratch (n_items). False without memory. */
bool component_score_form(struct component_score *component_score, const struct shopper *shopper,
                          float *scratch, struct error *error);
static inline double component_score_value(const struct component_score *component_score,
                                           int32_t item)
{
    const double score = (double)component_score->score[item];
    return component_score->scale > 0 && score > -1e300
               ? (score - component_score->low) / component_score->scale
               : 0;
}

/* The opinions of parts that count in the shopper's band. */
struct component_scores {
    int32_t n, band;
    struct component_score of[PARTS_MAX];
    float *scores, *scratch; /* (n_parts, n_items), (n_items) */
};

/* `all`: of parts that weigh nothing in the band, too. */
bool component_scores_init(struct component_scores *component_scores, const struct hybrid *hybrid,
                           const struct shopper *shopper, bool all, struct error *error);
void component_scores_fini(struct component_scores *component_scores);

/* Index of the parameter `recency` in a kind's table, or -1. */
int32_t hybrid_recency_of(const struct parameters *parameters);
/* Chooses it for each part, which the blend must be the only one to hold. */
bool hybrid_choose_recency(struct hybrid *hybrid, const struct split *split, int threads,
                           struct progress *progress, struct error *error);

/* Bytes that learning will take. */
int64_t hybrid_learning_memory(int32_t parts);
/* Learns the weights of all bands from cases of the split; parts have learned from its training
 * data. Weights that the parameters give are taken as they are. */
bool hybrid_learn(struct hybrid *hybrid, const struct split *split, int threads,
                  struct progress *progress, struct error *error);

/* Each user's last event held out of training; NULL with ERROR_INPUT where nobody has enough. */
struct split *hybrid_hold_out(const struct dataset *dataset, bool unordered,
                              struct progress *progress, struct error *error);

void hybrid_release(struct model *model);
bool hybrid_save(const struct model *model, struct byte_writer *writer);
struct model *hybrid_load(const struct dataset *dataset, const struct parameters *values,
                          struct byte_reader *reader, struct error *error);
struct receipt *hybrid_explain(const struct model *model, const struct shopper *shopper,
                               int32_t item, const struct receipt_limits *limits,
                               struct error *error);

#endif
