/* tokenizer.h - text to the numbers of the pieces that an encoder knows.
 *
 * Two kinds: WordPiece (BERT: Devlin et al. 2019) and the unigram model of SentencePiece (Kudo
 * 2018), both with the normalisation that their file asks for, and token by token what the library
 * "tokenizers" of Hugging Face makes of the same file. What is read comes from strangers: it is
 * checked, and what a file asks for that is not known here is refused with a sentence.
 */
#ifndef LANGUAGE_TOKENIZER_H
#define LANGUAGE_TOKENIZER_H

#include "aisle/error.h"
#include "aisle/text.h"

#include <stdint.h>

struct tokenizer;

/* A growing list of tokens. Zero-initialise; token_list_fini() frees. */
struct token_list {
    int32_t *ids;
    int32_t n, capacity;
    int32_t words;   /* how many words they were */
    int32_t unknown; /* how many tokens stand for what is not in the vocabulary */
    bool failed;     /* memory ran out; what follows is not added */
};

void token_list_fini(struct token_list *list);
void token_list_add(struct token_list *list, int32_t id);

/* tokenizer.json of Hugging Face, as bytes. */
struct tokenizer *tokenizer_read_json(const char *name, struct slice json, struct error *error);
/* vocab.txt of BERT: a piece a line. */
struct tokenizer *tokenizer_read_vocabulary(const char *name, struct slice text, bool lower_case,
                                            struct error *error);
void tokenizer_free(struct tokenizer *tokenizer); /* NULL is allowed */

int32_t tokenizer_size(const struct tokenizer *tokenizer); /* numbers are below */
/* The tokens that stand before and behind every text. */
int32_t tokenizer_first(const struct tokenizer *tokenizer);
int32_t tokenizer_last(const struct tokenizer *tokenizer);
struct slice tokenizer_piece(const struct tokenizer *tokenizer, int32_t id); /* borrowed */

/* Adds the tokens of a text, without those at its ends; stops somewhere behind `max` of them.
 * Bytes that are not UTF-8 count as U+FFFD. */
bool tokenizer_encode(const struct tokenizer *tokenizer, struct slice text, int32_t max,
                      struct token_list *list, struct error *error);

#endif
