// Themes: the built-in ones are whole, bad lines are named.
#include "ui/theme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool same(struct style a, struct style b)
{
    return a.foreground == b.foreground && a.background == b.background &&
           a.attributes == b.attributes;
}

/* A selected row that looks like any other would be lost. */
static void built_in_themes_show_the_selection(void **state)
{
    char name[32];
    size_t n = 0;
    (void)state;
    for (; theme_list(n, name, sizeof name); n++) {
        struct theme theme;
        struct error error;
        assert_true(theme_load(&theme, name, &error));
        assert_string_equal(theme.name, name);
        for (int colour_depth = 0; colour_depth < DEPTHS; colour_depth++) {
            struct style plain = { -1, -1, 0 };
            assert_false(same(theme.style[colour_depth][MEANING_SELECTION], plain));
            assert_false(same(theme.style[colour_depth][MEANING_BAD], plain));
        }
        for (int meaning = 0; meaning < MEANINGS; meaning++) {
            assert_int_equal(theme.style[DEPTH_MONO][meaning].foreground, -1);
            assert_int_equal(theme.style[DEPTH_MONO][meaning].background, -1);
            assert_true(theme.style[DEPTH_16][meaning].foreground < 16);
        }
    }
    assert_true(n >= 3);
}

/* Where there are colours, a step of heat differs from the next. */
static void heat_has_steps(void **state)
{
    static const char *const names[] = { "dark", "light" };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct theme theme;
        assert_true(theme_load(&theme, names[i], NULL));
        for (int m = MEANING_HEAT_1; m < MEANING_HEAT_4; m++) {
            assert_false(same(theme.style[DEPTH_16][m], theme.style[DEPTH_16][m + 1]));
            assert_false(same(theme.style[DEPTH_256][m], theme.style[DEPTH_256][m + 1]));
        }
    }
}

static void styles_are_read(void **state)
{
    struct theme theme;
    (void)state;
    assert_true(theme_parse(&theme, "mine",
                            slice_of("# mine\n\n[16]\nbad  bold bright-red on black\n"
                                     "[256]\nbar 74 on 236\n"),
                            NULL));
    assert_true(same(theme.style[DEPTH_16][MEANING_BAD], (struct style){ 9, 0, STYLE_BOLD }));
    assert_true(same(theme.style[DEPTH_256][MEANING_BAR], (struct style){ 74, 236, 0 }));
    assert_true(same(theme.style[DEPTH_MONO][MEANING_BAR], (struct style){ -1, -1, 0 }));
}

static void bad_lines_are_named(void **state)
{
    static const char *const bad[] = { "title bold\n", "[16]\nfoo bold\n", "[16]\ntitle pink\n",
                                       "[32]\n", "[256]\ntitle 256\n" };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct theme theme;
        struct error error = { 0 };
        assert_false(theme_parse(&theme, "mine", slice_of(bad[i]), &error));
        assert_non_null(strstr(error.text, "line "));
    }
}

static void unknown_themes_are_refused_with_the_list(void **state)
{
    struct theme theme;
    struct error error = { 0 };
    (void)state;
    assert_false(theme_load(&theme, "nope", &error));
    assert_non_null(strstr(error.text, "dark"));
}

static void colours_have_values(void **state)
{
    (void)state;
    assert_int_equal(theme_rgb(16), 0x000000);
    assert_int_equal(theme_rgb(231), 0xffffff);
    assert_int_equal(theme_rgb(196), 0xff0000);
    assert_int_equal(theme_rgb(232), 0x080808);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_themes_show_the_selection),
        cmocka_unit_test(heat_has_steps),
        cmocka_unit_test(styles_are_read),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(unknown_themes_are_refused_with_the_list),
        cmocka_unit_test(colours_have_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
