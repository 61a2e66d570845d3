/* rules_job.c - the impact of a rule on all lists, exactly, in the background. */
#include "rules_words.h"

#include "aisle/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { LIST_LENGTH = 10 };

static void release(void *argument)
{
    rule_fini(argument);
    free(argument);
}

static bool work(struct job_context *context, void *argument, struct error *error)
{
    const struct rule *rule = argument;
    struct serving serving;
    struct impact impact;
    struct report report = { 0 };
    if (!engine_serve(context->engine, context->reader, NULL, 0, &serving, context->progress,
                      error))
        return false;
    const bool done = rules_preview(context->engine, context->reader, &serving, rule, LIST_LENGTH,
                                    (int64_t)time(NULL), 0, &impact, context->progress, error);
    if (done) {
        rules_describe_impact(&impact, rule, serving.dataset, &report);
        for (int32_t i = 0; i < report.n; i++) {
            const struct slice sentence = report_sentence(&report, i);
            job_log(context, "%-10s %.*s", report.lines[i].label, (int)sentence.length,
                    sentence.bytes);
        }
        snprintf(context->message, 512, "%d of %d lists change (%.1f %%)", impact.changed,
                 impact.users, 100 * impact.share);
    }
    report_fini(&report);
    serving_fini(&serving);
    return done;
}

int64_t rules_submit_preview(struct job_queue *queue, const struct rule *rule, struct error *error)
{
    struct rule *copy = malloc(sizeof *copy);
    if (!copy) {
        error_memory(error, "a job");
        return 0;
    }
    if (!rule_copy(copy, rule, error)) {
        free(copy);
        return 0;
    }
    return job_submit(queue, "impact of a rule on all lists", 0, work, copy, release, error);
}
