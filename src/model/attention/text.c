/* text.c - tokens in training: bare items, query embeddings for what was bought next, user tokens.
 */
#include "trainer.h"

#include <string.h>

static const double id_dropout_share = 0.1; /* of items in a step */
static const double query_share = 0.25;     /* of sequences */

bool trainer_knows_by_words(const struct trainer *trainer, int32_t item)
{
    return words_of_item(&trainer->words, item) > 0 && !(trainer->bought[item / 8] >> item % 8 & 1);
}

static bool is_id_dropped(const struct trainer *trainer, int32_t item)
{
    if (words_of_item(&trainer->words, item) == 0) return false;
    return trainer_knows_by_words(trainer, item) ||
           (double)(rng_mix(trainer->id_dropped + (uint64_t)item) >> 11) * 0x1p-53 <
               id_dropout_share;
}

struct slot_parts trainer_slot(const struct trainer *trainer, int32_t slot)
{
    const struct words *words = &trainer->words;
    const int32_t q = slot - (trainer->n_slots - trainer->n_query_embeddings);

    if (q >= 0)
        return (struct slot_parts){
            .item = trainer->settings.shape.n_items - 1,
            .n = trainer->query_start[q + 1] - trainer->query_start[q],
            .token = trainer->query_token + trainer->query_start[q],
        };
    const int32_t item = trainer->slot_of ? trainer->slot_item[slot] : slot;
    const int32_t n = words_of_item(words, item);
    return (struct slot_parts){ .item = item,
                                .id_dropped = n > 0 && is_id_dropped(trainer, item),
                                .n = n,
                                .token = n > 0 ? words->token + words->offset[item] : NULL };
}

void trainer_fill_table(struct trainer *trainer, int32_t first, int32_t last)
{
    const struct network *weights = &trainer->weights;
    const size_t d = (size_t)weights->shape.width;

    for (int32_t s = first; s < last; s++) {
        const struct slot_parts parts = trainer_slot(trainer, s);
        float *to = trainer->table + (size_t)s * d;
        if (parts.id_dropped)
            memset(to, 0, d * sizeof *to);
        else
            memcpy(to, weights->item + (size_t)parts.item * d, d * sizeof *to);
        if (parts.n > 0)
            words_add(trainer->kernels, weights, parts.token, parts.n, 1 / (float)parts.n, to);
    }
}

void trainer_clear_cold_items(struct trainer *trainer)
{
    const size_t d = (size_t)trainer->settings.shape.width;

    for (int32_t i = 0; i < trainer->words.n_items; i++) {
        if (trainer_knows_by_words(trainer, i))
            memset(trainer->weights.item + (size_t)i * d, 0, d * sizeof(float));
    }
}

/* Some of the item's tokens, each as likely. */
static void ask_for(struct trainer *trainer, int32_t item, struct rng *rng)
{
    const struct words *words = &trainer->words;
    const int32_t n = words_of_item(words, item);
    const int32_t max = n < QUERY_TOKENS ? n : QUERY_TOKENS;
    int32_t wanted = 1 + (int32_t)rng_below(rng, (uint32_t)max);
    int32_t at = trainer->query_start[trainer->n_query_embeddings];

    for (int32_t t = 0; t < n && wanted > 0; t++) {
        if ((int32_t)rng_below(rng, (uint32_t)(n - t)) >= wanted) continue;
        trainer->query_token[at++] = words->token[words->offset[item] + t];
        wanted--;
    }
    trainer->query_start[++trainer->n_query_embeddings] = at;
}

int32_t trainer_draw_query(struct trainer *trainer, const int32_t *item, int64_t *n,
                           struct rng *rng)
{
    if (trainer->words.n_tokens == 0 || rng_unit(rng) >= query_share) return -1;
    const int64_t end = 1 + (int64_t)rng_below(rng, (uint32_t)*n);
    if (words_of_item(&trainer->words, item[end - 1]) == 0) return -1;
    *n = end;
    ask_for(trainer, item[end - 1], rng);
    return trainer->n_query_embeddings - 1;
}

int32_t trainer_draw_user_token(struct trainer *trainer, int32_t user, struct rng *rng)
{
    const struct shape *shape = &trainer->settings.shape;
    const int32_t n = segment_membership_count(&trainer->segment_membership, user);
    int32_t at = trainer->query_start ? trainer->query_start[trainer->n_query_embeddings] : 0;

    if (n == 0) return -1;
    const int32_t *segment =
        trainer->segment_membership.segment + trainer->segment_membership.start[user];
    int32_t wanted = 1 + (int32_t)rng_below(rng, (uint32_t)n);
    for (int32_t s = 0; s < n && wanted > 0; s++) {
        if ((int32_t)rng_below(rng, (uint32_t)(n - s)) >= wanted) continue;
        trainer->query_token[at++] = shape->n_tokens - shape->n_segments + segment[s];
        wanted--;
    }
    trainer->query_start[++trainer->n_query_embeddings] = at;
    return trainer->n_query_embeddings - 1;
}
