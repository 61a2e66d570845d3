/* audience.c - who gets an item, at what rank and by which reason. */
#include "aisle/audience.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct gathering {
    const struct audience_question *question;
    struct audience *audience;
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
    member->reason_user = largest->user;
    member->reason_item = largest->item;
    if (largest->kind == RECEIPT_NEIGHBOUR || largest->kind == RECEIPT_FRIEND)
        member->reason_user = -1; /* which of them says nothing about an audience */
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
    if (rank == 0 && feed->fate[item] != FEED_BOUGHT) return true;
    if (rank > 0) {
        struct receipt *receipt =
            feed_open(feed, gathering->question->model, shopper, item, &limits, NULL);
        if (!receipt) return false;
        take_reason(&member, receipt);
        receipt_free(receipt);
    }
    pthread_mutex_lock(&gathering->lock);
    audience->having += rank == 0;
    if (rank > 0) {
        audience->getting++;
        audience->at_rank[rank < AUDIENCE_RANKS ? rank : AUDIENCE_RANKS]++;
        keep(audience, &member);
    }
    pthread_mutex_unlock(&gathering->lock);
    return true;
}

static bool same_reason(const struct audience_member *a, const struct audience_member *b)
{
    return a->reason == b->reason && a->reason_item == b->reason_item &&
           a->reason_user == b->reason_user && strcmp(a->reason_words, b->reason_words) == 0;
}

/* Reasons that several members share, most first; the list of members is short. */
static void count_reasons(struct audience *audience)
{
    for (int32_t m = 0; m < audience->n_members; m++) {
        const struct audience_member *member = &audience->members[m];
        int32_t count = 0, first = m, at;
        for (int32_t o = audience->n_members; o-- > 0;) {
            if (!same_reason(&audience->members[o], member)) continue;
            count++;
            first = o;
        }
        if (first < m) continue; /* counted already */
        if (audience->n_reasons == AUDIENCE_REASONS &&
            audience->reasons[AUDIENCE_REASONS - 1].members >= count)
            continue;
        at = audience->n_reasons < AUDIENCE_REASONS ? audience->n_reasons++ : AUDIENCE_REASONS - 1;
        for (; at > 0 && audience->reasons[at - 1].members < count; at--)
            audience->reasons[at] = audience->reasons[at - 1];
        audience->reasons[at] = (struct audience_reason){ *member, count };
    }
}

struct audience *audience_of_item(const struct audience_question *question, int32_t item,
                                  struct progress *progress, struct error *error)
{
    struct audience *audience = calloc(1, sizeof *audience);
    struct gathering gathering = { .question = question, .audience = audience };
    if (!audience) {
        error_memory(error, "an audience");
        return NULL;
    }
    audience->item = item;
    pthread_mutex_init(&gathering.lock, NULL);
    const bool done = audience_sweep(question, visit, &gathering, &audience->users,
                                     &audience->asked, progress, error);
    pthread_mutex_destroy(&gathering.lock);
    if (!done) {
        free(audience);
        return NULL;
    }
    audience->share = audience_share_of(audience->getting, audience->asked, audience->users);
    count_reasons(audience);
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

bool exposure_measure(const struct audience_question *question, struct exposure *exposure,
                      struct progress *progress, struct error *error)
{
    struct counting counting = { 0 };
    int32_t n = model_base(question->model)->dataset->n_items;
    bool done = false;
    if (question->dataset->n_items > n) n = question->dataset->n_items;
    *exposure = (struct exposure){ .n_items = n };
    counting.lists = calloc((size_t)n + 1, sizeof *counting.lists);
    counting.rank_sum = calloc((size_t)n + 1, sizeof *counting.rank_sum);
    if (!counting.lists || !counting.rank_sum)
        error_memory(error, "the lists");
    else if (audience_sweep(question, count_rows, &counting, &exposure->users, &exposure->asked,
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
