#include "feed_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOT_FEED, SLOT_RECEIPT, LENGTH = 100, PARTS = 12, LEVELS = 4 };

struct ask {
    int64_t key;
    char id[256], model[24];
    char *prompt; /* NULL = the user's list */
    struct feed_changes changes;
    int64_t now;
    bool without_rules;
    enum basis basis;
    struct feed_bundle *bundle; /* answer of the feed; question of the receipt */
    int32_t item;
    struct receipt *receipt;
    struct privacy privacy;
    bool revealed;
};

void feed_bundle_release(struct feed_bundle *bundle)
{
    if (!bundle || atomic_fetch_sub(&bundle->references, 1) != 1) return;
    feed_free(bundle->feed);
    shopper_free(bundle->shopper);
    serving_fini(&bundle->serving);
    free(bundle->report);
    free(bundle);
}

struct feed_bundle *feed_bundle_retain(struct feed_bundle *bundle)
{
    atomic_fetch_add(&bundle->references, 1);
    return bundle;
}

static void release(void *argument)
{
    struct ask *ask = argument;
    feed_bundle_release(ask->bundle);
    receipt_free(ask->receipt);
    feed_changes_fini(&ask->changes);
    free(ask->prompt);
    free(ask);
}

/* The row id says the index as long as nothing was erased. */
int32_t feed_find_user(const struct dataset *dataset, int64_t key, const char *id)
{
    if (key > 0 && key <= dataset->n_users &&
        slice_equal(names_get(&dataset->user_ids, (int32_t)(key - 1)), id))
        return (int32_t)(key - 1);
    return names_find(&dataset->user_ids, slice_of(id));
}

struct feed_options feed_bundle_options(const struct feed_bundle *bundle, int32_t length)
{
    return (struct feed_options){ .length = length,
                                  .pipeline = bundle->serving.pipeline,
                                  .without_rules = bundle->without_rules,
                                  .now = bundle->now };
}

/* The user as they are at this moment, whatever the dataset has of them yet. */
static struct shopper *find_shopper(const struct loader_context *context,
                                    const struct serving *serving, const struct ask *ask,
                                    struct error *error)
{
    const struct dataset *dataset = serving->dataset;
    struct what_if what_if;
    const int32_t user = feed_find_user(dataset, ask->key, ask->id);
    const struct slice id = user >= 0 ? names_get(&dataset->user_ids, user) : slice_of(ask->id);
    if (!changes_apply(&ask->changes.said, dataset, &what_if, error)) return NULL;
    struct shopper *shopper =
        engine_shopper(context->reader, serving, id, ask->changes.as_of, &what_if.changes, error);
    const int32_t made_up = what_if.changes.n_what_if;
    what_if_fini(&what_if);
    if (!shopper || user >= 0 || shopper->n_events > made_up) return shopper;
    shopper_free(shopper);
    error_set(error, ERROR_MISSING, "there is no user \"%.200s\"", ask->id);
    return NULL;
}

static bool make(const struct loader_context *context, struct feed_bundle *bundle,
                 const struct ask *ask, struct error *error)
{
    bundle->now = ask->changes.as_of == MOMENT_NONE ? ask->now : ask->changes.as_of;
    bundle->without_rules = ask->without_rules;
    const struct feed_options options = feed_bundle_options(bundle, LENGTH);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    bundle->shopper = find_shopper(context, &bundle->serving, ask, error);
    if (!bundle->shopper) return false;
    bundle->feed = feed_new(bundle->serving.model, bundle->shopper, &options, error);
    clock_gettime(CLOCK_MONOTONIC, &to);
    bundle->milliseconds =
        (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
    return bundle->feed != NULL;
}

static bool work_feed(const struct loader_context *context, void *argument, struct error *error)
{
    struct ask *ask = argument;
    struct feed_bundle *bundle = calloc(1, sizeof *bundle);
    if (!bundle) return error_memory(error, "the feed");
    atomic_init(&bundle->references, 1);
    bundle->past.at = MOMENT_NONE;
    if (ask->prompt) {
        if (feed_answer_prompt(context, bundle, ask->prompt, ask->model, &ask->changes, LENGTH,
                               ask->now, ask->id, error))
            ask->bundle = bundle;
        else
            feed_bundle_release(bundle);
        return ask->bundle != NULL;
    }
    const char *model = ask->model[0] ? ask->model : NULL;
    bundle->past.at = ask->changes.as_of;
    const bool served =
        ask->changes.as_of == MOMENT_NONE
            ? engine_serve_now(context->engine, context->reader, model, 0, &bundle->serving,
                               context->progress, error)
            : engine_serve_past(context->engine, context->reader, model, 0, ask->changes.as_of,
                                false, &bundle->serving, &bundle->past, context->progress, error);
    if (!served) {
        free(bundle);
        return false;
    }
    if (!make(context, bundle, ask, error)) {
        feed_bundle_release(bundle);
        return false;
    }
    ask->bundle = bundle;
    return true;
}

static void answer_feed(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    struct ask *ask = argument;
    feed->view.app->dirty = true;
    feed->error = error ? *error : (struct error){ 0 };
    if (error) {
        feed->renewing = feed->answer.again = false;
        return;
    }
    /* Jobs that ended meanwhile want it anew only where there is none: a second one would close the
     * receipt that somebody has opened in the first. */
    if (!feed->view.app->live) feed->asked = true;
    if (!feed_changed_any(&ask->changes)) {
        feed_bundle_release(feed->base);
        feed->base = NULL;
    } else if (!feed->base) {
        feed->base = feed->bundle;
        feed->bundle = NULL;
    }
    feed_bundle_release(feed->bundle);
    feed->bundle = ask->bundle;
    ask->bundle = NULL;
    if (ask->prompt) memcpy(feed->id, ask->id, sizeof feed->id);
    feed->receipt_asked = -1;
    if (feed->cursor >= feed->bundle->feed->n) feed->cursor = 0;
    feed_ask_moves(feed);
    if (feed->renewing)
        feed->renewing = feed->asked = false; /* now the one with changes */
    else if (feed->answer.again)
        feed_answer_again(feed);
}

void feed_renew(struct feed_view *feed)
{
    feed->asked = false;
    feed->rules_seen = feed->view.app->rules_changed;
    feed->renewing = feed->base != NULL;
}

void feed_again(struct view *view)
{
    struct feed_view *feed = (struct feed_view *)view;
    feed->answer.again = true;
    feed_renew(feed);
}

void feed_ask(struct feed_view *feed)
{
    struct ask *ask = calloc(1, sizeof *ask);
    if (!ask) return;
    feed->asked = true;
    app_look(feed->view.app);
    feed->view.fresh = feed->view.app->fresh;
    feed->rules_seen = feed->view.app->rules_changed;
    ask->key = feed->key;
    memcpy(ask->id, feed->id, sizeof ask->id);
    memcpy(ask->model, feed->model, sizeof ask->model);
    ask->changes.as_of = MOMENT_NONE;
    if ((!feed->renewing && !feed_changes_copy(&ask->changes, &feed->changes)) ||
        (feed->prompt && !(ask->prompt = strdup(feed->prompt)))) {
        release(ask);
        return;
    }
    ask->now = feed->view.app->now();
    ask->without_rules = feed->without_rules;
    app_ask(feed->view.app, &(struct request){ .owner = feed,
                                               .slot = SLOT_FEED,
                                               .lane = LANE_MODELS,
                                               .work = work_feed,
                                               .answer = answer_feed,
                                               .release = release,
                                               .argument = ask });
}

static bool work_receipt(const struct loader_context *context, void *argument, struct error *error)
{
    struct ask *ask = argument;
    struct receipt_limits limits = { PARTS, LEVELS };
    const struct feed_bundle *bundle = ask->bundle;
    const struct model *model = bundle->serving.model;
    if (!privacy_read(context->reader, &ask->privacy, error)) return false;
    ask->receipt = feed_explain(bundle->feed, model, bundle->shopper, ask->item, &limits, error);
    if (ask->receipt &&
        !feed_basis(bundle->feed, model, bundle->shopper, ask->item, &ask->basis, error))
        return false;
    return ask->receipt && (ask->revealed || privacy_guard(&ask->privacy, ask->receipt, error)) &&
           past_receipt(&bundle->past, ask->receipt, error);
}

static void answer_receipt(void *owner, void *argument, const struct error *error)
{
    struct feed_view *feed = owner;
    struct ask *ask = argument;
    feed->view.app->dirty = true;
    feed->receipt_reading = false;
    if (error) {
        receipt_free(feed->receipt); /* that of another row */
        feed->receipt = NULL;
        feed->n_lines = 0;
        feed->in_receipt = feed->open_when_loaded = false;
        app_fail(feed->view.app, error);
        return;
    }
    const bool again = feed->in_receipt && feed->receipt_item == ask->item;
    const int32_t line = again ? feed->line : 0; /* somebody reads there: made anew, not left */
    receipt_free(feed->receipt);
    feed->receipt = ask->receipt;
    ask->receipt = NULL;
    feed->receipt_item = ask->item;
    feed->privacy = ask->privacy;
    feed->basis = ask->basis;
    feed->n_open = 0;
    feed_unfold(feed);
    feed->line = line < feed->n_lines ? line : 0;
    if (!again) feed->line_top = 0;
    if (feed->open_when_loaded && feed->n_lines > 0) {
        feed->in_receipt = true;
        feed->line = feed->n_lines > 1; /* the largest part, as Enter does */
        feed->open_when_loaded = false;
    }
}

void feed_ask_receipt(struct feed_view *feed, int32_t item)
{
    struct ask *ask = calloc(1, sizeof *ask);
    if (!ask) return;
    feed->receipt_asked = item;
    feed->receipt_reading = true;
    ask->bundle = feed_bundle_retain(feed->bundle);
    ask->item = item;
    ask->revealed = feed->revealed;
    app_ask(feed->view.app, &(struct request){ .owner = feed,
                                               .slot = SLOT_RECEIPT,
                                               .lane = LANE_MODELS,
                                               .work = work_receipt,
                                               .answer = answer_receipt,
                                               .release = release,
                                               .argument = ask });
}
