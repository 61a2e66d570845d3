/* trainer.h - the state of a training: weights, moments, gradients, workspaces; allocated once, no
 * step allocates.
 *
 * A step's batch is cut in shards by the batch alone. Whoever computes a shard adds up its
 * micro-batches in order, and shards are summed in order for each parameter, so that the number of
 * threads changes no bit of the result.
 */
#ifndef AISLE_ATTENTION_TRAINER_H
#define AISLE_ATTENTION_TRAINER_H

#include "settings.h"
#include "user_segments.h"
#include "words.h"

#include "aisle/rng.h"

enum { SHARDS_MAX = 8, QUERY_TOKENS = 3 }; /* of a query, at most */

struct trainer {
    struct settings settings;
    struct cut cut;
    struct words words;
    struct segment_membership segment_membership; /* borrowed */
    const struct float_kernels *kernels;
    int threads;
    struct progress *progress;

    struct network weights, first, second, mean, best; /* mean is weights where ema is 0 */
    float *parameters;                                 /* all five */
    struct network gradient, shard[SHARDS_MAX];        /* item vectors by slot */
    uint8_t *touched; /* (shards, slots) which of a shard's are meant; candidates always are */
    float *gradients, *zeros, *word_gradient; /* (n_tokens, width) */
    struct transposed transposed[BLOCKS_MAX];
    float *transposed_keys;
    float *table, *panels, *offset;  /* table is weights.item where slots are items without words */
    struct activations *activations; /* one for each worker */
    int n_workers;

    struct batch batch;
    double *micro_batch_loss;           /* (sequences of a batch) */
    int32_t n_slots;                    /* of this batch: items, then its query embeddings */
    int32_t n_query_embeddings;         /* and user tokens: what somebody like this would ask for */
    int32_t *query_start, *query_token; /* CSR (query embeddings) */
    int32_t n_by_words;                 /* cold items (known by their text alone) */
    uint8_t *bought;     /* bit set of items that somebody trained on has; NULL without words */
    uint64_t id_dropped; /* of this step: which items go without their own vectors */
    int32_t *slot_item;  /* (slots) */
    int32_t *slot_of;    /* (items) or -1; NULL where slots are items */
    uint8_t *seen;       /* bit set of items, for negatives */
    double *alias_chance, *frequency; /* (items) of popular negatives: see negatives.c */
    int32_t *alias;

    int32_t *order; /* (n_trained) users, shuffled each epoch */
    int32_t n_trained;
    int64_t n_rows; /* of an epoch */
    const struct sequences *sequences;

    /* The state that is written into checkpoints. */
    int32_t epoch, best_epoch;
    int64_t step;
    double best_ndcg;
    float cold_bias;                 /* validation_shift() of the best */
    double *loss_curve, *ndcg_curve; /* (epochs) */
};

/* Everything but the first weights. False with ERROR_MEMORY. */
bool trainer_init(struct trainer *trainer, const struct settings *settings,
                  const struct sequences *sequences, const struct words *words,
                  const struct segment_membership *segment_membership, int threads,
                  struct progress *progress, struct error *error);
void trainer_fini(struct trainer *trainer);
/* What a training takes at most: the trainer, its sequences, the validation, the model made of it.
 */
int64_t trainer_memory(const struct settings *settings, int64_t n_users, int64_t n_events,
                       int threads);

/* What a slot of the batch is made of; text.c. */
struct slot_parts {
    int32_t item;    /* its own vector */
    bool id_dropped; /* goes without that */
    int32_t n;       /* tokens */
    const int32_t *token;
};
struct slot_parts trainer_slot(const struct trainer *trainer, int32_t slot);
/* Rows [first, last) of the batch's table. */
void trainer_fill_table(struct trainer *trainer, int32_t first, int32_t last);
/* Cold items: with text, but without a training event. */
bool trainer_knows_by_words(const struct trainer *trainer, int32_t item);
/* They have no vectors of their own. */
void trainer_clear_cold_items(struct trainer *trainer);
/* Whether a sequence ends in a query embedding: then returns its number, and *n (at least 1) is the
 * events before and with the query's target; else -1. */
int32_t trainer_draw_query(struct trainer *trainer, const int32_t *item, int64_t *n,
                           struct rng *rng);
/* The same for the user token: some of the user's segments; -1 where there are none. */
int32_t trainer_draw_user_token(struct trainer *trainer, int32_t user, struct rng *rng);

/* How many sequences a user has in an epoch that are a user token alone. */
int32_t trainer_user_tokens(const struct trainer *trainer, int32_t user);
/* Rows of a user in an epoch. */
int64_t trainer_rows(const struct trainer *trainer, int32_t user);
/* Shuffles the users for the trainer's epoch. */
void trainer_shuffle(struct trainer *trainer);
/* Users [from, from + n) of the order as a batch, with candidates and slots. */
void trainer_fill(struct trainer *trainer, int32_t from, int32_t n);
/* Draws the candidates of a sampled softmax into slots; the negatives of pairs. negatives.c */
bool negatives_init(struct trainer *trainer, const struct sequences *sequences);
void negatives_draw(struct trainer *trainer, struct rng *rng);
int32_t negatives_sample(struct trainer *trainer, struct rng *rng);

/* Slots before it are candidates of the softmax: all shards have a gradient for them. */
int32_t trainer_dense(const struct trainer *trainer);
/* Gradient of the batch; false when cancelled. *loss is its mean. */
bool trainer_gradient(struct trainer *trainer, double *loss);
/* AdamW with that gradient; false when cancelled. */
bool trainer_update(struct trainer *trainer);

/* Fresh weights, nothing learned. */
void trainer_begin(struct trainer *trainer);
/* The training's state to bytes and back; checkpoint.c. Read into a trainer of the same settings
 * and data; false where the bytes are of another, and then it has to begin anew. */
bool trainer_write(const void *trainer, struct byte_writer *writer);
bool trainer_read(void *trainer, struct byte_reader *reader);

/* Mean NDCG@10 of the held-out events among all items not bought before; NAN where there are none.
 * False when cancelled or without memory. */
struct validation;
struct validation *validation_new(const struct trainer *trainer, struct error *error);
void validation_free(struct validation *validation);
int64_t validation_memory(const struct settings *settings, int64_t n_users, int64_t n_events,
                          int threads);
bool validation_run(struct validation *validation, struct trainer *trainer, double *ndcg);
/* What is added to the scores of cold items (known by their text alone), so that the best network
 * ranks them as often as they are bought in validation: they are never negatives in training, so it
 * would rank them too high. 0 or less. */
bool validation_cold_bias(struct validation *validation, struct trainer *trainer, float *item_bias);

#endif
