/* diff.c - lists of then and now, with one thing changed at a time. */
#include "aisle/diff.h"

#include "aisle/compare.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const double persistence = 0.9;

const char *diff_step_name(enum diff_step step)
{
    static const char *const names[DIFF_STEPS] = { "events", "model", "rules", "stock" };
    return names[step];
}

/* ---------------------------------------------------------------------------------- one shopper */

/* Scores of a model for the shopper as of a moment; both are handed over. */
static float *score_at(const struct diff_state *model, int64_t at, int32_t user,
                       struct shopper **shopper, struct error *error)
{
    const struct model_base *base = model_base(model->model);
    float *scores = malloc(((size_t)base->dataset->n_items + 1) * sizeof *scores);
    *shopper = scores ? shopper_new(model->dataset, user, at, NULL, error) : NULL;
    if (!scores) error_memory(error, "a list");
    if (*shopper && base->kind->score(model->model, *shopper, scores, error)) return scores;
    free(scores);
    return NULL;
}

static struct feed *list_of(const struct diff_request *request, const struct diff_state *model,
                            const float *scores, const struct shopper *shopper,
                            const struct pipeline *pipeline, int64_t now, struct error *error)
{
    const struct feed_options options = { .length = request->length,
                                          .pipeline = pipeline,
                                          .now = now };
    return feed_of_scores(scores, model_base(model->model)->dataset->n_items, shopper, &options,
                          error);
}

bool diff_lists(const struct diff_request *request, int32_t user,
                struct feed *lists[DIFF_STEPS + 1], struct error *error)
{
    const struct diff_state *then = &request->then, *now = &request->now;
    struct shopper *before = NULL, *after = NULL, *counted = NULL;
    float *old = NULL, *fresh = NULL, *model = NULL;
    bool good = false;
    memset(lists, 0, (DIFF_STEPS + 1) * sizeof *lists);
    if (!(old = score_at(then, then->at, user, &before, error)) ||
        !(fresh = score_at(then, MOMENT_NONE, user, &after, error)) ||
        !(model = score_at(now, MOMENT_NONE, user, &counted, error)))
        goto out;
    good = (lists[0] = list_of(request, then, old, before, then->pipeline, then->at, error)) &&
           (lists[1] = list_of(request, then, fresh, after, then->pipeline, then->at, error)) &&
           (lists[2] = list_of(request, now, model, counted, then->pipeline, then->at, error)) &&
           (lists[3] = list_of(request, now, model, counted, now->pipeline, now->at, error)) &&
           (lists[4] = list_of(request, now, model, counted, request->stocked, now->at, error));
out:
    free(old);
    free(fresh);
    free(model);
    shopper_free(before);
    shopper_free(after);
    shopper_free(counted);
    return good;
}

static int32_t place_in(const struct feed *feed, int32_t item)
{
    return item < feed->n_items ? feed->place[item] : 0;
}

static bool same_rows(const struct feed *a, const struct feed *b)
{
    bool same = a->n == b->n;
    for (int32_t r = 0; same && r < a->n; r++)
        same = a->rows[r].item == b->rows[r].item;
    return same;
}

unsigned diff_steps_of(struct feed *const lists[DIFF_STEPS + 1], int32_t item)
{
    unsigned steps = 0;
    for (int s = 0; s < DIFF_STEPS; s++) {
        const bool moved = item < 0 ? !same_rows(lists[s], lists[s + 1])
                                    : place_in(lists[s], item) != place_in(lists[s + 1], item);
        steps |= (unsigned)moved << s;
    }
    return steps;
}

/* The first time that the user got it; known of the events alone. */
static int64_t first_time(const struct dataset *dataset, int32_t user, int32_t item)
{
    for (int64_t e = dataset->sequence[user]; e < dataset->sequence[user + 1]; e++)
        if (dataset->event_item[e] == item) return dataset_event(dataset, e).time;
    return MOMENT_NONE;
}

void diff_why(const struct diff_request *request, struct feed *const lists[DIFF_STEPS + 1],
              int32_t user, int32_t item, struct compare_why *why)
{
    static const enum compare_cause causes[DIFF_STEPS] = { CAUSE_EVENT, CAUSE_MODEL, CAUSE_RULE,
                                                           CAUSE_STOCK };
    const bool was = place_in(lists[0], item) > 0, is = place_in(lists[DIFF_STEPS], item) > 0;
    const struct feed *lacking = was ? lists[DIFF_STEPS] : lists[0];
    const struct diff_state *state = was ? &request->now : &request->then;
    if (was != is &&
        compare_left_out(lacking, NULL, model_base(state->model)->dataset->n_items, item, why)) {
        if (why->cause == CAUSE_BOUGHT) why->time = first_time(request->now.dataset, user, item);
        return;
    }
    const unsigned steps = diff_steps_of(lists, item);
    *why = (struct compare_why){ .item = item, .time = MOMENT_NONE };
    for (int s = 0; s < DIFF_STEPS && place_in(lists[0], item) != place_in(lists[DIFF_STEPS], item);
         s++)
        if (steps >> s & 1) why->cause = causes[s];
}

/* -------------------------------------------------------------------------------------- everybody
 */

struct measuring {
    const struct diff_request *request;
    struct diff *diff;
    struct diff_item *items; /* (n_items) */
    double rbo;
    pthread_mutex_t lock; /* held to count, not to make lists */
};

static double overlap_of(const struct feed *a, const struct feed *b)
{
    int32_t *items = malloc(((size_t)a->n + (size_t)b->n + 1) * sizeof *items);
    double rbo = NAN;
    if (!items) return rbo;
    for (int32_t r = 0; r < a->n; r++)
        items[r] = a->rows[r].item;
    for (int32_t r = 0; r < b->n; r++)
        items[a->n + r] = b->rows[r].item;
    rbo = rank_biased_overlap(items, a->n, items + a->n, b->n, persistence);
    free(items);
    return rbo;
}

/* The step at which an item came or went last: what stands is what it did. */
static void count_item(struct diff_item *count, struct feed *const lists[DIFF_STEPS + 1],
                       int32_t item)
{
    const bool was = place_in(lists[0], item) > 0, is = place_in(lists[DIFF_STEPS], item) > 0;
    if (was == is) return;
    count->item = item;
    count->left += was;
    count->entered += is;
    for (int s = DIFF_STEPS; s-- > 0;) {
        if ((place_in(lists[s], item) > 0) == (place_in(lists[s + 1], item) > 0)) continue;
        count->by[s]++;
        return;
    }
}

static void keep_member(struct diff *diff, const struct diff_member *member)
{
    int32_t at = diff->n_moved;
    if (at == DIFF_MAX && diff->moved[at - 1].rbo <= member->rbo) return;
    if (at < DIFF_MAX)
        diff->n_moved++;
    else
        at--;
    for (; at > 0 &&
           (diff->moved[at - 1].rbo > member->rbo ||
            (diff->moved[at - 1].rbo >= member->rbo && diff->moved[at - 1].user > member->user));
         at--)
        diff->moved[at] = diff->moved[at - 1];
    diff->moved[at] = *member;
}

static void count(struct measuring *measuring, int32_t user,
                  struct feed *const lists[DIFF_STEPS + 1])
{
    struct diff *diff = measuring->diff;
    const struct feed *then = lists[0], *now = lists[DIFF_STEPS];
    const struct diff_member member = { user, overlap_of(then, now), diff_steps_of(lists, -1) };
    pthread_mutex_lock(&measuring->lock);
    measuring->rbo += member.rbo;
    for (int s = 0; s < DIFF_STEPS; s++)
        diff->by[s] += (int32_t)(member.steps >> s & 1);
    for (int32_t r = 0; r < then->n; r++)
        count_item(&measuring->items[then->rows[r].item], lists, then->rows[r].item);
    for (int32_t r = 0; r < now->n; r++)
        count_item(&measuring->items[now->rows[r].item], lists, now->rows[r].item);
    if (!same_rows(then, now)) {
        diff->changed++;
        keep_member(diff, &member);
    }
    pthread_mutex_unlock(&measuring->lock);
}

static bool visit(void *context, const struct shopper *shopper, const struct feed *feed)
{
    struct measuring *measuring = context;
    struct feed *lists[DIFF_STEPS + 1];
    (void)feed; /* the last of the lists, made again beside the others */
    const bool good = diff_lists(measuring->request, shopper->user, lists, NULL);
    if (good) count(measuring, shopper->user, lists);
    for (int s = 0; s <= DIFF_STEPS; s++)
        feed_free(lists[s]);
    return good;
}

static void keep_items(struct diff *diff, const struct diff_item *items, int32_t n_items)
{
    for (int32_t i = 0; i < n_items; i++) {
        const int32_t lists = items[i].left + items[i].entered;
        int32_t at = diff->n_items;
        if (lists == 0) continue;
        if (at == DIFF_MAX) {
            at--;
            if (diff->items[at].left + diff->items[at].entered >= lists) continue;
        } else
            diff->n_items++;
        for (; at > 0 && diff->items[at - 1].left + diff->items[at - 1].entered < lists; at--)
            diff->items[at] = diff->items[at - 1];
        diff->items[at] = items[i];
    }
}

bool diff_measure(const struct diff_request *request, double seconds, uint64_t seed, int threads,
                  struct diff *diff, struct progress *progress, struct error *error)
{
    struct measuring measuring = { .request = request, .diff = diff };
    /* The sweep draws users and watches the time; its own list is kept as short as can be. */
    const struct audience_request sweep = { .model = request->now.model,
                                            .dataset = request->now.dataset,
                                            .length = 1,
                                            .segment = -1,
                                            .seconds = seconds,
                                            .seed = seed,
                                            .threads = threads };
    const int32_t n = request->now.dataset->n_items;
    bool done = false;
    *diff = (struct diff){ 0 };
    measuring.items = calloc((size_t)n + 1, sizeof *measuring.items);
    if (!measuring.items) return error_memory(error, "the lists");
    pthread_mutex_init(&measuring.lock, NULL);
    done = audience_sweep(&sweep, visit, &measuring, &diff->users, &diff->asked, progress, error);
    pthread_mutex_destroy(&measuring.lock);
    if (diff->asked > 0) diff->rbo = measuring.rbo / diff->asked;
    keep_items(diff, measuring.items, n);
    free(measuring.items);
    return done;
}
