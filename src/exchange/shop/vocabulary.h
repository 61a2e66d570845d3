/* vocabulary.h - what a profile's word list says: what is sold, to whom, when, and in which order.
 *
 * A word list (share/demo/PROFILE.txt) is a tree of categories, subcategories and kinds. A kind is
 * a template for many items ("Espresso machine {name} {bar} bar") with its price, its season and
 * what people buy after it. people.txt says who the people are. All text is borrowed from the
 * files in the program; share/doc/demo-shop.md describes the lines.
 */
#ifndef AISLE_VOCABULARY_H
#define AISLE_VOCABULARY_H

#include "aisle/error.h"
#include "aisle/text.h"

enum { MONTHS = 12, HOURS = 24, BANDS = 6, MAX_SEGMENTS = 8, MAX_REGIONS = 24, MAX_BASKET = 6 };
enum { MAX_PARTS = 24, MAX_THEN = 4, MAX_NAMES = 5 };

/* Entries of one `list` line: texts between bars. */
struct word_list {
    struct slice name;
    int32_t first, n; /* in vocabulary.words */
};

/* Who likes it: percent of the ordinary appeal, 100 = indifferent. */
struct appeal {
    int16_t gender[2], band[BANDS], segment[MAX_SEGMENTS], region[MAX_REGIONS];
};

/* Text with slots: literal text where list < 0, else a word of that list. */
struct part {
    struct slice literal;
    int32_t list;
};
enum { PART_LITERAL = -1, PART_NUMBER = -2 }; /* {n}: the place in a series */

struct template
{
    struct part part[MAX_PARTS];
    int32_t n;
};

struct category {
    struct slice name;
    int32_t weight, first_aisle, n_aisles; /* weight: of the demand */
    int16_t month[MONTHS];                 /* percent of the ordinary demand */
    struct appeal appeal;
};

/* A subcategory. */
struct aisle {
    struct slice name;
    int32_t category, weight, first_kind, n_kinds;
    int16_t month[MONTHS];
    struct appeal appeal;
};

/* What is bought after an item of a kind; days 0 = into the same basket. */
struct consequence {
    struct slice name; /* of the kind, until it is found */
    int32_t kind, percent, days;
};

struct kind {
    struct slice name;
    int32_t aisle, weight, share; /* weight: of the demand in the aisle; share: of the items */
    int32_t price[2];             /* lowest and highest, in whole units; 0 0 = has none */
    int32_t every[2];             /* days until it is bought again, percent who do; 0 = it lasts */
    int32_t returns;              /* percent */
    int32_t series;               /* items of a series in sequence; 0 = no series */
    int32_t max;                  /* largest quantity in one purchase */
    int32_t needs;                /* kind that its buyers own, or -1 */
    struct slice needs_name;
    bool once;     /* who has one seldom buys another */
    int32_t maker; /* list of brands, or -1 */
    int32_t trait; /* list of which everybody keeps to one word (the skin they have), or -1 */
    int16_t month[MONTHS];
    struct template title, about;
    struct slice edition; /* what numbers titles when the words are used up: "edition" */
    struct consequence then[MAX_THEN];
    int32_t n_then;
};

struct region {
    struct slice name;
    int32_t weight;
    int32_t female, male, family, family_female; /* lists; -1 = none of its own */
    bool family_first;
    bool joined; /* no space between the names */
};

struct segment {
    struct slice name;
    int32_t weight[BANDS];
};

enum activity { DEED_PURCHASE, DEED_RATING, DEED_WEIGHT };

/* Attributes that take a word from a list besides the fixed ones: "director", "label". */
struct extra {
    struct slice name;
    int32_t list;
};

struct shop_vocabulary {
    struct slice *words;
    struct word_list *lists;
    struct category *categories;
    struct aisle *aisles;
    struct kind *kinds;
    int32_t n_words, n_lists, n_categories, n_aisles, n_kinds;
    struct region regions[MAX_REGIONS];
    struct segment segments[MAX_SEGMENTS];
    struct extra extras[MAX_NAMES];
    int32_t n_regions, n_segments, n_extras;

    /* Of the whole shop. */
    enum activity activity;
    struct slice maker_name;    /* what a brand is called here: brand, artist, author */
    int32_t basket[MAX_BASKET]; /* percent of visits with 1, 2, … things */
    int32_t hour[HOURS];        /* weight of each hour */
    int32_t month[MONTHS];      /* percent of the ordinary traffic */
    int32_t weekday[7];         /* percent, Monday first */
    int32_t before[2];          /* percent of purchases preceded by a view, by a cart */
    int32_t opening;            /* percent of the items that are there on the first day */
    int32_t community[2];       /* people in a circle; percent of its pairs who are friends */
    bool fresh;                 /* what is new is wanted, what is old is not */
    bool repeats;               /* the same thing may be taken again */
};

/* Reads share/demo/people.txt and PROFILE.txt. NULL with ERROR_USAGE for an unknown profile; a
 * mistake in a list is ERROR_INPUT with its line. */
struct shop_vocabulary *shop_vocabulary_new(const char *profile, struct error *error);
/* The same from texts, for tests. Slices into both stay borrowed. */
struct shop_vocabulary *shop_vocabulary_parse(struct slice people, struct slice shop,
                                              struct error *error);
void shop_vocabulary_free(struct shop_vocabulary *vocabulary);

#endif
