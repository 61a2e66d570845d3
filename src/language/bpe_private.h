/* bpe_private.h - inside of a tokenizer: filled by bpe_load.c, read by bpe.c. */
#ifndef LANGUAGE_BPE_PRIVATE_H
#define LANGUAGE_BPE_PRIVATE_H

#include "bpe.h"

enum { BPE_CONTROL_MAX = 4096 };

struct bpe_merge {
    int32_t left, right, merged, rank; /* merged -1 = a free place of the table */
};

struct bpe {
    enum bpe_words words;
    bool whole_words; /* a word that is a token is not merged at all */
    int32_t n;
    struct text bytes; /* of all tokens, one after the other */
    size_t *ends;      /* (n) where each ends */
    bool *control;     /* (n) */
    int32_t n_control;
    int32_t control_ids[BPE_CONTROL_MAX];
    bool begins_control[256]; /* whether the name of a control token begins with that byte */
    int32_t byte_token[256];
    int32_t *by_bytes; /* (by_bytes_mask + 1) tokens, -1 = free */
    size_t by_bytes_mask;
    struct bpe_merge *merges; /* (merges_mask + 1) */
    size_t merges_mask;
};

/* After all tokens are in: makes the tables. Then the merges, in the order they were learned. */
bool bpe_index(struct bpe *bpe, int64_t n_merges, struct error *error);
bool bpe_add_merge(struct bpe *bpe, struct slice left, struct slice right, int32_t rank,
                   struct error *error);

#endif
