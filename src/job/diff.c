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
                       int64_t at, struct diff_sides *sides, struct progress *progress,
                       struct error *error)
{
    struct run run = { 0 };
    if (now == 0 && then != 0) {
        struct run active;
        if (!run_find(reader, then, &run, error) || !run_active(reader, run.kind, &active, error))
            return false;
        now = active.id;
    }
    if (!engine_serve(engine, reader, NULL, now, &sides->now, progress, error)) return false;
    if (sides->now.absorbed > 0) { /* runs are held against each other as they were trained */
        now = sides->now.run.id;
        serving_fini(&sides->now);
        if (!engine_serve(engine, reader, NULL, now, &sides->now, progress, error)) return false;
    }
    if (then == 0 && !run_of_then(reader, &sides->now, at, &then, error)) return false;
    return engine_serve(engine, reader, NULL, then, &sides->then, progress, error);
}

bool diff_open(struct engine *engine, struct reader *reader, int64_t then, int64_t now, int64_t at,
               int64_t clock, int32_t length, struct diff_sides *sides, struct progress *progress,
               struct error *error)
{
    memset(sides, 0, sizeof *sides);
    if (!serve_both(engine, reader, then, now, at, sides, progress, error)) return false;
    int32_t *items = NULL, n = 0;
    int64_t noted;
    const bool trained = at == MOMENT_NONE;
    if (trained) at = sides->then.run.started;
    if (!(trained ? stock_note_read(reader, sides->then.run.id, &items, &n, error)
                  : past_stock(reader, at, &items, &n, &noted, error)))
        return false;
    sides->rules_then = rules_of(reader, sides->then.dataset, at, items, n, error);
    if (sides->rules_then)
        sides->rules_now = rules_of(reader, sides->now.dataset, MOMENT_NONE, items, n, error);
    free(items);
    if (!sides->rules_now) return false;
    sides->question = (struct diff_question){
        .then = { sides->then.model, sides->then.dataset, sides->rules_then, at },
        .now = { sides->now.model, sides->now.dataset, sides->rules_now, clock },
        .stocked = sides->now.pipeline,
        .length = length,
    };
    return true;
}

void diff_close(struct diff_sides *sides)
{
    pipeline_release(sides->rules_then);
    pipeline_release(sides->rules_now);
    serving_fini(&sides->then);
    serving_fini(&sides->now);
    memset(sides, 0, sizeof *sides);
}

/* --------------------------------------------------------------------------------------- words */

void diff_tell_steps(unsigned steps, struct text *out)
{
    static const char *const words[DIFF_STEPS] = { "new events", "new model", "rules", "stock" };
    bool any = false;
    for (int s = 0; s < DIFF_STEPS; s++) {
        if (!(steps >> s & 1)) continue;
        text_format(out, "%s%s", any ? ", " : "", words[s]);
        any = true;
    }
}

static void tell_head(const struct diff *diff, const struct diff_sides *sides, struct told *told)
{
    char then[MOMENT_TEXT_SIZE], now[MOMENT_TEXT_SIZE];
    struct text *out = told_line(told, TOLD_PLAIN, "then");
    text_format(out, "%s run %lld, %s", sides->then.run.kind, (long long)sides->then.run.id,
                moment_text(sides->question.then.at, then));
    out = told_line(told, TOLD_PLAIN, "now");
    text_format(out, "%s run %lld, %s", sides->now.run.kind, (long long)sides->now.run.id,
                moment_text(sides->question.now.at, now));
    out = told_line(told, TOLD_PLAIN, "changed");
    text_format(out, "%d of %d lists", diff->changed, diff->asked);
    if (diff->asked < diff->users) text_format(out, ", drawn from %d", diff->users);
    text_format(out, "; rank-biased overlap %.3f", diff->rbo);
}

void diff_tell(const struct diff *diff, const struct diff_sides *sides, struct told *told)
{
    const struct dataset *dataset = sides->now.dataset;
    tell_head(diff, sides, told);
    for (int s = 0; s < DIFF_STEPS; s++) {
        struct text *out = told_line(told, TOLD_PLAIN, s ? "" : "by");
        diff_tell_steps(1U << s, out);
        text_format(out, ": %d", diff->by[s]);
    }
    for (int32_t i = 0; i < diff->n_items && i < 10; i++) {
        const struct diff_item *item = &diff->items[i];
        struct text *out = told_line(told, TOLD_PLAIN, i ? "" : "items");
        unsigned steps = 0;
        for (int s = 0; s < DIFF_STEPS; s++)
            steps |= (unsigned)(item->by[s] > 0) << s;
        text_format(out, "-%d +%d ", item->left, item->entered);
        told_item(told, dataset, item->item);
        text_add_string(out, " · ");
        diff_tell_steps(steps, out);
    }
}

/* ----------------------------------------------------------------------------------------- a job
 */

struct diff_job {
    int64_t then, now;
};

static void log_lines(struct job_context *context, const struct told *told)
{
    for (int32_t i = 0; i < told->n; i++) {
        const struct slice sentence = told_sentence(told, i);
        job_log(context, "%-8s %.*s", told->lines[i].label, (int)sentence.length, sentence.bytes);
    }
}

static bool work(struct job_context *context, void *argument, struct error *error)
{
    const struct diff_job *job = argument;
    struct diff_sides sides;
    struct diff diff;
    struct told told = { 0 };
    bool done = diff_open(context->engine, context->reader, job->then, job->now, MOMENT_NONE,
                          (int64_t)time(NULL), 10, &sides, context->progress, error) &&
                diff_measure(&sides.question, 0, 1, 0, &diff, context->progress, error);
    if (done) {
        diff_tell(&diff, &sides, &told);
        log_lines(context, &told);
        snprintf(context->message, 512,
                 "%d of %d lists differ: new events %d, new model %d, rules %d, stock %d",
                 diff.changed, diff.asked, diff.by[DIFF_EVENTS], diff.by[DIFF_MODEL],
                 diff.by[DIFF_RULES], diff.by[DIFF_STOCK]);
    }
    told_fini(&told);
    diff_close(&sides);
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
