/* model.h - the interface that every recommender implements.
 *
 * A model is a pure function of a shopper: train() makes it from a dataset, after that nothing
 * about it changes, and score(), open() and similar() may run in any number of threads. It keeps a
 * reference to the dataset it was trained on. A new recommender is one file in src/model and one
 * line in the registry (src/model/registry.c).
 *
 * Item indexes of the shopper may exceed the model's n_items (bought since the run): ignored.
 */
#ifndef AISLE_MODEL_H
#define AISLE_MODEL_H

#include "aisle/attention_map.h"
#include "aisle/bytes.h"
#include "aisle/dataset.h"
#include "aisle/progress.h"
#include "aisle/receipt.h"
#include "aisle/shopper.h"
#include "aisle/text.h"

enum parameter_type { PARAMETER_INTEGER, PARAMETER_NUMBER, PARAMETER_CHOICE };

/* One row of a recommender's parameter table: drives --set, --help, the form on screen, the man
 * page and the run's record. */
struct parameter_info {
    const char *name; /* "k", "shrinkage", "weighting" */
    enum parameter_type type;
    double initial, min, max;
    const char *const *choices; /* NULL-terminated, for PARAMETER_CHOICE; the value is the index */
    const char *help;           /* a phrase */
};

#define PARAMETERS_MAX 32

/* What a training that takes long may ask of whoever starts it. Each may be NULL; all are called on
 * the thread that train() was called on. */
struct training_hooks {
    void *context;
    /* After each round: its loss, and the quality that it is judged by (NAN = none). */
    void (*watch)(void *context, int32_t round, double loss, double quality);
    /* Keeps a checkpoint, whole or not at all, instead of the one before. */
    bool (*keep)(void *context, bool (*write)(const void *state, struct byte_writer *writer),
                 const void *state, struct error *error);
    /* Reads the checkpoint that a training with the same data, parameters and seed left. False
     * where there is none or it cannot be read: then the training begins at the beginning. */
    bool (*resume)(void *context, bool (*read)(void *state, struct byte_reader *reader),
                   void *state);
    /* Before the first round that is still to be done: how many are done already. */
    void (*begin)(void *context, int32_t rounds);
};

/* Values beside the model's own table: value[i] belongs to info[i]. */
struct parameters {
    const struct parameter_info *info; /* ended by a NULL name; static storage */
    double value[PARAMETERS_MAX];
    uint64_t seed;
    const struct training_hooks *hooks; /* NULL = nobody watches; not kept by the model */
};

/* What it is unless it is set, and what a choice may be else: "50", "count; binary, log". */
void parameter_initial(const struct parameter_info *info, struct text *out);
/* One of those that every recommender has: of strengths (parameters_strength, below). */
bool parameter_is_shared(const struct parameter_info *info);

void parameters_init(struct parameters *parameters, const struct parameter_info *info);
/* "k=20", checked against the table; the sentence names the parameters that exist. */
bool parameters_set(struct parameters *parameters, struct slice assignment, struct error *error);
double parameters_get(const struct parameters *parameters, const char *name); /* must exist */
void parameters_json(const struct parameters *parameters, struct text *out);  /* {"k":20,…} */
/* Takes what the object names; other names in it (of the strengths) are not ours. */
bool parameters_from_json(struct parameters *parameters, const char *json, struct error *error);
/* The strengths that a model wants its dataset built with (STRENGTH_PARAMETERS, which every
 * recommender has at the end of its table); the defaults where the table has none. */
void parameters_strength(const struct parameters *parameters, struct strength_options *options);

struct neighbour { /* an item or a user beside another */
    int32_t id;
    int32_t common; /* users who bought both, or items that both bought */
    double similarity;
};

/* What a score rests on. */
enum basis {
    BASIS_PERSONAL, /* the shopper's own purchases, through people or items */
    BASIS_FRIENDS,
    BASIS_SEGMENT,
    BASIS_CONTENT,
    BASIS_POPULAR, /* everybody's purchases: a cold start is shown, never hidden */
    BASIS_BLEND,   /* a blend: its largest part says it */
    BASIS_RULE,    /* nobody's: a rule put it there */
};

struct model; /* each kind has its own; the first member is struct model_base */

struct model_base {
    const struct model_kind *kind;
    const struct dataset *dataset; /* retained: what it was trained on */
    struct parameters parameters;
    atomic_int references; /* 1 when made; model_retain(), model_release() */
    bool reads_words;      /* score() heeds what shopper->words asks for; as its kind, unless it
                            * learned no words */
};

/* A model that a blend can be made of: its kind, how its active run was trained, and the model
 * itself where it was trained on the data that the blend is for (else NULL). */
struct model_part {
    const struct model_kind *kind;
    struct parameters parameters;
    struct model *model; /* borrowed */
};

/* What a fine-tuning did. */
struct finetuning {
    const struct training_hooks *hooks; /* given: who watches; nothing is kept. NULL = nobody */
    int32_t users, replayed;            /* with something new, and others beside them */
    double before, after; /* NDCG@10 of everybody's newest event, held out; NAN: nobody has one */
};

struct model_kind {
    const char *name;    /* "item-cf" */
    const char *summary; /* one line for help and the run list */
    const struct parameter_info *parameters;
    /* train() holds out each user's last event itself, to stop early or to weigh parts by: an
     * evaluation gives it the validation events too (protocol L stays what it is). */
    bool validates;
    enum basis basis;
    bool reads_words; /* its models heed what shopper->words asks for (model_base.reads_words) */
    bool logits;      /* exp(score) is in proportion to how likely the item is bought next */

    /* An estimate of the bytes that training and the first list take beside the dataset: by how
     * much the process's resident memory grows, within a fifth or 4 MB (bench_memory prints both).
     */
    int64_t (*memory)(const struct dataset *dataset, const struct parameters *parameters);
    /* NULL with ERROR_CANCELLED, ERROR_MEMORY, … Deterministic: same data, parameters and seed
     * give the same model whatever the number of threads (0 = all cores). */
    struct model *(*train)(const struct dataset *dataset, const struct parameters *parameters,
                           int threads, struct progress *progress, struct error *error);
    /* train() of a model that is made of others: takes those that fit and trains what is missing.
     * NULL = it is made of nothing. Parts are retained, and stored in the blend's own body. */
    struct model *(*blend)(const struct dataset *dataset, const struct parameters *parameters,
                           const struct model_part *parts, int32_t n_parts, int threads,
                           struct progress *progress, struct error *error);
    void (*release)(struct model *model);

    /* scores (n_items of the model's dataset): -INFINITY where the model has nothing to say.
     * False only without memory. */
    bool (*score)(const struct model *model, const struct shopper *shopper, float *scores,
                  struct error *error);
    /* Whether attributes of somebody without a history say anything to it. NULL = no, or as `basis`
     * has it. */
    bool (*supports_cold_start)(const struct model *model, const struct shopper *shopper);
    /* Optional, for feed_all(): the k best for each of n shoppers in one call, exactly those that
     * score() and the order of a list give, without what the shopper has unless `owned`. It is
     * given views of shoppers (shopper_view), and not asked where the parameter `recency` is set.
     * item and score are (n, k), count (n). */
    bool (*best)(const struct model *model, const struct shopper *shoppers, int32_t n, int32_t k,
                 bool owned, int32_t *item, float *score, int32_t *count, struct error *error);
    /* The receipt of one score: root RECEIPT_SCORE whose value is score's double before rounding.
     * An item that the model has nothing to say about gives a root of value 0 without children. */
    struct receipt *(*open)(const struct model *model, const struct shopper *shopper, int32_t item,
                            const struct receipt_limits *limits, struct error *error);
    /* Where it looked, from the shopper's newest event on. NULL = it attends to nothing. */
    struct attention_map *(*look)(const struct model *model, const struct shopper *shopper,
                                  struct error *error);
    /* Most similar items, best first; returns how many (<= k), -1 on failure. NULL = no notion. */
    int32_t (*similar)(const struct model *model, int32_t item, int32_t k, struct neighbour *out,
                       struct error *error);
    /* Most similar users to a shopper (never the shopper's own user). NULL = no notion. */
    int32_t (*neighbours)(const struct model *model, const struct shopper *shopper, int32_t k,
                          struct neighbour *out, struct error *error);
    /* Whether a score, as the model was trained, is a sum over the shopper's items of strength × a
     * weight that the other items do not touch: taking an item out subtracts its part. NULL = no.
     */
    bool (*linear)(const struct model *model);
    /* The rating this shopper would give; NAN where the model cannot say. NULL = no notion. */
    double (*predict)(const struct model *model, const struct shopper *shopper, int32_t item);

    /* What there is to tell about a trained model beyond its parameters, as a JSON object; "note"
     * in it is a sentence for people. It is kept with the run. NULL = nothing. */
    void (*facts)(const struct model *model, struct text *json);

    /* The model that training on `newer` would give, from the model of an earlier state of the same
     * data: exact, and cheap where little has changed. NULL = no such way. */
    struct model *(*update)(const struct model *model, const struct dataset *newer, int threads,
                            struct progress *progress, struct error *error);

    /* A model that goes on learning from this one, by what newer data has beyond its own and a
     * replay of the rest: cheaper than a training, and not what that would give. NULL = no such
     * way. */
    struct model *(*finetune)(const struct model *model, const struct dataset *newer, int threads,
                              struct progress *progress, struct finetuning *report,
                              struct error *error);

    /* The body of a saved run (parameters and seed are stored beside it). load() gets the dataset
     * the run was trained on, rebuilt, and parameters as they were. Both work inside a stream that
     * the caller opens and closes: load() refuses what makes no sense, and the model counts as
     * loaded when bytes_read_close() has found the checksum right. */
    bool (*save)(const struct model *model, struct byte_writer *writer);
    struct model *(*load)(const struct dataset *dataset, const struct parameters *parameters,
                          struct byte_reader *reader, struct error *error);
};

/* All recommenders, in the order they are listed to people; NULL-terminated. */
extern const struct model_kind *const model_kinds[];
/* NULL when there is none of that name; the sentence lists the names. */
const struct model_kind *model_kind_find(const char *name, struct error *error);

/* Reference-counted handles for models that are being served. */
struct model *model_retain(struct model *model);
void model_release(struct model *model); /* NULL is allowed */
const struct model_base *model_base(const struct model *model);

#endif
