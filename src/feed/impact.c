/* impact.c - two lists for every user, or for as many as there is time for. */
#include "pipeline_private.h"

#include "aisle/audience.h"
#include "aisle/impact.h"
#include "aisle/parallel.h"
#include "aisle/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GRAIN = 8 };

struct measuring {
    const struct impact_request *request;
    int32_t *order;             /* (users) drawn at random */
    atomic_int *left, *entered; /* (n_items) lists */
    atomic_int asked, changed;
    atomic_bool failed;
    struct timespec begin;
};

static double seconds_since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) * 1e-9;
}

/* ------------------------------------------------------------------------------------ one user */

static void count_moves(struct measuring *measuring, const struct feed *a, const struct feed *b)
{
    bool same = a->n == b->n;
    for (int32_t r = 0; r < a->n; r++) {
        const int32_t item = a->rows[r].item;
        same = same && b->rows[r].item == item;
        if (b->place[item] == 0)
            atomic_fetch_add_explicit(&measuring->left[item], 1, memory_order_relaxed);
    }
    for (int32_t r = 0; r < b->n; r++)
        if (a->place[b->rows[r].item] == 0)
            atomic_fetch_add_explicit(&measuring->entered[b->rows[r].item], 1,
                                      memory_order_relaxed);
    atomic_fetch_add_explicit(&measuring->changed, !same, memory_order_relaxed);
}

static bool look_at(struct measuring *measuring, int32_t user, float *scores)
{
    const struct impact_request *request = measuring->request;
    const struct model_base *base = model_base(request->model);
    struct feed_options options = { .length = request->length,
                                    .now = request->now,
                                    .pipeline = request->before };
    struct feed *a = NULL, *b = NULL;
    struct shopper *shopper = shopper_new(request->dataset, user, MOMENT_NONE, NULL, NULL);
    if (shopper && base->kind->score(request->model, shopper, scores, NULL)) {
        a = feed_of_scores(scores, base->dataset->n_items, shopper, &options, NULL);
        options.pipeline = request->after;
        b = feed_of_scores(scores, base->dataset->n_items, shopper, &options, NULL);
    }
    const bool good = a && b;
    if (good) count_moves(measuring, a, b);
    feed_free(a);
    feed_free(b);
    shopper_free(shopper);
    return good;
}

static void block(void *context, size_t begin, size_t end, int worker)
{
    struct measuring *measuring = context;
    const struct impact_request *request = measuring->request;
    const int32_t n = model_base(request->model)->dataset->n_items;
    (void)worker;
    if (request->seconds > 0 && seconds_since(&measuring->begin) > request->seconds) return;
    float *scores = malloc(((size_t)n + 1) * sizeof *scores);
    for (size_t u = begin; scores && u < end && !measuring->failed; u++)
        if (look_at(measuring, measuring->order[u], scores))
            atomic_fetch_add(&measuring->asked, 1);
        else
            measuring->failed = true;
    if (!scores) measuring->failed = true;
    free(scores);
}

/* ---------------------------------------------------------------------------------- all of them */

static void estimate(struct impact *impact)
{
    const struct audience_share share =
        audience_share_of(impact->changed, impact->asked, impact->users);
    impact->share = share.share;
    impact->low = share.low;
    impact->high = share.high;
}

static int32_t keep_max(const atomic_int *lists, int32_t n_items, struct impact_item *out)
{
    int32_t n = 0;
    for (int32_t i = 0; i < n_items; i++) {
        const int32_t count = lists[i];
        if (count == 0 || (n == IMPACT_ITEMS && out[n - 1].lists >= count)) continue;
        int32_t at = n < IMPACT_ITEMS ? n++ : n - 1;
        for (; at > 0 && out[at - 1].lists < count; at--)
            out[at] = out[at - 1];
        out[at] = (struct impact_item){ i, count };
    }
    return n;
}

/* ----------------------------------------------------------------------------------- collisions */

static int32_t count_common(const struct compiled_rule *a, const struct compiled_rule *b)
{
    int32_t n = 0;
    for (int32_t i = 0, j = 0; i < a->n_items && j < b->n_items;) {
        const int32_t x = a->items[i], y = b->items[j];
        n += x == y;
        i += x <= y;
        j += y <= x;
    }
    return n;
}

static bool share_values(const struct compiled_rule *a, const struct compiled_rule *b)
{
    for (int32_t v = 0; v < a->n_segment; v++)
        if (rule_listed(b->segment, b->n_segment, a->segment[v])) return true;
    return false;
}

/* False only where it is certain that nobody is meant by both, or where one attribute would have to
 * have two values. */
static bool may_meet(const struct compiled_rule *one, const struct compiled_rule *other)
{
    const struct rule *a = &one->rule, *b = &other->rule;
    if (a->from != MOMENT_NONE && b->to != MOMENT_NONE && a->from > b->to) return false;
    if (b->from != MOMENT_NONE && a->to != MOMENT_NONE && b->from > a->to) return false;
    if (a->weekdays && b->weekdays && !(a->weekdays & b->weekdays)) return false;
    if (a->scope == RULE_FOR_ALL || b->scope != a->scope) return true;
    if (a->scope == RULE_FOR_USER) return one->user == other->user;
    return strcmp(a->segment_name, b->segment_name) != 0 || share_values(one, other);
}

static bool lifts(const struct rule *rule)
{
    return rule->action <= RULE_BOOST;
}

/* Include-only and filter leave out what they do not match, so they agree with what lifts. */
static bool sinks(const struct rule *rule)
{
    return rule->action == RULE_BURY || rule->action == RULE_EXCLUDE;
}

static bool pins(const struct rule *rule)
{
    return rule->action <= RULE_SOFT_PIN;
}

/* Several matches stand one after the other from the rule's place on: the first place, of a list,
 * that both would take; 0 = none. */
static int32_t common_place(const struct compiled_rule *a, const struct compiled_rule *b,
                            int32_t length)
{
    if (!pins(&a->rule) || !pins(&b->rule) || a->n_items == 0 || b->n_items == 0) return 0;
    const double x = a->rule.amount, y = b->rule.amount, place = x > y ? x : y;
    return place <= length && place < x + a->n_items && place < y + b->n_items ? (int32_t)place : 0;
}

/* Whether the first has the last word about an item that both match. */
static bool overrules(const struct rule *a, const struct rule *b)
{
    if (a->action == RULE_EXCLUDE) return b->action != RULE_EXCLUDE;
    return pins(a) && (b->action == RULE_BOOST || b->action == RULE_BURY);
}

static void find_collisions(const struct impact_request *request, struct impact *impact)
{
    const struct pipeline *pipeline = request->after;
    int32_t own = 0;
    while (own < pipeline->n_rules && pipeline->rules[own].rule.id != request->rule)
        own++;
    if (own == pipeline->n_rules) return;
    const struct compiled_rule *rule = &pipeline->rules[own];
    impact->items = rule->n_items;
    for (int32_t r = 0; r < pipeline->n_rules && impact->n_collisions < IMPACT_COLLISIONS; r++) {
        const struct compiled_rule *other = &pipeline->rules[r];
        if (r == own || !may_meet(rule, other)) continue;
        const int32_t common = count_common(rule, other);
        const int32_t place = common == 0 ? common_place(rule, other, request->length) : 0;
        if (common == 0 && place == 0) continue;
        const bool ordered = pins(&rule->rule) && pins(&other->rule);
        const bool wins = ordered ? r < own : overrules(&other->rule, &rule->rule);
        impact->collisions[impact->n_collisions++] = (struct impact_collision){
            .rule = other->rule.id,
            .items = common,
            .place = place,
            .wins = wins,
            .both = !ordered && !wins && !overrules(&rule->rule, &other->rule),
            .opposed = (lifts(&rule->rule) && sinks(&other->rule)) ||
                       (sinks(&rule->rule) && lifts(&other->rule)),
        };
    }
}

bool impact_measure(const struct impact_request *request, struct impact *impact,
                    struct progress *progress, struct error *error)
{
    const int32_t users = request->dataset->n_users;
    int32_t items = model_base(request->model)->dataset->n_items;
    struct measuring measuring = { .request = request };
    struct rng rng;
    bool done = false;
    if (request->dataset->n_items > items) items = request->dataset->n_items;
    *impact = (struct impact){ .now = request->now, .users = users };
    clock_gettime(CLOCK_MONOTONIC, &measuring.begin);
    measuring.order = malloc(((size_t)users + 1) * sizeof *measuring.order);
    measuring.left = calloc((size_t)items + 1, sizeof *measuring.left);
    measuring.entered = calloc((size_t)items + 1, sizeof *measuring.entered);
    if (!measuring.order || !measuring.left || !measuring.entered) {
        error_memory(error, "the lists");
        goto out;
    }
    for (int32_t u = 0; u < users; u++)
        measuring.order[u] = u;
    rng_init(&rng, request->seed);
    rng_shuffle(&rng, measuring.order, users);
    progress_begin(progress, "lists", users);
    if (!parallel_for(request->threads, (size_t)users, GRAIN, block, &measuring, progress))
        error_set(error, ERROR_CANCELLED, "cancelled");
    else if (measuring.failed)
        error_memory(error, "the lists");
    else
        done = true;
    impact->asked = measuring.asked;
    impact->changed = measuring.changed;
    impact->n_leaving = keep_max(measuring.left, items, impact->leaving);
    impact->n_entering = keep_max(measuring.entered, items, impact->entering);
    estimate(impact);
    find_collisions(request, impact);
    impact->seconds = seconds_since(&measuring.begin);
out:
    free(measuring.order);
    free(measuring.left);
    free(measuring.entered);
    return done;
}
