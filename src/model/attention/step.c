/* step.c - one step of training: a batch, its gradient, the update. */
#include "trainer.h"

#include "aisle/parallel.h"

#include <math.h>
#include <string.h>

/* ----------------------------------------------------------------------------------- the batch */

/* Streams of random numbers, each for one use. */
enum {
    STREAM_ORDER = 2,
    STREAM_NEGATIVES = 3,
    STREAM_DROPOUT = 4,
    STREAM_WINDOWS = 5,
    STREAM_WORDS = 6,
    STREAM_USER_TOKENS = 7
};

static void stream(const struct trainer *trainer, struct rng *rng, uint64_t use, int64_t number)
{
    rng_init_stream(rng, trainer->settings.seed, rng_mix(use << 56 ^ (uint64_t)number));
}

void trainer_shuffle(struct trainer *trainer)
{
    struct rng rng;
    int32_t n = 0;

    for (int32_t u = 0; u < trainer->sequences->n; u++) {
        if (sequence_trained(trainer->sequences, u) > 0) trainer->order[n++] = u;
    }
    stream(trainer, &rng, STREAM_ORDER, trainer->epoch);
    rng_shuffle(&rng, trainer->order, n);
}

/* The slot of an item in this batch, given on first sight. */
static int32_t slot_for(struct trainer *trainer, int32_t item, int32_t *n_slots)
{
    if (!trainer->slot_of) return item;
    if (trainer->slot_of[item] < 0) {
        trainer->slot_item[*n_slots] = item;
        trainer->slot_of[item] = (*n_slots)++;
    }
    return trainer->slot_of[item];
}

/* Questions come behind all items: their slots, until now counted from n_items on. */
static void place_query_embeddings(struct trainer *trainer, int32_t first)
{
    struct batch *batch = &trainer->batch;
    const int32_t n_items = trainer->settings.shape.n_items;

    for (int32_t s = 0; s < batch->n_sequences; s++) {
        const int32_t begin = batch->start[s], last = batch->start[s + 1] - 1;
        if (batch->slot[begin] >= n_items) batch->slot[begin] += first - n_items;
        if (last > begin && batch->slot[last] >= n_items) batch->slot[last] += first - n_items;
    }
    trainer->n_slots = first + trainer->n_query_embeddings;
}

/* Items of the rows to slots; for pairs, a negative for each row that is not its target. */
static void give_slots(struct trainer *trainer, struct rng *rng)
{
    struct batch *batch = &trainer->batch;
    int32_t n_slots = trainer->cut.candidates;

    for (int32_t row = 0; row < batch->n_rows; row++) {
        const int32_t target = batch->target[row], item = batch->slot[row];
        if (item < trainer->settings.shape.n_items)
            batch->slot[row] = slot_for(trainer, item, &n_slots);
        batch->target[row] = slot_for(trainer, target, &n_slots);
        if (trainer->settings.loss != LOSS_PAIRWISE) continue;
        int32_t negative = negatives_sample(trainer, rng);
        for (int tries = 0;
             (negative == target || trainer_knows_by_words(trainer, negative)) && tries < 8;
             tries++)
            negative = negatives_sample(trainer, rng);
        batch->negative[row] = slot_for(trainer, negative, &n_slots);
    }
    if (trainer->n_query_embeddings > 0)
        slot_for(trainer, trainer->settings.shape.n_items - 1, &n_slots);
    place_query_embeddings(trainer, trainer->slot_of ? n_slots : trainer->settings.shape.n_items);
}

static void forget_slots(struct trainer *trainer)
{
    for (int32_t s = 0; trainer->slot_of && s < trainer->n_slots - trainer->n_query_embeddings; s++)
        trainer->slot_of[trainer->slot_item[s]] = -1;
    trainer->n_slots = trainer->n_query_embeddings = 0;
}

int32_t trainer_user_tokens(const struct trainer *trainer, int32_t user)
{
    const int64_t few = (sequence_trained(trainer->sequences, user) + 3) / 4;

    if (segment_membership_count(&trainer->segment_membership, user) == 0) return 0;
    return few < trainer->settings.user_token ? (int32_t)few : trainer->settings.user_token;
}

int64_t trainer_rows(const struct trainer *trainer, int32_t user)
{
    const int64_t own = sequence_trained(trainer->sequences, user);
    const int32_t length = trainer->settings.shape.length;

    return (own < length ? own : length) + trainer_user_tokens(trainer, user);
}

static const double user_token_share = 0.25; /* of sequences that begin with a user token */

/* The user token as a sequence of its own with any purchase as target: what users like them buy,
 * not only what they buy first. */
static void add_user_tokens(struct trainer *trainer, int32_t user, struct rng *rng)
{
    const struct sequences *sequences = trainer->sequences;
    const struct shape *shape = &trainer->settings.shape;
    const uint32_t n = (uint32_t)sequence_trained(sequences, user);

    for (int32_t r = trainer_user_tokens(trainer, user); r > 0; r--) {
        const int32_t step = trainer_draw_user_token(trainer, user, rng);
        const int32_t *item = sequences->item + sequences->start[user] + rng_below(rng, n);
        batch_add(&trainer->batch, shape, item, NULL, 1, shape->n_items + step, -1, true);
    }
}

void trainer_fill(struct trainer *trainer, int32_t from, int32_t n)
{
    const struct sequences *sequences = trainer->sequences;
    const struct shape *shape = &trainer->settings.shape;
    const int32_t n_items = shape->n_items;
    struct rng rng, words, user_token;

    forget_slots(trainer);
    batch_clear(&trainer->batch);
    stream(trainer, &rng, STREAM_WINDOWS, trainer->step);
    stream(trainer, &words, STREAM_WORDS, trainer->step);
    stream(trainer, &user_token, STREAM_USER_TOKENS, trainer->step);
    trainer->id_dropped = rng_next(&words);
    for (int32_t i = from; i < from + n; i++) {
        const int32_t u = trainer->order[i];
        const int64_t at = sequences->start[u];
        int64_t end = sequence_trained(sequences, u);
        if (trainer->settings.windows == WINDOWS_ANY && end > shape->length &&
            rng_below(&rng, 2) == 0)
            end -= rng_below(&rng, (uint32_t)(end - shape->length + 1));
        const int32_t query_embedding =
            trainer_draw_query(trainer, sequences->item + at, &end, &words);
        const bool begins =
            end + (query_embedding >= 0) <= shape->length; /* and not out of sight */
        const int32_t step = begins && rng_unit(&user_token) < user_token_share
                                 ? trainer_draw_user_token(trainer, u, &user_token)
                                 : -1;
        batch_add(&trainer->batch, shape, sequences->item + at,
                  sequences->time_bucket ? sequences->time_bucket + at : NULL, end,
                  step < 0 ? n_items - 1 : n_items + step,
                  query_embedding < 0 ? -1 : n_items + query_embedding, true);
        add_user_tokens(trainer, u, &user_token);
    }
    batch_cut(&trainer->batch, trainer->cut.micro_batch_rows, trainer->cut.shards);
    stream(trainer, &rng, STREAM_NEGATIVES, trainer->step);
    if (trainer->settings.loss == LOSS_SAMPLED) negatives_draw(trainer, &rng);
    give_slots(trainer, &rng);
}

/* --------------------------------------------------------------------------------- the gradient */

enum { SLOTS_AT_ONCE = 256 };

static void fill_table(void *context, size_t begin, size_t end, int worker)
{
    struct trainer *trainer = context;

    (void)worker;
    trainer_fill_table(trainer, (int32_t)begin, (int32_t)end);
}

static void fill_panels(void *context, size_t begin, size_t end, int worker)
{
    struct trainer *trainer = context;

    (void)worker;
    panels_fill(trainer->kernels, trainer->table, trainer->settings.shape.width,
                trainer->cut.candidates, (int32_t)begin, (int32_t)end, trainer->panels);
}

static void transpose_weights(struct trainer *trainer)
{
    const struct float_kernels *k = trainer->kernels;
    const int32_t d = trainer->settings.shape.width, f = trainer->settings.shape.ffn_width;

    for (int32_t b = 0; b < trainer->settings.shape.blocks; b++) {
        const struct block *block = &trainer->weights.block[b];
        const struct transposed *to = &trainer->transposed[b];
        k->transpose(d, 3 * d, block->qkv, 3 * (size_t)d, to->qkv, (size_t)d);
        k->transpose(d, d, block->out, (size_t)d, to->out, (size_t)d);
        k->transpose(d, f, block->ffn_up, (size_t)f, to->ffn_up, (size_t)d);
        k->transpose(f, d, block->ffn_down, (size_t)d, to->ffn_down, (size_t)f);
    }
}

struct work { /* of the workers in a step */
    struct trainer *trainer;
    struct pass pass;
};

/* Where the part begins that all networks have alike: behind the vectors of items and words. */
static size_t rest_of(const struct network *network, const float *base)
{
    return (size_t)(network->time_bucket - base);
}

int32_t trainer_dense(const struct trainer *trainer)
{
    return trainer->settings.loss == LOSS_PAIRWISE ? 0 : trainer->cut.candidates;
}

static void touch(struct network *shard, uint8_t *touched, int32_t slot)
{
    const size_t d = (size_t)shard->shape.width;

    if (touched[slot]) return;
    touched[slot] = 1;
    memset(shard->item + (size_t)slot * d, 0, d * sizeof(float));
}

/* Zeros, where something will be added: a shard sees few of a large catalogue. */
static void clear_shard(struct trainer *trainer, int32_t s)
{
    const struct batch *batch = &trainer->batch;
    const int32_t dense = trainer_dense(trainer);
    struct network *shard = &trainer->shard[s];
    uint8_t *touched = trainer->touched + (size_t)s * (size_t)trainer->cut.slots;

    memset(touched, 0, (size_t)trainer->n_slots);
    memset(touched, 1, (size_t)dense);
    memset(shard->item, 0, (size_t)dense * (size_t)shard->shape.width * sizeof(float));
    for (int32_t row = batch->start[batch->micro_batch[batch->shard[s]]];
         row < batch->start[batch->micro_batch[batch->shard[s + 1]]]; row++) {
        touch(shard, touched, batch->slot[row]);
        touch(shard, touched, batch->target[row]);
        if (trainer->settings.loss == LOSS_PAIRWISE) touch(shard, touched, batch->negative[row]);
    }
    memset(shard->time_bucket, 0, (shard->n - rest_of(shard, shard->item)) * sizeof(float));
}

static void compute_shards(void *context, size_t begin, size_t end, int worker)
{
    const struct work *work = context;
    struct trainer *trainer = work->trainer;
    const struct pass *pass = &work->pass;
    struct activations *activations = &trainer->activations[worker];
    const unsigned before = flush_small_numbers();

    for (size_t s = begin; s < end; s++) {
        struct network *shard = &trainer->shard[s];
        clear_shard(trainer, (int32_t)s);
        for (int32_t p = pass->batch->shard[s]; p < pass->batch->shard[s + 1]; p++) {
            if (progress_cancelled(trainer->progress)) break;
            network_forward(pass, activations, p);
            trainer->micro_batch_loss[p] = trainer->settings.loss == LOSS_PAIRWISE
                                               ? loss_pairwise(pass, activations, p, shard)
                                               : loss_softmax(pass, activations, p, shard);
            network_backward(pass, activations, p, shard);
        }
    }
    flush_restore(before);
}

bool trainer_gradient(struct trainer *trainer, double *loss)
{
    const int32_t panels =
        panels_width(trainer->kernels, trainer->cut.candidates) / trainer->kernels->panel;
    struct rng rng;

    stream(trainer, &rng, STREAM_DROPOUT, trainer->step);
    struct work work = { .trainer = trainer,
                         .pass = { .kernels = trainer->kernels,
                                   .network = &trainer->weights,
                                   .transposed = trainer->transposed,
                                   .batch = &trainer->batch,
                                   .table = trainer->table,
                                   .n_candidates = trainer->cut.candidates,
                                   .panels = trainer->panels,
                                   .offset = trainer->offset,
                                   .share = 1 / (float)trainer->batch.n_rows,
                                   .dropout = trainer->settings.dropout,
                                   .key = rng_next(&rng),
                                   .progress = trainer->progress } };
    if (trainer->table != trainer->weights.item &&
        !parallel_for(trainer->threads, (size_t)trainer->n_slots, SLOTS_AT_ONCE, fill_table,
                      trainer, NULL))
        return false;
    parallel_for(trainer->threads, (size_t)panels, 16, fill_panels, trainer, NULL);
    transpose_weights(trainer);
    parallel_for(trainer->n_workers, (size_t)trainer->batch.n_shards, 1, compute_shards, &work,
                 NULL);
    if (progress_cancelled(trainer->progress)) return false;
    *loss = 0;
    for (int32_t p = 0; p < trainer->batch.n_micro_batches; p++)
        *loss += trainer->micro_batch_loss[p];
    return true;
}
