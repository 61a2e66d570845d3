// The grid: clipping, wide and combining characters, hostile text, the exports.
#include "ui/grid.h"
#include "ui/grid_export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void text_is(const struct grid *grid, const char *wanted)
{
    struct text text = { 0 };
    grid_text(grid, &text);
    assert_string_equal(text.bytes, wanted);
    text_fini(&text);
}

static void text_is_clipped(void **state)
{
    (void)state;
    struct grid *grid = grid_new(2, 8);
    struct area inner = area_columns(grid_area(grid), 2, 4);
    assert_int_equal(grid_string(grid, inner, 0, 1, MEANING_TEXT, "abcdef"), 4);
    grid_string(grid, inner, 5, 0, MEANING_TEXT, "nowhere");
    grid_string(grid, inner, 1, -2, MEANING_TEXT, "xyz");
    text_is(grid, "   abc\n  z\n");
    grid_free(grid);
}

static void wide_characters_never_straddle_an_edge(void **state)
{
    (void)state;
    struct grid *grid = grid_new(2, 5);
    struct area area = grid_area(grid);
    grid_string(grid, area, 0, 0, MEANING_TEXT, "a安娜林");
    text_is(grid, "a安娜\n\n");
    assert_int_equal(grid_cell(grid, 0, 1)->width, 2);
    assert_int_equal(grid_cell(grid, 0, 2)->width, 0);
    grid_string(grid, area, 0, 2, MEANING_TEXT, "x"); /* onto a right half */
    text_is(grid, "a x娜\n\n");
    grid_string(grid, area, 0, 3, MEANING_TEXT, "y"); /* onto a left half */
    text_is(grid, "a xy\n\n");
    grid_string(grid, area_columns(area, 0, 4), 1, 0, MEANING_TEXT, "abc安");
    text_is(grid, "a xy\nabc\n");
    grid_free(grid);
}

static void every_row_is_as_wide_as_the_grid(void **state)
{
    (void)state;
    struct grid *grid = grid_new(1, 10);
    struct area area = grid_area(grid);
    for (int from = -1; from < 10; from++) {
        grid_string(grid, area, 0, from, MEANING_TEXT, "安b林");
        int width = 0;
        for (int column = 0; column < 10; column++)
            width += grid_cell(grid, 0, column)->width;
        assert_int_equal(width, 10);
    }
    grid_free(grid);
}

static void combining_marks_stay_with_their_letter(void **state)
{
    (void)state;
    struct grid *grid = grid_new(1, 4);
    int end = grid_string(grid, grid_area(grid), 0, 0, MEANING_TEXT,
                          "e\xCC\x81\xCC\x82\xCC\x83\xCC\x84x");
    assert_int_equal(end, 2);
    assert_int_equal(grid_cell(grid, 0, 0)->code[1], 0x301);
    assert_int_equal(grid_cell(grid, 0, 0)->code[3], 0x303); /* no more than three */
    assert_int_equal(grid_cell(grid, 0, 1)->code[0], 'x');
    grid_free(grid);
}

static void no_control_character_gets_in(void **state)
{
    (void)state;
    struct grid *grid = grid_new(1, 60);
    grid_string(grid, grid_area(grid), 0, 0, MEANING_TEXT,
                "a\033[31m\r\n\t\x7f\xff\xe2\x80\xae\xc2\x9bz");
    for (int column = 0; column < 60; column++) {
        for (int i = 0; i < GRID_CODES && grid_cell(grid, 0, column)->code[i]; i++) {
            int32_t code = grid_cell(grid, 0, column)->code[i];
            assert_true(code >= 32 && (code < 127 || code >= 160));
            assert_true(code != 0x202E);
        }
    }
    grid_free(grid);
}

static void fields_are_cut_or_padded(void **state)
{
    (void)state;
    struct grid *grid = grid_new(4, 12);
    struct area area = grid_area(grid);
    grid_fill(grid, area, '.', MEANING_DIM);
    grid_field(grid, area, 0, 1, 5, ALIGN_LEFT, MEANING_TEXT, slice_of("ab"));
    grid_field(grid, area, 1, 1, 5, ALIGN_RIGHT, MEANING_NUMBER, slice_of("42"));
    grid_field(grid, area, 2, 1, 5, ALIGN_LEFT, MEANING_TEXT, slice_of("abcdefgh"));
    grid_field(grid, area, 3, 1, 5, ALIGN_RIGHT, MEANING_NUMBER, slice_of("1234567"));
    text_is(grid, ".ab   ......\n.   42......\n.abcd…......\n.#####......\n");
    grid_free(grid);
}

static void ascii_has_only_ascii(void **state)
{
    (void)state;
    struct grid *grid = grid_new(1, 12);
    grid_string(grid, grid_area(grid), 0, 0, MEANING_TEXT, "▴│ 安é█▁…");
    grid_to_ascii(grid);
    text_is(grid, "^| ???#_~\n");
    grid_free(grid);
}

static void exports_escape(void **state)
{
    (void)state;
    struct theme theme;
    struct text html = { 0 }, svg = { 0 };
    struct grid *grid = grid_new(1, 24);
    assert_true(theme_load(&theme, "dark", NULL));
    grid_string(grid, grid_area(grid), 0, 0, MEANING_BAD, "<script>&\"</script>");
    grid_html(grid, &theme, &html);
    grid_svg(grid, &theme, &svg);
    assert_null(strstr(html.bytes, "<script>"));
    assert_non_null(strstr(html.bytes, "&lt;script&gt;&amp;&quot;"));
    assert_null(strstr(svg.bytes, "<script>"));
    assert_non_null(strstr(svg.bytes, "&lt;script&gt;"));
    assert_non_null(strstr(svg.bytes, "</svg>"));
    text_fini(&html);
    text_fini(&svg);
    grid_free(grid);
}

static void what_is_cut_says_so(void **state)
{
    (void)state;
    struct grid *grid = grid_new(1, 8);
    struct text out = { 0 };
    assert_non_null(grid);
    grid_put_cut(grid, grid_area(grid), 0, 2, MEANING_TEXT, slice_of("purple"));
    grid_text(grid, &out);
    assert_non_null(strstr(out.bytes, "  purple"));
    text_clear(&out);
    grid_put_cut(grid, grid_area(grid), 0, 2, MEANING_TEXT, slice_of("purples"));
    grid_text(grid, &out);
    assert_non_null(strstr(out.bytes, "  purpl…"));
    text_clear(&out);
    grid_put_cut(grid, grid_area(grid), 0, 1, MEANING_TEXT,
                 slice_of("安娜安娜")); /* a wide one at the edge */
    grid_text(grid, &out);
    assert_non_null(strstr(out.bytes, "安娜安…"));
    text_fini(&out);
    grid_free(grid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_clipped),
        cmocka_unit_test(wide_characters_never_straddle_an_edge),
        cmocka_unit_test(every_row_is_as_wide_as_the_grid),
        cmocka_unit_test(combining_marks_stay_with_their_letter),
        cmocka_unit_test(no_control_character_gets_in),
        cmocka_unit_test(fields_are_cut_or_padded),
        cmocka_unit_test(ascii_has_only_ascii),
        cmocka_unit_test(exports_escape),
        cmocka_unit_test(what_is_cut_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
