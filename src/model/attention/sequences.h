/* sequences.h - what happened to each user, as the network reads it, and batches of that.
 *
 * A sequence is the events that speak for an item (purchases, ratings, weights; views and carts
 * only where they count), in time order. Row j of a sequence has event j - 1 as its input (the
 * beginning, for row 0) and event j as its target; the last `length` rows are in sight.
 */
#ifndef AISLE_ATTENTION_SEQUENCES_H
#define AISLE_ATTENTION_SEQUENCES_H

#include "network.h"

#include "aisle/model.h"

struct sequences {
    int32_t n;       /* users */
    int64_t *start;  /* (n + 1) */
    int32_t *item;   /* (start[n]) */
    uint8_t *gap;    /* (start[n]) bucket of the time since the event before; NULL without times */
    int64_t longest; /* events of the user who has most */
};

/* Whether an event of this type speaks for its item. */
bool event_speaks(const struct strength_options *options, enum event_type type);
/* 0 for none or no time at all, else 1 + floor(log2(seconds)), below GAPS. */
uint8_t gap_bucket(int64_t before, int64_t time);
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
bool batch_init(struct batch *batch, int32_t n_sequences, int32_t n_rows, bool gaps, bool targets);
void batch_fini(struct batch *batch);
void batch_clear(struct batch *batch);
/* Appends a sequence of n events: rows as above, the last `length` of them. With `targets`, n
 * rows, slots being item indexes until the caller says otherwise; else n + 1, the last of which
 * says what comes after all. `beginning` is the slot of the beginning. gap may be NULL. Where
 * `question` is a slot (-1 = none), a row of it follows whose target is that of the row before. */
void batch_add(struct batch *batch, const struct shape *shape, const int32_t *item,
               const uint8_t *gap, int64_t n, int32_t beginning, int32_t question, bool targets);
/* Cuts the batch in packs of at most most_rows rows (or one sequence), and in n_shards shards of
 * about as many sequences (0 = no shards). */
void batch_cut(struct batch *batch, int32_t most_rows, int32_t n_shards);

#endif
