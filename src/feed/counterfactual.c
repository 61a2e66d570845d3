/* counterfactual.c - which purchases an item stands on: by trying. */
#include "counterfactual_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct feed *removing_list(struct removing *removing, const int32_t *set, int32_t n)
{
    const struct counterfactual_request *request = removing->request;
    struct shopper_changes changes = request->changes;
    struct feed *feed = NULL;
    if (progress_cancelled(removing->progress)) {
        removing->failed = true;
        error_set(removing->error, ERROR_CANCELLED, "cancelled");
        return NULL;
    }
    for (int32_t i = 0; i < n; i++)
        removing->without[changes.n_without + i] = request->shopper->item[set[i]];
    changes.without = removing->without;
    changes.n_without += n;
    struct shopper *shopper = shopper_new(request->dataset, request->shopper->user,
                                          request->shopper->as_of, &changes, removing->error);
    if (shopper) feed = feed_new(request->model, shopper, request->options, removing->error);
    shopper_free(shopper);
    removing->tried++;
    removing->failed |= feed == NULL;
    return feed;
}

bool removing_drops(struct removing *removing, const int32_t *set, int32_t n)
{
    struct feed *feed = removing_list(removing, set, n);
    const bool drops = feed && feed->place[removing->request->item] == 0;
    feed_free(feed);
    return drops;
}

/* ------------------------------------------------------------------------------- one at a time */

struct effect {
    int32_t at;  /* place in shopper->item[] */
    double fall; /* by how much the item's lead over the end of the list shrinks */
};

static int by_fall(const void *a, const void *b)
{
    const struct effect *x = a, *y = b;
    if (x->fall < y->fall || x->fall > y->fall) return x->fall < y->fall ? 1 : -1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static double lead(const struct feed *feed, int32_t item)
{
    const double score = (double)feed_score(feed, item);
    const double last = feed->n > 0 ? (double)feed->rows[feed->n - 1].score : 0;
    return score > -INFINITY ? score - last : -1e30;
}

/* Every purchase alone, the one that counts most first. *alone: the first that does it by itself.
 */
static bool try_each(struct removing *removing, struct effect *effects, int32_t n, int32_t *alone)
{
    const int32_t item = removing->request->item;
    *alone = -1;
    for (int32_t s = 0; s < n; s++) {
        struct feed *feed = removing_list(removing, &s, 1);
        if (!feed) return false;
        effects[s] = (struct effect){ s, lead(removing->now, item) - lead(feed, item) };
        const bool drops = feed->place[item] == 0;
        if (drops && (*alone < 0 || effects[s].fall > effects[*alone].fall)) *alone = s;
        feed_free(feed);
    }
    return true;
}

/* Takes out what counts most until the item is gone, then puts back what was not needed. */
static bool take_out(struct removing *removing, const struct effect *effects, int32_t n,
                     int32_t *set, int32_t *n_set)
{
    const int32_t max = n < COUNTERFACTUAL_MAX ? n : COUNTERFACTUAL_MAX;
    int32_t size = 0, step = 1;
    bool gone = false;
    /* In growing steps: a set of many is found in few lists, and made small below. */
    while (!gone && size < max && !removing->failed) {
        for (int32_t i = 0; i < step && size < max; i++, size++)
            set[size] = effects[size].at;
        gone = removing_drops(removing, set, size);
        step += size / 8;
    }
    for (int32_t i = size - 1; gone && i >= 0 && size > 1 && !removing->failed; i--) {
        const int32_t back = set[i];
        memmove(&set[i], &set[i + 1], (size_t)(size - i - 1) * sizeof *set);
        if (removing_drops(removing, set, size - 1)) {
            size--;
            continue;
        }
        memmove(&set[i + 1], &set[i], (size_t)(size - i - 1) * sizeof *set);
        set[i] = back;
    }
    *n_set = size;
    return gone && !removing->failed;
}

/* ------------------------------------------------------------------------------------ the answer
 */

static bool describe(struct removing *removing, const int32_t *set, int32_t n,
                     struct counterfactual *answer)
{
    const struct shopper *shopper = removing->request->shopper;
    struct feed *feed = removing_list(removing, set, n);
    if (!feed) return false;
    answer->found = true;
    answer->n = n;
    for (int32_t i = 0; i < n; i++) {
        answer->purchase[i] = shopper->item[set[i]];
        answer->time[i] = shopper->time[set[i]];
    }
    answer->rank_then = feed_rank(feed, answer->item);
    for (int32_t r = 0; r < feed->n && answer->instead < 0; r++)
        if (removing->now->place[feed->rows[r].item] == 0) answer->instead = feed->rows[r].item;
    feed_free(feed);
    return true;
}

static bool find(struct removing *removing, struct effect *effects, struct counterfactual *answer)
{
    const int32_t n = removing->request->shopper->n;
    int32_t set[COUNTERFACTUAL_MAX], n_set = 0, alone;
    answer->at_least = 1;
    if (n == 0) return true;
    if (!try_each(removing, effects, n, &alone)) return false;
    if (alone >= 0) {
        answer->smallest = true;
        return describe(removing, &alone, 1, answer);
    }
    answer->at_least = 2;
    qsort(effects, (size_t)n, sizeof *effects, by_fall);
    if (!take_out(removing, effects, n, set, &n_set)) {
        answer->in_vain = n_set;
        return !removing->failed;
    }
    if (answer->linear) answer->at_least = counterfactual_search(removing, set, &n_set);
    answer->smallest = n_set <= answer->at_least;
    return !removing->failed && describe(removing, set, n_set, answer);
}

/* Where rules or diversity move rows, what is added up is not what the list goes by. */
static bool is_linear(const struct counterfactual_request *request, const struct feed *now)
{
    const struct model_kind *kind = model_base(request->model)->kind;
    return kind->linear && kind->linear(request->model) && !now->boosted && now->n_pins == 0 &&
           !now->rearranged;
}

bool counterfactual_find(const struct counterfactual_request *request,
                         struct counterfactual *answer, struct progress *progress,
                         struct error *error)
{
    struct removing removing = { .request = request, .progress = progress, .error = error };
    const size_t n = (size_t)request->shopper->n, changes = (size_t)request->changes.n_without;
    struct effect *effects = malloc((n + 1) * sizeof *effects);
    bool done = false;
    *answer = (struct counterfactual){ .item = request->item, .instead = -1 };
    removing.without = malloc((n + changes + 1) * sizeof *removing.without);
    if (!effects || !removing.without) {
        error_memory(error, "an answer");
        goto out;
    }
    if (changes > 0)
        memcpy(removing.without, request->changes.without, changes * sizeof *removing.without);
    removing.now = removing_list(&removing, NULL, 0);
    if (!removing.now) goto out;
    if (request->item < removing.now->n_items) answer->rank = removing.now->place[request->item];
    answer->linear = is_linear(request, removing.now);
    done = answer->rank == 0 || find(&removing, effects, answer);
    answer->tried = removing.tried;
out:
    feed_free(removing.now);
    free(removing.without);
    free(effects);
    return done;
}
