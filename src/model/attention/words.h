/* words.h - text inside the network: tokens of items, and of queries.
 *
 *     vector of an item      its own + the mean of its tokens'
 *     query embedding        BOS vector + the weighted mean of its tokens' vectors
 *
 * So a word is a vector of the same space as items. Two auxiliary objectives make words carry
 * meaning on their own. In each step some items lose their own vector (ID dropout), as if nobody
 * had bought them yet; an item that nobody did buy has none (it stays zero) and is never a
 * negative: its words are not penalised for its not being bought. And some sequences are cut and
 * end in a query embedding: a few tokens of what was bought next.
 */
#ifndef AISLE_ATTENTION_WORDS_H
#define AISLE_ATTENTION_WORDS_H

#include "sequences.h"

#include "aisle/tokens.h"

/* The tokens of items, as training needs them: CSR. Zeroed: there are none. */
struct words {
    int32_t n_items, n_tokens;
    const int64_t *offset; /* (n_items + 1) */
    const int32_t *token;
};

static inline int32_t words_of_item(const struct words *words, int32_t item)
{
    return item < words->n_items ? (int32_t)(words->offset[item + 1] - words->offset[item]) : 0;
}

/* What the texts of a catalogue were learned to be. Zeroed: nothing. */
struct texts {
    struct vocabulary *vocabulary;
    struct item_tokens items;
};
/* At most `max` words and subwords, and the values of attributes. Nothing where max is 0 or the
 * catalogue has no texts. */
bool texts_learn(struct texts *texts, const struct dataset *dataset, int32_t max,
                 struct progress *progress, struct error *error);
/* With the same words, of the items of another dataset. */
bool texts_copy(struct texts *texts, const struct texts *from, const struct dataset *dataset,
                struct progress *progress, struct error *error);
void texts_fini(struct texts *texts);
struct words texts_words(const struct texts *texts);
/* No more tokens than these are learned, and the bytes of learning them. */
int32_t texts_max(const struct dataset *dataset, int32_t max);
int64_t texts_memory(const struct dataset *dataset, int32_t max);

/* to += share * the vectors of n tokens. */
void words_add(const struct float_kernels *kernels, const struct network *network,
               const int32_t *token, int32_t n, float share, float *to);
/* table (n_items, width): rows [first, last) as items are served. */
void words_table(const struct float_kernels *kernels, const struct network *network,
                 const struct words *words, int32_t first, int32_t last, float *table);

#endif
