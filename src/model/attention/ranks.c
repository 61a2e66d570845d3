/* ranks.c - the rank of an item, by many outputs at once.
 *
 * One product of outputs and item vectors, a block of items at a time: scores are compared and
 * forgotten, so that memory does not grow with the catalogue. A product sums in another order than
 * attention_score(); where two scores are too close for that, both are taken from the latter, and
 * ranks are those of a list.
 */
#include "attention.h"

#include "aisle/parallel.h"

#include <math.h>
#include <stdlib.h>

enum { PANELS_AT_ONCE = 8 };

struct ranking {
    const struct attention *attention;
    const float *outputs;   /* (n, width) */
    const int32_t *without; /* (n) */
    int32_t item, n, block; /* block: items compared at once */
    uint8_t *has;           /* (n_items) what the shopper has */
    float *own;             /* (n) scores of the item */
    float *capacities;      /* for each worker: panels (block, width), scores (n, block) */
    int32_t *better;        /* for each worker (n) */
};

static size_t capacity_of(const struct ranking *ranking)
{
    const size_t d = (size_t)ranking->attention->network.shape.width;
    return (size_t)ranking->block * (d + (size_t)ranking->n);
}

/* Whether `other` ranks above the item, in row r; ties by the order of first appearance. */
static bool is_before(const struct ranking *ranking, int32_t r, int32_t other, float score)
{
    const float own = ranking->own[r], *item_bias = ranking->attention->item_bias;

    if (other == ranking->item || (ranking->has[other] && ranking->without[r] != other))
        return false;
    if (item_bias) score += item_bias[other];
    if (fabsf(score - own) < 1e-3F * (1 + fabsf(own))) {
        const size_t d = (size_t)ranking->attention->network.shape.width;
        score = attention_score(ranking->attention, ranking->outputs + (size_t)r * d, other);
    }
    return score > own || (score == own && other < ranking->item);
}

static void compare_block(void *context, size_t begin, size_t end, int worker)
{
    const struct ranking *ranking = context;
    const struct attention *attention = ranking->attention;
    const struct float_kernels *k = attention->kernels;
    const size_t d = (size_t)attention->network.shape.width, block = (size_t)ranking->block;
    const int32_t items = (int32_t)(end - begin);
    float *panels = ranking->capacities + (size_t)worker * capacity_of(ranking);
    float *scores = panels + block * d;
    int32_t *better = ranking->better + (size_t)worker * (size_t)ranking->n;
    const struct product product = { .m = ranking->n,
                                     .n = ranking->block,
                                     .k = (int32_t)d,
                                     .a = ranking->outputs,
                                     .a_row = d,
                                     .a_step = 1,
                                     .b = panels,
                                     .b_step = (size_t)k->panel,
                                     .b_panel = (size_t)k->panel * d,
                                     .c = scores,
                                     .c_row = block };

    panels_fill(k, attention->table + begin * d, (int32_t)d, items, 0, PANELS_AT_ONCE, panels);
    k->matmul(&product);
    for (int32_t r = 0; r < ranking->n; r++) {
        for (int32_t i = 0; i < items; i++)
            better[r] +=
                is_before(ranking, r, (int32_t)begin + i, scores[(size_t)r * block + (size_t)i]);
    }
}

static void mark(struct ranking *ranking, const struct shopper *shopper)
{
    const int32_t n_items = ranking->attention->base.dataset->n_items;
    const size_t d = (size_t)ranking->attention->network.shape.width;

    for (int32_t s = 0; s < shopper->n; s++)
        if (shopper->item[s] < n_items) ranking->has[shopper->item[s]] = 1;
    for (int32_t r = 0; r < ranking->n; r++)
        ranking->own[r] =
            attention_score(ranking->attention, ranking->outputs + (size_t)r * d, ranking->item);
}

bool attention_ranks(const struct attention *attention, const struct shopper *shopper, int32_t item,
                     const float *outputs, const int32_t *without, int32_t n, int32_t *rank,
                     struct error *error)
{
    const size_t n_items = (size_t)attention->base.dataset->n_items;
    const int threads = parallel_threads();
    struct ranking ranking = { .attention = attention,
                               .outputs = outputs,
                               .without = without,
                               .item = item,
                               .n = n,
                               .block = PANELS_AT_ONCE * attention->kernels->panel };

    ranking.has = calloc(n_items + 1, 1);
    ranking.own = floats_new((size_t)n + 1);
    ranking.capacities = floats_new((size_t)threads * capacity_of(&ranking));
    ranking.better = calloc((size_t)threads * (size_t)n + 1, sizeof *ranking.better);
    const bool capacity = ranking.has && ranking.own && ranking.capacities && ranking.better;
    if (capacity) {
        mark(&ranking, shopper);
        parallel_for(threads, n_items, (size_t)ranking.block, compare_block, &ranking, NULL);
        for (int32_t r = 0; r < n; r++) {
            rank[r] = 1;
            for (int w = 0; w < threads; w++)
                rank[r] += ranking.better[(size_t)w * (size_t)n + (size_t)r];
        }
    }
    free(ranking.has);
    free(ranking.own);
    free(ranking.capacities);
    free(ranking.better);
    return capacity || error_memory(error, "ranks");
}
