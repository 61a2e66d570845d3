/* pipeline_private.h - the inside of a pipeline, shared by pipeline.c, rule_match.c, repeat.c. */
#ifndef FEED_PIPELINE_PRIVATE_H
#define FEED_PIPELINE_PRIVATE_H

#include "rule_private.h"

#include "aisle/pipeline.h"

#include <stdatomic.h>

enum field_kind {
    FIELD_ATTRIBUTE,
    FIELD_ID,
    FIELD_TITLE,
    FIELD_AGE,
    FIELD_BUYERS,
    FIELD_PRICE /* of the events: where price is an attribute, it is FIELD_ATTRIBUTE */
};

struct field {
    enum field_kind kind;
    int32_t name; /* of item_attributes.names for FIELD_ATTRIBUTE; -1 = nobody has it */
};

struct compiled_condition {
    const struct rule_condition *condition; /* of the rule beside it */
    struct field field, seed_field;
    struct text folded; /* the value, folded: texts are compared so */
    bool late;          /* depends on the shopper or the day */
};

struct compiled_rule {
    struct rule rule;
    struct compiled_condition *conditions; /* (rule.n_conditions) */
    bool late;                             /* one of them is */
    int32_t *items;                        /* (n_items) matched as far as is known; ascending */
    int32_t n_items;
    int32_t *cover; /* (n_cover) items of its category; NULL = all */
    int32_t n_cover;
    int32_t *segment; /* (n_segment) values of user_attributes that are in scope */
    int32_t n_segment;
    int32_t user; /* of RULE_FOR_USER; -1 = unknown */
};

struct pipeline {
    atomic_int references;
    const struct dataset *dataset; /* retained */
    struct feed_settings settings;
    struct compiled_rule *rules; /* (n_rules) in winning order */
    int32_t n_rules;
    int32_t *unavailable;               /* (n_items) value + 1, 0 = available; NULL = all are */
    bool noted;                         /* `unavailable` is of another day: 1, no value */
    uint8_t *later;                     /* (n_items) came later; NULL = none */
    uint8_t *comes_back;                /* (n_items) its category is bought again; NULL = none */
    struct repeat_category *categories; /* (n_categories) where repeats are learned */
    int32_t n_categories;
    double *price;  /* (n_items) last paid; NULL unless a rule asks */
    int64_t *first; /* (n_items) time of the first event; NULL unless a rule asks */
};

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };

/* rule_match.c */
bool rule_compile(struct pipeline *pipeline, struct compiled_rule *compiled, struct error *error);
void rule_compiled_fini(struct compiled_rule *compiled);
/* What a condition's field is: an attribute where there is one of the name. */
struct field rule_field(const struct dataset *dataset, const char *name);
/* Whether the text is one of the alternatives "a|b" that were folded. */
bool rule_one_of(struct slice text, const struct text *folded, struct text *scratch);
/* Whether an ascending list holds a value. */
bool rule_listed(const int32_t *list, int32_t n, int32_t value);

/* repeat.c */
bool repeat_learn(struct pipeline *pipeline, struct error *error);

#endif
