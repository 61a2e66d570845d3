/* settings.c - the parameter table, and defaults by the size of the data.
 *
 * 0 leaves a number to the data. The recipe is that of SASRec with full cross-entropy (Klenitskiy
 * and Vasilev, "Turning dross into gold loss", 2023).
 */
#include "settings.h"

#include "../model_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const losses[] = { "auto", "softmax", "sampled", "pairwise", NULL };
static const char *const windows[] = { "auto", "last", "any", NULL };
static const char *const draws[] = { "auto", "uniform", "popular", NULL };

const struct parameter_info attention_parameters[] = {
    { "d", PARAMETER_INTEGER, 0, 0, 512, NULL, "width of a vector, a multiple of 16; 0 = by size" },
    { "blocks", PARAMETER_INTEGER, 2, 1, BLOCKS_MAX, NULL, "layers of attention and feed-forward" },
    { "heads", PARAMETER_INTEGER, 0, 0, 16, NULL, "attention heads of a block; 0 = by width" },
    { "length", PARAMETER_INTEGER, 0, 0, 512, NULL, "events in sight; 0 = by the data" },
    { "inner", PARAMETER_INTEGER, 0, 0, 2048, NULL, "width of the feed-forward layer; 0 = d" },
    { "dropout", PARAMETER_NUMBER, -1, -1, 0.9, NULL, "share dropped; -1 = by size" },
    { "loss", PARAMETER_CHOICE, LOSS_AUTO, 0, LOSS_PAIRWISE, losses,
      "softmax over all items, over a sample, or pairs with one wrong item" },
    { "negatives", PARAMETER_INTEGER, 0, 0, 100000, NULL, "items in a sample; 0 = by size" },
    { "draw", PARAMETER_CHOICE, NEGATIVES_AUTO, 0, NEGATIVES_POPULAR, draws,
      "how a sample is drawn; auto = by size" },
    { "batch", PARAMETER_INTEGER, 0, 0, 4096, NULL, "users in a step; 0 = by size" },
    { "rate", PARAMETER_NUMBER, 0, 0, 1, NULL, "learning rate; 0 = by size" },
    { "warmup", PARAMETER_INTEGER, 100, 0, 1e6, NULL, "steps until the rate is reached" },
    { "cool", PARAMETER_NUMBER, -1, -1, 1, NULL,
      "share of the rate that is left after all epochs, by a cosine; -1 = by size" },
    { "windows", PARAMETER_CHOICE, WINDOWS_AUTO, 0, WINDOWS_ANY, windows,
      "of long sequences, the last part is learned, or half of the time any part; auto = by size" },
    { "decay", PARAMETER_NUMBER, -1, -1, 1, NULL, "weight decay; -1 = by size" },
    { "beta2", PARAMETER_NUMBER, -1, -1, 0.99999, NULL,
      "memory of the squares of gradients that steps are measured by; -1 = by size" },
    { "average", PARAMETER_NUMBER, -1, -1, 0.99999, NULL,
      "memory of the running mean of weights; 0 = none, -1 = by size" },
    { "words", PARAMETER_INTEGER, 4000, 0, 100000, NULL,
      "words and pieces of words at most that items are known by beside themselves; 0 = none" },
    { "who", PARAMETER_INTEGER, 16, 0, 64, NULL,
      "purchases of a user at most that an epoch learns from who they are alone; 0 = people have "
      "no "
      "attributes" },
    { "epochs", PARAMETER_INTEGER, 0, 0, 10000, NULL, "at most; 0 = by size" },
    { "patience", PARAMETER_INTEGER, 0, 0, 10000, NULL,
      "epochs without a better validation until it stops; 0 = by size" },
    STRENGTH_PARAMETERS,
    { 0 },
};

/* What is left to the data, by its number of events and how many a user has on average. Small data
 * is learned in seconds by a small network in small steps. Where users have done much and there is
 * enough of it, a learning rate that decays over a set number of steps beats early stopping.
 *
 * Where most users have done little, most items are met a few times in an epoch, and as often among
 * the sample that did not come next. Squares of gradients have to be remembered from one meeting to
 * the next: an item forgotten in between would move as far for each sample it was in as for what
 * came next. Then rare items are learned so fast that they have to shrink again: a strong weight
 * decay. */
struct size {
    int64_t events, each; /* from this many on */
    enum loss loss;
    enum windows windows;
    enum negatives draw;
    int32_t one_in; /* users has done more than is in sight */
    int32_t width, negatives, batch;
    int32_t epochs, steps; /* as many epochs as fit in the steps, but so many at least */
    int32_t patience;      /* 0 = to the end */
    double dropout, lr, lr_final, weight_decay, beta2, ema;
};
static const struct size sizes[] = {
    { .events = 0,
      .loss = LOSS_AUTO,
      .windows = WINDOWS_LAST,
      .draw = NEGATIVES_UNIFORM,
      .one_in = 20,
      .width = 32,
      .negatives = 2000,
      .batch = 16,
      .epochs = 200,
      .patience = 3,
      .dropout = 0.2,
      .lr = 0.003,
      .lr_final = 1,
      .weight_decay = 0.01,
      .beta2 = 0.98,
      .ema = 0.98 },
    { .events = 80000,
      .loss = LOSS_SAMPLED,
      .windows = WINDOWS_LAST,
      .draw = NEGATIVES_POPULAR,
      .one_in = 100,
      .width = 128,
      .negatives = 2000,
      .batch = 128,
      .epochs = 12,
      .steps = 2800,
      .dropout = 0.4,
      .lr = 0.003,
      .lr_final = 0.01,
      .weight_decay = 0.6,
      .beta2 = 0.999,
      .ema = 0.98 },
    { .events = 80000,
      .each = 20,
      .loss = LOSS_AUTO,
      .windows = WINDOWS_LAST,
      .draw = NEGATIVES_UNIFORM,
      .one_in = 20,
      .width = 64,
      .negatives = 2000,
      .batch = 32,
      .epochs = 200,
      .patience = 20,
      .dropout = 0.2,
      .lr = 0.001,
      .lr_final = 1,
      .weight_decay = 0.01,
      .beta2 = 0.98,
      .ema = 0.99 },
    { .events = 500000,
      .each = 50,
      .loss = LOSS_SAMPLED,
      .windows = WINDOWS_ANY,
      .draw = NEGATIVES_UNIFORM,
      .one_in = 20,
      .width = 128,
      .negatives = 1000,
      .batch = 32,
      .epochs = 8,
      .steps = 6850,
      .dropout = 0.2,
      .lr = 0.0015,
      .lr_final = 0.05,
      .weight_decay = 0.01,
      .beta2 = 0.98,
      .ema = 0.99 },
};

/* The last that fits. */
static const struct size *size_of(const struct dataset *dataset)
{
    const struct size *size = sizes;
    const int64_t events = dataset->n_events;

    for (size_t i = 1; i < sizeof sizes / sizeof *sizes; i++) {
        if (events >= sizes[i].events && events >= sizes[i].each * dataset->n_users)
            size = &sizes[i];
    }
    return size;
}

/* A step is made of users: where there are few of them, however much each has done, as many epochs
 * as fit into the steps would show the same few sequences thousands of times. */
enum { MAX_EPOCHS = 200 };

static int32_t epochs_of(const struct size *size, const struct dataset *dataset, int32_t batch)
{
    const int32_t steps_of_epoch = dataset->n_users / batch + 1;
    const int32_t fit = size->steps / steps_of_epoch;

    if (fit > MAX_EPOCHS) return MAX_EPOCHS;
    return fit > size->epochs ? fit : size->epochs;
}

static int compare_lengths(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The length that all but one in so many users stay below; 0 without memory. */
static int64_t usual_length(const struct dataset *dataset, size_t one_in)
{
    const size_t n = (size_t)dataset->n_users;
    int64_t *lengths = malloc((n + 1) * sizeof *lengths);
    int64_t usual = 0;

    if (!lengths) return 0;
    for (size_t u = 0; u < n; u++)
        lengths[u] = dataset->sequence[u + 1] - dataset->sequence[u];
    qsort(lengths, n, sizeof *lengths, compare_lengths);
    if (n > 0) usual = lengths[n - 1 - n / one_in];
    free(lengths);
    return usual;
}

static int32_t chosen(const struct parameters *parameters, const char *name, int32_t otherwise)
{
    const int32_t value = (int32_t)parameters_get(parameters, name);
    return value > 0 ? value : otherwise;
}

static void resolve_shape(struct shape *shape, const struct dataset *dataset,
                          const struct parameters *parameters)
{
    const int64_t usual = usual_length(dataset, (size_t)size_of(dataset)->one_in);
    const int32_t length = usual < 16 ? 16 : usual > 200 ? 200 : (int32_t)(usual + 7) / 8 * 8;

    *shape = (struct shape){ .n_items = dataset->n_items + 1,
                             .length = chosen(parameters, "length", length),
                             .width = chosen(parameters, "d", size_of(dataset)->width),
                             .blocks = (int32_t)parameters_get(parameters, "blocks") };
    shape->ffn_width = chosen(parameters, "inner", shape->width);
    shape->heads = chosen(parameters, "heads", shape->width >= 64 ? 2 : 1);
}

bool settings_resolve(struct settings *settings, const struct dataset *dataset,
                      const struct parameters *parameters, struct error *error)
{
    const struct size *size = size_of(dataset);
    const int32_t items = dataset->n_items;
    struct shape *shape = &settings->shape;

    memset(settings, 0, sizeof *settings);
    resolve_shape(shape, dataset, parameters);
    settings->loss = (enum loss)parameters_get(parameters, "loss");
    if (settings->loss == LOSS_AUTO) settings->loss = size->loss;
    if (settings->loss == LOSS_AUTO) settings->loss = items <= 20000 ? LOSS_SOFTMAX : LOSS_SAMPLED;
    settings->negatives = chosen(parameters, "negatives", size->negatives);
    if (settings->negatives > items) settings->negatives = items;
    settings->draw = (enum negatives)parameters_get(parameters, "draw");
    if (settings->draw == NEGATIVES_AUTO) settings->draw = size->draw;
    if (settings->draw == NEGATIVES_POPULAR && settings->negatives > items / 2)
        settings->negatives = items / 2 + 1; /* the rarest would take too many draws */
    settings->batch = chosen(parameters, "batch", size->batch);
    settings->warm_up = (int32_t)parameters_get(parameters, "warmup");
    settings->epochs = chosen(parameters, "epochs", epochs_of(size, dataset, settings->batch));
    settings->patience =
        chosen(parameters, "patience", size->patience > 0 ? size->patience : settings->epochs);
    settings->dropout = parameters_get(parameters, "dropout");
    if (settings->dropout < 0) settings->dropout = size->dropout;
    settings->lr = parameters_get(parameters, "rate");
    if (!(settings->lr > 0)) settings->lr = size->lr;
    settings->lr_final = parameters_get(parameters, "cool");
    if (settings->lr_final < 0) settings->lr_final = size->lr_final;
    settings->windows = (enum windows)parameters_get(parameters, "windows");
    if (settings->windows == WINDOWS_AUTO) settings->windows = size->windows;
    settings->weight_decay = parameters_get(parameters, "decay");
    if (settings->weight_decay < 0) settings->weight_decay = size->weight_decay;
    settings->beta2 = parameters_get(parameters, "beta2");
    if (settings->beta2 < 0) settings->beta2 = size->beta2;
    settings->ema = parameters_get(parameters, "average");
    if (settings->ema < 0) settings->ema = size->ema;
    settings->words = (int32_t)parameters_get(parameters, "words");
    settings->user_token = (int32_t)parameters_get(parameters, "who");
    settings->seed = parameters->seed;
    if (shape->width % 16 != 0 || shape->ffn_width % 16 != 0 ||
        shape->width % (16 * shape->heads) != 0)
        return error_set(error, ERROR_USAGE,
                         "d=%d, inner=%d, heads=%d: inner has to be a multiple of 16, and d of 16 "
                         "for each head",
                         shape->width, shape->ffn_width, shape->heads);
    return true;
}

struct cut settings_cut(const struct settings *settings)
{
    enum { SEQUENCES_OF_A_SHARD = 16, SHARDS = 8 };
    const int32_t length = settings->shape.length, items = settings->shape.n_items - 1;
    const int32_t per_row = settings->loss == LOSS_PAIRWISE ? 2 : 1;
    const int32_t user_token =
        settings->shape.n_segments > 0 ? settings->batch * settings->user_token : 0;
    /* Activations kept for the backward pass should fit in the L2 cache; a softmax uses that for
     * its scores, and needs many rows for each pass over the catalogue. */
    const int32_t micro_batch_rows = settings->loss == LOSS_PAIRWISE ? 256 : 768;
    struct cut cut = { .sequences = settings->batch + user_token,
                       .rows = settings->batch * length + user_token,
                       .micro_batch_rows = length > micro_batch_rows ? length : micro_batch_rows,
                       .compact = settings->loss != LOSS_SOFTMAX };

    cut.candidates = settings->loss == LOSS_SOFTMAX   ? items
                     : settings->loss == LOSS_SAMPLED ? settings->negatives
                                                      : 0;
    const int64_t touched = (int64_t)cut.rows * (per_row + 1) + cut.candidates + 1;
    cut.slots = cut.compact && touched < items + 1 ? (int32_t)touched : items + 1;
    if (settings->shape.n_tokens > settings->shape.n_segments)
        cut.slots += settings->batch; /* query embeddings */
    if (settings->shape.n_segments > 0) cut.slots += settings->batch + user_token; /* user tokens */
    cut.shards = settings->batch / SEQUENCES_OF_A_SHARD;
    cut.shards = cut.shards < 2 ? 2 : cut.shards > SHARDS ? SHARDS : cut.shards;
    return cut;
}
