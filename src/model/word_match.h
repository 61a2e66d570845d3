/* word_match.h - items by what is asked for in words, for where no trained model reads them.
 *
 *     score(i) = (1 - s) Σ_t q_t f_it / |q|  +  s b(i)        over items with a token of the words
 *
 * q: the tokens of the words (vocabulary_read), f: an item's tokens as a row of length 1
 * (item_tokens_weigh): the first part is a cosine. b is another model's score of the item for the
 * same shopper, stretched to 0..1: what they usually like decides among items that match alike.
 *
 * It is made when it is needed and is not among model_kinds: nothing about it is learned from
 * purchases, so that it is never stored.
 */
#ifndef MODEL_WORD_MATCH_H
#define MODEL_WORD_MATCH_H

#include "aisle/model.h"

/* `beside` (may be NULL) is retained. */
struct model *word_match_new(const struct dataset *dataset, struct model *beside,
                             struct progress *progress, struct error *error);
/* Appends the words that items have, as they were asked for, split by ", ". */
bool word_match_read(const struct model *model, const char *words, struct text *out,
                     struct error *error);

#endif
