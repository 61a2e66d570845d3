/* sweep.c - a list for every user, or for as many as there is time for, drawn at random. */
#include "aisle/audience.h"
#include "aisle/parallel.h"
#include "aisle/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GRAIN = 8 };

struct sweep {
    const struct audience_request *request;
    audience_visit *visit;
    void *context;
    int32_t *order; /* users, drawn */
    atomic_int asked;
    atomic_bool failed;
    struct timespec begin;
};

static double seconds_since(const struct timespec *begin)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) * 1e-9;
}

static bool one_list(struct sweep *sweep, int32_t user, float *scores)
{
    const struct audience_request *request = sweep->request;
    const struct model_base *base = model_base(request->model);
    const struct feed_options options = { .length = request->length,
                                          .pipeline = request->pipeline,
                                          .now = request->now };
    struct feed *feed = NULL;
    struct shopper *shopper = shopper_new(request->dataset, user, MOMENT_NONE, NULL, NULL);
    if (shopper && base->kind->score(request->model, shopper, scores, NULL))
        feed = feed_of_scores(scores, base->dataset->n_items, shopper, &options, NULL);
    const bool good = feed && sweep->visit(sweep->context, shopper, feed);
    feed_free(feed);
    shopper_free(shopper);
    return good;
}

static void block(void *context, size_t begin, size_t end, int worker)
{
    struct sweep *sweep = context;
    const int32_t n = model_base(sweep->request->model)->dataset->n_items;
    const double seconds = sweep->request->seconds;
    (void)worker;
    if (seconds > 0 && seconds_since(&sweep->begin) > seconds) return;
    float *scores = malloc(((size_t)n + 1) * sizeof *scores);
    if (!scores) sweep->failed = true;
    for (size_t u = begin; u < end && !sweep->failed; u++)
        if (one_list(sweep, sweep->order[u], scores))
            atomic_fetch_add(&sweep->asked, 1);
        else
            sweep->failed = true;
    free(scores);
}

static bool is_in(const struct audience_request *request, int32_t user)
{
    const struct attributes *attributes = &request->dataset->user_attributes;
    if (request->segment < 0) return true;
    for (int64_t v = attributes->offset[user]; v < attributes->offset[user + 1]; v++)
        if (attributes->value[v] == request->segment) return true;
    return false;
}

static int32_t draw(const struct audience_request *request, int32_t *order)
{
    struct rng rng;
    int32_t n = 0;
    rng_init(&rng, request->seed);
    for (int32_t u = 0; u < request->dataset->n_users; u++)
        if (is_in(request, u)) order[n++] = u;
    rng_shuffle(&rng, order, n);
    return n;
}

bool audience_sweep(const struct audience_request *request, audience_visit *visit, void *context,
                    int32_t *users, int32_t *asked, struct progress *progress, struct error *error)
{
    struct sweep sweep = { .request = request, .visit = visit, .context = context };
    const size_t capacity = (size_t)request->dataset->n_users + 1;
    bool done = false;
    *users = *asked = 0;
    clock_gettime(CLOCK_MONOTONIC, &sweep.begin);
    sweep.order = malloc(capacity * sizeof *sweep.order);
    if (!sweep.order) return error_memory(error, "the lists");
    *users = draw(request, sweep.order);
    progress_begin(progress, "lists", *users);
    if (!parallel_for(request->threads, (size_t)*users, GRAIN, block, &sweep, progress))
        error_set(error, ERROR_CANCELLED, "cancelled");
    else if (sweep.failed)
        error_memory(error, "the lists");
    else
        done = true;
    *asked = sweep.asked;
    free(sweep.order);
    return done;
}

/* An end of Wilson's interval for `count` of n, z standard errors away: + the upper, - the lower.
 */
static double wilson_end(double count, double n, double z)
{
    const double p = fmin(1, fmax(0, count / n)), d = 1 + z * z / n;
    return ((p + z * z / (2 * n)) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / d;
}

struct audience_share audience_share_of(int32_t count, int32_t asked, int32_t users)
{
    const double n = asked, all = users;
    struct audience_share share = { 0 };
    if (asked == 0) return (struct audience_share){ 0, 0, users > 0 };
    share.share = share.low = share.high = count / n;
    if (asked >= users) return share;
    /* Drawn without replacement: the finite population narrows it. Half a user to both sides makes
     * up for counts being whole. */
    const double z = 1.959964 * sqrt((all - n) / (all - 1));
    share.low = count == 0 ? 0 : fmax(0, wilson_end(count - 0.5, n, -z));
    share.high = count == asked ? 1 : fmin(1, wilson_end(count + 0.5, n, z));
    return share;
}
