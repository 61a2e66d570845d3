/* generator_private.h - inside of a decoder: opened by generator_open.c, run by generator.c. */
#ifndef LANGUAGE_GENERATOR_PRIVATE_H
#define LANGUAGE_GENERATOR_PRIVATE_H

#include "dot.h"
#include "generator.h"

struct generator_layer {
    const float *attention_norm, *ffn_norm;   /* (width) */
    const struct tensor *query, *key, *value; /* (heads head_width, width), (kv …, width) twice */
    const struct tensor *output;              /* (width, heads head_width) */
    const struct tensor *gate, *up;           /* (ffn_width, width) */
    const struct tensor *down;                /* (width, ffn_width) */
};

struct generator {
    struct gguf *gguf;
    struct bpe *tokenizer;
    struct generator_shape shape;
    const struct tensor *embedding, *output; /* (n_tokens, width) */
    const float *output_norm;                /* (width) */
    const float *rotary_factors;    /* (rotary_width / 2) or NULL: frequencies are divided */
    struct generator_layer *layers; /* (n_layers) */
};

#endif
