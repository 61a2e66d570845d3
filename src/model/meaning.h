/* meaning.h - how near items are to a question by meaning: their texts, and what they are.
 *
 *     m(i) = z(i) + 8 a(i)
 *     z(i) = (cos(q, v_i) - mean) / deviation over the catalogue
 *     a(i) = Σ_{c of i} w'_c / max_i
 *     w_c  = exp((s_c - max s) / 0.5),  s_c = ½ std(cos(q, t_c)) + ½ std(mean of z over items of c)
 *     w'_c = w_c + Σ_{d: P(c|d) ≥ 0.9} w_d P(c|d) rarity(c)
 *
 * c runs over values of attributes (a category, a genre) that at least three items have; t_c is the
 * vector of the value's own text, std makes mean 0 and deviation 1 over the values. So a question
 * finds first what it is about, by what that is called and by what its items are about, and then
 * the items in it; w' also lets in what stands beside it in the same larger value (all of Cats
 * behind Cat food). The weights were chosen on questions about the demo shop and MovieLens-100K
 * (tests/language/questions.tsv), not learned for each shop.
 */
#ifndef MODEL_MEANING_H
#define MODEL_MEANING_H

#include "data/item_vectors.h"

struct meaning {
    int32_t n_items;
    float *near; /* (n_items) z; 0 where an item has no vector */
    int32_t n_values;
    float *value;    /* (n_values) w' / max_i of the dataset's values; 0 where it says nothing */
    float *standing; /* (n_values) s_c; -INFINITY where it is not compared */
};

/* query (vectors->dimension), of length 1. */
bool meaning_init(struct meaning *meaning, const struct dataset *dataset, const uint8_t *role,
                  const struct item_vectors *vectors, const float *query, struct error *error);
void meaning_fini(struct meaning *meaning);
/* 8 a(i). */
double meaning_of_values(const struct meaning *meaning, const struct dataset *dataset,
                         int32_t item);
extern const double meaning_value_weight; /* 8 */

#endif
