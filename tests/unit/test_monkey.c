// Any keys in any order on a real workspace: nothing breaks, every frame can be drawn. The seed is
// printed; AISLE_SEED repeats a walk, AISLE_STEPS makes it longer.
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

enum { STEPS = 4000, STEPS_SANITIZED = 1000, DEEPEST = 10 };

static const char *const lines[] = {
    ":users u1",
    ":users orders>3",
    ":items i2",
    ":events quantity>1",
    ":user u3",
    ":item i4",
    ":feed u5",
    ":feed nobody",
    ":runs",
    ":jobs",
    ":evaluate",
    ":home",
    ":sort id",
    ":columns name",
    ":set pane on",
    ":set pane auto",
    ":set a11y on",
    ":set a11y off",
    ":set ascii on",
    ":set ascii off",
    ":theme light",
    ":theme dark",
    ":theme none",
    ":filter id~1",
    ":filter ((",
    ":model popular",
    ":what-if i3",
    ":what-if rate i3=2",
    ":what-if return i5",
    ":what-if segment=A",
    ":what-if scenario rain",
    ":as-of 2025-01-01",
    ":as-of now",
    ":whynot i1",
    ":train popular",
    ":train item-cf",
    ":cancel 1",
    ":activate 1",
    ":export x.csv",
    ":export x.md",
    ":screen x.html",
    ":nonsense",
    ":help",
    "/u2",
    ":present",
    ":present off",
    ":tour",
    ":rules",
    ":set profile news",
    ":audience i1",
    ":because",
    ":compare u2",
    "/\xc3\xa9",
    ":set",
    ":train",
    ":theme",
    ":columns",
};
enum { LINES = sizeof lines / sizeof lines[0] };

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
        type(app, lines[rng_below(rng, LINES)]);
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
    int depth = 0;
    for (struct view *view = app->view; view; view = view->parent)
        depth++;
    assert_true(depth > 0);
    if (depth > DEEPEST) app_show(app, users_view_new(app, NULL));
}

static void any_keys_in_any_order(void **state)
{
    struct shop_file *file = *state;
    struct error error = { 0 };
    const char *sanitizers = getenv("AISLE_SANITIZERS");
    const char *wanted = getenv("AISLE_STEPS"), *seed = getenv("AISLE_SEED");
    bool sanitized = sanitizers && strcmp(sanitizers, "no") != 0;
    int steps = wanted ? atoi(wanted) : sanitized ? STEPS_SANITIZED : STEPS;
    struct rng rng;
    uint64_t chosen = seed ? strtoull(seed, NULL, 10) : 20261124;
    print_message("# seed %llu, %d steps\n", (unsigned long long)chosen, steps);
    rng_init(&rng, chosen);

    struct engine *engine = engine_new(file->workspace, &error);
    assert_non_null(engine);
    struct ui_options options = { .bare = true };
    struct app *app = app_new(engine, NULL, &options, &error);
    assert_non_null(app);
    app->own_queue = app->queue = job_queue_new(engine, 1, app_notify, app, &error);
    assert_non_null(app->queue);
    loader_use(app->loader, app->queue);
    app_push(app, home_view_new(app));
    for (int i = 0; i < steps; i++) {
        step(app, &rng);
        if (rng_below(&rng, 4) == 0) check(app, &rng);
        if (rng_below(&rng, 8) == 0) app_work(app);
    }
    app_free(app);
    engine_free(engine);
}

static int set_up(void **state)
{
    static struct shop_file file;
    shop_file_make(&file, 40, 25, 600);
    *state = &file;
    return chdir(file.folder); /* what is saved and exported goes there */
}

static int tear_down(void **state)
{
    struct shop_file *file = *state;
    DIR *folder = opendir(".");
    for (struct dirent *entry; folder && (entry = readdir(folder));)
        if (strncmp(entry->d_name, "shop.aisle", 10) != 0) unlink(entry->d_name);
    if (folder) closedir(folder);
    int status = chdir("/");
    shop_file_remove(file);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_keys_in_any_order, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
