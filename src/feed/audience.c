/* audience.c - who gets an item, at what rank and by which reason. */
#include "aisle/audience.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
    const struct audience_request *request;
    struct audience *audience;
    struct audience_reason *reasons; /* (n_reasons) of all who get it */
    int32_t n_reasons, capacity;
    pthread_mutex_t lock; /* held for the few users who get the item, and to count */
};

static void take_reason(struct audience_member *member, const struct receipt *receipt)
{
    const struct receipt *largest = NULL;
    for (int32_t c = 0; c < receipt->n_children; c++)
        if (receipt->children[c].kind != RECEIPT_REST &&
            (!largest || fabs(receipt->children[c].value) > fabs(largest->value)))
            largest = &receipt->children[c];
    if (!largest) return;
    member->reason = largest->kind;
    member->reason_user = -1; /* whose purchase or which neighbour says nothing about an audience */
    member->reason_item = largest->item;
    if (largest->words)
        snprintf(member->reason_words, sizeof member->reason_words, "%s", largest->words);
}

static bool before(const struct audience_member *a, const struct audience_member *b)
{
    return a->rank != b->rank ? a->rank < b->rank : a->user < b->user;
}

/* Keeps the best ranks; the order in which users come says nothing. */
static void keep(struct audience *audience, const struct audience_member *member)
{
    int32_t at = audience->n_members;
    if (at == AUDIENCE_MEMBERS && before(&audience->members[at - 1], member)) return;
    if (at < AUDIENCE_MEMBERS)
        audience->n_members++;
    else
        at--;
    for (; at > 0 && before(member, &audience->members[at - 1]); at--)
        audience->members[at] = audience->members[at - 1];
    audience->members[at] = *member;
}

static bool same_reason(const struct audience_member *a, const struct audience_member *b)
{
    return a->reason == b->reason && a->reason_item == b->reason_item &&
           strcmp(a->reason_words, b->reason_words) == 0;
}

/* One more who gets it for that; false without memory. There are few reasons beside users. */
static bool count_reason(struct gathering *gathering, const struct audience_member *member)
{
    for (int32_t r = 0; r < gathering->n_reasons; r++) {
        struct audience_reason *reason = &gathering->reasons[r];
        if (!same_reason(&reason->like, member)) continue;
        reason->members++;
        if (before(member, &reason->like))
            reason->like = *member; /* whatever order users come in */
        return true;
    }
    if (gathering->n_reasons == gathering->capacity) {
        const int32_t capacity = gathering->capacity ? 2 * gathering->capacity : 16;
        void *reasons = realloc(gathering->reasons, (size_t)capacity * sizeof *gathering->reasons);
        if (!reasons) return false;
        gathering->reasons = reasons;
        gathering->capacity = capacity;
    }
    gathering->reasons[gathering->n_reasons++] = (struct audience_reason){ *member, 1 };
    return true;
}

static bool visit(void *context, const struct shopper *shopper, const struct feed *feed)
{
    static const struct receipt_limits limits = { .children = 2, .levels = 1 };
    struct gathering *gathering = context;
    struct audience *audience = gathering->audience;
    const int32_t item = audience->item;
    if (item >= feed->n_items) return true;
    const int32_t rank = feed->place[item];
    struct audience_member member = { .user = shopper->user,
                                      .rank = rank,
                                      .reason = RECEIPT_SCORE,
                                      .reason_user = -1,
                                      .reason_item = -1 };
    if (rank == 0 && feed->status[item] != FEED_BOUGHT) return true;
    if (rank > 0) {
        struct receipt *receipt =
            feed_explain(feed, gathering->request->model, shopper, item, &limits, NULL);
        if (!receipt) return false;
        take_reason(&member, receipt);
        receipt_free(receipt);
    }
    bool counted = true;
    pthread_mutex_lock(&gathering->lock);
    audience->having += rank == 0;
    if (rank > 0) {
        audience->getting++;
        audience->at_rank[rank < AUDIENCE_RANKS ? rank : AUDIENCE_RANKS]++;
        keep(audience, &member);
        counted = count_reason(gathering, &member);
    }
    pthread_mutex_unlock(&gathering->lock);
    return counted;
}

static int max_members_first(const void *a, const void *b)
{
    const struct audience_reason *x = a, *y = b;
    if (x->members != y->members) return x->members > y->members ? -1 : 1;
    return before(&x->like, &y->like) ? -1 : before(&y->like, &x->like);
}

/* The reasons that most share; of the others, how many. */
static void keep_reasons(struct audience *audience, struct gathering *gathering)
{
    if (gathering->n_reasons > 0)
        qsort(gathering->reasons, (size_t)gathering->n_reasons, sizeof *gathering->reasons,
              max_members_first);
    for (int32_t r = 0; r < gathering->n_reasons; r++) {
        if (r < AUDIENCE_REASONS) {
            audience->reasons[audience->n_reasons++] = gathering->reasons[r];
        } else {
            audience->other_reasons++;
            audience->other_members += gathering->reasons[r].members;
        }
    }
}

struct audience *audience_of_item(const struct audience_request *request, int32_t item,
                                  struct progress *progress, struct error *error)
{
    struct audience *audience = calloc(1, sizeof *audience);
    struct gathering gathering = { .request = request, .audience = audience };
    if (!audience) {
        error_memory(error, "an audience");
        return NULL;
    }
    audience->item = item;
    pthread_mutex_init(&gathering.lock, NULL);
    const bool done = audience_sweep(request, visit, &gathering, &audience->users, &audience->asked,
                                     progress, error);
    pthread_mutex_destroy(&gathering.lock);
    if (!done) {
        free(gathering.reasons);
        free(audience);
        return NULL;
    }
    audience->share = audience_share_of(audience->getting, audience->asked, audience->users);
    keep_reasons(audience, &gathering);
    free(gathering.reasons);
    return audience;
}

void audience_free(struct audience *audience)
{
    free(audience);
}

/* ------------------------------------------------------------------------------- the catalogue */

struct counting {
    atomic_int *lists;             /* (n_items) */
    atomic_int_fast64_t *rank_sum; /* (n_items) */
};

static bool count_rows(void *context, const struct shopper *shopper, const struct feed *feed)
{
    struct counting *counting = context;
    (void)shopper;
    for (int32_t r = 0; r < feed->n; r++) {
        const int32_t item = feed->rows[r].item;
        atomic_fetch_add_explicit(&counting->lists[item], 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&counting->rank_sum[item], feed->rows[r].rank,
                                  memory_order_relaxed);
    }
    return true;
}

static int ascending(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

/* Gini's coefficient from sorted counts. */
static bool gini_of(struct exposure *exposure)
{
    const size_t n = (size_t)exposure->n_items;
    double sum = 0, weighted = 0;
    int32_t *sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted) return false;
    memcpy(sorted, exposure->lists, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, ascending);
    for (size_t i = 0; i < n; i++) {
        sum += sorted[i];
        weighted += (double)(i + 1) * sorted[i];
    }
    exposure->gini =
        sum > 0 && n > 0 ? 2 * weighted / ((double)n * sum) - ((double)n + 1) / (double)n : 0;
    free(sorted);
    return true;
}

static bool finish(struct exposure *exposure, const struct counting *counting)
{
    const size_t n = (size_t)exposure->n_items + 1;
    exposure->lists = malloc(n * sizeof *exposure->lists);
    exposure->rank_sum = malloc(n * sizeof *exposure->rank_sum);
    if (!exposure->lists || !exposure->rank_sum) return false;
    for (int32_t i = 0; i < exposure->n_items; i++) {
        exposure->lists[i] = counting->lists[i];
        exposure->rank_sum[i] = counting->rank_sum[i];
        exposure->shown += exposure->lists[i] > 0;
    }
    return gini_of(exposure);
}

bool exposure_measure(const struct audience_request *request, struct exposure *exposure,
                      struct progress *progress, struct error *error)
{
    struct counting counting = { 0 };
    int32_t n = model_base(request->model)->dataset->n_items;
    bool done = false;
    if (request->dataset->n_items > n) n = request->dataset->n_items;
    *exposure = (struct exposure){ .n_items = n };
    counting.lists = calloc((size_t)n + 1, sizeof *counting.lists);
    counting.rank_sum = calloc((size_t)n + 1, sizeof *counting.rank_sum);
    if (!counting.lists || !counting.rank_sum)
        error_memory(error, "the lists");
    else if (audience_sweep(request, count_rows, &counting, &exposure->users, &exposure->asked,
                            progress, error))
        done = finish(exposure, &counting) || error_memory(error, "the lists");
    free(counting.lists);
    free(counting.rank_sum);
    if (!done) exposure_fini(exposure);
    return done;
}

void exposure_fini(struct exposure *exposure)
{
    free(exposure->lists);
    free(exposure->rank_sum);
    exposure->lists = NULL;
    exposure->rank_sum = NULL;
}
