/* update.c - from the shards' gradients to new weights: sums in the order of shards, then AdamW.
 *
 * Pieces of parameters go to any worker: each is summed and updated by itself, so that the result
 * does not depend on who does it.
 */
#include "trainer.h"

#include "aisle/parallel.h"

#include <math.h>
#include <string.h>

enum { PIECE = 2048, ROWS_AT_ONCE = 64, COLUMNS_AT_ONCE = 16 };

struct update {
    struct trainer *trainer;
    struct adam adam;
};

/* to (n) = the sum of the shards at the same place. `offset` counts from the shard's base. */
static void sum_shards(const struct trainer *trainer, size_t offset, size_t n)
{
    float *to = trainer->gradient.item + offset;
    const int32_t shards = trainer->batch.n_shards;

    if (shards == 0) {
        memset(to, 0, n * sizeof *to);
        return;
    }
    memcpy(to, trainer->shard[0].item + offset, n * sizeof *to);
    for (int32_t s = 1; s < shards; s++)
        trainer->kernels->add_scaled((int32_t)n, 1, trainer->shard[s].item + offset, to);
}

/* One slot's: those shards that have something for it. */
static void sum_slot(const struct trainer *trainer, size_t slot)
{
    const size_t d = (size_t)trainer->settings.shape.width, slots = (size_t)trainer->cut.slots;
    float *to = trainer->gradient.item + slot * d;
    bool some = false;

    for (int32_t s = 0; s < trainer->batch.n_shards; s++) {
        const float *from = trainer->shard[s].item + slot * d;
        if (!trainer->touched[(size_t)s * slots + slot]) continue;
        if (some)
            trainer->kernels->add_scaled((int32_t)d, 1, from, to);
        else
            memcpy(to, from, d * sizeof *to);
        some = true;
    }
    if (!some) memset(to, 0, d * sizeof *to);
}

static void sum_slots(void *context, size_t begin, size_t end, int worker)
{
    const struct update *update = context;
    const size_t d = (size_t)update->trainer->settings.shape.width;
    const size_t dense = (size_t)trainer_dense(update->trainer);
    const size_t all = dense < begin ? begin : dense < end ? dense : end; /* [begin, all) */

    (void)worker;
    if (progress_cancelled(update->trainer->progress)) return;
    if (all > begin) sum_shards(update->trainer, begin * d, (all - begin) * d);
    for (size_t slot = all; slot < end; slot++)
        sum_slot(update->trainer, slot);
}

/* Moves n parameters that begin at `at` of each network. */
static void move(const struct update *update, size_t at, size_t n, const float *gradient)
{
    struct trainer *trainer = update->trainer;

    trainer->kernels->adam(n, &update->adam, trainer->weights.item + at, trainer->first.item + at,
                           trainer->second.item + at, gradient,
                           trainer->mean.item == trainer->weights.item ? NULL
                                                                       : trainer->mean.item + at);
}

static void move_items(void *context, size_t begin, size_t end, int worker)
{
    const struct update *update = context;
    const struct trainer *trainer = update->trainer;
    const size_t d = (size_t)trainer->settings.shape.width;
    const unsigned before = flush_small_numbers();

    (void)worker;
    for (size_t i = begin; i < end && !progress_cancelled(trainer->progress); i++) {
        const int32_t slot = trainer->slot_of ? trainer->slot_of[i] : (int32_t)i;
        const bool learns = slot >= 0 && !trainer_slot(trainer, slot).id_dropped;
        move(update, i * d, d, learns ? trainer->gradient.item + (size_t)slot * d : trainer->zeros);
    }
    flush_restore(before);
}

/* The part that all networks have alike, in pieces. */
static void move_rest(void *context, size_t begin, size_t end, int worker)
{
    const struct update *update = context;
    const struct trainer *trainer = update->trainer;
    const size_t here = (size_t)(trainer->weights.time_bucket - trainer->weights.item);
    const size_t there = (size_t)(trainer->gradient.time_bucket - trainer->gradient.item);
    const unsigned before = flush_small_numbers();

    (void)worker;
    sum_shards(trainer, there + begin, end - begin);
    move(update, here + begin, end - begin, trainer->gradient.item + there + begin);
    flush_restore(before);
}

/* Words: what their items' and query embeddings' vectors received, for some columns of all words.
 */
static void sum_words(void *context, size_t begin, size_t end, int worker)
{
    const struct update *update = context;
    const struct trainer *trainer = update->trainer;
    const size_t d = (size_t)trainer->settings.shape.width;
    const int32_t n = (int32_t)(end - begin);

    (void)worker;
    for (int32_t t = 0; t < trainer->settings.shape.n_tokens; t++)
        memset(trainer->word_gradient + (size_t)t * d + begin, 0, (size_t)n * sizeof(float));
    for (int32_t s = 0; s < trainer->n_slots; s++) {
        const struct slot_parts parts = trainer_slot(trainer, s);
        const float *from = trainer->gradient.item + (size_t)s * d + begin;
        for (int32_t t = 0; t < parts.n; t++)
            trainer->kernels->add_scaled(n, 1 / (float)parts.n, from,
                                         trainer->word_gradient + (size_t)parts.token[t] * d +
                                             begin);
    }
}

/* A question and a user token begin with the vector of the BOS vector. */
static void sum_query_embeddings(struct trainer *trainer)
{
    const int32_t bos = trainer->settings.shape.n_items - 1;
    const size_t d = (size_t)trainer->settings.shape.width;
    const int32_t slot = trainer->slot_of ? trainer->slot_of[bos] : bos;

    for (int32_t s = trainer->n_slots - trainer->n_query_embeddings; s < trainer->n_slots; s++)
        trainer->kernels->add_scaled((int32_t)d, 1, trainer->gradient.item + (size_t)s * d,
                                     trainer->gradient.item + (size_t)slot * d);
}

static void move_words(void *context, size_t begin, size_t end, int worker)
{
    const struct update *update = context;
    const struct trainer *trainer = update->trainer;
    const unsigned before = flush_small_numbers();

    (void)worker;
    move(update, (size_t)(trainer->weights.token - trainer->weights.item) + begin, end - begin,
         trainer->word_gradient + begin);
    flush_restore(before);
}

static struct adam adam_of(const struct trainer *trainer)
{
    const struct settings *settings = &trainer->settings;
    const double step = (double)trainer->step + 1, beta1 = 0.9, beta2 = settings->beta2;
    const double warm = settings->warm_up > 0 ? step / settings->warm_up : 1;
    const double steps =
        (double)((trainer->n_trained + settings->batch - 1) / settings->batch) * settings->epochs;
    const double cosine = (1 + cos(acos(-1) * fmin(step / steps, 1))) / 2;
    const double rate = settings->lr * (warm < 1 ? warm : 1) *
                        (settings->lr_final + (1 - settings->lr_final) * cosine);
    const double young = (1 + step) / (10 + step); /* the first means follow the weights closely */

    return (struct adam){ .rate = (float)rate,
                          .beta1 = (float)beta1,
                          .beta2 = (float)beta2,
                          .epsilon = 1e-8F,
                          .correct1 = (float)(1 / (1 - pow(beta1, step))),
                          .correct2 = (float)(1 / (1 - pow(beta2, step))),
                          .decay = (float)(rate * settings->weight_decay),
                          .ema = (float)(young < settings->ema ? young : settings->ema) };
}

bool trainer_update(struct trainer *trainer)
{
    struct update update = { .trainer = trainer, .adam = adam_of(trainer) };
    const struct shape *shape = &trainer->settings.shape;
    const size_t d = (size_t)shape->width;
    const size_t rest =
        trainer->weights.n - (size_t)(trainer->weights.time_bucket - trainer->weights.item);
    const int threads = trainer->threads;

    parallel_for(threads, (size_t)trainer->n_slots, ROWS_AT_ONCE, sum_slots, &update, NULL);
    sum_query_embeddings(trainer);
    parallel_for(threads, (size_t)shape->n_items, ROWS_AT_ONCE, move_items, &update, NULL);
    parallel_for(threads, rest, PIECE, move_rest, &update, NULL);
    if (shape->n_tokens > 0) {
        parallel_for(threads, d, COLUMNS_AT_ONCE, sum_words, &update, NULL);
        parallel_for(threads, (size_t)shape->n_tokens * d, PIECE, move_words, &update, NULL);
    }
    trainer->step++;
    return !progress_cancelled(trainer->progress);
}
