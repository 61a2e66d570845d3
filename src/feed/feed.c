/* feed.c - the list a shopper gets, every item of the catalogue accounted for. */
#include "feed_private.h"

#include "aisle/similarity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *feed_status_name(enum feed_status status)
{
    static const char *const names[FEED_STATUSES] = {
        [FEED_LISTED] = "listed",           [FEED_UNSCORED] = "unscored",
        [FEED_NOT_YET] = "not_yet",         [FEED_BOUGHT] = "bought",
        [FEED_UNAVAILABLE] = "unavailable", [FEED_RULED_OUT] = "ruled_out",
        [FEED_CROWDED_OUT] = "crowded_out",
    };
    return names[status];
}

float feed_score(const struct feed *feed, int32_t item)
{
    if (item < 0 || item >= feed->n_items) return -INFINITY;
    return feed->boosted ? feed->boosted[item] : feed->scores[item];
}

/* ------------------------------------------------------------------------------------- filters */

static bool comes_back(const struct feed *feed, int32_t item, int64_t bought)
{
    return feed->pipeline && pipeline_comes_back(feed->pipeline, item, bought, feed->now);
}

/* The bought go first: it is what a person would say. */
static void filter(struct feed *feed, const struct shopper *owner, bool include_bought)
{
    for (int32_t i = 0; i < feed->n_items; i++) {
        feed->status[i] = feed->scores[i] > -INFINITY ? FEED_LISTED : FEED_UNSCORED;
        if (feed->pipeline && pipeline_unavailable(feed->pipeline, i) >= 0)
            feed->status[i] = FEED_UNAVAILABLE;
        if (feed->pipeline && pipeline_not_yet(feed->pipeline, i)) feed->status[i] = FEED_NOT_YET;
    }
    const int32_t *owned = owner->owned ? owner->owned : owner->item;
    const int64_t *time = owner->owned ? owner->owned_time : owner->time;
    const int32_t n = owner->owned ? owner->n_owned : owner->n;
    for (int32_t s = 0; s < n && !include_bought; s++) {
        if (owned[s] < feed->n_items && !comes_back(feed, owned[s], time[s]))
            feed->status[owned[s]] = FEED_BOUGHT;
    }
}

/* -------------------------------------------------------------------------------------- places */

static void put(struct feed *feed, int32_t item, int32_t place)
{
    const float score = feed_score(feed, item);
    feed->rows[place - 1] = (struct feed_row){ item, place, score > -INFINITY ? score : 0 };
    feed->place[item] = place;
}

/* Pins stand where they stand; the chosen take what is free, in order. A pin beyond the end of the
 * others moves up to them: there are no holes in a list. */
static void arrange(struct feed *feed, const int32_t *chosen, int32_t n, int32_t length)
{
    int32_t next = 0, pin = 0;
    for (int32_t place = 1; place <= length; place++) {
        const bool pinned = pin < feed->n_pins && (feed->pins[pin].place <= place || next == n);
        if (!pinned && next == n) break;
        if (pinned) feed->pins[pin].place = place;
        put(feed, pinned ? feed->pins[pin++].item : chosen[next++], place);
        feed->n = place;
    }
}

static bool rank(struct feed *feed, int32_t length, struct error *error)
{
    int32_t *chosen = malloc(((size_t)length + 1) * sizeof *chosen);
    if (!chosen) return error_memory(error, "a list");
    const int32_t n = feed_choose(feed, length, chosen, error);
    if (n >= 0) arrange(feed, chosen, n, length);
    free(chosen);
    return n >= 0;
}

/* --------------------------------------------------------------------------------- life */

static bool reserve(struct feed *feed, int32_t length)
{
    const size_t n = (size_t)feed->n_items + 1;

    feed->rows = calloc((size_t)length + 1, sizeof *feed->rows);
    feed->scores = malloc(n * sizeof *feed->scores);
    feed->status = calloc(n, sizeof *feed->status);
    feed->place = calloc(n, sizeof *feed->place);
    return feed->rows && feed->scores && feed->status && feed->place;
}

static void take_scores(struct feed *feed, const float *scores, int32_t n)
{
    if (n > 0) memcpy(feed->scores, scores, (size_t)n * sizeof *scores);
    for (int32_t i = n; i < feed->n_items; i++)
        feed->scores[i] = -INFINITY; /* newer than the model */
}

static bool fill(struct feed *feed, const struct shopper *shopper,
                 const struct feed_options *options, int32_t length, struct error *error)
{
    const struct shopper *owner = options->owner ? options->owner : shopper;
    filter(feed, owner, options->include_bought);
    const bool rules = feed->pipeline && !options->without_rules;
    if (rules && !feed_apply_rules(feed, owner, error)) return false;
    if (options->multiplier > 0 &&
        !feed_multiplier(feed, options->multiplied_item, options->multiplier, error))
        return false;
    if (rules && !feed_place_pins(feed, length, error)) return false;
    if (!rank(feed, length, error)) return false;
    for (int32_t i = 0; i < feed->n_items; i++)
        feed->count[feed->status[i]]++;
    return true;
}

struct feed *feed_of_scores(const float *scores, int32_t n_scores, const struct shopper *shopper,
                            const struct feed_options *options, struct error *error)
{
    struct feed *feed = calloc(1, sizeof *feed);
    int32_t length = options->length;

    if (!feed) {
        error_memory(error, "a list");
        return NULL;
    }
    feed->n_items = n_scores;
    feed->seed = -1;
    feed->now = options->now;
    if (options->pipeline) {
        feed->pipeline = pipeline_retain(options->pipeline);
        const int32_t n = pipeline_dataset(feed->pipeline)->n_items;
        if (n > feed->n_items) feed->n_items = n;
    }
    if (length > feed->n_items) length = feed->n_items;
    if (length < 0) length = 0;
    if (!reserve(feed, length)) {
        error_memory(error, "a list");
    } else {
        take_scores(feed, scores, n_scores);
        if (fill(feed, shopper, options, length, error)) return feed;
    }
    feed_free(feed);
    return NULL;
}

struct feed *feed_new(const struct model *model, const struct shopper *shopper,
                      const struct feed_options *options, struct error *error)
{
    const struct model_base *base = model_base(model);
    const int32_t n = base->dataset->n_items;
    float *scores = malloc(((size_t)n + 1) * sizeof *scores);
    struct feed *feed = NULL;
    if (!scores)
        error_memory(error, "a list");
    else if (base->kind->score(model, shopper, scores, error))
        feed = feed_of_scores(scores, n, shopper, options, error);
    free(scores);
    return feed;
}

void feed_free(struct feed *feed)
{
    if (!feed) return;
    free(feed->rows);
    free(feed->scores);
    free(feed->status);
    free(feed->place);
    free(feed->force);
    free(feed->boosted);
    free(feed->rule);
    free(feed->pins);
    pipeline_release(feed->pipeline);
    free(feed);
}

/* --------------------------------------------------------------------------------------- ranks */

static bool is_pinned(const struct feed *feed, int32_t item, int32_t *place)
{
    for (int32_t p = 0; p < feed->n_pins; p++) {
        if (feed->pins[p].item != item) continue;
        *place = feed->pins[p].place;
        return true;
    }
    return false;
}

int32_t feed_rank(const struct feed *feed, int32_t item)
{
    int32_t place = 1;

    if (item < 0 || item >= feed->n_items || feed->status[item] != FEED_LISTED) return 0;
    if (feed->place[item] > 0) return feed->place[item];
    if (is_pinned(feed, item, &place)) return place;
    const float score = feed_score(feed, item);
    for (int32_t i = 0; i < feed->n_items; i++) {
        if (feed->status[i] != FEED_LISTED) continue;
        const float other = feed_score(feed, i);
        place += other > score || (i < item && !(other < score));
    }
    for (int32_t p = 0; p < feed->n_pins; p++) { /* pins count where they stand, not by score */
        const float other = feed_score(feed, feed->pins[p].item);
        place -= other > score || (feed->pins[p].item < item && !(other < score));
    }
    for (int32_t p = 0; p < feed->n_pins; p++)
        place += feed->pins[p].place <= place;
    return feed->rearranged && place <= feed->n ? feed->n + 1 : place;
}

/* ------------------------------------------------------------------------------ comparing two */

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
                                         feed_score(a, item), b->rows[row].score };
    }
    for (int32_t row = 0; row < a->n; row++) {
        const int32_t item = a->rows[row].item;
        if (place_in(b, item) != 0) continue;
        moves[n++] = (struct feed_move){ item, a->rows[row].rank, 0, a->rows[row].score,
                                         feed_score(b, item) };
    }
    return n;
}
