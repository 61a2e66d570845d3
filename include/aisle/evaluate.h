/* evaluate.h - how good models are, measured.
 *
 * Rankings: each shopper of a split (split.h) is asked about, every model ranks the whole catalogue
 * for them, and the targets' places give the metrics. Seen items are out of the lists unless asked
 * otherwise. All models get the same shoppers, so that they can be compared pairwise.
 *
 * Rating prediction in k folds (protocol R): every rating is predicted once from a model of the
 * other folds.
 */
#ifndef AISLE_EVALUATE_H
#define AISLE_EVALUATE_H

#include "aisle/model.h"
#include "aisle/split.h"

/* ------------------------------------------------------------------------------------ rankings */

/* clang-format off */
/* All at k; equal scores are in item order, what has no score is in no list. With the targets T of
 * a shopper and rank(t) from 1:
 *
 *   NDCG       sum of 1/log2(1+rank) over t with rank <= k, over its greatest possible value
 *   HIT        1 where some target has rank <= k (the hit rate)
 *   RECALL     share of T with rank <= k
 *   PRECISION  hits / k
 *   MAP        mean over the hits of hits up to there / rank, over min(k, |T|)
 *   MRR        1 / best rank, where that is <= k
 *   NOVELTY    mean of log2(users / buyers) of the items listed
 *   POPULARITY share of the rows that are among the tenth of the catalogue bought most
 *   DIVERSITY  1 - mean cosine between the buyers of two items of the list
 *   FIDELITY   how often taking the three top reasons of a receipt away moves the item's rank
 *              further than taking three random purchases away (ties count half)
 *   COVERAGE   share of the catalogue that is in some list
 *   GINI       of how often items are listed: 0 = all alike, 1 = one item only
 *
 * All but the last two are means over shoppers; those say something about all lists together. */
/* clang-format on */
enum metric {
    METRIC_NDCG,
    METRIC_HIT,
    METRIC_RECALL,
    METRIC_PRECISION,
    METRIC_MAP,
    METRIC_MRR,
    METRIC_NOVELTY,
    METRIC_POPULARITY,
    METRIC_DIVERSITY,
    METRIC_FIDELITY,
    METRIC_COVERAGE,
    METRIC_GINI,
    METRICS
};

struct metric_info {
    const char *name;  /* "ndcg", "hr", … : JSON and run records */
    const char *title; /* "NDCG" */
    int better;        /* 1: more is better; -1: less is; 0: neither */
};
extern const struct metric_info metric_info[METRICS];

struct measured {
    double value, low, high; /* 95 % interval; NAN where nothing can be said */
};

struct ranking_options {
    struct split_options split;
    int32_t k;         /* length of a list; 10 */
    bool keep_seen;    /* lists may hold what is in the history */
    int32_t sample;    /* shoppers drawn at random; 0 = all */
    int32_t fidelity;  /* shoppers of the deletion test; 0 = none */
    int32_t resamples; /* of the bootstrap: 1000; fewer where shoppers are many */
    uint64_t seed;     /* of samples and resamples */
    const char *by;    /* a user attribute to report segments by; NULL = none */
    /* What a blend is made of, models NULL: the settings of what serves. Contenders that come
     * before the blend take precedence, with their models where those held out the last event. */
    const struct model_part *parts;
    int32_t n_parts;
    bool lenient; /* a model that cannot be trained on this data is left out */
    bool partial; /* cancelled, the models that are done are reported: ranking.incomplete */
    /* Around each training and asking: begins a measurement of memory, and its highest since; NULL
     * = not measured. */
    int64_t (*memory_mark)(void);
    int64_t (*memory_peak)(void);
    int threads; /* 0 = all cores; the figures do not depend on it */
};
void ranking_options_init(struct ranking_options *options);

/* A recommender with its parameters. */
struct candidate {
    const struct model_kind *kind;
    struct parameters parameters;
    char label[96]; /* "item-cf k=20": what differs from the defaults */
};
void candidate_init(struct candidate *candidate, const struct model_kind *kind,
                    const struct parameters *parameters); /* NULL = the defaults */
/* "item-cf" or "item-cf:k=20,weighting=bm25". */
bool candidate_parse(struct candidate *candidate, const char *words, struct error *error);
/* Popular of all time and of the last days (where there are times) come first, unless they are
 * there; where items were never bought (SPLIT_ITEMS), popular in the shopper's categories does
 * instead. The array has room for two more; returns how many there are. */
int32_t candidates_with_popular(struct candidate *candidates, int32_t n,
                                const struct dataset *dataset, enum split_protocol protocol);

/* Shoppers who have something in common: "history" 6-20, "target" 0 (buyers of the target in
 * training), or an attribute's value. */
struct ranking_group {
    char by[64], label[64];
    int32_t n;
};

struct ranked_model {
    struct candidate candidate;
    struct measured metric[METRICS];
    bool best[METRICS];                      /* and the difference to every other one holds */
    struct measured *group_ndcg, *group_hit; /* (n_groups) */
    double train_seconds, score_seconds;
    int64_t peak_bytes; /* above what was there before; 0 = not measured */
};

/* b less a, for the same shoppers. */
struct model_comparison {
    int32_t a, b; /* models */
    struct measured ndcg;
    double p; /* paired bootstrap, two-sided: how likely such a difference is where there is none */
};

struct ranking {
    struct ranking_options options;
    int32_t n_users;         /* shoppers asked about */
    int32_t n_eligible;      /* that could have been: more where a sample was drawn */
    int32_t left_out;        /* users whose targets they had already */
    int32_t without_history; /* users with targets and nothing before them (SPLIT_TIME) */
    int32_t n_items;
    int32_t n_models;
    struct ranked_model *models; /* (n_models) in the order given */
    int32_t n_groups;
    struct ranking_group *groups;
    int32_t n_comparisons; /* every pair */
    struct model_comparison *comparisons;
    bool incomplete; /* it was cancelled: the models are those that were done by then */
    double seconds;
    struct text remarks; /* lines: which models were left out, and why */
};

/* Trains each contender on the split's training data and asks about every shopper. One model is in
 * memory at a time. With options.partial, cancelling ends it with what is done where a model is.
 * NULL with ERROR_INPUT, ERROR_MEMORY or ERROR_CANCELLED (within 10 ms of what a model's own
 * functions take). */
struct ranking *ranking_new(const struct dataset *dataset, const struct candidate *candidates,
                            int32_t n_candidates, const struct ranking_options *options,
                            struct progress *progress, struct error *error);
/* An estimate of the bytes that it takes beside the dataset: the split's copies, the largest
 * contender, and what is noted of every shopper. */
int64_t ranking_memory(const struct dataset *dataset, const struct candidate *candidates, int32_t n,
                       const struct ranking_options *options);
void ranking_free(struct ranking *ranking); /* NULL is allowed */

/* The whole as one JSON object (DESIGN.md, 5), and {"protocol":…,"k":…,"ndcg":…,…}: one model's
 * metrics, for a run's record. */
void ranking_json(const struct ranking *ranking, struct text *out);
void ranking_metrics_json(const struct ranking *ranking, int32_t model, struct text *out);

/* ------------------------------------------------------------------------------------- ratings */

struct rating_report {
    int64_t ratings;   /* predicted */
    int64_t fallbacks; /* of which by the training mean: the model could not say */
    double rmse, mae;  /* over all */
    double rmse_of_folds[16], mae_of_folds[16];
    int32_t folds;
    double seconds;
};

/* Folds are drawn by seed (a random permutation cut in k, as Surprise does); 2 <= folds <= 16.
 * Predictions are clipped to the range of the data. */
bool evaluate_ratings(const struct dataset *dataset, const struct model_kind *kind,
                      const struct parameters *parameters, int32_t folds, uint64_t seed,
                      int threads, struct progress *progress, struct rating_report *report,
                      struct error *error);

#endif
