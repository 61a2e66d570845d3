/* query_embedding.c - the query text as a vector after the history, and the shopper's attributes as
 * one in place of BOS.
 */
#include "attention.h"

#include <stdlib.h>
#include <string.h>

bool history_read(struct history *history, const struct attention *attention, const char *words,
                  struct error *error)
{
    if (!attention->texts.vocabulary) return true;
    history->token = malloc(WORDS_MAX * sizeof *history->token);
    history->word = malloc((WORDS_MAX + 1) * sizeof *history->word);
    if (!history->token || !history->word) return error_memory(error, "what is asked for");
    const int32_t n = vocabulary_read(attention->texts.vocabulary, slice_of(words), history->token,
                                      WORDS_MAX, error);
    if (n < 0) return false;
    read_tokens_by_place(history->token, n);
    for (int32_t t = 0; t < n; t = read_tokens_word_end(history->token, t, n))
        history->word[history->n_words++] = t;
    history->word[history->n_words] = n;
    return true;
}

bool attention_query_embedding(const struct attention *attention, const struct history *history,
                               int32_t without, float *to)
{
    const struct network *network = &attention->network;
    const size_t d = (size_t)network->shape.width;
    float sum = 0;

    for (int32_t w = 0; w < history->n_words; w++)
        for (int32_t t = history->word[w]; w != without && t < history->word[w + 1]; t++)
            sum += history->token[t].weight;
    if (!(sum > 0)) return false;
    memcpy(to, network->item + (size_t)(network->shape.n_items - 1) * d, d * sizeof *to);
    for (int32_t w = 0; w < history->n_words; w++)
        for (int32_t t = history->word[w]; w != without && t < history->word[w + 1]; t++)
            words_add(attention->kernels, network, &history->token[t].token, 1,
                      history->token[t].weight / sum, to);
    return true;
}

bool attention_user_token(const struct attention *attention, const struct history *history,
                          int32_t without, float *to)
{
    const struct network *network = &attention->network;
    const struct shape *shape = &network->shape;
    const size_t d = (size_t)shape->width;
    const int32_t left =
        history->n_segments - (without >= 0 && without < history->n_segments ? 1 : 0);

    if (left == 0) return false;
    memcpy(to, network->item + (size_t)(shape->n_items - 1) * d, d * sizeof *to);
    for (int32_t s = 0; s < history->n_segments; s++) {
        const int32_t token = shape->n_tokens - shape->n_segments + history->segment[s];
        if (s != without) words_add(attention->kernels, network, &token, 1, 1 / (float)left, to);
    }
    return true;
}
