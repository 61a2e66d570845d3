/* past.c - a shop as it was at a moment, as far as it is kept. */
#include "aisle/past.h"

#include "rulebook.h"
#include "stock_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *past_gap_name(enum past_gap gap)
{
    switch (gap) {
    case PAST_EVENTS:
        return "events";
    case PAST_MODEL:
        return "model";
    case PAST_STOCK:
        return "stock";
    case PAST_SETTINGS:
        return "settings";
    case PAST_ATTRIBUTES:
        return "attributes";
    case PAST_FRIENDSHIPS:
        return "friendships";
    }
    return "";
}

/* ------------------------------------------------------------------------------------- the run */

bool past_run(struct reader *reader, const char *kind, int64_t at, struct run *run,
              struct error *error)
{
    char then[MOMENT_TEXT_SIZE], since[MOMENT_TEXT_SIZE];
    int64_t id, first;
    if (!run_served_at(reader, kind, at, &id, error)) return false;
    if (id != 0 && run_find(reader, id, run, error)) return true;
    if (id != 0) {
        if (error && error->code != ERROR_MISSING) return false;
        return error_set(error, ERROR_MISSING, "%s run %lld, which served at %s, was deleted", kind,
                         (long long)id, moment_text(at, then));
    }
    if (!run_first_served(reader, kind, &first, error)) return false;
    return error_set(error, ERROR_MISSING, "no %s run served at %s yet: %s%s", kind,
                     moment_text(at, then),
                     first == MOMENT_NONE ? "'aisle train' makes one" : "the first one has since ",
                     moment_text(first, since));
}

/* The kind that is meant: the best that served then. */
static const char *best_kind(struct reader *reader, int64_t at)
{
    static const char *const best[] = { "hybrid",  "attention", "ease",
                                        "item-cf", "user-cf",   "popular" };
    int64_t id;
    for (size_t i = 0; i < sizeof best / sizeof *best; i++)
        if (run_served_at(reader, best[i], at, &id, NULL) && id != 0) return best[i];
    return NULL;
}

static bool serve_run(struct engine *engine, struct reader *reader, const char *kind, int64_t run,
                      struct serving *serving, struct past *past, struct progress *progress,
                      struct error *error)
{
    struct error problem = { 0 };
    struct run then;
    int64_t id = 0;
    if (run == 0 && !kind) kind = best_kind(reader, past->at);
    if (run == 0 && kind && !model_kind_find(kind, error)) return false;
    if (run == 0 && kind && !run_served_at(reader, kind, past->at, &id, error)) return false;
    if (id != 0 && past_run(reader, kind, past->at, &then, &problem) &&
        engine_serve(engine, reader, NULL, then.id, serving, progress, &problem))
        return true;
    if (problem.code == ERROR_CANCELLED || problem.code == ERROR_MEMORY) {
        if (error) *error = problem;
        return false;
    }
    past->deleted = id;
    if (run == 0) { /* today's, as it was trained: it has no need to hear of yet more */
        past->today |= PAST_MODEL;
        if (!engine_serve(engine, reader, kind, 0, serving, progress, error)) return false;
        run = serving->run.id;
        if (serving->applied == 0) return true;
        serving_fini(serving);
    }
    return engine_serve(engine, reader, NULL, run, serving, progress, error);
}

/* --------------------------------------------------------------------------------- the catalogue
 */

bool past_stock(struct reader *reader, int64_t at, int32_t **items, int32_t *n, int64_t *noted,
                struct error *error)
{
    struct run *runs = NULL;
    int32_t n_runs = 0;
    *items = NULL;
    *n = 0;
    *noted = MOMENT_NONE;
    bool good = runs_list(reader, &runs, &n_runs, error);
    for (int32_t r = 0; good && !*items && r < n_runs; r++) { /* newest first */
        const int64_t done = runs[r].started + (int64_t)runs[r].seconds;
        if (done > at) continue;
        good = stock_note_read(reader, runs[r].id, items, n, error);
        if (*items) *noted = done;
    }
    free(runs);
    return good;
}

static bool is_named(const struct attributes *attributes, int32_t name, const char *const *names)
{
    for (; *names; names++)
        if (slice_equal_fold(names_get(&attributes->names, name), *names)) return true;
    return false;
}

static bool has_stock(const struct dataset *dataset)
{
    static const char *const stock[] = { "stock", "active", "availability", NULL };
    for (int32_t n = 0; n < dataset->item_attributes.names.n; n++)
        if (is_named(&dataset->item_attributes, n, stock)) return true;
    return false;
}

/* When it was added, by its attributes; MOMENT_NONE where they do not say. */
static int64_t added_at(const struct dataset *dataset, int32_t item)
{
    static const char *const added[] = { "added",      "date_added", "added_at",
                                         "created_at", "date added", NULL };
    const struct attributes *attributes = &dataset->item_attributes;
    for (int64_t v = attributes->offset[item]; v < attributes->offset[item + 1]; v++) {
        const int32_t value = attributes->value[v];
        int64_t moment;
        if (is_named(attributes, attributes->value_name[value], added) &&
            moment_parse(slice_trim(names_get(&attributes->values, value)), MOMENT_ISO, &moment))
            return moment;
    }
    return MOMENT_NONE;
}

/* later[i] = 1 for items that came after then. NULL without memory. */
static uint8_t *find_later(const struct dataset *dataset, struct past *past, struct error *error)
{
    const size_t n = (size_t)dataset->n_items;
    int64_t *first = malloc((n + 1) * sizeof *first);
    uint8_t *later = calloc(n + 1, 1);
    if (!first || !later) {
        free(first);
        free(later);
        error_memory(error, "the catalogue of then");
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        first[i] = MOMENT_NONE;
    for (int64_t e = 0; dataset->event_time && e < dataset->n_events; e++) {
        int64_t *at = &first[dataset->event_item[e]];
        const int64_t time = dataset->event_time[e];
        if (time != MOMENT_NONE && (*at == MOMENT_NONE || time < *at)) *at = time;
    }
    for (int32_t i = 0; i < dataset->n_items; i++) {
        const int64_t added = added_at(dataset, i);
        const int64_t came = added != MOMENT_NONE ? added : first[i];
        later[i] = came != MOMENT_NONE && came > past->at;
        past->n_later += later[i];
    }
    free(first);
    return later;
}

static const struct pipeline *make_pipeline(struct reader *reader, const struct dataset *dataset,
                                            bool plain, struct past *past, struct error *error)
{
    struct rulebook book = { 0 };
    struct catalogue_past catalogue = { 0 };
    const struct pipeline *pipeline = NULL;
    int32_t *items = NULL;
    uint8_t *later = find_later(dataset, past, error);
    bool good = later != NULL, changed = false;
    if (good && plain) {
        feed_settings_init(&book.settings);
        book.settings.stock = false;
    } else if (good) {
        good =
            rulebook_read(&book, reader, past->at, error) &&
            rules_settings_since(reader, past->at, &changed, error) &&
            past_stock(reader, past->at, &items, &catalogue.n_unavailable, &past->stock_at, error);
        if (changed) past->today |= PAST_SETTINGS;
        if (!items && has_stock(dataset)) past->today |= PAST_STOCK;
        if (!has_stock(dataset)) past->stock_at = MOMENT_NONE;
    }
    catalogue.unavailable = items;
    catalogue.later = later;
    if (good)
        pipeline =
            pipeline_new_past(dataset, &book.settings, book.rules, book.n, &catalogue, error);
    rulebook_fini(&book);
    free(items);
    free(later);
    return pipeline;
}

bool engine_serve_past(struct engine *engine, struct reader *reader, const char *kind, int64_t run,
                       int64_t at, bool plain, struct serving *serving, struct past *past,
                       struct progress *progress, struct error *error)
{
    *past = (struct past){ .at = at, .stock_at = MOMENT_NONE, .named = run != 0 };
    memset(serving, 0, sizeof *serving);
    if (at == MOMENT_NONE) return engine_serve(engine, reader, kind, run, serving, progress, error);
    if (!serve_run(engine, reader, kind, run, serving, past, progress, error)) return false;
    const struct dataset *dataset = serving->dataset;
    const struct pipeline *pipeline = make_pipeline(reader, dataset, plain, past, error);
    if (!pipeline) {
        serving_fini(serving);
        return false;
    }
    pipeline_release(serving->pipeline);
    serving->pipeline = pipeline;
    if (!dataset->event_time) past->today |= PAST_EVENTS;
    if (dataset->item_attributes.names.n + dataset->user_attributes.names.n > 0)
        past->today |= PAST_ATTRIBUTES;
    if (dataset->friend_offset) past->today |= PAST_FRIENDSHIPS;
    return true;
}

/* ----------------------------------------------------------------------------------------- words
 */

static void describe_run(const struct past *past, const struct serving *serving, struct text *out)
{
    text_format(out, " · %s run %lld", serving->run.kind, (long long)serving->run.id);
    if (past->named)
        text_add_string(out, serving->run.started > past->at ? ", trained later" : "");
    else if (!(past->today & PAST_MODEL))
        text_add_string(out, " served then");
    else if (past->deleted != 0)
        text_format(out, ", for run %lld, which served then, is gone", (long long)past->deleted);
    else
        text_add_string(out, ", trained later: none served yet");
}

void past_describe(const struct past *past, const struct serving *serving, struct text *out)
{
    static const enum past_gap gaps[] = { PAST_EVENTS, PAST_STOCK, PAST_SETTINGS, PAST_ATTRIBUTES,
                                          PAST_FRIENDSHIPS };
    char moment[MOMENT_TEXT_SIZE];
    bool any = false;
    if (past->at == MOMENT_NONE) return;
    text_format(out, "as of %s", moment_text(past->at, moment));
    describe_run(past, serving, out);
    if (past->stock_at != MOMENT_NONE)
        text_format(out, " · stock as of %s", moment_text(past->stock_at, moment));
    if (past->n_later > 0)
        text_format(out, " · %s that came later left out", text_count(past->n_later, "item").text);
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        if (!(past->today & gaps[g])) continue;
        text_format(out, "%s%s", any ? ", " : " · as today: ",
                    gaps[g] == PAST_EVENTS     ? "the history (no event has a time)"
                    : gaps[g] == PAST_SETTINGS ? "settings of lists"
                                               : past_gap_name(gaps[g]));
        any = true;
    }
}

bool past_receipt(const struct past *past, struct receipt *receipt, struct error *error)
{
    char words[64], moment[MOMENT_TEXT_SIZE];
    if (past->at == MOMENT_NONE) return true;
    snprintf(words, sizeof words, "came after %s", moment_text(past->at, moment));
    return receipt_sum_after(receipt, past->at, words, error);
}
