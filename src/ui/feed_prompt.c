/* feed_prompt.c - the answer to a prompt as a feed. */
#include "feed_view.h"

#include "aisle/ask.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* What answers takes the run's place: its scores are what the receipts open. */
static void take_answer(struct feed_bundle *bundle, struct ask_answer *answer)
{
    bundle->serving = answer->serving;
    model_release(bundle->serving.model);
    bundle->serving.model = answer->model;
    bundle->shopper = answer->shopper;
    bundle->feed = answer->feed;
    answer->serving = (struct serving){ 0 };
    answer->model = NULL;
    answer->shopper = NULL;
    answer->feed = NULL;
}

bool feed_answer_prompt(const struct loader_context *context, struct feed_bundle *bundle,
                        const char *prompt, const char *model, const struct feed_changes *changes,
                        int32_t length, int64_t now, char *id, struct error *error)
{
    struct ask_options options = {
        .model = model[0] ? model : NULL,
        .length = length,
        .as_of = changes->as_of,
        .now = now,
    };
    struct what_if what_if = { 0 };
    struct timespec from, to;
    struct ask_prompt parsed = { 0 };
    struct ask_answer answer = { 0 };
    struct text report = { 0 };
    bool good = false;
    const struct dataset *dataset =
        engine_dataset(context->engine, context->reader, context->progress, error);

    if (!dataset || !ask_parse(&parsed, dataset, slice_of(prompt), error) ||
        !changes_apply(&changes->said, dataset, &what_if, error))
        goto out;
    options.without = what_if.changes.without;
    options.n_without = what_if.changes.n_without;
    options.values = what_if.changes.values;
    options.n_values = what_if.changes.n_values;
    options.what_if = what_if.changes.what_if;
    options.n_what_if = what_if.changes.n_what_if;
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (!ask_answer(&answer, context->engine, context->reader, &parsed, &options, context->progress,
                    error))
        goto out;
    clock_gettime(CLOCK_MONOTONIC, &to);
    bundle->milliseconds =
        (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
    bundle->now = changes->as_of == MOMENT_NONE ? now : changes->as_of;
    ask_describe(&answer, &report);
    take_answer(bundle, &answer);
    bundle->report = report.bytes;
    snprintf(id, 256, "%s", parsed.user_id.bytes ? parsed.user_id.bytes : "");
    good = true;
out:
    ask_answer_fini(&answer);
    ask_prompt_fini(&parsed);
    what_if_fini(&what_if);
    dataset_release(dataset);
    return good;
}
