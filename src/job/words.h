/* words.h - what a shop, a newspaper, a video service calls its events and its people. */
#ifndef JOB_WORDS_H
#define JOB_WORDS_H

#include "aisle/text.h"

struct words {
    const char *profile;        /* "shop", as in the workspace */
    const char *bought;         /* what was done, before the thing: "bought", "listened to" */
    const char *buyer, *buyers; /* who does it */
    const char *purchase;       /* the deed, one of them */
    const char *purchases;      /* many */
};

/* The words of a profile; of an unknown one or NULL, those of a shop. */
const struct words *words_of(const char *profile);

/* Appends a phrase that was written for a shop ("never bought", "BUYERS OF BOTH") in these words.
 */
void words_say(const struct words *words, const char *phrase, struct text *out);

#endif
