/* learning.c - see the header. */
#include "aisle/learning.h"

#include "finetune_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char after_note[] = "finetune after", margin_note[] = "finetune margin";

/* The only kind that goes on learning. */
static const char learner[] = "attention";

bool learning_read(struct reader *reader, struct learning *learning, struct error *error)
{
    struct text note = { 0 };
    int64_t after;
    double margin;

    *learning = (struct learning){ .margin = FINETUNE_MARGIN };
    bool good = workspace_note(reader, after_note, &note, error);
    if (good && slice_to_int64((struct slice){ note.bytes, note.length }, &after) && after > 0)
        learning->after = after;
    text_clear(&note);
    good = good && workspace_note(reader, margin_note, &note, error);
    if (good && slice_to_double((struct slice){ note.bytes, note.length }, &margin) &&
        margin >= 0 && margin <= 1)
        learning->margin = margin;
    text_fini(&note);
    return good;
}

static bool set_note(struct writer *writer, const char *name, double before, double after,
                     struct error *error)
{
    char from[32], to[32];

    snprintf(from, sizeof from, "%.10g", before);
    snprintf(to, sizeof to, "%.10g", after);
    return strcmp(from, to) == 0 || (writer_set_note(writer, name, to, error) &&
                                     audit_change(writer, "setting", name, from, to, "", error));
}

bool learning_set(struct workspace *workspace, struct reader *reader, int64_t after, double margin,
                  struct error *error)
{
    struct learning now;

    if (!learning_read(reader, &now, error)) return false;
    struct writer *writer = writer_begin(workspace, error);
    if (!writer) return false;
    if ((after < 0 || set_note(writer, after_note, (double)now.after, (double)after, error)) &&
        (margin < 0 || set_note(writer, margin_note, now.margin, margin, error)))
        return writer_commit(writer, error);
    writer_rollback(writer);
    return false;
}

bool learning_behind(struct reader *reader, const char *kind, int64_t *behind, struct error *error)
{
    struct workspace_counts counts;
    struct run *runs = NULL;
    int32_t n = 0;
    int64_t seen = 0;
    bool served = false;

    *behind = -1;
    if (!workspace_counts(reader, &counts, error) || !runs_list(reader, &runs, &n, error))
        return false;
    for (int32_t i = 0; i < n; i++) {
        if (strcmp(runs[i].kind, kind) != 0) continue;
        served |= runs[i].active;
        if (runs[i].events_seen > seen) seen = runs[i].events_seen;
    }
    free(runs);
    if (served) *behind = counts.last_event > seen ? counts.last_event - seen : 0;
    return true;
}

static bool work(struct job_context *context, void *argument, struct error *error)
{
    struct learning learning;
    int64_t behind;

    (void)argument;
    if (!learning_read(context->reader, &learning, error) ||
        !learning_behind(context->reader, learner, &behind, error))
        return false;
    if (learning.after == 0 || behind < learning.after) {
        snprintf(context->message, 512, "not due any more");
        return true;
    }
    job_log(context, "%lld events have come since the newest run", (long long)behind);
    return finetune_in_job(context, learner, learning.margin, error);
}

int64_t job_learn(struct job_queue *queue, struct error *error)
{
    return job_submit(queue, "fine-tune attention by itself", 0, work, NULL, NULL, error);
}
