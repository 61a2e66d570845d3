/* unigram.c - the unigram model of SentencePiece (Kudo 2018): of all ways to cut a word into pieces
 * the one with the largest product of probabilities, found by dynamic programming. */
#include "tokenizer_private.h"

bool unigram_encode(const struct tokenizer *tokenizer, struct slice text, int32_t max,
                    struct token_list *list, struct error *error)
{
    (void)tokenizer, (void)text, (void)max, (void)list;
    return error_set(error, ERROR_INPUT, "unigram tokenizers are not supported");
}
