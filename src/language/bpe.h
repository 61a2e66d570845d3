/* bpe.h - byte-level byte-pair encoding, the tokenizer of GPT-2, SmolLM2 and Llama 3 (Sennrich and
 * others 2016; Radford and others 2019): text is cut into words, each word's bytes are merged pair
 * by pair, the pair learned first before the others.
 *
 * Any bytes can be encoded, and decode to the same bytes where the vocabulary has a token for each
 * byte (bytes that it lacks are left out, as the reference does). One that is open is read-only and
 * may be shared between threads.
 */
#ifndef LANGUAGE_BPE_H
#define LANGUAGE_BPE_H

#include "gguf.h"
#include "tokenizer.h"

#include "aisle/text.h"

/* How text is cut into words before merging. */
enum bpe_words {
    BPE_GPT2,   /* letters, digits, others, each with a blank in front */
    BPE_SMOLLM, /* the same after each digit was cut off alone */
    BPE_LLAMA3, /* digits by threes, one other character in front of letters */
};

struct bpe;

/* From the values of a GGUF file, or from a tokenizer.json. */
struct bpe *bpe_from_gguf(const struct gguf *gguf, struct error *error);
struct bpe *bpe_from_json(const char *path, struct error *error);
void bpe_free(struct bpe *bpe);

int32_t bpe_n_tokens(const struct bpe *bpe);
/* The bytes that a token stands for, of a control token its name; borrowed. */
struct slice bpe_token(const struct bpe *bpe, int32_t id);
/* Control tokens ("<|im_start|>") are never text that was written. */
bool bpe_is_control(const struct bpe *bpe, int32_t id);
/* The token of exactly these bytes, or the control token of that name; -1 = none. */
int32_t bpe_find(const struct bpe *bpe, struct slice bytes);

/* Appends the tokens of a text. control: names of control tokens inside the text become those
 * tokens, as the reference does; never so for text from data, which must not steer the model. */
bool bpe_encode(const struct bpe *bpe, struct slice text, bool control, struct token_list *list,
                struct error *error);

#endif
