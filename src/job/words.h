/* words.h - what a shop, a newspaper, a video service calls its events and its people. */
#ifndef JOB_WORDS_H
#define JOB_WORDS_H

#include "aisle/text.h"

#include <stdbool.h>

struct words {
    const char *profile;        /* "shop", as in the workspace */
    const char *bought;         /* what was done, before the thing: "bought", "listened to" */
    const char *buyer, *buyers; /* who does it */
    const char *purchase;       /* the deed, one of them */
    const char *purchases;      /* many */
    /* A purchase, a return and a weight in a column that says what was done: "bought", "listened"
     * (music is kept as weights, the plays so far). */
    const char *did, *undid, *often;
    bool accounts; /* items are accounts of people */
};

/* The words of a profile; of an unknown one or NULL, those of a shop. */
const struct words *words_of(const char *profile);

/* Appends a phrase that was written for a shop ("never bought", "BUYERS OF BOTH") in these words.
 */
void words_say(const struct words *words, const char *phrase, struct text *out);

/* Appends what an event of this type is called ("purchase": "bought", "read", …); a type that has
 * no word stands for itself. And back: a filter's `column`=WORD as the store knows it. */
void words_type(const struct words *words, struct slice type, struct text *out);
void words_filter(const struct words *words, const char *column, struct slice filter,
                  struct text *out);

#endif
