/* word_match.h - items by what is asked for in words, for where no trained model reads them.
 *
 *     score(i) = (1 - s) Σ_w q_w f_iw  +  s b(i)      over items that every filter lets in and that
 *                                                     have one of the words
 *
 * q: the words of the question that items have, by rarity, as a vector of length 1; a word stands
 * for all of its stem, at 0.8 where it is not the same. f: an item's words as a row of length 1
 * (data/lexicon.h): the first part is a cosine. b is another model's score of the item for the same
 * shopper, stretched to 0..1: what they usually like decides among items that match alike. s is
 * 0.2, and 0.05 for somebody without a history, whose b is what everybody likes. A question of
 * filters alone is answered by b among what they let in.
 *
 * With the meaning of the question (meaning.h), where an encoder is set up, items need not have its
 * words:
 *
 *     score(i) = (1 - s) (z(i) + 8 a(i) + Σ_w q_w f_iw) / 12  +  s b(i)     where that is above 0
 *
 * It is made when it is needed and is not among model_kinds: nothing about it is learned from
 * purchases, so that it is never stored.
 */
#ifndef MODEL_WORD_MATCH_H
#define MODEL_WORD_MATCH_H

#include "meaning.h"

#include "data/text_query.h"

#include "aisle/model.h"

/* Reads `words`; `drop` as in text_query_read(). `beside` (may be NULL) is retained. */
struct model *word_match_new(const struct dataset *dataset, struct model *beside,
                             struct slice words, const int32_t *drop, int32_t n_drop,
                             struct progress *progress, struct error *error);
/* What was read; lives as long as the model. */
const struct text_query *word_match_request(const struct model *model);
const struct lexicon *word_match_lexicon(const struct model *model);
/* Takes the meaning over (it is zeroed); understood (n_terms) marks words that it is of beside
 * those that items have. Before the model is asked for anything. */
bool word_match_mean(struct model *model, struct meaning *meaning, const bool *understood,
                     struct error *error);
/* Whether a word of the question is one that counts. */
bool word_match_understands(const struct model *model, int32_t term);
/* Whether it answers: a word that items have, or filters and no word that they have not. */
bool word_match_answers(const struct model *model);

#endif
