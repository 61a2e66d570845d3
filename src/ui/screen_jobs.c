/* screen_jobs.c - background work: state, bar, rate, time left; the log of one; cancel. */
#include "glyphs.h"
#include "screens.h"
#include "sheet_view.h"
#include "table_view.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAR_WIDTH = 12, SPARK = 12 };

static const struct table_column columns[] = {
    { "id", "JOB", CELL_INTEGER, 4, 0, true },
    { "title", "WORK", CELL_TEXT, 16, 0, true },
    { "state", "STATE", CELL_TEXT, 9, 0, true },
    { "share", "DONE", CELL_SHARE, 6, 1, true },
    { "bar", "", CELL_TEXT, BAR_WIDTH, 4, false },
    { "phase", "PHASE", CELL_TEXT, 12, 5, true },
    { "rate", "PER SECOND", CELL_INTEGER, 11, 5, true },
    { "left", "LEFT", CELL_TEXT, 7, 3, true },
    { "seconds", "TOOK", CELL_TEXT, 7, 3, true },
    { "memory", "MEMORY MB", CELL_INTEGER, 10, 6, true },
    { "message", "RESULT", CELL_TEXT, 20, 2, true },
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void set_duration(struct page *page, int32_t column, double seconds)
{
    char text[32];
    if (seconds < 0) return;
    if (seconds < 60)
        snprintf(text, sizeof text, "%.1f s", seconds);
    else
        snprintf(text, sizeof text, "%d:%02d m", (int)seconds / 60, (int)seconds % 60);
    page_set_text(page, column, slice_of(text));
}

static void add_job(struct page *page, const struct job_info *job)
{
    char bar[3 * BAR_WIDTH + 1];
    double share = job->total > 0 ? (double)job->done / (double)job->total : 0;
    if (job->state == JOB_DONE) share = 1;
    if (!page_add_row(page, job->id)) return;
    page_set_integer(page, 0, job->id);
    page_set_text(page, 1, slice_of(job->title));
    page_set_text(page, 2, slice_of(job_state_name(job->state)));
    page_set_number(page, 3, share);
    page_set_text(page, 4, slice_of(glyph_bar(share, BAR_WIDTH, bar)));
    page_set_text(page, 10, slice_of(job->message));
    if (job->memory_bytes > 0)
        page_set_integer(page, 9, job->memory_bytes >> 20);
    else if (job->forecast_bytes > 0)
        page_set_integer(page, 9, job->forecast_bytes >> 20);
    if (job->state != JOB_QUEUED) set_duration(page, 8, job->seconds);
    if (job->state != JOB_RUNNING) return;
    page_set_text(page, 5, slice_of(job->phase));
    if (job->rate > 0) page_set_integer(page, 6, (int64_t)job->rate);
    set_duration(page, 7, job->eta);
}

static struct page *load(const struct loader_context *context, void *argument, struct error *error)
{
    struct job_info *jobs = NULL;
    int32_t n = 0;
    (void)argument;
    if (context->queue && !job_list(context->queue, &jobs, &n, error)) return NULL;
    struct page *page = page_new(0, n, COLUMNS, error);
    for (int32_t i = 0; page && i < n; i++)
        add_job(page, &jobs[i]);
    free(jobs);
    if (page && !page_finish(page, error)) {
        page_free(page);
        return NULL;
    }
    return page;
}

static void cancel(struct app *app, int64_t id)
{
    struct error error;
    if (!app->queue || id == 0) return;
    if (job_cancel(app->queue, id, &error))
        app_say(app, "job %lld is told to stop", (long long)id);
    else
        app_fail(app, &error);
}

static bool act(struct table_view *table, enum action action, const char *argument)
{
    int64_t id = table_view_key(table);
    if (action != ACTION_CANCEL) return false;
    if (argument) slice_to_int64(slice_of(argument), &id);
    cancel(table->view.app, id);
    return true;
}

/* ----------------------------------------------------------------------------------- one job */

static void add_lines(struct sheet *sheet, const struct text *log)
{
    const char *at = log->bytes, *end = at ? at + log->length : at;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        sheet_print(sheet, MEANING_TEXT, "%.*s", (int)(stop - at), at);
        at = stop + 1;
    }
}

/* The newest line first, so that it stays in sight with what is above it. */
static void add_newest(struct sheet *sheet, const struct text *log)
{
    const char *begin = log->bytes, *end = begin ? begin + log->length : begin;
    while (begin < end) {
        const char *stop = end - 1, *at = stop; /* every line is ended */
        while (at > begin && at[-1] != '\n')
            at--;
        sheet_print(sheet, MEANING_TEXT, "%.*s", (int)(stop - at), at);
        end = at;
    }
}

/* A curve in as many points as a spark has, from its lowest to its highest. */
static void add_curve(struct sheet *sheet, const char *label, const struct job_round *rounds,
                      int32_t n, double (*value_of)(const struct job_round *))
{
    float spark[SPARK];
    double min = INFINITY, max = -INFINITY;
    char words[96];
    for (int32_t i = 0; i < n; i++) {
        min = fmin(min, value_of(&rounds[i]));
        max = fmax(max, value_of(&rounds[i]));
    }
    if (!(min <= max)) return; /* nothing was measured */
    for (int i = 0; i < SPARK; i++) {
        const double value = value_of(&rounds[(int64_t)i * (n - 1) / (SPARK - 1)]);
        spark[i] = max > min ? (float)((value - min) / (max - min)) : 0.5f;
    }
    if (n > 1) sheet_spark(sheet, label, spark);
    snprintf(words, sizeof words, "%.4f first, %.4f now, %.4f to %.4f", value_of(&rounds[0]),
             value_of(&rounds[n - 1]), min, max);
    sheet_pair(sheet, n > 1 ? "" : label, slice_of(words), MEANING_NUMBER);
}

static double loss_of(const struct job_round *round)
{
    return round->loss;
}

static double quality_of(const struct job_round *round)
{
    return round->quality;
}

static void add_rounds(struct sheet *sheet, const struct loader_context *context, int64_t id)
{
    struct job_round *rounds;
    char words[64];
    const int32_t n = job_read_rounds(context->queue, id, &rounds);
    if (n == 0) return;
    sheet_heading(sheet, "Epoch by epoch");
    add_curve(sheet, "loss", rounds, n, loss_of);
    add_curve(sheet, "NDCG@10", rounds, n, quality_of);
    snprintf(words, sizeof words, "%d, the last at %.0f tokens/s", (int)rounds[n - 1].number,
             rounds[n - 1].rate);
    sheet_pair(sheet, "epochs", slice_of(words), MEANING_NUMBER);
    free(rounds);
}

/* How far it is, how fast it goes, what it takes. */
static void add_state(struct sheet *sheet, const struct job_info *job)
{
    char share[96];
    const bool runs = job->state == JOB_RUNNING;
    double done = job->total > 0 ? (double)job->done / (double)job->total : 0;
    if (job->state == JOB_DONE) done = 1; /* also where it stopped early */
    snprintf(share, sizeof share, "%3.0f%%  %s", 100 * done,
             runs ? job->phase : job_state_name(job->state));
    sheet_pair(sheet, "work", slice_of(job->title), MEANING_TITLE);
    sheet_bar(sheet, slice_of("done"), slice_of(share), (float)done);
    if (runs && job->eta >= 0)
        sheet_print(sheet, MEANING_DIM, "about %.0f s left at %.0f a second", job->eta, job->rate);
    if (runs && job->memory_bytes > 0)
        sheet_print(sheet, MEANING_DIM, "the program holds %lld MB of memory",
                    (long long)(job->memory_bytes >> 20));
    if (job->message[0])
        sheet_print(sheet, job->state == JOB_FAILED ? MEANING_BAD : MEANING_GOOD, "%s",
                    job->message);
}

static struct sheet *make_job(const struct loader_context *context, const struct sheet_topic *topic,
                              struct error *error)
{
    struct job_info job;
    struct text log = { 0 };
    if (!context->queue || !job_find(context->queue, topic->key, &job)) {
        error_set(error, ERROR_MISSING, "there is no job %lld", (long long)topic->key);
        return NULL;
    }
    struct sheet *sheet = sheet_new(error);
    if (!sheet) return NULL;
    add_state(sheet, &job);
    add_rounds(sheet, context, topic->key);
    /* What a job tells in the end is read from its beginning. */
    const bool works = job.state == JOB_RUNNING || job.state == JOB_QUEUED;
    sheet_heading(sheet, works ? "Log, the newest first" : "Log");
    if (job_read_log(context->queue, topic->key, &log))
        (works ? add_newest : add_lines)(sheet, &log);
    text_fini(&log);
    return sheet;
}

static bool act_job(struct view *view, const struct sheet_topic *topic, enum action action)
{
    if (action != ACTION_CANCEL) return false;
    cancel(view->app, topic->key);
    return true;
}

static const struct sheet_spec one_job = {
    .title = "Job", .scopes = SCOPE_JOBS, .make = make_job, .follows_jobs = true, .act = act_job
};

static void open_job(struct table_view *table, int64_t key)
{
    app_push(table->view.app, sheet_view_new(table->view.app, &one_job, key, slice_of("")));
}

static const struct table_spec jobs = {
    .name = "jobs",
    .scopes = SCOPE_JOBS,
    .title = "Jobs",
    .empty = "nothing was done in the background yet; t on Runs or Home trains a model",
    .open = open_job,
    .act = act,
    .follows_jobs = true,
};

struct view *jobs_view_new(struct app *app)
{
    struct error error;
    return table_view_new(app, &jobs, memory_source_new(columns, COLUMNS, load, NULL, NULL, &error),
                          NULL, NULL);
}
