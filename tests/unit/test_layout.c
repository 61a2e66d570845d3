// Where things go, over every size.
#include "ui/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void strips_fill_the_screen(void **state)
{
    (void)state;
    for (int rows = LAYOUT_MIN_ROWS; rows <= 70; rows++) {
        for (int columns = LAYOUT_MIN_COLUMNS; columns <= 220; columns += 9) {
            for (int filter = 0; filter < 2; filter++) {
                struct layout layout = layout_screen(rows, columns, filter);
                assert_false(layout.too_small);
                assert_int_equal(layout.filter.rows, filter);
                assert_int_equal(layout.body.row, 1 + filter);
                assert_int_equal(layout.body.row + layout.body.rows, layout.status.row);
                assert_int_equal(layout.status.row + 1, layout.bottom.row);
                assert_int_equal(layout.bottom.row, rows - 1);
                assert_int_equal(layout.body.columns, columns);
                assert_true(layout.body.rows >= 4);
            }
        }
    }
}

static void too_small_is_said(void **state)
{
    (void)state;
    assert_true(layout_screen(LAYOUT_MIN_ROWS - 1, 80, false).too_small);
    assert_true(layout_screen(24, LAYOUT_MIN_COLUMNS - 1, false).too_small);
    assert_false(layout_screen(16, 60, true).too_small);
}

static void panes_stand_beside_the_list(void **state)
{
    (void)state;
    assert_false(layout_has_pane(109));
    assert_true(layout_has_pane(110));
    for (int columns = 40; columns <= 220; columns++) {
        struct area body = { 1, 0, 20, columns }, list, border, pane;
        layout_pane(body, true, &list, &border, &pane);
        assert_int_equal(list.columns + border.columns + pane.columns, columns);
        assert_int_equal(pane.columns > 0, border.columns);
        assert_int_equal(pane.columns > 0, columns >= 60);
        layout_pane(body, false, &list, &border, &pane);
        assert_int_equal(list.columns, columns);
    }
}

static const struct table_column columns[] = {
    { "id", "ID", CELL_TEXT, 8, 0, true },
    { "name", "NAME", CELL_TEXT, 16, 1, true },
    { "orders", "ORDERS", CELL_INTEGER, 6, 2, true },
    { "spend", "SPEND", CELL_MONEY, 10, 3, true },
    { "last", "LAST", CELL_MOMENT, 10, 4, true },
    { "months", "12 MONTHS", CELL_SPARK, 12, 5, false },
};

static void columns_fit_and_go_by_priority(void **state)
{
    (void)state;
    struct layout_column out[6];
    int32_t before = 1;
    for (int width = 20; width <= 200; width++) {
        int32_t n = layout_columns(columns, NULL, 6, 0, width, out);
        assert_true(n >= before); /* more room never shows fewer */
        before = n;
        for (int32_t i = 0; i < n; i++) {
            assert_int_equal(out[i].column, i); /* here priority is the order */
            assert_true(out[i].from + out[i].width <= width);
            if (i > 0) assert_true(out[i].from >= out[i - 1].from + out[i - 1].width + 1);
        }
    }
    assert_int_equal(before, 6);
}

static void hidden_and_scrolled_columns_are_left_out(void **state)
{
    (void)state;
    struct layout_column out[6];
    bool hidden[6] = { false, true };
    assert_int_equal(layout_columns(columns, hidden, 6, 0, 200, out), 5);
    assert_int_equal(out[1].column, 2);
    assert_int_equal(layout_columns(columns, NULL, 6, 2, 200, out), 4);
    assert_int_equal(out[0].column, 0); /* the first always stays */
    assert_int_equal(out[1].column, 3);
}

static void lists_go_on_by_a_row_or_by_half(void **state)
{
    (void)state;
    assert_int_equal(layout_scroll(0, 9, 100, 10, false), 0);
    assert_int_equal(layout_scroll(0, 10, 100, 10, false), 1);
    assert_int_equal(layout_scroll(0, 10, 100, 10, true), 6);
    assert_int_equal(layout_scroll(20, 19, 100, 10, false), 19);
    assert_int_equal(layout_scroll(20, 19, 100, 10, true), 14);
    assert_int_equal(layout_scroll(20, 2, 100, 10, true), 2); /* a leap is a leap */
    assert_int_equal(layout_scroll(95, 95, 100, 10, true), 90);
    assert_int_equal(layout_scroll(3, 0, 4, 10, true), 0);
    for (int64_t top = 0; top < 30; top++) {
        for (int64_t to = 0; to < 30; to++) {
            for (int rows = 1; rows < 12; rows++) {
                int64_t seen = layout_scroll(top, to, 30, rows, to % 2 == 0);
                assert_true(seen <= to && to < seen + rows);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_fill_the_screen),
        cmocka_unit_test(too_small_is_said),
        cmocka_unit_test(panes_stand_beside_the_list),
        cmocka_unit_test(columns_fit_and_go_by_priority),
        cmocka_unit_test(hidden_and_scrolled_columns_are_left_out),
        cmocka_unit_test(lists_go_on_by_a_row_or_by_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
