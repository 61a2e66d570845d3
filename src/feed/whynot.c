/* whynot.c - why an item is not in a list, by making lists. */
#include "aisle/whynot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------------------- reading a list */

static int32_t count_listed(const struct feed *feed)
{
    int32_t n = 0;
    for (int32_t i = 0; i < feed->n_items; i++)
        n += feed->status[i] == FEED_LISTED;
    return n;
}

/* What an item has to pass to be in: the score of the last place, -INFINITY while there is room. */
static double last_score(const struct feed *feed, int32_t length)
{
    return feed->n < length || feed->n == 0 ? -INFINITY : (double)feed->rows[feed->n - 1].score;
}

static double score_of(const struct feed *feed, int32_t item)
{
    return (double)feed_score(feed, item);
}

/* The rank that the score alone gives among what is listed. */
static int32_t rank_by_score(const struct feed *feed, int32_t item)
{
    const double score = score_of(feed, item);
    int32_t before = 0;
    if (!(score > -INFINITY)) return 0;
    for (int32_t i = 0; i < feed->n_items; i++) {
        if (feed->status[i] != FEED_LISTED || i == item) continue;
        const double other = score_of(feed, i);
        before += other > score || (i < item && !(other < score));
    }
    return before + 1;
}

/* ------------------------------------------------------------------------- one list, one change */

struct whynot_search {
    const struct whynot_request *request;
    struct whynot *whynot;
    struct progress *progress;
    struct error *error;
    int32_t *with, *without; /* the changes there are, and room for one more */
    struct feed *now;        /* the list that is asked about */
};

static struct feed *list_of(const struct whynot_request *request, const struct shopper *shopper,
                            struct error *error)
{
    return feed_new(request->candidate_models[0].model, shopper, request->options, error);
}

/* The list with one purchase more or less, and where the item stands in it. */
static bool try_change(const struct whynot_search *whynot_search, int32_t item, bool add,
                       struct whynot_change *change)
{
    const struct whynot_request *request = whynot_search->request;
    struct shopper_changes changes = request->changes;
    struct feed *feed = NULL;
    if (progress_cancelled(whynot_search->progress))
        return error_set(whynot_search->error, ERROR_CANCELLED, "cancelled");
    (add ? whynot_search->with : whynot_search->without)[add ? changes.n_with : changes.n_without] =
        item;
    changes.with = whynot_search->with;
    changes.without = whynot_search->without;
    changes.n_with += add;
    changes.n_without += !add;
    struct shopper *shopper = shopper_new(request->dataset, request->shopper->user,
                                          request->shopper->as_of, &changes, whynot_search->error);
    if (shopper) feed = list_of(request, shopper, whynot_search->error);
    if (feed) {
        const double before = whynot_search->whynot->score - whynot_search->whynot->last;
        const double after =
            score_of(feed, request->item) - last_score(feed, request->options->length);
        change->item = item;
        change->time = MOMENT_NONE;
        change->rank = feed_rank(feed, request->item);
        change->gain = isfinite(after) && isfinite(before) ? after - before : 0;
    }
    feed_free(feed);
    shopper_free(shopper);
    return feed != NULL;
}

/* -------------------------------------------------------------------- what speaks against it */

static void keep_largest(struct whynot *whynot, const struct whynot_change *change)
{
    int32_t at = whynot->n_against;
    while (at > 0 && whynot->against[at - 1].gain < change->gain)
        at--;
    if (at == WHYNOT_AGAINST) return;
    int32_t n = whynot->n_against < WHYNOT_AGAINST ? whynot->n_against++ : WHYNOT_AGAINST - 1;
    memmove(&whynot->against[at + 1], &whynot->against[at],
            (size_t)(n - at) * sizeof whynot->against[0]);
    whynot->against[at] = *change;
}

/* The place in shopper->item[] of the latest purchase before `bound` (time, then place), or -1. */
static int32_t next_latest(const struct shopper *shopper, int32_t bound)
{
    int32_t best = -1;
    for (int32_t s = 0; s < shopper->n; s++) {
        if (bound >= 0 && (shopper->time[s] > shopper->time[bound] ||
                           (shopper->time[s] == shopper->time[bound] && s >= bound)))
            continue;
        if (best < 0 || shopper->time[s] >= shopper->time[best]) best = s;
    }
    return best;
}

static bool find_against(struct whynot_search *whynot_search)
{
    const struct shopper *shopper = whynot_search->request->shopper;
    struct whynot *whynot = whynot_search->whynot;
    const double min = 1e-6 * fabs(whynot->score);
    if (!isfinite(whynot->score) || !isfinite(whynot->last)) return true;
    for (int32_t s = next_latest(shopper, -1); s >= 0 && whynot->n_tried < WHYNOT_PURCHASES_TRIED;
         s = next_latest(shopper, s)) {
        struct whynot_change change;
        if (shopper->added[s] || shopper->item[s] == whynot->item) continue;
        if (!try_change(whynot_search, shopper->item[s], false, &change)) return false;
        whynot->n_tried++;
        change.time = shopper->time[s];
        const bool higher = change.rank > 0 && change.rank < whynot->rank;
        if (higher && change.gain > min) keep_largest(whynot, &change);
    }
    return true;
}

/* ------------------------------------------------------------------------ what would bring it in
 */

/* The list with the item's score lifted by a factor has it; -1 = it could not be made. */
static int lifted_in(struct whynot_search *whynot_search, double factor)
{
    const struct whynot_request *request = whynot_search->request;
    struct feed_options options = *request->options;
    if (progress_cancelled(whynot_search->progress)) {
        error_set(whynot_search->error, ERROR_CANCELLED, "cancelled");
        return -1;
    }
    options.multiplied_item = request->item;
    options.multiplier = factor;
    struct feed *feed = feed_of_scores(whynot_search->now->scores, whynot_search->now->n_items,
                                       request->shopper, &options, whynot_search->error);
    const int in = feed ? feed->place[request->item] > 0 : -1;
    feed_free(feed);
    return in;
}

/* Up to four digits, as people write a factor: what is printed is what was tried. */
static double four_digits(double factor)
{
    const double unit = pow(10, floor(log10(factor)) - 3);
    return ceil(factor / unit - 1e-9) * unit;
}

/* The factor that score and last place give: what it takes where the list goes by score alone. A
 * score below 0 is divided. NAN where the sign is in the way. */
static double factor_by_score(double score, double last)
{
    if (!(score > 0) && !(score < 0 && last < 0)) return NAN;
    return fmax(1, score > 0 ? last / score : score / last) * (1 + 1e-6);
}

/* Between a factor that does not do it and one that does. */
static bool narrow_boost(struct whynot_search *whynot_search, double low, double *high)
{
    while (*high / low > 1 + 1e-4) {
        const double middle = sqrt(low * *high);
        const int in = lifted_in(whynot_search, middle);
        if (in < 0) return false;
        *(in ? high : &low) = middle;
    }
    *high = four_digits(*high);
    return true;
}

/* Where diversity chooses or pins stand, what it takes is found only by trying. */
static bool find_boost(struct whynot_search *whynot_search)
{
    struct whynot *whynot = whynot_search->whynot;
    const bool by_trying = whynot_search->now->rearranged || whynot_search->now->n_pins > 0;
    double low = 1, factor = by_trying ? 1.1 : factor_by_score(whynot->score, whynot->last);
    if (!isfinite(whynot->score) || whynot->score == 0 || isnan(factor)) return true;
    for (factor = four_digits(factor); factor <= RULE_BOOST_MAX; factor *= 2) {
        const int in = lifted_in(whynot_search, factor);
        if (in < 0) return false;
        if (in && by_trying && !narrow_boost(whynot_search, low, &factor)) return false;
        if (in) whynot->boost = factor;
        if (in || !by_trying) return true;
        low = factor;
    }
    return true;
}

static bool find_rank_without_rules(struct whynot_search *whynot_search)
{
    const struct whynot_request *request = whynot_search->request;
    struct feed_options options = *request->options;
    options.without_rules = true;
    struct feed *feed = feed_of_scores(whynot_search->now->scores, whynot_search->now->n_items,
                                       request->shopper, &options, whynot_search->error);
    if (feed) whynot_search->whynot->rank_without_rules = feed_rank(feed, request->item);
    feed_free(feed);
    return feed != NULL;
}

/* From the end of the list on, the first place that no other pin has. */
static int32_t place_to_pin(const struct whynot_search *whynot_search)
{
    const struct feed *now = whynot_search->now;
    const int32_t end = now->n < whynot_search->whynot->length ? now->n + 1 : now->n;
    for (int32_t place = end; place > 0; place--) {
        bool taken = false;
        for (int32_t p = 0; p < now->n_pins; p++)
            taken |= now->pins[p].place == place;
        if (!taken) return place;
    }
    return 0;
}

/* Neighbours of the item by the first model that has such a notion, nearest first. */
static int32_t candidates(const struct whynot_request *request, struct neighbour *out)
{
    for (int32_t p = 0; p < request->n_candidate_models; p++) {
        const struct model_base *base = model_base(request->candidate_models[p].model);
        if (!base->kind->similar || request->item >= base->dataset->n_items) continue;
        int32_t n = base->kind->similar(request->candidate_models[p].model, request->item,
                                        WHYNOT_REMEDIES_TRIED, out, NULL);
        if (n > 0) return n;
    }
    return 0;
}

static bool find_recourse(struct whynot_search *whynot_search)
{
    struct neighbour near[WHYNOT_REMEDIES_TRIED];
    const struct whynot_request *request = whynot_search->request;
    struct whynot_change *recourse = &whynot_search->whynot->recourse;
    const int32_t now = whynot_search->whynot->rank;
    const int32_t n = candidates(request, near);
    for (int32_t c = 0; c < n; c++) {
        struct whynot_change change;
        if (near[c].id == request->item || shopper_find(request->shopper, near[c].id) >= 0)
            continue;
        if (!try_change(whynot_search, near[c].id, true, &change)) return false;
        bool better = change.rank > 0 && (now == 0 || change.rank < now) &&
                      (recourse->item < 0 || change.rank < recourse->rank);
        if (better) *recourse = change;
        if (better && change.rank <= request->options->length) return true;
    }
    return true;
}

/* ------------------------------------------------------------------------------ model by model */

static bool ask_model(const struct whynot_request *request,
                      const struct whynot_candidate *candidate_model, struct whynot_model *answer,
                      struct error *error)
{
    const struct feed_options plain = { .length = request->options->length };
    struct feed *feed = feed_new(candidate_model->model, request->shopper, &plain, error);
    if (!feed) return false;
    answer->kind = model_base(candidate_model->model)->kind->name;
    answer->run = candidate_model->run;
    answer->knows = request->item < feed->n_items;
    answer->score = score_of(feed, request->item);
    answer->scored = answer->score > -INFINITY;
    answer->rank = rank_by_score(feed, request->item);
    answer->listed = count_listed(feed);
    /* One that is left out stands among the others where its score puts it. */
    answer->listed += answer->scored && feed->status[request->item] != FEED_LISTED;
    answer->last = last_score(feed, plain.length);
    answer->gap = answer->scored && isfinite(answer->last) ? answer->score - answer->last : NAN;
    feed_free(feed);
    return true;
}

/* The first and the last time that the shopper got it. */
static void find_purchases(const struct shopper *shopper, struct whynot *whynot)
{
    for (int32_t e = 0; e < shopper->n_events; e++) {
        const struct event *event = &shopper->events[e];
        const bool got = event->type == EVENT_PURCHASE || event->type == EVENT_RATING ||
                         event->type == EVENT_WEIGHT;
        if (event->item != whynot->item || !got) continue;
        if (whynot->first_bought == MOMENT_NONE) whynot->first_bought = event->time;
        whynot->last_bought = event->time;
    }
}

static bool read_list(struct whynot_search *whynot_search)
{
    const struct whynot_request *request = whynot_search->request;
    struct whynot *whynot = whynot_search->whynot;
    const int32_t item = request->item;
    struct feed *feed = list_of(request, request->shopper, whynot_search->error);
    if (!feed) return false;
    whynot->status = item < feed->n_items ? (enum feed_status)feed->status[item] : FEED_UNSCORED;
    whynot->rank = feed_rank(feed, item);
    whynot->rank_if = rank_by_score(feed, item);
    whynot->score = score_of(feed, item);
    whynot->last = last_score(feed, request->options->length);
    whynot->n_touches = feed_touches(feed, item, whynot->touches, WHYNOT_TOUCHES);
    whynot->buyers = (int32_t)(request->dataset->by_item.start[item + 1] -
                               request->dataset->by_item.start[item]);
    if (whynot->status == FEED_BOUGHT) find_purchases(request->shopper, whynot);
    whynot_search->now = feed;
    return true;
}

static bool fill(struct whynot_search *whynot_search)
{
    const struct whynot_request *request = whynot_search->request;
    struct whynot *whynot = whynot_search->whynot;
    if (!read_list(whynot_search)) return false;
    for (int32_t p = 0; p < request->n_candidate_models; p++)
        if (!ask_model(request, &request->candidate_models[p], &whynot->models[p],
                       whynot_search->error))
            return false;
    whynot->n_models = request->n_candidate_models;
    if (whynot->rank > 0 && whynot->rank <= whynot->length) return true;
    if (whynot->status == FEED_LISTED && !find_against(whynot_search)) return false;
    if (whynot->status == FEED_RULED_OUT) return find_rank_without_rules(whynot_search);
    /* What a filter leaves out, none of these brings in. */
    if (whynot->status != FEED_LISTED && whynot->status != FEED_UNSCORED &&
        whynot->status != FEED_CROWDED_OUT)
        return true;
    if (!find_boost(whynot_search) || !find_recourse(whynot_search)) return false;
    const bool helped = whynot->recourse.rank > 0 && whynot->recourse.rank <= whynot->length;
    if (isnan(whynot->boost) && !helped) whynot->pin = place_to_pin(whynot_search);
    return true;
}

static int32_t *copy_items(const int32_t *items, int32_t n)
{
    int32_t *copy = malloc(((size_t)n + 1) * sizeof *copy);
    if (copy && n > 0) memcpy(copy, items, (size_t)n * sizeof *copy);
    return copy;
}

struct whynot *whynot_new(const struct whynot_request *request, struct progress *progress,
                          struct error *error)
{
    struct whynot_search whynot_search = { .request = request,
                                           .progress = progress,
                                           .error = error };
    struct whynot *whynot = calloc(1, sizeof *whynot);
    if (request->item < 0 || request->item >= request->dataset->n_items) {
        error_set(error, ERROR_MISSING, "there is no item number %d", request->item);
        goto fail;
    }
    if (whynot)
        whynot->models = calloc((size_t)request->n_candidate_models + 1, sizeof *whynot->models);
    whynot_search.with = copy_items(request->changes.with, request->changes.n_with);
    whynot_search.without = copy_items(request->changes.without, request->changes.n_without);
    if (!whynot || !whynot->models || !whynot_search.with || !whynot_search.without) {
        error_memory(error, "an answer");
        goto fail;
    }
    whynot_search.whynot = whynot;
    whynot->item = request->item;
    whynot->length = request->options->length;
    whynot->first_bought = whynot->last_bought = MOMENT_NONE;
    whynot->boost = NAN;
    whynot->recourse.item = -1;
    if (request->options->pipeline) whynot->pipeline = pipeline_retain(request->options->pipeline);
    if (!fill(&whynot_search)) goto fail;
    feed_free(whynot_search.now);
    free(whynot_search.with);
    free(whynot_search.without);
    return whynot;
fail:
    feed_free(whynot_search.now);
    free(whynot_search.with);
    free(whynot_search.without);
    whynot_free(whynot);
    return NULL;
}

void whynot_free(struct whynot *whynot)
{
    if (!whynot) return;
    free(whynot->models);
    pipeline_release(whynot->pipeline);
    free(whynot);
}
