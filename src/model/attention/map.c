/* map.c - the attention weights of a shopper's newest event, as the network computes them. */
#include "attention.h"

#include <stdlib.h>
#include <string.h>

/* The shopper's sequence as the only one of a batch; the query embedding, if any, at its end, and
 * the user token, if used, in place of BOS. */
static bool make_batch(const struct attention *attention, const struct history *history, bool asks,
                       bool user_token, struct batch *batch)
{
    const struct shape *shape = &attention->network.shape;
    uint8_t *time_buckets = malloc((size_t)history->n + 1);
    int64_t before = MOMENT_NONE;

    if (!time_buckets || !batch_init(batch, 1, shape->length, shape->n_time_buckets > 0, false)) {
        free(time_buckets);
        return false;
    }
    for (int32_t e = 0; e < history->n; e++) {
        time_buckets[e] = time_bucket_of(before, history->time[e]);
        before = history->time[e];
    }
    batch_clear(batch);
    batch_add(batch, shape, history->item, time_buckets, history->n,
              user_token ? shape->n_items + 1 : shape->n_items - 1, asks ? shape->n_items : -1,
              false);
    batch_cut(batch, batch->n_rows, 1);
    free(time_buckets);
    return true;
}

/* Events in sight, the newest last: those of the history's end, before them the BOS vector or who
 * it is, behind them what is asked for. */
static void name_events(struct attention_map *map, const struct history *history, bool asks,
                        bool user_token)
{
    for (int32_t i = 0; i < map->n; i++) {
        const int32_t e = history->n + asks - map->n + i;
        const bool event = e >= 0 && e < history->n;
        map->item[i] = event        ? history->item[e]
                       : e >= 0     ? ATTENTION_ASKED
                       : user_token ? ATTENTION_WHO
                                    : -1;
        map->time[i] = event ? history->time[e] : MOMENT_NONE;
    }
}

/* The last row of each head's probabilities. */
static void take_weights(struct attention_map *map, const struct activations *activations)
{
    const size_t n = (size_t)map->n, length = (size_t)padded(map->n);

    for (int32_t b = 0; b < map->blocks; b++) {
        for (int32_t h = 0; h < map->heads; h++) {
            const float *head = activations->block[b].probability + (size_t)h * n * length;
            memcpy(map->weights + ((size_t)b * (size_t)map->heads + (size_t)h) * n,
                   head + (n - 1) * length, n * sizeof(float));
        }
    }
}

struct attention_map *attention_weights(const struct model *model, const struct shopper *shopper,
                                        struct error *error)
{
    const struct attention *attention = (const struct attention *)model;
    const struct shape *shape = &attention->network.shape;
    struct history history = { 0 };
    struct batch batch = { 0 };
    struct activations activations = { 0 };
    struct attention_map *map = NULL;
    float *query_embedding = floats_new(2 * (size_t)shape->width);

    if (!history_init(&history, attention, shopper, error)) goto out;
    const bool asks =
        query_embedding && attention_query_embedding(attention, &history, -1, query_embedding);
    const bool user_token = query_embedding && attention_user_token(attention, &history, -1,
                                                                    query_embedding + shape->width);
    if (!query_embedding || !make_batch(attention, &history, asks, user_token, &batch) ||
        !activations_init(&activations, shape, batch.n_rows, 0, true)) { /* blocks apart */
        error_memory(error, "a map");
        goto out;
    }
    map = attention_map_new(shape->blocks, shape->heads, batch.n_rows, error);
    if (!map) goto out;
    const struct pass pass = { .kernels = attention->kernels,
                               .network = &attention->network,
                               .batch = &batch,
                               .table = attention->table,
                               .query_embeddings = query_embedding };
    const unsigned before = flush_small_numbers();
    network_forward(&pass, &activations, 0);
    flush_restore(before);
    name_events(map, &history, asks, user_token);
    take_weights(map, &activations);
out:
    activations_fini(&activations);
    batch_fini(&batch);
    history_fini(&history);
    free(query_embedding);
    return map;
}
