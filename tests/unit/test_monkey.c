// Every action with and without an argument in every view, each given up by Esc, then any keys in
// any order, on a real workspace: nothing breaks, every frame can be drawn. What can be typed comes
// from actions.def, so an action that is added is tried. The seed is printed; AISLE_SEED repeats a
// walk, AISLE_STEPS makes it longer, AISLE_SHARE=7 takes each seventh of the table only, as the
// sanitizers do.
#include "ui/app.h"
#include "ui/screens.h"

#include "../support/shop_file.h"

#include "aisle/rng.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    STEPS = 20000,
    STEPS_SANITIZED = 1000,
    SHARE = 1,
    SHARE_SANITIZED = 29,
    DEEPEST = 10,
    JOBS_AT_ONCE = 3,
    WORDS = 6
};

// How each view is come to: lines and keys, as somebody types them.
static const struct place {
    const char *name, *line;
    key_code keys[4];
} places[] = {
    { "home", ":home", { 0 } },
    { "users", ":users", { 0 } },
    { "user", ":user u3", { 0 } },
    { "user's purchases", ":user u3", { KEYS_TAB } },
    { "items", ":items", { 0 } },
    { "item", ":item i4", { 0 } },
    { "item's similar", ":item i4", { KEYS_TAB } },
    { "item's buyers", ":item i4", { KEYS_TAB, KEYS_TAB } },
    { "item's audience", ":audience i1", { 0 } },
    { "events", ":events", { 0 } },
    { "feed", ":feed u5", { 0 } },
    { "receipt", ":feed u5", { KEYS_ENTER, KEYS_DOWN } },
    { "feed of nobody", ":feed nobody", { 0 } },
    { "what if", ":feed u5", { 'x' } },
    { "what-if form", ":feed u5", { 'x', KEYS_ESCAPE } },
    { "because", ":feed u5", { 'c' } },
    { "map", ":feed u5", { 'M' } },
    { "runs", ":runs", { 0 } },
    { "run", ":runs", { KEYS_ENTER } },
    { "jobs", ":jobs", { 0 } },
    { "job", ":jobs", { KEYS_ENTER } },
    { "evaluate", ":evaluate", { 0 } },
    { "audit", ":audit", { 0 } },
    { "rules", ":rules", { 0 } },
    { "rule form", ":rule bury 0.5 where id=i1", { 0 } },
    { "exposure", ":exposure", { 0 } },
    { "help", ":help", { 0 } },
    { "settings", ":set", { 0 } },
    { "themes", ":theme", { 0 } },
    { "train", ":train", { 0 } },
    { "fine-tune", ":finetune", { 0 } },
    { "ask", ":ask User u3 wants i2", { 0 } },
    { "columns", ":users", { 'C' } },
    { "sort", ":users", { 's' } },
};
enum { PLACES = sizeof places / sizeof places[0] };

// What may follow a command, by what it takes; "" ends a list that is shorter.
static const char *const arguments[][WORDS] = {
    [ARGUMENT_NONE] = { "on", "off", "1" },
    [ARGUMENT_TEXT] = { "u2", "segment=A", "popular", "boost 2 where category=x for segment=A" },
    [ARGUMENT_FILTER] = { "orders>3", "id~1", "((", "bogus=1", "segment=A" },
    [ARGUMENT_COLUMN] = { "id", "name", "moved", "bogus" },
    [ARGUMENT_FILE] = { "x.csv", "x.md", "x.html", "x.svg", "no/such/folder/x.json" },
    [ARGUMENT_USER] = { "u5", "nobody", "u" },
    [ARGUMENT_ITEM] = { "i3", "rate i3=2", "return i5", "segment=A", "scenario rain", "zzz" },
    [ARGUMENT_MODEL] = { "popular", "item-cf k=5", "item-cf 1 seconds", "item-cf sixty", "bogus" },
    [ARGUMENT_RUN] = { "1", "99", "-1", "x" },
    [ARGUMENT_JOB] = { "1", "99", "-1", "x" },
    [ARGUMENT_DATE] = { "2025-01-01", "now", "monday", "noday" },
    [ARGUMENT_THEME] = { "light", "dark", "none", "bogus" },
    [ARGUMENT_SETTING] = { "pane on", "pane auto", "a11y on", "a11y off", "ascii off", "bogus" },
    [ARGUMENT_CHOICE] = { "x" },
};

static void press(struct app *app, key_code code)
{
    app_arrange(app);
    app_key(app, (struct key){ .code = code });
    if (app->quit) app->quit = false;
}

static void type(struct app *app, const char *text)
{
    size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        int32_t code;
        at += text_decode(text + at, length - at, &code);
        press(app, code);
    }
}

// Cancels what has begun where it has become much: the walk is about screens, not about trainings.
static void cancel_jobs(struct app *app)
{
    struct error error;
    struct job_info *jobs = NULL;
    int32_t n = 0;
    if (job_active(app->queue) <= JOBS_AT_ONCE) return;
    assert_true(job_list(app->queue, &jobs, &n, &error));
    for (int32_t i = 0; i < n; i++)
        if (jobs[i].state <= JOB_RUNNING) job_cancel(app->queue, jobs[i].id, &error);
    free(jobs);
}

static const char *any_word(struct rng *rng, enum argument argument)
{
    const char *word = arguments[argument][rng_below(rng, WORDS)];
    return word ? word : arguments[argument][0];
}

// Any command of the table, without an argument, with one that it takes, or with one of another
// kind.
static void type_command(struct app *app, struct rng *rng)
{
    enum action action = ACTION_NONE + 1 + (enum action)rng_below(rng, ACTIONS - 1);
    const struct action_info *info = action_info(action);
    const uint32_t pick = rng_below(rng, 4);
    type(app, ":");
    type(app, info->name);
    if (pick == 0) return;
    type(app, " ");
    type(app, any_word(rng, pick == 1 ? (enum argument)rng_below(rng, ARGUMENT_CHOICE)
                                      : info->argument));
}

static void click(struct app *app, struct rng *rng)
{
    static const key_code what[] = { KEYS_CLICK, KEYS_CLICK, KEYS_WHEEL_UP, KEYS_WHEEL_DOWN };
    struct key key = { what[rng_below(rng, 4)], (int)rng_below(rng, (uint32_t)app->grid->rows),
                       (int)rng_below(rng, (uint32_t)app->grid->columns) };
    app_arrange(app);
    app_key(app, key);
    if (app->quit) app->quit = false;
}

static void step(struct app *app, struct rng *rng)
{
    const struct keymap *keymap = &app->keymap;
    uint32_t kind = rng_below(rng, 100);
    if (kind < 60)
        press(app, keymap->bindings[rng_below(rng, (uint32_t)keymap->n)].key);
    else if (kind < 72)
        press(app, KEYS_ENTER);
    else if (kind < 80)
        press(app, KEYS_ESCAPE);
    else if (kind < 85)
        click(app, rng);
    else if (kind < 90)
        press(app, (key_code)(32 + rng_below(rng, 95)));
    else if (kind < 92)
        press(app, KEYS_ALT | (key_code)(32 + rng_below(rng, 95)));
    else if (kind < 93)
        press(app, rng_below(rng, 2) ? KEYS_PASTE_BEGIN : KEYS_PASTE_END);
    else {
        press(app, KEYS_PASTE_END);
        press(app, KEYS_ESCAPE);
        if (rng_below(rng, 4))
            type_command(app, rng);
        else
            type(app, places[rng_below(rng, PLACES)].line);
        press(app, rng_below(rng, 8) ? KEYS_ENTER : KEYS_TAB);
    }
}

static void check(struct app *app, struct rng *rng)
{
    static const int sizes[][2] = { { 24, 80 }, { 16, 60 }, { 5, 20 }, { 60, 200 }, { 8, 40 } };
    uint32_t pick = rng_below(rng, 20);
    int rows = sizes[pick < 5 ? pick : 0][0], columns = sizes[pick < 5 ? pick : 0][1];
    const struct grid *grid = app_render(app, rows, columns);
    assert_int_equal(grid->rows, rows);
    assert_int_equal(grid->columns, columns);
    for (int i = 0; i < rows * columns; i++)
        assert_true(grid->cells[i].width == 0 || grid->cells[i].code[0] >= ' ');
    int colour_depth = 0;
    for (struct view *view = app->view; view; view = view->parent)
        colour_depth++;
    assert_true(colour_depth > 0);
    if (colour_depth > DEEPEST) app_show(app, users_view_new(app, NULL));
}

struct bench {
    struct shop_file file;
    struct engine *engine;
    struct app *app;
};

static bool is_sanitized(void)
{
    const char *sanitizers = getenv("AISLE_SANITIZERS");
    return sanitizers && strcmp(sanitizers, "no") != 0;
}

static void go_to(struct app *app, const struct place *place)
{
    press(app, KEYS_PASTE_END);
    for (int i = 0; i < 4; i++)
        press(app, KEYS_ESCAPE);
    type(app, place->line);
    press(app, KEYS_ENTER);
    app_drain(app);
    for (int i = 0; i < 4 && place->keys[i]; i++) {
        press(app, place->keys[i]);
        app_drain(app);
    }
}

// A command as if it had been typed; then what it may have opened is given up.
static void act_and_give_up(struct app *app, struct rng *rng, enum action action,
                            const char *argument)
{
    char line[160];
    snprintf(line, sizeof line, "%s%s%s", action_info(action)->name, argument ? " " : "",
             argument ? argument : "");
    app_command(app, line);
    app->quit = false;
    check(app, rng);
    press(app, KEYS_ESCAPE);
    assert_int_equal(app->prompt.spec.kind, PROMPT_CLOSED);
    app_work(app);
    cancel_jobs(app);
}

static void every_action_in_every_view_given_up(void **state)
{
    struct bench *bench = *state;
    struct app *app = bench->app;
    const char *wanted = getenv("AISLE_SHARE");
    const int share = wanted ? atoi(wanted) : is_sanitized() ? SHARE_SANITIZED : SHARE;
    struct rng rng;
    rng_init(&rng, 1);
    assert_true(share > 0);
    int number = 0, tried = 0;
    for (int i = 0; i < PLACES; i++)
        for (enum action action = ACTION_NONE + 1; action < ACTIONS; action++)
            for (int word = -1; word < WORDS; word++) {
                const char *argument =
                    word < 0 ? NULL : arguments[action_info(action)->argument][word];
                if ((word >= 0 && !argument) || number++ % share != 0) continue;
                go_to(app, &places[i]);
                act_and_give_up(app, &rng, action, argument);
                tried++;
            }
    print_message("# %d of %d actions in views\n", tried, number);
}

// ":tune", Enter, Esc: a prompt that is given up calls another function than one that is answered.
static void each_prompt_can_be_given_up(void **state)
{
    struct bench *bench = *state;
    struct app *app = bench->app;
    struct rng rng;
    rng_init(&rng, 2);
    for (int i = 0; i < PLACES; i++) {
        if (i % (is_sanitized() ? 5 : 1) != 0) continue;
        for (enum action action = ACTION_NONE + 1; action < ACTIONS; action++) {
            if (action_info(action)->argument == ARGUMENT_NONE) continue;
            go_to(app, &places[i]);
            act_and_give_up(app, &rng, action, NULL);
        }
    }
}

static void any_keys_in_any_order(void **state)
{
    struct bench *bench = *state;
    struct app *app = bench->app;
    const char *wanted = getenv("AISLE_STEPS"), *seed = getenv("AISLE_SEED");
    int steps = wanted ? atoi(wanted) : is_sanitized() ? STEPS_SANITIZED : STEPS;
    struct rng rng;
    uint64_t chosen = seed ? strtoull(seed, NULL, 10) : 20261124;
    print_message("# seed %llu, %d steps\n", (unsigned long long)chosen, steps);
    rng_init(&rng, chosen);
    for (int i = 0; i < steps; i++) {
        step(app, &rng);
        if (rng_below(&rng, 4) == 0) check(app, &rng);
        if (rng_below(&rng, 8) == 0) app_work(app);
        cancel_jobs(app);
    }
}

static void train(struct app *app, const char *kind)
{
    struct error error;
    struct job_info info;
    int64_t id = job_train(app->queue, kind, NULL, &error);
    assert_true(id != 0);
    assert_true(job_wait(app->queue, id, &info, NULL, NULL));
    assert_int_equal(info.state, JOB_DONE);
}

static int set_up(void **state)
{
    static struct bench bench;
    struct error error = { 0 };
    struct ui_options options = { .bare = true };
    shop_file_make(&bench.file, 40, 25, 600);
    bench.engine = engine_new(bench.file.workspace, &error);
    assert_non_null(bench.engine);
    bench.app = app_new(bench.engine, NULL, &options, &error);
    assert_non_null(bench.app);
    bench.app->own_queue = bench.app->queue =
        job_queue_new(bench.engine, 1, app_notify, bench.app, &error);
    assert_non_null(bench.app->queue);
    loader_use(bench.app->loader, bench.app->queue);
    train(bench.app, "popular");
    train(bench.app, "item-cf");
    app_push(bench.app, home_view_new(bench.app));
    *state = &bench;
    return chdir(bench.file.folder); /* what is saved and exported goes there */
}

static int tear_down(void **state)
{
    struct bench *bench = *state;
    app_free(bench->app);
    engine_free(bench->engine);
    DIR *folder = opendir(".");
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (strncmp(entry->d_name, "shop.aisle", 10) != 0) unlink(entry->d_name);
    if (folder) closedir(folder);
    int status = chdir("/");
    shop_file_remove(&bench->file);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_prompt_can_be_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_action_in_every_view_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_keys_in_any_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
