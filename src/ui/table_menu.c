/* table_menu.c - the menus of a table and its export. */
#include "menu.h"
#include "present_export.h"
#include "table_view.h"

#include "aisle/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXPORT_ROWS = 500 };

/* The view below a menu is a table or a frame around one, so menus speak to it in actions, which
 * frames pass on. */
static void sort_chosen(struct view *below, int id, const char *label)
{
    (void)below;
    (void)id;
    app_act(below->app, ACTION_SORT, label);
}

void table_sort_menu(struct table_view *table)
{
    struct menu *menu = menu_new(table->view.app, "Sort by", false, sort_chosen);
    for (int32_t i = 0; i < table->block.n_columns; i++) {
        const struct table_column *column = &table->block.columns[i];
        bool now = strcmp(column->name, table->sort) == 0;
        if (column->sortable)
            menu_add(menu, i, now ? (table->descending ? "▾" : "▴") : NULL, column->name,
                     column->title);
    }
    app_push(table->view.app, menu_view(menu));
}

static void column_chosen(struct view *below, int id, const char *label)
{
    view_act(below, ACTION_COLUMNS, label);
    menu_toggle((struct menu *)below->app->view, id);
}

void table_toggle_column(struct table_view *table, const char *column)
{
    size_t used = strlen(table->hidden), length = strlen(column) + 1;
    if (table_hidden(table, column)) {
        char *at = table->hidden;
        while (strncmp(at, column, length - 1) != 0 || at[length - 1] != ' ')
            at = strchr(at, ' ') + 1;
        memmove(at, at + length, strlen(at + length) + 1);
    } else if (used + length + 1 < sizeof table->hidden) {
        snprintf(table->hidden + used, sizeof table->hidden - used, "%s ", column);
    } else {
        app_say(table->view.app, "more columns than are hidden already cannot be: show some first");
        table->view.app->message_bad = true;
    }
    table_remember(table);
}

void table_columns_menu(struct table_view *table)
{
    struct menu *menu = menu_new(table->view.app, "Columns", true, column_chosen);
    for (int32_t i = 0; i < table->block.n_columns; i++) {
        const struct table_column *column = &table->block.columns[i];
        menu_add(menu, i, table_hidden(table, column->name) ? NULL : "✓", column->name,
                 column->title);
    }
    app_push(table->view.app, menu_view(menu));
}

/* ----------------------------------------------------------------------------------- export */

struct export
{
    struct table_set *set;
    struct pseudonymiser pseudonymiser;
    const struct table_spec *spec;
    const char *profile;
    enum export_format format;
    char path[1024];
};

static void export_free(void *argument)
{
    struct export *export = argument;
    table_set_release(export->set);
    free(export);
}

static bool write_rows(const struct export *export, const struct loader_context *context,
                       struct file_sink *sink, struct error *error)
{
    struct table_export out = { .format = export->format, .put = file_sink_put, .context = sink };
    const struct cell_look look = { &export->pseudonymiser, NULL,
                                    export->spec }; /* types as they are kept */
    int64_t first = 0;
    progress_begin(context->progress, "writing", export->set->n);
    if (export->pseudonymiser.on) {
        const struct masked_export pseudonymised = {
            export->set, context, look, (uint64_t)time(NULL) ^ export->pseudonymiser.key[0]
        };
        return presentation_export(&pseudonymised, &out, error);
    }
    do {
        struct table_block block = { 0 };
        int64_t left = export->set->n - first;
        int32_t n = left < EXPORT_ROWS ? (int32_t)left : EXPORT_ROWS;
        if (progress_cancelled(context->progress))
            return error_set(error, ERROR_CANCELLED, "the export was cancelled");
        if (!export->set->source->kind->page(export->set, context, first, n, &block, error))
            return false;
        out.columns = block.columns;
        out.n_columns = block.n_columns;
        const bool ok = (first > 0 || table_export_begin(&out, error)) &&
                        table_export_page(&out, block.page, error);
        page_free(block.page);
        if (!ok) return false;
        first += n;
        progress_add(context->progress, n);
    } while (first < export->set->n);
    return table_export_end(&out, error);
}

static bool export_work(struct job_context *job, void *argument, struct error *error)
{
    struct export *export = argument;
    struct loader_context context = { job->engine,
                                      job->queue,
                                      job->reader,
                                      job->progress,
                                      { words_of(export->profile), &export->pseudonymiser } };
    struct file_sink sink;
    /* Where a file was there, the question before this job was answered with yes. */
    const struct file_target target = { export->path, workspace_path(engine_workspace(job->engine)),
                                        .replace = true };
    if (!file_sink_open(&sink, &target, error)) return false;
    bool ok = write_rows(export, &context, &sink, error);
    if (!ok) {
        file_sink_close(&sink, false, NULL);
        return false;
    }
    snprintf(job->message, 512, "%s in %.400s", text_count(export->set->n, "row").text,
             export->path);
    return file_sink_close(&sink, true, error);
}

void table_export(struct view *view, const char *path)
{
    struct table_view *table = table_view(view);
    struct app *app = view->app;
    struct error error;
    const char *dot = strrchr(path, '.');
    struct export *export = calloc(1, sizeof *export);
    if (!export || !table->set || !app->queue) {
        free(export);
        return;
    }
    if (!dot || !export_format_parse(slice_of(dot + 1), &export->format)) {
        app_say(app, "end the name in .csv, .json, .jsonl or .md, so that the format is clear");
        app->message_bad = true;
        free(export);
        return;
    }
    export->set = table_set_retain(table->set);
    export->pseudonymiser = app->pseudonymiser;
    export->spec = table->spec;
    export->profile = app_style(app).words->profile;
    snprintf(export->path, sizeof export->path, "%s", path);
    char title[96];
    snprintf(title, sizeof title, "export %s", table->spec->name);
    int64_t id = job_submit(app->queue, title, 0, export_work, export, export_free, &error);
    if (id == 0)
        app_fail(app, &error);
    else
        app_say(app, "writing %s in job %lld", path, (long long)id);
    app_refresh_jobs(app);
}
