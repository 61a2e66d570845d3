/* fidelity.c - the deletion test: do the reasons of a receipt carry the score?
 *
 * For the item that a shopper's list begins with, the receipt names purchases. The three with the
 * greatest parts are taken out of the history and the item is ranked again; then three purchases
 * drawn at random are. An explanation that is true moves the rank further than chance does: 1 where
 * it does, 0 where it does less, 1/2 where both move it alike. Purchases that were taken out stay
 * out of the list, so that ranks are among the same items.
 */
#include "ranking_private.h"

#include "aisle/parallel.h"
#include "aisle/rng.h"
#include "aisle/similarity.h"

#include <math.h>
#include <stdlib.h>

enum { TAKEN = 3, HISTORY_MIN = 6 };

struct deletion {
    const struct candidate_run *candidate_run;
    const struct model *model;
    struct outcome *outcome;
    const int32_t *shoppers; /* indexes of the trial's shoppers */
    atomic_bool failed;
};

/* Adds what each purchase of the shopper brings to `reason` (shopper->n). */
static void add_reasons(const struct receipt *node, const struct shopper *shopper, double *reason)
{
    if (node->kind == RECEIPT_PURCHASE || node->kind == RECEIPT_SHARED) {
        int32_t at = shopper_find(shopper, node->item);
        if (at >= 0) reason[at] += node->value;
        return;
    }
    for (int32_t c = 0; c < node->n_children; c++)
        add_reasons(&node->children[c], shopper, reason);
}

/* The items of the greatest reasons; false when fewer than TAKEN speak for the item. */
static bool top_reasons(const double *reason, const struct shopper *shopper, int32_t *items)
{
    for (int32_t t = 0; t < TAKEN; t++) {
        int32_t best = -1;
        for (int32_t i = 0; i < shopper->n; i++) {
            bool taken = false;
            for (int32_t before = 0; before < t; before++)
                taken = taken || items[before] == shopper->item[i];
            if (!taken && reason[i] > 0 && (best < 0 || reason[i] > reason[best])) best = i;
        }
        if (best < 0) return false;
        items[t] = shopper->item[best];
    }
    return true;
}

static void random_items(struct rng *rng, const struct shopper *shopper, int32_t *items)
{
    for (int32_t t = 0; t < TAKEN;) {
        int32_t item = shopper->item[rng_below(rng, (uint32_t)shopper->n)];
        bool taken = false;
        for (int32_t before = 0; before < t; before++)
            taken = taken || items[before] == item;
        if (!taken) items[t++] = item;
    }
}

/* The item's rank without some purchases; 0 without memory. */
static int32_t rank_without(const struct deletion *deletion, const struct shopper *whole,
                            const int32_t *items, int32_t n, int32_t item, float *scores)
{
    const struct shopper_changes changes = { .without = items, .n_without = n };
    const int32_t n_items = deletion->candidate_run->facts->n_items;
    struct shopper *shopper = shopper_new(deletion->candidate_run->split->history, whole->user,
                                          MOMENT_NONE, &changes, NULL);
    int32_t rank = 0;

    if (shopper &&
        model_base(deletion->model)->kind->score(deletion->model, shopper, scores, NULL)) {
        scores_settle(scores, n_items);
        candidate_remove(deletion->candidate_run, whole, scores);
        rank = scores_rank(scores, n_items, item);
    }
    shopper_free(shopper);
    return rank;
}

/* 1, 1/2 or 0; NAN where nothing can be tested; false without memory. */
static bool test_shopper(const struct deletion *deletion, int32_t at, const struct shopper *shopper,
                         float *scores, double *reason, double *result)
{
    const struct candidate_run *candidate_run = deletion->candidate_run;
    const int32_t item = deletion->outcome->list[(size_t)at * (size_t)candidate_run->options->k];
    const struct receipt_limits limits = { 0 };
    int32_t reasons[TAKEN], others[TAKEN];
    struct rng rng;

    *result = NAN;
    if (item < 0 || shopper->n < HISTORY_MIN) return true;
    struct receipt *receipt =
        model_base(deletion->model)->kind->open(deletion->model, shopper, item, &limits, NULL);
    if (!receipt) return false;
    add_reasons(receipt, shopper, reason);
    receipt_free(receipt);
    if (!top_reasons(reason, shopper, reasons)) return true;
    rng_init_stream(&rng, candidate_run->options->seed, (uint64_t)at);
    random_items(&rng, shopper, others);
    int32_t report = rank_without(deletion, shopper, reasons, TAKEN, item, scores);
    int32_t chance = rank_without(deletion, shopper, others, TAKEN, item, scores);
    if (report == 0 || chance == 0) return false;
    *result = report > chance ? 1 : report < chance ? 0 : 0.5;
    return true;
}

static void test_block(void *context, size_t begin, size_t end, int worker)
{
    struct deletion *deletion = context;
    const struct candidate_run *candidate_run = deletion->candidate_run;

    (void)worker;
    for (size_t i = begin; i < end && !deletion->failed; i++) {
        const int32_t at = deletion->shoppers[i];
        const int32_t user = candidate_run->split->cases[candidate_run->cases[at]].user;
        struct shopper *shopper =
            shopper_new(candidate_run->split->history, user, MOMENT_NONE, NULL, NULL);
        float *scores = malloc(((size_t)candidate_run->facts->n_items + 1) * sizeof *scores);
        double *reason = shopper ? calloc((size_t)shopper->n + 1, sizeof *reason) : NULL;
        if (!shopper || !scores || !reason ||
            !test_shopper(
                deletion, at, shopper, scores, reason,
                &deletion->outcome->metric[(size_t)at * SHOPPER_METRICS + METRIC_FIDELITY]))
            deletion->failed = true;
        free(reason);
        free(scores);
        shopper_free(shopper);
    }
}

/* Shoppers with enough purchases to choose from, spread evenly over all; returns how many. */
static int32_t choose(const struct candidate_run *candidate_run, int32_t *shoppers)
{
    const struct sparse *rows = &candidate_run->split->history->by_user;
    const int32_t wanted = candidate_run->options->fidelity;
    int32_t n = 0;

    for (int32_t s = 0; s < candidate_run->n; s++) {
        int32_t user = candidate_run->split->cases[candidate_run->cases[s]].user;
        if (rows->start[user + 1] - rows->start[user] >= HISTORY_MIN) shoppers[n++] = s;
    }
    if (n <= wanted) return n;
    for (int32_t i = 0; i < wanted; i++)
        shoppers[i] = shoppers[(int64_t)i * n / wanted];
    return wanted;
}

bool candidate_fidelity(const struct candidate_run *candidate_run, const struct model *model,
                        struct outcome *outcome, struct error *error)
{
    int32_t *shoppers = malloc(((size_t)candidate_run->n + 1) * sizeof *shoppers);
    struct deletion deletion = {
        .candidate_run = candidate_run, .model = model, .outcome = outcome, .shoppers = shoppers
    };
    bool done = false;

    if (!shoppers) return error_memory(error, "an evaluation");
    const int32_t n = candidate_run->options->fidelity > 0 ? choose(candidate_run, shoppers) : 0;
    progress_begin(candidate_run->progress, "testing explanations", n);
    if (!parallel_for(candidate_run->options->threads, (size_t)n, 1, test_block, &deletion,
                      candidate_run->progress))
        error_set(error, ERROR_CANCELLED, "cancelled while testing explanations");
    else if (deletion.failed)
        error_memory(error, "an evaluation");
    else
        done = true;
    free(shoppers);
    return done;
}
