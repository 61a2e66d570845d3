/* vocabulary_private.h - what a vocabulary is made of, for the files that learn, read and keep it.
 *
 * Tokens are numbered: values and bands by attribute, then words and pieces. A token is a text
 * under a tag: the attribute's number, or TAG_WORDS.
 */
#ifndef DATA_VOCABULARY_PRIVATE_H
#define DATA_VOCABULARY_PRIVATE_H

#include "interned.h"
#include "words.h"

#include "aisle/tokens.h"

#include <stdatomic.h>

enum { TAG_WORDS = -1 };
enum { WORDS_PER_TEXT = 200 }; /* of one title or value; the others are passed over */
enum { TOKENS_PER_WORD = 80 }; /* a word's pieces and the shorter words that it extends */

/* How the values of an attribute are read. */
enum attribute_role {
    ROLE_PASSED, /* says how the shop runs, not what the item is */
    ROLE_VALUES, /* whole values, and their words */
    ROLE_TEXT,   /* words only: descriptions, and what is different for each item */
    ROLE_NUMBER, /* bands */
    ROLE_DATE,   /* bands */
    ROLES
};

/* role[a]: what the values of attribute a look like, numbers of more than `bands` twofold values
 * being ROLE_NUMBER. (item_attributes.names) are filled. */
bool attribute_roles(const struct dataset *dataset, int32_t bands, uint8_t *role,
                     struct error *error);

/* "brand", "author": what those are called who make things. */
bool attribute_names_maker(struct slice name);

struct vocabulary {
    atomic_int shared;      /* owners beside the first */
    int32_t n_items;        /* learned from */
    struct interned names;  /* of attributes */
    uint8_t *role;          /* (names) enum attribute_role */
    struct interned tokens; /* texts; tag = attribute or TAG_WORDS */
    uint8_t *kind;          /* (tokens) enum token_kind */
    int32_t *items;         /* (tokens) how many items have it */
    double *min;            /* (tokens) of a band: its lower bound; else 0 */
    /* The rest follows from the above: vocabulary_prepare(). */
    float *weight;          /* (tokens) */
    int32_t *stem;          /* (tokens) of a word: the shorter word that it extends, or -1 */
    int32_t *first_band;    /* (names + 1) tokens [first_band[a], …) of attribute a, -1 = none */
    struct interned spoken; /* words of whole values, joined by blanks; tag = how many before */
    int32_t *spoken_token;  /* (spoken) */
    size_t longest;         /* bytes of the longest word or piece */
};

int32_t vocabulary_count(const struct vocabulary *vocabulary); /* of tokens */

/* Makes what follows from the texts. */
bool vocabulary_prepare(struct vocabulary *vocabulary, struct error *error);

/* One piece of a word: `letters` of the word's letters. */
struct word_part {
    int32_t token, characters;
};

/* The pieces of a folded word by longest match, and the shorter words that a whole one extends.
 * out has room for TOKENS_PER_WORD; *letters is how many the word has. */
int32_t vocabulary_merge(const struct vocabulary *vocabulary, struct slice word,
                         struct word_part *out, int32_t *characters);

/* A number, or days of a date. */
bool number_of_value(enum attribute_role role, struct slice value, double *number);
/* The band of a number; -1 where the attribute has none. */
int32_t vocabulary_band(const struct vocabulary *vocabulary, int32_t attribute, double number);

/* The words of a catalogue: for each item, and for each value of its attributes, which words. */
struct catalogue_words {
    struct interned words; /* distinct */
    int64_t *title_offset; /* (items + 1) */
    int32_t *title_word;
    int64_t *value_offset; /* (values + 1) */
    int32_t *value_word;
};

/* Words of all titles, and of the values whose attribute's role (by the dataset's numbering of
 * names) says so. */
bool catalogue_words_read(struct catalogue_words *words, const struct dataset *dataset,
                          const uint8_t *role, struct progress *progress, struct error *error);
void catalogue_words_fini(struct catalogue_words *words);

/* The tokens of all items, given which words there are. `words` was read from the dataset. */
bool item_tokens_collect(struct item_tokens *rows, const struct vocabulary *vocabulary,
                         const struct dataset *dataset, const struct catalogue_words *words,
                         struct progress *progress, struct error *error);

#endif
