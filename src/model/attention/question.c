/* question.c - what a shopper asks for in words, as a vector behind the history. */
#include "attention.h"

#include <stdlib.h>
#include <string.h>

enum { TOKENS_MOST = 256 };

/* Tokens of one place in the text stand together, whatever their order. */
static int by_place(const void *a, const void *b)
{
    const struct read_token *one = a, *other = b;

    if (one->at != other->at) return one->at > other->at ? 1 : -1;
    if (one->length != other->length) return one->length > other->length ? 1 : -1;
    return (one->token > other->token) - (one->token < other->token);
}

bool history_read(struct history *history, const struct attention *attention, const char *words,
                  struct error *error)
{
    if (!attention->texts.vocabulary) return true;
    history->token = malloc(TOKENS_MOST * sizeof *history->token);
    history->word = malloc((TOKENS_MOST + 1) * sizeof *history->word);
    if (!history->token || !history->word) return error_memory(error, "what is asked for");
    const int32_t n = vocabulary_read(attention->texts.vocabulary, slice_of(words), history->token,
                                      TOKENS_MOST, error);
    if (n < 0) return false;
    qsort(history->token, (size_t)n, sizeof *history->token, by_place);
    for (int32_t t = 0; t < n; t++) {
        const struct read_token *token = &history->token[t];
        if (t == 0 || token->at != token[-1].at || token->length != token[-1].length)
            history->word[history->n_words++] = t;
    }
    history->word[history->n_words] = n;
    return true;
}

bool attention_question(const struct attention *attention, const struct history *history,
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
