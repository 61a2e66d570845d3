/* feed_diversity.c - which of the listed items are shown: the best, or, where the shop's settings
 * ask for it, the best that are not all alike.
 *
 * A cap lets at most so many of one category in; maximal marginal relevance (Carbonell and
 * Goldstein 1998) takes, row by row, what is best after its likeness to the rows above is paid for:
 * (1 - mmr) × relevance - mmr × largest similarity, relevance scaled to 0..1 over the pool and
 * similarity the share of common values (Jaccard) of the attribute that the settings name. */
#include "feed_private.h"

#include "aisle/similarity.h"

#include <math.h>
#include <stdlib.h>

enum { POOL = 5, POOL_MIN = 100 };

struct choosing {
    struct feed *feed;
    const struct attributes *attributes;
    const struct feed_settings *settings;
    int32_t named;     /* the attribute, or -1 */
    int32_t *of_value; /* (values) rows that have it, pins included */
    int32_t *pool;     /* (n_pool) candidates, best first */
    int32_t n_pool;
    double *likeness; /* (n_pool) largest similarity to a row above */
    uint8_t *taken;   /* (n_pool) */
};

/* The next value of the item's attribute from *at on, or -1. */
static int32_t next_value(const struct choosing *choosing, int32_t item, int64_t *at)
{
    const struct attributes *attributes = choosing->attributes;
    for (; *at < attributes->offset[item + 1]; ++*at)
        if (attributes->value_name[attributes->value[*at]] == choosing->named)
            return attributes->value[(*at)++];
    return -1;
}

static bool is_known(const struct choosing *choosing, int32_t item)
{
    return item < pipeline_dataset(choosing->feed->pipeline)->n_items;
}

static bool is_full(const struct choosing *choosing, int32_t item)
{
    if (choosing->settings->cap == 0 || !is_known(choosing, item)) return false;
    int64_t at = choosing->attributes->offset[item];
    for (int32_t value; (value = next_value(choosing, item, &at)) >= 0;)
        if (choosing->of_value[value] >= choosing->settings->cap) return true;
    return false;
}

static void count(const struct choosing *choosing, int32_t item)
{
    if (!is_known(choosing, item)) return;
    int64_t at = choosing->attributes->offset[item];
    for (int32_t value; (value = next_value(choosing, item, &at)) >= 0;)
        choosing->of_value[value]++;
}

static double similarity(const struct choosing *choosing, int32_t a, int32_t b)
{
    int32_t n_a = 0, n_b = 0, common = 0, value, other;
    if (!is_known(choosing, a) || !is_known(choosing, b)) return 0;
    int64_t at = choosing->attributes->offset[a];
    for (; (value = next_value(choosing, a, &at)) >= 0; n_a++) {
        int64_t with = choosing->attributes->offset[b];
        for (n_b = 0; (other = next_value(choosing, b, &with)) >= 0; n_b++)
            common += other == value;
    }
    return n_a + n_b > common ? (double)common / (double)(n_a + n_b - common) : 0;
}

static void note_row(const struct choosing *choosing, int32_t item)
{
    count(choosing, item);
    for (int32_t p = 0; choosing->settings->mmr > 0 && p < choosing->n_pool; p++) {
        if (choosing->taken[p]) continue;
        const double like = similarity(choosing, choosing->pool[p], item);
        if (like > choosing->likeness[p]) choosing->likeness[p] = like;
    }
}

static int32_t best_of_pool(const struct choosing *choosing)
{
    const double mmr = choosing->settings->mmr;
    const double top = (double)feed_score(choosing->feed, choosing->pool[0]);
    const double low = (double)feed_score(choosing->feed, choosing->pool[choosing->n_pool - 1]);
    int32_t best = -1;
    double max = 0;
    for (int32_t p = 0; p < choosing->n_pool; p++) {
        const int32_t item = choosing->pool[p];
        if (choosing->taken[p]) continue;
        if (is_full(choosing, item)) {
            choosing->taken[p] = 1;
            choosing->feed->status[item] = FEED_CROWDED_OUT;
            continue;
        }
        const double score = (double)feed_score(choosing->feed, item);
        const double relevance = top > low ? (score - low) / (top - low) : 1;
        const double worth = (1 - mmr) * relevance - mmr * choosing->likeness[p];
        if (best < 0 || worth > max) best = p, max = worth;
        if (mmr == 0 && best >= 0) break; /* the pool is in order */
    }
    return best;
}

static int32_t choose(struct choosing *choosing, int32_t want, int32_t *chosen)
{
    int32_t n = 0;
    for (int32_t p = 0; p < choosing->feed->n_pins; p++)
        note_row(choosing, choosing->feed->pins[p].item);
    while (n < want && choosing->n_pool > 0) {
        const int32_t best = best_of_pool(choosing);
        if (best < 0) break;
        choosing->taken[best] = 1;
        chosen[n++] = choosing->pool[best];
        note_row(choosing, choosing->pool[best]);
    }
    choosing->feed->rearranged = true;
    return n;
}

/* The best that are listed and not pinned. */
static int32_t best_listed(const struct feed *feed, int32_t want, int32_t *out, struct error *error)
{
    float *listed = malloc(((size_t)feed->n_items + 1) * sizeof *listed);
    if (!listed) {
        error_memory(error, "a list");
        return -1;
    }
    for (int32_t i = 0; i < feed->n_items; i++)
        listed[i] = feed->status[i] == FEED_LISTED ? feed_score(feed, i) : -INFINITY;
    for (int32_t p = 0; p < feed->n_pins; p++)
        listed[feed->pins[p].item] = -INFINITY;
    const int32_t n = top_k(listed, feed->n_items, want, out);
    free(listed);
    return n;
}

static int32_t choose_diverse(struct feed *feed, int32_t want, int32_t *chosen, struct error *error)
{
    const struct feed_settings *settings = pipeline_settings(feed->pipeline);
    const struct attributes *attributes = &pipeline_dataset(feed->pipeline)->item_attributes;
    struct choosing choosing = { .feed = feed, .attributes = attributes, .settings = settings };
    int64_t capacity = (int64_t)want * POOL > POOL_MIN ? (int64_t)want * POOL : POOL_MIN;
    int32_t n = -1;
    if (capacity > feed->n_items || settings->cap > 0) capacity = feed->n_items;
    choosing.named = names_find(&attributes->names, slice_of(settings->cap_by));
    choosing.of_value = calloc((size_t)attributes->values.n + 1, sizeof(int32_t));
    choosing.pool = malloc(((size_t)capacity + 1) * sizeof *choosing.pool);
    choosing.likeness = calloc((size_t)capacity + 1, sizeof *choosing.likeness);
    choosing.taken = calloc((size_t)capacity + 1, 1);
    if (!choosing.of_value || !choosing.pool || !choosing.likeness || !choosing.taken)
        error_memory(error, "a list");
    else if ((choosing.n_pool = best_listed(feed, (int32_t)capacity, choosing.pool, error)) >= 0)
        n = choose(&choosing, want, chosen);
    free(choosing.of_value);
    free(choosing.pool);
    free(choosing.likeness);
    free(choosing.taken);
    return n;
}

int32_t feed_choose(struct feed *feed, int32_t want, int32_t *chosen, struct error *error)
{
    const struct feed_settings *settings =
        feed->pipeline ? pipeline_settings(feed->pipeline) : NULL;
    if (settings && (settings->cap > 0 || settings->mmr > 0))
        return choose_diverse(feed, want, chosen, error);
    return best_listed(feed, want, chosen, error);
}
