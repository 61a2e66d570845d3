/* screen_evaluate.c - models x metrics of the last evaluation: what leads is ticked, and only where
 * the lead is more than chance. The pane opens one model: intervals, bands, and how it stands
 * against each other one. The report is JSON in the workspace, so that it is the same whether it
 * was made here, by the command or yesterday. */
#include "screens.h"
#include "sheet_view.h"
#include "table_view.h"

#include "aisle/evaluation.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The columns' names are those of the metrics in the report. */
static const struct table_column columns[] = {
    { "label", "MODEL", CELL_TEXT, 22, 0, true },
    { "ndcg", "NDCG", CELL_METRIC, 8, 0, true },
    { "interval", "NDCG 95 %", CELL_TEXT, 13, 2, false },
    { "hr", "HR", CELL_METRIC, 8, 0, true },
    { "mrr", "MRR", CELL_METRIC, 8, 2, true },
    { "coverage", "COVERAGE", CELL_METRIC, 9, 1, true },
    { "gini", "GINI", CELL_METRIC, 8, 3, true },
    { "novelty", "NOVELTY", CELL_METRIC, 9, 4, true },
    { "popularity", "POPULAR", CELL_METRIC, 8, 4, true },
    { "diversity", "DIVERSITY", CELL_METRIC, 10, 4, true },
    { "fidelity", "FIDELITY", CELL_METRIC, 9, 3, true },
    { "map", "MAP", CELL_METRIC, 8, 5, true },
    { "recall", "RECALL", CELL_METRIC, 8, 5, true },
    { "precision", "PRECISION", CELL_METRIC, 10, 5, true },
    { "asked", "ASKED", CELL_TEXT, 20, 6, false },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* NAN where there is no number. */
static double number_of(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The last report, or NULL: none (error stays empty) or not to be read. */
static json_t *last_report(const struct loader_context *context, struct error *error)
{
    struct text text = { 0 };
    json_t *report = NULL;

    *error = (struct error){ 0 };
    if (evaluation_last(context->reader, &text, error) && text.length > 0) {
        report = json_loadb(text.bytes, text.length, 0, NULL);
        if (!report)
            error_set(error, ERROR_INPUT, "the last evaluation cannot be read: measure anew");
    }
    text_fini(&text);
    return report;
}

/* "leave-last-out at 10 · 943 users" */
static void add_request(const json_t *report, struct text *out)
{
    const long long users = json_integer_value(json_object_get(report, "users"));
    const long long eligible = json_integer_value(json_object_get(report, "eligible"));

    text_format(out, "%s at %lld", text_of(report, "protocol"),
                (long long)json_integer_value(json_object_get(report, "k")));
    if (strcmp(text_of(report, "target"), "validation") == 0) text_add_string(out, ", validation");
    if (json_is_true(json_object_get(report, "refit"))) text_add_string(out, ", refit");
    text_format(out, " · %s", text_count(users, "user").text);
    if (users < eligible) text_format(out, " of %lld", eligible);
}

static bool leads(const json_t *model, const char *metric)
{
    const json_t *best = json_object_get(model, "best"), *name;
    size_t i;
    json_array_foreach(best, i, name)
    {
        if (strcmp(json_string_value(name) ? json_string_value(name) : "", metric) == 0)
            return true;
    }
    return false;
}

static const json_t *interval_of(const json_t *model, const char *metric)
{
    return json_object_get(json_object_get(model, "intervals"), metric);
}

static void add_model(struct page *page, int64_t key, const json_t *model, const char *asked)
{
    char between[64];

    if (!page_add_row(page, key)) return;
    for (int32_t c = 0; c < COLUMNS; c++) {
        const double value = number_of(json_object_get(model, columns[c].name));
        if (columns[c].type == CELL_METRIC && !isnan(value))
            page_set_metric(page, c, value, leads(model, columns[c].name));
    }
    const json_t *interval = interval_of(model, "ndcg");
    page_set_text(page, 0, slice_of(text_of(model, "label")));
    if (json_array_size(interval) == 2) {
        snprintf(between, sizeof between, "%.4f-%.4f", number_of(json_array_get(interval, 0)),
                 number_of(json_array_get(interval, 1)));
        page_set_text(page, 2, slice_of(between));
    }
    page_set_text(page, COLUMNS - 1, slice_of(asked));
}

static struct page *load(const struct loader_context *context, void *argument, struct error *error)
{
    struct error problem;
    struct text asked = { 0 };
    json_t *report = last_report(context, &problem), *models, *model;
    size_t i;

    (void)argument;
    if (problem.code != ERROR_NONE) {
        *error = problem;
        return NULL;
    }
    models = json_object_get(report, "models");
    add_request(report, &asked);
    struct page *page = page_new(0, (int32_t)json_array_size(models), COLUMNS, error);
    if (page) {
        json_array_foreach(models, i, model)
            add_model(page, (int64_t)i + 1, model, asked.bytes ? asked.bytes : "");
    }
    text_fini(&asked);
    json_decref(report);
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

/* ---------------------------------------------------------------------------------- one model */

static void show_metrics(struct sheet *sheet, const json_t *model)
{
    char value[96];

    for (int32_t c = 0; c < COLUMNS; c++) {
        const json_t *interval = interval_of(model, columns[c].name);
        const double number = number_of(json_object_get(model, columns[c].name));
        if (columns[c].type != CELL_METRIC || isnan(number)) continue;
        int n = snprintf(value, sizeof value, "%.4f", number);
        if (json_array_size(interval) == 2)
            n += snprintf(value + n, sizeof value - (size_t)n, "  %.4f to %.4f",
                          number_of(json_array_get(interval, 0)),
                          number_of(json_array_get(interval, 1)));
        if (leads(model, columns[c].name)) snprintf(value + n, sizeof value - (size_t)n, " ✓");
        sheet_pair(sheet, columns[c].title, slice_of(value), MEANING_NUMBER);
    }
}

/* NDCG of each group, bars over the greatest. */
static void show_groups(struct sheet *sheet, const json_t *model)
{
    const json_t *groups = json_object_get(model, "bands"), *group;
    double max = 0;
    const char *by = "";
    size_t i;

    json_array_foreach(groups, i, group) max = fmax(max, number_of(json_object_get(group, "ndcg")));
    json_array_foreach(groups, i, group)
    {
        char value[96], heading[96];
        const double ndcg = number_of(json_object_get(group, "ndcg"));
        if (strcmp(by, text_of(group, "by")) != 0) {
            by = text_of(group, "by");
            snprintf(heading, sizeof heading, "NDCG by %s",
                     strcmp(by, "target") == 0    ? "buyers of what was bought next"
                     : strcmp(by, "history") == 0 ? "length of history"
                                                  : by);
            sheet_heading(sheet, heading);
        }
        snprintf(value, sizeof value, "%.4f  %s", ndcg,
                 text_count(json_integer_value(json_object_get(group, "users")), "user").text);
        sheet_bar(sheet, slice_of(text_of(group, "label")), slice_of(value),
                  max > 0 ? (float)(ndcg / max) : 0);
    }
}

/* How the model stands against each other one, in NDCG. */
static void show_comparisons(struct sheet *sheet, const json_t *report, const char *label)
{
    const json_t *all = json_object_get(report, "comparisons"), *one;
    bool any = false;
    size_t i;

    json_array_foreach(all, i, one)
    {
        const bool is_a = strcmp(text_of(one, "a"), label) == 0;
        if (!is_a && strcmp(text_of(one, "b"), label) != 0) continue;
        const double p = number_of(json_object_get(one, "p"));
        const double d = number_of(json_object_get(one, "difference")) * (is_a ? -1 : 1);
        if (!any) sheet_heading(sheet, "Against the others");
        any = true;
        sheet_print(sheet,
                    p >= 0.05 ? MEANING_DIM
                    : d > 0   ? MEANING_GOOD
                              : MEANING_BAD,
                    "%s %+.4f %s (p %.3f)", d > 0 ? "▲" : "▼", d, text_of(one, is_a ? "b" : "a"),
                    p);
    }
    if (any) sheet_print(sheet, MEANING_DIM, "p below 0.05: more than chance (paired bootstrap)");
}

static struct sheet *about_model(const struct loader_context *context, int64_t key,
                                 struct error *error)
{
    struct error problem;
    struct text asked = { 0 };
    json_t *report = last_report(context, &problem);
    const json_t *model =
        json_array_get(json_object_get(report, "models"), (size_t)(key > 0 ? key - 1 : 0));
    struct sheet *sheet = NULL;

    if (model)
        sheet = sheet_new(error);
    else if (error)
        *error = problem;
    if (sheet) {
        add_request(report, &asked);
        sheet_print(sheet, MEANING_TITLE, "%s", text_of(model, "label"));
        sheet_print(sheet, MEANING_DIM, "%s", asked.bytes ? asked.bytes : "");
        sheet_print(sheet, MEANING_DIM, "took %.2f s to train, %.2f s to ask",
                    number_of(json_object_get(model, "train_seconds")),
                    number_of(json_object_get(model, "score_seconds")));
        show_metrics(sheet, model);
        show_groups(sheet, model);
        show_comparisons(sheet, report, text_of(model, "label"));
        if (text_of(report, "remarks")[0]) {
            sheet_heading(sheet, "Left out");
            sheet_print(sheet, MEANING_WARN, "%s", text_of(report, "remarks"));
        }
    }
    text_fini(&asked);
    json_decref(report);
    return sheet;
}

static struct sheet *make_model(const struct loader_context *context,
                                const struct sheet_topic *topic, struct error *error)
{
    return about_model(context, topic->key, error);
}

static const struct sheet_spec one_model = {
    .title = "Model", .scopes = SCOPE_EVALUATE, .make = make_model, .follows_jobs = true
};

static void open_model(struct table_view *table, int64_t key)
{
    app_push(table->view.app, sheet_view_new(table->view.app, &one_model, key, slice_of("")));
}

/* --------------------------------------------------------------------------------- measuring */

static void measure(struct app *app, const char *line)
{
    struct error error;
    if (!app->queue) return;
    int64_t id = job_evaluate(app->queue, line, &error);
    if (id == 0)
        app_fail(app, &error);
    else
        app_say(app, "job %lld measures; F7 shows it, c stops it", (long long)id);
    app_refresh_jobs(app);
}

/* Stops what measures now. */
static void cancel(struct app *app)
{
    struct error error;
    for (int32_t i = 0; i < app->n_jobs; i++) {
        const struct job_info *job = &app->jobs[i];
        if (strcmp(job->title, "evaluate") != 0 || job->state > JOB_RUNNING) continue;
        if (job_cancel(app->queue, job->id, &error))
            app_say(app, "job %lld is told to stop", (long long)job->id);
        else
            app_fail(app, &error);
        return;
    }
    app_say(app, "nothing is being measured");
}

static bool act(struct table_view *table, enum action action, const char *argument)
{
    switch (action) {
    case ACTION_MEASURE:
        measure(table->view.app, argument && *argument ? argument : NULL);
        return true;
    case ACTION_CANCEL:
        cancel(table->view.app);
        return true;
    default:
        return false;
    }
}

static const struct table_spec evaluate = {
    .name = "evaluate",
    .scopes = SCOPE_EVALUATE,
    .title = "Evaluate",
    .empty = "nothing was measured yet: m measures the models that are being served",
    .sort = "ndcg",
    .descending = true,
    .hidden = "asked ",
    .open = open_model,
    .act = act,
    .detail = about_model,
    .follows_jobs = true,
};

static void title(const struct view *view, struct text *out)
{
    const struct cell *asked = table_view_cell((const struct table_view *)view, "asked");
    text_add_string(out, "Evaluate");
    if (!asked || asked->absent) return;
    text_add_string(out, " · ");
    text_add(out, asked->text.bytes, asked->text.length);
}

struct view *evaluate_view_new(struct app *app)
{
    struct error error;
    struct view *view = table_view_new(
        app, &evaluate, memory_source_new(columns, COLUMNS, load, NULL, NULL, &error), NULL, NULL);
    if (view) table_view(view)->kind.title = title;
    return view;
}
