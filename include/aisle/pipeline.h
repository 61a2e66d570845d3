/* pipeline.h - what stands between a model's scores and a list: filters, rules, diversity.
 *
 * A pipeline is made once from the catalogue, the shop's settings and its rules, never changes, and
 * is shared by reference. It knows which items are available, which may come back although they
 * were bought, and for every rule which items it matches. Rules stand in the order in which they
 * win (share/doc/rules.md): priority, then the narrower scope, then the younger rule.
 *
 *     scores -> bought, unavailable -> exclude, include-only, filter -> boost, bury
 *            -> diversity -> pins -> list
 */
#ifndef AISLE_PIPELINE_H
#define AISLE_PIPELINE_H

#include "aisle/dataset.h"
#include "aisle/rule.h"
#include "aisle/shopper.h"

enum feed_repeat { REPEAT_NEVER, REPEAT_LEARNED, REPEAT_ALWAYS };

/* How this shop wants its lists. The defaults leave a plain list as the model gives it: only what
 * was bought, and what its own attributes call out of stock or inactive, is left out. */
struct feed_settings {
    enum feed_repeat repeat;     /* learned: categories that people buy again come back */
    char repeat_by[64];          /* the attribute that is the category */
    double repeat_share;         /* from this share of buyers who bought again on another day */
    double repeat_after;         /* days after the purchase */
    char again[512], never[512]; /* categories, cut by '|', whatever was learned */
    bool stock;                  /* stock=0 and active=no leave out */
    double mmr;                  /* 0 = off; how much being unlike the rows above counts, to 1 */
    int32_t cap;                 /* 0 = off; at most so many of one category in a list */
    char cap_by[64];             /* the attribute that mmr and cap go by */
};

void feed_settings_init(struct feed_settings *settings);
/* "repeat=learned"; the sentence names the settings that exist. */
bool feed_settings_set(struct feed_settings *settings, struct slice assignment,
                       struct error *error);
void feed_settings_json(const struct feed_settings *settings, struct text *out);
bool feed_settings_from_json(struct feed_settings *settings, const char *json,
                             struct error *error); /* takes what is there */
/* Names with a phrase each, for help; NULL at the end. */
const char *feed_settings_name(int index, const char **help);
void feed_settings_value(const struct feed_settings *settings, int index, struct text *out);

struct pipeline;

/* Copies the rules. NULL with ERROR_MEMORY. O(catalogue × rules) and, where repeats are learned or
 * a rule asks for prices that are no attribute, one pass over the events. */
const struct pipeline *pipeline_new(const struct dataset *dataset,
                                    const struct feed_settings *settings, const struct rule *rules,
                                    int32_t n_rules, struct error *error);
/* The catalogue at another time. */
struct catalogue_past {
    const int32_t *unavailable; /* (n_unavailable) items that could not be had, ascending; NULL = as
                                 * the attributes say now */
    int32_t n_unavailable;
    const uint8_t *later; /* (n_items) 1 where it came later; NULL = nothing did */
};
/* The same with the catalogue of then (copied); where the settings leave stock alone, so does this.
 */
const struct pipeline *pipeline_new_past(const struct dataset *dataset,
                                         const struct feed_settings *settings,
                                         const struct rule *rules, int32_t n_rules,
                                         const struct catalogue_past *past, struct error *error);
/* Whether the data has what a rule names: its user or segment, its category, its fields, and the
 * values that "=" compares texts and ids with. The sentence of ERROR_MISSING lists what there is,
 * unless `listed` is false. Data without users, or without items, refuse nothing of them. */
bool rule_check_data(const struct rule *rule, const struct dataset *dataset, bool listed,
                     struct error *error);
/* "segment=student": a name and value of the data that an attribute's rule could be for, most used
 * first named; nothing where users have none. */
void rule_example_segment(const struct dataset *dataset, struct text *out);
const struct pipeline *pipeline_retain(const struct pipeline *pipeline);
void pipeline_release(const struct pipeline *pipeline); /* NULL is allowed */

const struct dataset *pipeline_dataset(const struct pipeline *pipeline);
const struct feed_settings *pipeline_settings(const struct pipeline *pipeline);
/* Rules in winning order. */
int32_t pipeline_n_rules(const struct pipeline *pipeline);
const struct rule *pipeline_rule(const struct pipeline *pipeline, int32_t rule);
/* The attribute value that makes an item unavailable ("stock" = "0"), or -1. Where the stock is one
 * that was noted, some value: attributes do not say it. */
int32_t pipeline_unavailable(const struct pipeline *pipeline, int32_t item);
bool pipeline_stock_noted(const struct pipeline *pipeline);
/* Whether an item came later than the day that the pipeline is of. */
bool pipeline_not_yet(const struct pipeline *pipeline, int32_t item);
/* Whether what was bought then may be listed again now. */
bool pipeline_comes_back(const struct pipeline *pipeline, int32_t item, int64_t bought,
                         int64_t now);

/* What was learned about buying again, by category. */
struct repeat_category {
    int32_t value;          /* of dataset.item_attributes */
    int32_t pairs, repeats; /* shoppers and items; those bought again on another day */
    bool comes_back;
};
/* Categories by falling share; *categories is malloc'ed. */
bool pipeline_categories(const struct pipeline *pipeline, struct repeat_category **categories,
                         int32_t *n, struct error *error);

/* One moment and one shopper in front of the rules. */
struct rule_moment {
    const struct shopper *shopper;
    int64_t now;  /* MOMENT_NONE: dates do not matter */
    int32_t seed; /* the item last bought, or -1 */
};
struct rule_moment rule_moment_of(const struct shopper *shopper, int64_t now);
/* Whether a rule holds for them today; its items are another matter. */
bool pipeline_in_force(const struct pipeline *pipeline, int32_t rule,
                       const struct rule_moment *moment);
/* Whether it matches an item, what depends on shopper and day included. */
bool pipeline_match(const struct pipeline *pipeline, int32_t rule, int32_t item,
                    const struct rule_moment *moment);

#endif
