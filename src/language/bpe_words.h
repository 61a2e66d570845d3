/* bpe_words.h - the cutting of text into words, as each tokenizer's regular expression has it. */
#ifndef LANGUAGE_BPE_WORDS_H
#define LANGUAGE_BPE_WORDS_H

#include "bpe.h"

/* Bytes of the first word of a text; at least 1 where the text is not empty. */
size_t bpe_word_length(enum bpe_words words, struct slice text);

#endif
