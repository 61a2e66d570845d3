/* explain_sentence.h - the one sentence of a receipt, said otherwise where --tone asks for it. */
#ifndef CLI_EXPLAIN_SENTENCE_H
#define CLI_EXPLAIN_SENTENCE_H

#include "command.h"

#include "job/privacy.h"

struct explain_sentence {
    struct text text;      /* to be shown */
    bool asked, rephrased; /* --tone; whether the text is a generator's */
    char generator[64];    /* its name; "" = none was there */
    int refused;           /* answers that said what the receipt does not hold */
    struct error why;      /* what the last of them failed by */
};

/* Fills the sentence; without a generator, or where all its answers are refused, it is the one made
 * from the receipt alone. */
bool explain_sentence_make(const struct call *call, const struct privacy *privacy,
                           const struct serving *serving, const struct receipt *receipt,
                           struct explain_sentence *sentence, struct error *error);
void explain_sentence_fini(struct explain_sentence *sentence);
/* The sentence on stdout, and on stderr why it is not a generator's where one was asked for. */
void explain_sentence_print(const struct explain_sentence *sentence);
/* {"by","refused","fallback","reason"}; NULL where no rephrasing was asked for. */
json_t *explain_sentence_json(const struct explain_sentence *sentence);

#endif
