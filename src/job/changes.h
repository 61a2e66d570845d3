/* changes.h - a what-if as a person says it: what a shopper also bought, did not buy, gave back or
 * rated, who they would be, and what they ask for.
 *
 * Changes are texts (ids of items, NAME=VALUE), so that they can be kept, shown, and applied to any
 * user and to any dataset of the workspace: changes_apply() makes indexes of them. What is said
 * later about an item stands against what was said before: who buys it after all did not do without
 * it.
 */
#ifndef JOB_CHANGES_H
#define JOB_CHANGES_H

#include "aisle/shopper.h"
#include "aisle/workspace.h"
#include "pseudonymise.h"

enum change_kind {
    CHANGE_WITH,
    CHANGE_WITHOUT,
    CHANGE_RETURN,
    CHANGE_RATE,
    CHANGE_ATTRIBUTE,
    CHANGE_WORDS,
    CHANGE_KINDS
};
/* "with", "without", "return", "rate", "attribute", "words": options, keys of JSON, words typed. */
const char *change_name(enum change_kind kind);

struct change {
    enum change_kind kind;
    char *what;      /* an item's id, an attribute's name, or the words */
    char *value;     /* of an attribute; else NULL */
    double rating;   /* CHANGE_RATE */
    double quantity; /* of a purchase or a return */
    int64_t time;    /* MOMENT_NONE = last of all */
};
void change_fini(struct change *change);

/* How texts are understood. */
struct change_terms {
    const struct dataset *dataset;
    int64_t now;    /* for "-7d" */
    bool by_titles; /* words of a title do for an item; else ids only */
};
/* "ITEM", "ITEM*2", "ITEM@2021-01-31" (with, return), "ITEM=4" (rate), "NAME=VALUE" (attribute),
 * free text (words). ERROR_USAGE where it is not so written, ERROR_MISSING with what there is. */
bool change_read(struct change *change, enum change_kind kind, struct slice text,
                 const struct change_terms *terms, struct error *error);
/* What kind a line that begins with one is of ("rate Tent=4"), and what follows; false where it
 * begins with none. */
bool change_kind_of(struct slice line, enum change_kind *kind, struct slice *rest);
/* By id, else the first title that has the words in it; -1 = none. Reads the catalogue. */
int32_t change_find_item(const struct dataset *dataset, struct slice words);

struct changes {
    struct change *list; /* (n) in the order they were made */
    int32_t n, capacity;
};
void changes_fini(struct changes *changes);
bool changes_copy(struct changes *to, const struct changes *from, struct error *error);
/* Takes the change over, in every case. */
bool changes_add(struct changes *changes, struct change *change, struct error *error);
bool changes_append(struct changes *changes, const struct changes *more, struct error *error);
void changes_remove(struct changes *changes, int32_t index);
/* The first change of this item (of a purchase, return, rating or its absence), or -1. */
int32_t changes_of_item(const struct changes *changes, struct slice id);

/* {"changes":[{"with":"i9","quantity":2},{"rate":"i3","value":4},…]} and back. */
bool changes_write(const struct changes *changes, struct text *json, struct error *error);
bool changes_parse(struct changes *changes, struct slice json, struct error *error);
/* Appends those of a scenario of the workspace. */
bool changes_load(struct changes *changes, struct reader *reader, struct slice name,
                  struct error *error);
/* "with Tent", "returned 2 × Boots on 2021-01-31", "city=Lyon"; mask: of items that are people,
 * NULL = nobody is masked. */
void change_describe(const struct change *change, const struct dataset *dataset,
                     const struct pseudonymiser *pseudonymiser, struct text *out);
/* A number as short as it goes: 4, 2.5; six decimals at most. */
void change_number(double value, struct text *out);
void changes_describe(const struct changes *changes, const struct dataset *dataset,
                      const struct pseudonymiser *pseudonymiser, struct text *out);

/* What the item of a change counts for a shopper without the changes and with them; false where it
 * is about no item. */
bool change_effect(const struct change *change, const struct shopper *before,
                   const struct shopper *after, double *counted, double *counts);
/* Whether it takes away what the shopper has none of, and nothing else said gives it to them. */
bool change_is_idle(const struct changes *changes, int32_t index, const struct shopper *before);
/* "with Tent (counts 0 → 1) · city=Lyon". */
void changes_describe_effects(const struct changes *changes, const struct shopper *before,
                              const struct shopper *after,
                              const struct pseudonymiser *pseudonymiser, struct text *out);

/* The changes as shopper_new() takes them. Borrows the words of `from`. */
struct what_if {
    struct shopper_changes changes; /* points into the arrays below */
    int32_t *without, *values;
    struct event *events;
};
/* ERROR_MISSING where an item or attribute is not there (any more). */
bool changes_apply(const struct changes *from, const struct dataset *dataset,
                   struct what_if *what_if, struct error *error);
void what_if_fini(struct what_if *what_if);

#endif
