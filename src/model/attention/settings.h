/* settings.h - what a person chose for the attention model, and what follows from the data. */
#ifndef AISLE_ATTENTION_SETTINGS_H
#define AISLE_ATTENTION_SETTINGS_H

#include "network.h"

#include "aisle/model.h"

enum loss { LOSS_AUTO, LOSS_SOFTMAX, LOSS_SAMPLED, LOSS_PAIRWISE };
enum negatives { NEGATIVES_AUTO, NEGATIVES_UNIFORM, NEGATIVES_POPULAR };
enum windows { WINDOWS_AUTO, WINDOWS_LAST, WINDOWS_ANY };

struct settings {
    struct shape shape;  /* n_tokens and n_time_buckets are the caller's to fill in */
    enum loss loss;      /* never LOSS_AUTO */
    int32_t negatives;   /* of the sampled softmax, at most the number of items */
    enum negatives draw; /* never NEGATIVES_AUTO */
    int32_t batch, warm_up, epochs, patience;
    double dropout, lr, lr_final, weight_decay, beta2, ema;
    enum windows windows; /* never WINDOWS_AUTO */
    int32_t words;        /* at most; 0 = none */
    int32_t user_token;   /* sequences of a user in a step that are a user token alone; 0 = none */
    uint64_t seed;
};

extern const struct parameter_info attention_parameters[];

/* Fills in what the parameters leave to the data. False with ERROR_USAGE where numbers do not fit
 * one another. */
bool settings_resolve(struct settings *settings, const struct dataset *dataset,
                      const struct parameters *parameters, struct error *error);

/* How a training is cut, by settings and catalogue alone: the same on every machine. */
struct cut {
    int32_t sequences;        /* of a batch, at most */
    int32_t rows;             /* of a batch, at most */
    int32_t micro_batch_rows; /* of a micro-batch, at most */
    int32_t candidates;       /* of the softmax; 0 for the pairwise loss */
    int32_t slots;            /* of a batch, at most */
    int32_t shards;
    bool compact; /* slots are what the batch needs, not the whole catalogue */
};
struct cut settings_cut(const struct settings *settings);

#endif
