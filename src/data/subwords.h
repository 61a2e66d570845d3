/* subwords.h - sub-word pieces, learned by merging the most frequent neighbours.
 *
 * Byte-pair encoding over characters (Sennrich, Haddow and Birch 2016, Neural Machine Translation
 * of Rare Words with Subword Units). A piece that begins a word has WORD_START in front; of two
 * pairs that are equally frequent the one whose left, then right part was made first goes first.
 */
#ifndef DATA_PIECES_H
#define DATA_PIECES_H

#include "interned.h"

#include "aisle/progress.h"

#define WORD_START "\xE2\x96\x81" /* a letter of no script */

/* Distinct folded words and how often each counts. */
struct word_counts {
    const struct names *words;
    const int32_t *count; /* (words->n) */
};

/* Does the word take WORD_START? Not where scripts have no blanks: there each part is a word. */
bool subword_starts(struct slice word);

/* Adds at most `max` pieces to `pieces`: characters, the most frequent first, then what they merge
 * to, in order of merging. O(letters + merges log merges). */
bool subwords_learn(const struct word_counts *counts, int32_t max, struct interned *subwords,
                    struct progress *progress, struct error *error);

#endif
