/* The tour waits for what its keys are about: Space pressed ahead, while no model answers, leads
 * where it leads somebody who waited. */
#include "ui/app.h"
#include "ui/present.h"
#include "ui/screens.h"

#include "../support/shop_file.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { ITEM_STEP = 9 };

struct fixture {
    struct shop_file file;
    struct engine *engine;
    struct app *app;
    pthread_mutex_t gate; /* held: what is asked of the lanes stands behind it */
};

static bool stand_at_the_gate(const struct loader_context *context, void *argument,
                              struct error *error)
{
    struct fixture *fixture = argument;
    (void)context;
    (void)error;
    pthread_mutex_lock(&fixture->gate);
    pthread_mutex_unlock(&fixture->gate);
    return true;
}

static void nothing(void *owner, void *argument, const struct error *error)
{
    (void)owner;
    (void)argument;
    (void)error;
}

static void close_lane(struct fixture *fixture, enum lane lane)
{
    struct request request = { .owner = fixture,
                               .slot = (int)lane,
                               .lane = lane,
                               .work = stand_at_the_gate,
                               .answer = nothing,
                               .argument = fixture };
    assert_true(loader_ask(fixture->app->loader, &request, NULL));
}

static void space(struct fixture *fixture, int times)
{
    for (int i = 0; i < times; i++)
        app_key(fixture->app, (struct key){ .code = ' ' });
}

static void assert_at_the_item(struct fixture *fixture)
{
    struct text title = { 0 };
    app_drain(fixture->app);
    assert_int_equal(fixture->app->tour, ITEM_STEP);
    fixture->app->view->kind->title(fixture->app->view, &title);
    assert_memory_equal(title.bytes, "Item ", 5);
    text_fini(&title);
    assert_string_equal(tour_says(fixture->app), "The item itself");
    assert_false(fixture->app->message_bad); /* the sentence is in sight */
}

static void waiting_leads_to_the_item(void **state)
{
    struct fixture *fixture = *state;
    tour_begin(fixture->app);
    for (int step = 1; step < ITEM_STEP; step++) {
        app_drain(fixture->app);
        assert_int_equal(fixture->app->tour, step);
        space(fixture, 1);
    }
    assert_at_the_item(fixture);
}

static void hurrying_leads_there_too(void **state)
{
    static const enum lane lanes[] = { LANE_MODELS, LANE_SELECTIONS, LANE_PAGES };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof lanes / sizeof lanes[0]; i++) {
        pthread_mutex_lock(&fixture->gate);
        close_lane(fixture, lanes[i]);
        tour_begin(fixture->app);
        space(fixture, ITEM_STEP - 1);
        pthread_mutex_unlock(&fixture->gate);
        assert_at_the_item(fixture);
        app_key(fixture->app, (struct key){ .code = KEYS_ESCAPE });
        assert_null(tour_says(fixture->app));
    }
}

static int set_up(void **state)
{
    static struct fixture fixture;
    const struct timespec moment = { .tv_nsec = 1000000 };
    struct ui_options options = { .bare = true };
    struct error error = { 0 };
    shop_file_make(&fixture.file, 40, 25, 600);
    pthread_mutex_init(&fixture.gate, NULL);
    fixture.engine = engine_new(fixture.file.workspace, &error);
    struct app *app = fixture.app = app_new(fixture.engine, NULL, &options, &error);
    if (!app) return -1;
    app->own_queue = app->queue = job_queue_new(fixture.engine, 1, app_notify, app, &error);
    loader_use(app->loader, app->queue);
    app_push(app, home_view_new(app));
    if (job_train(app->queue, "item-cf", NULL, &error) == 0) return -1;
    while (job_active(app->queue) > 0)
        nanosleep(&moment, NULL);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    app_free(fixture->app);
    engine_free(fixture->engine);
    shop_file_remove(&fixture->file);
    pthread_mutex_destroy(&fixture->gate);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(waiting_leads_to_the_item, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hurrying_leads_there_too, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
