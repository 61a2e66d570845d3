/* feed.c - the list a shopper gets, every item of the catalogue accounted for. */
#include "aisle/feed.h"

#include "aisle/similarity.h"

#include <math.h>
#include <stdlib.h>

static bool make_room(struct feed *feed, int32_t length)
{
    const size_t n = (size_t)feed->n_items + 1;

    feed->rows = calloc((size_t)length + 1, sizeof *feed->rows);
    feed->scores = malloc(n * sizeof *feed->scores);
    feed->fate = calloc(n, sizeof *feed->fate);
    feed->place = calloc(n, sizeof *feed->place);
    return feed->rows && feed->scores && feed->fate && feed->place;
}

/* FEED_BOUGHT goes before FEED_UNSCORED: it is what a person would say. */
static void decide(struct feed *feed, const struct shopper *shopper, bool include_bought)
{
    for (int32_t i = 0; i < feed->n_items; i++)
        feed->fate[i] = feed->scores[i] > -INFINITY ? FEED_LISTED : FEED_UNSCORED;
    for (int32_t s = 0; s < shopper->n && !include_bought; s++) {
        if (shopper->item[s] < feed->n_items) feed->fate[shopper->item[s]] = FEED_BOUGHT;
    }
}

/* The best of what is listed. */
static bool rank(struct feed *feed, int32_t length, struct error *error)
{
    const size_t n = (size_t)feed->n_items + 1;
    float *listed = malloc(n * sizeof *listed);
    int32_t *best = malloc(((size_t)length + 1) * sizeof *best);
    bool room = listed && best;

    for (int32_t i = 0; room && i < feed->n_items; i++)
        listed[i] = feed->fate[i] == FEED_LISTED ? feed->scores[i] : -INFINITY;
    if (room) feed->n = top_k(listed, feed->n_items, length, best);
    for (int32_t row = 0; row < feed->n; row++) {
        feed->rows[row] = (struct feed_row){ best[row], row + 1, feed->scores[best[row]] };
        feed->place[best[row]] = row + 1;
    }
    free(listed);
    free(best);
    return room || error_memory(error, "a list");
}

struct feed *feed_new(const struct model *model, const struct shopper *shopper,
                      const struct feed_options *options, struct error *error)
{
    const struct model_base *base = model_base(model);
    struct feed *feed = calloc(1, sizeof *feed);
    int32_t length = options->length;

    if (!feed) {
        error_memory(error, "a list");
        return NULL;
    }
    feed->n_items = base->dataset->n_items;
    if (length > feed->n_items) length = feed->n_items;
    if (length < 0) length = 0;
    if (!make_room(feed, length)) {
        error_memory(error, "a list");
        goto fail;
    }
    if (!base->kind->score(model, shopper, feed->scores, error)) goto fail;
    decide(feed, shopper, options->include_bought);
    if (!rank(feed, length, error)) goto fail;
    return feed;
fail:
    feed_free(feed);
    return NULL;
}

void feed_free(struct feed *feed)
{
    if (!feed) return;
    free(feed->rows);
    free(feed->scores);
    free(feed->fate);
    free(feed->place);
    free(feed);
}

int32_t feed_rank(const struct feed *feed, int32_t item)
{
    int32_t before = 0;

    if (item < 0 || item >= feed->n_items || feed->fate[item] != FEED_LISTED) return 0;
    const float score = feed->scores[item];
    for (int32_t i = 0; i < feed->n_items; i++) {
        if (feed->fate[i] != FEED_LISTED) continue;
        before += feed->scores[i] > score || (i < item && !(feed->scores[i] < score));
    }
    return before + 1;
}

/* ------------------------------------------------------------------------------ comparing two */

static float score_in(const struct feed *feed, int32_t item)
{
    return item < feed->n_items ? feed->scores[item] : -INFINITY;
}

static int32_t place_in(const struct feed *feed, int32_t item)
{
    return item < feed->n_items ? feed->place[item] : 0;
}

int32_t feed_compare(const struct feed *a, const struct feed *b, struct feed_move *moves)
{
    int32_t n = 0;

    for (int32_t row = 0; row < b->n; row++) {
        const int32_t item = b->rows[row].item;
        moves[n++] = (struct feed_move){ item, place_in(a, item), b->rows[row].rank,
                                         score_in(a, item), b->rows[row].score };
    }
    for (int32_t row = 0; row < a->n; row++) {
        const int32_t item = a->rows[row].item;
        if (place_in(b, item) != 0) continue;
        moves[n++] =
            (struct feed_move){ item, a->rows[row].rank, 0, a->rows[row].score, score_in(b, item) };
    }
    return n;
}
