#include "app.h"

#include "config.h"
#include "present.h"
#include "screens.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t real_clock(void)
{
    return (int64_t)time(NULL);
}

double app_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int app_debounce(struct app *app)
{
    if (!app->debounce_pending || !app->postponed) return -1;
    double left = app->last_key + app->settings.rest * 1e-3 - app_monotonic();
    if (left > 0) return 1 + (int)(left * 1e3);
    app->debounce_pending = app->postponed = false;
    app->dirty = true;
    return 0;
}

void app_notify(void *context)
{
    struct app *app = context;
    ssize_t written = write(app->notify[1], "!", 1); /* a full pipe wakes just as well */
    (void)written;
}

static bool open_pipe(struct app *app, struct error *error)
{
    app->notify[0] = app->notify[1] = -1;
    if (pipe(app->notify) != 0)
        return error_set(error, ERROR_IO, "cannot make a pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++) {
        fcntl(app->notify[i], F_SETFL, O_NONBLOCK);
        fcntl(app->notify[i], F_SETFD, FD_CLOEXEC);
    }
    return true;
}

struct app *app_new(struct engine *engine, struct job_queue *queue,
                    const struct ui_options *options, struct error *error)
{
    struct app *app = calloc(1, sizeof *app);
    if (!app) {
        error_memory(error, "the workbench");
        return NULL;
    }
    app->engine = engine;
    app->queue = queue;
    app->now = options->now ? options->now : real_clock;
    app->still = options->now != NULL;
    app->settings = (struct settings){ .ascii = options->ascii,
                                       .plain = options->plain,
                                       .mouse = true,
                                       .pane = -1,
                                       .rest = 80,
                                       .theme = "dark" };
    app->dirty = true;
    app->prompt.chosen = -1;
    const char *path = engine ? workspace_path(engine_workspace(engine)) : "";
    const char *slash = strrchr(path, '/');
    snprintf(app->name, sizeof app->name, "%s", slash ? slash + 1 : path);

    if (!open_pipe(app, error) || !keymap_init(&app->keymap, error)) goto fail;
    if (!options->bare && !config_load(app, error)) goto fail;
    if (!theme_load(&app->theme, options->theme ? options->theme : app->settings.theme, error))
        goto fail;
    snprintf(app->settings.theme, sizeof app->settings.theme, "%s", app->theme.name);
    app->grid = grid_new(24, 80);
    if (engine && !(app->look = reader_open(engine_workspace(engine), error))) goto fail;
    app->version = -1;
    app_look(app);
    app->loader = loader_new(engine, app_notify, app, error);
    if (!app->grid || !app->loader) {
        if (!app->grid) error_memory(error, "the screen");
        goto fail;
    }
    return app;
fail:
    app_free(app);
    return NULL;
}

void app_free(struct app *app)
{
    if (!app) return;
    while (app->view) {
        struct view *view = app->view;
        app->view = view->parent;
        view_close(view);
    }
    watch_stop(app->watch);
    reader_close(app->look);
    loader_free(app->loader); /* its threads ask the queue */
    job_queue_free(app->own_queue);
    overview_free(app->overview);
    free(app->jobs);
    prompt_fini(&app->prompt);
    keymap_fini(&app->keymap);
    grid_free(app->grid);
    for (int i = 0; i < 2; i++)
        if (app->notify[i] >= 0) close(app->notify[i]);
    free(app);
}

void app_push(struct app *app, struct view *view)
{
    if (!view) return;
    view->parent = app->view;
    if (view->fresh.content == 0) view->fresh = app->fresh;
    app->view = view;
    app->dirty = true;
}

void app_pop(struct app *app)
{
    struct view *view = app->view;
    if (!view || !view->parent) return;
    app->view = view->parent;
    view_close(view);
    app->dirty = true;
}

void app_show(struct app *app, struct view *view)
{
    if (!view) return;
    while (app->view && app->view->parent)
        app_pop(app);
    app_push(app, view);
}

void app_say(struct app *app, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(app->message, sizeof app->message, format, arguments);
    va_end(arguments);
    app->message_bad = false;
    app->dirty = true;
}

void app_fail(struct app *app, const struct error *error)
{
    if (error->code == ERROR_CANCELLED) return;
    app_say(app, "%s", error->text);
    app->message_bad = true;
}

void app_prompt(struct app *app, const struct prompt_spec *spec)
{
    prompt_open(&app->prompt, spec);
    app->dirty = true;
}

void app_ask(struct app *app, const struct request *request)
{
    struct error error;
    struct request asked = *request;
    asked.profile = app_style(app).words->profile;
    asked.pseudonymiser = app->pseudonymiser;
    if (!loader_ask(app->loader, &asked, &error)) app_fail(app, &error);
}

bool app_set_theme(struct app *app, const char *name)
{
    struct error error;
    struct theme theme;
    if (!theme_load(&theme, name, &error)) {
        app_fail(app, &error);
        return false;
    }
    app->theme = theme;
    snprintf(app->settings.theme, sizeof app->settings.theme, "%s", theme.name);
    app->dirty = true;
    return true;
}

bool app_has_pane(const struct app *app, int columns)
{
    return app->settings.pane < 0 ? layout_has_pane(columns) : app->settings.pane > 0;
}

struct label_style app_style(const struct app *app)
{
    return (struct label_style){ words_of(app->overview ? app->overview->counts.profile : NULL),
                                 &app->pseudonymiser };
}

void app_copy(struct app *app, struct slice text)
{
    if (app->terminal) terminal_copy(app->terminal, text);
    app_say(app, "copied");
}

void app_act(struct app *app, enum action action, const char *argument)
{
    app->dirty = true;
    if (action == ACTION_NONE || view_act(app->view, action, argument)) return;
    if (!app_global(app, action, argument))
        app_say(app, "\"%s\" has no meaning here", action_info(action)->name);
}

void app_command(struct app *app, const char *line)
{
    struct slice all = slice_trim(slice_of(line));
    size_t length = 0;
    while (length < all.length && all.bytes[length] != ' ')
        length++;
    if (length == 0) return;
    struct slice name = { all.bytes, length };
    enum action action = action_find(name);
    if (action == ACTION_NONE) {
        app_say(app, "there is no command \"%.*s\"; ? lists them", (int)name.length, name.bytes);
        app->message_bad = true;
        return;
    }
    struct slice rest = slice_trim((struct slice){ all.bytes + length, all.length - length });
    struct text argument = { 0 };
    text_add(&argument, rest.bytes, rest.length);
    if (!argument.failed) app_act(app, action, rest.length > 0 ? argument.bytes : NULL);
    text_fini(&argument);
}

static void finish_prompt(struct app *app, bool given_up)
{
    struct prompt_spec spec = app->prompt.spec;
    struct text line = { 0 };
    if (spec.kind == PROMPT_QUESTION)
        text_add_string(&line, "y");
    else
        text_add(&line, app->prompt.line.bytes, app->prompt.line.length);
    given_up = given_up || line.failed; /* no memory for the line: as if it had not been typed */
    if (!given_up && spec.kind == PROMPT_LINE)
        prompt_remember(&app->prompt, spec.history, line.bytes);
    prompt_close(&app->prompt); /* before the answer: it may open the next one */
    if (spec.command) {
        if (!given_up) app_command(app, line.bytes);
    } else if (given_up) {
        if (spec.given_up) spec.given_up(spec.view);
    } else if (spec.done) {
        spec.done(spec.view, line.bytes);
    }
    text_fini(&line);
}

static void key_in_prompt(struct app *app, key_code key)
{
    /* Lines of before are full of real ids: no one who presents wants them up on the wall. */
    if (app->pseudonymiser.on && app->prompt.spec.kind == PROMPT_LINE &&
        (key == KEYS_UP || key == KEYS_DOWN))
        return;
    switch (prompt_key(&app->prompt, key)) {
    case PROMPT_NOTHING:
        break;
    case PROMPT_CHANGED:
        if (app->prompt.spec.changed)
            app->prompt.spec.changed(app->prompt.spec.view, app->prompt.line.bytes);
        break;
    case PROMPT_ENTERED:
        finish_prompt(app, false);
        break;
    case PROMPT_GIVEN_UP:
        finish_prompt(app, true);
        break;
    case PROMPT_COMPLETE:
        app_complete(app, key == KEYS_BACK_TAB ? -1 : 1);
        break;
    }
}

/* Esc and a key in one read are Alt with that key to a terminal. Where nobody gave that a meaning,
 * somebody typed fast. */
static bool is_escape_and_key(const struct app *app, key_code code)
{
    if (!(code & KEYS_ALT)) return false;
    return app->prompt.spec.kind != PROMPT_CLOSED ||
           keymap_find(&app->keymap, app->view->kind->scopes, code) == ACTION_NONE;
}

void app_key(struct app *app, struct key key)
{
    app->dirty = true;
    app_look(app);
    if (is_escape_and_key(app, key.code)) {
        app_key(app, (struct key){ .code = KEYS_ESCAPE });
        key.code &= ~KEYS_ALT;
    }
    app->debounce_pending = true;
    app->last_key = app_monotonic();
    presentation_key(app, key.code);
    if (app->prompt.spec.kind != PROMPT_CLOSED) {
        key_in_prompt(app, key.code);
        return;
    }
    if (key.code == KEYS_PASTE_BEGIN || key.code == KEYS_PASTE_END) {
        app->pasting = key.code == KEYS_PASTE_BEGIN;
        return;
    }
    if (app->pasting) return; /* text that was pasted is no row of commands */
    if (!tour_key(app, key.code)) app_key_plain(app, key);
}

void app_key_plain(struct app *app, struct key key)
{
    app->message[0] = 0;
    struct layout layout = app_layout(app);
    if (key.code >= KEYS_CLICK && key.code <= KEYS_WHEEL_DOWN) {
        if (key.row == app->grid->rows - 1 && key.code == KEYS_CLICK) {
            app_act(app, app_bar_at(app, key.column), NULL);
            return;
        }
        key.row -= layout.body.row;
    }
    if (app->view->kind->key && app->view->kind->key(app->view, key)) return;
    enum action action = keymap_find(&app->keymap, app->view->kind->scopes, key.code);
    if (action != ACTION_NONE)
        app_act(app, action, NULL);
    else if (key.code == KEYS_WHEEL_UP || key.code == KEYS_WHEEL_DOWN)
        app_act(app, key.code == KEYS_WHEEL_UP ? ACTION_UP : ACTION_DOWN, NULL);
}

void app_changed(void *context, bool quiet)
{
    struct app *app = context;
    atomic_store(&app->changed, quiet ? 2 : 1);
    app_notify(app);
}

/* Somebody wrote to the workspace, perhaps another program: what is cheap to show anew is. */
static void follow(struct app *app)
{
    const int changed = atomic_exchange(&app->changed, 0);
    if (changed == 0) return;
    if (changed == 2) app->rate = 0;
    app_look(app);
    app_refresh_overview(app);
    for (struct view *view = app->view; view; view = view->parent)
        view_arrived(view);
}

void app_work(struct app *app)
{
    int32_t before = app->n_jobs;
    int ended = app_describe_jobs(app);
    follow(app);
    if (ended > 0 || app->n_jobs != before) {
        if (ended > 0) app_refresh_overview(app);
        for (struct view *view = app->view; view; view = view->parent)
            view_changed(view);
    }
    loader_deliver(app->loader);
    tour_go_on(app);
    app->dirty = true;
}

void app_catch_up(struct app *app, int milliseconds)
{
    for (int timeout = 0; timeout < milliseconds && view_waits(app->view); timeout++) {
        struct pollfd pipe = { app->notify[0], POLLIN, 0 };
        char bytes[64];
        if (poll(&pipe, 1, 1) <= 0) continue;
        while (read(app->notify[0], bytes, sizeof bytes) == (ssize_t)sizeof bytes)
            continue;
        app_work(app);
        app_arrange(app);
    }
}

/* Arranging may ask, answers may ask again: until it is quiet. */
void app_drain(struct app *app)
{
    app->debounce_pending = app->postponed = false;
    for (int round = 0; round < 20; round++) {
        app_arrange(app);
        loader_drain(app->loader);
        app_refresh_jobs(app);
        const int delivered = loader_deliver(app->loader);
        if (!tour_go_on(app) && delivered == 0) break;
    }
}

const struct grid *app_render(struct app *app, int rows, int columns)
{
    if (app->grid->rows != rows || app->grid->columns != columns)
        if (!grid_resize(app->grid, rows, columns)) return app->grid;
    app_drain(app);
    app_draw(app);
    return app->grid;
}
