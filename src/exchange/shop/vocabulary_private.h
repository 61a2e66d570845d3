/* vocabulary_private.h - the reading of a word list, for the files that read its lines. */
#ifndef AISLE_VOCABULARY_PRIVATE_H
#define AISLE_VOCABULARY_PRIVATE_H

#include "exchange/shop/vocabulary.h"

struct reading {
    struct shop_vocabulary *v;
    struct error *error;
    const char *file;
    int line;
};

/* Reads what stands behind a keyword. */
typedef bool reader(struct reading *r, struct slice rest);
struct keyword {
    const char *word;
    reader *read;
    bool of_kind; /* needs a kind above it */
};
/* Ended by a NULL word. */
extern const struct keyword vocabulary_goods[];  /* what is sold, to whom, when */
extern const struct keyword vocabulary_people[]; /* who buys */

/* "word list FILE, line N: what: text". Returns false. */
bool reading_wrong(struct reading *r, const char *what, struct slice text);
/* The text before `mark`, trimmed; it is taken off `rest`, all of it where there is no mark. */
struct slice reading_cut(struct slice *rest, char mark);
bool reading_same(struct slice a, struct slice b);
bool reading_number(struct reading *r, struct slice text, int32_t *value);
/* As many numbers as there are, at most n; the values of the others stay. */
bool reading_numbers(struct reading *r, struct slice rest, int32_t *value, int32_t n);
/* Lists are used after they are written. */
bool reading_list(struct reading *r, struct slice name, int32_t *list);
int32_t list_named(const struct shop_vocabulary *v, struct slice name);
/* A new list of the words between the bars. */
void reading_words(struct shop_vocabulary *v, struct slice rest, struct slice name);

#endif
