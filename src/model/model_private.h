/* model_private.h - what the recommenders share. */
#ifndef AISLE_MODEL_PRIVATE_H
#define AISLE_MODEL_PRIVATE_H

#include "aisle/model.h"
#include "aisle/similarity.h"

/* Allocates a zeroed model of `size` bytes whose first member is its struct model_base, with one
 * reference to it and one of its own to the dataset. NULL with ERROR_MEMORY. */
void *model_new(size_t size, const struct model_kind *kind, const struct dataset *dataset,
                const struct parameters *parameters, struct error *error);
/* The end of every release(): gives the dataset back and frees. */
void model_free(void *model);

/* For model_kind.absorb where training is a pass or two over the data: nothing that the model
 * before knows would make it shorter. */
struct model *model_train_anew(const struct model *model, const struct dataset *newer, int threads,
                               struct progress *progress, struct error *error);

/* The root of a receipt. */
static inline struct receipt *model_receipt(const struct shopper *shopper, int32_t item,
                                            double value, struct error *error)
{
    return receipt_new(RECEIPT_SCORE, shopper->user, item, value, error);
}

/* Whether limits let level `level` below the root be opened (1 = the root's children). */
static inline bool model_opens(const struct receipt_limits *limits, int32_t level)
{
    return !limits || limits->levels <= 0 || level <= limits->levels;
}

/* The latest event of `item` among the user's in the dataset, or MOMENT_NONE. */
int64_t model_latest_event(const struct dataset *dataset, int32_t user, int32_t item);

/* How many columns two rows have in common. */
int32_t model_common(const struct sparse *rows, int32_t a, int32_t b);

/* weight[s] (shopper->n) = 2^(-number of the shopper's items that came later / half); all 1 where
 * half is 0. */
bool model_recency(const struct shopper *shopper, double half, float *weight, struct error *error);
/* No purchase weighs less because others came later: the parameter is 0. */
bool model_without_recency(const struct model *model);
#define RECENCY_PARAMETER(initial)                                                                 \
    {                                                                                              \
        "recency", PARAMETER_NUMBER, initial, 0, 1e6, NULL,                                        \
            "later purchases after which one counts half; 0 counts all alike"                      \
    }

/* The sentence for a body that cannot be: what the reader said, or that it does not fit. */
void model_refuse(const struct byte_reader *reader, struct error *error, const char *name);

/* The parameters of similarity that item-cf and user-cf have in common, for their tables. */
extern const char *const weighting_names[];
#define SIMILARITY_PARAMETERS(things, columns)                                                     \
    { "k", PARAMETER_INTEGER, 50, 1, 1e9, NULL, "most similar " things " that count" },            \
        { "shrinkage",                                                                             \
          PARAMETER_NUMBER,                                                                        \
          0,                                                                                       \
          0,                                                                                       \
          1e9,                                                                                     \
          NULL,                                                                                    \
          "pulls similarities that rest on few common " columns " towards 0" },                    \
        { "min_common",                                                                            \
          PARAMETER_INTEGER,                                                                       \
          0,                                                                                       \
          0,                                                                                       \
          1e9,                                                                                     \
          NULL,                                                                                    \
          "pairs with fewer common " columns " do not count" },                                    \
        { "weighting",                                                                             \
          PARAMETER_CHOICE,                                                                        \
          WEIGHTING_NONE,                                                                          \
          0,                                                                                       \
          WEIGHTING_BM25,                                                                          \
          weighting_names,                                                                         \
          "strengths, or TF-IDF or BM25 weights of them, are compared" },                          \
    {                                                                                              \
        "alpha", PARAMETER_NUMBER, 0.5, 0, 1, NULL,                                                \
            "how much of the norm is the first one's: 0.5 is the cosine"                           \
    }

/* How events become strengths: at the end of every recommender's table (parameters_strength()). */
extern const char *const strength_names[];
#define STRENGTH_PARAMETERS                                                                        \
    { "strength",                                                                                  \
      PARAMETER_CHOICE,                                                                            \
      STRENGTH_COUNT,                                                                              \
      0,                                                                                           \
      STRENGTH_QUANTITY,                                                                           \
      strength_names,                                                                              \
      "what a user's events with an item amount to: their count, 1, log2(1 + count), or how "      \
      "many pieces" },                                                                             \
        { "half_life",                                                                             \
          PARAMETER_NUMBER,                                                                        \
          0,                                                                                       \
          0,                                                                                       \
          1e6,                                                                                     \
          NULL,                                                                                    \
          "days after which an event counts half; 0 counts all alike" },                           \
        { "weight_purchase", PARAMETER_NUMBER, 1, 0, 1e6, NULL, "what a purchase counts" },        \
        { "weight_return", PARAMETER_NUMBER, -1, -1e6, 0, NULL, "what a return counts" },          \
        { "weight_view", PARAMETER_NUMBER, 0, 0, 1e6, NULL, "what a view counts" },                \
    {                                                                                              \
        "weight_cart", PARAMETER_NUMBER, 0, 0, 1e6, NULL, "what an item put into a cart counts"    \
    }
/* What load() believes of a stored number: that a sum of products with strengths stays finite. No
 * training comes near. Also false for what is no number. */
static inline bool model_number_is_sound(double number)
{
    return number >= -1e24 && number <= 1e24;
}

struct similarity_options model_similarity_options(const struct parameters *parameters);

extern const struct model_kind popular_kind, item_cf_kind, user_cf_kind, ease_kind;
extern const struct model_kind content_kind, demographic_kind, social_kind, attention_kind;
extern const struct model_kind slist_kind, hybrid_kind;

#endif
