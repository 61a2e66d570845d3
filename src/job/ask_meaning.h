/* ask_meaning.h - what a question means, where an encoder is set up. */
#ifndef JOB_ASK_MEANING_H
#define JOB_ASK_MEANING_H

#include "model/word_match.h"

#include "aisle/engine.h"

/* How it went, for people. */
struct ask_meaning {
    char encoder[64]; /* "" = none is set up */
    int32_t stale;    /* items that are not encoded as they are now */
    bool made;        /* the catalogue was encoded just now */
    bool foreign;     /* another language than English, and the encoder reads English only */
};

/* Gives a word_match the meaning of its question. Nothing happens where no encoder is set up, or
 * where the question is of filters alone or of no word that the encoder takes for one. */
bool ask_mean(struct model *match, struct engine *engine, struct reader *reader, struct slice words,
              struct ask_meaning *report, struct progress *progress, struct error *error);

#endif
