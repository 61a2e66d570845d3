/* sequences.c - see the header. */
#include "sequences.h"

#include <stdlib.h>
#include <string.h>

bool event_speaks(const struct strength_options *options, enum event_type type)
{
    switch (type) {
    case EVENT_PURCHASE:
    case EVENT_VIEW:
    case EVENT_CART:
        return options->type_weight[type] > 0;
    case EVENT_RATING:
    case EVENT_WEIGHT:
        return true;
    default:
        return false;
    }
}

uint8_t time_bucket_of(int64_t before, int64_t time)
{
    uint8_t bucket = 0;

    if (before == MOMENT_NONE || time == MOMENT_NONE || time <= before) return 0;
    for (uint64_t time_bucket = (uint64_t)time - (uint64_t)before;
         time_bucket > 0 && bucket < TIME_BUCKETS - 1; time_bucket >>= 1)
        bucket++;
    return bucket;
}

bool sequences_init(struct sequences *sequences, const struct dataset *dataset, struct error *error)
{
    const size_t users = (size_t)dataset->n_users, events = (size_t)dataset->n_events;
    const bool timed = dataset->event_time && dataset->first_time < dataset->last_time;
    int64_t n = 0;

    *sequences = (struct sequences){ .n = dataset->n_users };
    sequences->start = calloc(users + 1, sizeof *sequences->start);
    sequences->item = malloc((events + 1) * sizeof *sequences->item);
    sequences->time_bucket = timed ? malloc(events + 1) : NULL;
    if (!sequences->start || !sequences->item || (timed && !sequences->time_bucket)) {
        sequences_fini(sequences);
        return error_memory(error, "the sequences");
    }
    for (int32_t u = 0; u < dataset->n_users; u++) {
        int64_t before = MOMENT_NONE;
        for (int64_t e = dataset->sequence[u]; e < dataset->sequence[u + 1]; e++) {
            const struct event event = dataset_event(dataset, e);
            if (!event_speaks(&dataset->options, event.type)) continue;
            if (timed) sequences->time_bucket[n] = time_bucket_of(before, event.time);
            before = event.time;
            sequences->item[n++] = event.item;
        }
        sequences->start[u + 1] = n;
        const int64_t own = n - sequences->start[u];
        if (own > sequences->longest) sequences->longest = own;
    }
    return true;
}

void sequences_fini(struct sequences *sequences)
{
    free(sequences->start);
    free(sequences->item);
    free(sequences->time_bucket);
    *sequences = (struct sequences){ 0 };
}

/* --------------------------------------------------------------------------------------- batches
 */

static int32_t *integers_new(int32_t n)
{
    return malloc(((size_t)n + 1) * sizeof(int32_t));
}

bool batch_init(struct batch *batch, int32_t n_sequences, int32_t n_rows, bool time_buckets,
                bool targets)
{
    *batch = (struct batch){ .start = integers_new(n_sequences),
                             .slot = integers_new(n_rows),
                             .position = integers_new(n_rows),
                             .time_bucket = time_buckets ? integers_new(n_rows) : NULL,
                             .target = targets ? integers_new(n_rows) : NULL,
                             .negative = targets ? integers_new(n_rows) : NULL,
                             .micro_batch = integers_new(n_sequences),
                             .shard = integers_new(n_sequences) };
    return batch->start && batch->slot && batch->position &&
           (!time_buckets || batch->time_bucket) &&
           (!targets || (batch->target && batch->negative)) && batch->micro_batch && batch->shard;
}

void batch_fini(struct batch *batch)
{
    free(batch->start);
    free(batch->slot);
    free(batch->position);
    free(batch->time_bucket);
    free(batch->target);
    free(batch->negative);
    free(batch->micro_batch);
    free(batch->shard);
    *batch = (struct batch){ 0 };
}

void batch_clear(struct batch *batch)
{
    batch->n_sequences = batch->n_rows = batch->n_micro_batches = batch->n_shards = 0;
    batch->start[0] = 0;
}

void batch_add(struct batch *batch, const struct shape *shape, const int32_t *item,
               const uint8_t *time_bucket, int64_t n, int32_t bos, int32_t query_embedding,
               bool targets)
{
    const int64_t events = targets ? n : n + 1, rows = events + (query_embedding >= 0);
    const int64_t first = rows > shape->length ? rows - shape->length : 0;
    int32_t position = shape->length - (int32_t)(rows - first);

    for (int64_t j = first; j < rows; j++) {
        const int32_t row = batch->n_rows++;
        const bool asks = j == events;
        batch->slot[row] = asks ? query_embedding : j == 0 ? bos : item[j - 1];
        batch->position[row] = position++;
        if (batch->time_bucket)
            batch->time_bucket[row] = asks || j == 0 || !time_bucket ? 0 : time_bucket[j - 1];
        if (targets) batch->target[row] = item[asks ? j - 1 : j];
    }
    batch->start[++batch->n_sequences] = batch->n_rows;
}

void batch_cut(struct batch *batch, int32_t rows_max, int32_t n_shards)
{
    const int32_t n = batch->n_sequences;
    const int32_t shards = n_shards < 1 ? 1 : n_shards < n ? n_shards : n;
    int32_t sequence = 0;

    batch->n_micro_batches = batch->n_shards = 0;
    for (int32_t s = 0; s < shards && n > 0; s++) {
        const int32_t end = (int32_t)((int64_t)n * (s + 1) / shards);
        batch->shard[batch->n_shards++] = batch->n_micro_batches;
        while (sequence < end) {
            const int32_t first = sequence;
            batch->micro_batch[batch->n_micro_batches++] = first;
            while (sequence < end && (sequence == first ||
                                      batch->start[sequence + 1] - batch->start[first] <= rows_max))
                sequence++;
        }
    }
    batch->micro_batch[batch->n_micro_batches] = n;
    batch->shard[batch->n_shards] = batch->n_micro_batches;
}
