/* lexicon.h - every word of a catalogue, which items have it, and what its values are called.
 *
 * Unlike a vocabulary (tokens.h) it knows each word, however rare, and no pieces of words: what is
 * asked for in words is found here, and a word that is not here is one that no item has. Words are
 * folded. A stem stands for words that differ in their ending only: jackets and jacket, cherries
 * and cherry, baking and baker. Stems are rough (Harman 1991): only ever compared with stems.
 */
#ifndef DATA_LEXICON_H
#define DATA_LEXICON_H

#include "interned.h"

#include "aisle/dataset.h"
#include "aisle/progress.h"

struct lexicon {
    struct interned words;  /* distinct */
    int32_t *items;         /* (words) how many items have it */
    int32_t *stem;          /* (words) index in stems */
    struct interned stems;  /* distinct */
    int32_t *stem_first;    /* (stems) a word of it */
    int32_t *stem_next;     /* (words) the next word of the same stem, -1 = none */
    struct sparse features; /* (items, words) rarity * (1 + ln times), rows of length 1 */
    struct sparse by_word;  /* its transpose */
    struct interned spoken; /* the stems of a value's words, joined by blanks */
    int32_t *spoken_first;  /* (spoken) a value of item_attributes that is called so */
    int32_t *spoken_next;   /* (values) the next one of that name, -1 = none */
    uint8_t *role;          /* (names of item_attributes) enum attribute_role */
};

/* O(length of all texts). NULL with ERROR_MEMORY or ERROR_CANCELLED. */
struct lexicon *lexicon_new(const struct dataset *dataset, struct progress *progress,
                            struct error *error);
void lexicon_free(struct lexicon *lexicon); /* NULL is allowed */
/* ln((1 + items) / (1 + items with the word)), over its greatest value: 0..1, rare is large. */
double lexicon_rarity(const struct lexicon *lexicon, int32_t word);
/* A word of the catalogue that is this folded one or has its stem; -1 = no item has such a word. */
int32_t lexicon_find(const struct lexicon *lexicon, struct slice word, struct text *scratch);
/* Appends the stem of a folded word. */
void word_stem(struct slice word, struct text *out);

#endif
