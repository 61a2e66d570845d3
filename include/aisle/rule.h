/* rule.h - what a merchandiser wants of the lists, as a value.
 *
 * A rule is written in one line, which is how people see it everywhere, or as a JSON object, which
 * is how it is stored:
 *
 *     boost 1.5 where brand=Nordlys price<50 for segment=B from 2026-11-20 to 2026-12-24 on fri,sat
 *     pin 3 where id=4711          soft-pin 1 where category=Boots for user=17
 *     exclude where age>365d       filter where price<=1.2*seed.price
 *
 * The language and the order in which rules win are in share/doc/rules.md. What a rule does to a
 * list is the pipeline's matter (pipeline.h).
 */
#ifndef AISLE_RULE_H
#define AISLE_RULE_H

#include "aisle/error.h"
#include "aisle/moment.h"
#include "aisle/text.h"

enum rule_action {
    RULE_PIN,          /* amount: the place it stands at, whatever the models say */
    RULE_SOFT_PIN,     /* amount: the place it stands at, where the models know it and not better */
    RULE_BOOST,        /* amount: factor > 1 */
    RULE_BURY,         /* amount: factor between 0 and 1 */
    RULE_EXCLUDE,      /* what matches is left out */
    RULE_INCLUDE_ONLY, /* what matches no rule of this kind is left out */
    RULE_FILTER,       /* what does not match is left out, unless nothing is known about it */
    RULE_ACTIONS
};

enum rule_operator {
    RULE_IS,
    RULE_IS_NOT,
    RULE_HAS,
    RULE_LESS,
    RULE_AT_MOST,
    RULE_MORE,
    RULE_AT_LEAST
};

/* FIELD OP VALUE of an item. Fields are its attributes, and built in: id, title, age (days since
 * its first event), buyers, and price (what was last paid, where it is no attribute). */
struct rule_condition {
    char *field;
    enum rule_operator op;
    char *value;   /* as written: alternatives are cut by '|'; of the seed item: its field */
    bool seed;     /* compared with factor × the field `value` of what the shopper last bought */
    double factor; /* 1 where none was written */
    double number; /* value as a number; NAN where it is none */
};

enum rule_scope { RULE_FOR_ALL, RULE_FOR_SEGMENT, RULE_FOR_USER };

struct rule {
    int64_t id; /* 0 = not stored */
    enum rule_action action;
    double amount;                     /* place or factor; else 0 */
    struct rule_condition *conditions; /* (n_conditions) all must hold */
    int32_t n_conditions;
    char *category_name, *category; /* concerns only items with NAME=VALUE; NULL = all */
    enum rule_scope scope;
    char *segment_name, *segment; /* users with NAME=VALUE; for one user: segment is the id */
    int64_t from, to;             /* first and last moment; MOMENT_NONE = open */
    uint8_t weekdays;             /* bit 0 = Monday; 0 = every day */
    int32_t priority;             /* the greater wins */
    int64_t replaces;             /* the rule that publishing this one puts off; 0 = none */
    char *author, *reason;        /* NULL = not said */
};

enum { RULE_BOOST_MAX = 1000000 };                     /* the largest factor that a boost takes */
const char *rule_action_name(enum rule_action action); /* "soft-pin" */

/* Reads a line, or JSON where it begins with '{'. *rule is overwritten, and empty on failure; the
 * sentence says what was expected where. rule_fini() frees. */
bool rule_parse(struct rule *rule, struct slice text, struct error *error);
void rule_text(const struct rule *rule, struct text *out); /* the line that reads back the same */
void rule_json(const struct rule *rule, struct text *out);
bool rule_copy(struct rule *to, const struct rule *from, struct error *error);
void rule_fini(struct rule *rule);
/* Whether the dates and weekdays hold at a moment. */
bool rule_is_on(const struct rule *rule, int64_t now);

#endif
