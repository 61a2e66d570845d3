/* network.h - the parameters of the Transformer, and what one pass over sequences computes.
 *
 * A decoder-only Transformer (Vaswani and others, "Attention is all you need", 2017) over the
 * events of a shopper, as in SASRec (Kang and McAuley, 2018), with layer norm before each part
 * (Xiong and others, 2020). With d = width and f = ffn_width:
 *
 *     x = dropout(sqrt(d) item[slot] + position[p] + time_bucket[g])                      input
 *     y = x + dropout(attention(norm1(x)) out + out_bias)                          per block
 *     x = y + dropout(dropout(max(0, norm2(y) ffn_up + ffn_up_bias)) ffn_down + ffn_down_bias)
 *     h = norm(x),   score of an item = h . item                                   output
 *     attention: softmax(Q K^T / sqrt(d / heads)) V, causal: each event attends to itself and
 * earlier ones
 *
 * Sequences are packed: rows of one matrix, one after another, no padding. A row's input is a slot
 * of the table of item vectors; the batch says which item a slot holds. What an item's
 * vector is made of, and how words go in, is in words.h.
 */
#ifndef AISLE_ATTENTION_NETWORK_H
#define AISLE_ATTENTION_NETWORK_H

#include "core/float_kernels.h"

#include "aisle/progress.h"

enum { BLOCKS_MAX = 8, TIME_BUCKETS = 32 };

struct shape {
    int32_t n_items;        /* vectors: one for each item, and the last is BOS */
    int32_t n_tokens;       /* subword tokens of items, then user segments; 0 = none */
    int32_t n_time_buckets; /* TIME_BUCKETS, or 0 where times are unknown */
    int32_t length;         /* the longest sequence: earlier events are out of sight */
    int32_t width, heads, blocks, ffn_width;
    int32_t n_segments; /* of the tokens; not stored with the rest: user_segments.h */
};

/* One allocation cut into tensors; the same cut serves gradients and moments. */
struct network {
    struct shape shape;
    size_t n;           /* floats in all */
    float *item;        /* (n_items, width) */
    float *token;       /* (n_tokens, width) */
    float *time_bucket; /* (n_time_buckets, width) */
    float *position;    /* (length, width), the last row for the newest event */
    struct block {
        float *norm1_gain, *norm1_bias;  /* (width) */
        float *qkv, *qkv_bias;           /* (width, 3 width): queries, keys, values; (3 width) */
        float *out, *out_bias;           /* (width, width), (width) */
        float *norm2_gain, *norm2_bias;  /* (width) */
        float *ffn_up, *ffn_up_bias;     /* (width, ffn_width), (ffn_width) */
        float *ffn_down, *ffn_down_bias; /* (ffn_width, width), (width) */
    } block[BLOCKS_MAX];
    float *norm_gain, *norm_bias; /* (width) */
};

/* Floats handed out one after another, each on 64 bytes. With base NULL it only counts. */
struct plan {
    float *base;
    size_t used;
};

float *plan_take(struct plan *plan, size_t n);
/* Zeroed floats on 64 bytes, for free(); NULL without memory. */
float *floats_new(size_t n);

/* Cuts base (network->n floats; NULL = only count) into tensors. */
void network_place(struct network *network, const struct shape *shape, float *base);
/* Draws the first weights. */
void network_draw(struct network *network, uint64_t seed);

/* Sequences to compute, packed. A micro-batch is what a worker computes at once; a shard is a group
 * of micro-batches with a gradient of its own. All three depend on the sequences alone. */
struct batch {
    int32_t n_sequences, n_rows;
    int32_t *start;       /* (n_sequences + 1) first row of each */
    int32_t *slot;        /* (n_rows) what happened */
    int32_t *position;    /* (n_rows) in the window */
    int32_t *time_bucket; /* (n_rows) or NULL */
    int32_t *target;      /* (n_rows) slot of what happens next; NULL when not training */
    int32_t *negative;    /* (n_rows) slot of what does not, for the pairwise loss */
    int32_t n_micro_batches;
    int32_t *micro_batch; /* (n_packs + 1) first sequence of each */
    int32_t n_shards;
    int32_t *shard; /* (n_shards + 1) first micro-batch of each */
};

/* Weights transposed, for the backward pass. */
struct transposed {
    float *qkv, *out, *ffn_up, *ffn_down;
};

/* What all workers share while they compute one batch. */
struct pass {
    const struct float_kernels *kernels;
    const struct network *network;
    const struct transposed *transposed; /* (blocks); NULL when not training */
    const struct batch *batch;
    const float *table; /* (slots, width) vectors that go in and come out */
    /* Vectors of slots from shape.n_items on; NULL where all are in the table. */
    const float *query_embeddings;
    /* The candidates of the softmax are the first slots. */
    int32_t n_candidates;
    const float *panels; /* their vectors transposed, cut in panels */
    const float *offset; /* (candidates) added to scores, or NULL: all items are candidates */
    float share;         /* 1 / rows of the batch: the loss is a mean */
    double dropout;
    uint64_t key; /* of this step's dropouts */
    bool ends; /* only the last row of each sequence is wanted: what serves no other is left out */
    struct progress *progress;
};

/* What a worker keeps of one micro-batch between forward and backward pass; for at most `rows`
 * rows. */
struct activations {
    int32_t rows, n_candidates;
    float *memory;
    struct block_activations {
        float *x;                /* (rows, width) what comes in */
        float *mean1, *inverse1; /* (rows) */
        float *normed1;          /* (rows, width) */
        float *qkv;              /* (rows, 3 width) */
        float *probability;      /* for each sequence and head (n, n padded to 16) */
        float *context; /* (rows, width) attention output: values weighted by probability */
        float *y;       /* (rows, width) */
        float *mean2, *inverse2; /* (rows) */
        float *normed2;          /* (rows, width) */
        float *ffn_up;           /* (rows, ffn_width) */
    } block[BLOCKS_MAX];
    float *x, *mean, *inverse, *h; /* after the last block, and the output */
    float *dx, *dh;                /* (rows, width) gradients */
    float *scratch_width, *wide;   /* (rows, width), (rows, 3 width or ffn_width) */
    float *transposed_keys, *score_rows,
        *dropout_rows;      /* of attention: a head's keys, rows of scores */
    float *scores, *scaled; /* of the loss: a tile of scores and of h */
};

bool activations_init(struct activations *activations, const struct shape *shape, int32_t rows,
                      int32_t n_candidates, bool training);
void activations_fini(struct activations *activations);
size_t activations_floats(const struct shape *shape, int32_t rows, int32_t n_candidates,
                          bool training);

/* The places where something is dropped, each with its own hashes. */
enum dropout_place {
    DROP_INPUT,
    DROP_PROBABILITY,
    DROP_CONTEXT,
    DROP_FFN_UP,
    DROP_FFN_DOWN,
    DROP_PLACES
};
struct dropout pass_dropout(const struct pass *pass, int32_t block, enum dropout_place place);

/* Rows of scores computed together, and a row's length in memory. */
static inline int32_t padded(int32_t n)
{
    return (n + 15) & ~15;
}
enum { SCORE_ROWS = 24, LOSS_ROWS_MAX = 96 };
int32_t loss_tile_rows(int32_t n_candidates);
/* Floats of the candidates' panels, and filling them from the table. */
int32_t panels_width(const struct float_kernels *kernels, int32_t n_candidates);
void panels_fill(const struct float_kernels *kernels, const float *table, int32_t width,
                 int32_t n_candidates, int32_t first_panel, int32_t last_panel, float *panels);

/* Forward pass of one micro-batch: the outputs are in activations->h, rows as in the micro-batch.
 */
void network_forward(const struct pass *pass, struct activations *activations, int32_t micro_batch);
void attention_forward(const struct pass *pass, struct activations *activations,
                       int32_t micro_batch, int32_t block);

/* The loss of a micro-batch, summed over its rows; its gradients: activations->dh, and the gradient
 * of slot vectors is added to gradient->item. */
double loss_softmax(const struct pass *pass, struct activations *activations, int32_t micro_batch,
                    struct network *gradient);
double loss_pairwise(const struct pass *pass, struct activations *activations, int32_t micro_batch,
                     struct network *gradient);

/* Backward pass: adds to all of the gradient. */
void network_backward(const struct pass *pass, struct activations *activations, int32_t micro_batch,
                      struct network *gradient);
/* From the gradient of the attention output in activations->scratch_width to that of qkv in ->wide.
 */
void attention_backward(const struct pass *pass, struct activations *activations,
                        int32_t micro_batch, int32_t block);

#endif
