/* app_global.c - actions that mean the same everywhere. */
#include "app.h"

#include "config.h"
#include "grid_export.h"
#include "present.h"
#include "screens.h"

#include "aisle/export.h"

#include "exchange/sentence.h"

#include <stdio.h>
#include <string.h>

static void quit_confirmed(struct view *view, const char *yes)
{
    (void)yes;
    view->app->quit = true;
}

/* Work that would be lost; reading the data at the start is none. */
static int work_at_stake(struct app *app)
{
    int n = 0;
    app_refresh_jobs(app);
    for (int32_t i = 0; i < app->n_jobs; i++)
        n += app->jobs[i].state <= JOB_RUNNING && app->jobs[i].id != app->loading;
    return n;
}

static void quit(struct app *app)
{
    int active = work_at_stake(app);
    char label[96];
    if (active == 0) {
        app->quit = true;
        return;
    }
    snprintf(label, sizeof label, "%d job%s still at work and will be cancelled. Leave?", active,
             active == 1 ? " is" : "s are");
    app_prompt(app, &(struct prompt_spec){ .label = label,
                                           .kind = PROMPT_QUESTION,
                                           .view = app->view,
                                           .done = quit_confirmed });
}

static void run_setting(struct app *app, const char *line)
{
    size_t length = strcspn(line, " =");
    struct slice rest = slice_of(line + length + (line[length] ? 1 : 0));
    setting_apply(app, (struct slice){ line, length }, slice_trim(rest));
}

static void save_screen(struct view *view, const char *path)
{
    struct app *app = view->app;
    struct error error;
    struct file_sink sink;
    struct text out = { 0 };
    app_draw(app);
    size_t length = strlen(path);
    if (length > 5 && strcmp(path + length - 5, ".html") == 0)
        grid_html(app->grid, &app->theme, &out);
    else if (length > 4 && strcmp(path + length - 4, ".svg") == 0)
        grid_svg(app->grid, &app->theme, &out);
    else
        grid_text(app->grid, &out);
    const struct file_target target = {
        path, app->engine ? workspace_path(engine_workspace(app->engine)) : NULL, .replace = true
    };
    bool ok = !out.failed ? file_sink_open(&sink, &target, &error)
                          : error_memory(&error, "the picture of the screen");
    if (ok) {
        bool kept = file_sink_put(&sink, out.bytes, out.length, &error);
        ok = file_sink_close(&sink, kept, kept ? &error : NULL) && kept;
    }
    if (ok)
        app_say(app, "saved to %s", path);
    else
        app_fail(app, &error);
    text_fini(&out);
}

static void save_screen_to(struct view *view, const char *path)
{
    app_write_to(view->app, view, path, save_screen);
}

static bool same_crumb(const struct view *a, const struct view *b)
{
    struct text one = { 0 }, other = { 0 };
    if (a->kind->title) a->kind->title(a, &one);
    if (b->kind->title) b->kind->title(b, &other);
    const bool same = one.length > 0 && one.length == other.length &&
                      memcmp(one.bytes, other.bytes, one.length) == 0;
    text_fini(&one);
    text_fini(&other);
    return same;
}

static void open_argument(struct app *app, enum action action, const char *id)
{
    struct subject subject;
    enum subject_kind kind = action == ACTION_ITEM ? SUBJECT_ITEM : SUBJECT_USER;
    if (id && *id) {
        subject = (struct subject){ 0, slice_of(id) };
    } else if (!view_subject(app->view, kind, &subject)) {
        app_say(app, "no %s in sight: type :%s and an id", kind == SUBJECT_ITEM ? "item" : "user",
                action_info(action)->name);
        app->message_bad = true;
        return;
    }
    struct view *view = action == ACTION_USER   ? user_view_new(app, subject.key, subject.id)
                        : action == ACTION_ITEM ? item_view_new(app, subject.key, subject.id)
                                                : feed_view_open(app, subject.key, subject.id);
    if (view && same_crumb(view, app->view)) { /* it is in sight: made new, not stacked */
        view_close(view);
        app_look(app);
        view_renew(app->view);
    } else {
        app_push(app, view);
    }
}

static void say_job(struct app *app, int64_t id, const struct error *error)
{
    if (id == 0)
        app_fail(app, error);
    else
        app_say(app, "job %lld begins; F7 shows it", (long long)id);
    app_refresh_jobs(app);
}

void app_train(struct app *app, const char *kind, const struct parameters *parameters)
{
    struct error error;
    if (app->queue) say_job(app, job_train(app->queue, kind, parameters, &error), &error);
}

static void resume(struct app *app)
{
    struct error error;
    const char *kind =
        app->overview && app->overview->stopped ? app->overview->stopped->name : NULL;
    if (app->queue && kind)
        say_job(app, job_resume(app->queue, kind, &error), &error);
    else
        app_say(app, "no training was stopped that could go on");
}

static void train_stale(struct app *app)
{
    struct error error;
    if (app->queue) say_job(app, job_train_stale(app->queue, &error), &error);
}

/* "item-cf 120 train": a kind, seconds if not a minute, whether to train with the best. */
struct tuning_order {
    char kind[32];
    double seconds;
    bool train_best;
};

static bool tuning_order_read(struct tuning_order *order, const char *line, struct error *error)
{
    *order = (struct tuning_order){ .seconds = 60 };
    for (const char *at = line; *at; at += strspn(at, " ,")) {
        const struct slice word = { at, strcspn(at, " ,") };
        at += word.length;
        if (word.length == 0) continue; /* what separates stands first */
        if (order->kind[0] == '\0') {
            snprintf(order->kind, sizeof order->kind, "%.*s", (int)word.length, word.bytes);
            if (!model_kind_find(order->kind, error)) return false;
        } else if (slice_equal(word, "train")) {
            order->train_best = true;
        } else if (!slice_equal(word, "seconds") &&
                   (!slice_to_double(word, &order->seconds) || order->seconds <= 0)) {
            return error_set(error, ERROR_INPUT,
                             "\"%.*s\" is no number of seconds: write item-cf 120 seconds, train",
                             (int)word.length, word.bytes);
        }
    }
    return true;
}

static void tune(struct view *view, const char *line)
{
    struct app *app = view->app;
    struct tuning_order order;
    struct error error = { 0 };
    if (!tuning_order_read(&order, line, &error))
        app_fail(app, &error);
    else if (app->queue && order.kind[0] != '\0')
        say_job(app, job_tune(app->queue, order.kind, order.seconds, order.train_best, &error),
                &error);
}

/* "item-cf k=50 shrinkage=10": what is not named is as usual. */
static void train(struct app *app, const char *line)
{
    struct error error;
    struct parameters parameters = { 0 };
    const struct model_kind *kind = NULL;
    for (const char *at = line; *at;) {
        size_t length = strcspn(at, " ");
        char word[128];
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        bool good = true;
        if (!kind) {
            kind = model_kind_find(word, &error);
            good = kind != NULL;
            if (good) parameters_init(&parameters, kind->parameters);
        } else {
            good = parameters_set(&parameters, slice_of(word), &error);
        }
        if (!good) {
            app_fail(app, &error);
            return;
        }
        at += length;
        at += strspn(at, " ");
    }
    if (kind) app_train(app, kind->name, &parameters);
}

static void ask_line(struct app *app, const char *label, const char *initial,
                     enum argument argument, void (*done)(struct view *, const char *))
{
    app_prompt(app, &(struct prompt_spec){ .label = label,
                                           .initial = initial,
                                           .kind = PROMPT_LINE,
                                           .history = HISTORY_OTHER,
                                           .argument = argument,
                                           .view = app->view,
                                           .done = done });
}

/* "User " and who is in sight, as it is shown. */
static bool asker(struct app *app, bool shown, struct text *out)
{
    struct subject subject;
    struct text name = { 0 };
    const bool there = view_subject(app->view, SUBJECT_USER, &subject) && subject.id.length > 0;
    if (there) {
        pseudonym_id(shown ? &app->pseudonymiser : NULL, subject.id, &name);
        text_add_string(out, "User ");
        word_add(out, (struct slice){ name.bytes, name.length });
        text_add_string(out, " ");
    }
    text_fini(&name);
    return there && !out->failed;
}

/* A pseudonym at the head of the line is whom it was written for. */
static void answer_ask(struct view *view, const char *prompt)
{
    struct text shown = { 0 }, meant = { 0 };
    if (view->app->pseudonymiser.on && asker(view->app, true, &shown) &&
        strncmp(prompt, shown.bytes, shown.length) == 0 && asker(view->app, false, &meant)) {
        text_add_string(&meant, prompt + shown.length);
        prompt = meant.failed ? "" : meant.bytes;
    }
    if (*prompt) app_push(view->app, ask_view_open(view->app, prompt));
    text_fini(&shown);
    text_fini(&meant);
}

/* The line begins with the user in sight, if there is one. */
static void ask_prompt(struct app *app)
{
    struct text initial = { 0 };
    if (asker(app, true, &initial)) text_add_string(&initial, "wants ");
    ask_line(app, "ask: ", initial.bytes, ARGUMENT_TEXT, answer_ask);
    text_fini(&initial);
}

/* Bury is what most rules about one item do. */
static void write_rule(struct app *app, const char *line)
{
    struct subject subject;
    struct text start = { 0 };
    if (line && *line) {
        app_push(app, rule_form_open(app, 0, line));
        return;
    }
    if (view_subject(app->view, SUBJECT_ITEM, &subject) && subject.id.length > 0 &&
        !memchr(subject.id.bytes, '"', subject.id.length))
        text_format(&start, "bury 0.5 where id=\"%.*s\"", (int)subject.id.length, subject.id.bytes);
    else
        text_add_string(&start, "boost 1.5 where category=?");
    app_push(app, rule_form_open(app, 0, start.bytes));
    text_fini(&start);
}

void app_rules_changed(struct app *app)
{
    app->rules_changed++;
    for (struct view *view = app->view; view; view = view->parent)
        view_changed(view);
}

static void go_back(struct app *app)
{
    if (app->view->parent)
        app_pop(app);
    else
        app_say(app, "this is the first screen; F10 or Q leaves");
}

static bool go_somewhere(struct app *app, enum action action, const char *argument)
{
    switch (action) {
    case ACTION_HOME_SCREEN:
        while (app->view->parent)
            app_pop(app);
        return true;
    case ACTION_USERS:
        app_show(app, users_view_new(app, argument));
        return true;
    case ACTION_ITEMS:
        app_show(app, items_view_new(app, argument));
        return true;
    case ACTION_EVENTS:
        app_show(app, events_view_new(app, argument));
        return true;
    case ACTION_AUDIT:
        app_show(app, audit_view_new(app, argument));
        return true;
    case ACTION_EXPOSURE:
        app_push(app, exposure_view_new(app, argument));
        return true;
    case ACTION_RULES:
        app_show(app, rules_view_new(app, argument));
        return true;
    case ACTION_RULE:
        write_rule(app, argument);
        return true;
    case ACTION_RUNS:
        app_show(app, runs_view_new(app));
        return true;
    case ACTION_EVALUATE:
        app_show(app, evaluate_view_new(app));
        return true;
    case ACTION_JOBS:
        app_push(app, jobs_view_new(app));
        return true;
    case ACTION_USER:
    case ACTION_ITEM:
    case ACTION_FEED:
        open_argument(app, action, argument);
        return true;
    case ACTION_ASK:
        if (argument)
            answer_ask(app->view, argument);
        else
            ask_prompt(app);
        return true;
    case ACTION_HELP:
        app_push(app, help_view_new(app));
        return true;
    case ACTION_BACK:
        go_back(app);
        return true;
    default:
        return false;
    }
}

bool app_global(struct app *app, enum action action, const char *argument)
{
    if (go_somewhere(app, action, argument)) return true;
    switch (action) {
    case ACTION_QUIT:
        quit(app);
        return true;
    case ACTION_COMMAND:
        app_prompt(app, &(struct prompt_spec){ .label = ":",
                                               .kind = PROMPT_LINE,
                                               .command = true,
                                               .history = HISTORY_COMMAND,
                                               .view = app->view });
        return true;
    case ACTION_THEME:
        if (argument)
            app_set_theme(app, argument);
        else
            app_push(app, themes_view_new(app));
        if (argument) config_save(app);
        return true;
    case ACTION_SETUP:
        if (argument)
            run_setting(app, argument);
        else
            app_push(app, settings_view_new(app));
        return true;
    case ACTION_PRESENT:
        presentation_set(app, argument ? !slice_equal(slice_of(argument), "off")
                                       : !app->pseudonymiser.on);
        app_say(app, app->pseudonymiser.on ? "people are pseudonyms now; :present shows them again"
                                           : "people are shown as they are");
        return true;
    case ACTION_TOUR:
        tour_begin(app);
        return true;
    case ACTION_SAVE_SCREEN:
        if (argument)
            save_screen_to(app->view, argument);
        else
            ask_line(app, "save the screen to ", "aisle.svg", ARGUMENT_FILE, save_screen_to);
        return true;
    case ACTION_TRAIN:
        if (argument)
            train(app, argument);
        else
            app_push(app, train_view_new(app, NULL, NULL));
        return true;
    case ACTION_TUNE:
        if (argument)
            tune(app->view, argument);
        else
            ask_line(app, "tune ", "item-cf", ARGUMENT_MODEL, tune);
        return true;
    case ACTION_RESUME:
        resume(app);
        return true;
    case ACTION_FINETUNE:
        if (argument)
            app_finetune(app, argument);
        else
            app_push(app, finetune_view_new(app));
        return true;
    case ACTION_TRAIN_STALE:
        train_stale(app);
        return true;
    case ACTION_LIVE:
        app->live = !app->live;
        if (app->engine) engine_set_live(app->engine, app->live);
        app_say(app,
                app->live ? "live: models work in what arrives" : "lists by the runs as trained");
        for (struct view *view = app->view; view && app->live; view = view->parent)
            view_arrived(view);
        return true;
    case ACTION_RELOAD:
        if (app->engine) engine_refresh(app->engine);
        app_look(app);
        app_refresh_overview(app);
        for (struct view *view = app->view, *below; view; view = below) {
            below = view->parent;
            view_renew(view);
        }
        return true;
    case ACTION_REDRAW:
        if (app->terminal) terminal_repaint(app->terminal);
        return true;
    case ACTION_SUSPEND:
        if (app->terminal) terminal_suspend(app->terminal);
        return true;
    case ACTION_PANE:
        app->settings.pane = !app_has_pane(app, app->grid->columns);
        return true;
    default:
        return false;
    }
}
