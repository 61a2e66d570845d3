/* finetune.c - a run from the run that is served and what happened since. */
#include "aisle/finetune.h"

#include "finetune_job.h"
#include "machine.h"
#include "rounds.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Not worse by more than the margin; where nobody could be asked, nothing speaks against it. */
static bool is_good(const struct finetuning *report, double margin)
{
    if (isnan(report->before)) return true;
    return !isnan(report->after) && report->after >= report->before - margin;
}

static json_t *number_json(double number)
{
    return isnan(number) ? json_null() : json_real(number);
}

/* What the model tells about itself, and where it comes from. */
static bool take_facts(struct finetuned *out, const struct model *model, struct error *error)
{
    const struct model_kind *kind = model_base(model)->kind;
    struct text json = { 0 }, note = { 0 };
    if (kind->facts) kind->facts(model, &json);
    json_t *facts = json_loads(json.bytes ? json.bytes : "{}", 0, NULL);
    if (!facts) facts = json_object();
    const char *own = json_string_value(json_object_get(facts, "note"));
    text_format(&note, "%s%sfine-tuned from run %lld: NDCG@10 %.4f before, %.4f after, %s",
                own ? own : "", own ? "; " : "", (long long)out->from, out->report.before,
                out->report.after, out->offered ? "active" : "rejected");
    json_object_set_new(facts, "note", json_string(note.bytes ? note.bytes : ""));
    json_object_set_new(facts, "finetuned",
                        json_pack("{s:I, s:i, s:i, s:o, s:o, s:f, s:b}", "from",
                                  (json_int_t)out->from, "users", out->report.users, "replayed",
                                  out->report.replayed, "before", number_json(out->report.before),
                                  "after", number_json(out->report.after), "margin", out->margin,
                                  "offered", out->offered));
    char *dump = json_dumps(facts, JSON_COMPACT | JSON_REAL_PRECISION(6));
    const bool good = dump && !json.failed && !note.failed;
    if (good && strlen(dump) < sizeof out->run.facts)
        snprintf(out->run.facts, sizeof out->run.facts, "%s", dump);
    free(dump);
    json_decref(facts);
    text_fini(&json);
    text_fini(&note);
    return good || error_memory(error, "a run");
}

static bool write_body(void *context, struct byte_writer *writer)
{
    const struct model *model = context;
    return model_base(model)->kind->save(model, writer);
}

/* One transaction: the run, active where it is good enough. */
static bool keep(struct engine *engine, struct finetuned *out, struct model *model,
                 int64_t erasures, struct error *error)
{
    char detail[160];
    struct writer *writer = writer_begin(engine_workspace(engine), error);
    if (!writer) return false;
    snprintf(detail, sizeof detail, "{\"from\":%lld,\"before\":%.6f,\"after\":%.6f,\"margin\":%g}",
             (long long)out->from, isnan(out->report.before) ? 0 : out->report.before,
             isnan(out->report.after) ? 0 : out->report.after, out->margin);
    if (writer_holds_nobody(writer, erasures, error) &&
        run_save(writer, &out->run, write_body, model, error) &&
        audit_write(writer, out->offered ? "finetune" : "finetune rejected", out->run.kind, detail,
                    error) &&
        (!out->offered || run_activate(writer, out->run.id, error)) && writer_commit(writer, error))
        return true;
    writer_rollback(writer);
    return false;
}

/* The new run's row, from the old one's. */
static void describe(struct finetuned *out, const struct serving *serving)
{
    const struct dataset *dataset = serving->dataset;
    out->from = serving->run.id;
    out->run = serving->run;
    out->run.id = 0;
    out->run.active = false;
    out->run.replaced = 0;
    out->run.started = (int64_t)time(NULL);
    out->run.events_seen = dataset->events_seen;
    out->run.n_users = dataset->n_users;
    out->run.n_items = dataset->n_items;
    out->run.fingerprint = dataset_identify(dataset);
    snprintf(out->run.metrics, sizeof out->run.metrics, "{}");
    snprintf(out->run.facts, sizeof out->run.facts, "{}");
}

static bool can_go_on(const struct serving *serving, struct error *error)
{
    if (!model_base(serving->model)->kind->finetune)
        return error_set(error, ERROR_USAGE,
                         "%s is not fine-tuned: 'aisle -d FILE train %s' takes what is new",
                         serving->run.kind, serving->run.kind);
    if (serving->run.events_seen == serving->dataset->events_seen)
        return error_set(error, ERROR_USAGE, "nothing has happened since run %lld was trained",
                         (long long)serving->run.id);
    return true;
}

bool engine_finetune(struct engine *engine, const char *kind, double margin, int threads,
                     const struct training_hooks *hooks, struct progress *progress,
                     struct finetuned *out, struct error *error)
{
    struct serving serving = { 0 };
    struct model *model = NULL;
    bool done = false;
    struct reader *reader = reader_open(engine_workspace(engine), error);

    *out = (struct finetuned){ .margin = margin, .report.hooks = hooks };
    if (!reader) return false;
    reader_watch(reader, progress);
    const int64_t erasures = workspace_erasures(reader, error); /* before the data is read */
    if (erasures < 0 ||
        !engine_serve(engine, reader, kind ? kind : "attention", 0, &serving, progress, error) ||
        !can_go_on(&serving, error))
        goto out;
    describe(out, &serving);
    const int64_t before = machine_memory_mark();
    const double start = seconds_now();
    model = model_base(serving.model)
                ->kind->finetune(serving.model, serving.dataset, threads, progress, &out->report,
                                 error);
    if (!model) goto out;
    out->run.seconds = seconds_now() - start;
    out->run.peak_bytes = machine_memory_peak() - before;
    if (out->run.peak_bytes < 0) out->run.peak_bytes = 0;
    out->offered = is_good(&out->report, margin);
    if (progress_cancelled(progress))
        error_set(error, ERROR_CANCELLED, "cancelled");
    else
        done = take_facts(out, model, error) && keep(engine, out, model, erasures, error);
out:
    model_release(model);
    if (serving.model) serving_fini(&serving);
    reader_close(reader);
    return done;
}

void finetuned_describe(const struct finetuned *finetuned, struct text *out)
{
    const struct finetuning *report = &finetuned->report;

    text_format(out, "run %lld from run %lld is %s: NDCG@10 ", (long long)finetuned->run.id,
                (long long)finetuned->from, finetuned->offered ? "active" : "rejected");
    if (isnan(report->before))
        text_add_string(out, "cannot be measured");
    else
        text_format(out, "%.4f before, %.4f after", report->before, report->after);
    if (!finetuned->offered)
        text_format(out, ", worse by more than %g; run %lld stays active", finetuned->margin,
                    (long long)finetuned->from);
    text_format(out, "; %s with news, %d replayed, %.2f s", text_count(report->users, "user").text,
                report->replayed, finetuned->run.seconds);
}

/* --------------------------------------------------------------------------------- the job */

struct wish {
    char kind[24];
    double margin;
};

bool finetune_in_job(struct job_context *context, const char *kind, double margin,
                     struct error *error)
{
    struct finetuned done;
    struct rounds rounds;
    struct text text = { 0 };

    job_log(context, "fine-tuning %s", kind);
    rounds_init(&rounds, context);
    if (!engine_finetune(context->engine, kind, margin, 0, &rounds.hooks, context->progress, &done,
                         error)) {
        job_log(context, "%s", error->text);
        return false;
    }
    *context->run = done.run.id;
    finetuned_describe(&done, &text);
    snprintf(context->message, 512, "%s", text.bytes ? text.bytes : "");
    job_log(context, "%s", context->message);
    text_fini(&text);
    return true;
}

static bool work(struct job_context *context, void *argument, struct error *error)
{
    const struct wish *wish = argument;
    return finetune_in_job(context, wish->kind, wish->margin, error);
}

int64_t job_finetune(struct job_queue *queue, const char *kind, double margin, struct error *error)
{
    char title[96];
    struct wish *wish = malloc(sizeof *wish);

    if (!wish) {
        error_memory(error, "a job");
        return 0;
    }
    snprintf(wish->kind, sizeof wish->kind, "%s", kind ? kind : "attention");
    wish->margin = margin;
    snprintf(title, sizeof title, "fine-tune %s", wish->kind);
    return job_submit(queue, title, 0, work, wish, free, error);
}
