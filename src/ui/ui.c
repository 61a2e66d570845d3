/* ui.c - the main loop, and the same screens without a terminal. */
#include "ui.h"

#include "config.h"
#include "grid_export.h"
#include "present.h"
#include "screens.h"

#include "aisle/erasure.h"

#include <langinfo.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_MS = 250,   /* between two looks at a running job's progress */
    CATCH_UP_MS = 10, /* that a key may wait for what it is about */
};

static bool begin(struct app *app, struct error *error)
{
    if (!app->queue) {
        app->own_queue = job_queue_new(app->engine, 1, app_notify, app, error);
        if (!app->own_queue) return false;
        app->queue = app->own_queue;
    }
    loader_use(app->loader, app->queue);
    app_push(app, home_view_new(app));
    if (!app->view) return error_memory(error, "the first screen");
    return true;
}

/* While a job runs, views that show progress look again. */
static void tick(struct app *app)
{
    app_refresh_jobs(app);
    if (app->view->kind->scopes & SCOPE_JOBS) view_changed(app->view);
    app->dirty = true;
}

static void frame(struct app *app)
{
    int rows, columns;
    terminal_size(app->terminal, &rows, &columns);
    if (app->grid->rows != rows || app->grid->columns != columns)
        if (!grid_resize(app->grid, rows, columns)) return;
    app_arrange(app);
    /* What was asked for may be here already, and bring another view. */
    if (loader_deliver(app->loader) > 0) app_arrange(app);
    app_draw(app);
    terminal_show(app->terminal, app->grid, &app->theme);
}

/* A question is shown before it is answered: keys typed ahead do not answer it. */
static void read_keys(struct app *app)
{
    struct key key;
    bool asked = false;
    while (terminal_read(app->terminal, &key)) {
        if (asked || app->quit) continue;
        app_catch_up(app, CATCH_UP_MS);
        bool before = app->prompt.spec.kind == PROMPT_QUESTION;
        app_key(app, key);
        asked = !before && app->prompt.spec.kind == PROMPT_QUESTION;
        if (app->view) app_arrange(app);
    }
}

static void loop(struct app *app)
{
    while (!app->quit) {
        if (app->dirty) frame(app);
        bool busy = app->queue && job_active(app->queue) > 0;
        int rest = app_debounce(app), limit = busy ? FRAME_MS : -1;
        if (rest >= 0 && (limit < 0 || rest < limit)) limit = rest;
        int why = terminal_wait(app->terminal, app->notify[0], limit);
        if (why & WOKEN_GONE) return;
        if (why & WOKEN_RESIZE) app->dirty = true;
        if (why & WOKEN_PIPE) app_work(app);
        if (busy && why == 0 && rest < 0) tick(app);
        read_keys(app);
    }
}

static void restore_session(struct app *app)
{
    char name[64];
    session_get(app, "view", name, sizeof name);
    enum action action = action_find(slice_of(name));
    if (action == ACTION_USERS || action == ACTION_ITEMS || action == ACTION_EVENTS ||
        action == ACTION_RUNS || action == ACTION_EVALUATE || action == ACTION_RULES)
        app_act(app, action, NULL);
}

static void save_session(struct app *app)
{
    const struct view *view = app->view;
    while (view->parent && view->parent->parent)
        view = view->parent;
    session_set(app, "view", view->kind->name ? view->kind->name : "home");
}

/* What an erasure that was cut short has left to do is done now, in the background. */
static void finish_erasure(struct app *app)
{
    struct error error;
    struct text kinds = { 0 };
    struct reader *reader = reader_open(engine_workspace(app->engine), NULL);
    if (reader && erasure_pending(reader, &kinds, NULL) && kinds.length > 0 &&
        job_erase_finish(app->queue, &error) != 0)
        app_say(app, "an erasure was cut short and is finished now (out of service: %s)",
                kinds.bytes);
    text_fini(&kinds);
    reader_close(reader);
}

/* What a view lets go of goes back to the system. Left alone, the C library gives each loader and
 * worker thread a heap of its own and keeps what was freed there: after ten thousand keys three
 * quarters of the memory held nothing. */
static void keep_memory_level(void)
{
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

int ui_run(struct engine *engine, struct job_queue *queue, const struct ui_options *options,
           struct error *error)
{
    char log[1024];
    struct ui_options chosen = *options;
    int status = 1;
    keep_memory_level();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0) chosen.ascii = true;
    const char *no_colour = getenv("NO_COLOR");

    struct app *app = app_new(engine, queue, &chosen, error);
    if (!app) return 1;
    app->terminal = terminal_open(
        &(struct terminal_options){ .log = config_state_path("log", log, sizeof log) ? log : NULL,
                                    .colour = !chosen.no_colour && !(no_colour && no_colour[0]),
                                    .mouse = app->settings.mouse },
        error);
    if (!app->terminal) goto out;
    if (!begin(app, error)) goto out;
    if (options->present) presentation_set(app, true);
    if (options->command)
        app_command(app, options->command);
    else if (!options->bare)
        restore_session(app);
    app->watch = watch_start(engine_workspace(engine), app_changed, app);
    struct error loading;
    app->loading = job_load(app->queue, &loading);
    if (app->loading == 0) app_fail(app, &loading);
    finish_erasure(app);
    loop(app);
    if (!options->bare) save_session(app);
    status = 0;
out:
    terminal_close(app->terminal);
    app->terminal = NULL;
    app_free(app);
    return status;
}

/* "Enter", "j", ":users segment=B": words are keys where they name one, else they are typed. */
static void type_keys(struct app *app, const char *keys)
{
    app_drain(app); /* keys are about what is drawn */
    while (*keys) {
        size_t length = strcspn(keys, " ");
        struct slice word = { keys, length };
        key_code code = key_parse(word);
        size_t at = 0;
        app_arrange(app);
        if (code != KEYS_NONE) {
            app_key(app, (struct key){ .code = code });
            at = length;
        }
        while (at < length) {
            int32_t letter;
            at += text_decode(keys + at, length - at, &letter);
            app_key(app, (struct key){ .code = letter });
        }
        app_drain(app);
        keys += length;
        keys += strspn(keys, " ");
    }
}

/* A picture is of what came of the keys: jobs that they began are waited for. */
static void finish_jobs(struct app *app)
{
    struct job_info *jobs = NULL, done;
    int32_t n = 0;
    if (!app->queue || !job_list(app->queue, &jobs, &n, NULL)) return;
    for (int32_t i = 0; i < n; i++)
        job_wait(app->queue, jobs[i].id, &done, NULL, NULL);
    free(jobs);
    if (n == 0) return;
    app->n_jobs = 0; /* what they came to is told, also of one whose end was seen already */
    app_work(app);
}

bool ui_screen(struct engine *engine, const struct ui_options *options, int rows, int columns,
               const char *keys, const char *format, struct text *out, struct error *error)
{
    struct ui_options chosen = *options;
    chosen.bare = true;
    struct app *app = app_new(engine, NULL, &chosen, error);
    if (!app) return false;
    bool ok = grid_resize(app->grid, rows, columns) || error_memory(error, "the screen");
    ok = ok && begin(app, error);
    if (ok) {
        app_render(app, rows, columns);
        if (options->present) presentation_set(app, true);
        if (options->command) app_command(app, options->command);
        if (keys) type_keys(app, keys);
        finish_jobs(app);
        const struct grid *grid = app_render(app, rows, columns);
        if (strcmp(format, "svg") == 0)
            grid_svg(grid, &app->theme, out);
        else if (strcmp(format, "html") == 0)
            grid_html(grid, &app->theme, out);
        else if (strcmp(format, "meanings") == 0)
            grid_meanings(grid, out);
        else
            grid_text(grid, out);
        ok = !out->failed || error_memory(error, "the picture of the screen");
    }
    app_free(app);
    return ok;
}
