// The app without workspace or terminal: prompts, and lines that are refused with a sentence.
#include "ui/app.h"
#include "ui/screens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int answered, given_up;

static void answer(struct view *view, const char *text)
{
    (void)view;
    assert_non_null(text);
    answered++;
}

static void give_up(struct view *view)
{
    (void)view;
    given_up++;
}

static int set_up(void **state)
{
    struct ui_options options = { .bare = true };
    struct app *app = app_new(NULL, NULL, &options, NULL);
    if (!app) return -1;
    app_push(app, home_view_new(app));
    *state = app;
    answered = given_up = 0;
    return 0;
}

static int tear_down(void **state)
{
    app_free(*state);
    return 0;
}

static void press(struct app *app, key_code key)
{
    app_key(app, (struct key){ .code = key });
}

static void a_prompt_is_answered_or_given_up(void **state)
{
    struct app *app = *state;
    struct prompt_spec spec = {
        .label = "x: ", .kind = PROMPT_LINE, .view = app->view, .done = answer, .given_up = give_up
    };
    app_prompt(app, &spec);
    press(app, KEYS_ENTER); /* an empty line is an answer, and never NULL */
    assert_true(answered == 1 && given_up == 0);
    app_prompt(app, &spec);
    press(app, KEYS_ESCAPE);
    assert_true(answered == 1 && given_up == 1);
    spec.kind = PROMPT_QUESTION;
    app_prompt(app, &spec);
    press(app, 'n');
    assert_true(answered == 1 && given_up == 2);
    app_prompt(app, &spec);
    press(app, 'y');
    assert_true(answered == 2 && given_up == 2);
    spec.given_up = NULL; /* nobody needs to care */
    app_prompt(app, &spec);
    press(app, KEYS_ESCAPE);
    assert_true(answered == 2 && given_up == 2);
}

/* An answer that was on its way closes the view while somebody types: nobody is left to tell. */
static void a_prompt_goes_with_its_view(void **state)
{
    struct app *app = *state;
    app_push(app, themes_view_new(app));
    struct prompt_spec spec = {
        .label = "x: ", .kind = PROMPT_LINE, .view = app->view, .done = answer, .given_up = give_up
    };
    app_prompt(app, &spec);
    app_pop(app);
    assert_int_equal(app->prompt.spec.kind, PROMPT_CLOSED);
    press(app, KEYS_ESCAPE);
    assert_true(answered == 0 && given_up == 0);
}

static void tune_that_is_given_up_is_no_tune(void **state)
{
    struct app *app = *state;
    app_command(app, "tune");
    assert_int_equal(app->prompt.spec.kind, PROMPT_LINE);
    press(app, KEYS_ESCAPE);
    assert_int_equal(app->prompt.spec.kind, PROMPT_CLOSED);
    assert_false(app->message_bad);
}

static void tune_refuses_what_is_no_number(void **state)
{
    struct app *app = *state;
    app_command(app, "tune item-cf sixty");
    assert_true(app->message_bad);
    assert_non_null(strstr(app->message, "\"sixty\" is no number of seconds"));
    app_command(app, "tune item-cf -5");
    assert_non_null(strstr(app->message, "\"-5\" is no number of seconds"));
    app_command(app, "tune nosuch 5");
    assert_non_null(strstr(app->message, "nosuch"));
    app->message[0] = '\0';
    app_command(app, "tune item-cf 20 seconds, train");
    assert_string_equal(app->message, "");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_prompt_is_answered_or_given_up),
        CASE(a_prompt_goes_with_its_view),
        CASE(tune_that_is_given_up_is_no_tune),
        CASE(tune_refuses_what_is_no_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
