/* app_overview.c - what the strips and Home know of the workspace and of the jobs. */
#include "app.h"

#include "aisle/rules.h"

#include <stdlib.h>
#include <string.h>

/* Looks that lie further apart have quiet between them, which would count as a low rate. */
#define RATE_SECONDS 2.0

void overview_free(struct overview *overview)
{
    if (!overview) return;
    free(overview->runs);
    free(overview);
}

static void release(void *argument)
{
    struct overview **overview = argument;
    overview_free(*overview);
    free(overview);
}

static bool work(const struct loader_context *context, void *argument, struct error *error)
{
    struct overview **made = argument;
    struct overview *overview = calloc(1, sizeof *overview);
    if (!overview) return error_memory(error, "the overview");
    *made = overview;
    if (!context->reader) return true;
    if (!workspace_counts(context->reader, &overview->counts, error) ||
        !runs_list(context->reader, &overview->runs, &overview->n_runs, error))
        return false;
    struct stored_rule *rules = NULL;
    int32_t n_rules = 0;
    if (!rules_list(context->reader, MOMENT_NONE, &rules, &n_rules, error)) return false;
    for (int32_t i = 0; i < n_rules; i++) {
        overview->rules += strcmp(rules[i].state, "published") == 0;
        overview->drafts += strcmp(rules[i].state, "draft") == 0;
    }
    rules_free(rules, n_rules);
    if (!learning_read(context->reader, &overview->learning, error) ||
        !learning_behind(context->reader, "attention", &overview->behind, error))
        return false;
    struct parameters parameters;
    overview->stopped = checkpoint_stopped(context->reader, NULL, &parameters, NULL);
    for (int32_t i = 0; i < overview->n_runs; i++) {
        if (!overview->runs[i].active) continue;
        overview->active++;
        if (overview->runs[i].events_seen < overview->counts.last_event) overview->stale++;
    }
    return true;
}

/* Goes on learning by itself where that is set and due; a job that fails is not begun again before
 * as many events have come once more. */
static void learn(struct app *app)
{
    const struct overview *overview = app->overview;
    const int64_t last = overview->counts.last_event, after = overview->learning.after;
    struct error error;
    if (after <= 0 || !app->queue || overview->behind < after || last - app->learned < after)
        return;
    if (job_learn(app->queue, &error) == 0)
        app_fail(app, &error);
    else
        app->learned = last;
    app_refresh_jobs(app);
}

static void answer(void *owner, void *argument, const struct error *error)
{
    struct app *app = owner;
    struct overview **made = argument;
    if (error) {
        app_fail(app, error);
        return;
    }
    const double now = app_monotonic();
    const int64_t more = app->overview ? (*made)->counts.events - app->overview->counts.events : 0;
    const double seconds = now - app->last_overview;
    if (more > 0 && seconds > 0 && seconds < RATE_SECONDS && !app->still) {
        const double rate = (double)more / seconds;
        app->rate = app->rate > 0 ? app->rate + 0.5 * (rate - app->rate) : rate;
    }
    app->last_overview = now;
    overview_free(app->overview);
    app->overview = *made;
    app->pseudonymiser.items = app_style(app).words->accounts;
    *made = NULL;
    app->dirty = true;
    learn(app);
}

void app_refresh_overview(struct app *app)
{
    struct overview **argument = calloc(1, sizeof *argument);
    if (!argument) return;
    app_ask(app, &(struct request){ .owner = app,
                                    .lane = LANE_PAGES,
                                    .work = work,
                                    .answer = answer,
                                    .release = release,
                                    .argument = argument });
}

bool app_trains(const struct app *app)
{
    for (int32_t i = 0; i < app->n_jobs; i++)
        if (app->jobs[i].state <= JOB_RUNNING && app->jobs[i].id != app->loading) return true;
    return false;
}

void app_refresh_jobs(struct app *app)
{
    struct error error;
    struct job_info *jobs;
    int32_t n;
    if (!app->queue || !job_list(app->queue, &jobs, &n, &error)) return;
    free(app->jobs);
    app->jobs = jobs;
    app->n_jobs = n;
}
