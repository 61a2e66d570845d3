/* diff.c - two states of a shop. */
#include "diff.h"

#include "labels.h"
#include "rulebook.h"
#include "stock_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The rules of a moment with the stock of then; items NULL: it is not known, and taken as it is. */
static const struct pipeline *rules_of(struct reader *reader, const struct dataset *dataset,
                                       int64_t at, const int32_t *items, int32_t n,
                                       struct error *error)
{
    struct rulebook book;
    if (!rulebook_read(&book, reader, at, error)) return NULL;
    const struct pipeline *pipeline = pipeline_new_past(
        dataset, &book.settings, book.rules, book.n,
        &(struct catalogue_past){ .unavailable = items, .n_unavailable = n }, error);
    rulebook_fini(&book);
    return pipeline;
}

/* The run of the kind that is served now, as it was at a moment. */
static bool run_of_then(struct reader *reader, const struct serving *now, int64_t at, int64_t *then,
                        struct error *error)
{
    struct run run;
    if (at == MOMENT_NONE)
        *then = now->run.replaced > 0 ? now->run.replaced : now->run.id;
    else if (past_run(reader, now->run.kind, at, &run, error))
        *then = run.id;
    else
        return false;
    return true;
}

static bool serve_both(struct engine *engine, struct reader *reader, int64_t then, int64_t now,
                       int64_t at, struct diff_sides *list_requests, struct progress *progress,
                       struct error *error)
{
    struct run run = { 0 };
    if (now == 0 && then != 0) {
        struct run active;
        if (!run_find(reader, then, &run, error) || !run_active(reader, run.kind, &active, error))
            return false;
        now = active.id;
    }
    if (!engine_serve(engine, reader, NULL, now, &list_requests->now, progress, error))
        return false;
    if (list_requests->now.applied >
        0) { /* runs are held against each other as they were trained */
        now = list_requests->now.run.id;
        serving_fini(&list_requests->now);
        if (!engine_serve(engine, reader, NULL, now, &list_requests->now, progress, error))
            return false;
    }
    if (then == 0 && !run_of_then(reader, &list_requests->now, at, &then, error)) return false;
    return engine_serve(engine, reader, NULL, then, &list_requests->then, progress, error);
}

bool diff_open(struct engine *engine, struct reader *reader, int64_t then, int64_t now, int64_t at,
               int64_t clock, int32_t length, struct diff_sides *list_requests,
               struct progress *progress, struct error *error)
{
    memset(list_requests, 0, sizeof *list_requests);
    if (!serve_both(engine, reader, then, now, at, list_requests, progress, error)) return false;
    int32_t *items = NULL, n = 0;
    int64_t noted;
    const bool trained = at == MOMENT_NONE;
    if (trained) at = list_requests->then.run.started;
    if (!(trained ? stock_note_read(reader, list_requests->then.run.id, &items, &n, error)
                  : past_stock(reader, at, &items, &n, &noted, error)))
        return false;
    list_requests->rules_then = rules_of(reader, list_requests->then.dataset, at, items, n, error);
    if (list_requests->rules_then)
        list_requests->rules_now =
            rules_of(reader, list_requests->now.dataset, MOMENT_NONE, items, n, error);
    free(items);
    if (!list_requests->rules_now) return false;
    list_requests->request = (struct diff_request){
        .then = { list_requests->then.model, list_requests->then.dataset, list_requests->rules_then,
                  at },
        .now = { list_requests->now.model, list_requests->now.dataset, list_requests->rules_now,
                 clock },
        .stocked = list_requests->now.pipeline,
        .length = length,
    };
    return true;
}

void diff_close(struct diff_sides *list_requests)
{
    pipeline_release(list_requests->rules_then);
    pipeline_release(list_requests->rules_now);
    serving_fini(&list_requests->then);
    serving_fini(&list_requests->now);
    memset(list_requests, 0, sizeof *list_requests);
}

/* --------------------------------------------------------------------------------------- words */

void diff_describe_steps(unsigned steps, struct text *out)
{
    static const char *const words[DIFF_STEPS] = { "new events", "new model", "rules", "stock" };
    bool any = false;
    for (int s = 0; s < DIFF_STEPS; s++) {
        if (!(steps >> s & 1)) continue;
        text_format(out, "%s%s", any ? ", " : "", words[s]);
        any = true;
    }
}

static void describe_head(const struct diff *diff, const struct diff_sides *list_requests,
                          struct report *report)
{
    char then[MOMENT_TEXT_SIZE], now[MOMENT_TEXT_SIZE];
    struct text *out = report_line(report, REPORT_PLAIN, "then");
    text_format(out, "%s run %lld, %s", list_requests->then.run.kind,
                (long long)list_requests->then.run.id,
                moment_text(list_requests->request.then.at, then));
    out = report_line(report, REPORT_PLAIN, "now");
    text_format(out, "%s run %lld, %s", list_requests->now.run.kind,
                (long long)list_requests->now.run.id,
                moment_text(list_requests->request.now.at, now));
    out = report_line(report, REPORT_PLAIN, "changed");
    text_format(out, "%d of %d lists", diff->changed, diff->asked);
    if (diff->asked < diff->users) text_format(out, ", drawn from %d", diff->users);
    text_format(out, "; rank-biased overlap %.3f", diff->rbo);
}

void diff_describe(const struct diff *diff, const struct diff_sides *list_requests,
                   struct report *report)
{
    const struct dataset *dataset = list_requests->now.dataset;
    describe_head(diff, list_requests, report);
    for (int s = 0; s < DIFF_STEPS; s++) {
        struct text *out = report_line(report, REPORT_PLAIN, s ? "" : "by");
        diff_describe_steps(1U << s, out);
        text_format(out, ": %d", diff->by[s]);
    }
    for (int32_t i = 0; i < diff->n_items && i < 10; i++) {
        const struct diff_item *item = &diff->items[i];
        struct text *out = report_line(report, REPORT_PLAIN, i ? "" : "items");
        unsigned steps = 0;
        for (int s = 0; s < DIFF_STEPS; s++)
            steps |= (unsigned)(item->by[s] > 0) << s;
        text_format(out, "-%d +%d ", item->left, item->entered);
        report_item(report, dataset, item->item);
        text_add_string(out, " · ");
        diff_describe_steps(steps, out);
    }
}

/* ----------------------------------------------------------------------------------------- a job
 */

struct diff_job {
    int64_t then, now;
};

static void log_lines(struct job_context *context, const struct report *report)
{
    for (int32_t i = 0; i < report->n; i++) {
        const struct slice sentence = report_sentence(report, i);
        job_log(context, "%-8s %.*s", report->lines[i].label, (int)sentence.length, sentence.bytes);
    }
}

static bool work(struct job_context *context, void *argument, struct error *error)
{
    const struct diff_job *job = argument;
    struct diff_sides list_requests;
    struct diff diff;
    struct report report = { 0 };
    bool done = diff_open(context->engine, context->reader, job->then, job->now, MOMENT_NONE,
                          (int64_t)time(NULL), 10, &list_requests, context->progress, error) &&
                diff_measure(&list_requests.request, 0, 1, 0, &diff, context->progress, error);
    if (done) {
        diff_describe(&diff, &list_requests, &report);
        log_lines(context, &report);
        snprintf(context->message, 512,
                 "%d of %d lists differ: new events %d, new model %d, rules %d, stock %d",
                 diff.changed, diff.asked, diff.by[DIFF_EVENTS], diff.by[DIFF_MODEL],
                 diff.by[DIFF_RULES], diff.by[DIFF_STOCK]);
    }
    report_fini(&report);
    diff_close(&list_requests);
    return done;
}

int64_t diff_submit(struct job_queue *queue, int64_t then, int64_t now, struct error *error)
{
    char title[96];
    struct diff_job *job = malloc(sizeof *job);
    if (!job) {
        error_memory(error, "a job");
        return 0;
    }
    *job = (struct diff_job){ then, now };
    snprintf(title, sizeof title, "what changed since run %lld", (long long)then);
    return job_submit(queue, title, 0, work, job, free, error);
}
