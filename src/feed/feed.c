/* feed.c - from scores to a list, and what became of everything else. */
#include "aisle/feed.h"

#include "aisle/similarity.h"

#include <math.h>
#include <stdlib.h>

void feed_free(struct feed *feed)
{
    if (!feed) return;
    free(feed->rows);
    free(feed->scores);
    free(feed->fate);
    free(feed);
}

/* Fates of all items; `listable` gets the scores of those that may be listed. */
static void judge(struct feed *feed, const struct shopper *shopper, bool include_bought,
                  float *listable)
{
    for (int32_t i = 0; i < feed->n_items; i++) {
        listable[i] = feed->scores[i];
        feed->fate[i] = feed->scores[i] > -INFINITY ? FEED_LISTED : FEED_UNSCORED;
    }
    for (int32_t a = 0; !include_bought && a < shopper->n; a++) {
        if (shopper->item[a] >= feed->n_items) continue;
        feed->fate[shopper->item[a]] = FEED_BOUGHT;
        listable[shopper->item[a]] = -INFINITY;
    }
}

struct feed *feed_new(const struct model *model, const struct shopper *shopper,
                      const struct feed_options *options, struct error *error)
{
    const int32_t n_items = model_base(model)->dataset->n_items;
    const int32_t length = options->length < n_items ? options->length : n_items;
    struct feed *feed = calloc(1, sizeof *feed);
    float *listable = malloc(((size_t)n_items + 1) * sizeof *listable);
    int32_t *best = malloc(((size_t)n_items + 1) * sizeof *best);
    bool good = false;
    if (!feed || !listable || !best) goto out;
    feed->n_items = n_items;
    feed->scores = malloc(((size_t)n_items + 1) * sizeof *feed->scores);
    feed->fate = malloc((size_t)n_items + 1);
    feed->rows = malloc(((size_t)(length > 0 ? length : 0) + 1) * sizeof *feed->rows);
    if (!feed->scores || !feed->fate || !feed->rows) goto out;
    good = model_base(model)->kind->score(model, shopper, feed->scores, error);
    if (!good) goto out;
    judge(feed, shopper, options->include_bought, listable);
    feed->n = top_k(listable, n_items, length, best);
    for (int32_t row = 0; row < feed->n; row++)
        feed->rows[row] = (struct feed_row){ best[row], row + 1, feed->scores[best[row]] };
out:
    free(listable);
    free(best);
    if (good) return feed;
    if (!feed || !feed->scores || !feed->fate || !feed->rows) error_memory(error, "a feed");
    feed_free(feed);
    return NULL;
}

int32_t feed_rank(const struct feed *feed, int32_t item)
{
    int32_t rank = 1;
    if (item < 0 || item >= feed->n_items || feed->fate[item] != FEED_LISTED) return 0;
    for (int32_t i = 0; i < feed->n_items; i++)
        if (feed->fate[i] == FEED_LISTED && (feed->scores[i] > feed->scores[item] ||
                                             (feed->scores[i] == feed->scores[item] && i < item)))
            rank++;
    return rank;
}

static int32_t rank_in_rows(const struct feed *feed, int32_t item)
{
    for (int32_t row = 0; row < feed->n; row++)
        if (feed->rows[row].item == item) return feed->rows[row].rank;
    return 0;
}

static float score_of(const struct feed *feed, int32_t item)
{
    return item < feed->n_items ? feed->scores[item] : -INFINITY;
}

int32_t feed_compare(const struct feed *a, const struct feed *b, struct feed_move *moves)
{
    int32_t n = 0;
    for (int32_t row = 0; row < b->n; row++) {
        const int32_t item = b->rows[row].item;
        moves[n++] = (struct feed_move){ item, rank_in_rows(a, item), b->rows[row].rank,
                                         score_of(a, item), score_of(b, item) };
    }
    for (int32_t row = 0; row < a->n; row++) {
        const int32_t item = a->rows[row].item;
        if (rank_in_rows(b, item) == 0)
            moves[n++] = (struct feed_move){ item, a->rows[row].rank, 0, score_of(a, item),
                                             score_of(b, item) };
    }
    return n;
}
