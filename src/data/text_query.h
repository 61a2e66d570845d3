/* text_query.h - what somebody asks for in words: what must hold, and what is to be looked for.
 *
 *     dog food by Fellnase under 20 euro, without chicken
 *         words: dog, food      filters: brand=Fellnase, price<=20, without "chicken"
 *
 * Filters are what a catalogue can decide by itself: prices, values of its attributes after a
 * preposition ("by", "in", "von", "de") or alone, brands by their names, what is new, and what is
 * refused ("not", "no", "without", also in German, French, Spanish, Italian, Dutch, Portuguese,
 * Chinese and Japanese). Words in double quotes are never filters. What is left are words; each is
 * one that items have (lexicon.h), or one that nothing in the shop is about.
 */
#ifndef DATA_TEXT_QUERY_H
#define DATA_TEXT_QUERY_H

#include "lexicon.h"

enum { QUERY_FILTERS = 16, QUERY_VALUES = 16, QUERY_TERMS = 256 };

enum text_query_filter_kind {
    FILTER_VALUE, /* items with one of the values */
    FILTER_PRICE, /* low <= price <= high; items without a price are left out */
    FILTER_NEW,   /* the newest fifth of the catalogue: first known at `low` or later */
    FILTER_WORD   /* negated: items without the word */
};

struct text_query_filter {
    enum text_query_filter_kind kind;
    bool negated;
    int32_t value[QUERY_VALUES]; /* (n_values) of item_attributes */
    int32_t n_values;
    int32_t stem; /* FILTER_WORD: of lexicon.stems; -1 = no item has it */
    double low, high;
    size_t at, length; /* where it stands in the text */
    char *words;       /* "price<=20", "brand=Fellnase", "without chicken"; owned */
};

/* A word that is looked for. */
struct text_query_term {
    size_t at, length; /* in the text */
    int32_t word;      /* of the lexicon, exactly this or of its stem; -1 = no item has it */
    int32_t stem;
    char *folded; /* owned */
};

enum language {
    LANGUAGE_ENGLISH,
    LANGUAGE_GERMAN,
    LANGUAGE_FRENCH,
    LANGUAGE_SPANISH,
    LANGUAGE_OTHER /* of another script */
};

struct text_query {
    struct text_query_filter filters[QUERY_FILTERS];
    int32_t n_filters;
    struct text_query_term terms[QUERY_TERMS];
    int32_t n_terms;
    enum language language; /* by its function words and its script; English where unsure */
    struct text sought;     /* the text without its filters, for reading as a sentence */
};

/* `drop` (n_drop): numbers of filters (from 1, as they would stand) that do not count; 0 among them
 * drops all. The question is overwritten; text_query_fini() frees, also after a failure. */
bool text_query_read(struct text_query *question, const struct dataset *dataset,
                     const struct lexicon *lexicon, struct slice text, const int32_t *drop,
                     int32_t n_drop, struct error *error);
void text_query_fini(struct text_query *question);
/* admitted (n_items): 1 where every filter holds. False without memory. */
bool text_query_admit(const struct text_query *question, const struct dataset *dataset,
                      const struct lexicon *lexicon, uint8_t *admitted, struct error *error);

#endif
