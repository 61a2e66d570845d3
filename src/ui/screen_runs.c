/* screen_runs.c - trained models: which is served, how old, how good; activate, roll back. */
#include "screens.h"
#include "sheet_view.h"
#include "table_view.h"

#include "job/diff.h"

#include "aisle/evaluation.h"
#include "aisle/moment.h"

#include "job/labels.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct table_column columns[] = {
    { "id", "RUN", CELL_INTEGER, 5, 0, true },
    { "served", "SERVED", CELL_TEXT, 7, 1, true },
    { "model", "MODEL", CELL_TEXT, 12, 0, true },
    { "trained", "TRAINED", CELL_MOMENT, 10, 2, true },
    { "behind", "EVENTS SINCE", CELL_INTEGER, 13, 2, true },
    { "state", "STATE", CELL_TEXT, 8, 1, true },
    { "seconds", "SECONDS", CELL_MONEY, 8, 3, true },
    { "peak", "PEAK MB", CELL_INTEGER, 8, 5, true },
    { "bytes", "SIZE MB", CELL_MONEY, 8, 5, true },
    { "parameters", "PARAMETERS", CELL_TEXT, 20, 4, true },
    { "ndcg", "NDCG", CELL_METRIC, 8, 1, true },
    { "hr", "HR", CELL_METRIC, 8, 4, true },
    { "loss", "LOSS", CELL_SPARK, 12, 3, false },
    { "data", "DATA", CELL_TEXT, 16, 6, true },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void set_metric(struct page *page, int32_t column, const struct run *run, const char *name)
{
    const double value = run_metric(run, name);
    if (!isnan(value)) page_set_metric(page, column, value, false);
}

enum { SPARK = 12, EPOCHS_MAX = 512 };

struct curve {
    double first, last;
};

/* A curve of the run in as many points as a spark has, from its lowest to its highest. */
static bool curve_of(const struct run *run, const char *name, float spark[SPARK],
                     struct curve *curve)
{
    double values[EPOCHS_MAX], min = INFINITY, max = -INFINITY;
    int32_t n = label_curve(run->facts, name, values, EPOCHS_MAX);
    if (n < 2) return false;
    for (int32_t i = 0; i < n; i++) {
        min = fmin(min, values[i]);
        max = fmax(max, values[i]);
    }
    for (int i = 0; i < SPARK; i++) {
        double value = values[(int64_t)i * (n - 1) / (SPARK - 1)];
        spark[i] = max > min ? (float)((value - min) / (max - min)) : 0.5f;
    }
    *curve = (struct curve){ values[0], values[n - 1] };
    return true;
}

static void add_run(struct page *page, const struct run *run, int64_t last_event)
{
    char data[32];
    int64_t behind = last_event > run->events_seen ? last_event - run->events_seen : 0;
    if (!page_add_row(page, run->id)) return;
    page_set_integer(page, 0, run->id);
    if (run->active) page_set_text(page, 1, slice_of("✓ yes"));
    page_set_text(page, 2, slice_of(run->kind));
    page_set_integer(page, 3, run->started);
    page_set_integer(page, 4, behind);
    page_set_text(page, 5,
                  slice_of(label_rejected(run->facts) ? "rejected"
                           : behind > 0               ? "stale"
                                                      : "fresh"));
    page_set_number(page, 6, run->seconds);
    page_set_integer(page, 7, run->peak_bytes >> 20);
    page_set_number(page, 8, (double)(run->bytes >> 10) / 1024);
    page_set_text(page, 9, slice_of(run->parameters));
    set_metric(page, 10, run, "ndcg");
    set_metric(page, 11, run, "hr");
    snprintf(data, sizeof data, "%016llx", (unsigned long long)run->fingerprint);
    float spark[SPARK];
    if (curve_of(run, "loss", spark, &(struct curve){ 0 })) page_set_spark(page, 12, spark);
    page_set_text(page, 13, slice_of(data));
}

static struct page *load(const struct loader_context *context, void *argument, struct error *error)
{
    struct workspace_counts counts;
    struct run *runs = NULL;
    int32_t n = 0;
    struct page *page = NULL;
    (void)argument;
    if (!workspace_counts(context->reader, &counts, error) ||
        !runs_list(context->reader, &runs, &n, error))
        return NULL;
    page = page_new(0, n, COLUMNS, error);
    for (int32_t i = 0; page && i < n; i++)
        add_run(page, &runs[i], counts.last_event);
    free(runs);
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

/* ----------------------------------------------------------------- changing what is being served
 */

struct change {
    int64_t run;   /* to activate, or 0 */
    char kind[24]; /* to roll back */
};

/* Writes may have to wait for another writer, so even this small one is a job. */
static bool change_work(struct job_context *job, void *argument, struct error *error)
{
    const struct change *change = argument;
    struct writer *writer = writer_begin(engine_workspace(job->engine), error);
    if (!writer) return false;
    bool ok = change->run ? run_activate(writer, change->run, error)
                          : run_rollback(writer, change->kind, error);
    if (!ok) {
        writer_rollback(writer);
        return false;
    }
    if (!writer_commit(writer, error)) return false;
    engine_refresh(job->engine);
    snprintf(job->message, 512, "served from now on");
    return true;
}

static void change(struct app *app, int64_t run, struct slice kind)
{
    struct error error;
    char title[96];
    struct change *change = calloc(1, sizeof *change);
    if (!change || !app->queue) {
        free(change);
        return;
    }
    change->run = run;
    snprintf(change->kind, sizeof change->kind, "%.*s", (int)kind.length, kind.bytes);
    if (run)
        snprintf(title, sizeof title, "activate run %lld", (long long)run);
    else
        snprintf(title, sizeof title, "roll back %s", change->kind);
    if (job_submit(app->queue, title, 0, change_work, change, free, &error) == 0)
        app_fail(app, &error);
    else
        app_say(app, "%s: begun", title);
    app_refresh_jobs(app);
}

/* Train again: the form as the selected run was trained. */
static void train_again(struct table_view *table)
{
    struct app *app = table->view.app;
    const struct overview *overview = app->overview;
    struct parameters parameters;
    for (int32_t i = 0; overview && i < overview->n_runs; i++) {
        const struct model_kind *kind =
            overview->runs[i].id == table_view_key(table)
                ? engine_run_settings(&overview->runs[i], &parameters, NULL)
                : NULL;
        if (!kind) continue;
        app_push(app, train_view_new(app, kind, &parameters));
        return;
    }
    app_push(app, train_view_new(app, NULL, NULL));
}

static bool act(struct table_view *table, enum action action, const char *argument)
{
    const struct cell *kind = table_view_cell(table, "model");
    int64_t run = table_view_key(table);
    struct app *app = table->view.app;
    if (action == ACTION_ACTIVATE) {
        if (argument) slice_to_int64(slice_of(argument), &run);
        if (run > 0) change(app, run, slice_of(""));
        return true;
    }
    if (action == ACTION_TRAIN && !argument) {
        train_again(table);
        return true;
    }
    if (action == ACTION_DIFF) {
        struct error error;
        if (!app->queue || run <= 0) return true;
        const int64_t job = diff_submit(app->queue, run, 0, &error);
        if (job == 0)
            app_fail(app, &error);
        else
            app_say(app, "job %lld begins; F7 shows it", (long long)job);
        app_refresh_jobs(app);
        return true;
    }
    if (action == ACTION_ROLL_BACK) {
        if (kind) change(app, 0, kind->text);
        return true;
    }
    return false;
}

/* ----------------------------------------------------------------------------------- one run */

static void add_pair(struct sheet *sheet, const char *label, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_pair(struct sheet *sheet, const char *label, const char *format, ...)
{
    char value[1100];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    sheet_pair(sheet, label, slice_of(value), MEANING_NUMBER);
}

static void add_facts(struct sheet *sheet, const char *facts)
{
    struct text lines = { 0 };
    label_facts(facts, &lines);
    for (const char *line = lines.bytes, *end; line && *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end) break;
        sheet_print(sheet, MEANING_TEXT, "%.*s", (int)(end - line), line);
    }
    text_fini(&lines);
}

static void add_parameters(struct sheet *sheet, const struct run *run)
{
    struct parameters parameters;
    const struct model_kind *kind = engine_run_settings(run, &parameters, NULL);
    sheet_heading(sheet, "Parameters");
    if (!kind) sheet_print(sheet, MEANING_TEXT, "%s", run->parameters);
    for (int i = 0; kind && kind->parameters[i].name; i++) {
        const struct parameter_info *info = &kind->parameters[i];
        if (info->type == PARAMETER_CHOICE)
            add_pair(sheet, info->name, "%s", info->choices[(int)parameters.value[i]]);
        else
            add_pair(sheet, info->name, "%.10g", parameters.value[i]);
    }
}

/* How training went, epoch by epoch. */
static void add_curves(struct sheet *sheet, const struct run *run)
{
    static const char *const names[] = { "loss", "ndcg" };
    bool first = true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        float spark[SPARK];
        struct curve curve;
        if (!curve_of(run, names[i], spark, &curve)) continue;
        if (first) sheet_heading(sheet, "Epoch by epoch");
        first = false;
        sheet_spark(sheet, names[i], spark);
        add_pair(sheet, "", "%.4g, at last %.4g", curve.first, curve.last);
    }
}

static struct sheet *about_run(const struct loader_context *context, int64_t key,
                               struct error *error)
{
    struct run run;
    char date[MOMENT_TEXT_SIZE];
    if (!run_find(context->reader, key, &run, error)) return NULL;
    struct sheet *sheet = sheet_new(error);
    if (!sheet) return NULL;
    add_pair(sheet, "run", "%lld", (long long)run.id);
    add_pair(sheet, "model", "%s", run.kind);
    add_pair(sheet, "served", "%s", run.active ? "✓ yes" : "no");
    add_pair(sheet, "trained", "%s", moment_text(run.started, date));
    add_pair(sheet, "took", "%.2f s, %lld MB at its peak", run.seconds,
             (long long)(run.peak_bytes >> 20));
    add_pair(sheet, "learned from", "%s, %s, events up to %lld",
             text_count(run.n_users, "user").text, text_count(run.n_items, "item").text,
             (long long)run.events_seen);
    add_pair(sheet, "data", "%016llx", (unsigned long long)run.fingerprint);
    add_pair(sheet, "seed", "%llu", (unsigned long long)run.seed);
    if (run.replaced) add_pair(sheet, "replaced", "run %lld", (long long)run.replaced);
    if (strcmp(run.facts, "{}") != 0) {
        sheet_heading(sheet, "About it");
        add_facts(sheet, run.facts);
    }
    add_curves(sheet, &run);
    sheet_heading(sheet, "Quality");
    bool measured = false;
    for (int j = 0; j < METRICS; j++) {
        const double value = run_metric(&run, metric_info[j].name);
        if (isnan(value)) continue;
        add_pair(sheet, metric_info[j].title, "%.4f", value);
        measured = true;
    }
    if (!measured) sheet_print(sheet, MEANING_DIM, "not measured yet: E, then m");
    add_parameters(sheet, &run);
    return sheet;
}

static struct sheet *make_run(const struct loader_context *context, const struct sheet_topic *topic,
                              struct error *error)
{
    return about_run(context, topic->key, error);
}

static const struct sheet_spec one_run = { .title = "Run", .make = make_run };

static void open_run(struct table_view *table, int64_t key)
{
    app_push(table->view.app, sheet_view_new(table->view.app, &one_run, key, slice_of("")));
}

static const struct table_spec runs = {
    .name = "runs",
    .scopes = SCOPE_RUNS,
    .title = "Runs",
    .empty = "no model was trained yet: t chooses and trains one, item-cf to begin with",
    .open = open_run,
    .act = act,
    .detail = about_run,
    .follows_jobs = true,
};

struct view *runs_view_new(struct app *app)
{
    struct error error;
    if (app->overview && app->overview->stopped && !app_trains(app))
        app_say(app, "a training of %s was stopped: R goes on from its last checkpoint",
                app->overview->stopped->name);
    return table_view_new(app, &runs, memory_source_new(columns, COLUMNS, load, NULL, NULL, &error),
                          NULL, NULL);
}
