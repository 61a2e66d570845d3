/* attention.h - the attention model: what is kept of a training, and how it serves. */
#ifndef AISLE_ATTENTION_H
#define AISLE_ATTENTION_H

#include "trainer.h"

#include "../model_private.h"

struct attention {
    struct model_base base;
    const struct float_kernels *kernels;
    struct network network;
    float *memory;                       /* of the network */
    struct texts texts;                  /* what its words are */
    struct user_segments *user_segments; /* segments of users by their attributes; NULL = none */
    float *table;                    /* (n_items, width): network.item where there are no words */
    float *item_bias;                /* (n_items) added to scores; NULL = nothing */
    float cold_bias;                 /* the bias of cold items (those known by their text alone) */
    int32_t epochs, best_epoch;      /* of the training */
    double *loss_curve, *ndcg_curve; /* (epochs) */
};

/* An untrained one of that shape, all zeros. */
struct attention *attention_new(const struct dataset *dataset, const struct parameters *parameters,
                                const struct shape *shape, int32_t epochs, struct error *error);
/* After weights were put in: makes what serving needs. */
bool attention_ready(struct attention *attention, struct error *error);
void attention_release(struct model *model);

/* train.c */
struct model *attention_train(const struct dataset *dataset, const struct parameters *parameters,
                              int threads, struct progress *progress, struct error *error);
int64_t attention_memory(const struct dataset *dataset, const struct parameters *parameters);

/* Epochs from the trainer's current state, keeping the best; false when cancelled. */
bool attention_run_epochs(struct trainer *trainer, struct validation *validation,
                          const struct training_hooks *hooks);
/* The model of the trainer's best epoch. */
struct attention *attention_finish(const struct trainer *trainer, const struct dataset *dataset,
                                   const struct parameters *parameters, struct texts *texts,
                                   struct user_segments *user_segments,
                                   struct error *error); /* takes the texts over */
/* finetune.c */
struct model *attention_finetune(const struct model *model, const struct dataset *newer,
                                 int threads, struct progress *progress, struct finetuning *report,
                                 struct error *error);

/* A shopper's events as the model reads them, without items that are not in it; and the query text:
 * tokens in order, those of one place being one word. */
struct history {
    int32_t n;
    int32_t *item;
    int64_t *time;
    int32_t n_words;
    int32_t *word; /* (n_words + 1) first token of each */
    struct read_token *token;
    int32_t n_segments; /* of the shopper; 0 where the user token is not used */
    int32_t *segment;
};
bool history_init(struct history *history, const struct attention *attention,
                  const struct shopper *shopper, struct error *error);
void history_fini(struct history *history);
/* outputs (n, width): the last hidden state of each of n histories. History h is `history` without
 * leave_out[h]: an item, LEAVE_WORD(w), LEAVE_SEGMENT(s) or LEAVE_NOTHING. False without memory.
 * Both macros are their own inverse. */
enum { LEAVE_NOTHING = -1, WORDS_MAX = 256 };
#define LEAVE_WORD(w)    (-2 - (w))
#define LEAVE_SEGMENT(s) (-2 - WORDS_MAX - (s))
bool attention_outputs(const struct attention *attention, const struct history *history,
                       const int32_t *leave_out, int32_t n, float *outputs, struct error *error);
/* The query embedding, without word `without` (-1 = none), into to (width). False where there is no
 * query. query_embedding.c */
bool attention_query_embedding(const struct attention *attention, const struct history *history,
                               int32_t without, float *to);
/* The same for the user token, without segment number `without` of the history's. */
bool attention_user_token(const struct attention *attention, const struct history *history,
                          int32_t without, float *to);
/* Reads the words into a history that has none. False with an error. */
bool history_read(struct history *history, const struct attention *attention, const char *words,
                  struct error *error);
float attention_score(const struct attention *attention, const float *output, int32_t item);

/* ranks.c: rank (n) of `item` among all that the shopper has not got, by each of n outputs (n,
 * width) with without[r] (-1 = nothing) taken out of what the shopper has; as lists order it. */
bool attention_ranks(const struct attention *attention, const struct shopper *shopper, int32_t item,
                     const float *outputs, const int32_t *without, int32_t n, int32_t *rank,
                     struct error *error);
/* receipt.c */
struct receipt *attention_explain(const struct model *model, const struct shopper *shopper,
                                  int32_t item, const struct receipt_limits *limits,
                                  struct error *error);
/* map.c */
struct attention_map *attention_weights(const struct model *model, const struct shopper *shopper,
                                        struct error *error);
/* store.c */
bool attention_save(const struct model *model, struct byte_writer *writer);
struct model *attention_load(const struct dataset *dataset, const struct parameters *parameters,
                             struct byte_reader *reader, struct error *error);

#endif
