/* A screen never answers from old rules or data without a sign, and Ctrl-R makes it new. */
#include "ui/app.h"
#include "ui/grid_export.h"
#include "ui/screens.h"

#include "aisle/rules.h"

#include "../support/shop_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct fixture {
    struct shop_file file;
    struct engine *engine;
    struct app *app;
    struct text screen;
};

static const char *screen_of(struct fixture *fixture)
{
    text_clear(&fixture->screen);
    grid_text(app_render(fixture->app, 24, 110), &fixture->screen);
    return fixture->screen.bytes;
}

static void shows(struct fixture *fixture, const char *text)
{
    const char *screen = screen_of(fixture);
    if (!strstr(screen, text)) fail_msg("not on screen: %s\n%s", text, screen);
}

static void shows_not(struct fixture *fixture, const char *text)
{
    const char *screen = screen_of(fixture);
    if (strstr(screen, text)) fail_msg("on screen: %s\n%s", text, screen);
}

static void key(struct fixture *fixture, const char *name)
{
    app_key(fixture->app, (struct key){ .code = key_parse(slice_of(name)) });
}

/* As another program would: nobody tells the workbench. */
static void exclude_elsewhere(struct fixture *fixture, const char *item)
{
    char body[128];
    snprintf(body, sizeof body,
             "{\"action\":\"exclude\",\"where\":[\"id=%s\"],\"reason\":\"test\"}", item);
    struct rule_change change = { .body = body, .state = "published" };
    struct writer *writer = writer_begin(fixture->file.workspace, NULL);
    assert_non_null(writer);
    assert_true(rules_change(writer, "publish", &change, 1, NULL));
    assert_true(writer_commit(writer, NULL));
}

/* The title of the first row is its id where it has no title. */
static void first_item(struct fixture *fixture, char item[32])
{
    struct subject subject;
    screen_of(fixture);
    assert_true(view_subject(fixture->app->view, SUBJECT_ITEM, &subject));
    snprintf(item, 32, "%.*s", (int)subject.id.length, subject.id.bytes);
}

static void a_feed_says_that_rules_changed(void **state)
{
    struct fixture *fixture = *state;
    char item[32], now[32];
    app_command(fixture->app, "feed u3");
    first_item(fixture, item);
    exclude_elsewhere(fixture, item);
    shows_not(fixture, "changed: Ctrl-R");
    key(fixture, "Down");
    shows(fixture, "rules changed: Ctrl-R");
    key(fixture, "Up");
    first_item(fixture, now);
    assert_string_equal(now, item); /* it is still the old list, and says so */
    key(fixture, "C-r");
    first_item(fixture, now);
    assert_string_not_equal(now, item);
    shows_not(fixture, "changed: Ctrl-R");
}

static void an_answer_is_as_old_as_its_list(void **state)
{
    struct fixture *fixture = *state;
    char item[32], command[64];
    app_command(fixture->app, "feed u3");
    first_item(fixture, item);
    exclude_elsewhere(fixture, item);
    snprintf(command, sizeof command, "whynot %s", item);
    app_command(fixture->app, command);
    shows(fixture, "no rule touches it");
    key(fixture, "Down");
    shows(fixture, "rules changed: Ctrl-R");
    key(fixture, "C-r");
    shows(fixture, "leaves it out");
    shows_not(fixture, "changed: Ctrl-R");
    key(fixture, "Esc"); /* the list below is new as well */
    shows_not(fixture, "changed: Ctrl-R");
    char now[32];
    first_item(fixture, now);
    assert_string_not_equal(now, item);
}

static void data_too_and_both_lists(void **state)
{
    struct fixture *fixture = *state;
    app_command(fixture->app, "feed u3");
    screen_of(fixture);
    app_command(fixture->app, "whatif i1");
    shows(fixture, "what if");
    shop_file_buy(&fixture->file, 0, 40, 25, 200);
    key(fixture, "Down");
    shows(fixture, "data changed: Ctrl-R");
    app_command(fixture->app, "reload");
    shows(fixture, "what if");
    shows(fixture, "behind");
    shows_not(fixture, "changed: Ctrl-R");
}

static void compare_is_made_again(void **state)
{
    struct fixture *fixture = *state;
    app_command(fixture->app, "feed u3");
    screen_of(fixture);
    app_command(fixture->app, "compare rules off");
    shows(fixture, "100 % in both");
    char item[32];
    first_item(fixture, item);
    exclude_elsewhere(fixture, item);
    key(fixture, "Down");
    shows(fixture, "rules changed: Ctrl-R");
    key(fixture, "C-r");
    shows(fixture, "90 % in both");
    shows_not(fixture, "changed: Ctrl-R");
}

static void a_sorted_table_says_so_too(void **state)
{
    struct fixture *fixture = *state;
    app_command(fixture->app, "users");
    app_command(fixture->app, "filter orders>1");
    screen_of(fixture);
    shop_file_buy(&fixture->file, 0, 40, 25, 200);
    key(fixture, "Down");
    shows(fixture, "data changed: Ctrl-R");
    key(fixture, "C-r");
    shows_not(fixture, "changed: Ctrl-R");
}

static void another_run_is_served(void **state)
{
    struct fixture *fixture = *state;
    const struct timespec moment = { .tv_nsec = 1000000 };
    app_command(fixture->app, "feed u3");
    shows(fixture, "item-cf run 1");
    assert_true(job_train(fixture->app->queue, "item-cf", NULL, NULL) != 0);
    while (job_active(fixture->app->queue) > 0)
        nanosleep(&moment, NULL);
    app_work(fixture->app);
    shows(fixture, "another run is served: Ctrl-R");
    key(fixture, "C-r");
    shows(fixture, "item-cf run 2");
    shows_not(fixture, "Ctrl-R");
}

static void the_same_feed_is_not_stacked(void **state)
{
    struct fixture *fixture = *state;
    for (int times = 0; times < 3; times++)
        app_command(fixture->app, "feed u3");
    app_command(fixture->app, "feed");
    shows(fixture, "Feed of u3");
    shows_not(fixture, "Feed of u3 ›");
    app_command(fixture->app, "feed u4");
    shows(fixture, "Feed of u3 › Feed of u4");
}

static int set_up(void **state)
{
    static struct fixture fixture;
    const struct timespec moment = { .tv_nsec = 1000000 };
    struct ui_options options = { .bare = true };
    struct error error = { 0 };
    fixture = (struct fixture){ 0 };
    shop_file_make(&fixture.file, 40, 25, 600);
    fixture.engine = engine_new(fixture.file.workspace, &error);
    struct app *app = fixture.app = app_new(fixture.engine, NULL, &options, &error);
    if (!app) return -1;
    app->own_queue = app->queue = job_queue_new(fixture.engine, 1, app_notify, app, &error);
    loader_use(app->loader, app->queue);
    app_push(app, home_view_new(app));
    if (job_train(app->queue, "item-cf", NULL, &error) == 0) return -1;
    while (job_active(app->queue) > 0)
        nanosleep(&moment, NULL);
    app_work(app);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    app_free(fixture->app);
    engine_free(fixture->engine);
    shop_file_remove(&fixture->file);
    text_fini(&fixture->screen);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_feed_says_that_rules_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_as_old_as_its_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(data_too_and_both_lists, set_up, tear_down),
        cmocka_unit_test_setup_teardown(compare_is_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_run_is_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_feed_is_not_stacked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_sorted_table_says_so_too, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
