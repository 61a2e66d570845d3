/* screen_audit.c - who did what, when, with before and after. Enter leads to where it was done;
 * undo takes the selected entry back where that can be done. */
#include "screens.h"
#include "table_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A write may have to wait for another writer, so even this small one is a job. */
static bool undo_work(struct job_context *job, void *argument, struct error *error)
{
    const int64_t *entry = argument;
    struct writer *writer = writer_begin(engine_workspace(job->engine), error);
    if (!writer) return false;
    if (!audit_undo(writer, *entry, error)) {
        writer_rollback(writer);
        return false;
    }
    if (!writer_commit(writer, error)) return false;
    engine_refresh(job->engine);
    snprintf(job->message, 512, "entry %lld is taken back", (long long)*entry);
    return true;
}

static void undo(struct app *app, int64_t entry)
{
    struct error error;
    char title[64];
    int64_t *argument = app->queue ? malloc(sizeof *argument) : NULL;
    if (!argument) return;
    *argument = entry;
    snprintf(title, sizeof title, "take entry %lld back", (long long)entry);
    if (job_submit(app->queue, title, 0, undo_work, argument, free, &error) == 0)
        app_fail(app, &error);
    else
        app_say(app, "taking entry %lld back", (long long)entry);
}

static void undo_confirmed(struct view *view, const char *yes)
{
    const int64_t entry = table_view_key(table_view(view));
    (void)yes;
    if (entry > 0) undo(view->app, entry);
}

static void ask_undo(struct table_view *table, int64_t entry)
{
    char label[128];
    snprintf(label, sizeof label, "Take entry %lld back, for everybody?", (long long)entry);
    app_prompt(table->view.app, &(struct prompt_spec){ .label = label,
                                                       .kind = PROMPT_QUESTION,
                                                       .view = &table->view,
                                                       .done = undo_confirmed });
}

static bool act(struct table_view *table, enum action action, const char *argument)
{
    int64_t entry = table_view_key(table);
    (void)argument;
    if (action != ACTION_UNDO) return false;
    if (entry > 0) ask_undo(table, entry);
    return true;
}

static void open_entry(struct table_view *table, int64_t key)
{
    const struct cell *action = table_view_cell(table, "action");
    struct app *app = table->view.app;
    (void)key;
    if (!action || action->absent) return;
    const bool rules = action->text.length > 6 && memcmp(action->text.bytes, "rules ", 6) == 0;
    app_push(app, rules ? rules_view_new(app, NULL) : runs_view_new(app));
}

static const struct table_spec audit = {
    .name = "audit",
    .scopes = SCOPE_AUDIT,
    .title = "Audit",
    .sort = "id",
    .descending = true,
    .hidden = "undone ",
    .follows_jobs = true,
    .empty = "nothing was changed yet",
    .open = open_entry,
    .act = act,
};

struct view *audit_view_new(struct app *app, const char *filter)
{
    struct error error;
    struct table_source *source = rows_source_new(TABLE_AUDIT, NULL, &error);
    if (!source) app_fail(app, &error);
    return table_view_new(app, &audit, source, NULL, filter);
}
