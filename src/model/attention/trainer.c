/* trainer.c - making the state of a training. */
#include "trainer.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The networks: weights, moments, running mean, best. False without memory. */
static bool place_parameters(struct trainer *trainer, const struct shape *shape)
{
    struct network *all[] = { &trainer->weights, &trainer->first, &trainer->second, &trainer->best,
                              &trainer->mean };
    const int n = trainer->settings.ema > 0 ? 5 : 4;

    network_place(&trainer->weights, shape, NULL);
    const size_t size = trainer->weights.n;
    trainer->parameters = floats_new(size * (size_t)n);
    if (!trainer->parameters) return false;
    for (int i = 0; i < n; i++)
        network_place(all[i], shape, trainer->parameters + size * (size_t)i);
    if (n < 5) trainer->mean = trainer->weights;
    return true;
}

/* Gradients have a row for each slot, and none for words: theirs follow from the slots'. */
static bool place_gradients(struct trainer *trainer, const struct shape *shape)
{
    struct shape by_slot = *shape;

    by_slot.n_items = trainer->cut.slots;
    by_slot.n_tokens = 0;
    network_place(&trainer->gradient, &by_slot, NULL);
    const size_t size = trainer->gradient.n;
    trainer->gradients = floats_new(size * (size_t)(trainer->cut.shards + 1));
    trainer->zeros = floats_new((size_t)shape->width);
    trainer->word_gradient = floats_new((size_t)shape->n_tokens * (size_t)shape->width);
    trainer->touched = calloc((size_t)trainer->cut.slots + 1, (size_t)trainer->cut.shards);
    if (!trainer->gradients || !trainer->zeros || !trainer->word_gradient || !trainer->touched)
        return false;
    network_place(&trainer->gradient, &by_slot, trainer->gradients);
    for (int32_t s = 0; s < trainer->cut.shards; s++)
        network_place(&trainer->shard[s], &by_slot, trainer->gradients + size * (size_t)(s + 1));
    return true;
}

static bool place_transposed(struct trainer *trainer, const struct shape *shape)
{
    const size_t d = (size_t)shape->width, f = (size_t)shape->ffn_width;
    struct plan plan = { .base = floats_new((size_t)shape->blocks * (4 * d * d + 2 * d * f)) };

    trainer->transposed_keys = plan.base;
    for (int32_t b = 0; plan.base && b < shape->blocks; b++) {
        trainer->transposed[b].qkv = plan_take(&plan, 3 * d * d);
        trainer->transposed[b].out = plan_take(&plan, d * d);
        trainer->transposed[b].ffn_up = plan_take(&plan, d * f);
        trainer->transposed[b].ffn_down = plan_take(&plan, d * f);
    }
    return plan.base;
}

static bool place_tables(struct trainer *trainer, const struct shape *shape)
{
    const size_t d = (size_t)shape->width, slots = (size_t)trainer->cut.slots;
    const int32_t candidates = trainer->cut.candidates;

    if (trainer->cut.compact || shape->n_tokens > 0)
        trainer->table = floats_new(slots * d);
    else
        trainer->table = trainer->weights.item;
    trainer->panels = floats_new((size_t)panels_width(trainer->kernels, candidates) * d + 16);
    if (trainer->settings.loss == LOSS_SAMPLED)
        trainer->offset = floats_new((size_t)candidates + 64);
    return trainer->table && trainer->panels &&
           (trainer->settings.loss != LOSS_SAMPLED || trainer->offset);
}

static bool make_activations(struct trainer *trainer, const struct shape *shape)
{
    trainer->n_workers = trainer->threads > 0 ? trainer->threads : parallel_threads();
    if (trainer->n_workers > trainer->cut.shards) trainer->n_workers = trainer->cut.shards;
    trainer->activations = calloc((size_t)trainer->n_workers, sizeof *trainer->activations);
    for (int w = 0; trainer->activations && w < trainer->n_workers; w++) {
        if (progress_cancelled(trainer->progress) ||
            !activations_init(&trainer->activations[w], shape, trainer->cut.micro_batch_rows,
                              trainer->cut.candidates, true))
            return false;
    }
    return trainer->activations;
}

static bool make_batch(struct trainer *trainer, const struct shape *shape)
{
    const struct cut *cut = &trainer->cut;

    trainer->micro_batch_loss = calloc((size_t)cut->sequences + 1, sizeof(double));
    trainer->slot_item = malloc(((size_t)cut->slots + 1) * sizeof(int32_t));
    if (cut->compact) {
        trainer->slot_of = malloc(((size_t)shape->n_items + 1) * sizeof(int32_t));
        trainer->seen = calloc((size_t)shape->n_items / 8 + 1, 1);
        if (!trainer->slot_of || !trainer->seen) return false;
        for (int32_t i = 0; i < shape->n_items; i++)
            trainer->slot_of[i] = -1;
    }
    return trainer->micro_batch_loss && trainer->slot_item &&
           batch_init(&trainer->batch, cut->sequences, cut->rows, shape->n_time_buckets > 0, true);
}

/* Of a softmax over all items: cold items are no candidates. */
static bool spare_cold_items(struct trainer *trainer)
{
    const int32_t n = trainer->cut.candidates;

    if (trainer->settings.loss != LOSS_SOFTMAX || trainer->n_by_words == 0) return true;
    trainer->offset = floats_new((size_t)n + 64);
    for (int32_t i = 0; trainer->offset && i < n; i++)
        trainer->offset[i] = trainer_knows_by_words(trainer, i) ? -INFINITY : 0;
    return trainer->offset;
}

/* Room for the tokens of a batch's query embeddings and user tokens. */
static bool make_query_embeddings(struct trainer *trainer)
{
    const size_t batch = (size_t)trainer->settings.batch,
                 max = (size_t)trainer->segment_membership.max;
    const size_t user_token = max > 0 ? batch * (1 + (size_t)trainer->settings.user_token) : 0;

    if (trainer->settings.shape.n_tokens == 0) return true;
    trainer->query_start = calloc(batch + user_token + 1, sizeof(int32_t));
    trainer->query_token = malloc((batch * QUERY_TOKENS + user_token * max) * sizeof(int32_t));
    return trainer->query_start && trainer->query_token;
}

/* Who bought what. */
static bool make_words(struct trainer *trainer)
{
    const struct sequences *sequences = trainer->sequences;

    if (trainer->words.n_tokens == 0) return true;
    trainer->bought = calloc((size_t)trainer->settings.shape.n_items / 8 + 1, 1);
    if (!trainer->bought) return false;
    for (int32_t u = 0; u < sequences->n; u++) {
        const int32_t *item = sequences->item + sequences->start[u];
        for (int64_t e = 0; e < sequence_trained(sequences, u); e++)
            trainer->bought[item[e] / 8] |= (uint8_t)(1U << item[e] % 8);
    }
    for (int32_t i = 0; i < trainer->words.n_items; i++)
        trainer->n_by_words += trainer_knows_by_words(trainer, i);
    return spare_cold_items(trainer);
}

/* All users with events. */
static bool make_order(struct trainer *trainer)
{
    const struct sequences *sequences = trainer->sequences;

    trainer->order = malloc(((size_t)sequences->n + 1) * sizeof(int32_t));
    if (!trainer->order) return false;
    for (int32_t u = 0; u < sequences->n; u++) {
        const int64_t own = sequence_trained(sequences, u);
        if (own == 0) continue;
        trainer->order[trainer->n_trained++] = u;
        trainer->n_rows += trainer_rows(trainer, u);
    }
    return true;
}

bool trainer_init(struct trainer *trainer, const struct settings *settings,
                  const struct sequences *sequences, const struct words *words,
                  const struct segment_membership *segment_membership, int threads,
                  struct progress *progress, struct error *error)
{
    const struct shape *shape = &settings->shape;
    const size_t epochs = (size_t)settings->epochs + 1;

    *trainer = (struct trainer){ .settings = *settings,
                                 .cut = settings_cut(settings),
                                 .words = *words,
                                 .segment_membership = *segment_membership,
                                 .kernels = float_kernels(),
                                 .threads = threads,
                                 .progress = progress,
                                 .sequences = sequences,
                                 .best_ndcg = -1 };
    trainer->loss_curve = calloc(epochs, sizeof(double));
    trainer->ndcg_curve = calloc(epochs, sizeof(double));
    if (trainer->loss_curve && trainer->ndcg_curve && place_parameters(trainer, shape) &&
        place_gradients(trainer, shape) && place_transposed(trainer, shape) &&
        place_tables(trainer, shape) && make_activations(trainer, shape) &&
        make_batch(trainer, shape) && make_order(trainer) && make_query_embeddings(trainer) &&
        make_words(trainer) && negatives_init(trainer, sequences))
        return true;
    trainer_fini(trainer);
    return error_memory(error, "the training");
}

void trainer_begin(struct trainer *trainer)
{
    const size_t all = (size_t)(trainer->settings.ema > 0 ? 5 : 4) * trainer->weights.n;
    const size_t bytes = trainer->weights.n * sizeof(float);

    memset(trainer->parameters, 0, all * sizeof(float));
    network_draw(&trainer->weights, trainer->settings.seed);
    trainer_clear_cold_items(trainer);
    memcpy(trainer->best.item, trainer->weights.item, bytes);
    if (trainer->mean.item != trainer->weights.item)
        memcpy(trainer->mean.item, trainer->weights.item, bytes);
    trainer->epoch = trainer->best_epoch = 0;
    trainer->step = 0;
    trainer->best_ndcg = -1;
}

void trainer_fini(struct trainer *trainer)
{
    if (trainer->table != trainer->weights.item) free(trainer->table);
    for (int w = 0; trainer->activations && w < trainer->n_workers; w++)
        activations_fini(&trainer->activations[w]);
    free(trainer->activations);
    free(trainer->parameters);
    free(trainer->gradients);
    free(trainer->zeros);
    free(trainer->touched);
    free(trainer->word_gradient);
    free(trainer->transposed_keys);
    free(trainer->panels);
    free(trainer->offset);
    batch_fini(&trainer->batch);
    free(trainer->micro_batch_loss);
    free(trainer->slot_item);
    free(trainer->slot_of);
    free(trainer->seen);
    free(trainer->alias_chance);
    free(trainer->frequency);
    free(trainer->alias);
    free(trainer->order);
    free(trainer->query_start);
    free(trainer->query_token);
    free(trainer->bought);
    free(trainer->loss_curve);
    free(trainer->ndcg_curve);
    *trainer = (struct trainer){ 0 };
}

/* Integers of a batch, with targets. */
static int64_t batch_integers(const struct settings *settings, const struct cut *cut)
{
    return (int64_t)cut->rows * (settings->shape.n_time_buckets > 0 ? 5 : 4) +
           3 * (int64_t)cut->sequences;
}

int64_t trainer_memory(const struct settings *settings, int64_t n_users, int64_t n_events,
                       int threads)
{
    const struct cut cut = settings_cut(settings);
    const struct shape *shape = &settings->shape;
    const size_t d = (size_t)shape->width;
    const bool table = cut.compact || shape->n_tokens > 0,
               drawn = settings->draw == NEGATIVES_POPULAR;
    struct shape by_slot = *shape;
    struct network all, slots;
    int workers = threads > 0 ? threads : parallel_threads();

    by_slot.n_items = cut.slots;
    by_slot.n_tokens = 0;
    network_place(&all, shape, NULL);
    network_place(&slots, &by_slot, NULL);
    if (workers > cut.shards) workers = cut.shards;
    /* The model is one network more. */
    const size_t floats =
        all.n * (settings->ema > 0 ? 6 : 5) + slots.n * (size_t)(cut.shards + 1) +
        ((table ? (size_t)cut.slots : 0) + (size_t)cut.candidates + (size_t)shape->n_tokens) * d +
        (size_t)shape->blocks * (4 * d * d + 2 * d * (size_t)shape->ffn_width) +
        (size_t)workers * activations_floats(shape, cut.micro_batch_rows, cut.candidates, true);
    const int64_t sequences =
        n_users * (int64_t)(sizeof(int64_t) + sizeof(int32_t)) +
        n_events * (int64_t)(sizeof(int32_t) + (shape->n_time_buckets > 0 ? sizeof(uint8_t) : 0));
    const int64_t items =
        (int64_t)shape->n_items * ((cut.compact ? 4 : 0) + (drawn ? 20 : 0)) + cut.slots * 4;
    return (int64_t)(floats * sizeof(float)) + sequences + items +
           batch_integers(settings, &cut) * (int64_t)sizeof(int32_t) +
           validation_memory(settings, n_users, n_events, threads);
}
