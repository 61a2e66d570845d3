/* sequences.h - the events of each user as the network reads them, and batches of them.
 *
 * A sequence is the positive events (purchases, ratings, weights; views and carts
 * only where they count), in time order. Row j of a sequence has event j - 1 as its input (the BOS
 * vector, for row 0) and event j as its target; the last `length` rows are used.
 */
#ifndef AISLE_ATTENTION_SEQUENCES_H
#define AISLE_ATTENTION_SEQUENCES_H

#include "network.h"

#include "aisle/model.h"

struct sequences {
    int32_t n;      /* users */
    int64_t *start; /* (n + 1) */
    int32_t *item;  /* (start[n]) */
    uint8_t
        *time_bucket; /* (start[n]) bucket of the time since the event before; NULL without times */
    int64_t longest;  /* length of the longest sequence */
};

/* Whether an event of this type is positive feedback. */
bool event_speaks(const struct strength_options *options, enum event_type type);
/* 0 for none or no time at all, else 1 + floor(log2(seconds)), below TIME_BUCKETS. */
uint8_t time_bucket_of(int64_t before, int64_t time);
bool sequences_init(struct sequences *sequences, const struct dataset *dataset,
                    struct error *error);
void sequences_fini(struct sequences *sequences);
/* Events of user u that are trained on: all but the last, where there are two or more. */
static inline int64_t sequence_trained(const struct sequences *sequences, int32_t u)
{
    const int64_t n = sequences->start[u + 1] - sequences->start[u];
    return n > 1 ? n - 1 : n;
}

/* Room for batches of up to n_sequences with n_rows in all. */
bool batch_init(struct batch *batch, int32_t n_sequences, int32_t n_rows, bool time_buckets,
                bool targets);
void batch_fini(struct batch *batch);
void batch_clear(struct batch *batch);
/* Appends a sequence of n events: rows as above, the last `length` of them. With `targets`, n
 * rows, slots being item indexes until the caller says otherwise; else n + 1, the last of which
 * says what comes after all. `beginning` is the slot of the BOS vector. gap may be NULL. Where
 * `query_embedding` is a slot (-1 = none), a row of it follows whose target is that of the row
 * before. */
void batch_add(struct batch *batch, const struct shape *shape, const int32_t *item,
               const uint8_t *time_bucket, int64_t n, int32_t bos, int32_t query_embedding,
               bool targets);
/* Cuts the batch in micro-batches of at most rows_max rows (or one sequence), and in n_shards
 * shards of about as many sequences (0 = no shards). */
void batch_cut(struct batch *batch, int32_t rows_max, int32_t n_shards);

#endif
