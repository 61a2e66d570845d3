/* words.h - free text cut into folded words.
 *
 * A word is a run of letters and digits without case and diacritics, cut after 32 of them; an
 * apostrophe inside is passed over (men's: mens). Of scripts without blanks each two neighbouring
 * characters are a word, so that any part of a text is found by its own words. What is no valid
 * UTF-8 separates words.
 */
#ifndef DATA_WORDS_H
#define DATA_WORDS_H

#include "aisle/text.h"

enum { WORD_CODES = 32 };

struct word {
    struct slice text; /* folded; valid until the next word is read */
    bool ideographs;
    size_t at, length; /* where it stands in the source */
};

struct word_reader {
    struct slice source;
    size_t at;
    bool in_run;         /* the last word ended with the ideograph that stands at `at` */
    struct text folded;  /* the word */
    struct text scratch; /* one code point */
    bool failed;         /* memory ran out */
};

/* Begins reading; the reader may be used again for other texts and is zero at first. */
void words_begin(struct word_reader *reader, struct slice source);
/* False at the end, and when memory ran out: reader->failed tells. */
bool words_next(struct word_reader *reader, struct word *word);
void words_fini(struct word_reader *reader);

#endif
